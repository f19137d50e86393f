"""How well a learner predicts: facts, windows thinned for charts, drift alarms."""

from dataclasses import asdict
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from learner.api.answers import alarm_json
from learner.api.measures_records import SeriesOut, SummaryOut
from learner.api.records import AlarmList, ConnectionList
from learner.api.rows import learner_of
from learner.models import DriftAlarm
from learner.services import connections, measures_series
from synapse.api.paging import Page, PathKey, ShareKey, paged
from synapse.api.problems import clean

router = Router(tags=["Measures of a learner"])


class Points(Schema):
    """How many points."""

    points: int = Field(400, ge=10, le=4_000, description="At most; windows are joined.")


class Largest(Schema):
    """Which connections."""

    limit: int = Field(50, ge=1, le=connections.MOST_LISTED, description="At most so many.")
    part: Literal["all", "early", "tagged", "late"] = Field(
        "all", description="Whose size counts; all: the sum of the three."
    )
    search: str = Field("", max_length=100, description="Part of the source's name.")
    label: str | None = Field(None, max_length=200, description="Only to this class.")
    pathway: int | None = Field(None, ge=0, le=100, description="Only of this pathway.")


@router.get(
    "learners/{learner_id}/metrics", response=SummaryOut, operation_id="read_metrics",
    summary="Facts",
)  # fmt: skip
def read_metrics(request: HttpRequest, learner_id: PathKey, key: ShareKey = "") -> dict[str, Any]:
    """Return how well every event was predicted before it was learned, beside baselines."""
    return asdict(measures_series.summary(learner_of(request, learner_id, share_key=key)))


@router.get(
    "learners/{learner_id}/metrics/windows", response=SeriesOut, operation_id="read_windows",
    summary="Curves",
)  # fmt: skip
def read_windows(
    request: HttpRequest, learner_id: PathKey, wanted: Query[Points], key: ShareKey = ""
) -> dict[str, Any]:
    """Return the measures along the events, in at most so many points."""
    learner = learner_of(request, learner_id, share_key=key)
    return asdict(measures_series.series(learner, points=wanted.points))


@router.get(
    "learners/{learner_id}/alarms", response=AlarmList, operation_id="list_alarms",
    summary="Drift alarms",
)  # fmt: skip
def list_alarms(
    request: HttpRequest, learner_id: PathKey, wanted: Query[Page], key: ShareKey = ""
) -> dict[str, Any]:
    """Return when the stream drifted, the newest first."""
    rows = DriftAlarm.objects.filter(learner=learner_of(request, learner_id, share_key=key))
    return paged(request, rows.order_by("-began"), wanted, as_json=alarm_json)


@router.get(
    "learners/{learner_id}/connections", response=ConnectionList,
    operation_id="list_connections", summary="Largest connections",
)  # fmt: skip
def list_connections(
    request: HttpRequest, learner_id: PathKey, wanted: Query[Largest], key: ShareKey = ""
) -> dict[str, Any]:
    """Return the connections with the largest weights; those of zero are left out."""
    learner = learner_of(request, learner_id, share_key=key)
    found = connections.list_connections(
        learner, most=wanted.limit, part=wanted.part, text=clean(wanted.search, field="search"),
        label=wanted.label, pathway=wanted.pathway,
    )  # fmt: skip
    return {"items": [_connection_json(one) for one in found]}


def _connection_json(one: connections.Listed) -> dict[str, Any]:
    weights = ("early", "tagged", "late", "trace")
    return {name: getattr(one, name) for name in weights} | {
        "pathway": one.place.pathway,
        "source": connections.source_text(one.place.source),
        "label": None if one.place.label is None else str(one.place.label),
        "opened": one.opened.pk if one.opened else None,
    }
