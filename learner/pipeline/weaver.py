"""Weaver: the local change of each connection, from its input and the error behind it.

With a latency code, |dt| = -tau ln|error| and sign(dt) = sign(error), the window of
spike-timing-dependent plasticity A sign(dt) exp(-|dt| / tau) is A times the error: so the
rule is a delta rule, gated by a third factor. Nothing here spikes.
"""

from math import sqrt
from typing import Any

from learner.pipeline.memory import EARLY, LATE, PARTS, STIFFNESS, TAGGED, TRACE

STIFFNESS_FLOOR = 0.01
LARGEST_ERROR = 3.0
"""Standard deviations; only for numbers."""


def weave(m: Any, s: Any, p: Any) -> None:
    """Propose the changes of early and tagged weights whose input spikes."""
    for g in range(s.pathways):
        early = (p.early_rate if g == 0 else p.early_rate_wide) * s.gain_fast / power(m, g)
        tagged = (p.tagged_rate if g == 0 else p.tagged_rate_wide) * s.gain_slow * s.weight
        fill_errors(m, s, g, EARLY)
        fill_errors(m, s, g, TAGGED)
        for n in range(m.counts[g]):
            row, value = m.rows[g, n], m.values[g, n]
            for k in range(s.classes):
                stiffness = sqrt(1.0 + m.synapses[g, STIFFNESS, row, k] / p.stiffening)
                m.delta[g, EARLY, n, k] = early * value * m.errors[EARLY, k] / stiffness
                m.delta[g, TAGGED, n, k] = tagged * value * m.errors[TAGGED, k]


def mark(m: Any, s: Any, p: Any, weight: float) -> None:
    """Write an event into the eligibility traces of late weights: a tag, not yet a change.

    A connection that was used much takes smaller steps (``STIFFNESS``).
    """
    for g in range(s.pathways):
        late = (p.late_rate if g == 0 else p.late_rate_wide) * s.gain_slow
        fill_errors(m, s, g, LATE)
        for n in range(m.counts[g]):
            row, value = m.rows[g, n], weight * m.values[g, n]
            for k in range(s.classes):
                slope = value * m.errors[LATE, k]
                past = m.synapses[g, STIFFNESS, row, k]
                m.synapses[g, TRACE, row, k] += late * slope / sqrt(past + STIFFNESS_FLOOR)
                m.synapses[g, STIFFNESS, row, k] = p.stiffness_kept * past + slope * slope


def power(m: Any, g: int) -> float:
    """Return 1 + the sum of squares of the inputs of a pathway."""
    total = 1.0
    for n in range(m.counts[g]):
        total += m.values[g, n] * m.values[g, n]
    return total


def fill_errors(m: Any, s: Any, g: int, part: int) -> None:
    """Fill in what happened less what one head predicted, for every class."""
    h = PARTS * g + part
    for k in range(s.classes):
        if s.regression == 0 and k == s.target:
            m.errors[part, k] = 1.0 - m.outputs[h, k]
        elif s.regression == 0:
            m.errors[part, k] = -m.outputs[h, k] * m.presence[k]
        else:
            m.errors[part, k] = max(-LARGEST_ERROR, min(LARGEST_ERROR, s.y - m.outputs[h, k]))
