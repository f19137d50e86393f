"""Stacked charts on one time axis: numbers in, coordinates out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from synapse.rendering.axes import time_ticks, time_unit, value_axis
from synapse.rendering.numbers import duration_text, number_text
from synapse.rendering.reduction import Floats, reduce_line

TOP = 26
GAP = 34
FOOT = 34
LABEL_HEIGHT = 13.0
SLICES = 508
"""Slices of time that a drawing shows: every two pixels of the wide one."""
LEAST_BAND = 2.0

Span = tuple[float, float]
"""Start and end, ms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One variable to be drawn: its samples, its colour and its label."""

    time: Floats
    values: Floats
    css: str
    name: str
    label: str = ""
    style: str = ""
    area: bool = False
    steps: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelData:
    """What one chart of the stack shows."""

    title: str
    finding: str
    series: tuple[Series, ...]
    height: int = 80
    rest: float | None = None
    floor: float | None = None
    least_span: float = 0.0
    ticks: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """One drawn variable."""

    css: str
    points: str
    area: str = ""


@dataclass(frozen=True, slots=True)
class Label:
    """A name at the right end of a line."""

    css: str
    text: str
    y: float


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """What a line stands for."""

    css: str
    name: str


@dataclass(frozen=True, slots=True)
class Band:
    """The time of a stimulus, behind the lines."""

    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Panel:
    """One chart of the stack, in coordinates."""

    title: str
    finding: str
    top: int
    bottom: int
    ticks: tuple[Tick, ...]
    lines: tuple[Line, ...]
    labels: tuple[Label, ...]
    rest: float | None

    @property
    def title_y(self) -> int:
        """Where the title stands, above the axis."""
        return self.top - 10

    @property
    def height(self) -> int:
        """Height of the plotting area."""
        return self.bottom - self.top


@dataclass(frozen=True, slots=True)
class Drawing:
    """A stack of charts at one width."""

    css: str
    width: int
    height: int
    left: int
    right: int
    panels: tuple[Panel, ...]
    ticks: tuple[Tick, ...]
    time_title: str
    band: Band | None

    @property
    def middle(self) -> float:
        """Where the name of the time axis stands."""
        return (self.left + self.right) / 2

    @property
    def label_x(self) -> int:
        """Where the names of the lines stand."""
        return self.right + 7

    @property
    def tick_y(self) -> int:
        """Baseline of the numbers on the time axis."""
        return self.panels[-1].bottom + 16

    @property
    def time_y(self) -> int:
        """Baseline of the name of the time axis."""
        return self.panels[-1].bottom + 30


def draw_stack(
    panels: Sequence[PanelData],
    duration: float,
    *,
    stimulus: Span | None = None,
    start: float = 0.0,
) -> tuple[Drawing, Drawing]:
    """Return the stack for wide and for narrow screens.

    Parameters
    ----------
    panels
        What each chart shows, from top to bottom.
    duration
        Length of the time axis, ms.
    stimulus
        When a stimulus began and ended, to be shaded.
    start
        What the time axis counts from, ms since the start of the run.
    """
    after = f" after {duration_text(start)}" if start else ""
    return (
        _drawing(
            panels, duration, stimulus, after, css="wide", width=1180, left=52, right=1068, count=10
        ),
        _drawing(
            panels, duration, stimulus, after, css="narrow", width=330, left=40, right=322, count=5
        ),
    )


def key_of(panels: Sequence[PanelData]) -> tuple[KeyEntry, ...]:
    """Return what the lines of the charts with several of them stand for."""
    shown = [series for panel in panels if len(panel.series) > 1 for series in panel.series]
    return tuple(KeyEntry(f"{s.css} {s.style}".strip(), s.name) for s in shown)


def _drawing(
    panels: Sequence[PanelData], duration: float, stimulus: Span | None, after: str, *,
    css: str, width: int, left: int, right: int, count: int,
) -> Drawing:  # fmt: skip
    """Return the stack at one width."""
    size, unit = time_unit(duration)
    ticks = tuple(
        Tick(round(left + (right - left) * t * size / max(duration, 1e-9), 1), number_text(t))
        for t in time_ticks(duration, count)
    )
    tops = [TOP + sum(p.height + GAP for p in panels[:i]) for i in range(len(panels))]
    drawn = tuple(
        draw_panel(p, top, duration, left, right) for p, top in zip(panels, tops, strict=True)
    )
    return Drawing(
        css, width, drawn[-1].bottom + FOOT, left, right, drawn, ticks, f"time{after} ({unit})",
        _band(stimulus, duration, left, right),
    )  # fmt: skip


def _band(stimulus: Span | None, duration: float, left: int, right: int) -> Band | None:
    """Return the shaded part of the time axis, never too narrow to be seen."""
    if stimulus is None or stimulus[0] >= duration:
        return None
    scale = (right - left) / max(duration, 1e-9)
    first, last = (left + scale * min(max(0.0, time), duration) for time in stimulus)
    width = min(max(LEAST_BAND, last - first), right - first)
    return Band(round(first, 1), round(width, 1))


def draw_panel(data: PanelData, top: int, duration: float, left: int, right: int) -> Panel:
    """Return one chart with its axis, lines and labels; ``duration`` is the axis' length."""
    low, high, ticks = _scale(data)
    bottom = top + data.height

    def y_of(value: float) -> float:
        return round(bottom - data.height * (value - low) / (high - low), 1)

    def x_of(times: Floats) -> Floats:
        return left + (right - left) * times / max(duration, 1e-9)

    lines = tuple(_line(s, x_of, bottom, low, high, data.height) for s in data.series)
    ends = [Label(s.css, s.label, y_of(float(s.values[-1]))) for s in data.series if s.label]
    marks = tuple(Tick(y_of(t), number_text(t)) for t in ticks)
    rest = None if data.rest is None or not low < data.rest < high else y_of(data.rest)
    return Panel(
        data.title, data.finding, top, bottom, marks, lines, _spread(ends, top, bottom), rest
    )


