"""Many events in one call, to the last bit as if they came one by one."""

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from learner.pipeline.memory import PARTS
from learner.pipeline.naming import in_order
from learner.pipeline.tables import read_table

if TYPE_CHECKING:
    from learner.pipeline.estimator import Estimator


class Progress(NamedTuple):
    """What was predicted before each event, and the columns of ``RESULTS``."""

    predicted: list[Any]
    results: np.ndarray


RESULTS = (
    "predicted", "salient", "surprise", "gain", "size", "threshold", "arousal", "usual_error",
    "recent_error",
)  # fmt: skip
"""Columns of an event's results; after them, the reliability of each head."""


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


def new_results(model: Any, count: int) -> np.ndarray:
    """Return an empty table for the results of so many events."""
    return np.zeros((count, len(RESULTS) + PARTS * model._core.state.pathways))


def learn_rows(
    model: "Estimator", x: Any, y: Any, event_ids: Sequence[Hashable] | None = None
) -> Progress:
    """Learn from every row; return what was predicted before each, and the results.

    A row that brings a new class is a call of its own, because the arrays grow there.
    """
    names, rows = read_table(x)
    targets = model._targets(y)
    if len(targets) != len(rows):
        raise ValueError(f"found {len(rows)} rows but {len(targets)} labels")
    results = new_results(model, len(rows))
    if len(rows) == 0:
        return Progress([], results)
    if model._ledger is not None:
        model._snapshot_if_due()
    new = [name for name in names if name not in model._features]
    if new:
        model._add_features(in_order(new))
    inputs = spread(model, names, rows)
    firsts: dict[int, Any] = {}
    codes = model._codes(targets)
    first = 0
    while first < len(rows):
        if codes[first] is None:
            firsts[first] = model.predict_one(dict(zip(names, rows[first], strict=True)))
            model._set_target(targets[first])
            codes[first:] = model._codes(targets[first:])
            last = first + 1
        else:
            last = codes.index(None, first) if None in codes[first:] else len(codes)
        if model._ledger is not None:
            last = min(last, first + model._snapshot_if_due())
        learn_part(model, inputs, codes, results, slice(first, last), event_ids)
        first = last
    return Progress(model._decode(results[:, 0].tolist(), firsts), results)


def learn_part(model: "Estimator", inputs: np.ndarray, codes: list[float | None],
               results: np.ndarray, part: slice,
               event_ids: Sequence[Hashable] | None) -> None:  # fmt: skip
    """Learn from rows that bring no new class, and write them down."""
    targets = np.array(codes[part], dtype=np.float64)
    work = model._cost * len(targets)
    model._core.call("learn_many", work, inputs[part], targets, results[part])
    if model._ledger is not None:
        model._record_rows(inputs[part], targets, results[part], event_ids and event_ids[part])


def predict_rows(model: "Estimator", x: Any) -> np.ndarray:
    """Return the outputs of the learner for every row; last, what it predicts."""
    names, rows = read_table(x)
    inputs = spread(model, names, rows)
    results = np.zeros((len(rows), model._core.state.classes + 1))
    model._core.call("predict_many", model._cost * len(rows), inputs, results)
    return results
