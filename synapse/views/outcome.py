"""What a finished run showed: its chart, the weight after each tick, one sentence."""

from dataclasses import dataclass
from itertools import batched

import numpy as np

from synapse.models import Run
from synapse.rendering.numbers import duration_text, fixed_text, percent_change_text
from synapse.rendering.reduction import at_or_before
from synapse.rendering.report import Chart, build_weight_chart
from synapse.services.trace_sources import TraceSource, open_trace
from synapse.services.trace_windows import read_window, whole
from synapse.services.traces import Trace

MOST_TICKS_LISTED = 50
TICKS_PER_ROW = 5
MOST_POINTS = 16_000
"""Samples of a trace that are drawn or looked through one by one."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The last run as the page of its synapse shows it."""

    run: Run
    chart: Chart | None
    weights: tuple[tuple[tuple[int, str], ...], ...]
    more: int


def outcome_of(run: Run) -> Outcome:
    """Return what a run showed; without a trace there is nothing to draw."""
    trace = trace_of(run)
    if trace is None:
        return Outcome(run, None, (), 0)
    weights = weights_after_ticks(run, trace)
    listed = weights[:MOST_TICKS_LISTED]
    chart = build_weight_chart(
        trace.time, trace.columns, run.done or run.total, stimulus=stimulus_of(run)
    )
    return Outcome(
        run, chart, tuple(batched(listed, TICKS_PER_ROW, strict=False)), len(weights) - len(listed),
    )  # fmt: skip


def trace_of(run: Run) -> Trace | None:
    """Return the run's trace with time from the start of the run, or None without one.

    A long one comes as the first, smallest, largest and last sample of many slices.
    """
    source = open_trace(run)
    return None if source is None else points_of(source, *whole(source))


def points_of(source: TraceSource, start: float, end: float) -> Trace:
    """Return the samples of a window, thinned where they are many."""
    first, last = source.find(start, end)
    if last - first <= MOST_POINTS:
        return source.trace(first, last)
    return read_window(source, start, end, slices=MOST_POINTS // 4).points().window(start, end)


def stimulus_of(run: Run) -> tuple[float, float] | None:
    """Return when the first and last event of a protocol came, ms; None if it was repeated."""
    times = [event[0] for event in run.protocol.get("events", [])]
    return (min(times), max(times)) if times and run.protocol.get("repeat", 1) == 1 else None


def weights_after_ticks(run: Run, trace: Trace) -> tuple[tuple[int, str], ...]:
    """Return the number and weight of each tick, for a run made of ticks."""
    ticks, tick = int(run.protocol.get("repeat", 1)), float(run.protocol.get("duration_ms", 0))
    done = int(run.done / tick + 1e-9) if tick else 0
    if ticks < 2 or not done:
        return ()
    if len(trace) >= MOST_POINTS:  # thinned
        source = open_trace(run)
        trace = source.trace(0, len(source), ("weight",)) if source else trace
    ends = tick * np.arange(1, done + 1)
    weights = at_or_before(trace.time, trace.columns["weight"], ends * (1 + 1e-12))
    return tuple((i, fixed_text(float(w), 6)) for i, w in enumerate(weights, start=1))


def weight_at_start(run: Run) -> float:
    """Return the committed weight before the run."""
    place = run.start_state["synapses"].index(run.synapse_id)
    receptors = run.start_state["states"]["psd_ampa"][place]
    own = run.parameters["parameters"]
    return receptors / (own["psd_fraction"][place] * own["baseline_ampa"][place])


def sentence_of(run: Run) -> str:
    """Say in one sentence what a run did to the weight."""
    trace = trace_of(run)
    ran = f"Run {run.pk} simulated {duration_text(run.done)}"
    if trace is None:
        return f"{ran}."
    first, last = weight_at_start(run), float(trace.columns["weight"][-1])
    return (
        f"{ran}: the weight went from {fixed_text(first, 6)} to {fixed_text(last, 6)} "
        f"({percent_change_text(first, last)})."
    )
