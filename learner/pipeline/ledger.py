"""The commit ledger: what changed the learner, when, by how much; and the way back.

Nothing is undone by inverse changes, which would not be exact. A state is found again from
the last snapshot before it, by replaying the operations since: the learner is
deterministic, so the result is the same to the last bit.
"""

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

State = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Operation:
    """Something that moved the learner's state: an event, a sleep or a rollback.

    ``version`` numbers those that changed weights, from 1; it is 0 for the others.
    """

    position: int
    version: int
    kind: str
    event: int
    event_id: Hashable | None
    surprise: float
    gate: float
    size: float
    values: np.ndarray | None = field(repr=False, compare=False)
    target: float
    new_features: tuple[Any, ...] = ()
    new_labels: tuple[Any, ...] = ()
    amount: int = 0
    """Replays of a sleep; version that a rollback went back to."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A whole state, as it was before the operation at ``position``."""

    position: int
    state: State = field(repr=False)


def check_repeatable(operations: Iterable[Operation]) -> None:
    """Raise ``ValueError`` where a rollback is among operations that are to be done again.

    A rollback is the state that it led to, which is kept as a snapshot right after it; no
    earlier state leads there.
    """
    for operation in operations:
        if operation.kind == "rollback":
            raise ValueError(
                f"the state after commit {operation.version}, a rollback, is not kept, and what "
                "came after it cannot be found again"
            )


class Storage(Protocol):
    """Where snapshots and operations are kept, in order."""

    def add_snapshot(self, snapshot: Snapshot) -> None:
        """Keep a snapshot."""

    def add_operation(self, operation: Operation) -> None:
        """Keep an operation; its position is one more than the last."""

    def operations(self, first: int, last: int) -> Iterator[Operation]:
        """Return the operations kept from ``first`` up to, without, ``last``."""

    def find(self, version: int) -> Operation | None:
        """Return the operation with this version, None if it is not kept."""

    def snapshot_before(self, position: int) -> Snapshot | None:
        """Return the last snapshot at or before a position, None if there is none."""

    def drop_before(self, position: int) -> None:
        """Drop snapshots and operations before a position."""


class MemoryStorage:
    """Keeps everything in the memory of this process."""

    def __init__(self) -> None:
        self._first = 0
        self._operations: list[Operation] = []
        self._snapshots: list[Snapshot] = []
        self._versions: dict[int, int] = {}

    def add_snapshot(self, snapshot: Snapshot) -> None:
        self._snapshots.append(snapshot)

    def add_operation(self, operation: Operation) -> None:
        self._operations.append(operation)
        if operation.version:
            self._versions[operation.version] = operation.position

    def operations(self, first: int, last: int) -> Iterator[Operation]:
        yield from self._operations[max(0, first - self._first) : max(0, last - self._first)]

    def find(self, version: int) -> Operation | None:
        position = self._versions.get(version)
        return None if position is None else self._operations[position - self._first]

    def snapshot_before(self, position: int) -> Snapshot | None:
        found = [s for s in self._snapshots if s.position <= position]
        return found[-1] if found else None

    def drop_before(self, position: int) -> None:
        self._operations = self._operations[position - self._first :]
        self._first = position
        self._snapshots = [s for s in self._snapshots if s.position >= position]
        self._versions = {v: p for v, p in self._versions.items() if p >= position}


class Ledger:
    """Numbers operations and commits, and decides when a snapshot is due."""

    def __init__(self, storage: Storage | None = None, *, snapshot_every: int = 1000) -> None:
        if snapshot_every < 1:
            raise ValueError(f"snapshot_every must be at least 1 operation; got {snapshot_every}")
        self.storage: Storage = storage or MemoryStorage()
        self.snapshot_every = snapshot_every
        self.position = 0
        self.version = 0
        self._next_snapshot = 0

    def room(self) -> int:
        """Return how many operations there may be before the next snapshot."""
        return self._next_snapshot - self.position

    def add_snapshot(self, state: State) -> None:
        """Keep the present state."""
        self.storage.add_snapshot(Snapshot(self.position, state))
        self._next_snapshot = self.position + self.snapshot_every

    def add(self, kind: str, *, changed: bool, event: int, event_id: Hashable | None = None,
            surprise: float = 0.0, gate: float = 0.0, size: float = 0.0,
            values: np.ndarray | None = None, target: float = 0.0,
            new_features: tuple[Any, ...] = (), new_labels: tuple[Any, ...] = (),
            amount: int = 0) -> Operation:  # fmt: skip
        """Keep an operation; one that changed weights is a commit and gets a version."""
        if changed:
            self.version += 1
        operation = Operation(
            self.position, self.version if changed else 0, kind, event, event_id, surprise,
            gate, size, values, target, new_features, new_labels, amount,
        )  # fmt: skip
        self.storage.add_operation(operation)
        self.position += 1
        return operation

    def path_to(self, version: int) -> tuple[State, list[Operation]]:
        """Return a state and the operations that lead from it to a commit."""
        operation = self.storage.find(version)
        if operation is None:
            raise ValueError(
                f"version must be a commit that is kept, up to {self.version}; got {version}"
            )
        last = operation.position + 1
        snapshot = self._snapshot_for(operation)
        operations = list(self.storage.operations(snapshot.position, last))
        check_repeatable(operations)
        return snapshot.state, operations

    def compact(self, version: int) -> None:
        """Drop what only rollbacks to before a commit would need."""
        operation = self.storage.find(version)
        if operation is None:
            raise ValueError(f"version must be a commit that is kept; got {version}")
        self.storage.drop_before(self._snapshot_for(operation).position)

    def _snapshot_for(self, operation: Operation) -> Snapshot:
        """Return the snapshot to start from; a rollback has its own, right after it."""
        place = operation.position + (operation.kind == "rollback")
        snapshot = self.storage.snapshot_before(place)
        if snapshot is None:
            raise ValueError(f"version {operation.version} has no snapshot before it any more")
        return snapshot
