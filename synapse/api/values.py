"""Every quantity of a synapse, and changes of its parameters."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from synapse.api.paging import PathKey, ShareKey
from synapse.api.problems import Problem
from synapse.api.records import ValuesOut
from synapse.api.requests import ResetIn, ValuesIn
from synapse.api.rows import synapse_of, synapse_rows, version_of, writable
from synapse.models import Preset, Synapse
from synapse.plasticity.components import COMPONENTS
from synapse.plasticity.quantity import Component, Quantity
from synapse.services import presets
from synapse.services.access import require_write
from synapse.services.conflict import StateConflict
from synapse.services.groups import closure
from synapse.services.simulator import SynapseSimulator
from synapse.services.values import checked, set_values

router = Router(tags=["Parameters and state"])


@router.get(
    "synapses/{synapse_id}/values", response=ValuesOut, operation_id="read_values", summary="Read"
)
def read_values(
    request: HttpRequest, response: HttpResponse, synapse_id: PathKey, key: ShareKey = ""
) -> dict[str, Any]:
    """Return every parameter, state and derived quantity, with unit, bounds and source."""
    return _answer(response, synapse_of(request, synapse_id, share_key=key))


@router.patch(
    "synapses/{synapse_id}/values", response=ValuesOut, operation_id="change_values",
    summary="Change parameters",
)  # fmt: skip
def change_values(
    request: HttpRequest, response: HttpResponse, synapse_id: PathKey, payload: ValuesIn
) -> dict[str, Any]:
    """Change parameters, all or none; 409 where the state is newer than the version given."""
    synapse = writable(request, synapse_rows(), synapse_id)
    checked(payload.values)
    versions = _expected(request, synapse, payload.version)
    fresh = set_values(
        synapse=synapse, values=payload.values, expected_versions=versions, user=request.user
    )
    return _answer(response, fresh)


@router.post(
    "synapses/{synapse_id}/reset", response=ValuesOut, operation_id="reset_values",
    summary="Go back to the preset",
)  # fmt: skip
def reset_values(
    request: HttpRequest, response: HttpResponse, synapse_id: PathKey, payload: ResetIn
) -> dict[str, Any]:
    """Go back to rest and the parameters of the preset; what is shared stays as it is."""
    synapse = writable(request, synapse_rows(), synapse_id)
    require_write(request.user, closure([synapse]))
    versions = _expected(request, synapse, payload.version)
    fresh = presets.reset_to_preset(
        synapse=synapse, expected_version=versions[synapse.neuron_id], user=request.user
    )
    return _answer(response, fresh)


def _expected(request: HttpRequest, synapse: Synapse, version: str | None) -> dict[int, int]:
    """Return the version of each neuron, if they are those that the caller has read."""
    wanted = version or request.headers.get("If-Match", "").strip().strip('"')
    if not wanted:
        raise Problem(
            428,
            "Send the version that you read, as version or If-Match.",
            errors=[{"field": "version", "message": "The version is missing."}],
        )
    present, versions = version_of(synapse)
    if wanted != present:
        raise StateConflict(
            "The state has changed since it was read. Nothing was saved. "
            "Read it again and repeat the change."
        )
    return versions


def _answer(response: HttpResponse, synapse: Synapse) -> dict[str, Any]:
    version = version_of(synapse)[0]
    simulator = SynapseSimulator(synapse, record=False)
    values = simulator.values()
    preset = _preset_values(synapse.preset)
    response["ETag"] = f'"{version}"'
    return {
        "version": version,
        "simulated_time_ms": simulator.time,
        "quantities": [
            _quantity_json(component, quantity, values[component.accessor], preset)
            for component in COMPONENTS
            for quantity in component
        ],
    }


def _preset_values(preset: Preset | None) -> dict[str, float]:
    """Return the parameters of a preset by name; nothing without one."""
    if preset is None:
        return {}
    return {n: v for part in presets.rest_values(preset).values() for n, v in part.items()}


def _quantity_json(
    component: Component, quantity: Quantity, values: dict[str, float], preset: dict[str, float]
) -> dict[str, Any]:
    plain = (
        "name", "symbol", "unit", "role", "default", "minimum", "maximum", "fixed", "meaning",
        "evidence", "source", "reference",
    )  # fmt: skip
    return {name: getattr(quantity, name) for name in plain} | {
        "component": component.name,
        "shared": component.shared,
        "value": values[quantity.name],
        "preset": preset.get(quantity.name) if quantity.role == "parameter" else None,
        "typical": list(quantity.typical) if quantity.typical else None,
    }
