"""What the learner remembers: arrays with named fields, seen by plain and compiled code alike.

Compiled code gets NumPy arrays and records; plain Python gets memory views and structures
of the same bytes, which are five times faster to index than NumPy's own. Nothing is copied
when the back end changes.
"""

import ctypes
from typing import Any, NamedTuple

EARLY, TAGGED, LATE, TRACE, STIFFNESS = range(5)
"""Kinds of ``synapses``: three readable parts, the eligibility trace, past activity."""
PARTS = 3
MEAN, VARIANCE, WEIGHT, SPIKE = range(4)
"""Kinds of ``features``: running statistics and the standardised value of this event."""
LOSS, RELIABILITY = range(2)
"""Kinds of ``heads``."""
FAN_IN = 6
"""Most inputs of a hidden unit."""


class Memory(NamedTuple):
    """The arrays of one learner. G pathways, R rows, K classes, M = 3 G heads."""

    synapses: Any
    """[G, 5, R, K]: row 0 is the bias, then hidden units, then features."""
    values: Any
    """[G, R]: inputs of this event that spike."""
    rows: Any
    """[G, R]: their rows in ``synapses``."""
    counts: Any
    """[G]: how many there are."""
    x: Any
    """[F]: raw values of this event; NaN where a feature is absent."""
    seen: Any
    """[F + 1]: raw values of the event predicted last; last, whether that still holds."""
    features: Any
    """[4, F]."""
    bank: Any
    """[G, H, FAN_IN + 1]: fixed random weights of the hidden units, bias last."""
    sources: Any
    """[G, H, FAN_IN]: feature of each of these weights, -1 for none."""
    inhibition: Any
    """[G]: what the drive of a hidden unit must exceed."""
    heads: Any
    """[2, M]."""
    outputs: Any
    """[M + 1, K]: prediction of each head and, last, of the learner."""
    delta: Any
    """[G, 3, R, K]: changes proposed for the inputs that spike."""
    presence: Any
    """[K]: how much a class occurs at present, 0 to 1; only then it can be depressed."""
    errors: Any
    """[3, K]: what happened less what the parts of one pathway predicted."""
    pools: Any
    """[G, 2]: proteins for early to tagged and tagged to late."""
    buffer: Any
    """[B, F + 1]: salient events kept for replay, target last."""
    kept: Any
    """[2, K]: events in the buffer and salient events seen, by class."""


class State(ctypes.Structure):
    """The numbers that are one per learner."""

    _fields_ = [
        *((name, ctypes.c_int64) for name in (
            "features", "classes", "pathways", "hidden", "regression",
            "events", "commits", "replays", "random_1", "random_2", "salient",
            "buffered", "target", "winner",
        )),
        *((name, ctypes.c_double) for name in (
            "threshold", "slow_error", "fast_error", "arousal", "prediction_error",
            "surprise", "release", "gain_fast", "gain_slow", "weight", "size",
            "y", "y_raw", "predicted", "y_mean", "y_variance", "y_weight",
            "distance", "usual_distance",
        )),
    ]  # fmt: skip
