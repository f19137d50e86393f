"""Events of a stream that wait for their label, and what was predicted when they came."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from learner.services.columns import Row
from learner.services.measures import Foreseen
from learner.services.positions import Position
from learner.services.windows import NAMES

KEY = "foreseen"
"""Beside a stream's counts: what was predicted of events that wait, by their lines."""


@dataclass(slots=True)
class Waiting:
    """A good event: where it stands, what it holds, what was predicted."""

    before: Position | None
    event_id: str
    identifier: str
    row: Row
    label: Any
    foreseen: Foreseen | None = None
    """What was predicted when it came, where its label comes later."""

    @property
    def line(self) -> str:
        """Where it stands in its stream."""
        return self.event_id.rpartition("#")[2]


def as_json(events: Iterable[Waiting]) -> dict[str, Any]:
    """Return what was predicted of events as plain data, in the order of ``NAMES``.

    Who did not predict yet comes last in that order, so the lists need no gaps.
    """
    known = {
        e.line: [e.foreseen[n] for n in NAMES if n in e.foreseen] for e in events if e.foreseen
    }
    return {KEY: known} if known else {}


def take_up(events: Iterable[Waiting], kept: dict[str, list[Any]]) -> None:
    """Give events what was predicted of them before they were read again."""
    for event in events:
        if event.line in kept:
            event.foreseen = dict(zip(NAMES, kept[event.line], strict=False))
