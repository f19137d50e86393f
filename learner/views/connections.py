"""Connections of a learner as synapses: list, one on one time axis, into the laboratory."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    JsonResponse,
    StreamingHttpResponse,
)
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from learner.models import Connection, Learner
from learner.rendering.bridge_page import page_of
from learner.rendering.bridge_table import csv_lines
from learner.services.bridge import compute
from learner.services.connections import (
    PART_PLACES,
    list_connections,
    open_connection,
    opened_of,
    place_of,
    place_text,
)
from learner.services.laboratory import laboratory
from learner.views.access import can_write, readable_learner, refusal, share_query
from learner.views.connection_forms import MOST_HERE, CodeForm
from synapse.services.conflict import StateConflict

MOST = 50


@require_safe
def connection_list(request: HttpRequest, learner_id: int) -> HttpResponse:
    """Show the largest connections, and those that were opened."""
    learner = readable_learner(request, learner_id)
    part = request.GET.get("part", "all")
    part = part if part in PART_PLACES else "all"
    text, label = request.GET.get("text", "")[:200], request.GET.get("label", "")[:200]
    problem = ""
    rows: Any = []
    try:
        rows = list_connections(learner, most=MOST, part=part, text=text, label=label or None)
    except ValueError as error:
        problem = str(error)
    opened = [(row, place_text(place_of(row))) for row in opened_of(learner)[:MOST]]
    context = {
        "learner": learner, "rows": rows, "part": part, "parts": ["all", *PART_PLACES],
        "text": text, "label": label, "problem": problem, "opened": opened,
        "filtered": bool(text or label), "may_write": can_write(request, learner),
        "share_query": share_query(request), "most": MOST,
    }  # fmt: skip
    return render(request, "learner/connection_list.html", context)


@require_safe
def connection_detail(request: HttpRequest, learner_id: int, connection_id: int) -> HttpResponse:
    """Show one connection beside the synapse that runs its events."""
    connection = _readable(request, learner_id, connection_id)
    return _page(request, connection, CodeForm(initial=_chosen(connection)))


def _page(
    request: HttpRequest, connection: Connection, form: CodeForm, *, status: int = 200
) -> HttpResponse:
    learner = connection.learner
    context = page_of(connection) | {
        "learner": learner, "connection": connection, "form": form,
        "may_write": can_write(request, learner), "share_query": share_query(request),
    }  # fmt: skip
    return render(request, "learner/connection_detail.html", context, status=status)


@require_safe
def connection_csv(
    request: HttpRequest, learner_id: int, connection_id: int
) -> HttpResponse | StreamingHttpResponse:
    """Send both series, a line an operation."""
    connection = _readable(request, learner_id, connection_id)
    lines = csv_lines(connection.agreement) if "spikes" in connection.agreement else iter(())
    answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="connection-{connection.pk}.csv"'
    return answer


@require_safe
def connection_json(request: HttpRequest, learner_id: int, connection_id: int) -> HttpResponse:
    """Send both series with everything that was computed."""
    connection = _readable(request, learner_id, connection_id)
    answer = JsonResponse({
        "learner": connection.learner.name, "pathway": connection.pathway,
        "source": connection.source, "label": connection.label, "code": connection.code,
        "computed_at": connection.computed_at, **connection.agreement,
    })  # fmt: skip
    answer["Content-Disposition"] = f'attachment; filename="connection-{connection.pk}.json"'
    return answer


@require_POST
def connection_open(request: HttpRequest, learner_id: int) -> HttpResponse:
    """Open a connection as a synapse, or compute an opened one anew."""
    learner = readable_learner(request, learner_id)
    here = reverse("learner:connection_list", args=[learner.pk])
    refused = refusal(request, learner, here)
    if refused is not None:
        return refused
    form = CodeForm(request.POST)
    try:
        connection = _opened(request, learner)
        if form.is_valid():
            compute(connection, user=request.user, **form.options())
            return HttpResponseRedirect(
                reverse("learner:connection_detail", args=[learner.pk, connection.pk])
            )
        return _page(request, connection, form, status=422)
    except (ValueError, StateConflict) as error:
        messages.error(request, f"{str(error).rstrip('.')}.")
        return HttpResponseRedirect(here)


def _opened(request: HttpRequest, learner: Learner) -> Connection:
    pathway = request.POST.get("pathway", "")
    if not (pathway.isascii() and pathway.isdigit() and len(pathway) < 5):
        raise ValueError(f"pathway must be a whole number; got {pathway[:20]!r}")
    return open_connection(
        learner=learner, pathway=int(pathway), source=request.POST.get("source", ""),
        label=request.POST.get("label", ""), user=request.user,
    )  # fmt: skip


@require_POST
def connection_laboratory(
    request: HttpRequest, learner_id: int, connection_id: int
) -> HttpResponse:
    """Make a synapse of the laboratory and a protocol of a connection's events; go there."""
    connection = _readable(request, learner_id, connection_id)
    learner = connection.learner
    here = reverse("learner:connection_detail", args=[learner.pk, connection.pk])
    refused = refusal(request, learner, here)
    if refused is not None:
        return refused
    try:
        synapse, saved = laboratory(connection=connection, user=request.user)
    except (ValueError, PermissionDenied) as error:
        messages.error(request, f"{str(error).rstrip('.')}.")
        return HttpResponseRedirect(here)
    messages.success(request, f"The last events lie in the protocol {saved.name!r}.")
    place = reverse("synapse:plasticity_cycle", args=[synapse.pk])
    return HttpResponseRedirect(f"{place}?{urlencode({'protocol': f'saved-{saved.pk}'})}")


def _readable(request: HttpRequest, learner_id: int, connection_id: int) -> Connection:
    learner = readable_learner(request, learner_id)
    rows = Connection.objects.select_related("learner", "synapse")
    found: Connection = get_object_or_404(rows, pk=connection_id, learner=learner)
    return found


def _chosen(connection: Connection) -> dict[str, Any]:
    """Return what a connection was computed with, for the form."""
    found, code = connection.agreement, connection.code
    last = found.get("last")
    return {
        name: value
        for name, value in (
            ("last", last and min(last, MOST_HERE)), ("preset", found.get("preset")),
            ("interval", code.get("interval", 0.0) / 1000.0 or None),
            ("repetitions", code.get("repetitions")),
            ("quiet_repetitions", code.get("quiet_repetitions")),
        )
        if value is not None
    }  # fmt: skip
