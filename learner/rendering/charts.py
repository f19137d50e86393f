"""Stacked charts on one axis of events, with drifts as dashed verticals."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from synapse.rendering.axes import nice_step, ticks_between
from synapse.rendering.charts import (
    FOOT,
    GAP,
    TOP,
    KeyEntry,
    Panel,
    PanelData,
    Series,
    Tick,
    draw_panel,
)
from synapse.rendering.numbers import number_text
from synapse.rendering.reduction import Floats

THOUSANDS, MILLIONS = 10_000, 2_000_000
"""Events from which an axis counts in thousands, and in millions."""
MARK_GAP = 52.0
"""Pixels that the label of a mark needs."""
MOST_MARKS = 60


@dataclass(frozen=True, slots=True)
class Frame:
    """Size of a drawing, and where its plots lie in it."""

    css: str
    width: int
    left: int
    right: int
    ticks: int
    points: int


FULL = Frame("wide", 1180, 52, 1068, 10, 500)
PART = Frame("wide", 780, 52, 688, 8, 400)
HALF = Frame("wide", 580, 46, 478, 6, 300)
NARROW = Frame("narrow", 330, 40, 322, 5, 160)


@dataclass(frozen=True, slots=True)
class Mark:
    """A dashed vertical: something that happened at an event."""

    event: int
    text: str


@dataclass(frozen=True, slots=True)
class DrawnMark:
    """A mark in coordinates; its text is empty where there is no room."""

    x: float
    text: str


@dataclass(frozen=True, slots=True)
class EventDrawing:
    """A stack of charts at one width."""

    frame: Frame
    height: int
    panels: tuple[Panel, ...]
    ticks: tuple[Tick, ...]
    marks: tuple[DrawnMark, ...]
    title: str

    @property
    def middle(self) -> float:
        """Where the name of the axis of events stands."""
        return (self.frame.left + self.frame.right) / 2

    @property
    def label_x(self) -> int:
        """Where the names of the lines stand."""
        return self.frame.right + 7

    @property
    def tick_y(self) -> int:
        """Baseline of the numbers on the axis of events."""
        return self.panels[-1].bottom + 16

    @property
    def title_y(self) -> int:
        """Baseline of the name of the axis of events."""
        return self.panels[-1].bottom + 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A stack of charts with all that a page shows of it."""

    name: str
    label: str
    findings: tuple[str, ...]
    drawings: tuple[EventDrawing, ...]
    key: tuple[KeyEntry, ...] = ()
    note: str = ""
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


def draw_events(
    panels: Sequence[PanelData], last: int, *, wide: Frame = FULL, marks: Sequence[Mark] = ()
) -> tuple[EventDrawing, EventDrawing]:
    """Return the stack for wide and for narrow screens.

    Parameters
    ----------
    panels
        What each chart shows, from top to bottom; the ``time`` of a series counts events.
    last
        Number of the event at the right end of the axis.
    wide
        Which frame the wide drawing has.
    marks
        What to mark with a dashed vertical, the last ones if there are many.
    """
    kept = marks[-MOST_MARKS:]
    return _draw(panels, last, wide, kept), _draw(panels, last, NARROW, kept)


def _draw(
    panels: Sequence[PanelData], last: int, frame: Frame, marks: Sequence[Mark]
) -> EventDrawing:
    size, title = axis_unit(last)
    width = frame.right - frame.left
    span = max(1, last)
    steps = ticks_between(0.0, span / size, nice_step(span / size, frame.ticks))
    ticks = tuple(
        Tick(round(frame.left + width * t * size / span, 1), number_text(t)) for t in steps
    )
    tops = [TOP + sum(p.height + GAP for p in panels[:i]) for i in range(len(panels))]
    drawn = tuple(
        draw_panel(_thinned(panel, frame.points), top, span, frame.left, frame.right)
        for panel, top in zip(panels, tops, strict=True)
    )
    return EventDrawing(
        frame, drawn[-1].bottom + FOOT, drawn, ticks, _marks(marks, span, frame), title
    )


def axis_unit(last: int) -> tuple[int, str]:
    """Return how many events one unit of the axis is, and the axis' name."""
    if last >= MILLIONS:
        return 1_000_000, "events (millions)"
    return (1000, "events (thousands)") if last >= THOUSANDS else (1, "events")


def _thinned(panel: PanelData, points: int) -> PanelData:
    """Return a panel whose lines have no more points than can be told apart."""
    return replace(panel, series=tuple(_thin(s, points) for s in panel.series))


def _thin(series: Series, points: int) -> Series:
    every = -(-len(series.time) // points)
    if every <= 1:
        return series
    kept = np.arange(len(series.time) - 1, -1, -every)[::-1]
    return replace(series, time=series.time[kept], values=series.values[kept])


def _marks(marks: Sequence[Mark], span: int, frame: Frame) -> tuple[DrawnMark, ...]:
    """Return the marks in coordinates; those too close to the one before have no text."""
    found: list[DrawnMark] = []
    free = -MARK_GAP
    for mark in marks:
        x = round(frame.left + (frame.right - frame.left) * min(mark.event, span) / span, 1)
        fits = x - free >= MARK_GAP and x + MARK_GAP <= frame.right + 40
        free = x if fits else free
        found.append(DrawnMark(x, mark.text if fits else ""))
    return tuple(found)


def pieces(events: Floats, values: Floats, series: Series) -> tuple[Series, ...]:
    """Return a line, broken where it has no value; its last piece carries the label."""
    known = np.isfinite(values)
    edges = np.flatnonzero(np.diff(known.astype(np.int8))) + 1
    parts = [p for p in np.split(np.arange(len(values)), edges) if len(p) and known[p[0]]]
    return tuple(
        replace(
            series, time=events[part], values=values[part],
            label=series.label if part is parts[-1] else "",
        )
        for part in parts
    )  # fmt: skip
