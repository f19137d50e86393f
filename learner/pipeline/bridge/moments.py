"""One operation of the ledger, as one connection took part in it."""

from typing import Any, NamedTuple


class Place(NamedTuple):
    """Which connection: pathway, source and label; ``label`` is None for numbers.

    ``source`` is ``"bias"``, ``("unit", number)`` or ``("feature", name)``.
    """

    pathway: int
    source: Any
    label: Any


class Moment(NamedTuple):
    """What an operation did to a connection. Weights and trace are those after it."""

    position: int
    event: int
    version: int
    kind: str
    salient: bool
    input: float
    """φ: what reached the connection, 0 where the input did not spike."""
    error: float
    """Of the early head, before learning, within LARGEST_ERROR."""
    late_error: float
    """Of the late head."""
    surprise: float
    threshold: float
    gain: float
    """Of fast parts: 1 without neuromodulation."""
    arousal: float
    early: float
    tagged: float
    late: float
    trace: float
    settled: bool
    """Whether the learner consolidated after this event."""
    moved: float
    """Change of the early weight by this operation."""
    late_moved: float
    """Change of the late weight by this operation."""
    amount: int = 0
    """Replays of a sleep; commit that a rollback went back to."""

    @property
    def is_event(self) -> bool:
        """Return whether something was learned, unlike in a sleep or a rollback."""
        return self.kind not in ("sleep", "rollback")
