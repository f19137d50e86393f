"""What a learner predicted when an event came, and why: the ledger is walked up to it."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from learner.models import Checkpoint, CheckpointKind, Learner, LearnerKind
from learner.pipeline.ledger import Operation
from learner.services.recent import LEARNED
from learner.services.states import Model, new_model
from learner.services.storage import SNAPSHOT_EVERY, DatabaseStorage

MOST_WORK = 4e9
"""Inner steps that a page may take to walk the ledger: some seconds of compiled code."""
TOO_LARGE = (
    "This learner is too large for a page to go back to a state of its past: up to "
    f"{SNAPSHOT_EVERY} events would have to be learned again."
)


@dataclass(frozen=True, slots=True)
class Story:
    """An event at the time it came."""

    operation: Operation
    predicted: Any
    """None where the learner knew no label yet."""
    label: Any
    """What came, None for what is no event."""
    explained: Any
    """Label that the heads are explained for; None for a learner of numbers."""
    probability: float | None
    """Of the label that is explained, then."""
    heads: dict[str, Any]
    """By name: reliability, output, score, bias and contributions by feature."""
    features: dict[str, float | None]


def story_of(learner: Learner, position: int, *, of_label: bool = False) -> Story:
    """Return what was predicted before an event was learned, and why.

    Parameters
    ----------
    learner
        Whose.
    position
        Place of the event among the operations of the ledger.
    of_label
        Explain the label that came in place of the one that was predicted.

    Raises
    ------
    ValueError
        An event that is not kept, or a learner that is too large, in one sentence.
    """
    if work_of(learner) > MOST_WORK:
        raise ValueError(TOO_LARGE)
    storage = DatabaseStorage(learner)
    snapshot = storage.snapshot_before(position)
    if snapshot is None:
        raise ValueError("its ledger is kept no more from before this event")
    operations = list(storage.operations(snapshot.position, position + 1))
    if not operations or operations[-1].position != position:
        raise ValueError("this event is kept no more")
    model = new_model(learner)
    model._walk(snapshot.state, operations[:-1])
    return _told(learner, model, operations[-1], of_label=of_label)


def _told(learner: Learner, model: Model, operation: Operation, *, of_label: bool) -> Story:
    features = named_features(model, operation)
    if operation.kind not in LEARNED:
        return Story(operation, None, None, None, None, {}, features)
    x = {name: value for name, value in features.items() if value is not None}
    label = label_of(learner, model, operation)
    known = of_label and label in getattr(model, "_classes", {})
    told = model.explain_one(x, label if known else None)
    return Story(
        operation, told["prediction"], label, told["label"],
        told.get("output") if learner.kind == LearnerKind.CLASSIFIER else None,
        told["heads"], {str(name): value for name, value in features.items()},
    )  # fmt: skip


def named_features(model: Model, operation: Operation) -> dict[Any, float | None]:
    """Return the values of an event by feature; None where one was absent."""
    if operation.values is None:
        return {}
    names = [*model._features, *(n for n in operation.new_features if n not in model._features)]
    values = operation.values.tolist()
    return {
        name: value if np.isfinite(value) else None
        for name, value in zip(names, values, strict=False)
    }


def label_of(learner: Learner, model: Model, operation: Operation) -> Any:
    """Return the label that came with an event."""
    if learner.kind == LearnerKind.REGRESSOR:
        return operation.target
    labels = [*model._labels, *(n for n in operation.new_labels if n not in model._labels)]
    place = int(operation.target)
    return labels[place] if place < len(labels) else None


def work_of(learner: Learner) -> float:
    """Return the inner steps of walking from one snapshot to the next, roughly."""
    rows = Checkpoint.objects.filter(learner=learner, kind=CheckpointKind.HEAD)
    meta = rows.values_list("meta", flat=True).first() or {}
    core = new_model(learner)._core
    hidden, pathways = core.state.hidden, core.state.pathways
    inputs = 1 + meta.get("features", 0) + float(core.settings["active"][0])
    weights = 12.0 * pathways * inputs * max(1, meta.get("labels", 0))
    return float((6.0 * hidden + weights) * min(SNAPSHOT_EVERY, learner.position))
