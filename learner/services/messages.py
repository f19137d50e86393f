"""What comes in and what goes out of a learner that serves: plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """What became of an event or a label."""

    LEARNED = "learned"
    """It was learned now."""
    DUPLICATE = "duplicate"
    """It had been learned before; nothing changed. The rest is as it was then."""
    WAITING = "waiting"
    """It waits for its label."""
    EARLY = "early"
    """A label that waits for its event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """An event with its label, to be learned. With an identifier it is learned once."""

    features: Mapping[str, Any]
    label: Any
    identifier: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of an event, durable when it is returned."""

    status: Status
    identifier: str = ""
    prediction: Any = None
    """What had been predicted before the label was learned; None before any label was known."""
    surprise: float | None = None
    salient: bool = False
    commit: int | None = None
    """Number of the commit that it made, None where it made none."""
    position: int | None = None
    """Its place among the operations of the ledger."""
    version: int = 0
    """The learner's last commit after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """A prediction; nothing was learned from it."""

    prediction: Any
    """Label or number; None while nothing was learned."""
    probabilities: dict[Any, float] = field(default_factory=dict)
    """Of each label, empty for numbers."""
    novelty: float = 0.0
    """How unfamiliar the event is, 0 to 1."""
    identifier: str = ""
    status: Status | None = None
    """``WAITING`` where the event is kept for its label; ``LEARNED`` where that had come."""
    version: int = 0
    """The learner's last commit before it."""
