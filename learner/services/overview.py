"""Learners in a list: how each is, in two queries for any number of them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.utils import timezone

from learner.models import DriftAlarm, Learner, LearnerKind, StreamJob
from learner.services.metrics import ClassMetrics, NumberMetrics
from synapse.models import RunStatus
from synapse.services.runs import SILENT

LATELY = timedelta(minutes=1)
"""A learner whose last event is younger is learning."""


@dataclass(frozen=True, slots=True)
class Overview:
    """A learner, how it is, and how well it predicted."""

    learner: Learner
    state: str
    """paused, alarm, failed, learning, idle or empty: the first that holds."""
    score: float | None
    """Share correct, or the mean absolute error of numbers."""


def with_states(rows: QuerySet[Learner]) -> QuerySet[Learner]:
    """Return learners with what their state is told from."""
    jobs = StreamJob.objects.filter(learner=OuterRef("pk"))
    running = jobs.filter(status=RunStatus.RUNNING, heartbeat__gte=timezone.now() - SILENT)
    last = jobs.order_by("-pk").values("status")[:1]
    drifting = DriftAlarm.objects.filter(learner=OuterRef("pk"), ended=None)
    return rows.select_related("owner").annotate(
        runs_a_job=Exists(running), last_job=Subquery(last), is_drifting=Exists(drifting)
    )


def overview_of(learner: Any, now: datetime | None = None) -> Overview:
    """Return how a learner from ``with_states`` is."""
    return Overview(learner, state_of(learner, now or timezone.now()), score_of(learner))


def state_of(learner: Any, now: datetime) -> str:
    """Return the state of a learner from ``with_states`` in a word."""
    if learner.paused:
        return "paused"
    if learner.is_drifting:
        return "alarm"
    if learner.last_job in (RunStatus.FAILED, RunStatus.LOST):
        return "failed"
    if learner.runs_a_job or (learner.last_event and now - learner.last_event < LATELY):
        return "learning"
    return "idle" if learner.events else "empty"


def score_of(learner: Learner) -> float | None:
    """Return how well a learner predicted all its events; None before the first."""
    totals = (learner.metrics or {}).get("totals")
    if not totals or not totals.get("events"):
        return None
    of_classes = learner.kind == LearnerKind.CLASSIFIER
    summary = (ClassMetrics if of_classes else NumberMetrics)(totals).summary()
    score = summary.get("accuracy" if of_classes else "error")
    return None if score is None else float(score)
