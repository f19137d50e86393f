"""Events with identifiers: each is learned exactly once, in whatever stream it comes."""

from collections.abc import Iterable
from itertools import zip_longest
from typing import Any, Protocol, TypeVar

from django.utils import timezone

from learner.models import Event, EventStatus, Learner
from learner.pipeline.ledger import Operation
from learner.services.columns import check_text, text_of

LONGEST = 200
DONE = (EventStatus.LEARNED, EventStatus.LABELLED)


class HasIdentifier(Protocol):
    """What is learned under an identifier."""

    identifier: str
    label: Any


E = TypeVar("E", bound=HasIdentifier)


class NamedEvents:
    """The identifiers of a learner; without a column of identifiers it does nothing."""

    def __init__(self, learner: Learner, column: str) -> None:
        self.learner, self.column = learner, column
        self._here: set[str] = set()
        self._new: dict[str, Any] = {}

    def identifier_of(self, values: dict[str, Any]) -> str:
        """Return the identifier of a record."""
        if not self.column:
            return ""
        return check_identifier(values.get(self.column))

    def fresh(self, events: list[E]) -> list[E]:
        """Return the events that were not learned before, each once."""
        if not self.column:
            return events
        wanted = [event.identifier for event in events]
        known = learned_among(self.learner, wanted) | self._here
        found = []
        for event in events:
            if event.identifier not in known:
                known.add(event.identifier)
                self._here.add(event.identifier)
                found.append(event)
        return found

    def unlearned(self, events: Iterable[E]) -> list[E]:
        """Return those of the events that nobody learned since they were found fresh."""
        waiting = list(events)
        if not self.column:
            return waiting
        known = learned_among(self.learner, [event.identifier for event in waiting])
        return [event for event in waiting if event.identifier not in known]

    def learned(self, events: Iterable[E], operations: Iterable[Operation | None] = ()) -> None:
        """Take note of events that were learned, and of their places in the ledger."""
        if self.column:
            for event, operation in zip_longest(events, operations):
                self._new[event.identifier] = event.label, operation

    def store(self) -> None:
        """Write down what was learned. To be called inside a transaction."""
        now = timezone.now()
        waiting = Event.objects.filter(learner=self.learner, identifier__in=list(self._new))
        for event in waiting:
            label, operation = self._new.pop(event.identifier)
            waited = event.status == EventStatus.SEEN
            event.status = EventStatus.LABELLED if waited else EventStatus.LEARNED
            event.label, event.learned = label, now
            place(event, operation)
            event.save()
        new = []
        for identifier, (label, operation) in self._new.items():
            event = Event(
                learner=self.learner, identifier=identifier, label=label,
                status=EventStatus.LEARNED, learned=now,
            )  # fmt: skip
            place(event, operation)
            new.append(event)
        Event.objects.bulk_create(new)
        self._new = {}


def place(event: Event, operation: Operation | None) -> None:
    """Write down an event's place in the ledger, where it is known."""
    if operation is not None:
        event.position, event.commit = operation.position, operation.version or None
        event.surprise = operation.surprise


def learned_among(learner: Learner, identifiers: Iterable[str]) -> set[str]:
    """Return those of the identifiers that were learned already."""
    rows = Event.objects.filter(learner=learner, identifier__in=list(identifiers))
    return set(rows.filter(status__in=DONE).values_list("identifier", flat=True))


def check_identifier(value: Any) -> str:
    """Return an identifier as text."""
    text = "" if value is None else text_of(value)
    if not 0 < len(text) <= LONGEST:
        raise ValueError(f"an identifier must have 1 to {LONGEST} characters; got {len(text)}")
    return check_text("an identifier", text)
