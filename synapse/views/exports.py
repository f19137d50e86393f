"""A synapse as JSON; a trace, or a window of it, as CSV, Parquet, PNG or SVG."""

from typing import Any, cast

from django.http import (
    FileResponse,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    JsonResponse,
    StreamingHttpResponse,
)
from django.views.decorators.http import require_safe

from synapse.models import Run
from synapse.plasticity.recording import VARIABLES
from synapse.rendering.axes import time_unit
from synapse.rendering.numbers import duration_text, number_text
from synapse.rendering.trace_names import DRAWN, PANELS
from synapse.services.presets import export
from synapse.services.trace_events import events_in
from synapse.services.trace_figures import FORMATS, SLICES, Line, Page, draw_figure
from synapse.services.trace_files import csv_parts, write_parquet
from synapse.services.trace_windows import Window, read_window
from synapse.views.access import readable_run, readable_synapse
from synapse.views.trace_forms import Asked, asked_of


@require_safe
def synapse_json(request: HttpRequest, synapse_id: int) -> HttpResponse:
    """Return a synapse's parameters, state and clock."""
    synapse = readable_synapse(request, synapse_id)
    answer = JsonResponse(export(synapse=synapse), json_dumps_params={"indent": 2})
    answer["Content-Disposition"] = f'inline; filename="synapse-{synapse.pk}.json"'
    return answer


@require_safe
def trace_csv(request: HttpRequest, run_id: int) -> StreamingHttpResponse:
    """Return the computed samples of a run or of a window, with units in the header."""
    run = readable_run(request, run_id)
    asked = asked_of(request, run)
    rows = csv_parts(asked.source, *rows_of(asked), exported(request, asked), clock=run.clock)
    answer = StreamingHttpResponse(rows, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{file_name(run, asked)}.csv"'
    return answer


@require_safe
def trace_parquet(request: HttpRequest, run_id: int) -> HttpResponseBase:
    """Return the computed samples of a run or of a window as Parquet."""
    run = readable_run(request, run_id)
    asked = asked_of(request, run)
    facts = {
        "run": str(run.pk), "title": str(run), "result_hash": run.result_hash,
        "synapse": str(asked.synapse), "clock_at_start_ms": repr(run.clock),
    }  # fmt: skip
    try:
        file = write_parquet(asked.source, *rows_of(asked), exported(request, asked), facts=facts)
    except ValueError as problem:
        return HttpResponse(f"{problem}\n", status=501, content_type="text/plain; charset=utf-8")
    name = f"{file_name(run, asked)}.parquet"
    return FileResponse(
        file, as_attachment=True, filename=name, content_type="application/vnd.apache.parquet"
    )


@require_safe
def trace_figure(request: HttpRequest, run_id: int, kind: str) -> HttpResponse:
    """Return a window of a trace as a figure with legend, units, run and window."""
    run = readable_run(request, run_id)
    asked = asked_of(request, run)
    window = read_window(asked.source, asked.start, asked.end, slices=SLICES, names=asked.names)
    lines = [
        Line(name=v.name, label=v.label, css=v.css, panel=v.panel, dash=v.dash, steps=v.steps)
        for v in (DRAWN[name] for name in asked.names)
    ]
    rows = events_in(run, asked.start, asked.end, slices=SLICES, place=asked.place)
    heading = f"Run {run.pk}: {run}"
    page = page_of(window, heading, f"{run.synapse.name}. {hash_text(run)}")
    data = draw_figure(window, lines, rows, page, kind=cast(Any, kind))
    answer = HttpResponse(data, content_type=FORMATS[kind])
    answer["Content-Disposition"] = f'attachment; filename="{file_name(run, asked)}.{kind}"'
    return answer


def page_of(window: Window, heading: str, source: str, **panels: str) -> Page:
    """Return what stands around a figure of a window."""
    size, unit = time_unit(window.end - window.start)
    reduced = "all" if window.exact else f"first, least, largest and last per {SLICES}th of"
    foot = (
        f"{source} Window {number_text(window.start, 12)} to {number_text(window.end, 12)} ms "
        f"({duration_text(window.end - window.start)}) from the start; {reduced} "
        f"{number_text(window.samples, 12)} samples."
    )
    return Page(panels=panels or PANELS, heading=heading, foot=foot, unit=unit, size=size)


def hash_text(run: Run) -> str:
    """Return the beginning of the result's hash in words, or nothing."""
    return f"Result sha256 {run.result_hash[:16]}…" if run.result_hash else ""


def rows_of(asked: Asked) -> tuple[int, int]:
    """Return the first sample of the window and the one after its last."""
    return asked.source.find(asked.start, asked.end)


def exported(request: HttpRequest, asked: Asked) -> tuple[str, ...]:
    """Return the variables for a file: all, unless some are asked for."""
    if request.GET.getlist("vars"):
        return asked.names
    return tuple(name for name in VARIABLES if name in asked.source.names)


def file_name(run: Run, asked: Asked) -> str:
    """Return the name of a file without its ending; a window is named in ms."""
    if asked.is_whole:
        return f"run-{run.pk}"
    return f"run-{run.pk}-{asked.start:.6g}-{asked.end:.6g}-ms"
