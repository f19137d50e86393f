"""The main page: a synapse's present state in the cascade, and ways to move it on."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from synapse.forms import ProtocolForm, RunForm, TicksForm
from synapse.models import Run, Synapse
from synapse.plasticity.drugs import DRUGS
from synapse.rendering.cascade import build_cascade
from synapse.rendering.numbers import duration_text
from synapse.rendering.state_table import build_state_table
from synapse.services.addresses import laboratory_address
from synapse.services.conflict import StateConflict
from synapse.services.run_views import address_of_run
from synapse.services.runs import STAND_ALONE
from synapse.services.simulator import SynapseSimulator
from synapse.views.access import can_write, readable_synapse, share_query
from synapse.views.interventions import box_context, latest_context
from synapse.views.outcome import outcome_of, sentence_of
from synapse.views.running import run_form

NEIGHBOURS = 5
FORMS: dict[str, type[RunForm]] = {"ticks": TicksForm, "protocol": ProtocolForm}


@require_http_methods(["GET", "HEAD", "POST"])
def plasticity_cycle(request: HttpRequest, synapse_id: int) -> HttpResponse:
    """Show a synapse; a POST runs it and comes back here with the outcome."""
    synapse = readable_synapse(request, synapse_id)
    if request.method != "POST":
        return _page(request, synapse)
    if not can_write(request, synapse):
        return redirect_to_login(request.get_full_path())
    mode = "protocol" if request.POST.get("mode") == "protocol" else "ticks"
    form = FORMS[mode](request.POST, prefix=mode, user=request.user)
    try:
        if form.is_valid():
            background = "background" in request.POST
            run = run_form(form, synapse=synapse, user=request.user, background=background)
            if background:
                messages.success(request, f"Run {run.pk} is in the queue.")
                return redirect("synapse:plasticity_report", run.pk)
            messages.success(request, sentence_of(run))
            return HttpResponseRedirect(request.path + share_query(request))
        status = 422
    except (ValueError, PermissionDenied) as error:
        form.add_error(None, str(error))
        status = 409 if isinstance(error, StateConflict) else 422
    return _page(request, synapse, status=status, **{mode: form})


def _page(
    request: HttpRequest, synapse: Synapse, *, status: int = 200, **bound: RunForm
) -> HttpResponse:
    """Return the page, with the form that was refused if there was one."""
    simulator = SynapseSimulator(synapse, record=False)
    values = simulator.values()
    moved = Run.objects.exclude(protocol__has_any_keys=STAND_ALONE).filter(synapse=synapse)
    last = moved.visible_to(request.user).first()
    context: dict[str, Any] = {
        "synapse": synapse,
        "values": values,
        "cascade": build_cascade(values),
        "state": build_state_table(values),
        "may_write": can_write(request, synapse),
        "share_query": share_query(request),
        "outcome": outcome_of(last) if last else None,
        "ticks": bound.get("ticks") or TicksForm(prefix="ticks"),
        "protocol": bound.get("protocol") or _preselected(request),
    }
    context["share_address"] = laboratory_address(synapse)
    if last:
        last.synapse = synapse  # as loaded: no query more
        context["share_run"] = address_of_run(last)
    context |= _present(request, synapse, simulator) | box_context(request, synapse)
    context |= latest_context(synapse)
    return render(request, "synapse/plasticity_cycle_result.html", context, status=status)


def _present(request: HttpRequest, synapse: Synapse, simulator: SynapseSimulator) -> dict[str, Any]:
    """Return the clock, the bath and the neighbours in words."""
    spike = synapse.neuron.last_spike
    since = max(0.0, simulator.time - spike) if spike is not None else 0.0
    others = [key for key in simulator.loaded.synapse_keys if key != synapse.pk]
    seen = Synapse.objects.visible_to(request.user).filter(pk__in=others[:NEIGHBOURS])
    names = list(seen.values_list("name", flat=True)) if others else []
    if len(others) > len(names):
        names.append(f"{len(others) - len(names)} more")
    return {
        "clock": duration_text(simulator.time),
        "last_spike": "never" if spike is None else f"{duration_text(since)} ago",
        "drugs": [DRUGS[name].title for name in simulator.group.drugs],
        "neighbours": names,
    }


def _preselected(request: HttpRequest) -> ProtocolForm:
    """Return the form for a protocol, with what the home page has chosen."""
    known = ProtocolForm.base_fields
    initial = {name: value for name, value in request.GET.items() if name in known}
    return ProtocolForm(prefix="protocol", initial=initial, user=request.user)
