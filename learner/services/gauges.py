"""The learners as the database has them, read at each scrape of ``/metrics``."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.db.models import Count, F
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from learner.models import DriftAlarm, Event, EventStatus, Learner, LearnerKind, StreamJob
from learner.pipeline.batches import RESULTS
from learner.services.metrics import ClassMetrics, NumberMetrics

MOST_LEARNERS = 100
"""Learners of their own series, whatever the setting says."""
THRESHOLD = RESULTS.index("threshold")
WAITING = (EventStatus.SEEN, EventStatus.EARLY)
FIELDS = (
    "pk", "kind", "events", "version", "position", "metrics", "last_event", "paused",
)  # fmt: skip
MEANINGS = {
    "events": "Events that it learned.",
    "commits": "Number of its last commit.",
    "position": "Operations in its ledger.",
    "threshold": "Surprise that lets an event through, at its last event.",
    "accuracy": "Share of right predictions over all its events, each before it was learned.",
    "error": "Mean absolute error over all its events, each before it was learned.",
    "open_alarms": "Drift alarms that go on.",
    "waiting": "Events and labels that wait for each other.",
    "idle_seconds": "Since it last learned an event.",
    "paused": "1 while it predicts only.",
}
"""Gauges of one learner, below ``edr_learner_``."""


class LearnerCollector(Collector):
    """Reads learners, alarms, waiting events and jobs; four queries, however many there are."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Return the gauges; where the database does not answer, only that."""
        try:
            found = [*of_learners(), of_jobs()]
            answers = 1
        except DatabaseError:
            found, answers = [], 0
        yield GaugeMetricFamily("edr_database_up", "1 if the database answered.", value=answers)
        yield from found


def of_learners() -> Iterator[GaugeMetricFamily]:
    """Return the gauges of the learners that learned last."""
    rows = Learner.objects.all()
    yield GaugeMetricFamily("edr_learners", "Learners in the database.", value=rows.count())
    most = max(0, min(MOST_LEARNERS, settings.METRICS_LEARNERS))
    last = list(rows.order_by(F("last_event").desc(nulls_last=True), "pk").values(*FIELDS)[:most])
    keys = [row["pk"] for row in last]
    alarms = counts(DriftAlarm.objects.filter(learner__in=keys, ended=None), "learner")
    waiting = counts(Event.objects.filter(learner__in=keys, status__in=WAITING), "learner")
    gauges = {
        name: GaugeMetricFamily(f"edr_learner_{name}", meaning, labels=["learner"])
        for name, meaning in MEANINGS.items()
    }
    for row in last:
        key = row["pk"]
        values = facts(row) | {"open_alarms": alarms.get(key, 0), "waiting": waiting.get(key, 0)}
        for name, value in values.items():
            if value is not None:
                gauges[name].add_metric([str(key)], float(value))
    yield from gauges.values()


def facts(row: dict[str, Any]) -> dict[str, Any]:
    """Return what a learner's own row says; None where it is not known yet."""
    saved = row["metrics"] or {}
    classifies = row["kind"] == LearnerKind.CLASSIFIER
    totals = (ClassMetrics if classifies else NumberMetrics)(saved.get("totals"))
    score = totals.summary() if totals.events else {}
    idle = timezone.now() - row["last_event"] if row["last_event"] else None
    last = saved.get("last") or []
    return {
        "events": row["events"], "commits": row["version"], "position": row["position"],
        "threshold": last[THRESHOLD] if len(last) > THRESHOLD else None,
        "accuracy": score.get("accuracy"), "error": score.get("error"),
        "idle_seconds": idle.total_seconds() if idle else None, "paused": row["paused"],
    }  # fmt: skip


def counts(rows: Any, name: str) -> dict[Any, int]:
    """Return how many rows there are of each."""
    found: Iterable[tuple[Any, int]] = rows.order_by().values_list(name).annotate(Count("pk"))
    return dict(found)


def of_jobs() -> GaugeMetricFamily:
    """Return how many streams are learned in the background, by how far each is."""
    gauge = GaugeMetricFamily("edr_jobs", "Streams in the background.", labels=["status"])
    for status, count in counts(StreamJob.objects.all(), "status").items():
        gauge.add_metric([status], count)
    return gauge
