"""What will be learned: every call is checked whole before the learner is touched.

A call that cannot be learned as it stands is refused, and the others go on.
"""

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from learner.models import Event, EventStatus, LearnerKind
from learner.pipeline.ledger import Operation
from learner.services.columns import IGNORED, Columns, Row, class_of, number_of
from learner.services.limits import check_features, check_growth, check_length
from learner.services.live_group import Late, Request
from learner.services.messages import Incoming, Status
from learner.services.named_events import DONE, check_identifier
from learner.services.sessions import OpenLearner
from synapse.services.conflict import StateConflict


@dataclass(slots=True, eq=False)
class Item:
    """An event that will be learned, and then what came of it."""

    row: Row
    label: Any
    event: Event | None = None
    served: bool = False
    """Whether its prediction was given out before its label came."""
    prediction: Any = None
    operation: Operation | None = None
    version: int = 0
    """The last commit after it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one event of a call comes to."""

    status: Status
    identifier: str = ""
    item: Item | None = None
    event: Event | None = None
    """Where it was learned or kept before."""


class Plan:
    """The events of several calls, in order.

    Parameters
    ----------
    opened
        The learner, not to be changed.
    columns
        Its columns, not to be changed.
    known
        The stored events of all identifiers that the calls name.
    """

    def __init__(self, opened: OpenLearner, columns: Columns, known: Mapping[str, Event]) -> None:
        self.opened, self.learner, self.columns = opened, opened.learner, columns
        self.items: list[Item] = []
        self.kept: list[Event] = []
        """Events whose row is new or changes, and that are not learned."""
        self._known = known
        self._now: dict[str, Item | Event] = {}
        """Identifiers that these calls brought."""
        self._labels: dict[Any, None] = {}
        """Labels that are new."""
        self._classifies = self.learner.kind == LearnerKind.CLASSIFIER
        self._begin()

    def _begin(self) -> None:
        """Begin a call: what it brings can be taken back."""
        self._own_columns = False
        self._before: list[tuple[str, Item | Event | None]] = []
        self._new_labels: list[Any] = []

    def add(self, request: Request) -> None:
        """Take up a call whole, or refuse it whole with ``ValueError``."""
        self._begin()
        before = len(self.items), len(self.kept), self.columns
        try:
            request.answers = [
                self._one(event, i, request) for i, event in enumerate(request.events)
            ]
        except BaseException:
            del self.items[before[0] :], self.kept[before[1] :]
            self.columns = before[2]
            self._take_back()
            raise

    def _take_back(self) -> None:
        """Forget the names and labels of the call that failed."""
        for name, before in reversed(self._before):
            if before is None:
                del self._now[name]
            else:
                self._now[name] = before
        for label in self._new_labels:
            del self._labels[label]

    def _one(self, event: Incoming | Late, i: int, request: Request) -> Answer:
        try:
            return self._label(event) if isinstance(event, Late) else self._learn(event)
        except ValueError as problem:
            if len(request.events) == 1:
                raise
            problem.args = (f"event {i + 1}: {problem}",)
            raise

    def _learn(self, event: Incoming) -> Answer:
        """Plan an event that comes with its label."""
        label = self.read_label(event.label)
        if event.identifier == "":
            return self._item("", event.features, label)
        identifier = check_identifier(event.identifier)
        known = self._known_as(identifier)
        status = known.status if isinstance(known, Event) else None
        if known is not None and status not in (EventStatus.SEEN, EventStatus.EXPIRED):
            self._check_same(identifier, known.label, label)
        if isinstance(known, Item) or status in DONE:
            return self._again(identifier, known)
        row = known or Event(learner_id=self.learner.pk, identifier=identifier)
        served = status == EventStatus.SEEN
        if served and row.features and row.features != self.kept_features(event.features):
            raise StateConflict(f"The event {identifier!r} came with other features before.")
        return self._item(identifier, event.features, label, row=row, served=served)

    def _label(self, late: Late) -> Answer:
        """Plan a label that comes by itself."""
        identifier, label = late.identifier, self.read_label(late.value)
        known = self._known_as(identifier)
        if known is None:
            row = Event(
                learner_id=self.learner.pk, identifier=identifier, label=label,
                status=EventStatus.EARLY,
            )  # fmt: skip
            self._note(identifier, row)
            self.kept.append(row)
            return Answer(Status.EARLY, identifier, event=row)
        if isinstance(known, Event):
            if known.status == EventStatus.EXPIRED or is_too_old(known):
                raise StateConflict(
                    f"The event {identifier!r} waited for more than "
                    f"{settings.LEARNER_LABEL_DAYS:g} days, or behind too many others, and was "
                    "given up. Send it whole, with features and label, to have it learned."
                )
            if known.status == EventStatus.SEEN:
                return self._item(identifier, known.features, label, row=known, served=True)
        self._check_same(identifier, known.label, label)
        if isinstance(known, Event) and known.status == EventStatus.EARLY:
            return Answer(Status.EARLY, identifier, event=known)
        return self._again(identifier, known)

    def _item(
        self, identifier: str, features: Any, label: Any, *, row: Event | None = None,
        served: bool = False,
    ) -> Answer:  # fmt: skip
        item = Item(self._read(features, label), label, row, served)
        if row is not None:
            item.prediction = row.prediction if served else None
            row.features = self.kept_features(features)
            self._note(identifier, item)
        self.items.append(item)
        return Answer(Status.LEARNED, identifier, item=item)

    def _again(self, identifier: str, known: Any) -> Answer:
        found = {"item": known} if isinstance(known, Item) else {"event": known}
        return Answer(Status.DUPLICATE, identifier, **found)

    def _known_as(self, identifier: str) -> Item | Event | None:
        return self._now.get(identifier) or self._known.get(identifier)

    def _note(self, identifier: str, what: Item | Event) -> None:
        self._before.append((identifier, self._now.get(identifier)))
        self._now[identifier] = what

    def _check_same(self, identifier: str, before: Any, label: Any) -> None:
        if before != label:
            raise StateConflict(
                f"The event {identifier!r} has the label {before!r:.60}; it cannot become "
                f"{label!r:.60}."
            )

    def _read(self, features: Any, label: Any) -> Row:
        """Return the features of an event; the learner must be able to grow by them."""
        features = check_features(features)
        if not self._own_columns and any(name not in self.columns.kinds for name in features):
            self._copy_columns()
        row = self.columns.read(features, leave_out=self.learner.target)
        grows = self.columns.brings_new(row)
        if grows:
            self._copy_columns()
            self.columns.take_up(row)
        if self._is_new(label) or grows:
            labels = len(self.opened.model._labels) + len(self._labels)
            check_growth(
                self.opened.model, self.learner.name, features=self.columns.count, labels=labels
            )
        return row

    def _copy_columns(self) -> None:
        """Let this call change the columns without the others seeing it, should it fail."""
        if not self._own_columns:
            self.columns, self._own_columns = self.columns.copy(), True

    def _is_new(self, label: Any) -> bool:
        """Note a label that the learner does not know yet."""
        if not self._classifies or label in self.opened.model._classes or label in self._labels:
            return False
        self._labels[label] = None
        self._new_labels.append(label)
        return True

    def read_label(self, value: Any) -> Any:
        """Return a label as the learner knows it."""
        if not self._classifies:
            return number_of(value)
        label = class_of(value)
        check_length("the label", label)
        return label

    def kept_features(self, features: Mapping[str, Any]) -> dict[str, Any]:
        """Return the features of an event as plain data for the database."""
        return plain_features(features, self.columns, leave_out=self.learner.target)


def plain_features(
    features: Mapping[str, Any], columns: Columns, *, leave_out: str
) -> dict[str, Any]:
    """Return features as plain data: what is no finite number, text or truth value is None."""
    return {
        name: plain(value)
        for name, value in features.items()
        if name != leave_out and columns.kinds.get(name) != IGNORED
    }


def plain(value: Any) -> Any:
    """Return a value that JSON can hold."""
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, bool | str | int) or value is None:
        return value
    number = float(value)
    return number if math.isfinite(number) else None


def is_too_old(event: Event) -> bool:
    """Return whether an event or a label has waited too long."""
    oldest = timezone.now() - timedelta(days=settings.LEARNER_LABEL_DAYS)
    waits = event.status in (EventStatus.SEEN, EventStatus.EARLY)
    return waits and event.created is not None and event.created < oldest


def named(requests: Sequence[Request]) -> set[str]:
    """Return the identifiers that calls name."""
    found = set()
    for request in requests:
        for event in request.events:
            if event.identifier != "":
                with suppress(ValueError):  # the plan says what is wrong with it
                    found.add(check_identifier(event.identifier))
    return found
