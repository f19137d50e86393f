"""The figure of an experiment: published points, the model, and the model as changed."""

from dataclasses import dataclass
from math import isfinite
from textwrap import wrap

from synapse.plasticity.experiments.experiment import SIGN_BAND, Experiment, Published
from synapse.rendering.experiment_marks import Pen, draw_marks
from synapse.rendering.experiment_shapes import Drawing, Path, Plane, Shape, Text, scale, spread_out
from synapse.rendering.experiment_words import typeset
from synapse.rendering.numbers import number_text, unit_suffix
from synapse.services.experiment_pages import Found

CHARACTER = 6.0
"""Pixels of an average character."""
LINE, LEAST_GAP = 12.5, 9.0
"""Pixels between lines of a label, and between the numbers of an axis."""
SEEN, BEYOND = 2.0, 0.15
"""Of the band of no change, and of the end of an open range: what is shown at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """A drawing's size; ``row`` is the height of a condition that has a line of its own."""

    css: str
    width: int
    height: int
    row: int
    longest: int
    shift: float
    pen: Pen


CARD = Size(
    css="", width=280, height=190, row=18, longest=18, shift=5, pen=Pen(published=4.2, model=2.8)
)
WIDE = Size(
    css="wide", width=660, height=340, row=36, longest=32, shift=9, pen=Pen(published=6, model=4)
)
NARROW = Size(
    css="narrow",
    width=330,
    height=260,
    row=32,
    longest=17,
    shift=8,
    pen=Pen(published=5, model=3.4),
)


def draw_card(found: Found) -> Drawing:
    """Return the small figure of the gallery."""
    return _draw(found, None, CARD)


def draw_figure(found: Found, changed: Found | None = None) -> tuple[Drawing, Drawing]:
    """Return the figure for wide and for narrow screens."""
    return _draw(found, changed, WIDE), _draw(found, changed, NARROW)


def series_of(experiment: Experiment) -> tuple[str, ...]:
    """Return the series that are told apart, in order of appearance; rows have labels."""
    if experiment.categorical:
        return ("",)
    return tuple(dict.fromkeys(c.series for c in experiment.conditions))


def _draw(found: Found, changed: Found | None, size: Size) -> Drawing:
    experiment = found.experiment
    labels = _labels(experiment, size)
    plane = (_rows if experiment.categorical else _columns)(found, changed, size, labels)
    marks = draw_marks(
        found, changed, plane, size.pen, shift=size.shift, series=series_of(experiment)
    )
    height = int(plane.bottom) + 36 if plane.flat else size.height
    shapes = (*_axes(experiment, plane, size, labels), *marks)
    return Drawing(size.css, size.width, height, shapes)


# --- places and values -------------------------------------------------------------------


def _labels(experiment: Experiment, size: Size) -> list[list[str]]:
    """Return the lines of each condition's label; a star where some are remembered."""
    grades = {c.published.grade for c in experiment.conditions}
    lines = []
    for condition in experiment.conditions:
        star = "*" if len(grades) > 1 and condition.published.grade == "remembered" else ""
        lines.append(wrap(typeset(condition.label) + star, size.longest) or [""])
    return lines


def _rows(found: Found, changed: Found | None, size: Size, labels: list[list[str]]) -> Plane:
    """Return a plane with a row for each condition."""
    longest = max(len(line) for lines in labels for line in lines)
    row = max(size.row, max(len(lines) for lines in labels) * LINE + 3)
    count = len(labels)
    row = max(row, (size.height - 44) / count) if size is CARD else row
    top, left = 8.0, 14 + CHARACTER * longest
    low, high, ticks = scale(_shown(found, changed), 4 if size.width < 400 else 6)
    return Plane(
        left=left, right=size.width - 14, top=top, bottom=top + row * count, low=low, high=high,
        ticks=ticks, flat=True, places=tuple(top + row * (i + 0.5) for i in range(count)),
    )  # fmt: skip


def _columns(found: Found, changed: Found | None, size: Size, labels: list[list[str]]) -> Plane:
    """Return a plane with the conditions along a numeric axis."""
    experiment = found.experiment
    low, high, ticks = scale(_shown(found, changed), 4 if size.height < 300 else 6)
    left, right = 42.0, size.width - 8.0
    inset = 0.06 * (right - left)
    xs = [condition.x for condition in experiment.conditions]
    places = spread_out(xs, left + inset, right - inset, logarithmic=experiment.logarithmic_x)
    return Plane(
        left=left, right=right, top=26, bottom=size.height - 36, low=low, high=high, ticks=ticks,
        places=tuple(round(place, 1) for place in places),
    )  # fmt: skip


