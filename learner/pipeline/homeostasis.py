"""Homeostatic control: activity at its set point, weights of a class within a norm.

The threshold follows the share of salient events, as an astrocyte follows the firing rate
of its neurons. Reliability lets the heads that predict well be heard.
"""

from math import exp, log, sqrt
from typing import Any

from learner.pipeline.memory import LOSS, PARTS, RELIABILITY

LEAST_PROBABILITY = 1e-6
LARGEST_LOSS = 10.0
"""Of a number."""


def regulate(m: Any, s: Any, p: Any) -> None:
    """Rate the heads, move the threshold, and from time to time cap the norms."""
    rate_heads(m, s, p)
    regulate_threshold(s, p)
    if (s.events + 1) % int(p.tick) == 0:
        cap_norms(m, s, p)


def regulate_threshold(s: Any, p: Any) -> None:
    """Move the threshold so that the budgeted share of events is salient, more when aroused."""
    goal = min(p.largest_share, p.budget * (1.0 + p.arousal_budget * s.arousal))
    s.threshold *= exp(p.threshold_rate * (s.salient - goal))
    s.threshold = max(p.least_threshold, min(p.largest_threshold, s.threshold))


def rate_heads(m: Any, s: Any, p: Any) -> None:
    """Follow the loss of every head; make its weight in the prediction from it."""
    heads = PARTS * s.pathways
    least = float("inf")
    for h in range(heads):
        m.heads[LOSS, h] += (loss(m, s, h) - m.heads[LOSS, h]) / p.reliability_time
        least = min(least, m.heads[LOSS, h])
    total = 0.0
    for h in range(heads):
        m.heads[RELIABILITY, h] = exp(-p.hedge * (m.heads[LOSS, h] - least))
        total += m.heads[RELIABILITY, h]
    for h in range(heads):
        share = m.heads[RELIABILITY, h] / total
        m.heads[RELIABILITY, h] = (1.0 - p.share) * share + p.share / heads


def loss(m: Any, s: Any, h: int) -> float:
    """Return the loss of one head at this event (log loss; half the squared error)."""
    if s.regression == 0:
        return -log(max(LEAST_PROBABILITY, m.outputs[h, s.target]))
    error: float = s.y - m.outputs[h, 0]
    return min(LARGEST_LOSS, error * error / 2.0)


def cap_norms(m: Any, s: Any, p: Any) -> None:
    """Scale down the weights of a class whose norm is over the cap (synaptic scaling)."""
    rows = 1 + s.hidden + s.features
    for g in range(s.pathways):
        for part in range(PARTS):
            for k in range(s.classes):
                total = 0.0
                for row in range(rows):
                    total += m.synapses[g, part, row, k] * m.synapses[g, part, row, k]
                if total > p.norm_cap * p.norm_cap:
                    factor = p.norm_cap / sqrt(total)
                    for row in range(rows):
                        m.synapses[g, part, row, k] *= factor
