"""What a run's trace shows: five stacked charts, a sentence for each, and a table."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from synapse.rendering.axes import nice_step, time_unit
from synapse.rendering.charts import Drawing, PanelData, Series, draw_stack
from synapse.rendering.numbers import (
    duration_text,
    fixed_text,
    number_text,
    percent_change_text,
)
from synapse.rendering.reduction import Floats, at_or_before, largest_per_slice

TABLE_ROWS = 16
DRAWN_SLICES = 508
DIGITS_LOST = 5e-7
"""A difference that the six decimals of a weight do not show."""

Columns = Mapping[str, Floats]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text, the first cell of each being the time."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A figure: a sentence, both drawings, one finding for each chart, and the table."""

    label: str
    drawings: tuple[Drawing, ...]
    findings: tuple[str, ...]
    reduction: str
    table: Table


def build_report(time: Floats, columns: Columns, duration: float) -> Chart:
    """Return the stacked charts of a trace.

    Parameters
    ----------
    time
        Time since the start of the run, ms, shape (n,); n is at least 1.
    columns
        Values at those times by the name of the quantity.
    duration
        Length of the time axis, ms.
    """
    panels = (
        calcium_panel(time, columns, duration),
        weight_panel(time, columns, height=130),
        tag_panel(time, columns),
        protein_panel(time, columns),
        dopamine_panel(time, columns),
    )
    return Chart(
        f"Five charts over {duration_text(duration)}: calcium, weights, tag, proteins, "
        "dopamine and PKA. The table below holds the same values.",
        draw_stack(panels, duration),
        tuple(p.finding for p in panels),
        reduction_text(len(time)),
        trace_table(time, columns, duration),
    )


def build_weight_chart(time: Floats, columns: Columns, duration: float) -> Chart:
    """Return the chart of the weights alone."""
    panel = weight_panel(time, columns, height=168)
    return Chart(
        panel.finding, draw_stack((panel,), duration), (panel.finding,),
        reduction_text(len(time)), trace_table(time, columns, duration),
    )  # fmt: skip


def reduction_text(samples: int) -> str:
    """Say how the samples were reduced for drawing."""
    if samples <= 4 * DRAWN_SLICES:
        return f"Drawn from all {number_text(samples, 12)} computed samples."
    return (
        f"Drawn with the minimum and maximum of {number_text(samples, 12)} computed samples "
        f"in each of {DRAWN_SLICES} slices of time."
    )


def calcium_panel(time: Floats, columns: Columns, duration: float) -> PanelData:
    """Return the chart of calcium in the spine head."""
    calcium = columns["calcium"]
    peak = int(np.argmax(calcium))
    high, start = float(calcium[peak]), float(calcium[0])
    finding = f"Calcium stays near {number_text(start, 2)} µM."
    if high > 1.05 * start:
        finding = (
            f"Calcium peaks at {number_text(high, 3)} µM after "
            f"{duration_text(round(float(time[peak]), 1))} and ends at "
            f"{number_text(float(calcium[-1]), 2)} µM."
        )
    return PanelData(
        title="calcium in the spine head (µM)", finding=finding, floor=0.0, least_span=0.2,
        series=(Series(time=time, values=calcium, css="v-calcium", label="Ca"),),
    )  # fmt: skip


def weight_panel(time: Floats, columns: Columns, *, height: int) -> PanelData:
    """Return the chart of the early, late and committed weight."""
    shown = (
        ("late_weight", "late z", "v-late", "dashdot"),
        ("early_weight", "early h", "v-early", "dash"),
        ("weight", "committed w", "v-weight", "ln-thick"),
    )
    series = tuple(
        Series(
            time=time, values=columns[name], css=css, style=style,
            label=f"{label} {fixed_text(float(columns[name][-1]))}",
        )
        for name, label, css, style in shown
    )  # fmt: skip
    return PanelData(
        title="weights (1 = rest)", finding=weight_finding(columns), series=series,
        height=height, rest=1.0,
    )  # fmt: skip


def weight_finding(columns: Columns) -> str:
    """Say how the three weights moved."""
    weight, early = columns["weight"], columns["early_weight"]
    first, last, late = float(weight[0]), float(weight[-1]), float(columns["late_weight"][-1])
    if abs(last - first) < DIGITS_LOST:
        move = f"The committed weight stays at {fixed_text(last, 3)}"
    else:
        verb = "rises" if last > first else "falls"
        move = (
            f"The committed weight {verb} from {fixed_text(first, 3)} to {fixed_text(last, 3)} "
            f"({percent_change_text(first, last)})"
        )
    furthest = float(early[int(np.argmax(np.abs(early - 1.0)))])
    return (
        f"{move}; the early weight is {fixed_text(furthest, 3)} at its furthest from rest "
        f"and the late weight ends at {fixed_text(late, 3)}."
    )


