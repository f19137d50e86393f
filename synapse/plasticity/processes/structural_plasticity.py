"""Structural plasticity: the spine follows the weight, is eliminated, and forms again.

The volume relaxes to the committed weight, exactly where the weight moves on a line within
the tick. A spine that stays below ``elimination_volume`` for ``elimination_time`` is
eliminated: nothing is released onto it and its weight is 0. After ``formation_time`` an
empty spine forms, whose receptors and volume grow from 0 to those at rest. Depressed
spines shrink [zhou2004] and are lost more often [wiegert2018]. Off while
``elimination_volume`` is 0.
"""

from math import inf

from synapse.plasticity.mathematics import decay_and_mean
from synapse.plasticity.records import Record

VOLUME_QUIET = 1e-3
"""Difference of volume and weight below which it does not limit a leap."""
SHORTEST_WAIT = 1.0
"""ms: how closely elimination and formation are located."""


def is_structural(p: Record) -> bool:
    """Return whether a spine can be lost."""
    return p.elimination_volume > 0.0


def is_present(s: Record) -> bool:
    """Return whether there is a spine."""
    return s.spine_present >= 1.0


def is_too_small(s: Record, p: Record) -> bool:
    """Return whether a spine that is there is on its way to elimination."""
    return is_structural(p) and is_present(s) and s.spine_volume < p.elimination_volume


def remodel(s: Record, p: Record, psd_start: float, dt: float) -> None:
    """Advance volume and clock by dt; eliminate or form the spine when its time has come."""
    if p.elimination_volume == 0.0 and s.spine_present == 1.0:
        return
    if not is_structural(p):
        form_spine(s)
        return
    if not is_present(s):
        s.psd_ampa = 0.0
        s.structure_clock += dt
        if s.structure_clock >= p.formation_time:
            form_spine(s)
        return
    was_small = is_too_small(s, p)
    grow(s, p, psd_start, dt)
    s.structure_clock = s.structure_clock + dt if was_small and is_too_small(s, p) else 0.0
    if s.structure_clock >= p.elimination_time:
        eliminate_spine(s)


def grow(s: Record, p: Record, psd_start: float, dt: float) -> None:
    """Let the volume follow the weight, which moves from one end of the tick to the other."""
    baseline = p.psd_fraction * p.baseline_ampa
    first, last = psd_start / baseline, s.psd_ampa / baseline
    factor, mean_factor = decay_and_mean(dt / p.spine_volume_time)
    volume = last - (last - first) * mean_factor + (s.spine_volume - first) * factor
    s.spine_volume = max(0.0, volume)


def eliminate_spine(s: Record) -> None:
    """Take the spine away with all that it holds; receptors go back to the endosome."""
    s.spine_present = 0.0
    s.structure_clock = 0.0
    s.spine_volume = 0.0
    s.psd_ampa = 0.0
    s.early_weight = 1.0
    s.late_weight = 0.0
    s.labile_potentiation = 0.0
    s.potentiation_trace = 0.0
    s.depression_trace = 0.0
    s.release_memory = 0.0
    s.release_given = 0.0
    s.glutamate_gate = 0.0
    s.nmda_decay = 0.0
    s.nmda_rise = 0.0
    s.epsp_decay = 0.0
    s.epsp_rise = 0.0
    s.calcium_nmda = 0.0
    s.calcium_vgcc = 0.0
    s.potentiation_sensor = 0.0
    s.depression_sensor = 0.0


def form_spine(s: Record) -> None:
    """Put an empty spine where there was none."""
    s.spine_present = 1.0
    s.structure_clock = 0.0


def longest_leap(s: Record, p: Record, share: float) -> float:
    """Return how far (ms) a leap may go: to the next change, or a share of the volume's time."""
    if not is_structural(p):
        return inf
    if not is_present(s):
        return max(SHORTEST_WAIT, p.formation_time - s.structure_clock)
    dt = inf
    if is_too_small(s, p):
        dt = max(SHORTEST_WAIT, p.elimination_time - s.structure_clock)
    weight = s.psd_ampa / (p.psd_fraction * p.baseline_ampa)
    if abs(weight - s.spine_volume) > VOLUME_QUIET:
        dt = min(dt, share * p.spine_volume_time)
    return dt
