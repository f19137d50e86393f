"""Watcher: which event is worth learning from, as a coincidence detector.

Surprise over the threshold is the probability of release; an event that is released is
salient. Fewer events at the same mean weight: each counts 1 / probability.
"""

from math import exp
from typing import Any

from learner.pipeline.chance import draw
from learner.pipeline.memory import PARTS


def watch(m: Any, s: Any, p: Any) -> None:
    """Fill in surprise, release probability, salience and importance weight."""
    s.surprise = surprise(m, s)
    s.release = 1.0 if p.every_event != 0.0 else min(1.0, s.surprise / s.threshold)
    s.salient = 1 if draw(s) < s.release else 0
    s.weight = min(p.largest_weight, 1.0 / max(s.release, 1e-12))


def surprise(m: Any, s: Any) -> float:
    """Return 1 - probability of what happened; for numbers, of an error of this size."""
    h = PARTS * s.pathways
    if s.regression == 0:
        missing: float = 1.0 - m.outputs[h, s.target]
        return max(0.0, missing)
    error: float = s.y - m.outputs[h, 0]
    return 1.0 - exp(-error * error)
