"""Digits in five tasks: ``python -m benchmarks.forgetting [--width 300] [--seeds 5]``.

Every method is tuned on two other orders of the tasks (seeds from 1000), on the mean of both
kinds' final accuracy, with the same number of settings to choose from.
"""

import argparse
import json
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.forgetting.networks import (
    ClassMeans,
    ElasticWeights,
    Network,
    Replay,
    SynapticIntelligence,
)
from benchmarks.forgetting.tasks import KINDS, TASKS, Task
from learner.pipeline import EventDrivenClassifier

FILE = Path(__file__).resolve().parents[2] / "var" / "benchmarks" / "forgetting.json"
DEVELOPMENT = (1001, 1002)


class Ours:
    """The learner, one pass, told nothing of tasks."""

    def __init__(self, *, width: int, seed: int = 0, **parameters: Any) -> None:
        self.model = EventDrivenClassifier(expansion=width, seed=seed, **parameters)

    def learn(self, x: np.ndarray, y: np.ndarray) -> None:
        self.model.learn_many(x, y)

    def predict(self, x: np.ndarray) -> np.ndarray:
        return np.asarray(self.model.predict_many(x))

    @property
    def gradients(self) -> int:
        return int(self.model._core.state.events + self.model._core.state.replays)


SLEEP = (("sleep_every", 20), ("sleep_replays", 20))
SPRINGS = [{"rate": r, "strength": s} for r, s in product((0.01, 0.03), (1.0, 10.0, 100.0, 1000.0))]
PLAIN = [{"rate": r, "passes": n} for r, n in product((0.003, 0.01, 0.03, 0.1), (1, 3))]
METHODS: dict[str, tuple[Callable[..., Any], list[dict[str, Any]]]] = {
    "SGD": (Network, PLAIN),
    "EWC": (ElasticWeights, SPRINGS),
    "SI": (SynapticIntelligence, SPRINGS),
    "replay 200": (Replay, PLAIN),
    "class means": (ClassMeans, [{}]),
    "learner, as for streams": (Ours, [{}]),
    "learner, tuned": (Ours, [
        {"stability": s, "plasticity": p} for s, p in product((1.0, 10.0, 100.0, 1e3), (0.3, 1.0))
    ]),
    "learner, as for streams, sleep 200": (Ours, [{"expert": SLEEP}]),
}  # fmt: skip


def run(make: Callable[..., Any], tasks: list[Task], **parameters: Any) -> tuple[float, ...]:
    """Return final accuracy, forgetting and gradient steps."""
    model, seen = make(**parameters), np.zeros((TASKS, TASKS))
    for t, (train, _) in enumerate(tasks):
        model.learn(*train)
        for u in range(t + 1):
            test = tasks[u][1]
            seen[t, u] = np.mean(model.predict(test[0]) == test[1])
    forgotten = seen.max(axis=0) - seen[-1]
    return float(seen[-1].mean()), float(forgotten[:-1].mean()), float(model.gradients)


def tune(make: Callable[..., Any], grid: list[dict[str, Any]], **fixed: Any) -> dict[str, Any]:
    """Return the setting with the best final accuracy over both kinds on other seeds."""
    if len(grid) == 1:
        return grid[0]
    scores = [
        np.mean([run(make, kind(seed), seed=seed, **fixed, **setting)[0]
                 for kind in KINDS.values() for seed in DEVELOPMENT])
        for setting in grid
    ]  # fmt: skip
    return grid[int(np.argmax(scores))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--width", type=int, default=300, help="hidden units of every method")
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    results: dict[str, Any] = {}
    for name, (make, grid) in METHODS.items():
        setting = tune(make, grid, width=options.width)
        results[name] = {"setting": setting}
        for kind, tasks in KINDS.items():
            rows = [run(make, tasks(seed), width=options.width, seed=seed, **setting)
                    for seed in range(options.seeds)]  # fmt: skip
            mean, spread = np.mean(rows, axis=0), np.std(rows, axis=0)
            results[name][kind] = {"accuracy": mean[0], "sd": spread[0], "forgetting": mean[1],
                                   "gradients": mean[2]}  # fmt: skip
        print(name, results[name], flush=True)
    FILE.parent.mkdir(parents=True, exist_ok=True)
    old = json.loads(FILE.read_text()) if FILE.exists() else {}
    FILE.write_text(json.dumps(old | {f"width {options.width}": results}, indent=1))


if __name__ == "__main__":
    main()