def _shown(found: Found, changed: Found | None) -> list[float]:
    """Return every value that the axis must hold."""
    values = [0.0]
    for one in (found, changed):
        values += [result.got for result in one.present] if one else []
    for condition in found.experiment.conditions:
        values += edges(condition.published)
    return values


def edges(published: Published) -> list[float]:
    """Return the finite values between which a published number lets the model lie."""
    if published.rule == "sign":
        return [-SEEN * SIGN_BAND, SEEN * SIGN_BAND]
    if published.rule == "range":
        ends = (published.low, published.high)
        finite = [end for end in ends if end is not None and isfinite(end)]
        if len(finite) == len(ends):
            return finite
        outwards = 1.0 if finite == [published.low] else -1.0
        return [
            end + outwards * max(BEYOND * abs(end), SEEN * SIGN_BAND) * k
            for end in finite
            for k in (0.0, 1.0)
        ]
    error = published.error or 0.0
    return [published.value - error, published.value + error]


# --- axes --------------------------------------------------------------------------------


def _axes(experiment: Experiment, plane: Plane, size: Size, labels: list[list[str]]) -> list[Shape]:
    draw = _row_axes if plane.flat else _column_axes
    return [*draw(experiment, plane, size, labels), *_zero(plane)]


def _zero(plane: Plane) -> list[Shape]:
    if not plane.low <= 0.0 <= plane.high:
        return []
    zero = plane.value(0.0)
    if plane.flat:
        return [Path("zero", f"M{zero:g} {plane.top:g}V{plane.bottom:g}")]
    return [Path("zero", f"M{plane.left:g} {zero:g}H{plane.right:g}")]


def _column_axes(
    experiment: Experiment, plane: Plane, size: Size, labels: list[list[str]]
) -> list[Shape]:
    shapes: list[Shape] = [Text("", 2, 14, axis_title(experiment.y.name, experiment.y.unit))]
    for tick in plane.ticks:
        y = plane.value(tick)
        shapes.append(Path("gr", f"M{plane.left:g} {y:g}H{plane.right:g}"))
        shapes.append(Text("e", plane.left - 6, y + 4, number_text(tick, 3)))
    shapes.append(Path("ax", f"M{plane.left:g} {plane.bottom:g}H{plane.right:g}"))
    last = -1e9
    marked = sorted({(p, c.x) for p, c in zip(plane.places, experiment.conditions, strict=True)})
    for place, x in marked:
        shapes.append(Path("ax", f"M{place:g} {plane.bottom:g}v4"))
        text = number_text(x, 3)
        half = CHARACTER * len(text) / 2
        if place - half > last + LEAST_GAP:
            shapes.append(Text("m", place, plane.bottom + 17, text))
            last = place + half
    title = axis_title(experiment.x.name, experiment.x.unit)
    return [*shapes, _centred(title, (plane.left + plane.right) / 2, plane.bottom + 33, size)]


def _row_axes(
    experiment: Experiment, plane: Plane, size: Size, labels: list[list[str]]
) -> list[Shape]:
    shapes: list[Shape] = []
    for tick in plane.ticks:
        x = plane.value(tick)
        shapes.append(Path("gr", f"M{x:g} {plane.top:g}V{plane.bottom:g}"))
        shapes.append(Text("m", x, plane.bottom + 16, number_text(tick, 3)))
    shapes.append(Path("ax", f"M{plane.left:g} {plane.bottom:g}H{plane.right:g}"))
    for place, lines in zip(plane.places, labels, strict=True):
        first = place + 4 - LINE * (len(lines) - 1) / 2
        shapes += [
            Text("e val", plane.left - 8, round(first + LINE * i, 1), line)
            for i, line in enumerate(lines)
        ]
    title = axis_title(experiment.y.name, experiment.y.unit)
    return [*shapes, _centred(title, (plane.left + plane.right) / 2, plane.bottom + 32, size)]


def axis_title(name: str, unit: str) -> str:
    """Return the name of an axis with its unit."""
    return f"{name} ({unit_suffix(unit)})" if unit_suffix(unit) else name


def _centred(text: str, middle: float, y: float, size: Size) -> Text:
    """Return words in the middle of an axis, or ending at the edge where they are too long."""
    if middle + CHARACTER * len(text) / 2 > size.width:
        return Text("e", size.width - 2, y, text)
    return Text("m", round(middle, 1), y, text)
