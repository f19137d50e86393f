"""What is new of a learner since a caller last asked, whichever process did it.

A cursor says how far somebody was told; whoever comes back with it is told the rest, each
thing once. Windows, commits and alarms are numbered by the learner, and only appended.
"""

import re
from dataclasses import dataclass, replace
from typing import Any, Self

from django.db.models import Max

from learner.models import Commit, DriftAlarm, Learner, Metric

MOST = 500
"""Rows of a kind that are read at a time."""
CURSOR = re.compile(r"w(\d{1,18})-c(\d{1,18})-a(\d{1,18})(e?)", re.ASCII)
LEARNER = ("name", "paused", "events", "position", "version", "state_version", "last_event")
COMMIT = ("number", "kind", "position", "event", "event_id", "surprise", "gate", "size", "amount")
ALARM = ("began", "ended", "position", "version", "usual_error", "recent_error", "peak")
WINDOW = (
    "first", "last", "position", "scores", "updates", "surprise", "threshold", "gate", "arousal",
    "reliability",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last window, commit and alarm that somebody was told of."""

    window: int = 0
    """Number of its last event."""
    commit: int = 0
    alarm: int = 0
    """Event at which it began."""
    ended: bool = False
    """Its end was told as well."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the cursor that was written like this."""
        found = CURSOR.fullmatch(text.strip())
        if not found:
            raise ValueError(f"a cursor looks like w100-c7-a0; got {text[:60]!r}")
        window, commit, alarm = map(int, found.groups()[:3])
        return cls(window, commit, alarm, bool(found[4]))

    def __str__(self) -> str:
        return f"w{self.window}-c{self.commit}-a{self.alarm}{'e' * self.ended}"


@dataclass(frozen=True, slots=True)
class News:
    """Something that happened, and the cursor of who was told of it."""

    kind: str
    data: dict[str, Any]
    cursor: Cursor


def now(learner: Learner) -> Cursor:
    """Return the cursor of somebody who was told everything up to now."""
    window = Metric.objects.filter(learner=learner).aggregate(last=Max("last"))["last"]
    alarm = DriftAlarm.objects.filter(learner=learner).order_by("-began").first()
    ended = bool(alarm and alarm.ended is not None)
    return Cursor(window or 0, learner.version, alarm.began if alarm else 0, ended)


def facts(learner: Learner) -> dict[str, Any]:
    """Return how far a learner has come."""
    return {name: getattr(learner, name) for name in LEARNER}


def since(learner: Learner, cursor: Cursor) -> tuple[list[News], bool]:
    """Return what is new in its order, and whether there is more than was read."""
    commits = _rows(Commit.objects.filter(learner=learner, number__gt=cursor.commit), "number")
    windows = _rows(Metric.objects.filter(learner=learner, first__gt=cursor.window), "first")
    alarms = _rows(DriftAlarm.objects.filter(learner=learner, began__gte=cursor.alarm), "began")
    found = [("commit", row) for row in commits]
    found += [("alarm", row) for row in alarms if _is_new(row, cursor)]
    found += [("metrics", row) for row in windows]
    found.sort(key=lambda one: one[1].position)
    news = []
    for kind, row in found:
        cursor = _told(cursor, kind, row)
        names = {"commit": COMMIT, "alarm": ALARM, "metrics": WINDOW}[kind]
        news.append(News(kind, {name: getattr(row, name) for name in names}, cursor))
    return news, max(len(commits), len(windows), len(alarms)) == MOST


def _rows(rows: Any, order: str) -> list[Any]:
    return list(rows.order_by(order)[:MOST])


def _is_new(alarm: DriftAlarm, cursor: Cursor) -> bool:
    if alarm.began > cursor.alarm:
        return True
    return alarm.ended is not None and not cursor.ended


def _told(cursor: Cursor, kind: str, row: Any) -> Cursor:
    if kind == "commit":
        return replace(cursor, commit=row.number)
    if kind == "metrics":
        return replace(cursor, window=row.last)
    return replace(cursor, alarm=row.began, ended=row.ended is not None)
