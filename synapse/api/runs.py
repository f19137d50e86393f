"""Runs: make, list, read, rename, cancel, delete; their results and manifests."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja import Field, Query, Router, Status

from synapse.api.answers import run_json
from synapse.api.authentication import owner_of
from synapse.api.outcomes import ResultOut, RunList, RunOut
from synapse.api.paging import Key, Page, PathKey, ShareKey, etag_of, paged
from synapse.api.problems import Problem, clean
from synapse.api.protocols import protocol_of
from synapse.api.requests import RunChange, RunIn
from synapse.api.rows import run_of, run_rows, synapse_rows, writable
from synapse.api.synapses import check_match, share
from synapse.api.throttles import RUN_NOW
from synapse.models import Run, RunStatus
from synapse.services import groups, run_queue, runs
from synapse.services.access import require_write
from synapse.services.manifests import manifest_of
from synapse.services.run_limits import check_background, check_free, check_work
from synapse.services.runs import Plan
from synapse.services.trace_sources import open_trace


class RunFilter(Page):
    """Which runs."""

    mine: bool = Field(False, description="Only your own.")
    synapse: Key | None = Field(None, description="Number of a synapse.")
    status: RunStatus | None = Field(None, description="Only in this state.")


router = Router(tags=["Runs"])
INSTEAD = "Send mode queue, and the worker computes it."


@router.get("runs", response=RunList, operation_id="list_runs", summary="List")
def list_runs(request: HttpRequest, wanted: Query[RunFilter]) -> dict[str, Any]:
    """Return the runs that you may see, the newest first."""
    rows = run_rows().visible_to(request.user)
    if wanted.mine:
        rows = rows.filter(owner=owner_of(request.user))
    if wanted.synapse is not None:
        rows = rows.filter(synapse=wanted.synapse)
    if wanted.status is not None:
        rows = rows.filter(status=wanted.status)
    return paged(request, rows, wanted, as_json=lambda row: run_json(request.user, row))


@router.post(
    "runs", response={201: RunOut, 202: RunOut}, operation_id="create_run", summary="Run",
    throttle=[RUN_NOW],
)  # fmt: skip
def create_run(request: HttpRequest, response: HttpResponse, payload: RunIn) -> Status[Any]:
    """Queue a run (202), or run it now (201) if it is short enough for one request."""
    synapse = writable(request, synapse_rows(), payload.synapse)
    require_write(request.user, groups.closure([synapse]))
    plan = Plan(
        protocol=protocol_of(request, payload.protocol),
        duration=payload.duration_ms,
        repeat=payload.repeat,
    )
    made = {
        "owner": owner_of(request.user),
        "seed": payload.seed,
        "title": clean(payload.title, field="title"),
    }
    if payload.mode == "queue":
        check_background(synapse, plan)
        run = run_queue.enqueue(synapse=synapse, plan=plan, **made)
        return Status(202, run_json(request.user, run))
    check_work(synapse, plan, instead=INSTEAD, place="a request")
    check_free(synapse)
    run = runs.execute(
        synapse=synapse, protocol=plan.protocol, duration_ms=plan.duration, repeat=plan.repeat,
        **made,
    )  # fmt: skip
    return Status(201, run_json(request.user, run))


@router.get("runs/{run_id}", response=RunOut, operation_id="read_run", summary="Read")
def read_run(
    request: HttpRequest, response: HttpResponse, run_id: PathKey, key: ShareKey = ""
) -> dict[str, Any]:
    """Return a run; its ETag lets a program ask often for little."""
    found = run_json(request.user, run_of(request, run_id, share_key=key))
    response["ETag"] = etag_of(found)
    return found


@router.patch(
    "runs/{run_id}", response=RunOut, operation_id="change_run",
    summary="Rename, or change who may see it",
)  # fmt: skip
def change_run(request: HttpRequest, run_id: PathKey, payload: RunChange) -> dict[str, Any]:
    """Change title, visibility or the key of the link; the run itself is never changed."""
    with transaction.atomic():
        run = writable(request, run_rows(), run_id)
        check_match(request, run_json(request.user, run))
        if payload.title is not None:
            title = clean(payload.title, field="title")
            run_queue.rename(run, user=request.user, title=title)
        share(run, payload)
    return run_json(request.user, writable(request, run_rows(), run_id))


@router.post("runs/{run_id}/cancel", response=RunOut, operation_id="cancel_run", summary="Cancel")
def cancel_run(request: HttpRequest, run_id: PathKey) -> dict[str, Any]:
    """Ask a run to end; asking twice, or after its end, changes nothing."""
    run_queue.cancel(writable(request, run_rows(), run_id), user=request.user)
    return run_json(request.user, writable(request, run_rows(), run_id))


@router.delete("runs/{run_id}", response={204: None}, operation_id="delete_run", summary="Delete")
def delete_run(request: HttpRequest, run_id: PathKey) -> Status[None]:
    """Delete a run that has ended, with its trace."""
    run = writable(request, run_rows(), run_id)
    if run.status in run_queue.WAITING:
        raise Problem(409, "It is waiting or running: cancel it first.")
    run_queue.remove(run, user=request.user)
    return Status(204, None)


@router.get(
    "runs/{run_id}/result", response=ResultOut, operation_id="read_result", summary="Result"
)
def read_result(request: HttpRequest, run_id: PathKey, key: ShareKey = "") -> dict[str, Any]:
    """Return the state at the end, of every synapse of the group."""
    run = run_of(request, run_id, share_key=key, rows=_whole())
    source = open_trace(run)
    return {
        "run": run.pk,
        "status": run.status,
        "weight": float(source.values("weight", len(source) - 1, len(source))[0])
        if source
        else None,
        "result_hash": run.result_hash,
        "state": run.result,
    }


@router.get(
    "runs/{run_id}/manifest",
    response=dict[str, Any],
    operation_id="read_manifest",
    summary="Manifest",
)
def read_manifest(request: HttpRequest, run_id: PathKey, key: ShareKey = "") -> dict[str, Any]:
    """Return all that is needed to do a finished run again and compare."""
    run = run_of(request, run_id, share_key=key, rows=_whole())
    try:
        return manifest_of(run)
    except ValueError as error:
        raise Problem(409, str(error)) from error


def _whole() -> Any:
    return Run.objects.select_related("owner", "synapse")
