"""The list of synapses."""

from collections.abc import Iterable

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from synapse.models import Synapse
from synapse.plasticity.steps.step4_ampa_trafficking import committed_weight

PER_PAGE = 50
CHOSEN = ("protocol", "duration", "duration_unit")
"""What the home page may preselect on the page of a synapse."""


@require_safe
def synapse_list(request: HttpRequest) -> HttpResponse:
    """Show every synapse that the reader may see, or open the one chosen on the home page."""
    chosen = request.GET.get("synapse", "")
    if chosen.isascii() and chosen.isdigit() and len(chosen) < 12:
        return redirect(_with_choice(request, int(chosen)))
    page = Paginator(visible(request), PER_PAGE).get_page(request.GET.get("page"))
    with_weights(page.object_list)
    return render(request, "synapse/synapse_list.html", {"page": page})


def visible(request: HttpRequest) -> QuerySet[Synapse]:
    """Return the synapses that the reader may see, with what a list shows of each.

    Those of populations are left out: one of them may have a hundred thousand.
    """
    rows = Synapse.objects.visible_to(request.user).outside_populations()
    return rows.select_related(
        "preset", "owner", "neuron", "psd_ampa_pool", "ampa_trafficking_parameters"
    )


def with_weights(synapses: Iterable[Synapse]) -> None:
    """Give each synapse its ``committed_weight``."""
    for synapse in synapses:
        synapse.committed_weight = committed_weight(
            synapse.psd_ampa_pool, synapse.ampa_trafficking_parameters
        )


def _with_choice(request: HttpRequest, synapse_id: int) -> str:
    """Return the address of a synapse's page that keeps what was preselected."""
    kept = request.GET.copy()
    for name in list(kept):
        if name not in CHOSEN:
            del kept[name]
    address = reverse("synapse:plasticity_cycle", args=[synapse_id])
    return f"{address}?{kept.urlencode()}#run" if kept else address
