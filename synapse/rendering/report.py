"""What a run's trace shows: five stacked charts, a sentence for each, and a table."""

from dataclasses import dataclass

import numpy as np

from synapse.rendering.axes import nice_step, time_unit
from synapse.rendering.charts import (
    SLICES,
    Drawing,
    KeyEntry,
    PanelData,
    Series,
    Span,
    draw_stack,
    key_of,
)
from synapse.rendering.findings import (
    Columns,
    calcium_finding,
    dopamine_finding,
    is_still,
    protein_finding,
    tag_finding,
    weight_finding,
)
from synapse.rendering.numbers import compact_text, duration_text, fixed_text, number_text
from synapse.rendering.reduction import Floats, at_or_before, largest_per_slice

TABLE_ROWS = 16
WEIGHTS = (
    ("late_weight", "late z", "v-late", "dashdot"),
    ("early_weight", "early h", "v-early", "dash"),
    ("weight", "committed w", "v-weight", "ln-thick"),
)
"""Column, name, colour and line of each weight, the most important drawn last."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text, the first cell of each being the time."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A figure: a sentence, both drawings, key, one finding for each chart, and the table."""

    label: str
    drawings: tuple[Drawing, ...]
    key: tuple[KeyEntry, ...]
    findings: tuple[str, ...]
    reduction: str
    table: Table


def build_report(
    time: Floats, columns: Columns, duration: float, *, stimulus: Span | None = None,
    samples: int | None = None, start: float = 0.0,
) -> Chart:  # fmt: skip
    """Return the stacked charts of a trace.

    Parameters
    ----------
    time
        Time since ``start``, ms, shape (n,); n is at least 1.
    columns
        Values at those times by the name of the quantity.
    duration
        Length of the time axis, ms.
    stimulus
        When the first and the last event came, ms since ``start``.
    samples
        How many samples the points stand for; as many as points by default.
    start
        Where the time axis begins, ms since the start of the run.
    """
    panels = (
        calcium_panel(time, columns),
        weight_panel(time, columns, height=130),
        tag_panel(time, columns),
        protein_panel(time, columns),
        dopamine_panel(time, columns),
    )
    label = (
        f"Five charts over {duration_text(duration)}: calcium, weights, tag, proteins, "
        "dopamine and PKA. The table below holds the same values."
    )
    return _chart(label, panels, time, columns, duration, stimulus, samples=samples, start=start)


def build_weight_chart(
    time: Floats, columns: Columns, duration: float, *, stimulus: Span | None = None
) -> Chart:
    """Return the chart of the weights alone."""
    panel = weight_panel(time, columns, height=168)
    label = f"Chart over {duration_text(duration)}"
    return _chart(label, (panel,), time, columns, duration, stimulus)


def _chart(
    label: str, panels: tuple[PanelData, ...], time: Floats, columns: Columns, duration: float,
    stimulus: Span | None, *, samples: int | None = None, start: float = 0.0,
) -> Chart:  # fmt: skip
    drawings = draw_stack(panels, duration, stimulus=stimulus, start=start)
    findings = [panel.finding for panel in panels]
    if start:
        findings.insert(0, f"Time counts from {duration_text(start)} after the run began.")
    if drawings[0].band:
        findings.append("Shaded: from the first event of the protocol to the last.")
    return Chart(
        label, drawings, key_of(panels), tuple(findings),
        reduction_text(len(time) if samples is None else samples),
        trace_table(time, columns, duration),
    )  # fmt: skip


def reduction_text(samples: int) -> str:
    """Say how the samples were reduced for drawing."""
    if samples <= 4 * SLICES:
        return f"Drawn from all {number_text(samples, 12)} computed samples."
    return (
        f"Drawn with the minimum and maximum of {number_text(samples, 12)} computed samples "
        f"in each of {SLICES} slices of time."
    )


def calcium_panel(time: Floats, columns: Columns) -> PanelData:
    """Return the chart of calcium in the spine head."""
    series = Series(
        time=time, values=columns["calcium"], css="v-calcium", name="calcium", label="Ca"
    )
    return PanelData(
        title="calcium in the spine head (µM)", finding=calcium_finding(time, columns),
        series=(series,), floor=0.0, least_span=0.2,
    )  # fmt: skip


def weight_panel(time: Floats, columns: Columns, *, height: int) -> PanelData:
    """Return the chart of the weights; a late weight that never moves is only told."""
    series = tuple(
        Series(
            time=time, values=columns[column], css=css, style=style, name=name,
            label=f"{name} {fixed_text(float(columns[column][-1]))}",
        )
        for column, name, css, style in WEIGHTS
        if column != "late_weight" or not is_still(columns[column])
    )  # fmt: skip
    return PanelData(
        title="weights (1 = rest)", finding=weight_finding(columns), series=series,
        height=height, rest=1.0, least_span=0.01,
    )  # fmt: skip


def tag_panel(time: Floats, columns: Columns) -> PanelData:
    """Return the chart of the synaptic tag."""
    tag = columns["tag"]
    series = Series(
        time=time, values=tag, css="v-tag", name="tag", steps=True,
        label=f"tag {number_text(float(tag[-1]))}",
    )  # fmt: skip
    return PanelData(
        title="tag (1 potentiation, −1 depression)", finding=tag_finding(time, columns),
        series=(series,), height=42, ticks=(-1.0, 0.0, 1.0),
    )  # fmt: skip


def protein_panel(time: Floats, columns: Columns) -> PanelData:
    """Return the chart of the plasticity-related proteins."""
    proteins = columns["plasticity_proteins"]
    series = Series(
        time=time, values=proteins, css="v-protein", name="proteins p", area=True,
        label=f"proteins p {compact_text(float(proteins[-1]))}",
    )  # fmt: skip
    return PanelData(
        title="plasticity-related proteins (1 = full synthesis)", height=58, floor=0.0,
        finding=protein_finding(time, columns), series=(series,), least_span=0.1,
    )  # fmt: skip


def dopamine_panel(time: Floats, columns: Columns) -> PanelData:
    """Return the chart of dopamine and PKA activity."""
    shown = (
        ("dopamine", "dopamine", "v-dopamine", ""),
        ("pka_activity", "PKA activity", "v-voltage", "dash"),
    )
    series = tuple(
        Series(
            time=time, values=columns[column], css=css, style=style, name=name, label=name,
            area=column == "dopamine",
        )
        for column, name, css, style in shown
    )  # fmt: skip
    return PanelData(
        title="dopamine (µM) and PKA activity (1 = full)", series=series, floor=0.0,
        least_span=0.1, height=60, finding=dopamine_finding(columns),
    )  # fmt: skip


def table_moments(duration: float) -> tuple[Floats, float, str]:
    """Return round times for a table's rows, the size (ms) of their unit, and its name."""
    size, unit = time_unit(duration)
    step = nice_step(max(duration / size, 1e-9), TABLE_ROWS)
    moments = np.append(np.arange(0.0, duration / size * (1 - 1e-9), step), duration / size)
    return moments, size, unit


def trace_table(time: Floats, columns: Columns, duration: float) -> Table:
    """Return the trace at round times; calcium as its largest value since the row before."""
    moments, size, unit = table_moments(duration)
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
