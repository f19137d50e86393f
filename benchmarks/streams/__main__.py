"""Prequential results on all streams: ``python -m benchmarks.streams [PART ...]``.

Parts: accuracy, ablation, labels, forests, recovery, speed, numbers; without any, all of them. Each
writes its numbers to var/benchmarks, and the tables go to docs/learner-results.md.
"""

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.streams import numbers, ours, recovery, speed
from benchmarks.streams.rivals import RIVALS
from benchmarks.streams.streams import Stream, reported

FOLDER = Path(__file__).resolve().parents[2] / "var" / "benchmarks"
FOREST_ROWS = 20_000
"""Longer streams are left out of the forest's column: it takes a millisecond per event."""


def accuracy(predicted: np.ndarray, y: np.ndarray) -> float:
    """Return the percentage right on the last four fifths."""
    n = len(y) // 5
    return float(100.0 * np.mean(predicted[n:] == y[n:]))


def run_accuracy(stream: Stream) -> dict[str, Any]:
    row: dict[str, Any] = {"rows": len(stream[1])}
    for name, rival in RIVALS.items():
        if name != "ARF 10":
            row[name] = accuracy(rival(stream), stream[1])
    seeds = [ours.run(stream, seed=seed) for seed in range(3)]
    scores = [accuracy(predicted, stream[1]) for predicted, _ in seeds]
    row["learner"], row["spread"] = float(np.mean(scores)), float(np.ptp(scores))
    row["commits"] = float(np.mean([share for _, share in seeds]))
    predicted, share = ours.run(stream, **ours.ABLATIONS["hard gate (no tag)"])
    row["hard gate"], row["hard commits"] = accuracy(predicted, stream[1]), share
    return row


def run_forests(stream: Stream) -> dict[str, Any]:
    if len(stream[1]) > FOREST_ROWS:
        return {}
    return {"ARF 10": accuracy(RIVALS["ARF 10"](stream), stream[1])}


def run_ablation(stream: Stream) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name, parameters in ours.ABLATIONS.items():
        predicted, share = ours.run(stream, **parameters)
        row[name] = [accuracy(predicted, stream[1]), share]
    row["random 22 % of events"] = [accuracy(ours.random_events(stream), stream[1]), 0.22]
    return row


def run_labels(stream: Stream) -> dict[str, Any]:
    predicted, asked = ours.half_the_labels(stream)
    return {
        "all": accuracy(ours.run(stream)[0], stream[1]),
        "late": accuracy(ours.late_labels(stream), stream[1]),
        "half": accuracy(predicted, stream[1]),
        "asked": asked,
    }


PARTS: dict[str, Callable[[Stream], dict[str, Any]]] = {
    "accuracy": run_accuracy,
    "ablation": run_ablation,
    "labels": run_labels,
    "forests": run_forests,
}


OTHERS: dict[str, Callable[[], dict[str, Any]]] = {
    "recovery": recovery.run,
    "speed": speed.run,
    "numbers": numbers.run,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", help="default: all")
    parser.add_argument("--only", help="streams whose name contains this")
    parser.add_argument("--rows", type=int, default=10**9, help="at most so many rows of each")
    options = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    for part in options.parts or [*PARTS, *OTHERS]:
        results = run_part(PARTS[part], options) if part in PARTS else OTHERS[part]()
        (FOLDER / f"{part}.json").write_text(json.dumps(results, indent=1))


def run_part(function: Callable[[Stream], dict[str, Any]], options: Any) -> dict[str, Any]:
    results = {}
    for name, make in reported().items():
        if options.only and options.only not in name:
            continue
        x, y = make()
        results[name] = function((x[: options.rows], y[: options.rows]))
        print(name, results[name], flush=True)
    return results


if __name__ == "__main__":
    main()
