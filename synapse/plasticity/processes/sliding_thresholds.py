"""Metaplasticity: a slow average of postsynaptic firing moves both calcium thresholds.

The sliding threshold of Bienenstock, Cooper and Munro [bear1996]: it rises faster than
linearly with the average rate v, here with v^2, and stays between 1 - g_B and 1 + g_B of
the declared thresholds, which hold at v_0. Off while ``metaplasticity_gain`` is 0.
"""

from math import exp

from synapse.plasticity.mathematics import relax
from synapse.plasticity.records import Record

SCRATCH = ("threshold_shift",)

SECOND = 1000.0
"""Milliseconds: rates are in Hz, times are in ms."""


def note_firing(n: Record) -> None:
    """Add one postsynaptic spike to the average."""
    if n.metaplasticity_gain > 0.0:
        n.postsynaptic_rate += SECOND / n.metaplasticity_time


def slide_thresholds(n: Record, dt: float) -> None:
    """Advance the average by dt, exactly; keep the shift in the middle of the tick."""
    n.threshold_shift = 0.0
    if n.metaplasticity_gain > 0.0:
        start, goal = n.postsynaptic_rate, n.resting_rate
        n.postsynaptic_rate = relax(start, goal, exp(-dt / 2.0 / n.metaplasticity_time))
        n.threshold_shift = threshold_shift(n)
        n.postsynaptic_rate = relax(start, goal, exp(-dt / n.metaplasticity_time))


def threshold_shift(n: Record) -> float:
    """Return by what share the thresholds stand above those declared now."""
    if n.metaplasticity_gain <= 0.0:
        return 0.0
    ratio = n.postsynaptic_rate / n.metaplasticity_rate
    return n.metaplasticity_gain * (1.0 - 2.0 / (1.0 + ratio * ratio))
