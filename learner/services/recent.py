"""Events of the ledger, the newest first: what came in, what it was worth, what it changed."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from learner.models import Commit, Learner, LearnerKind, Stretch
from learner.pipeline.ledger import Operation
from learner.pipeline.saving import decode_name
from learner.services import live
from learner.services.storage import DatabaseStorage, unpack_operations

LEARNED = ("learn", "consolidate", "event")
"""Kinds of operations that learned an event."""
READ_AT_ONCE = 100
"""Operations that are read in two queries, where they came one by one."""
MOST_READ = 20_000
"""Operations that are looked at for one page, where only some of them are wanted."""


@dataclass(frozen=True, slots=True)
class Names:
    """Features and labels in the order of their numbers."""

    features: list[Any]
    labels: list[Any]


def recent_events(
    learner: Learner, *, limit: int = 25, offset: int = 0, before: int | None = None,
    kind: str = "",
) -> list[dict[str, Any]]:  # fmt: skip
    """Return operations of the ledger, the newest first, without features.

    Parameters
    ----------
    learner
        Whose.
    limit
        At most so many.
    offset
        Operations to leave out first; where ``kind`` is given, of that kind.
    before
        Only those with a smaller position; None for all.
    kind
        Only of this kind: learn, consolidate, event, sleep or rollback.
    """
    end = learner.position if before is None else min(before, learner.position)
    if not kind:
        end, offset = end - offset, 0
    found: list[Operation] = []
    for read, operation in enumerate(_backwards(learner, end)):
        if read >= MOST_READ or len(found) >= limit + offset:
            break
        if not kind or operation.kind == kind:
            found.append(operation)
    found = found[offset:]
    if not found:
        return []
    names = _Naming(learner, found[-1].position)
    return [_facts(learner, operation, names(operation.position)) for operation in found]


def read_event(learner: Learner, position: int) -> dict[str, Any] | None:
    """Return an operation with its features by name; None where it is not kept."""
    operation = _at(learner, position)
    if operation is None:
        return None
    names = _Naming(learner, position)(position)
    values = np.zeros(0) if operation.values is None else operation.values
    features = dict(zip(map(str, names.features), values.tolist(), strict=False))
    return _facts(learner, operation, names) | {
        "features": {
            name: value if np.isfinite(value) else None for name, value in features.items()
        }
    }


def _backwards(learner: Learner, end: int) -> Iterator[Operation]:
    """Return operations before ``end``, the last first, some stretches at a time."""
    while end > 0:
        rows = Stretch.objects.filter(learner=learner, first__lt=end).order_by("-first")
        lowest, count = end, 0
        for first, length in rows.values_list("first", "count")[:READ_AT_ONCE]:
            lowest, count = first, count + length
            if count >= READ_AT_ONCE:
                break
        if not count:
            return
        for row in rows.filter(first__gte=lowest):
            operations = unpack_operations(row.first, row.operations)
            yield from reversed(operations[: max(0, end - row.first)])
        end = lowest


def _at(learner: Learner, position: int) -> Operation | None:
    last = next(_backwards(learner, position + 1), None)
    return last if last is not None and last.position == position else None


def _facts(learner: Learner, operation: Operation, names: Names) -> dict[str, Any]:
    label: Any = None
    if operation.kind in LEARNED:
        label = operation.target
        if learner.kind == LearnerKind.CLASSIFIER:
            known = int(label) < len(names.labels)
            label = str(names.labels[int(label)]) if known else None
    plain = ("position", "event", "kind", "surprise", "gate", "size", "amount")
    return {name: getattr(operation, name) for name in plain} | {
        "id": None if operation.event_id is None else str(operation.event_id),
        "label": label,
        "commit": operation.version or None,
    }


class _Naming:
    """Finds the names that were in use at a position: a rollback may have taken some back.

    Between two rollbacks names are only added, so those at the end of such a time hold for
    all of it.
    """

    def __init__(self, learner: Learner, lowest: int) -> None:
        self.learner = learner
        rows = Commit.objects.filter(learner=learner, kind="rollback", position__gte=lowest)
        self._rollbacks = list(rows.order_by("position").values_list("position", flat=True))
        self._known: dict[int | None, Names] = {}

    def __call__(self, position: int) -> Names:
        """Return the names at a position."""
        end = next((r for r in self._rollbacks if r >= position), None)
        if end not in self._known:
            self._known[end] = self._present() if end is None else self._before(end)
        return self._known[end]

    def _present(self) -> Names:
        with live.read(self.learner) as model:
            return Names(list(model._features), list(model._labels))

    def _before(self, rollback: int) -> Names:
        storage = DatabaseStorage(self.learner)
        snapshot = storage.snapshot_before(rollback)
        if snapshot is None:
            return Names([], [])
        header = snapshot.state["header"]
        names = Names(*([decode_name(n) for n in header[k]] for k in ("features", "labels")))
        for operation in storage.operations(snapshot.position, rollback):
            names.features.extend(n for n in operation.new_features if n not in names.features)
            names.labels.extend(n for n in operation.new_labels if n not in names.labels)
        return names
