"""Binder: commits proposed changes, as AMPA receptors are put in and taken out.

A change is clipped, and finite slots make the bound of a weight soft: the nearer it is,
the less of a change away from zero gets in. Every commit has a number.
"""

from math import sqrt
from typing import Any

from learner.pipeline.memory import EARLY, LATE, TAGGED, TRACE


def bind(m: Any, s: Any, p: Any) -> None:
    """Commit the changes of a salient event; fill in number and size of the commit."""
    total = 0.0
    for g in range(s.pathways):
        for n in range(m.counts[g]):
            row = m.rows[g, n]
            for k in range(s.classes):
                total += insert(m, p, g, EARLY, row, k, m.delta[g, EARLY, n, k])
                total += insert(m, p, g, TAGGED, row, k, m.delta[g, TAGGED, n, k])
        total += bind_traces(m, s, p, g)
    s.commits += 1
    s.size = sqrt(total)


def bind_traces(m: Any, s: Any, p: Any, g: int) -> float:
    """Turn the traces of one pathway into changes of its late weights, and clear them."""
    total = 0.0
    for row in range(1 + s.hidden + s.features):
        for k in range(s.classes):
            trace = m.synapses[g, TRACE, row, k]
            if trace != 0.0:
                total += insert(m, p, g, LATE, row, k, trace)
                m.synapses[g, TRACE, row, k] = 0.0
    return total


def insert(m: Any, p: Any, g: int, part: int, row: int, k: int, change: float) -> float:
    """Change one weight within its bounds; return the square of the change."""
    change = max(-p.largest_change, min(p.largest_change, change))
    weight = m.synapses[g, part, row, k]
    if change * weight > 0.0:
        change *= max(0.0, 1.0 - abs(weight) / p.bound)
    m.synapses[g, part, row, k] = weight + change
    return change * change
