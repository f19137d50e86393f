"""Traces: a window, reduced for drawing, or every sample as CSV."""

import io
from collections.abc import Iterator
from typing import Any, Literal

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from ninja import Field, Query, Router, Schema

from synapse.api.paging import PathKey, ShareKey
from synapse.api.problems import FieldProblem
from synapse.api.rows import run_of
from synapse.api.schemas import Finite, TraceOut
from synapse.api.throttles import TRACE
from synapse.models import Run
from synapse.plasticity.components import COMPONENTS
from synapse.plasticity.recording import VARIABLES
from synapse.rendering.reduction import reduce_line
from synapse.services.traces import Trace, read_trace, write_csv

router = Router(tags=["Traces"])
QUANTITIES = {q.name: q for component in COMPONENTS for q in component}
MOST_SAMPLES = 100_000
"""Of each variable, in JSON without a width."""
ROWS = 2_000
"""Samples that are put into words at a time."""


class Window(Schema):
    """Which part of a trace, and how."""

    start_ms: Finite | None = Field(None, description="Begin, from the start of the run.")
    end_ms: Finite | None = Field(None, description="End, from the start of the run.")
    width: int | None = Field(
        None, ge=10, le=10_000, description="Slices of time: each keeps its first, last, smallest "
        "and largest sample. Left out, every sample comes.",
    )  # fmt: skip
    variables: str = Field("weight", max_length=400, description="Names, with commas; or all.")
    format: Literal["json", "csv"] = "json"


@router.get(
    "runs/{run_id}/trace", response=TraceOut, operation_id="read_trace", summary="Read",
    throttle=[TRACE],
    openapi_extra={
        "responses": {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}
    },
)  # fmt: skip
def read(request: HttpRequest, run_id: PathKey, wanted: Query[Window], key: ShareKey = "") -> Any:
    """Return variables of a run over time. CSV always holds every sample of the window."""
    run = run_of(request, run_id, share_key=key)
    names = _names(wanted.variables)
    whole = read_trace(run)
    if not len(whole):
        raise Http404
    start = wanted.start_ms or 0.0
    end = float(whole.time[-1] - run.clock) if wanted.end_ms is None else wanted.end_ms
    if end < start:
        raise FieldProblem(
            "end_ms", "The window must not end before it begins.",
            value=end, unit="ms", minimum=start,
        )  # fmt: skip
    part = whole.window(run.clock + start, run.clock + end)
    part = Trace(part.time, {name: part.columns[name] for name in names})
    if wanted.format == "csv":
        return _csv(run, part)
    return _json(run, part, start=start, end=end, width=wanted.width)


def _names(text: str) -> list[str]:
    """Return the variables that are asked for, each once."""
    if text.strip() == "all":
        return list(VARIABLES)
    names = list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    unknown = [name for name in names if name not in VARIABLES]
    if unknown or not names:
        raise FieldProblem("variables", f"Known are {', '.join(VARIABLES)}, and all.",
                           value=(unknown or [""])[0])  # fmt: skip
    return names


def _json(run: Run, trace: Trace, *, start: float, end: float, width: int | None) -> dict[str, Any]:
    if width is None and len(trace) > MOST_SAMPLES:
        raise FieldProblem(
            "width", f"The window has {len(trace):,} samples; JSON holds at most "
            f"{MOST_SAMPLES:,}. Send a width, a smaller window, or format csv.",
        )  # fmt: skip
    lines = []
    for name, column in trace.columns.items():
        time, values = (trace.time, column)
        if width is not None:
            time, values = reduce_line(time, column, width)
        lines.append(
            {
                "name": name, "symbol": QUANTITIES[name].symbol, "unit": QUANTITIES[name].unit,
                "time_ms": (time - run.clock).tolist(), "values": values.tolist(),
            }
        )  # fmt: skip
    return {
        "run": run.pk, "clock_ms": run.clock, "start_ms": start, "end_ms": end,
        "samples": len(trace), "lines": lines,
        "reduced": any(len(line["time_ms"]) < len(trace) for line in lines),
    }  # fmt: skip


def _csv(run: Run, trace: Trace) -> HttpResponse:
    answer: Any = StreamingHttpResponse(_csv_parts(trace), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="run-{run.pk}.csv"'
    return answer


def _csv_parts(trace: Trace) -> Iterator[str]:
    """Yield the text some rows at a time; the header comes with the first."""
    for first in range(0, max(1, len(trace)), ROWS):
        part = slice(first, first + ROWS)
        text = io.StringIO()
        write_csv(text, Trace(trace.time[part], {n: c[part] for n, c in trace.columns.items()}))
        yield text.getvalue() if first == 0 else text.getvalue().partition("\n")[2]
