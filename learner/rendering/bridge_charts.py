"""Biology and learner on one axis: stacked charts, and the spikes below them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from learner.rendering.bridge_table import rows_of
from learner.rendering.charts import FULL, Chart, EventDrawing, Frame, Mark, draw_events
from synapse.rendering.axes import time_unit
from synapse.rendering.charts import PanelData, Series, Tick
from synapse.rendering.numbers import number_text, rough_duration_text
from synapse.rendering.reduction import Floats

MOST_POINTS = 500
"""Points of a line; with more operations each stands for several."""
ROW_HEIGHT, TICK_HEIGHT = 18, 11
GAP_ABOVE = 30


@dataclass(frozen=True, slots=True)
class RasterRow:
    """Ticks of one kind, as one path."""

    name: str
    label: str
    css: str
    path: str
    y: float
    count: int


@dataclass(frozen=True, slots=True)
class BridgeDrawing:
    """A stack of charts, the rows of spikes below, and both readings of the axis."""

    stack: EventDrawing
    rows: tuple[RasterRow, ...]
    operations: tuple[Tick, ...]
    times: tuple[Tick, ...]
    unit: str

    @property
    def frame(self) -> Frame:
        """Size, and where the plots lie."""
        return self.stack.frame

    @property
    def axis(self) -> float:
        """Where the axis is drawn."""
        return self.rows[-1].y + TICK_HEIGHT + 6

    @property
    def height(self) -> float:
        """Height of the drawing."""
        return self.axis + 52


@dataclass(frozen=True, slots=True)
class BridgeChart:
    """The drawings, and what stands beside them."""

    chart: Chart
    drawings: tuple[BridgeDrawing, ...]


def bridge_chart(found: Mapping[str, Any], interval: float) -> BridgeChart:
    """Return the drawings of a computed connection; one operation is ``interval`` ms."""
    count = found["operations"]
    panels = [*biology_panels(found), *learner_panels(found)]
    marks = jumps(found)
    stacks = draw_events(panels, count, wide=FULL, marks=marks)
    head, rows = rows_of(found)
    each = -(-count // MOST_POINTS)
    length = rough_duration_text(interval)
    note = (
        f"One operation is {length} of the synapse's time, which was chosen. "
        + ("Of calcium, dopamine, gate and surprise each point is the largest of "
           f"{each} operations. " if each > 1 else
           "Calcium, dopamine and gate are the largest value of each operation. ")
        + ("Dashed verticals: rollbacks and sleeps, which are not coded." if marks else "")
    )  # fmt: skip
    chart = Chart(
        name="series",
        label="The synapse and the connection on one axis of operations and time.",
        findings=tuple(p.finding for p in panels), drawings=(), note=note, head=head, rows=rows,
    )  # fmt: skip
    return BridgeChart(chart, tuple(_beside(stack, found, interval) for stack in stacks))


def _beside(stack: EventDrawing, found: Mapping[str, Any], interval: float) -> BridgeDrawing:
    """Return a stack with the spikes below it and both readings of its axis."""
    top = stack.panels[-1].bottom + GAP_ABOVE
    first, count = found["learner"]["position"][0], found["operations"]
    frame = stack.frame
    width = frame.right - frame.left
    size, unit = time_unit(count * interval)
    operations, times = [], []
    for tick in stack.ticks:
        place = (tick.at - frame.left) / width * count
        operations.append(Tick(tick.at, number_text(round(first + place), 12)))
        times.append(Tick(tick.at, number_text(place * interval / size, 3)))
    rows = raster(found, frame, top)
    return BridgeDrawing(stack, rows, tuple(operations), tuple(times), unit)


# --- panels ------------------------------------------------------------------------------


def biology_panels(found: Mapping[str, Any]) -> list[PanelData]:
    """Return the charts of the synapse, in the order of its steps."""
    b = found["biology"]
    return [
        _panel("NMDA gate (share open, largest)", "The NMDA gate", 50,
               _peak(found, b["gate"], "v-release", "NMDA gate"), floor=0.0),
        _panel("AMPA receptors in the PSD (count)", "The number of AMPA receptors in the PSD", 50,
               _end(found, b["psd_ampa"], "v-weight", "AMPA")),
        _panel("calcium (µM, largest)", "Calcium", 68,
               _peak(found, b["calcium"], "v-calcium", "calcium"), floor=0.0),
        _panel("dopamine (µM, largest)", "Dopamine", 50,
               _peak(found, b["dopamine"], "v-dopamine", "dopamine"), floor=0.0),
        _panel("tag and proteins (1 = full)", "The tag", 60,
               _end(found, b["tag"], "v-tag", "tag", steps=True),
               _end(found, b["plasticity_proteins"], "v-protein", "proteins"),
               ticks=(-1.0, 0.0, 1.0)),
        _panel("weights of the synapse (h, w: 1 at rest; z: 0)", "The committed weight w", 110,
               _end(found, b["early_weight"], "v-early", "early h", style="dash"),
               _end(found, b["late_weight"], "v-late", "late z", style="dashdot"),
               _end(found, b["weight"], "v-weight", "weight w", style="ln-thick"), last=True),
    ]  # fmt: skip


def learner_panels(found: Mapping[str, Any]) -> list[PanelData]:
    """Return the charts of the connection."""
    a = found["learner"]
    unit = " (log odds)" if found["largest_error"] == 1.0 else ""
    return [
        _panel(f"weights of the connection{unit}", "The early weight", 110,
               _end(found, a["early"], "v-early", "early", style="dash"),
               _end(found, a["tagged"], "v-tag", "tagged"),
               _end(found, a["late"], "v-late", "late", style="dashdot")),
        _panel("surprise and threshold", "Surprise", 68,
               _peak(found, a["surprise"], "v-calcium", "surprise"),
               _end(found, a["threshold"], "d-pub", "threshold", style="dash"), floor=0.0),
        _panel("gate: gain of early weights", "The gain", 50,
               _peak(found, a["gain"], "v-dopamine", "gain")),
        _panel("drift: arousal", "Arousal", 50,
               _end(found, a["arousal"], "v-voltage", "arousal", area=True),
               ticks=(0.0, 0.5, 1.0)),
    ]  # fmt: skip


def _panel(
    title: str, subject: str, height: int, *series: Series, floor: float | None = None,
    ticks: tuple[float, ...] = (), last: bool = False,
) -> PanelData:  # fmt: skip
    values = series[-1 if last else 0].values
    low, high = number_text(float(values.min()), 3), number_text(float(values.max()), 3)
    course = f"stayed at {low}" if low == high else f"lay between {low} and {high}"
    return PanelData(title=title, finding=f"{subject} {course}.", series=series, height=height,
                     floor=floor, ticks=ticks, least_span=1e-3)  # fmt: skip


def _groups(count: int) -> list[Any]:
    return np.array_split(np.arange(count), min(count, MOST_POINTS))


def _peak(found: Mapping[str, Any], values: Sequence[float], css: str, name: str) -> Series:
    groups = _groups(found["operations"])
    largest = [max(values[i] for i in group) for group in groups]
    return _series(groups, largest, css, name, area=True)


def _end(
    found: Mapping[str, Any], values: Sequence[float], css: str, name: str, *, style: str = "",
    area: bool = False, steps: bool = False,
) -> Series:  # fmt: skip
    groups = _groups(found["operations"])
    ends = [values[group[-1]] for group in groups]
    return _series(groups, ends, css, name, style=style, area=area, steps=steps)


def _series(
    groups: Sequence[Any], values: Sequence[float], css: str, name: str, *, style: str = "",
    area: bool = False, steps: bool = False,
) -> Series:  # fmt: skip
    time: Floats = np.array([group[-1] + 1.0 for group in groups])
    return Series(time=time, values=np.array(values, dtype=float), css=css, name=name, label=name,
                  style=style, area=area, steps=steps)  # fmt: skip


def jumps(found: Mapping[str, Any]) -> list[Mark]:
    """Return where the learner jumped without an event."""
    a = found["learner"]
    rows = zip(a["kind"], a["amount"], strict=True)
    return [
        Mark(i, f"back to {amount}" if kind == "rollback" else "sleep")
        for i, (kind, amount) in enumerate(rows)
        if kind in ("rollback", "sleep")
    ]


# --- spikes ------------------------------------------------------------------------------


def raster(found: Mapping[str, Any], frame: Frame, top: float) -> tuple[RasterRow, ...]:
    """Return a row for each kind of coded event, with a tick an event."""
    width, count = frame.right - frame.left, max(1, found["operations"])
    rows = []
    for i, (name, label, css, places) in enumerate(kinds(found)):
        y = top + i * ROW_HEIGHT
        xs = sorted({round(frame.left + width * (p + 0.5) / count, 1) for p in places})
        path = "".join(f"M{x:g} {y:g}v{TICK_HEIGHT}" for x in xs)
        rows.append(RasterRow(name, label, css, path, y, len(places)))
    return tuple(rows)


def kinds(found: Mapping[str, Any]) -> list[tuple[str, str, str, list[int]]]:
    """Return name, label, colour and places of each kind of coded event."""
    a, coded = found["learner"], found["spikes"]
    pairs = [p[1][0] - p[0][0] if p[0] and p[1] else None for p in coded]
    salient = a["salient"]

    def where(test: Any) -> list[int]:
        return [i for i in range(len(coded)) if test(i)]

    return [
        ("commit, pre before post", "pre first", "v-early",
         where(lambda i: salient[i] and (pairs[i] or 0.0) > 0.0)),
        ("commit, post before pre", "post first", "d-model2",
         where(lambda i: salient[i] and (pairs[i] or 0.0) < 0.0)),
        ("commit, one side alone", "one alone", "v-voltage",
         where(lambda i: salient[i] and pairs[i] is None)),
        ("no commit, one pairing", "no commit", "v-tag",
         where(lambda i: not salient[i] and pairs[i] is not None)),
        ("dopamine after a commit", "dopamine", "v-dopamine", where(lambda i: bool(coded[i][2]))),
    ]  # fmt: skip
