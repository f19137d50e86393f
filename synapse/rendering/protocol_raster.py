"""What a protocol does, drawn: a lane for each kind of event, drug and condition, and a table."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from synapse.plasticity.drugs import DRUGS
from synapse.plasticity.group import BATH
from synapse.plasticity.stimulus import Event
from synapse.rendering.axes import nice_step, ticks_between, time_unit
from synapse.rendering.charts import Tick
from synapse.rendering.experiment_protocol import KINDS, events_text
from synapse.rendering.numbers import duration_text, number_text, unit_suffix
from synapse.services.timeline.drafts import Draft
from synapse.services.timeline.fields import BATH_TITLES

WIDTHS = (("wide", 1160), ("narrow", 330))
TOP, LANE, MARK, LEFT = 22, 44, 18, 2
MOST_ROWS = 200
"""Events that are listed one by one."""
COLOURS = {
    "pre": "v-release", "field": "v-early", "post": "v-voltage", "dopamine": "v-dopamine",
    "acetylcholine": "v-scaling", "drug": "v-tag", "bath": "v-protein",
}  # fmt: skip
PLURALS = {kind: f"{word}s" for kind, word in KINDS.items()}
Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of time during which a drug or a condition is there."""

    x: float
    width: float
    text: str


@dataclass(frozen=True, slots=True)
class Lane:
    """One row: its title, marks of single events as a path, and bars."""

    title: str
    css: str
    y: int
    path: str
    bars: tuple[Bar, ...]

    @property
    def foot(self) -> int:
        """Where the row's line lies."""
        return self.y + MARK

    @property
    def text_y(self) -> int:
        """Where the title stands."""
        return self.y - 6

    @property
    def bar_text_y(self) -> int:
        """Where the text of a bar stands."""
        return self.y + 13


@dataclass(frozen=True, slots=True)
class RasterDrawing:
    """The raster at one width."""

    css: str
    width: int
    height: int
    lanes: tuple[Lane, ...]
    ticks: tuple[Tick, ...]
    axis_y: int
    time_title: str

    @property
    def right(self) -> int:
        """Where the time axis ends."""
        return self.width - 6


@dataclass(frozen=True, slots=True)
class Raster:
    """Drawings, what happens in words, and the first events one by one."""

    drawings: tuple[RasterDrawing, ...]
    label: str
    words: tuple[str, ...]
    rows: tuple[tuple[str, str, str, str], ...]
    total: int
    length: str
    window: str


def build_raster(draft: Draft, window: Span | None = None) -> Raster:
    """Return the raster of a protocol, whole or in a window of time (ms)."""
    events = draft.protocol().events
    length = draft.length or 1000.0
    span = window or (0.0, length)
    words = tuple(_titled(line) for line in events_text(events)) if events else ()
    shown = [event for event in events if span[0] <= event.time <= span[1]]
    return Raster(
        drawings=tuple(_draw(css, width, events, span) for css, width in WIDTHS),
        label=f"Events of the protocol, {number_text(len(events), 6)} in all: {'; '.join(words)}",
        words=words,
        rows=tuple(_row(event) for event in shown[:MOST_ROWS]),
        total=len(shown),
        length=duration_text(round(draft.length, 3)),
        window="" if window is None else f"{_words(span[0])} to {_words(span[1])}",
    )


def _titled(line: str) -> str:
    """Return a line that begins with the title of a bath quantity, not with its name."""
    name, _, rest = line.partition(" ")
    return f"{BATH_TITLES[name]} {rest}" if name in BATH_TITLES else line


def _words(ms: float) -> str:
    return duration_text(round(ms, 3))


def _row(event: Event) -> tuple[str, str, str, str]:
    """Return time, event, value and synapse as words."""
    synapse = "each" if event.synapse is None else str(event.synapse)
    time = f"{number_text(event.time, 12)} ms"
    if event.kind == "drug":
        done = "in" if event.value else "out"
        return time, f"{DRUGS[event.name].title} {done}", "", "all"
    if event.kind == "bath":
        unit = unit_suffix(BATH[event.name].unit)
        return time, BATH_TITLES[event.name], f"{number_text(event.value)} {unit}".strip(), "all"
    value = "" if event.kind in ("post", "field") else number_text(event.value)
    if event.kind in ("dopamine", "acetylcholine"):
        value = f"{value} µM"
    return time, KINDS[event.kind], value, synapse


def _draw(css: str, width: int, events: Sequence[Event], span: Span) -> RasterDrawing:
    right = width - 6
    scale = (right - LEFT) / max(span[1] - span[0], 1e-9)
    groups: dict[tuple[str, str], list[Event]] = defaultdict(list)
    for event in events:
        groups[event.kind, event.name].append(event)
    order = sorted(groups, key=lambda key: list(COLOURS).index(key[0]))
    lanes = tuple(
        _lane(kind, name, groups[kind, name], TOP + i * LANE, span, scale)
        for i, (kind, name) in enumerate(order)
    )
    axis = TOP + len(lanes) * LANE - 12
    ticks, title = _ticks(span, scale, 10 if css == "wide" else 4)
    return RasterDrawing(css, width, axis + 40, lanes, ticks, axis, title)


def _lane(kind: str, name: str, events: list[Event], y: int, span: Span, scale: float) -> Lane:
    if kind in ("drug", "bath"):
        title = DRUGS[name].title if kind == "drug" else BATH_TITLES[name]
        return Lane(title, COLOURS[kind], y, "", _bars(kind, name, events, span, scale))
    places = {
        round(LEFT + (event.time - span[0]) * scale, 1)
        for event in events
        if span[0] <= event.time <= span[1]
    }
    path = "".join(f"M{x:g} {y}v{MARK}" for x in sorted({round(2 * x) / 2 for x in places}))
    count = len(events)
    title = f"{number_text(count, 6)} {KINDS[kind] if count == 1 else PLURALS[kind]}"
    return Lane(title, COLOURS[kind], y, path, ())


def _bars(kind: str, name: str, events: list[Event], span: Span, scale: float) -> tuple[Bar, ...]:
    """Return the stretches between changes; a drug that is out leaves a gap."""
    unit = unit_suffix(BATH[name].unit) if kind == "bath" else ""
    bars = []
    ends = [*(event.time for event in events[1:]), float("inf")]
    for event, end in zip(events, ends, strict=True):
        low, high = max(event.time, span[0]), min(end, span[1])
        if high < low or (kind == "drug" and not event.value):
            continue
        text = f"{number_text(event.value)} {unit}".strip() if kind == "bath" else ""
        width = max(2.0, (high - low) * scale)
        bars.append(Bar(round(LEFT + (low - span[0]) * scale, 1), round(width, 1),
                        text if width > 8 * len(text) else ""))  # fmt: skip
    return tuple(bars)


def _ticks(span: Span, scale: float, most: int) -> tuple[tuple[Tick, ...], str]:
    """Return round times on the axis and the name of their unit."""
    size, unit = time_unit(span[1] - span[0])
    step = nice_step(max(span[1] - span[0], 1e-9) / size, most)
    ticks = tuple(
        Tick(round(LEFT + (at * size - span[0]) * scale, 1), number_text(at, 6))
        for at in ticks_between(span[0] / size, span[1] / size, step)
    )
    return ticks, f"time from the start of the protocol, {unit}"
