"""Prediction: every part of every pathway is a head; the reliable ones are heard most."""

from math import exp
from typing import Any

from learner.pipeline.event import encode, target_scale
from learner.pipeline.memory import PARTS, RELIABILITY


def predict(m: Any, s: Any) -> None:
    """Fill in the prediction of every head and, last, of the learner."""
    heads = PARTS * s.pathways
    for k in range(s.classes):
        m.outputs[heads, k] = 0.0
    for g in range(s.pathways):
        for part in range(PARTS):
            h = PARTS * g + part
            score(m, s, g, part, h)
            if s.regression == 0:
                normalise(m, s, h)
            for k in range(s.classes):
                m.outputs[heads, k] += m.heads[RELIABILITY, h] * m.outputs[h, k]
    decide(m, s, heads)


def foresee(m: Any, s: Any, p: Any) -> None:
    """Predict the event in ``m.x``, unless it is the one that was predicted last."""
    if is_remembered(m, s):
        return
    encode(m, s, p)
    predict(m, s)
    for j in range(s.features):
        m.seen[j] = m.x[j]
    m.seen[len(m.seen) - 1] = 1.0


def is_remembered(m: Any, s: Any) -> bool:
    """Return whether spikes and outputs of exactly this event are still there."""
    if m.seen[len(m.seen) - 1] == 0.0:
        return False
    for j in range(s.features):
        x, seen = m.x[j], m.seen[j]
        if x != seen and (x == x or seen == seen):
            return False
    return True


def forget(m: Any) -> None:
    """Predict anew next time, because weights or statistics have changed."""
    m.seen[len(m.seen) - 1] = 0.0


def score(m: Any, s: Any, g: int, part: int, h: int) -> None:
    """Fill in the sums of weight times input of one head."""
    for k in range(s.classes):
        total = 0.0
        for n in range(m.counts[g]):
            total += m.synapses[g, part, m.rows[g, n], k] * m.values[g, n]
        m.outputs[h, k] = total


def normalise(m: Any, s: Any, h: int) -> None:
    """Turn the sums of one head into probabilities (softmax)."""
    largest = m.outputs[h, 0]
    for k in range(1, s.classes):
        largest = max(largest, m.outputs[h, k])
    total = 0.0
    for k in range(s.classes):
        m.outputs[h, k] = exp(m.outputs[h, k] - largest)
        total += m.outputs[h, k]
    for k in range(s.classes):
        m.outputs[h, k] /= total


def decide(m: Any, s: Any, last: int) -> None:
    """Fill in the class with the largest probability, or the number in its own unit."""
    if s.regression:
        s.predicted = s.y_mean + target_scale(s) * m.outputs[last, 0]
        return
    s.winner = 0
    for k in range(1, s.classes):
        if m.outputs[last, k] > m.outputs[last, s.winner]:
            s.winner = k
    s.predicted = s.winner
