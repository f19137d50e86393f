"""Microseconds of processor time per event, all in one run, in turns."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.streams.rivals import progressive, regression
from benchmarks.streams.streams import Stream, reported
from learner.pipeline import EventDrivenClassifier, Ledger

STREAMS = ("elec2", "hyperplane", "waveform", "digits")
ROWS = 6000
ROUNDS = 3


def timed(function: Callable[[], object], events: int) -> float:
    start = time.process_time()
    function()
    return 1e6 * (time.process_time() - start) / events


def measure(stream: Stream) -> dict[str, float]:
    """Return the best of a few rounds for each way of running."""
    x, y = stream
    ways: dict[str, Callable[[], object]] = {
        "LR, dict": lambda: progressive(regression(stream), stream),
        "learner, dict": lambda: progressive(EventDrivenClassifier(), stream),
        "learner, batch": lambda: EventDrivenClassifier().learn_many(x, y),
        "learner, dict, ledger": lambda: progressive(with_ledger(), stream),
    }
    best = dict.fromkeys(ways, float("inf"))
    for way in ways.values():
        way()  # compiled code is loaded before the clock runs
    for _ in range(ROUNDS):
        for name, way in ways.items():
            best[name] = min(best[name], timed(way, len(y)))
    best["plain Python, dict"] = plain_python(x[:200], y[:200])
    model = EventDrivenClassifier()
    model.learn_many(x, y)
    best["bytes per feature and class"] = memory_per_weight(model)
    return best


def with_ledger() -> EventDrivenClassifier:
    model = EventDrivenClassifier()
    model.keep_ledger(Ledger())
    return model


def plain_python(x: np.ndarray, y: np.ndarray) -> float:
    model = EventDrivenClassifier()
    model._core.back_end = "python"
    return timed(lambda: progressive(model, (x, y)), len(y))


def memory_per_weight(model: Any) -> float:
    """Return the bytes that one more feature costs, per class."""
    synapses = model._core.arrays["synapses"]
    return float(synapses[:, :, 0, 0].size * synapses.itemsize)


def ledger_cost(stream: Stream) -> dict[str, float]:
    """Return the bytes kept per event, and the mean time to go back by up to 1,000 commits."""
    model = with_ledger()
    before = model._raw_memory_usage
    model.learn_many(*stream)
    kept = (model._raw_memory_usage - before) / len(stream[1])
    last, random = model._ledger.version, np.random.default_rng(3)
    versions = random.integers(max(1, last - 1000), last + 1, 20)
    start = time.perf_counter()
    for version in versions:
        model.rollback(int(version))
    return {"bytes": kept, "milliseconds": 50.0 * (time.perf_counter() - start)}


def run() -> dict[str, Any]:
    results: dict[str, Any] = {}
    for name in STREAMS:
        x, y = reported()[name]()
        while len(y) < ROWS:
            x, y = np.concatenate([x, x]), np.concatenate([y, y])
        results[name] = measure((x[:ROWS], y[:ROWS]))
        results[name]["ledger"] = ledger_cost((x[:ROWS], y[:ROWS]))
        print(name, results[name], flush=True)
    return results
