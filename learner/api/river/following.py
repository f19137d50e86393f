"""What is new of the learners that somebody sees, since it was last asked for."""

from typing import Any

from django.utils import timezone

from learner.api.river.models import metrics_of
from learner.api.river.rows import seen_by
from learner.models import Event, EventStatus, Learner
from learner.services.recent import recent_events

Message = tuple[str, dict[str, Any]]
"""Name of the kind, and data."""
MOST_FOLLOWED = 200
"""Learners: those that changed last."""
MOST_AT_ONCE = 500
"""Operations of a learner, or events that wait, at one look; more are only counted."""
WAITING = ("learner_id", "identifier", "features", "prediction")


class Follower:
    """Remembers up to where each learner was told of."""

    def __init__(self, user: Any) -> None:
        self.user = user
        self.began = timezone.now()
        self.places = {row.pk: row.position for row in self.rows()}
        self.last_event = Event.objects.order_by("pk").values_list("pk", flat=True).last() or 0

    def rows(self) -> list[Learner]:
        """Return the learners that are followed, as they are now."""
        return list(seen_by(self.user).order_by("-modified")[:MOST_FOLLOWED])

    def moved(self) -> list[tuple[Learner, int]]:
        """Return the learners that moved, each with its place before."""
        found = []
        for row in self.rows():
            new = 0 if row.created >= self.began else row.position
            before = self.places.get(row.pk, new)
            self.places[row.pk] = row.position
            if row.position > before:
                found.append((row, before))
        return found


def news_of_metrics(follower: Follower) -> list[Message]:
    """Return the metrics of each learner that moved."""
    return [("", {"model": row.name, **metrics_of(row)}) for row, _ in follower.moved()]


def news_of_events(follower: Follower) -> list[Message]:
    """Return what was predicted, and kept for its label, and what was learned."""
    found = _predictions(follower)
    for learner, before in follower.moved():
        found += _operations(learner, before)
    return found


def _predictions(follower: Follower) -> list[Message]:
    names = {row.pk: row.name for row in follower.rows()}
    rows = Event.objects.filter(pk__gt=follower.last_event, learner__in=names)
    found = list(rows.order_by("pk").values("pk", "status", *WAITING)[:MOST_AT_ONCE])
    if found:
        follower.last_event = found[-1]["pk"]
    return [
        (
            "predict",
            {"model": names[row["learner_id"]]}
            | {name: row[name] for name in WAITING if name != "learner_id"},
        )
        for row in found
        if row["status"] in (EventStatus.SEEN, EventStatus.LABELLED)
    ]


def _operations(learner: Learner, before: int) -> list[Message]:
    first = max(before, learner.position - MOST_AT_ONCE)
    found: list[Message] = []
    if first > before:
        found.append(("skipped", {"model": learner.name, "operations": first - before}))
    rows = Event.objects.filter(learner=learner, position__gte=first)
    named = {row.position: row for row in rows.order_by("position")[:MOST_AT_ONCE]}
    for fact in reversed(recent_events(learner, limit=learner.position - first)):
        event = named.get(fact["position"])
        labelled = event is not None and event.status == EventStatus.LABELLED
        found.append((kind_of(fact["kind"], labelled=labelled), _told(learner, fact, event)))
    return found


def _told(learner: Learner, fact: dict[str, Any], event: Event | None) -> dict[str, Any]:
    plain = ("position", "kind", "commit", "surprise", "gate")
    data = {"model": learner.name, "ground_truth": fact["label"]}
    data |= {name: fact[name] for name in plain}
    if event is not None:
        names = ("identifier", "features", "prediction")
        data |= {name: getattr(event, name) for name in names}
    return data


def kind_of(kind: str, *, labelled: bool) -> str:
    """Return the name of a message about an operation."""
    if kind in ("sleep", "rollback"):
        return kind
    return "label" if labelled else "learn"
