"""What a connection did in the last operations: the ledger is done again, and looked at.

Nothing else can say it: weights between two snapshots are not kept. It costs at most one
stretch between snapshots more than the operations that are asked for.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from learner.pipeline.bridge.moments import Moment, Place
from learner.pipeline.ledger import Operation, Snapshot, Storage
from learner.pipeline.memory import EARLY, LATE, PARTS, TAGGED, TRACE
from learner.pipeline.weaver import LARGEST_ERROR

MOST_MOMENTS = 3000
"""Operations that are looked at, at most."""
LAST_MOMENTS = 300
"""Operations that are looked at, unless more are asked for."""


@dataclass(frozen=True, slots=True)
class Past:
    """What was found: moments by connection, and whether the ledger reached back far enough."""

    moments: dict[Place, list[Moment]]
    asked: int
    complete: bool
    largest_error: float
    """Of this learner: 1 for classes."""


def look_back(
    model: Any, storage: Storage, position: int, places: Iterable[Place], *,
    last: int = LAST_MOMENTS,
) -> Past:  # fmt: skip
    """Return the moments of some connections in the last operations before ``position``.

    ``model`` is an estimator made anew with the learner's parameters; it ends in the state at
    ``position``. Where the ledger was compacted, fewer moments are found.
    """
    if not 1 <= last <= MOST_MOMENTS:
        raise ValueError(f"last must be 1 to {MOST_MOMENTS} operations; got {last}")
    asked = min(last, position)
    found: dict[Place, list[Moment]] = {place: [] for place in places}
    largest = LARGEST_ERROR if model._regression else 1.0
    snapshots = _snapshots(storage, position - asked, position)
    if not snapshots:
        return Past(found, asked, False, largest)
    first = max(position - asked, snapshots[0].position)
    model.load_state(snapshots[0].state)
    kept = {snapshot.position: snapshot for snapshot in snapshots[1:]}
    model.redo(list(storage.operations(snapshots[0].position, first)))
    for operation in storage.operations(first, position):
        after = kept.get(operation.position + 1)
        before = {place: Look(model, place) for place in found}
        settle = _foresee(model, operation)
        expected = {place: look.expect(model, operation) for place, look in before.items()}
        _redo(model, operation, after)
        for place, moments in found.items():
            moments.append(before[place].moment(model, operation, expected[place], settle))
    return Past(found, asked, first == position - asked, largest)


def _snapshots(storage: Storage, first: int, last: int) -> list[Snapshot]:
    """Return the snapshot to start from and those after it, in order."""
    found: list[Snapshot] = []
    place = last
    while place >= 0:
        snapshot = storage.snapshot_before(place)
        if snapshot is None:
            break
        found.insert(0, snapshot)
        if snapshot.position <= first:
            break
        place = snapshot.position - 1
    return found


def _redo(model: Any, operation: Operation, after: Snapshot | None) -> None:
    """Do one operation again.

    What was kept right after it is taken up: a rollback is that, and so is a change of the
    learner's parameters.
    """
    if operation.kind != "rollback":
        model._redo(operation)
    elif after is None:
        raise ValueError(f"the rollback {operation.version} has no snapshot after it")
    if after is not None:
        model.load_state(after.state)


def _foresee(model: Any, operation: Operation) -> bool:
    """Predict the event that is about to be learned; say if the learner settles after it."""
    if operation.kind in ("sleep", "rollback"):
        return False
    features = [n for n in operation.new_features if n not in model._features]
    labels = [n for n in operation.new_labels if n not in model._classes]
    if features:
        model._add_features(features)
    if labels:
        model._add_labels(labels)
    model._x[: model._width] = operation.values
    model._core.predict_one()
    return bool(operation.event % model._tick == 0)


class Look:
    """One connection before an operation, to be compared with it afterwards."""

    def __init__(self, model: Any, place: Place) -> None:
        self.place = place
        self.weights = weights_of(model, place)
        self.threshold = float(model._core.state.threshold)

    def expect(self, model: Any, operation: Operation) -> tuple[float, float, float]:
        """Return input and errors of the event that is about to be learned."""
        where = locate(model, self.place)
        if where is None or operation.kind in ("sleep", "rollback"):
            return (0.0, 0.0, 0.0)
        row, k = where
        g = self.place.pathway
        early, late = (error_of(model, operation, PARTS * g + part, k) for part in (EARLY, LATE))
        return (input_of(model, g, row), early, late)

    def moment(
        self, model: Any, operation: Operation, expected: tuple[float, float, float], settle: bool
    ) -> Moment:
        """Return the moment, after the operation was done."""
        s = model._core.state
        early, tagged, late, trace = weights_of(model, self.place)
        learned = operation.kind not in ("sleep", "rollback")
        return Moment(
            position=operation.position, event=operation.event, version=operation.version,
            kind=operation.kind, salient=learned and operation.kind == "learn",
            input=expected[0], error=expected[1], late_error=expected[2],
            surprise=operation.surprise, threshold=self.threshold,
            gain=float(s.gain_fast) if learned else 1.0, arousal=float(s.arousal),
            early=early, tagged=tagged, late=late, trace=trace, settled=settle,
            moved=early - self.weights[0], late_moved=late - self.weights[2],
            amount=operation.amount,
        )  # fmt: skip


def locate(model: Any, place: Place) -> tuple[int, int] | None:
    """Return row and class of a connection, None where it is not there yet."""
    s = model._core.state
    if not 0 <= place.pathway < s.pathways:
        return None
    k = 0 if model._regression else model._classes.get(place.label)
    if place.source == "bias":
        row: int | None = 0
    elif place.source[0] == "unit":
        number = place.source[1]
        row = 1 + number if place.pathway > 0 and 0 <= number < s.hidden else None
    else:
        feature = model._features.get(place.source[1])
        row = None if feature is None else 1 + s.hidden + feature
    return None if row is None or k is None else (row, k)


def weights_of(model: Any, place: Place) -> tuple[float, float, float, float]:
    """Return early, tagged and late weight and trace; 0 where there is no connection yet."""
    where = locate(model, place)
    if where is None:
        return (0.0, 0.0, 0.0, 0.0)
    row, k = where
    synapses = model._core.arrays["synapses"][place.pathway]
    early, tagged, late, trace = (
        float(synapses[kind, row, k]) for kind in (EARLY, TAGGED, LATE, TRACE)
    )
    return early, tagged, late, trace


def input_of(model: Any, g: int, row: int) -> float:
    """Return what reaches a row of a pathway in the present event."""
    arrays = model._core.arrays
    count = int(arrays["counts"][g])
    for n in (arrays["rows"][g, :count] == row).nonzero()[0]:
        return float(arrays["values"][g, n])
    return 0.0


def error_of(model: Any, operation: Operation, head: int, k: int) -> float:
    """Return what happened less what a head predicts (``weaver.fill_errors``)."""
    core = model._core
    output = float(core.arrays["outputs"][head, k])
    if model._regression:
        s = core.state
        scale = float(s.y_variance) ** 0.5 if s.y_variance > 0.0 else 1.0
        error = (operation.target - float(s.y_mean)) / scale - output
        return max(-LARGEST_ERROR, min(LARGEST_ERROR, error))
    if k == int(operation.target):
        return 1.0 - output
    return -output * float(core.arrays["presence"][k])
