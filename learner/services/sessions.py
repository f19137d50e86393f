"""A learner in memory: loaded once, changed, and stored in one transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from learner.models import Checkpoint, CheckpointKind, Learner
from learner.services.checkpoints import load_checkpoint, store_checkpoint
from learner.services.locks import WriterLock
from learner.services.states import Model, new_model
from learner.services.storage import StoredLedger
from synapse.services.conflict import StateConflict

SAVED = ("kind", "parameters", "target", "schema")


def load_model(learner: Learner) -> Model:
    """Return the estimator in its present state, without a ledger."""
    model = new_model(learner)
    head = Checkpoint.objects.filter(learner=learner, kind=CheckpointKind.HEAD).first()
    if head is not None:
        model.load_state(load_checkpoint(head))
    return model


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
            self.model = load_model(learner)
            self.ledger = StoredLedger(learner)
            self.model.keep_ledger(self.ledger)
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
        learner, header = self.learner, self.model.state_dict()
        values: dict[str, Any] = {name: getattr(learner, name) for name in SAVED}
        values["events"] = header["header"]["state"]["events"]
        values["position"], values["version"] = self.ledger.position, self.ledger.version
        with transaction.atomic():
            rows = Learner.objects.filter(pk=learner.pk, state_version=learner.state_version)
            values |= {"state_version": F("state_version") + 1, "modified": timezone.now()}
            if not rows.update(**values):
                raise StateConflict(
                    f"The learner {learner.name} was changed by another writer. Nothing of "
                    "this batch was stored. Run the command again; it goes on from there."
                )
            self.ledger.database.store()
            store_checkpoint(
                learner, header, kind=CheckpointKind.HEAD,
                position=self.ledger.position, version=self.ledger.version,
            )  # fmt: skip
            yield
        learner.state_version += 1
        learner.events = values["events"]
        learner.position, learner.version = self.ledger.position, self.ledger.version
