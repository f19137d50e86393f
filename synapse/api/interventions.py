"""What was done to a synapse by hand."""

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router

from synapse.api.paging import Page, PathKey, ShareKey, paged
from synapse.api.rows import synapse_of
from synapse.api.schemas import InterventionList
from synapse.models import Intervention

router = Router(tags=["Interventions"])


@router.get(
    "synapses/{synapse_id}/interventions", response=InterventionList,
    operation_id="list_interventions", summary="List",
)  # fmt: skip
def list_interventions(
    request: HttpRequest, synapse_id: PathKey, page: Query[Page], key: ShareKey = ""
) -> dict[str, Any]:
    """Return what was done to a synapse by hand, the latest first."""
    synapse = synapse_of(request, synapse_id, share_key=key)
    rows = Intervention.objects.filter(synapse=synapse)
    return paged(request, rows, page, as_json=_intervention_json)


def _intervention_json(row: Intervention) -> dict[str, Any]:
    plain = ("kind", "name", "value", "created")
    return {name: getattr(row, name) for name in plain} | {
        "id": row.pk, "simulated_time_ms": row.simulated_time, "run": row.run_id,
    }  # fmt: skip
