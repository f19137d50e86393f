"""Step 6: tagged synapses capture the neuron's proteins into the late-phase weight.

Synthesis starts when the summed change of the early weights passes a threshold; a tag
is set where a synapse's own change does [luboeinski2021].
"""

from math import exp, sqrt

from synapse.plasticity.mathematics import on_grid, relax
from synapse.plasticity.records import Record
from synapse.plasticity.steps.step2_neuromodulation import pka_effect

SCRATCH = ("synapses", "neurons", "drive", "effect_sum", "gate", "integral", "integral_half")
FACTORS = ("protein_factor",)


def prepare_pool(j: Record, pool: Record, dt: float) -> None:
    """Fill in the decay factor of the proteins."""
    j.protein_factor = exp(-dt / pool.protein_decay_time)


def clear_drive(pool: Record) -> None:
    """Start a new sum over the synapses of the pool."""
    pool.drive = 0.0
    pool.effect_sum = 0.0


def add_drive(pool: Record, s: Record, p: Record) -> None:
    """Add one synapse to the drive of synthesis; exact in any order."""
    pool.drive += on_grid(synthesis_drive(s.early_weight, pool))
    pool.effect_sum += on_grid(pka_effect(s.pka_activity, p))


def synthesis_drive(early_weight: float, pool: Record) -> float:
    """Return one synapse's share of the drive: its change over the threshold of its sign."""
    rise = max(0.0, early_weight - 1.0) / pool.potentiation_synthesis_threshold
    fall = max(0.0, 1.0 - early_weight) / pool.depression_synthesis_threshold
    return rise + fall


def set_gate(pool: Record) -> None:
    """Open synthesis while the drive exceeds 1; dopamine may be needed for it."""
    pool.gate = 0.0
    if pool.drive > 1.0:
        pool.gate = 1.0 - pool.dopamine_dependence * (1.0 - pool.effect_sum / pool.synapses)


def synthesise(pool: Record, j: Record, dt: float) -> None:
    """Advance the proteins by dt; keep their integral over the tick and its half (ms)."""
    goal = pool.protein_synthesis * pool.gate
    excess = (pool.plasticity_proteins - goal) * pool.protein_decay_time
    pool.integral = max(0.0, goal * dt + excess * (1.0 - j.protein_factor))
    pool.integral_half = max(0.0, goal * dt / 2.0 + excess * (1.0 - sqrt(j.protein_factor)))
    pool.plasticity_proteins = relax(pool.plasticity_proteins, goal, j.protein_factor)


def compute_tag(early_weight: float, p: Record) -> float:
    """Return 1, -1 or 0: the tag that an early-phase weight sets."""
    if early_weight - 1.0 > p.tag_threshold:
        return 1.0
    if 1.0 - early_weight > p.tag_threshold:
        return -1.0
    return 0.0


def capture(s: Record, p: Record, pool: Record, tag: float) -> float:
    """Move the late-phase weight of a tagged synapse towards its limit; return its bend."""
    if tag == 0.0 or pool.integral == 0.0:
        return 0.0
    maximum, minimum = p.late_weight_maximum, p.late_weight_minimum
    limit = maximum if tag > 0.0 else minimum
    start = s.late_weight
    middle = relax(start, limit, exp(-pool.integral_half / p.capture_time))
    s.late_weight = relax(start, limit, exp(-pool.integral / p.capture_time))
    return middle - 0.5 * (start + s.late_weight)
