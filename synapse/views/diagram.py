"""How the six steps work, with the values of a synapse or those at rest."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from synapse.models import Synapse
from synapse.rendering.cascade import build_cascade
from synapse.rendering.numbers import number_text
from synapse.rendering.rest import Values, resting_values
from synapse.rendering.six_steps import STEPS
from synapse.services.simulator import SynapseSimulator
from synapse.views.access import readable_synapse, share_query

NOW = (
    ("Ca", "spine_head", "calcium", "µM"),
    ("DA", "dopamine_cleft", "dopamine", "µM"),
    ("h", "synaptic_weight", "early_weight", ""),
    ("N psd", "psd_ampa_pool", "psd_ampa", ""),
    ("ln H", "astrocyte_unit", "log_scaling", ""),
    ("z", "synaptic_weight", "late_weight", ""),
)
"""One telling number for each step: symbol, component, quantity, unit."""


@require_safe
def plasticity_diagram(request: HttpRequest) -> HttpResponse:
    """Show the cascade at rest, with the default preset."""
    return _page(request, resting_values())


@require_safe
def synapse_diagram(request: HttpRequest, synapse_id: int) -> HttpResponse:
    """Show the cascade with the present values of a synapse."""
    synapse = readable_synapse(request, synapse_id)
    return _page(request, SynapseSimulator(synapse).values(), synapse=synapse)


def _page(request: HttpRequest, values: Values, *, synapse: Synapse | None = None) -> HttpResponse:
    now = [
        f"{symbol} {number_text(values[accessor][name], 3)} {unit}".rstrip()
        for symbol, accessor, name, unit in NOW
    ]
    context: dict[str, Any] = {
        "synapse": synapse,
        "cascade": build_cascade(values),
        "steps": list(zip(STEPS, now, strict=True)),
        "share_query": share_query(request),
    }
    return render(request, "synapse/plasticity_diagram.html", context)
