"""Synapses: make, list, read, change, delete, export."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja import Field, Query, Router, Status

from synapse.api.answers import synapse_json
from synapse.api.authentication import owner_of
from synapse.api.paging import Page, PathKey, ShareKey, etag_of, paged
from synapse.api.problems import FieldProblem, Problem, clean
from synapse.api.records import SynapseDetail, SynapseList, SynapseOut
from synapse.api.requests import SynapseChange, SynapseIn
from synapse.api.rows import synapse_of, synapse_rows, version_of, writable
from synapse.api.throttles import CREATE
from synapse.models import Preset, Synapse, Visibility
from synapse.services import presets, sharing
from synapse.services.groups import closure_keys


class SynapseFilter(Page):
    """Which synapses."""

    mine: bool = Field(False, description="Only your own.")
    preset: str = Field("", max_length=50, description="Name of a preset.")
    search: str = Field("", max_length=100, description="Part of the name.")


router = Router(tags=["Synapses"])


@router.get("synapses", response=SynapseList, operation_id="list_synapses", summary="List")
def list_synapses(request: HttpRequest, wanted: Query[SynapseFilter]) -> dict[str, Any]:
    """Return the synapses that you may see, without those of populations."""
    rows = synapse_rows().visible_to(request.user).outside_populations()
    if wanted.mine:
        rows = rows.filter(owner=owner_of(request.user))
    if wanted.preset:
        rows = rows.filter(preset__name=clean(wanted.preset, field="preset"))
    if wanted.search:
        rows = rows.filter(name__icontains=clean(wanted.search, field="search"))
    return paged(request, rows, wanted, as_json=lambda row: synapse_json(request.user, row))


@router.post(
    "synapses", response={201: SynapseOut}, operation_id="create_synapse",
    summary="Make from a preset", throttle=[CREATE],
)  # fmt: skip
def create_synapse(request: HttpRequest, payload: SynapseIn) -> Status[Any]:
    """Make a synapse at rest. Without a login (demo) it has no owner and is public."""
    owner = owner_of(request.user)
    visibility = payload.visibility or (Visibility.PRIVATE if owner else Visibility.PUBLIC)
    if owner is None and visibility != Visibility.PUBLIC:
        raise FieldProblem("visibility", "Without a login a synapse is public.", value=visibility)
    if not Preset.objects.filter(name=clean(payload.preset, field="preset")).exists():
        known = ", ".join(Preset.objects.values_list("name", flat=True))
        raise FieldProblem("preset", f"There is no such preset; known are {known}.",
                           value=payload.preset)  # fmt: skip
    made = presets.create_from_preset(
        preset=payload.preset,
        name=clean(payload.name, field="name"),
        owner=owner,
        visibility=visibility,
    )
    return Status(201, synapse_json(request.user, made))


@router.get(
    "synapses/{synapse_id}", response=SynapseDetail, operation_id="read_synapse", summary="Read"
)
def read_synapse(
    request: HttpRequest, response: HttpResponse, synapse_id: PathKey, key: ShareKey = ""
) -> dict[str, Any]:
    """Return a synapse, with an ETag for changes of it."""
    found = _detail(request, synapse_of(request, synapse_id, share_key=key))
    response["ETag"] = etag_of(found)
    return found


@router.patch(
    "synapses/{synapse_id}", response=SynapseDetail, operation_id="change_synapse",
    summary="Rename, or change who may see it",
)  # fmt: skip
def change_synapse(
    request: HttpRequest, response: HttpResponse, synapse_id: PathKey, payload: SynapseChange
) -> dict[str, Any]:
    """Change name, visibility or the key of the link; If-Match guards against another writer."""
    with transaction.atomic():
        synapse = writable(request, synapse_rows(), synapse_id)
        check_match(request, _detail(request, synapse))
        if payload.name is not None:
            synapse.name = clean(payload.name, field="name")
            if not synapse.name:
                raise FieldProblem("name", "name must not be blank.", value=payload.name)
            synapse.save(update_fields=["name", "modified"])
        share(synapse, payload)
    found = _detail(request, synapse)
    response["ETag"] = etag_of(found)
    return found


@router.delete(
    "synapses/{synapse_id}", response={204: None}, operation_id="delete_synapse", summary="Delete"
)
def delete_synapse(request: HttpRequest, synapse_id: PathKey) -> Status[None]:
    """Delete a synapse with its runs; a run of its group cannot be stored any more."""
    with transaction.atomic():
        synapse = writable(request, synapse_rows(), synapse_id)
        check_match(request, _detail(request, synapse) if _match(request) else None)
        presets.remove(synapse=synapse)
    return Status(204, None)


@router.get(
    "synapses/{synapse_id}/export", response=dict[str, Any], operation_id="export_synapse",
    summary="Export",
)  # fmt: skip
def export_synapse(request: HttpRequest, synapse_id: PathKey, key: ShareKey = "") -> Any:
    """Return parameters, state and clock, as the page exports them."""
    return presets.export(synapse=synapse_of(request, synapse_id, share_key=key))


# --- what runs share with synapses -------------------------------------------------------


def share(row: Any, payload: Any) -> None:
    """Change who may see a row, as asked."""
    if payload.visibility is not None:
        try:
            sharing.set_visibility(row=row, visibility=payload.visibility)
        except ValueError as error:
            raise FieldProblem("visibility", str(error), value=payload.visibility) from error
    if payload.rotate_share_key:
        sharing.rotate_key(row=row)


def check_match(request: HttpRequest, present: Any) -> None:
    """Refuse a change of something that is no longer as it was read."""
    wanted = _match(request)
    if wanted and wanted != "*" and etag_of(present) not in [t.strip() for t in wanted.split(",")]:
        raise Problem(409, "It has changed since it was read; read it again. Nothing was changed.")


def _match(request: HttpRequest) -> str:
    return request.headers.get("If-Match", "").strip()


def _detail(request: HttpRequest, synapse: Synapse) -> dict[str, Any]:
    return synapse_json(request.user, synapse) | {
        "version": version_of(synapse)[0],
        "drugs": list(synapse.neuron.active_drugs),
        "group": len(closure_keys([synapse.pk])),
    }