def tag_panel(time: Floats, columns: Columns) -> PanelData:
    """Return the chart of the synaptic tag."""
    tag = columns["tag"]
    label = f"tag {number_text(float(tag[-1]))}"
    return PanelData(
        title="tag (1 potentiation, −1 depression)", finding=tag_finding(time, tag), height=42,
        ticks=(-1.0, 0.0, 1.0),
        series=(Series(time=time, values=tag, css="v-tag", label=label, steps=True),),
    )  # fmt: skip


def protein_panel(time: Floats, columns: Columns) -> PanelData:
    """Return the chart of the plasticity-related proteins."""
    proteins = columns["plasticity_proteins"]
    label = f"proteins p {number_text(float(proteins[-1]), 2)}"
    return PanelData(
        title="plasticity-related proteins (1 = full synthesis)", height=58, floor=0.0,
        finding=protein_finding(time, proteins), least_span=0.1,
        series=(Series(time=time, values=proteins, css="v-protein", label=label, area=True),),
    )  # fmt: skip


def tag_finding(time: Floats, tag: Floats) -> str:
    """Say when the tag was set and whether it still is."""
    set_at = np.flatnonzero(tag != 0)
    if not len(set_at):
        return "The tag is never set."
    kind = "potentiation" if tag[set_at[0]] > 0 else "depression"
    after = duration_text(round(float(time[set_at[0]])))
    start = "from the start" if time[set_at[0]] == time[0] else f"after {after}"
    if tag[-1] != 0:
        return f"A tag for {kind} is set {start} and still is at the end."
    lost = duration_text(round(float(time[min(set_at[-1] + 1, len(time) - 1)])))
    return f"A tag for {kind} is set {start} and lost after {lost}."


def protein_finding(time: Floats, proteins: Floats) -> str:
    """Say how far the protein level rose."""
    peak = int(np.argmax(proteins))
    high = float(proteins[peak])
    if high <= 0:
        return "No proteins are made."
    return f"Proteins reach {number_text(high, 2)} after {duration_text(round(float(time[peak])))}."


def dopamine_panel(time: Floats, columns: Columns) -> PanelData:
    """Return the chart of dopamine and PKA activity."""
    dopamine, activity = columns["dopamine"], columns["pka_activity"]
    high, start = float(dopamine.max()), float(dopamine[0])
    finding = f"Dopamine stays at {number_text(start, 3)} µM"
    if high > 1.05 * start:
        finding = f"Dopamine peaks at {number_text(high, 3)} µM"
    series = (
        Series(time=time, values=dopamine, css="v-dopamine", label="dopamine (µM)", area=True),
        Series(time=time, values=activity, css="v-voltage", style="dash", label="PKA activity"),
    )
    return PanelData(
        title="dopamine (µM) and PKA activity (1 = full)", series=series, floor=0.0,
        least_span=0.1, height=60,
        finding=f"{finding}; PKA activity reaches {number_text(float(activity.max()), 2)}.",
    )  # fmt: skip


def trace_table(time: Floats, columns: Columns, duration: float) -> Table:
    """Return the trace at round times; calcium as its largest value since the row before."""
    size, unit = time_unit(duration)
    step = nice_step(max(duration / size, 1e-9), TABLE_ROWS)
    moments = np.append(np.arange(0.0, duration / size * (1 - 1e-9), step), duration / size)
    when = moments * size * (1 + 1e-12)
    calcium = largest_per_slice(time, columns["calcium"], when)
    names = ("early_weight", "late_weight", "weight", "tag", "plasticity_proteins", "dopamine")
    values = {name: at_or_before(time, columns[name], when) for name in names}
    decimals = {"tag": 0, "weight": 6}
    rows = tuple(
        (
            number_text(float(moments[i]), 5), number_text(float(calcium[i]), 3),
            *(fixed_text(float(values[n][i]), decimals.get(n, 4)) for n in names),
        )
        for i in range(len(moments))
    )  # fmt: skip
    head = (
        f"Time ({unit})", "Largest Ca (µM)", "Early h", "Late z", "Committed w", "Tag",
        "Proteins p", "Dopamine (µM)",
    )  # fmt: skip
    return Table(head, rows)
