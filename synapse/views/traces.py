"""A window of a run's trace, as a drawing needs it."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from synapse.models import Run
from synapse.rendering.trace_names import DRAWN, PANELS, variables_json
from synapse.services.trace_events import changes_in, events_in
from synapse.services.trace_files import has_parquet
from synapse.services.trace_packets import CONTENT_TYPE, pack
from synapse.services.trace_windows import read_window
from synapse.views.access import readable_run, share_query
from synapse.views.trace_forms import Asked, asked_of, choices_of, width_of


@never_cache
@require_safe
def trace_window(request: HttpRequest, run_id: int) -> HttpResponse:
    """Return a window of a trace as bytes: samples, or slices that keep every peak."""
    run = readable_run(request, run_id)
    asked, width = asked_of(request, run), width_of(request)
    window = read_window(asked.source, asked.start, asked.end, slices=width, names=asked.names)
    facts = {"run": run.pk, "length": asked.length, **events_json(run, asked, width)}
    return HttpResponse(pack(window, facts), content_type=CONTENT_TYPE)


def events_json(run: Run, asked: Asked, width: int) -> dict[str, Any]:
    """Return the events of a window as plain data."""
    rows = events_in(run, asked.start, asked.end, slices=width, place=asked.place)
    return {
        "events": [
            {"kind": r.kind, "title": r.title, "count": r.count, "times": r.times.tolist()}
            for r in rows
        ],
        "changes": changes_in(run, asked.start, asked.end),
    }


def figure_context(
    request: HttpRequest, run: Run, asked: Asked, start: float, end: float
) -> dict[str, Any]:
    """Return what the interactive figure of a run needs; its script reads ``figure_json``."""
    query = share_query(request)
    figure = {
        "window": reverse("synapse:trace_window", args=[run.pk]) + query,
        "choose": True,
        "length": asked.length,
        "from": start,
        "to": end,
        "vars": list(asked.names),
        "synapse": asked.synapse,
        "samples": len(asked.source),
        "panels": PANELS,
        "variables": [v for v in variables_json() if v["name"] in asked.source.names],
    }
    return {
        "asked": asked,
        "variables": [(DRAWN[name], name in asked.names) for name in asked.source.names],
        "synapses": choices_of(request, run),
        "has_parquet": has_parquet(),
        "files": [
            (name, reverse(f"synapse:trace_{name.lower()}", args=[run.pk]) + query)
            for name in ("PNG", "SVG", "CSV", "Parquet")
            if name != "Parquet" or has_parquet()
        ],
        "figure": figure,
        "figure_json": json.dumps(figure),
    }
