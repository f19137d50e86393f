"""The report of one run."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from synapse.models import Run
from synapse.plasticity.bounds import HOUR, MINUTE, SECOND
from synapse.rendering.numbers import duration_text, number_text, percent_change_text
from synapse.rendering.report import build_report
from synapse.services.traces import Trace
from synapse.views.access import readable_run, share_query
from synapse.views.outcome import (
    points_of,
    stimulus_of,
    trace_of,
    weight_at_start,
    weights_after_ticks,
)
from synapse.views.runs import HEAVY as HEAVY
from synapse.views.runs import note_lost, state_of
from synapse.views.trace_forms import Asked, asked_of
from synapse.views.traces import figure_context

WINDOWS = {"first hour": HOUR, "first minute": MINUTE, "first 2 s": 2 * SECOND}
"""Parts of a run that can be drawn by themselves, ms."""


@require_safe
def plasticity_report(request: HttpRequest, run_id: int) -> HttpResponse:
    """Show what a run recorded."""
    run = readable_run(request, run_id)
    note_lost([run])
    trace = trace_of(run)
    context: dict[str, Any] = {
        "run": run, "trace": trace, "manifest": manifest_of(run),
        "share_query": share_query(request), "taken": time_taken(run),
    }  # fmt: skip
    context |= state_of(request, run)
    if trace is not None:
        asked = asked_of(request, run)
        start, end = seen(request, run, asked)
        context |= shown(run, trace) | drawn(request, run, asked, start, end)
        context |= figure_context(request, run, asked, start, end)
    return render(request, "synapse/plasticity_report.html", context)


def shown(run: Run, trace: Trace) -> dict[str, Any]:
    """Return facts about a whole trace."""
    columns = trace.columns
    first, last = weight_at_start(run), float(columns["weight"][-1])
    return {
        "length": duration_text(run.done or run.total),
        "weights": weights_after_ticks(run, trace),
        "first": first,
        "last": last,
        "change": percent_change_text(first, last),
        "late": float(columns["late_weight"][-1]),
        "calcium": float(columns["calcium"].max()),
    }


def seen(request: HttpRequest, run: Run, asked: Asked) -> tuple[float, float]:
    """Return the window that is asked for by numbers or by name."""
    length = run.done or run.total
    size = WINDOWS.get(request.GET.get("window", ""), length)
    return (0.0, min(size, length)) if asked.is_whole else (asked.start, asked.end)


def drawn(request: HttpRequest, run: Run, asked: Asked, start: float, end: float) -> dict[str, Any]:
    """Return the charts of a window that are drawn here, for readers without a script."""
    windows = [name for name, size in WINDOWS.items() if size < (run.done or run.total)]
    window = request.GET.get("window", "")
    part, samples = charted(asked, start, end)
    return {
        "chart": build_report(
            part.time - start, part.columns, end - start, stimulus=_since(run, start),
            samples=samples, start=start,
        ),
        "windows": windows,
        "window": window if window in windows else "",
        "is_part": not asked.is_whole,
    }  # fmt: skip


def charted(asked: Asked, start: float, end: float) -> tuple[Trace, int]:
    """Return the points of a window and how many samples it holds; there is always one."""
    first, last = asked.source.find(start, end)
    if last > first:
        return points_of(asked.source, start, end), last - first
    first = max(0, first - 1)
    before = asked.source.trace(first, first + 1)
    return Trace(before.time * 0.0 + start, before.columns), 0


def _since(run: Run, start: float) -> tuple[float, float] | None:
    """Return when the first and last event came, from the start of a window."""
    times = stimulus_of(run)
    if times is None or times[1] < start:
        return None
    return times[0] - start, times[1] - start


def manifest_of(run: Run) -> list[tuple[str, str, str]]:
    """Return what is needed to do the run again: name, value, class of the value."""
    protocol, versions = run.protocol, run.versions
    repeat, tick = int(protocol.get("repeat", 1)), float(protocol.get("duration_ms", 0))
    often = f", begun {repeat} times, every {duration_text(tick)}" if repeat > 1 else ""
    rows = [
        ("Synapse", run.synapse.name, ""),
        ("Protocol", f"{protocol.get('title', protocol.get('name', 'unknown'))}{often}", ""),
        ("Simulated", duration_text(run.done), ""),
        ("Clock at the start", duration_text(run.clock), ""),
        ("Ticks of the engine", number_text(run.ticks, 12), ""),
        ("Back end", run.get_back_end_display(), ""),
        ("Versions", ", ".join(f"{name} {value}" for name, value in versions.items()), ""),
        ("Seed", "" if run.seed is None else str(run.seed), ""),
        ("Generator at the start", generator_text(run.random_state), "hash"),
        ("Result", f"sha256 {run.result_hash}" if run.result_hash else "none", "hash"),
    ]
    return [row for row in rows if row[1]]


def generator_text(state: dict[str, Any] | None) -> str:
    """Return the generator's kind and state at the start of a run."""
    if not state:
        return ""
    return f"{state.get('bit_generator', '')} {state.get('state', {}).get('state', '')}".strip()


def time_taken(run: Run) -> str:
    """Return the wall time of a run in seconds."""
    if not (run.started and run.finished):
        return "unknown"
    return number_text((run.finished - run.started).total_seconds(), 2)
