"""Learners beside a learner: one that updates at every event, one that stopped learning.

They see the same features and labels. A rollback or a sleep of the learner is not theirs.
``docs/learner-measures.md`` says what they cost.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

import numpy as np

from learner.models import Checkpoint, CheckpointKind, Learner
from learner.pipeline.batches import learn_rows, predict_rows
from learner.pipeline.ledger import Operation
from learner.pipeline.saving import decode_name
from learner.services.checkpoints import load_checkpoint, store_checkpoint
from learner.services.columns import Table
from learner.services.states import Model, new_model
from learner.services.storage import DatabaseStorage

FROZEN_AFTER = 2_000
"""Events after which the frozen baseline is a copy of the learner: what a model would be that
was trained once."""
MOST_REDONE = 20_000
"""Operations; a baseline that is further behind begins anew as a copy of the learner."""
EVERY_EVENT = ("every_event", 1)


class Baselines:
    """The two beside one learner in memory; read from the database when first needed."""

    def __init__(self, learner: Learner, model: Model) -> None:
        self.learner, self.model = learner, model
        self.always: Model | None = None
        self.frozen: Model | None = None
        self._read = False
        self._due = False
        """Whether the learning one began since the last time it was stored."""
        self._frozen_now: dict[str, Any] = {}
        """What to store of the frozen one as it began: predicting leaves traces in a state."""

    @property
    def position(self) -> int:
        """Return the operations in the learner's ledger."""
        ledger = self.model._ledger
        return self.learner.position if ledger is None else ledger.position

    def learn(self, table: Table, labels: Sequence[Any]) -> dict[str, list[Any]]:
        """Learn what the learner is about to learn; return what each predicted before."""
        found = {}
        if self.always is not None:
            found["always"] = learn_rows(self.always, table, labels).predicted
        if self.frozen is not None:
            codes = predict_rows(self.frozen, table)[:, -1].tolist()
            found["frozen"] = self.frozen._decode(codes, {})
        return found

    def foresee(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return what each predicts for an event."""
        self.read()
        models = {"always": self.always, "frozen": self.frozen}
        return {n: model.predict_one(values) for n, model in models.items() if model is not None}

    def read(self) -> None:
        """Take up what is stored, unless it is there already or not wanted."""
        if not self.learner.baselines:
            self.always, self.frozen, self._read = None, None, False
        elif not self._read:
            self._load_frozen()
            self._load_always()
            self._read = True

    def prepare(self, events: int) -> None:
        """Begin what is not there before the next event; ``events`` were learned so far."""
        self.read()
        if not self._read:
            return
        if self.always is None:
            self.always = self._copy(always=True)
            self._due = True
        if self.frozen is None and events >= FROZEN_AFTER:
            self.frozen = self._copy(always=False)
            ledger = self.model._ledger
            version = self.learner.version if ledger is None else ledger.version
            state = self.frozen.state_dict()
            self._frozen_now = {"state": state, "position": self.position, "version": version}

    def _copy(self, *, always: bool) -> Model:
        """Return a copy of the learner as it is now."""
        state = self.model.state_dict()
        state["header"]["pending"] = []
        if always:
            parameters = state["header"]["parameters"]
            parameters["budget"] = 1.0
            parameters["expert"] = (*(parameters["expert"] or ()), EVERY_EVENT)
        return new_model(self.learner).load_state(state)

    def _stored(self, kind: CheckpointKind) -> Checkpoint | None:
        return Checkpoint.objects.filter(learner=self.learner, kind=kind).first()

    def _load_frozen(self) -> None:
        row = self._stored(CheckpointKind.FROZEN)
        if row is not None:
            self.frozen = new_model(self.learner).load_state(load_checkpoint(row))

    def _load_always(self) -> None:
        """Read the learning one and let it learn what the ledger has since."""
        row = self._stored(CheckpointKind.ALWAYS)
        if row is None or self.position - row.position > MOST_REDONE:
            return
        operations = list(DatabaseStorage(self.learner).operations(row.position, self.position))
        if len(operations) == self.position - row.position:
            self.always = new_model(self.learner).load_state(load_checkpoint(row))
            self._redo(operations)

    def catch_up(self, operations: Sequence[Operation], *, events: int) -> None:
        """Learn what another process learned; the learner has been brought up already."""
        if not self._read:
            return
        if self.always is None:
            self._read = False
        else:
            self._redo(operations)
        if self.frozen is None and events >= FROZEN_AFTER:
            self._load_frozen()

    def _redo(self, operations: Sequence[Operation]) -> None:
        """Learn events of the ledger, in the calls that learned them or larger ones.

        Both are the same to the last bit. Values of an operation lie in the order that the
        learner's features had then: what it has now, or had before the next rollback.
        """
        assert self.always is not None
        for part in between_rollbacks(operations):
            rolled_back = part[-1].kind == "rollback"
            features, labels = (
                names_at(self.learner, part[-1].position) if rolled_back
                else ([str(n) for n in self.model._features], self.model._labels)
            )  # fmt: skip
            for table, targets in tables_of(part, features):
                known = [labels[int(target)] for target in targets] if labels else targets
                learn_rows(self.always, table, known)

    def store(self, *, version: int, checkpoint: bool) -> None:
        """Write what began; with ``checkpoint``, how far the learning one has come."""
        if self._frozen_now:
            store_checkpoint(self.learner, kind=CheckpointKind.FROZEN, **self._frozen_now)
        if self.always is not None and (self._due or checkpoint):
            store_checkpoint(
                self.learner, self.always.state_dict(), kind=CheckpointKind.ALWAYS,
                position=self.position, version=version,
            )  # fmt: skip
        self._due, self._frozen_now = False, {}


def between_rollbacks(operations: Sequence[Operation]) -> Iterator[list[Operation]]:
    """Return operations in parts; a rollback ends one."""
    part: list[Operation] = []
    for operation in operations:
        part.append(operation)
        if operation.kind == "rollback":
            yield part
            part = []
    if part:
        yield part


def tables_of(
    operations: Sequence[Operation], features: Sequence[str]
) -> Iterator[tuple[Table, list[float]]]:
    """Return the events among operations as tables and targets; one of another width begins one."""
    events = [(o, o.values) for o in operations if o.values is not None]
    for width, group in groupby(events, key=lambda pair: len(pair[1])):
        listed = list(group)
        rows = np.stack([values for _, values in listed])
        yield Table(list(features[:width]), rows), [o.target for o, _ in listed]


def names_at(learner: Learner, position: int) -> tuple[list[str], list[Any]]:
    """Return the names of features and labels before the operation at a position."""
    storage = DatabaseStorage(learner)
    snapshot = storage.snapshot_before(position)
    if snapshot is None:
        raise ValueError(f"{learner.name} has no snapshot before position {position} any more")
    header = snapshot.state["header"]
    features = [decode_name(name) for name in header["features"]]
    labels = [decode_name(label) for label in header["labels"]]
    for operation in storage.operations(snapshot.position, position):
        features += [n for n in operation.new_features if n not in features]
        labels += [n for n in operation.new_labels if n not in labels]
    return features, labels
