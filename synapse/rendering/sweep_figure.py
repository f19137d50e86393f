"""A sweep as curves or as a heat map: numbers in, coordinates out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, log10
from typing import Any

from synapse.rendering.axes import value_axis
from synapse.rendering.numbers import number_text, percent_change_text, unit_text

REST = {"weight": 1.0, "early_weight": 1.0, "late_weight": 0.0, "log_scaling": 0.0}
"""Readouts that have a value at rest: above and below it have colours of their own."""
FAINTEST = 0.06
"""Opacity of a cell that differs from rest by nothing."""
MOST_NUMBERS = 12
"""Columns of a heat map whose cells carry their numbers."""
LEGEND = 5

Entry = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """One swept parameter: name, unit, values, and whether they are spaced by their logarithm."""

    name: str
    unit: str
    values: Sequence[float]
    log: bool = False

    @property
    def title(self) -> str:
        """Name with unit, for an axis."""
        return self.name if self.unit == "1" else f"{self.name} ({unit_text(self.unit)})"

    def share(self, value: float) -> float:
        """Return where a value stands between both ends, 0 to 1."""
        ends = [self.values[0], self.values[-1], value]
        low, high, at = (log10(v) for v in ends) if self.log else ends
        return (at - low) / (high - low)


@dataclass(frozen=True, slots=True)
class Mark:
    """A number on an axis or in a key."""

    at: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One point of a heat map."""

    x: float
    y: float
    css: str
    opacity: float
    text: str
    number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A figure at one width; a heat map has cells, curves have points."""

    css: str
    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int
    x_marks: tuple[Mark, ...]
    y_marks: tuple[Mark, ...]
    x_title: str
    y_title: str
    cell_width: float = 0.0
    cell_height: float = 0.0
    cells: tuple[Cell, ...] = ()
    lines: tuple[str, ...] = ()
    points: tuple[tuple[float, float], ...] = ()
    rest: float | None = None

    @property
    def middle(self) -> float:
        """Where the name of the horizontal axis stands."""
        return (self.left + self.right) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A sweep in drawings and words."""

    drawings: tuple[Drawing, ...]
    finding: str
    legend: tuple[tuple[str, float, str], ...] = ()


def draw_sweep(
    ranges: Sequence[Range], values: Sequence[float | None], *, readout: str, words: str
) -> Figure | None:
    """Return the figure of what was computed, or None before anything was.

    ``values`` are in the order of the points: the last parameter changes fastest.
    """
    known = [v for v in values if v is not None]
    if not known:
        return None
    finding = _finding(ranges, values, words, REST.get(readout))
    if len(ranges) == 1:
        drawings = tuple(
            _curve(ranges[0], values, words, REST.get(readout), css=css, width=width)
            for css, width in (("wide", 780), ("narrow", 330))
        )
        return Figure(drawings=drawings, finding=finding)
    tone = _Tone(known, REST.get(readout))
    drawings = tuple(
        _map(ranges, values, tone, css=css, width=width)
        for css, width in (("wide", 780), ("narrow", 330))
    )
    key = "The stronger the colour, the larger."
    if tone.around:
        key = "Blue is above rest, orange below."
    return Figure(
        drawings=drawings, finding=f"{finding} {key}", legend=tone.legend()
    )  # fmt: skip


def _finding(
    ranges: Sequence[Range], values: Sequence[float | None], words: str, rest: float | None
) -> str:
    """Say where the smallest and the largest value are."""
    known = [(v, i) for i, v in enumerate(values) if v is not None]
    parts = []
    for name, (value, place) in (("Smallest", min(known)), ("Largest", max(known))):
        change = f" ({percent_change_text(rest, value)})" if rest else ""
        parts.append(f"{name} {words} {number_text(value)}{change} at {_where(ranges, place)}.")
    missing = len(values) - len(known)
    if missing:
        parts.append(f"{missing} of {len(values)} have no value.")
    return " ".join(parts)


def _where(ranges: Sequence[Range], place: int) -> str:
    """Return the parameters of a point in words."""
    found = []
    for own in reversed(ranges):
        place, at = divmod(place, len(own.values))
        found.append(f"{own.name} {number_text(own.values[at])}{_unit(own.unit)}")
    return ", ".join(reversed(found))


def _unit(unit: str) -> str:
    return "" if unit == "1" else f" {unit_text(unit)}"


# --- one parameter: a curve --------------------------------------------------------------


