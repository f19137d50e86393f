"""Runs side by side: what differs, and their traces on one time axis."""

import json
from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from synapse.models import Run
from synapse.plasticity.recording import VARIABLES
from synapse.rendering.comparison import (
    COLOURS,
    DASHES,
    build_comparison,
    cells_of,
    run_panels,
    run_variables,
)
from synapse.rendering.trace_names import DRAWN, Variable
from synapse.services import run_comparison as comparison
from synapse.services.access import may_read
from synapse.services.run_views import address_of_run
from synapse.services.trace_comparison import combine, common_length
from synapse.services.trace_figures import FORMATS, SLICES, Line, draw_figure
from synapse.services.trace_packets import CONTENT_TYPE, pack
from synapse.services.trace_sources import TraceSource, open_trace
from synapse.services.trace_windows import read_window
from synapse.views.exports import page_of
from synapse.views.trace_forms import width_of, window_of

MOST_RUNS = 6
STATIC_SLICES = 500


@require_safe
def run_compare(request: HttpRequest) -> HttpResponse:
    """Show several runs side by side; ``?run=1&run=2``."""
    runs, missing = chosen_runs(request)
    variable, sources = variable_of(request), sources_of(runs)
    context: dict[str, Any] = {
        "runs": list(zip(runs, COLOURS, strict=False)), "missing": missing, "variable": variable,
        "choices": [DRAWN[name] for name in VARIABLES], "run_keys": [run.pk for run in runs],
        "links": [
            (run, f"{css} {dash}", address_of_run(run))
            for run, css, dash in zip(runs, COLOURS, DASHES, strict=False)
        ],
        "most": MOST_RUNS, "full": len(runs) >= MOST_RUNS,
        "without": [run for run in runs if run.pk not in sources],
    }  # fmt: skip
    if len(runs) > 1:
        context |= differences(runs)
    if len(sources) > 1:
        context |= drawn(request, runs, sources, variable)
    return render(request, "synapse/compare_runs.html", context)


@never_cache
@require_safe
def compare_window(request: HttpRequest) -> HttpResponse:
    """Return a window of one variable of several runs, and their differences, as bytes."""
    runs, _ = chosen_runs(request)
    sources = sources_of(runs)
    if len(sources) < 2:
        raise Http404
    length = common_length(list(sources.values()))
    start, end = window_of(request, length)
    trace, exact = combine(sources, variable_of(request).name, start, end)
    window = read_window(TraceSource(trace), start, end, slices=width_of(request))
    facts = {"length": length, "events": [], "changes": [], "thinned": not exact}
    return HttpResponse(pack(window, facts), content_type=CONTENT_TYPE)


@require_safe
def compare_figure(request: HttpRequest, kind: str) -> HttpResponse:
    """Return the overlaid traces of a window as a figure."""
    runs, _ = chosen_runs(request)
    sources, variable = sources_of(runs), variable_of(request)
    if len(sources) < 2:
        raise Http404
    start, end = window_of(request, common_length(list(sources.values())))
    trace, _ = combine(sources, variable.name, start, end)
    window = read_window(TraceSource(trace), start, end, slices=SLICES)
    lines = [
        Line(name=v.name, label=v.label, css=v.css, panel=v.panel, dash=v.dash, steps=v.steps)
        for v in run_variables(list(sources), variable)
    ]
    heading = f"Runs {', '.join(str(key) for key in sources)}: {variable.label}"
    titles = run_panels(list(sources), variable)
    page = page_of(window, heading, "Time from the start of each run.", **titles)
    answer = HttpResponse(
        draw_figure(window, lines, [], page, kind=kind),  # type: ignore[arg-type]
        content_type=FORMATS[kind],
    )
    name = "-".join(str(key) for key in sources)
    answer["Content-Disposition"] = f'attachment; filename="runs-{name}.{kind}"'
    return answer


def chosen_runs(request: HttpRequest) -> tuple[list[Run], list[str]]:
    """Return the runs that are asked for and may be seen, and the numbers of all others."""
    asked = [part.strip() for text in request.GET.getlist("run") for part in text.split(",")]
    asked = list(dict.fromkeys(part for part in asked if part))[:MOST_RUNS]
    keys = [int(part) for part in asked if part.isdecimal() and len(part) < 12]
    rows = Run.objects.filter(pk__in=keys).select_related("synapse__preset")
    key = request.GET.get("key", "")
    found = {row.pk: row for row in rows if may_read(request.user, row, share_key=key)}
    runs = [found[pk] for pk in dict.fromkeys(keys) if pk in found]
    missing = [text for text in asked if not text.isdecimal() or int(text) not in found]
    return runs, missing


def variable_of(request: HttpRequest) -> Variable:
    """Return the variable that is compared; the committed weight by default."""
    return DRAWN.get(request.GET.get("var", ""), DRAWN["weight"])


def sources_of(runs: list[Run]) -> dict[int, TraceSource]:
    """Return the traces of the runs that kept one."""
    found = {run.pk: open_trace(run) for run in runs}
    return {key: source for key, source in found.items() if source is not None}


def differences(runs: list[Run]) -> dict[str, Any]:
    """Return what the runs differ by, and how many parameters they share."""
    parameters = comparison.differing(runs, comparison.parameters_of)
    return {
        "parameters": _in_words(parameters),
        "equal": len(comparison.parameters_of(runs[0])) - len(parameters),
        "starts": _in_words(comparison.differing(runs, comparison.starts_of)),
        "protocols": _in_words(comparison.differing(runs, comparison.protocol_of)),
        "timing_differs": comparison.timing_differs(runs),
    }


def _in_words(rows: list[comparison.Row]) -> list[tuple[comparison.Row, list[str]]]:
    return [(row, cells_of(row)) for row in rows]


def drawn(
    request: HttpRequest, runs: list[Run], sources: dict[int, TraceSource], variable: Variable
) -> dict[str, Any]:
    """Return the drawings and results of runs that kept a trace."""
    keys, length = list(sources), common_length(list(sources.values()))
    start, end = window_of(request, length)
    trace, exact = combine(sources, variable.name, start, end)
    window = read_window(TraceSource(trace), start, end, slices=STATIC_SLICES)
    pairs = [("run", run.pk) for run in runs] + [("var", variable.name)]
    if request.GET.get("key"):
        pairs.append(("key", request.GET["key"]))
    query = urlencode(pairs)
    results = comparison.results_of(list(sources.values()), VARIABLES, length)
    figure = {
        "window": f"{reverse('synapse:compare_window')}?{query}", "choose": False, "named": True,
        "length": length, "from": start, "to": end, "vars": list(trace.columns),
        "panels": run_panels(keys, variable),
        "variables": [asdict(v) for v in run_variables(keys, variable)],
    }  # fmt: skip
    return {
        "chart": build_comparison(window, keys, variable),
        "exact": exact,
        "results": [(DRAWN[name], found) for name, found in results],
        "result_runs": keys,
        "names": DRAWN,
        "common": length,
        "figure": figure,
        "figure_json": json.dumps(figure),
        "files": [
            (kind.upper(), f"{reverse(f'synapse:compare_{kind}')}?{query}") for kind in FORMATS
        ],
        "has_parquet": True,
    }
