"""Where the ledger of a stored learner lies: in the database, a batch at a time."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from django.utils import timezone

from learner.models import Checkpoint, CheckpointKind, Commit, Learner, Stretch
from learner.pipeline.ledger import Ledger, Operation, Snapshot, State
from learner.pipeline.saving import decode_name, encode_name
from learner.services.checkpoints import delete_checkpoints, load_checkpoint, store_checkpoint
from learner.services.states import pack, unpack

WHOLE = ("version", "event", "amount")
REAL = ("surprise", "gate", "size", "target")
SNAPSHOT_EVERY = 1000
"""Operations between two snapshots: what a rollback has to replay at most."""


class StoredLedger(Ledger):
    """A ledger that goes on where the stored one ended."""

    def __init__(self, learner: Learner) -> None:
        self.database = DatabaseStorage(learner)
        super().__init__(self.database, snapshot_every=SNAPSHOT_EVERY)
        self.position, self.version = learner.position, learner.version
        last = snapshots(learner).order_by("position").values_list("position", flat=True).last()
        self._going_on = last is not None
        self._next_snapshot = (last or 0) + SNAPSHOT_EVERY

    def add_snapshot(self, state: State) -> None:
        """Keep the present state; the one at the start of a session is kept already."""
        if self._going_on:
            self._going_on = False
            return
        super().add_snapshot(state)


class DatabaseStorage:
    """Keeps what is new until ``store``, which the caller puts into its transaction."""

    def __init__(self, learner: Learner) -> None:
        self.learner = learner
        self._snapshots: list[tuple[Snapshot, int]] = []
        self._operations: list[Operation] = []
        self._last_version = learner.version
        self._read: tuple[int, list[Operation]] = (-1, [])

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
            Stretch.objects.create(
                learner=self.learner,
                first=self._operations[0].position,
                count=len(self._operations),
                operations=pack_operations(self._operations),
            )
            now = timezone.now()
            commits = [as_commit(self.learner, o, now) for o in self._operations if o.version]
            Commit.objects.bulk_create(commits)
        self._snapshots, self._operations = [], []

    def _unpacked(self, row: Stretch) -> list[Operation]:
        if self._read[0] != row.pk:
            self._read = (row.pk, unpack_operations(row.first, row.operations))
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


def pack_operations(operations: Sequence[Operation]) -> bytes:
    """Return operations as the bytes of an npz file, exact to the last bit."""
    values = [o.values if o.values is not None else np.zeros(0) for o in operations]
    arrays = {
        "widths": np.array([-1 if o.values is None else len(o.values) for o in operations]),
        "values": np.concatenate(values),
        **{n: np.array([getattr(o, n) for o in operations], dtype=np.int64) for n in WHOLE},
        **{n: np.array([getattr(o, n) for o in operations], dtype=np.float64) for n in REAL},
    }
    news = {
        str(i): [[encode_name(n) for n in o.new_features], [encode_name(n) for n in o.new_labels]]
        for i, o in enumerate(operations)
        if o.new_features or o.new_labels
    }
    ids = [None if o.event_id is None else encode_name(o.event_id) for o in operations]
    return pack({"kinds": [o.kind for o in operations], "ids": ids, "news": news}, arrays)


def unpack_operations(first: int, data: bytes | memoryview) -> list[Operation]:
    """Return the operations that ``pack_operations`` was given."""
    header, arrays = unpack(data)
    numbers = {name: arrays[name].tolist() for name in (*WHOLE, *REAL)}
    widths = arrays["widths"]
    ends = np.cumsum(np.maximum(widths, 0))
    found = []
    for i, kind in enumerate(header["kinds"]):
        new_features, new_labels = header["news"].get(str(i), ([], []))
        named = header["ids"][i]
        absent = widths[i] < 0
        found.append(Operation(
            position=first + i,
            kind=kind,
            event_id=None if named is None else decode_name(named),
            values=None if absent else arrays["values"][ends[i] - widths[i] : ends[i]],
            new_features=tuple(decode_name(n) for n in new_features),
            new_labels=tuple(decode_name(n) for n in new_labels),
            **{name: column[i] for name, column in numbers.items()},
        ))  # fmt: skip
    return found
