"""How many events after an abrupt drift until accuracy is back, within two points."""

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.streams import ours
from benchmarks.streams.rivals import hoeffding_adaptive_tree, regression_default, regression_tuned
from benchmarks.streams.streams import Stream, reported

WINDOW = 200
"""Events over which accuracy is taken."""
TOLERANCE = 0.02
DRIFTS = {
    "SEA recurring": 2500,
    "Agrawal recurring": 5000,
    "STAGGER": 4000,
    "LED drift": 10_000,
    "SEA 50k": 12_500,
}
"""Streams with abrupt drifts, and the events between two."""


def events_to_recover(right: np.ndarray, drift: int, end: int) -> int:
    """Return the events from a drift until a window is within tolerance of steady state."""
    steady = right[(drift + end) // 2 : end].mean()
    sums = np.concatenate([[0.0], np.cumsum(right[drift:end])])
    windows = (sums[WINDOW:] - sums[:-WINDOW]) / WINDOW
    back = np.flatnonzero(windows >= steady - TOLERANCE)
    return int(back[0]) if len(back) else end - drift


def mean_recovery(predicted: np.ndarray, stream: Stream, every: int) -> float:
    """Return the mean over all drifts of a stream."""
    right = (predicted == stream[1]).astype(float)
    starts = range(every, len(right) - every + 1, every)
    return float(np.mean([events_to_recover(right, s, s + every) for s in starts]))


def run() -> dict[str, Any]:
    """Return the mean events to recover by stream and method."""
    methods: dict[str, Callable[[Stream], np.ndarray]] = {
        "LR default": regression_default,
        "LR tuned": regression_tuned,
        "HAT": hoeffding_adaptive_tree,
        "learner": lambda stream: ours.run(stream)[0],
    }
    results = {}
    for name, every in DRIFTS.items():
        stream = reported()[name]()
        results[name] = {m: mean_recovery(f(stream), stream, every) for m, f in methods.items()}
        print(name, results[name], flush=True)
    return results
