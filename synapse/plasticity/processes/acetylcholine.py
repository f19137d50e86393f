"""Acetylcholine, a second neuromodulator on the gate of the early weight.

It shares the volume of tissue with dopamine. Muscarinic receptors promote depression
[kirkwood1999] and bias pairing towards it; the conversion of the depression trace by
dopamine is untouched, so that dopamine can still turn the result round [brzosko2017]. Off
while both gains are 0.
"""

from math import exp

from synapse.plasticity.mathematics import occupancy, relax
from synapse.plasticity.records import Record

SCRATCH = ("acetylcholine_mid",)

OPEN = (1.0, 1.0)
"""Both gates where acetylcholine does nothing."""


def acetylcholine_pulse(cleft: Record, amount: float) -> None:
    """Add a pulse of acetylcholine, uM."""
    cleft.acetylcholine += amount


def diffuse_acetylcholine(cleft: Record, dt: float) -> None:
    """Advance acetylcholine by dt, exactly; keep its value in the middle of the tick, uM."""
    start, goal = cleft.acetylcholine, cleft.tonic_acetylcholine
    cleft.acetylcholine_mid = start
    if start != goal:
        cleft.acetylcholine_mid = relax(
            start, goal, exp(-dt / 2.0 / cleft.acetylcholine_decay_time)
        )
        cleft.acetylcholine = relax(start, goal, exp(-dt / cleft.acetylcholine_decay_time))


def is_cholinergic(p: Record) -> bool:
    """Return whether acetylcholine acts on a synapse."""
    return p.acetylcholine_depression_gain > 0.0 or p.acetylcholine_potentiation_loss > 0.0


def muscarinic_gates(p: Record, cleft: Record) -> tuple[float, float]:
    """Return the factors of potentiation and depression in this tick."""
    more, loss = p.acetylcholine_depression_gain, p.acetylcholine_potentiation_loss
    if more == 0.0 and loss == 0.0:
        return OPEN
    occupied = occupancy(cleft.acetylcholine_mid, p.muscarinic_half_saturation)
    return 1.0 - loss * occupied, 1.0 + more * occupied
