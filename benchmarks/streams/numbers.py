"""Numbers instead of classes, and anomalies of the Numenta benchmark."""

import csv
import gzip
import json
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

import numpy as np
from river import anomaly, datasets, linear_model, preprocessing
from river.datasets import synth
from sklearn.metrics import roc_auc_score

from benchmarks.streams.streams import Stream, folder
from learner.pipeline import EventDrivenRegressor

LAGS = 5
SMOOTHING = 20
"""Events over which anomaly scores are averaged, for both methods."""
STREAMS: dict[str, Callable[[], Iterable[Any]]] = {
    "Trump approval": datasets.TrumpApproval,
    "Friedman": lambda: synth.Friedman(seed=1),
    "Friedman drift": lambda: synth.FriedmanDrift(
        seed=1, drift_type="lea", position=(2000, 4000, 6000)
    ),
    "Mv": lambda: synth.Mv(seed=1),
    "planes": lambda: synth.Planes2D(seed=1),
}
TUNED_ON = {"Trump approval": 0.5}
"""Its first half was used for tuning; it is scored after that."""
SERIES = (
    "nyc_taxi", "ambient_temperature_system_failure", "machine_temperature_system_failure",
    "ec2_request_latency_system_failure",
)  # fmt: skip


def table(pairs: Iterable[Any], rows: int = 8000) -> Stream:
    """Return the features that are numbers, and the targets."""
    kept = list(islice(iter(pairs), rows))
    names = [name for name, value in kept[0][0].items() if isinstance(value, int | float)]
    return (np.array([[float(x[n]) for n in names] for x, _ in kept]),
            np.array([float(y) for _, y in kept]))  # fmt: skip


def mean_errors(stream: Stream, share: float) -> dict[str, float]:
    """Return the mean absolute errors after the first ``share`` of a stream."""
    x, y = stream
    n = int(share * len(y))
    model = preprocessing.StandardScaler() | linear_model.LinearRegression()
    linear = []
    for row, target in zip(x.tolist(), y.tolist(), strict=True):
        event = dict(enumerate(row))
        linear.append(model.predict_one(event))
        model.learn_one(event, target)
    progress = EventDrivenRegressor().progress_many(x, y)
    return {
        "linear regression": float(np.abs(np.array(linear) - y)[n:].mean()),
        "learner": float(np.abs(np.array(progress.predicted) - y)[n:].mean()),
        "commits": float(progress.results[n:, 1].mean()),
    }


def series(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the values of a series and whether each lies in a window of anomalies."""
    path = next(folder().glob(f"nab_{name}.csv*"))
    opener: Callable[..., Any] = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt") as file:
        rows = list(csv.DictReader(file))
    windows = json.loads((folder() / "nab_combined_windows.json").read_text())
    found = next(w for key, w in windows.items() if key.endswith(f"/{name}.csv"))
    inside = [any(start[:19] <= row["timestamp"][:19] <= end[:19] for start, end in found)
              for row in rows]  # fmt: skip
    return np.array([float(row["value"]) for row in rows]), np.array(inside)


def scores_of(values: np.ndarray) -> Iterator[tuple[float, float]]:
    """Yield the scores of the forest and of the learner, each before it learns."""
    forest = preprocessing.MinMaxScaler() | anomaly.HalfSpaceTrees(seed=1)
    model = EventDrivenRegressor()
    for i in range(LAGS, len(values)):
        past = {f"lag {j}": float(values[i - j]) for j in range(1, LAGS + 1)}
        everything = past | {"value": float(values[i])}
        before = forest.score_one(everything)
        forest.learn_one(everything)
        model.learn_one(past, float(values[i]))
        yield before, float(model._core.state.surprise)


def areas(name: str) -> dict[str, float]:
    """Return the area under the ROC curve of both, by event, after the first fifth."""
    values, inside = series(name)
    scores = np.array(list(scores_of(values)))
    kernel = np.ones(SMOOTHING) / SMOOTHING
    truth = inside[LAGS:]
    first = len(truth) // 5
    smooth = [np.convolve(column, kernel)[: len(truth)] for column in scores.T]
    forest, ours = (float(roc_auc_score(truth[first:], s[first:])) for s in smooth)
    return {"HalfSpaceTrees": forest, "learner": ours}


def run() -> dict[str, Any]:
    results: dict[str, Any] = {"errors": {}, "areas": {}}
    for name, make in STREAMS.items():
        results["errors"][name] = mean_errors(table(make()), TUNED_ON.get(name, 0.2))
        print(name, results["errors"][name], flush=True)
    for name in SERIES:
        results["areas"][name] = areas(name)
        print(name, results["areas"][name], flush=True)
    return results