def _curve(
    own: Range, values: Sequence[float | None], words: str, rest: float | None, *,
    css: str, width: int,
) -> Drawing:  # fmt: skip
    left, right, top, bottom = 56, width - 14, 28, 268
    known = [v for v in values if v is not None]
    low, high, ticks = value_axis(
        min([*known, *([rest] if rest is not None else [])]),
        max([*known, *([rest] if rest is not None else [])]), 6,
    )  # fmt: skip

    def y_of(value: float) -> float:
        return round(bottom - (bottom - top) * (value - low) / (high - low), 1)

    def x_of(value: float) -> float:
        return round(left + (right - left) * own.share(value), 1)

    places = [
        None if v is None else (x_of(x), y_of(v)) for x, v in zip(own.values, values, strict=True)
    ]
    return Drawing(
        css=css, width=width, height=bottom + 44, left=left, right=right, top=top, bottom=bottom,
        x_marks=_spread([Mark(x_of(v), number_text(v, 3)) for v in own.values], 44),
        y_marks=tuple(Mark(y_of(t), number_text(t)) for t in ticks),
        x_title=own.title, y_title=words, lines=_pieces(places),
        points=tuple(p for p in places if p is not None),
        rest=y_of(rest) if rest is not None else None,
    )  # fmt: skip


def _pieces(places: Sequence[tuple[float, float] | None]) -> tuple[str, ...]:
    """Return the pieces of a line that is broken where a value is missing."""
    pieces: list[list[str]] = [[]]
    for place in places:
        if place is None:
            pieces.append([])
        else:
            pieces[-1].append(f"{place[0]:g},{place[1]:g}")
    return tuple(" ".join(piece) for piece in pieces if len(piece) > 1)


def _spread(marks: Sequence[Mark], least: float) -> tuple[Mark, ...]:
    """Leave out marks that stand too close to the one before; the last one stays."""
    kept: list[Mark] = []
    for mark in marks:
        if not kept or abs(mark.at - kept[-1].at) >= least:
            kept.append(mark)
    if kept and kept[-1] is not marks[-1]:
        kept[-1:] = [marks[-1]] if len(kept) > 1 else [kept[-1], marks[-1]]
    return tuple(kept)


# --- two parameters: a heat map ----------------------------------------------------------


class _Tone:
    """Which colour a value has, and how strong.

    From rest, with two colours, where there are values on both sides of it; otherwise from
    the smallest value.
    """

    def __init__(self, values: Sequence[float], rest: float | None) -> None:
        self.low, self.high = min(values), max(values)
        around = rest is not None and self.low < rest < self.high
        self.base = rest if around and rest is not None else self.low
        self.span = max(self.high - self.base, self.base - self.low, 1e-12)
        self.around = around
        largest = max(abs(self.low), abs(self.high), 1e-12)
        self.digits = min(8, max(3, 2 + ceil(log10(largest / max(self.high - self.low, 1e-12)))))

    def of(self, value: float) -> tuple[str, float]:
        """Return class and opacity of a value."""
        css = "d-model2" if value < self.base else "d-model"
        share = abs(value - self.base) / self.span
        return css, round(FAINTEST + (1 - FAINTEST) * share, 3)

    def legend(self) -> tuple[tuple[str, float, str], ...]:
        """Return class, opacity and number of a few values from smallest to largest."""
        step = (self.high - self.low) / (LEGEND - 1)
        values = [self.low + step * i for i in range(LEGEND)] if step else [self.low]
        return tuple((*self.of(v), number_text(v, self.digits)) for v in values)


def _map(
    ranges: Sequence[Range], values: Sequence[float | None], tone: _Tone, *, css: str, width: int
) -> Drawing:
    down, across = ranges
    left, top = (86, 28) if css == "wide" else (60, 28)
    columns, rows = len(across.values), len(down.values)
    cell_width = round((width - left - 4) / columns, 2)
    cell_height = round(min(36.0, max(9.0, 380 / rows)), 2)
    bottom, right = round(top + rows * cell_height), round(left + columns * cell_width)
    numbers = css == "wide" and columns <= MOST_NUMBERS and cell_height >= 18
    cells = tuple(
        _cell(
            tone, value, text=_where(ranges, i), numbers=numbers,
            x=round(left + i % columns * cell_width, 2),
            y=round(bottom - (i // columns + 1) * cell_height, 2),
        )
        for i, value in enumerate(values)
    )  # fmt: skip
    x_marks = [
        Mark(round(left + (i + 0.5) * cell_width, 1), number_text(v, 3))
        for i, v in enumerate(across.values)
    ]
    y_marks = [
        Mark(round(bottom - (i + 0.5) * cell_height, 1), number_text(v, 3))
        for i, v in enumerate(down.values)
    ]
    return Drawing(
        css=css, width=width, height=bottom + 44, left=left, right=right, top=top, bottom=bottom,
        x_marks=_spread(x_marks, 44), y_marks=_spread(y_marks, 14), x_title=across.title,
        y_title=down.title, cell_width=cell_width, cell_height=cell_height, cells=cells,
    )  # fmt: skip


def _cell(
    tone: _Tone, value: float | None, *, text: str, numbers: bool, x: float, y: float
) -> Cell:
    """Return one point; without a value it is empty."""
    css, opacity = ("none", 0.0) if value is None else tone.of(value)
    number = number_text(value, tone.digits) if numbers and value is not None else ""
    return Cell(
        x=x, y=y, css=css, opacity=opacity, text=f"{text}: {number_text(value)}", number=number
    )  # fmt: skip
