"""Event signal: an event becomes spikes of its features and of hidden units.

An absent feature, a value that is no number and a feature at its mean do not spike.
"""

from math import sqrt
from typing import Any

from learner.pipeline.memory import FAN_IN, MEAN, SPIKE, VARIANCE, WEIGHT

LARGEST = 1e100
"""Larger values count as this one, so that their squares stay finite."""


def observe(m: Any, s: Any, p: Any) -> None:
    """Advance mean and variance of each feature that is present (Welford, with forgetting)."""
    inhibit(m, s, p)
    s.usual_distance += (s.distance - s.usual_distance) / min(s.events + 1.0, p.slow_time)
    for j in range(s.features):
        x = m.x[j]
        if abs(x) <= LARGEST:
            n = min(m.features[WEIGHT, j] + 1.0, p.memory)
            difference = x - m.features[MEAN, j]
            m.features[WEIGHT, j] = n
            m.features[MEAN, j] += difference / n
            spread = difference * (x - m.features[MEAN, j]) - m.features[VARIANCE, j]
            m.features[VARIANCE, j] = max(0.0, m.features[VARIANCE, j] + spread / n)
    for k in range(s.classes):
        if k == s.target:
            m.presence[k] = 1.0
        else:
            m.presence[k] *= p.presence_kept
    if s.regression:
        n = min(s.y_weight + 1.0, p.memory)
        difference = s.y_raw - s.y_mean
        s.y_weight = n
        s.y_mean += difference / n
        spread = difference * (s.y_raw - s.y_mean) - s.y_variance
        s.y_variance = max(0.0, s.y_variance + spread / n)


def standardise_target(s: Any) -> None:
    """Fill in the number to be predicted in standard deviations from its mean."""
    if s.regression:
        s.y = (s.y_raw - s.y_mean) / target_scale(s)


def target_scale(s: Any) -> float:
    """Return the standard deviation of the numbers to be predicted, 1 while unknown."""
    return sqrt(s.y_variance) if s.y_variance > 0.0 else 1.0


def encode(m: Any, s: Any, p: Any) -> None:
    """Fill in the spikes of features and, per pathway, the inputs that take part."""
    total, present = 0.0, 0
    for j in range(s.features):
        z = standardise(m.x[j], m.features[MEAN, j], m.features[VARIANCE, j], p.clip)
        m.features[SPIKE, j] = z
        total += z * z
        present += 1 if z != 0.0 else 0
    s.distance = total / max(1, present)
    for g in range(s.pathways):
        n = add_input(m, g, 0, 0, 1.0)
        if g > 0:
            n = add_winners(m, s, p, g, n)
        for j in range(s.features):
            if m.features[SPIKE, j] != 0.0:
                n = add_input(m, g, n, 1 + s.hidden + j, m.features[SPIKE, j])
        m.counts[g] = n


def standardise(x: float, mean: float, variance: float, clip: float) -> float:
    """Return a value in standard deviations from its mean, 0 where there is no value."""
    if variance <= 0.0 or not abs(x) < float("inf"):
        return 0.0
    return max(-clip, min(clip, (max(-LARGEST, min(LARGEST, x)) - mean) / sqrt(variance)))


def add_input(m: Any, g: int, n: int, row: int, value: float) -> int:
    """Put a spiking input at place n; return the next place."""
    m.rows[g, n] = row
    m.values[g, n] = value
    return n + 1


def add_winners(m: Any, s: Any, p: Any, g: int, first: int) -> int:
    """Let the hidden units spike whose drive exceeds inhibition; return the next place.

    Inhibition follows activity (``inhibit``), so that a fixed share of units is active on
    average, as among granule and Kenyon cells.
    """
    n, last = first, first + 2 * int(p.active)
    for u in range(s.hidden):
        drive = m.bank[g, u, FAN_IN] - m.inhibition[g]
        for c in range(FAN_IN):
            drive += m.bank[g, u, c] * m.features[SPIKE, m.sources[g, u, c]]
        add_input(m, g, n, 1 + u, drive)  # overwritten by the next, unless it spikes
        n += 1 if drive > 0.0 and n < last else 0
    return n


def inhibit(m: Any, s: Any, p: Any) -> None:
    """Move inhibition so that the wanted share of hidden units spikes; fast at first."""
    rate = max(p.inhibition_rate, 1.0 / (1.0 + s.events))
    for g in range(1, s.pathways):
        active = 0
        for n in range(m.counts[g]):
            if 0 < m.rows[g, n] <= s.hidden:
                active += 1
        excess = active / p.active - 1.0
        m.inhibition[g] = max(0.0, m.inhibition[g] + rate * excess)
