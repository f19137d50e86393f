"""Traces of several runs: colours, panels, and the drawing for readers without a script."""

from collections.abc import Sequence
from dataclasses import replace

from synapse.rendering.charts import PanelData, Series, draw_stack, key_of
from synapse.rendering.numbers import duration_text, fixed_text, number_text
from synapse.rendering.reduction import at_or_before
from synapse.rendering.report import Chart, Table, reduction_text, table_moments
from synapse.rendering.trace_names import Variable
from synapse.services.run_comparison import Row
from synapse.services.trace_windows import Window
from synapse.services.traces import Trace

COLOURS = ("d-model", "d-model2", "v-late", "v-dopamine", "v-tag", "d-base")
"""The colour of each run, in their order."""
DASHES = ("", "dash", "dashdot", "dot", "dash", "dashdot")


def cells_of(row: Row) -> list[str]:
    """Return the values of a row as text."""
    return [
        number_text(float(value), 8) if isinstance(value, int | float) else str(value or "none")
        for value in row.values
    ]


def run_variables(keys: Sequence[int], variable: Variable) -> list[Variable]:
    """Return each run's line and the lines of the differences."""
    lines = [
        replace(variable, name=f"run-{key}", label=f"run {key}", css=css, dash=dash, panel="runs")
        for key, css, dash in zip(keys, COLOURS, DASHES, strict=False)
    ]
    return lines + [
        replace(
            line, name=f"difference-{key}", label=f"run {key} − run {keys[0]}", panel="difference"
        )
        for key, line in zip(keys[1:], lines[1:], strict=True)
    ]


def run_panels(keys: Sequence[int], variable: Variable) -> dict[str, str]:
    """Return the titles of the two panels."""
    unit = f" ({variable.unit})" if variable.unit else ""
    return {"runs": variable.title, "difference": f"difference from run {keys[0]}{unit}"}


def build_comparison(window: Window, keys: Sequence[int], variable: Variable) -> Chart:
    """Return the drawing of a window: the runs overlaid, and their differences below."""
    points, start = window.points(), window.start
    points = points.window(start, window.end)
    lines, titles = run_variables(keys, variable), run_panels(keys, variable)
    finding = finding_of(points, keys, variable)
    panels = tuple(
        PanelData(
            title=titles[panel], finding=text, height=height, least_span=1e-6,
            rest=0.0 if panel == "difference" else None,
            series=tuple(
                Series(
                    time=points.time - start, values=points.columns[line.name], css=line.css,
                    name=line.label, label=line.label, style=line.dash, steps=line.steps,
                )
                for line in lines if line.panel == panel
            ),
        )
        for panel, height, text in (
            ("runs", 168, finding),
            ("difference", 90, f"Below it the difference from run {keys[0]}."),
        )
    )  # fmt: skip
    length = window.end - start
    label = f"Two charts over {duration_text(length)}: {variable.label} of each run, difference."
    drawings = draw_stack(panels, length, start=start)
    reduction = reduction_text(window.samples)
    table = table_of(points, lines, start, length)
    return Chart(label, drawings, key_of(panels[:1]), (finding,), reduction, table)


def finding_of(points: Trace, keys: Sequence[int], variable: Variable) -> str:
    """Say where each run ended in the window, and where they were furthest apart."""
    unit = f" {variable.unit}" if variable.unit else ""
    ends = ", ".join(
        f"run {key} ends at {fixed_text(float(points.columns[f'run-{key}'][-1]), 3)}{unit}"
        for key in keys
    )
    furthest = []
    for key in keys[1:]:
        apart = points.columns[f"difference-{key}"]
        place = int(abs(apart).argmax())
        if apart[place]:
            furthest.append(
                f"Run {key} is furthest from run {keys[0]} after "
                f"{duration_text(round(float(points.time[place]), 3))}: by "
                f"{number_text(float(apart[place]), 3)}{unit}."
            )
        else:
            furthest.append(f"Run {key} does not differ from run {keys[0]}.")
    return f"{variable.label[0].upper()}{variable.label[1:]}: {ends}. {' '.join(furthest)}"


def table_of(points: Trace, lines: Sequence[Variable], start: float, length: float) -> Table:
    """Return all lines at round times."""
    moments, size, unit = table_moments(length)
    when = start + moments * size * (1 + 1e-12)
    columns = [at_or_before(points.time, points.columns[line.name], when) for line in lines]
    head = (f"Time ({unit})", *(line.label for line in lines))
    rows = tuple(
        (number_text(float(moments[i]), 5), *(fixed_text(float(c[i]), 4) for c in columns))
        for i in range(len(moments))
    )
    return Table(head, rows)
