"""A learner's past: its commits, the way back to any of them, and what one changed."""

from collections.abc import Hashable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np

from learner.pipeline.batches import new_results
from learner.pipeline.explanation import PART_NAMES
from learner.pipeline.ledger import Ledger, Operation, check_repeatable
from learner.pipeline.memory import PARTS

if TYPE_CHECKING:
    from learner.pipeline.core import Core


class History:
    """Keeping a ledger, going back, explaining a change."""

    _core: "Core"
    _ledger: Ledger | None
    _features: dict[Any, int]
    _labels: list[Any]
    _classes: dict[Any, int]
    _pending: Any
    _regression: bool
    _cost: float
    _width: int
    _tick: int
    _sleep_every: int
    _recorded: tuple[int, int]
    _x: np.ndarray

    def keep_ledger(self, ledger: Ledger | None = None) -> Ledger:
        """Keep a ledger from now on; return it."""
        ledger = ledger or Ledger()
        ledger.add_snapshot(self._snapshot())
        self._ledger = ledger
        return ledger

    def go_on(self, ledger: Ledger) -> None:
        """Keep a ledger whose last operation led to exactly the present state."""
        self._recorded = (len(self._features), len(self._labels))
        self._ledger = ledger

    def redo(self, operations: Sequence[Operation]) -> None:
        """Do again what came after the present state, without writing it down.

        Raises ``ValueError``, and does nothing, where a rollback is among it.
        """
        check_repeatable(operations)
        ledger, self._ledger = self._ledger, None
        try:
            for plain, run in groupby(operations, _is_plain):
                if plain:
                    self._redo_events(list(run))
                    continue
                for operation in run:
                    self._redo(operation)
        finally:
            self._ledger = ledger

    def commits(self, first: int = 1, last: int | None = None) -> list[Operation]:
        """Return the commits that are kept, from ``first`` to ``last``."""
        ledger = self._required()
        last = ledger.version if last is None else last
        found = (ledger.storage.find(version) for version in range(max(1, first), last + 1))
        return [operation for operation in found if operation is not None]

    def rollback(self, version: int) -> int:
        """Go back to the state right after a commit, exactly; return the new version.

        Events that wait for their label go on waiting.
        """
        ledger = self._required()
        state, operations = ledger.path_to(version)
        pending = self._pending
        self._walk(state, operations)
        self._pending = pending
        events = self._core.state.events
        made = ledger.add("rollback", changed=True, event=events, amount=version)
        ledger.add_snapshot(self._snapshot())
        return made.version

    def explain_change(self, version: int, largest: int = 20) -> dict[str, Any]:
        """Return what a commit changed: its record and the connections changed most."""
        ledger = self._required()
        state, operations = ledger.path_to(version)
        if not operations:
            raise ValueError(f"version {version} is a rollback: it took up a state as a whole")
        other = self.clone()  # type: ignore[attr-defined]
        other._walk(state, operations[:-1])
        before = other._weights()
        other._redo(operations[-1])
        after = other._weights()
        return {
            "commit": operations[-1],
            "connections": other._connections(before, after, largest),
        }

    def _weights(self) -> np.ndarray:
        return self._core.arrays["synapses"][:, :PARTS].copy()

    def _connections(
        self, before: np.ndarray, after: np.ndarray, largest: int
    ) -> list[dict[str, Any]]:
        """Return the connections with the largest change, named."""
        old = np.zeros_like(after)
        old[tuple(slice(n) for n in before.shape)] = before
        change = np.abs(after - old)
        order = np.argsort(change, axis=None, kind="stable")[::-1][:largest]
        names, hidden = list(self._features), self._core.state.hidden
        found = []
        for g, part, row, k in zip(*np.unravel_index(order, change.shape), strict=True):
            if change[g, part, row, k] == 0.0:
                break
            source = "bias" if row == 0 else f"hidden unit {row - 1}"
            found.append({
                "pathway": int(g),
                "part": PART_NAMES[part],
                "source": names[row - 1 - hidden] if row > hidden else source,
                "label": self._labels[k] if self._labels else None,
                "before": float(old[g, part, row, k]),
                "after": float(after[g, part, row, k]),
            })  # fmt: skip
        return found

    def _required(self) -> Ledger:
        if self._ledger is None:
            raise ValueError("no ledger is kept; call keep_ledger() before learning")
        return self._ledger

    def _snapshot_if_due(self) -> int:
        """Take a snapshot where one is due; return how many events may come before the next."""
        ledger = self._required()
        if ledger.room() <= 0:
            ledger.add_snapshot(self._snapshot())
        return ledger.room()

    def _snapshot(self) -> dict[str, Any]:
        self._recorded = (len(self._features), len(self._labels))
        return self.state_dict()  # type: ignore[attr-defined, no-any-return]

    def _news(self) -> dict[str, Any]:
        """Return the names added since the last operation or snapshot."""
        features, labels = self._recorded
        self._recorded = (len(self._features), len(self._labels))
        return {
            "new_features": tuple(self._features)[features:] if self._width > features else (),
            "new_labels": tuple(self._labels[labels:]),
        }

    def _record(self, event_id: Hashable | None) -> None:
        """Write down the event that was just learned."""
        s = self._core.state
        target = s.y_raw if self._regression else float(s.target)
        result = (0.0, s.salient, s.surprise, s.gain_fast, s.size)
        self._record_event(s.events, event_id, self._x[: self._width].copy(), target, result)

    def _record_rows(self, inputs: np.ndarray, codes: np.ndarray, results: np.ndarray,
                     event_ids: Sequence[Hashable] | None) -> None:  # fmt: skip
        """Write down the events of a batch."""
        first = self._core.state.events - len(codes) + 1
        rows = inputs[:, : self._width].copy()
        listed = results[:, :5].tolist()
        for i, target in enumerate(codes.tolist()):
            event_id = event_ids[i] if event_ids else None
            self._record_event(first + i, event_id, rows[i], target, listed[i])

    def _record_event(self, event: int, event_id: Hashable | None, values: np.ndarray,
                      target: float, result: Sequence[float]) -> None:  # fmt: skip
        _, salient, surprise, gain, size = result
        settled = event % self._tick == 0
        slept = self._sleep_every and event % self._sleep_every == 0
        kind = "learn" if salient else "consolidate" if settled else "event"
        self._required().add(
            kind, changed=bool(salient or settled or slept), event=event, event_id=event_id,
            surprise=surprise, gate=gain if salient else 0.0, size=size if salient else 0.0,
            values=values, target=target, **self._news(),
        )  # fmt: skip

    def _record_sleep(self, replays: int) -> None:
        events = self._core.state.events
        self._required().add("sleep", changed=True, event=events, amount=replays, **self._news())

    def _walk(self, state: dict[str, Any], operations: Sequence[Operation]) -> None:
        """Take up a state and do again what came after it, without writing it down."""
        self.load_state(state)  # type: ignore[attr-defined]
        self.redo(operations)

    def _redo_events(self, operations: Sequence[Operation]) -> None:
        """Do events again that bring no new name, in one call; to the last bit as one by one."""
        inputs = np.array([o.values for o in operations], dtype=np.float64)
        targets = np.array([o.target for o in operations], dtype=np.float64)
        self._core.call("learn_many", self._cost * len(targets), inputs, targets,
                        new_results(self, len(targets)))  # fmt: skip

    def _redo(self, operation: Operation) -> None:
        """Do one operation again."""
        features = [n for n in operation.new_features if n not in self._features]
        labels = [n for n in operation.new_labels if n not in self._classes]
        if features:
            self._add_features(features)  # type: ignore[attr-defined]
        if labels:
            self._add_labels(labels)  # type: ignore[attr-defined]
        if operation.kind == "sleep":
            self.sleep(operation.amount)  # type: ignore[attr-defined]
            return
        self._x[: self._width] = operation.values
        self._core.state.y_raw = operation.target if self._regression else 0.0
        self._core.state.target = 0 if self._regression else int(operation.target)
        self._core.learn_one()


def _is_plain(operation: Operation) -> bool:
    """Return whether an operation is an event that brought no new name."""
    if operation.kind in ("sleep", "rollback"):
        return False
    return not (operation.new_features or operation.new_labels)
