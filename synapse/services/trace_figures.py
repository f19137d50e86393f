"""A figure of a window as a file: PNG or SVG with legend, units, run and window."""

import io
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from synapse.services.trace_events import EventRow
from synapse.services.trace_windows import Window

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FORMATS: dict[str, str] = {"png": "image/png", "svg": "image/svg+xml"}
SLICES = 1500
INCHES = 11.0
COLOURS = {
    "v-release": "#2279ac", "v-voltage": "#5d6a72", "v-calcium": "#c44a00",
    "v-dopamine": "#a0407c", "v-early": "#0064a3", "v-late": "#007d59", "v-weight": "#12181b",
    "v-tag": "#8a6100", "v-protein": "#7c5c48", "v-scaling": "#4f6d2f", "d-model": "#0064a3",
    "d-model2": "#c44a00", "d-base": "#5d6a72",
}  # fmt: skip
"""The colours of the site's style sheet in light, by class."""
_ALONE = threading.Lock()
"""Matplotlib's style belongs to the whole process."""
DASHES: dict[str, Any] = {"dash": (0, (4, 2)), "dashdot": (0, (5, 2, 1, 2)), "dot": (0, (1, 2))}


@dataclass(frozen=True, kw_only=True)
class Line:
    """A variable in a figure."""

    name: str
    label: str
    css: str
    panel: str
    dash: str = ""
    steps: bool = False


@dataclass(frozen=True, kw_only=True)
class Page:
    """What stands around the lines: titles of the panels, a heading, the time axis."""

    panels: Mapping[str, str]
    heading: str
    foot: str
    unit: str
    size: float
    """Length of the unit of time, ms."""


def draw_figure(
    window: Window, lines: Sequence[Line], events: Sequence[EventRow], page: Page,
    *, kind: Literal["png", "svg"],
) -> bytes:  # fmt: skip
    """Return the figure as a file; time counts from the start of the window's run."""
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    shown = [key for key in page.panels if any(line.panel == key for line in lines)]
    heights = [1.3] * len(shown) + ([0.25 + 0.2 * len(events)] if events else [])
    style: Any = {
        "font.size": 8.5, "svg.fonttype": "none", "svg.hashsalt": "trace",
        "text.parse_math": False,
    }  # fmt: skip
    with _ALONE, matplotlib.rc_context(style):
        figure = Figure(figsize=(INCHES, 1.1 + 1.15 * sum(heights)), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots(
            len(heights), 1, sharex=True, squeeze=False, gridspec_kw={"height_ratios": heights}
        )[:, 0]
        for axis, key in zip(axes, shown, strict=False):
            _panel(axis, window, [line for line in lines if line.panel == key], page)
            axis.set_title(page.panels[key], loc="left", fontsize=8.5)
        if events:
            _raster(axes[-1], events, page)
        axes[-1].set_xlim(window.start / page.size, window.end / page.size)
        axes[-1].set_xlabel(f"time ({page.unit})")
        figure.suptitle(page.heading, x=0.01, ha="left", fontsize=11)
        figure.supxlabel(page.foot, x=0.01, ha="left", fontsize=7.5)
        file = io.BytesIO()
        figure.savefig(file, format=kind, dpi=160, metadata={"Title": page.heading})
    return file.getvalue()


def _panel(axis: "Axes", window: Window, lines: Sequence[Line], page: Page) -> None:
    points = window.points()
    for line in lines:
        axis.plot(
            points.time / page.size, points.columns[line.name], label=line.label,
            color=COLOURS[line.css], linestyle=DASHES.get(line.dash, "-"),
            linewidth=2.0 if line.dash == "thick" else 1.2,
            drawstyle="steps-post" if line.steps else "default",
        )  # fmt: skip
    axis.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, fontsize=8)
    axis.spines[["top", "right"]].set_visible(False)
    axis.grid(axis="y", color="#d3d9dc", linewidth=0.6)


def _raster(axis: "Axes", events: Sequence[EventRow], page: Page) -> None:
    places = list(range(len(events)))
    axis.eventplot(
        [row.times / page.size for row in events], lineoffsets=places, linelengths=0.7,
        linewidths=0.8, colors="#5d6a72",
    )  # fmt: skip
    axis.set_yticks(places, [f"{row.title} ({row.count})" for row in events])
    axis.set_ylim(len(events) - 0.4, -0.6)
    axis.set_title("events", loc="left", fontsize=8.5)
    axis.spines[["top", "right"]].set_visible(False)
