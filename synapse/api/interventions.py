"""What is done to a synapse by hand: read, and done."""

from typing import Any, get_args

from django.http import HttpRequest
from ninja import Query, Router, Status

from synapse.api.paging import Page, PathKey, ShareKey, paged
from synapse.api.problems import FieldProblem
from synapse.api.records import InterventionList, InterventionOut
from synapse.api.requests import InterventionIn
from synapse.api.rows import synapse_of, synapse_rows, writable
from synapse.api.throttles import RUN_NOW
from synapse.models import Intervention, Synapse
from synapse.plasticity.stimulus import Kind
from synapse.services import interventions

router = Router(tags=["Interventions"])


@router.get(
    "synapses/{synapse_id}/interventions",
    response=InterventionList,
    operation_id="list_interventions",
    summary="List",
)
def list_interventions(
    request: HttpRequest, synapse_id: PathKey, page: Query[Page], key: ShareKey = ""
) -> dict[str, Any]:
    """Return what was done to a synapse by hand, the latest first, and to its neuron's bath."""
    synapse = synapse_of(request, synapse_id, share_key=key)
    rows = interventions.interventions_of(synapse)
    return paged(request, rows, page, as_json=_intervention_json)


@router.post(
    "synapses/{synapse_id}/interventions",
    response={201: InterventionOut},
    operation_id="intervene",
    summary="Do something by hand",
    throttle=[RUN_NOW],
)
def intervene(
    request: HttpRequest, synapse_id: PathKey, payload: InterventionIn
) -> Status[dict[str, Any]]:
    """Deliver an event and simulate a while after it, or change drugs or bath at once."""
    synapse = writable(request, synapse_rows(), synapse_id)
    return Status(201, _intervention_json(_do(synapse, payload, request.user)))


def _do(synapse: Synapse, asked: InterventionIn, user: Any) -> Intervention:
    if asked.kind == "drug":
        if asked.value not in (0.0, 1.0):
            raise FieldProblem("value", "1 adds a drug, 0 washes it out.", value=asked.value)
        return interventions.set_drug(
            synapse=synapse, name=asked.name, present=bool(asked.value), user=user
        )
    if asked.kind == "bath":
        return interventions.set_bath(
            synapse=synapse, name=asked.name, value=asked.value, user=user
        )
    kind = next((k for k in get_args(Kind) if k == asked.kind), asked.kind)
    return interventions.deliver(
        synapse=synapse, kind=kind, duration=asked.duration_ms, value=asked.value, user=user
    )


def _intervention_json(row: Intervention) -> dict[str, Any]:
    plain = ("kind", "name", "value", "created")
    return {name: getattr(row, name) for name in plain} | {
        "id": row.pk,
        "simulated_time_ms": row.simulated_time,
        "run": row.run_id,
    }
