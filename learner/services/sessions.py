"""A learner in memory: loaded, changed, and stored in one transaction.

The ledger is the log that is written ahead: what was learned is safe once its operations are
stored. The state itself is written as the head now and then; loading takes up the head and
does again what came after it, to the last bit.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from copy import copy
from types import TracebackType
from typing import Any, Self

from django.db import connection, transaction
from django.utils import timezone

from learner.models import Checkpoint, CheckpointKind, Learner
from learner.pipeline.ledger import Operation
from learner.services.checkpoints import load_checkpoint, store_checkpoint
from learner.services.locks import WriterLock
from learner.services.measures import Measures
from learner.services.states import Model, new_model
from learner.services.storage import DatabaseStorage, StoredLedger, open_ledger
from synapse.services.conflict import StateConflict

SAVED = ("kind", "parameters", "target", "schema")
TRIES = 5
"""How often a learner is read again that others change meanwhile."""
_one_at_a_time = threading.RLock()


class ChangedElsewhere(StateConflict):
    """The learner's row is not as this writer knew it; nothing was stored."""


def writing() -> AbstractContextManager[Any]:
    """Let threads of this process write to SQLite in turn, which has one writer at a time.

    They would wait for each other anyway, but in SQLite's own loop of naps, which is unfair.
    """
    return _one_at_a_time if connection.vendor == "sqlite" else nullcontext()


def load_model(learner: Learner) -> Model:
    """Return the estimator in its present state, without a ledger."""
    return load(copy(learner))[0]


def load(learner: Learner) -> tuple[Model, int]:
    """Return the estimator of a learner, and the position of the head it was loaded from.

    The row is read again where it is older than what is stored.
    """
    for attempt in range(TRIES):
        if attempt:
            learner.refresh_from_db()
        found = _load_once(learner, last=attempt == TRIES - 1)
        if found is not None:
            return found
    raise StateConflict(
        f"The learner {learner.name} is changed so fast that it could not be read, or operations "
        "of its ledger are missing.",
        retry_after=1,
    )


def _load_once(learner: Learner, *, last: bool) -> tuple[Model, int] | None:
    """Return the estimator; None where the row, the head and the ledger do not fit together."""
    model, position = new_model(learner), 0
    head = heads(learner).first()
    if head is not None:
        if head.position > learner.position:
            return None
        try:
            model.load_state(load_checkpoint(head))
        except ValueError:
            if last or not head.path:
                raise
            return None  # the file was replaced meanwhile
        position = head.position
    operations = missing(learner, position)
    if operations is None:
        return None
    model.redo(operations)
    return model, position


def missing(learner: Learner, position: int) -> list[Operation] | None:
    """Return the operations from a position to the row's; None unless they are all there."""
    if position == learner.position:
        return []
    operations = list(DatabaseStorage(learner).operations(position, learner.position))
    complete = len(operations) == learner.position - position
    return operations if complete else None


def heads(learner: Learner) -> Any:
    """Return the head of a learner, if there is one."""
    return Checkpoint.objects.filter(learner=learner, kind=CheckpointKind.HEAD)


class OpenLearner:
    """A learner's row, estimator, ledger and measures, ready to go on together.

    Where anything fails, throw it away: what is stored is whole, and is loaded again.

    Parameters
    ----------
    learner
        The row; it is kept up to date.
    serving
        Whether nothing may be stored while the learner is paused.
    """

    def __init__(self, learner: Learner, *, serving: bool = False) -> None:
        self.learner, self._serving = learner, serving
        self.model, self.head = load(learner)
        self.ledger: StoredLedger = open_ledger(learner, self.model)
        self.measures = Measures(learner, self.model)

    def catch_up(self) -> bool:
        """Do again what others stored since; return whether that was possible."""
        learner, before = self.learner, self.ledger.position
        parameters = learner.parameters
        learner.refresh_from_db()
        head = heads(learner).values_list("position", flat=True).first() or 0
        if head > before or learner.position < before or learner.parameters != parameters:
            return False
        operations = missing(learner, before)
        if operations is None:
            return False
        self.model.redo(operations)
        self.head = head
        self.ledger = open_ledger(learner, self.model)
        self.measures.catch_up(operations)
        return True

    @contextmanager
    def saving(
        self, fields: Sequence[str] = (), *, head: bool, durable: bool = False, **values: Any
    ) -> Iterator[None]:
        """Store what happened and whatever the body stores, together or not at all.

        Parameters
        ----------
        fields
            Fields of the row that changed as well.
        head
            Whether to write the whole state, so that nothing before has to be done again.
        durable
            Whether it is stored for good at the end: there must be no transaction around.
        values
            More for the row.
        """
        learner = self.learner
        values |= {name: getattr(learner, name) for name in fields} | self._counts()
        state = self.model.state_dict() if head else None
        with writing(), transaction.atomic(durable=durable):
            if not self._row().update(**values):
                raise ChangedElsewhere(
                    f"The learner {learner.name} was changed by another writer. Nothing of "
                    "this batch was stored. Run the command again; it goes on from there."
                )
            self._store(state)
            yield
        for name, value in values.items():
            setattr(learner, name, value)
        self.head = self.ledger.position if head else self.head

    def _counts(self) -> dict[str, Any]:
        """Return what changes in the row each time."""
        return {
            "events": self.model._core.state.events, "position": self.ledger.position,
            "version": self.ledger.version, "metrics": self.measures.to_json(),
            "state_version": self.learner.state_version + 1, "modified": timezone.now(),
        }  # fmt: skip

    def _store(self, state: dict[str, Any] | None) -> None:
        """Store ledger, measures and, where it is given, the whole state."""
        self.ledger.database.store()
        if state is not None:
            store_checkpoint(
                self.learner, state, kind=CheckpointKind.HEAD,
                position=self.ledger.position, version=self.ledger.version,
            )  # fmt: skip
        self.measures.store(checkpoint=state is not None)

    def _row(self) -> Any:
        """Return the row as it was when it was read: the comparison of compare-and-swap."""
        learner = self.learner
        rows = Learner.objects.filter(pk=learner.pk, state_version=learner.state_version)
        return rows.filter(paused=False) if self._serving else rows


class Session:
    """A learner open for writing, by one writer at a time.

    Use it in a ``with`` statement. ``saving`` stores everything that happened since the
    last time, or raises ``StateConflict`` and stores nothing.
    """

    def __init__(self, learner: Learner) -> None:
        self._lock = WriterLock(learner)
        try:
            learner.refresh_from_db()
            self.learner = learner
            self._open = OpenLearner(learner)
            self.model, self.ledger = self._open.model, self._open.ledger
            self.measures = self._open.measures
        except BaseException:
            self._lock.release()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._lock.release()

    @contextmanager
    def saving(self) -> Iterator[None]:
        """Store state, commits and whatever the body stores, together or not at all."""
        with self._open.saving(SAVED, head=True):
            yield
