"""The marks of a figure: published means, directions and ranges; the model, also as changed."""

from dataclasses import dataclass
from math import isfinite

from synapse.plasticity.experiments.experiment import SIGN_BAND, Published, Result
from synapse.rendering.experiment_shapes import Circle, Path, Plane, Shape
from synapse.services.experiment_pages import Found, allowed

SERIES = ("d-model", "d-base dash", "d-pub dot", "d-model")
"""Colour and line of each series; vermilion is kept for the changed model."""
CHANGED = "d-model2"
WIDEST = 3.2
"""Of a band against the radius of a published point."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pen:
    """Radii of a published point and of the model's, pixels."""

    published: float
    model: float


def colour_of(series: int) -> str:
    """Return the colour of a series."""
    return SERIES[series % len(SERIES)].split()[0]


def draw_marks(
    found: Found, changed: Found | None, plane: Plane, pen: Pen, *, shift: float,
    series: tuple[str, ...],
) -> list[Shape]:  # fmt: skip
    """Return every mark of a figure, the bands first and the model last."""
    conditions = found.experiment.conditions
    own = [0 if plane.flat else series.index(c.series) for c in conditions]
    width, places = _apart(plane, own, pen)
    marks: list[Shape] = []
    for condition, place in zip(conditions, places, strict=True):
        marks += _bands(condition.published, place, width, plane)
    for condition, place, number in zip(conditions, places, own, strict=True):
        css = colour_of(number) if len(series) > 1 else "d-pub"
        marks += _published(condition.published, place, plane, pen, css)
    if changed is not None:
        moved = [place + shift for place in places]
        marks += _model(changed, moved, own, plane, pen, after=True)
    return [*marks, *_model(found, places, own, plane, pen, after=False)]


def _apart(plane: Plane, own: list[int], pen: Pen) -> tuple[float, list[float]]:
    """Return the width of a band, and places at which series do not cover each other."""
    distinct = sorted(set(plane.places))
    gaps = [b - a for a, b in zip(distinct, distinct[1:], strict=False)]
    room = min(gaps, default=1e3)
    shared = len(distinct) < len(plane.places)
    count = max(own) + 1 if shared else 1
    width = max(4.0, min(WIDEST * pen.published, 0.85 * room / count))
    shifts = [(number - (count - 1) / 2) * (width + 1) if shared else 0.0 for number in own]
    return width, [p + s for p, s in zip(plane.places, shifts, strict=True)]


# --- what was published ------------------------------------------------------------------


def _bands(published: Published, place: float, width: float, plane: Plane) -> list[Shape]:
    """Return the band of a direction or range, with a line at each finite end."""
    if published.rule == "sem":
        return []
    low, high = allowed(published)
    marks: list[Shape] = [plane.band("band", place, width, low, high)]
    for end in (low, high):
        if published.rule != "sign" and isfinite(end):
            at, half = plane.value(end), width / 2
            marks.append(plane.path("eb d-pub", [(place - half, at), (place + half, at)]))
    return marks


def _published(published: Published, place: float, plane: Plane, pen: Pen, css: str) -> list[Shape]:
    """Return an open circle with its error, or the mark of a direction."""
    if published.rule == "sign":
        return [_direction(published.value, place, plane, pen, css)]
    if published.rule != "sem":
        return []
    low, high = (plane.value(end) for end in allowed(published))
    caps = [plane.path(f"eb {css}", [(place - 3, end), (place + 3, end)]) for end in (low, high)]
    x, y = plane.point(place, plane.value(published.value))
    bar = plane.path(f"eb {css}", [(place, low), (place, high)])
    return [bar, *caps, Circle(f"mk-open {css}", x, y, pen.published)]


def _direction(sign: float, place: float, plane: Plane, pen: Pen, css: str) -> Path:
    """Return an open triangle that points up or down, or a square for no change."""
    size = pen.published
    at = plane.value(sign * SIGN_BAND)
    if sign == 0.0:
        side = 0.8 * size
        corners = [(-side, -side), (side, -side), (side, side), (-side, side)]
        return plane.path(f"mk-open {css}", [(place + a, at + b) for a, b in corners], closed=True)
    ahead = (1.0 if plane.flat else -1.0) * sign * 1.5 * size
    points = [(place - size, at), (place + size, at), (place, at + ahead)]
    return plane.path(f"mk-open {css}", points, closed=True)


# --- the model ---------------------------------------------------------------------------


def _model(
    found: Found, places: list[float], own: list[int], plane: Plane, pen: Pen, *, after: bool
) -> list[Shape]:
    """Return the points of the model, joined along a numeric axis, ringed where they miss."""
    lines: list[Shape] = []
    for number in sorted(set(own)) if not plane.flat else ():
        rows = zip(places, own, found.results, strict=True)
        joined = sorted((p, plane.value(r.got)) for p, o, r in rows if o == number and r)
        if len(joined) > 2:
            css = f"{CHANGED} dash" if after else SERIES[number % len(SERIES)]
            lines.append(plane.path(f"ln ln-thin {css}", joined))
    points: list[Shape] = []
    for place, number, result in zip(places, own, found.results, strict=True):
        if result is not None:
            css = CHANGED if after else colour_of(number)
            points += _result(result, place, plane, pen, css, after=after)
    return [*lines, *points]


def _result(
    result: Result, place: float, plane: Plane, pen: Pen, css: str, *, after: bool
) -> list[Shape]:
    x, y = plane.point(place, plane.value(result.got))
    ring = [] if result.holds else [Circle("ring", x, y, round(1.35 * pen.published, 1))]
    if after:
        r = 1.35 * pen.model
        diamond = f"M{x:g} {y - r:g}L{x + r:g} {y:g}L{x:g} {y + r:g}L{x - r:g} {y:g}Z"
        return [*ring, Path(f"mk {css}", diamond)]
    return [*ring, Circle(f"mk {css}", x, y, pen.model)]
