"""What a figure is made of, and the plane that it is drawn on."""

from dataclasses import dataclass, field
from math import log10

from synapse.rendering.axes import value_axis

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Path:
    """Lines through points, or a closed outline."""

    css: str
    d: str
    kind: str = "path"


@dataclass(frozen=True, slots=True)
class Rect:
    """A band."""

    css: str
    x: float
    y: float
    width: float
    height: float
    kind: str = "rect"


@dataclass(frozen=True, slots=True)
class Circle:
    """A point of the model, or a published one."""

    css: str
    x: float
    y: float
    r: float
    kind: str = "circle"


@dataclass(frozen=True, slots=True)
class Text:
    """Words; ``css`` is ``e`` at their end, ``m`` in their middle."""

    css: str
    x: float
    y: float
    text: str
    kind: str = "text"


Shape = Path | Rect | Circle | Text


@dataclass(frozen=True, slots=True)
class Drawing:
    """A figure at one width; shapes in the order in which they are drawn."""

    css: str
    width: int
    height: int
    shapes: tuple[Shape, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plane:
    """Places and values in pixels: values upwards, or to the right where it lies ``flat``."""

    left: float
    right: float
    top: float
    bottom: float
    low: float
    high: float
    ticks: tuple[float, ...]
    flat: bool = False
    places: tuple[float, ...] = field(default=())

    def value(self, value: float) -> float:
        """Return where a value lies on its axis, kept inside it."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        if self.flat:
            return round(self.left + share * (self.right - self.left), 1)
        return round(self.bottom - share * (self.bottom - self.top), 1)

    def point(self, place: float, value: float) -> Point:
        """Return x and y of a place and the pixel of a value."""
        return (value, round(place, 1)) if self.flat else (round(place, 1), value)

    def path(self, css: str, points: list[Point], *, closed: bool = False) -> Path:
        """Return a line through (place, pixel of value)."""
        pairs = [self.point(*point) for point in points]
        return Path(css, "M" + "L".join(f"{x:g} {y:g}" for x, y in pairs) + "Z" * closed)

    def band(self, css: str, place: float, width: float, low: float, high: float) -> Rect:
        """Return a band at a place, from one value to another."""
        a = self.point(place - width / 2, self.value(low))
        b = self.point(place + width / 2, self.value(high))
        x, y = min(a[0], b[0]), min(a[1], b[1])
        return Rect(css, x, y, round(abs(a[0] - b[0]), 1), round(abs(a[1] - b[1]), 1))


def spread_out(xs: list[float], low: float, high: float, *, logarithmic: bool) -> list[float]:
    """Return pixels between two ends for the places of an axis, the ends included."""
    scaled = [log10(x) for x in xs] if logarithmic else xs
    first, last = min(scaled), max(scaled)
    if last == first:
        return [(low + high) / 2 for _ in xs]
    return [low + (high - low) * (x - first) / (last - first) for x in scaled]


def scale(values: list[float], count: int) -> tuple[float, float, tuple[float, ...]]:
    """Return both ends and the ticks of an axis that holds all values."""
    low, high, ticks = value_axis(min(values), max(values), count)
    return low, high, tuple(ticks)
