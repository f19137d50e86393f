"""Figures of the experiments: published points and the model, as SVG and PNG."""

import re
import textwrap
from collections.abc import Sequence
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synapse.plasticity.experiments.experiment import SIGN_BAND
from synapse.services.citations import cite_all
from synapse.services.figure_marks import (
    COLOURS,
    GREY,
    add_legend,
    allowed,
    band_width,
    draw_band,
    draw_mean,
    draw_model,
    extent,
    mark_remembered,
)
from synapse.services.reproduce import Reproduction

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, HEIGHT = 6.0, 4.4
"""Inches; at 100 dots per inch 600 pixels wide."""
DOTS = 200
SETTINGS: Any = {
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "svg.fonttype": "path",
    "svg.hashsalt": "synapse",
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
}
LEAST_GAP = 0.075
"""Of the axis: labels closer than this to the last one are left out."""
LONGEST_LABEL = 12
ROOM = 0.12
"""Of the y axis, above and below the data."""
SEEN = 2.0
"""Of the band of no change: what is shown at least."""


def draw(one: Reproduction, folder: Path) -> tuple[Path, Path]:
    """Write a figure as SVG and PNG into a folder; return both paths."""
    import matplotlib

    matplotlib.use("Agg")
    paths = tuple(folder / f"{one.experiment.name}.{kind}" for kind in ("svg", "png"))
    with matplotlib.rc_context(SETTINGS):
        figure = make_figure(one)
        figure.savefig(paths[0], metadata={"Date": None})
        figure.savefig(paths[1], dpi=DOTS)
    return paths[0], paths[1]


def make_figure(one: Reproduction) -> "Figure":
    """Return the figure of an experiment."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
    axes = figure.add_subplot()
    experiment = one.experiment
    places = places_of(one)
    low, high = limits(one)
    axes.set_ylim(low, high)
    _set_x_axis(axes, one, places)
    axes.axhline(0.0, color=GREY, linewidth=0.8, zorder=1)
    series = series_of(one)
    for result, place in zip(one.results, places, strict=True):
        colour = COLOURS[series.index(result.condition.series) % len(COLOURS)]
        published = result.condition.published
        if published.rule == "sem":
            draw_mean(axes, published, place, colour, side=place - result.condition.x)
        else:
            edges = allowed(published, (low, high))
            draw_band(axes, place, edges, colour, width=band_width(one, places))
        if published.grade == "remembered" and not one.experiment.remembered:
            mark_remembered(axes, place)
    for number, name in enumerate(series):
        draw_model(axes, one, places, name, COLOURS[number % len(COLOURS)])
    unit = f" ({micro(experiment.y.unit)})" if experiment.y.unit else ""
    axes.set_ylabel(f"{experiment.y.name}{unit}")
    axes.set_title(f"{experiment.number}  {experiment.title}", loc="left")
    add_legend(axes, one, series)
    figure.supxlabel(caption(one), x=0.01, ha="left", fontsize=7.5, color=GREY)
    return figure


def micro(unit: str) -> str:
    """Return a unit as it is printed."""
    return unit.replace("uM", "µM")


def series_of(one: Reproduction) -> list[str]:
    """Return the names of the series, in order of appearance."""
    return list(dict.fromkeys(r.condition.series for r in one.results))


def caption(one: Reproduction) -> str:
    """Return what stands under a figure: the source and how to read it."""
    sources = cite_all(one.experiment.references) or "Control, our own bound"
    grades = {r.condition.published.grade for r in one.results}
    known = " Published values from memory." if grades == {"remembered"} else ""
    some = " * published value from memory." if len(grades) > 1 else ""
    return textwrap.fill(f"{sources}.{known}{some}", width=98)


# --- places ------------------------------------------------------------------------------


def places_of(one: Reproduction) -> list[float]:
    """Return the x of each condition, moved a little apart where series share a place."""
    experiment, series = one.experiment, series_of(one)
    xs = [r.condition.x for r in one.results]
    if experiment.categorical or len(set(xs)) == len(xs):
        return xs
    spread = 0.02 * (extent(xs, logarithmic=experiment.logarithmic_x) or 1.0)
    middle = (len(series) - 1) / 2.0
    moved = []
    for result in one.results:
        shift = (series.index(result.condition.series) - middle) * spread
        x = result.condition.x
        moved.append(x * 10**shift if experiment.logarithmic_x else x + shift)
    return moved


def limits(one: Reproduction) -> tuple[float, float]:
    """Return the y limits that hold every point, error bar and finite band."""
    values = [0.0, *(r.got for r in one.results)]
    for result in one.results:
        published = result.condition.published
        if published.rule in ("sem", "bound"):
            error = published.error or 0.0
            values += [published.value - error, published.value + error]
        elif published.rule == "range":
            edges = (published.low, published.high)
            values += [edge for edge in edges if edge is not None and isfinite(edge)]
        else:
            values += [-SEEN * SIGN_BAND, SEEN * SIGN_BAND]
    low, high = min(values), max(values)
    margin = ROOM * (high - low)
    return low - margin, high + margin


def _set_x_axis(axes: "Axes", one: Reproduction, places: Sequence[float]) -> None:
    from matplotlib.ticker import NullFormatter, NullLocator

    experiment = one.experiment
    unit = f" ({micro(experiment.x.unit)})" if experiment.x.unit else ""
    axes.set_xlabel(f"{experiment.x.name}{unit}")
    if experiment.categorical:
        labels = [r.condition.label for r in one.results]
        axes.set_xticks(places, [wrapped(label) for label in labels], fontsize=7.5)
        axes.set_xlim(-0.6, len(labels) - 0.4)
        return
    shown = sorted({r.condition.x for r in one.results})
    if experiment.logarithmic_x:
        axes.set_xscale("log")
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_minor_formatter(NullFormatter())
    width = extent(shown, logarithmic=experiment.logarithmic_x) or 1.0
    ticks: list[float] = []
    for x in shown:
        gap = extent([ticks[-1], x], logarithmic=experiment.logarithmic_x) if ticks else width
        if gap >= LEAST_GAP * width:
            ticks.append(x)
    axes.set_xticks(ticks, [f"{x:g}" for x in ticks])
    axes.margins(x=0.08)


def wrapped(label: str) -> str:
    """Return a label on several lines; a number keeps its unit."""
    kept = re.sub(r"(\d) (?=(?:ms|min|h|Hz)\b)", "\\1\u00a0", label)
    return "\n".join(textwrap.wrap(kept, LONGEST_LABEL, break_on_hyphens=False))