def _scale(data: PanelData) -> tuple[float, float, list[float]]:
    """Return both ends and the ticks of a chart's value axis."""
    if data.ticks:
        pad = 0.2 * (data.ticks[1] - data.ticks[0])
        return data.ticks[0] - pad, data.ticks[-1] + pad, list(data.ticks)
    low = min(float(np.min(s.values)) for s in data.series)
    high = max(float(np.max(s.values)) for s in data.series)
    if data.rest is not None:
        low, high = min(low, data.rest), max(high, data.rest)
    if data.floor is not None:
        low = min(low, data.floor)
    if high - low < data.least_span:
        high = low + data.least_span
    return value_axis(low, high, max(2, data.height // 26))


def _line(
    series: Series,
    x_of: Callable[[Floats], Floats],
    bottom: int,
    low: float,
    high: float,
    height: int,
) -> Line:
    """Return the points of one variable, and of the area below it."""
    time, values = reduce_line(series.time, series.values, SLICES)
    if series.steps and len(time) > 1:
        time, values = np.repeat(time, 2)[1:], np.repeat(values, 2)[:-1]
    x = np.round(x_of(time), 1)
    y = np.round(bottom - height * (values - low) / (high - low), 1)
    pairs = [f"{a:g},{b:g}" for a, b in zip(x, y, strict=True)]
    points = " ".join(p for i, p in enumerate(pairs) if i == 0 or p != pairs[i - 1])
    area = f"{x[0]:g},{bottom} {points} {x[-1]:g},{bottom}" if series.area else ""
    return Line(f"{series.css} {series.style}".strip(), points, area)


def _spread(labels: list[Label], top: int, bottom: int) -> tuple[Label, ...]:
    """Return the labels moved apart so that none covers another."""
    placed: list[Label] = []
    for label in sorted(labels, key=lambda item: item.y):
        least = placed[-1].y + LABEL_HEIGHT if placed else top + 4.0
        placed.append(Label(label.css, label.text, max(label.y + 4.0, least)))
    overflow = placed[-1].y - (bottom + 4.0) if placed else 0.0
    if overflow > 0:
        placed = [Label(p.css, p.text, round(p.y - overflow, 1)) for p in placed]
    return tuple(placed)
