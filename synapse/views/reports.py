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
from synapse.views.outcome import stimulus_of, trace_of, weight_at_start, weights_after_ticks
from synapse.views.runs import HEAVY as HEAVY
from synapse.views.runs import note_lost, state_of

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
        context |= shown(run, trace, request.GET.get("window", ""))
    return render(request, "synapse/plasticity_report.html", context)


def shown(run: Run, trace: Trace, window: str) -> dict[str, Any]:
    """Return facts about a whole trace, and its charts in one window of time."""
    columns, length = trace.columns, run.done or run.total
    windows = {name: size for name, size in WINDOWS.items() if size < length}
    span = windows.get(window, length)
    part = trace.window(0.0, span)
    first, last = weight_at_start(run), float(columns["weight"][-1])
    return {
        "chart": build_report(
            part.time if len(part) else trace.time[:1],
            part.columns if len(part) else {n: c[:1] for n, c in columns.items()},
            span, stimulus=stimulus_of(run),
        ),
        "windows": list(windows),
        "window": window if window in windows else "",
        "length": duration_text(length),
        "weights": weights_after_ticks(run, trace),
        "first": first,
        "last": last,
        "change": percent_change_text(first, last),
        "late": float(columns["late_weight"][-1]),
        "calcium": float(columns["calcium"].max()),
    }  # fmt: skip


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
