"""What happened to a learner: commits, events; and the way back, sleep and explanations."""

from typing import Annotated, Any, Literal

from django.http import Http404, HttpRequest
from ninja import Field, Path, Query, Router

from learner.api.answers import commit_json, learner_json, named_json
from learner.api.records import (
    CommitDetail,
    CommitList,
    CommitMade,
    EventDetail,
    EventList,
    ExplanationOut,
    NamedEventList,
)
from learner.api.requests import ExplainIn, RollbackIn, SleepIn
from learner.api.rows import learner_of, own_learner
from learner.api.throttles import EXPLAIN, HEAVY
from learner.models import Commit, Event, EventStatus, LearnerKind
from learner.services import live, recent
from learner.services.columns import class_of
from learner.services.explain import explain_commit, explain_prediction
from synapse.api.paging import LARGEST_KEY, Page, PathKey, ShareKey, paged
from synapse.api.problems import OWN_PROBLEMS, FieldProblem, clean

OFTEN: dict[str, Any] = {OWN_PROBLEMS: ["429"]}


class CommitFilter(Page):
    """Which commits."""

    kind: Literal["learn", "consolidate", "event", "sleep", "rollback"] | None = Field(
        None, description="Only of this kind."
    )
    order: Literal["newest", "oldest"] = "newest"


class NamedFilter(Page):
    """Which events with an identifier."""

    id: str = Field("", max_length=200, description="Of this identifier.")
    status: EventStatus | None = Field(None, description="Only in this state.")


class EventPage(Page):
    """Which part of the ledger."""

    before: int | None = Field(
        None, ge=0, le=LARGEST_KEY, description="Only operations below this position."
    )


PathPosition = Annotated[int, Path(ge=0, le=LARGEST_KEY)]
router = Router(tags=["Past of a learner"])


@router.get(
    "learners/{learner_id}/commits", response=CommitList, operation_id="list_commits",
    summary="Commits",
)  # fmt: skip
def list_commits(
    request: HttpRequest, learner_id: PathKey, wanted: Query[CommitFilter], key: ShareKey = ""
) -> dict[str, Any]:
    """Return what changed the weights, the newest first."""
    rows = Commit.objects.filter(learner=learner_of(request, learner_id, share_key=key))
    if wanted.kind:
        rows = rows.filter(kind=wanted.kind)
    rows = rows.defer("connections")
    rows = rows.order_by("number" if wanted.order == "oldest" else "-number")
    return paged(request, rows, wanted, as_json=commit_json)


@router.get(
    "learners/{learner_id}/commits/{number}", response=CommitDetail, operation_id="read_commit",
    summary="One commit", throttle=[EXPLAIN], openapi_extra=OFTEN,
)  # fmt: skip
def read_commit(
    request: HttpRequest, learner_id: PathKey, number: PathKey, key: ShareKey = ""
) -> dict[str, Any]:
    """Return a commit with the connections that it changed most."""
    learner = learner_of(request, learner_id, share_key=key)
    row = Commit.objects.filter(learner=learner, number=number).first()
    if row is None:
        raise Http404
    note = ""
    try:
        row = explain_commit(learner=learner, number=number)
    except ValueError as error:  # a rollback, or what it was made from was dropped
        note = str(error)
    return commit_json(row) | {"connections": row.connections, "note": note}


@router.get(
    "learners/{learner_id}/events", response=EventList, operation_id="list_events",
    summary="Events of the ledger",
)  # fmt: skip
def list_events(
    request: HttpRequest, learner_id: PathKey, wanted: Query[EventPage], key: ShareKey = ""
) -> dict[str, Any]:
    """Return the operations of the ledger, the newest first.

    ``offset`` counts from the newest; ``before`` stays where it is while more is learned.
    """
    learner = learner_of(request, learner_id, share_key=key)
    found = recent.recent_events(
        learner, limit=wanted.limit, offset=wanted.offset, before=wanted.before
    )
    last = found[-1]["position"] if found else 0
    link = f"{request.path}?limit={wanted.limit}&before={last}" + (f"&key={key}" if key else "")
    return {
        "items": found, "count": learner.position, "limit": wanted.limit,
        "offset": wanted.offset, "next": link if last > 0 else None,
    }  # fmt: skip


@router.get(
    "learners/{learner_id}/events/{position}", response=EventDetail, operation_id="read_event",
    summary="One event of the ledger",
)  # fmt: skip
def read_event(
    request: HttpRequest, learner_id: PathKey, position: PathPosition, key: ShareKey = ""
) -> dict[str, Any]:
    """Return an operation of the ledger with the features that were learned."""
    learner = learner_of(request, learner_id, share_key=key)
    found = recent.read_event(learner, position)
    if found is None:
        raise Http404
    return found


@router.get(
    "learners/{learner_id}/named-events", response=NamedEventList,
    operation_id="list_named_events", summary="Events with an identifier",
)  # fmt: skip
def list_named_events(
    request: HttpRequest, learner_id: PathKey, wanted: Query[NamedFilter], key: ShareKey = ""
) -> dict[str, Any]:
    """Return what was learned exactly once, what waits for its label, and what came too early."""
    rows = Event.objects.filter(learner=learner_of(request, learner_id, share_key=key))
    if wanted.id:
        rows = rows.filter(identifier=clean(wanted.id, field="id"))
    if wanted.status:
        rows = rows.filter(status=wanted.status)
    return paged(request, rows.order_by("-pk"), wanted, as_json=named_json)


@router.post(
    "learners/{learner_id}/rollback", response=CommitMade, operation_id="rollback",
    summary="Go back to a commit", throttle=[HEAVY], openapi_extra=OFTEN,
)  # fmt: skip
def rollback(request: HttpRequest, learner_id: PathKey, payload: RollbackIn) -> dict[str, Any]:
    """Go back to the state right after a commit, exactly. That is a new commit itself."""
    learner = own_learner(request, learner_id)
    made = live.rollback(learner=learner, version=payload.version)
    return {"commit": made, "learner": learner_json(request.user, own_learner(request, learner_id))}


@router.post(
    "learners/{learner_id}/sleep", response=CommitMade, operation_id="sleep",
    summary="Sleep now", throttle=[HEAVY], openapi_extra=OFTEN,
)  # fmt: skip
def sleep(request: HttpRequest, learner_id: PathKey, payload: SleepIn) -> dict[str, Any]:
    """Replay kept events and consolidate. What it changed is a commit like any other."""
    learner = own_learner(request, learner_id)
    made = live.sleep(learner=learner, replays=payload.replays)
    return {"commit": made, "learner": learner_json(request.user, own_learner(request, learner_id))}


@router.post(
    "learners/{learner_id}/explain", response=ExplanationOut, operation_id="explain",
    summary="Explain a prediction", throttle=[EXPLAIN], openapi_extra=OFTEN,
)  # fmt: skip
def explain(
    request: HttpRequest, learner_id: PathKey, payload: ExplainIn, key: ShareKey = ""
) -> dict[str, Any]:
    """Return what each feature adds to the prediction, head by head."""
    learner = learner_of(request, learner_id, share_key=key)
    label = payload.label
    if label is not None and learner.kind == LearnerKind.CLASSIFIER:
        label = class_of(label)
    elif label is not None:
        raise FieldProblem("label", "A learner of numbers has no classes.", value=label)
    return explain_prediction(learner=learner, features=payload.features, label=label)
