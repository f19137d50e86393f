"""Traces: a window, reduced for drawing, or every sample as CSV."""

from collections.abc import Iterator
from typing import Any, Literal

from django.http import Http404, HttpRequest, StreamingHttpResponse
from ninja import Field, Query, Router, Schema

from synapse.api.outcomes import TraceOut
from synapse.api.paging import Key, PathKey, ShareKey
from synapse.api.problems import FieldProblem
from synapse.api.rows import run_of, trace_rows
from synapse.api.schemas import Finite
from synapse.api.throttles import TRACE
from synapse.models import Run
from synapse.plasticity.recording import VARIABLES
from synapse.services.trace_files import csv_parts
from synapse.services.trace_sources import open_trace
from synapse.services.trace_windows import read_window, whole
from synapse.services.traces import Trace
from synapse.services.values import QUANTITIES

router = Router(tags=["Traces"])
MOST_SAMPLES = 100_000
"""Of each variable, in JSON without a width."""
TOO_MANY = (
    "The window has {:,} samples; JSON holds at most 100,000. Send a width, a smaller window, "
    "or format csv."
)


class Part(Schema):
    """Which part of a trace, and how."""

    start_ms: Finite | None = Field(None, description="Begin, from the start of the run.")
    end_ms: Finite | None = Field(None, description="End, from the start of the run.")
    width: int | None = Field(
        None, ge=10, le=10_000, description="Slices of time: each keeps its first, last, smallest "
        "and largest sample. Left out, every sample comes.",
    )  # fmt: skip
    variables: str = Field("weight", max_length=400, description="Names, with commas; or all.")
    synapse: Key | None = Field(None, description="Another synapse of the run, by its number.")
    format: Literal["json", "csv"] = "json"


@router.get(
    "runs/{run_id}/trace", response=TraceOut, operation_id="read_trace", summary="Read",
    throttle=[TRACE],
    openapi_extra={
        "responses": {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}
    },
)  # fmt: skip
def read_trace(
    request: HttpRequest, run_id: PathKey, wanted: Query[Part], key: ShareKey = ""
) -> Any:
    """Return variables of a run over time. CSV always holds every sample of the window."""
    run = run_of(request, run_id, share_key=key, rows=trace_rows())
    source = open_trace(run, synapse=wanted.synapse)
    if source is None:
        raise Http404
    names = _names(wanted.variables)
    start, end = wanted.start_ms or 0.0, wanted.end_ms
    end = whole(source)[1] if end is None else end
    if end < start:
        raise FieldProblem(
            "end_ms", "The window must not end before it begins.",
            value=end, unit="ms", minimum=start,
        )  # fmt: skip
    first, last = source.find(start, end)
    if wanted.format == "csv":
        return _csv(run, csv_parts(source, first, last, names, clock=run.clock))
    if wanted.width is None:
        if last - first > MOST_SAMPLES:
            raise FieldProblem("width", TOO_MANY.format(last - first))
        part, exact = source.trace(first, last, tuple(names)), True
    else:
        window = read_window(source, start, end, slices=wanted.width, names=names)
        part, exact = window.points(), window.exact
    facts = {"run": run.pk, "clock_ms": run.clock, "start_ms": start, "end_ms": end}
    return facts | {"samples": last - first, "reduced": not exact} | _columns(part)


def _names(text: str) -> list[str]:
    """Return the variables that are asked for, each once."""
    if text.strip() == "all":
        return list(VARIABLES)
    names = list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    unknown = [name for name in names if name not in VARIABLES]
    if unknown or not names:
        raise FieldProblem(
            "variables", f"Known are {', '.join(VARIABLES)}, and all.", value=(unknown or [""])[0]
        )
    return names


def _columns(trace: Trace) -> dict[str, Any]:
    return {
        "time_ms": trace.time.tolist(),
        "lines": [
            {
                "name": name,
                "symbol": QUANTITIES[name].symbol,
                "unit": QUANTITIES[name].unit,
                "values": column.tolist(),
            }
            for name, column in trace.columns.items()
        ],
    }


def _csv(run: Run, rows: Iterator[str]) -> Any:
    answer = StreamingHttpResponse(rows, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="run-{run.pk}.csv"'
    return answer
