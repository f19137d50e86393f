"""Interventions by hand, on the page of a synapse and on a page of their own."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from synapse.models import Intervention, Run, Synapse
from synapse.rendering.intervention_list import (
    bath_text,
    build_drugs,
    build_interventions,
    words_of,
)
from synapse.rendering.numbers import duration_text, number_text
from synapse.services import interventions
from synapse.services.conflict import StateConflict
from synapse.services.interventions import LOW_MAGNESIUM
from synapse.views.access import can_write, readable_synapse, share_query
from synapse.views.intervention_forms import BathForm, EventForm
from synapse.views.outcome import sentence_of, trace_of

PER_PAGE = 30
LATEST = 5
"""Interventions listed on the page of the synapse."""
KEY_DIGITS = 12


@require_http_methods(["GET", "HEAD", "POST"])
def intervention_page(request: HttpRequest, synapse_id: int) -> HttpResponse:
    """Show what was done by hand; a POST does something and leads back to the synapse."""
    synapse = readable_synapse(request, synapse_id)
    if request.method != "POST":
        return _page(request, synapse)
    if not can_write(request, synapse):
        return redirect_to_login(request.get_full_path())
    do = ACTIONS.get(request.POST.get("do", ""), _unknown)
    bound: dict[str, Any] = {}
    try:
        row = do(request, synapse, bound)
        messages.success(request, sentence_about(row))
    except (ValueError, PermissionDenied) as error:
        status = 409 if isinstance(error, StateConflict) else 422
        fresh = readable_synapse(request, synapse_id)
        return _page(request, fresh, status=status, refused=_sentence(error), **bound)
    address = reverse("synapse:plasticity_cycle", args=[synapse.pk])
    return HttpResponseRedirect(address + share_query(request))


def box_context(request: HttpRequest, synapse: Synapse, **bound: Any) -> dict[str, Any]:
    """Return what the box of interventions on a synapse's page shows."""
    return {
        "event_form": bound.get("event_form") or EventForm(prefix="event"),
        "bath_form": bound.get("bath_form") or BathForm(prefix="bath"),
        "drug_list": build_drugs(synapse.neuron.active_drugs),
        "low_magnesium": number_text(LOW_MAGNESIUM),
        "acetylcholine_acts": interventions.acetylcholine_acts(synapse),
    }


def latest_context(synapse: Synapse) -> dict[str, Any]:
    """Return the latest interventions, for the page of the synapse."""
    rows = list(interventions.interventions_of(synapse)[:LATEST])
    return {"done_by_hand": build_interventions(synapse, rows)}


def sentence_about(row: Intervention) -> str:
    """Say what an intervention did."""
    start = f"{words_of(row)} at {duration_text(row.simulated_time)} of simulated time."
    return f"{start} {effect_of(row.run)}" if row.run else start


def effect_of(run: Run) -> str:
    """Say how far calcium and potential went, and what became of the weight."""
    trace = trace_of(run)
    if trace is None:
        return sentence_of(run)
    calcium = float(trace.columns["calcium"].max())
    potential = float(trace.columns["membrane_potential"].max())
    return (
        f"Calcium rose to {number_text(calcium, 3)} µM, the membrane potential to "
        f"{number_text(potential, 3)} mV. {sentence_of(run)}"
    )


def _page(
    request: HttpRequest, synapse: Synapse, *, status: int = 200, refused: str = "", **bound: Any
) -> HttpResponse:
    rows = interventions.interventions_of(synapse)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = box_context(request, synapse, **bound) | {
        "synapse": synapse,
        "page": page,
        "done_by_hand": build_interventions(synapse, list(page.object_list)),
        "refused": refused,
        "may_write": can_write(request, synapse),
        "share_query": share_query(request),
        "bath": [
            (name, bath_text(name, getattr(getattr(synapse, part.accessor), name)))
            for name, part in interventions.COMPONENT_OF.items()
        ],
    }
    return render(request, "synapse/intervention_page.html", context, status=status)


def _event(request: HttpRequest, synapse: Synapse, bound: dict[str, Any]) -> Intervention:
    data = request.POST.copy()
    data["event-kind"] = request.POST.get("kind", "")
    form = bound["event_form"] = EventForm(data, prefix="event")
    _require_valid(form)
    return interventions.deliver(
        synapse=synapse, kind=form.cleaned_data["kind"], value=form.value, duration=form.length,
        user=request.user,
    )  # fmt: skip


def _bath(request: HttpRequest, synapse: Synapse, bound: dict[str, Any]) -> Intervention:
    if "low" in request.POST:
        return interventions.set_bath(
            synapse=synapse, name="external_magnesium", value=LOW_MAGNESIUM, user=request.user
        )
    form = bound["bath_form"] = BathForm(request.POST, prefix="bath")
    _require_valid(form)
    data = form.cleaned_data
    return interventions.set_bath(
        synapse=synapse, name=data["name"], value=data["value"], user=request.user
    )


def _drug(request: HttpRequest, synapse: Synapse, bound: dict[str, Any]) -> Intervention:
    present = "add" in request.POST
    name = request.POST.get("add" if present else "wash", "")
    return interventions.set_drug(synapse=synapse, name=name, present=present, user=request.user)


def _undo(request: HttpRequest, synapse: Synapse, bound: dict[str, Any]) -> Intervention:
    text = request.POST.get("intervention", "")
    key = int(text) if text.isascii() and text.isdigit() and len(text) <= KEY_DIGITS else 0
    return interventions.undo(synapse=synapse, key=key, user=request.user)


def _unknown(request: HttpRequest, synapse: Synapse, bound: dict[str, Any]) -> Intervention:
    raise ValueError(f"do must be one of {', '.join(ACTIONS)}")


def _require_valid(form: forms.Form) -> None:
    if not form.is_valid():
        raise ValueError("; ".join(str(e) for errors in form.errors.values() for e in errors))


def _sentence(error: Exception) -> str:
    text = str(error).rstrip(".")
    return f"{text[:1].upper()}{text[1:]}."


ACTIONS: dict[str, Callable[[HttpRequest, Synapse, dict[str, Any]], Intervention]] = {
    "event": _event, "bath": _bath, "drug": _drug, "undo": _undo,
}  # fmt: skip
