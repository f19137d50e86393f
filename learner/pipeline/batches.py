"""Many events in one call, to the last bit as if they came one by one."""

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from learner.pipeline.naming import in_order
from learner.pipeline.tables import read_table

if TYPE_CHECKING:
    from learner.pipeline.estimator import Estimator

RESULTS = ("predicted", "salient", "surprise", "gain", "size")


def spread(model: "Estimator", names: list[Any], rows: np.ndarray) -> np.ndarray:
    """Return rows with each column in the place of its feature, NaN elsewhere."""
    places = [model._features.get(name) for name in names]
    if places == list(range(len(model._features))):
        return rows
    inputs = np.full((len(rows), model._core.room), np.nan)
    for column, place in enumerate(places):
        if place is not None:
            inputs[:, place] = rows[:, column]
    return inputs


def learn_rows(
    model: "Estimator", x: Any, y: Any, event_ids: Sequence[Hashable] | None = None
) -> tuple[list[Any], np.ndarray]:
    """Learn from every row; return what was predicted before each, and the results.

    A row that brings a new class is a call of its own, because the arrays grow there.
    """
    names, rows = read_table(x)
    targets = model._targets(y)
    if len(targets) != len(rows):
        raise ValueError(f"found {len(rows)} rows but {len(targets)} labels")
    results = np.zeros((len(rows), len(RESULTS)))
    predicted: list[Any] = []
    if len(rows) == 0:
        return predicted, results
    new = [name for name in names if name not in model._features]
    if new:
        model._add_features(in_order(new))
    first = 0
    while first < len(rows):
        last, known = model._known_until(targets, first)
        if model._ledger is not None:
            last = min(last, first + model._snapshot_if_due())
        if not known:
            predicted.append(model.predict_one(dict(zip(names, rows[first], strict=True))))
            model._set_target(targets[first])
        part = slice(first, last)
        codes = np.array([model._code(t) for t in targets[part]], dtype=np.float64)
        inputs = spread(model, names, rows[part])
        model._core.call("learn_many", model._cost * len(codes), inputs, codes, results[part])
        if known:
            predicted += [model._decode(value) for value in results[part, 0]]
        if model._ledger is not None:
            model._record_rows(inputs, codes, results[part], event_ids and event_ids[part])
        first = last
    return predicted, results


def predict_rows(model: "Estimator", x: Any) -> np.ndarray:
    """Return the outputs of the learner for every row; last, what it predicts."""
    names, rows = read_table(x)
    inputs = spread(model, names, rows)
    results = np.zeros((len(rows), model._core.state.classes + 1))
    model._core.call("predict_many", model._cost * len(rows), inputs, results)
    return results
