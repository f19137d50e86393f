"""What the dashboard shows of a learner, piece by piece; a piece that fails leaves the others."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import numpy as np
from django.http import HttpRequest
from django.utils import timezone

from learner.models import Checkpoint, CheckpointKind, Connection, Learner, LearnerKind, StreamJob
from learner.rendering.charts import Mark
from learner.rendering.curves import Curves, accuracy_chart, drive_chart, heads_chart
from learner.rendering.facts import Fact, facts
from learner.rendering.pairing import pairing
from learner.services.alarms import Alarm
from learner.services.measures_series import Series, Summary
from learner.views.ledger_rows import commit_rows, commits_of
from synapse.models import RunStatus, Synapse
from synapse.plasticity.steps.step4_ampa_trafficking import committed_weight
from synapse.rendering.reduction import Floats
from synapse.services.access import may_read
from synapse.views.runs import note_lost

POINTS = 100
COMMITS, EVENTS, ALARMS, JOBS, CONNECTIONS = 8, 8, 200, 5, 6
MOST_WEIGHTS = 2_000_000
"""Connections of a learner up to which the dashboard looks for the largest."""
FRESH = timedelta(seconds=15)
"""How long after its last event a learner is said to be learning."""
UNDER_WAY = (RunStatus.QUEUED, RunStatus.RUNNING)
FAILED = (RunStatus.FAILED, RunStatus.LOST)


def curves_of(learner: Learner, series: Series, budget: float) -> Curves | None:
    """Return the measures of a learner as they are drawn; None where there are none."""
    if not series.events:
        return None
    heads = max((len(row) for row in series.reliability), default=0)
    reliability = np.full((len(series.events), heads), np.nan)
    for i, row in enumerate(series.reliability):
        reliability[i, : len(row)] = row
    return Curves(
        classifies=learner.kind == LearnerKind.CLASSIFIER, width=series.width,
        events=_floats(series.events),
        scores={name: _floats(values) for name, values in series.scores.items()},
        updates=_floats(series.updates), budget=budget, surprise=_floats(series.surprise),
        threshold=_floats(series.threshold), gate=_floats(series.gate),
        arousal=_floats(series.arousal), reliability=reliability,
    )  # fmt: skip


def _floats(values: Any) -> Floats:
    return np.array([np.nan if v is None else v for v in values], dtype=np.float64)


def charts_of(curves: Curves | None, alarms: list[Alarm]) -> dict[str, Any]:
    """Return the charts of the dashboard, by name."""
    if curves is None:
        return {}
    first = len(alarms)
    marks = [Mark(a.began, f"drift {first - i}") for i, a in enumerate(alarms)][::-1]
    charts = {"accuracy": accuracy_chart(curves, marks), "drive": drive_chart(curves, marks)}
    if curves.reliability.shape[1]:
        charts["heads"] = heads_chart(curves, marks)
    return charts


def jobs_of(learner: Learner) -> dict[str, Any]:
    """Return what runs in the background for a learner, and the last job if it failed."""
    fields = ("title", "status", "heartbeat", "done", "total", "error", "created", "learner_id")
    rows = list(StreamJob.objects.filter(learner=learner).only(*fields)[:JOBS])
    note_lost(rows)
    failed = rows[0] if rows and rows[0].status in FAILED else None
    return {"jobs": [r for r in rows if r.status in UNDER_WAY], "failed": failed}


def state_of(learner: Learner, jobs: list[StreamJob], problem: str) -> tuple[str, str]:
    """Return what a learner does at present: a style of badge and a word."""
    if problem:
        return "fail", "Cannot be read"
    if learner.paused:
        return "none", "Paused"
    if any(job.status == RunStatus.RUNNING for job in jobs):
        return "run", "Learning from a file"
    if learner.last_event and timezone.now() - learner.last_event < FRESH:
        return "run", "Learning"
    return "none", "Waits for its first event" if not learner.events else "Waits for events"


def sleep_words(learner: Learner) -> str:
    """Return when a learner sleeps, and when it did last."""
    parts = []
    if learner.sleep_after:
        parts.append(f"after {learner.sleep_after:g} s without an event")
    if learner.sleep_at:
        parts.append(f"every day at {learner.sleep_at:%H:%M} UTC")
    words = f"Sleeps {' and '.join(parts)}" if parts else "Sleeps when told to"
    if learner.slept:
        words += f"; slept last {learner.slept:%-d %B, %H:%M} UTC"
    return words


def weights_of(learner: Learner) -> int:
    """Return how many connections a learner has, by what stands beside its checkpoint."""
    rows = Checkpoint.objects.filter(learner=learner, kind=CheckpointKind.HEAD)
    meta = rows.values_list("meta", flat=True).first() or {}
    hidden = int(learner.parameters.get("expansion", 0))
    return (1 + hidden + meta.get("features", 0)) * max(1, meta.get("labels", 0))


def latest_commits(learner: Learner) -> list[Any]:
    """Return the last commits with their state."""
    return commit_rows(learner, commits_of(learner)[:COMMITS])


def opened_synapse(request: HttpRequest, learner: Learner) -> tuple[Connection | None, Any]:
    """Return the connection that was opened last as a synapse, and that synapse if it is seen."""
    rows = Connection.objects.filter(learner=learner).exclude(synapse=None)
    connection = rows.defer("agreement", "code").order_by("-modified").first()
    if connection is None:
        return None, None
    synapse = Synapse.objects.with_components().filter(pk=connection.synapse_id).first()
    if synapse is None or not may_read(request.user, synapse):
        return connection, None
    synapse.committed_weight = committed_weight(
        synapse.psd_ampa_pool, synapse.ampa_trafficking_parameters
    )
    return connection, synapse


def pairs_of(
    learner: Learner, summary: Summary, commits: list[Any], score: str, synapse: Any
) -> Any:
    """Return the stages of a learner beside their biology, with present values."""
    now: dict[str, Any] = {"event": learner.events, "score": score}
    if commits:
        now["commit"] = commits[0].commit.number
        now["change"] = next((row.commit.size for row in commits if row.commit.size), None)
    recent = summary.recent
    if recent is not None:
        now |= {
            "surprise": recent.surprise, "gate": recent.gate, "threshold": recent.threshold,
            "late": sum(recent.reliability[2::3]) if recent.reliability else None,
        }  # fmt: skip
    return pairing(now, synapse)


def facts_of(learner: Learner, summary: Summary) -> list[Fact]:
    """Return name, number, unit and remark of what the head of the dashboard says."""
    return facts(summary, classifies=learner.kind == LearnerKind.CLASSIFIER)


def version_of(learner: Learner, state: Mapping[str, Any]) -> str:
    """Return what changes when a page about a learner would show something else."""
    jobs = [(job.pk, job.status, job.done) for job in state["jobs"]]
    failed = state["failed"].pk if state["failed"] else 0
    return f'"{learner.state_version}-{learner.modified:%s%f}-{state["badge"]}-{jobs}-{failed}"'
