"""Where the ledger of a stored learner lies: in the database, a batch at a time."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.utils import timezone

from learner.models import Checkpoint, CheckpointKind, Commit, Learner, Stretch
from learner.pipeline.ledger import Ledger, Operation, Snapshot
from learner.services.checkpoints import delete_checkpoints, load_checkpoint, store_checkpoint
from learner.services.states import Model
from learner.services.storage_packing import pack_operations, unpack_operations

__all__ = ["SNAPSHOT_EVERY", "DatabaseStorage", "StoredLedger", "open_ledger", "pack_operations",
           "snapshots", "unpack_operations"]  # fmt: skip

SNAPSHOT_EVERY = 1000
"""Operations between two snapshots: what a rollback has to replay at most."""
MERGE_EVERY = 500
"""Operations after which the small stretches since become one row."""


class StoredLedger(Ledger):
    """A ledger that goes on where the stored one ended."""

    def __init__(self, learner: Learner) -> None:
        self.database = DatabaseStorage(learner)
        super().__init__(self.database, snapshot_every=SNAPSHOT_EVERY)
        self.position, self.version = learner.position, learner.version
        last = snapshots(learner).order_by("position").values_list("position", flat=True).last()
        self.has_snapshots = last is not None
        self._next_snapshot = (last or 0) + SNAPSHOT_EVERY


def open_ledger(learner: Learner, model: Model) -> StoredLedger:
    """Return the stored ledger of a learner, kept by an estimator in its present state."""
    ledger = StoredLedger(learner)
    if ledger.has_snapshots:
        model.go_on(ledger)
    else:
        model.keep_ledger(ledger)
    return ledger


class DatabaseStorage:
    """Keeps what is new until ``store``, which the caller puts into its transaction."""

    def __init__(self, learner: Learner) -> None:
        self.learner = learner
        self._snapshots: list[tuple[Snapshot, int]] = []
        self._operations: list[Operation] = []
        self._last_version = learner.version
        self._read: tuple[tuple[int, int], list[Operation]] = ((-1, -1), [])
        self._recent: list[Operation] = []
        """What was stored since small stretches were merged."""

    @property
    def waiting(self) -> list[Operation]:
        """The operations that are not stored yet."""
        return self._operations

    def add_snapshot(self, snapshot: Snapshot) -> None:
        """Keep a snapshot."""
        self._snapshots.append((snapshot, self._last_version))

    def add_operation(self, operation: Operation) -> None:
        """Keep an operation."""
        self._operations.append(operation)
        self._last_version = max(self._last_version, operation.version)

    def operations(self, first: int, last: int) -> Iterator[Operation]:
        """Return the operations kept from ``first`` up to, without, ``last``."""
        rows = Stretch.objects.filter(learner=self.learner, first__lt=last)
        for row in rows.order_by("first"):
            if row.first + row.count > first:
                yield from (o for o in self._unpacked(row) if first <= o.position < last)
        yield from (o for o in self._operations if first <= o.position < last)

    def find(self, version: int) -> Operation | None:
        """Return the operation with this version, None if it is not kept."""
        for waiting in self._operations:
            if waiting.version == version and version:
                return waiting
        rows = Commit.objects.filter(learner=self.learner, number=version)
        position = rows.values_list("position", flat=True).first()
        if position is None:
            return None
        return next(self.operations(position, position + 1), None)

    def snapshot_before(self, position: int) -> Snapshot | None:
        """Return the last snapshot at or before a position, None if there is none."""
        for waiting, _ in reversed(self._snapshots):
            if waiting.position <= position:
                return waiting
        rows = snapshots(self.learner).filter(position__lte=position)
        row = rows.order_by("-position").first()
        return Snapshot(row.position, load_checkpoint(row)) if row else None

    def drop_before(self, position: int) -> None:
        """Drop what only rollbacks to before a position need; commits stay listed."""
        delete_checkpoints(snapshots(self.learner).filter(position__lt=position))
        for row in Stretch.objects.filter(learner=self.learner).only("first", "count"):
            if row.first + row.count <= position:
                row.delete()

    def store(self) -> None:
        """Write what is new. To be called inside a transaction."""
        for snapshot, version in self._snapshots:
            store_checkpoint(
                self.learner, snapshot.state, kind=CheckpointKind.SNAPSHOT,
                position=snapshot.position, version=version,
            )  # fmt: skip
        if self._operations:
            self._store_stretch()
            now = timezone.now()
            commits = [as_commit(self.learner, o, now) for o in self._operations if o.version]
            Commit.objects.bulk_create(commits)
        self._snapshots, self._operations = [], []

    def _store_stretch(self) -> None:
        """Write operations as a row; now and then the small rows before become one with it."""
        new = self._operations
        first, last = new[0].position, new[-1].position + 1
        if len(new) < MERGE_EVERY:
            self._recent += new
        if first // MERGE_EVERY != last // MERGE_EVERY:
            merged = self._merge(first - first % MERGE_EVERY, first)
            self._recent = []
            if merged and len(new) < MERGE_EVERY:
                self._create(merged + new)
                return
            if merged:
                self._create(merged)
        self._create(new)

    def _merge(self, first: int, last: int) -> list[Operation]:
        """Take away the small rows that begin from ``first`` to ``last``; return what they held."""
        rows = Stretch.objects.filter(
            learner=self.learner, first__gte=first, first__lt=last, count__lt=MERGE_EVERY
        )
        found = list(rows.order_by("first").values_list("first", "count"))
        if not found:
            return []
        start, end = found[0][0], sum(found[-1])
        known = [o for o in self._recent if start <= o.position < end]
        if len(known) != end - start:
            known = list(self.operations(start, end))
        rows.delete()
        return known

    def _create(self, operations: Sequence[Operation]) -> None:
        Stretch.objects.create(
            learner=self.learner,
            first=operations[0].position,
            count=len(operations),
            operations=pack_operations(operations),
        )

    def _unpacked(self, row: Stretch) -> list[Operation]:
        if self._read[0] != (row.pk, row.count):
            self._read = (row.pk, row.count), unpack_operations(row.first, row.operations)
        return self._read[1]


def snapshots(learner: Learner) -> Any:
    """Return the snapshots of a learner."""
    return Checkpoint.objects.filter(learner=learner, kind=CheckpointKind.SNAPSHOT)


def as_commit(learner: Learner, operation: Operation, now: Any) -> Commit:
    """Return the row of a commit."""
    return Commit(
        learner=learner,
        number=operation.version,
        position=operation.position,
        kind=operation.kind,
        event=operation.event,
        event_id="" if operation.event_id is None else str(operation.event_id)[:250],
        surprise=operation.surprise,
        gate=operation.gate,
        size=operation.size,
        amount=operation.amount,
        created=now,
    )
