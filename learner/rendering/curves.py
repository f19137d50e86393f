"""The charts of a learner: accuracy against baselines, what drives it, and its heads."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from learner.pipeline.explanation import head_names
from learner.rendering.charts import FULL, HALF, PART, Chart, Mark, draw_events, pieces
from synapse.rendering.charts import KeyEntry, PanelData, Series
from synapse.rendering.numbers import fixed_text, number_text
from synapse.rendering.reduction import Floats

TABLE_ROWS = 40
"""Rows of a table on a page; the CSV has them all."""
HEADS = (("early", "v-early", "dash"), ("tagged", "v-tag", ""), ("late", "v-late", "dashdot"))
MOST_PATHWAYS = 4
"""Pathways that are drawn."""


@dataclass(frozen=True, slots=True)
class Rival:
    """How a learner or baseline is written and drawn."""

    name: str
    text: str
    label: str
    css: str
    style: str


RIVALS = (
    Rival("learner", "this learner", "learner", "d-model", "ln-thick"),
    Rival("always", "always updating", "always", "d-model2", "dash"),
    Rival("frozen", "frozen", "frozen", "d-base", "dot"),
    Rival("majority", "majority class", "majority", "d-base", ""),
    Rival("no_change", "the label before", "no change", "d-base", "dashdot"),
)


MEAN = Rival("majority", "mean of the labels", "mean", "d-base", "")
"""What the majority class is for numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Curves:
    """Measures of a learner along its events, n points of ``width`` events or fewer."""

    classifies: bool
    width: int
    events: Floats
    """[n]: number of the last event of each point."""
    scores: dict[str, Floats]
    """[n] each, NaN where there is none: share correct, or mean absolute error."""
    updates: Floats
    """[n]: share of salient events."""
    budget: float
    surprise: Floats
    threshold: Floats
    gate: Floats
    arousal: Floats
    reliability: Floats
    """[n, heads], NaN where a head came later."""

    @property
    def last(self) -> int:
        """Number of the last event."""
        return int(self.events[-1])


def score_text(value: float, *, classifies: bool) -> str:
    """Return a share correct in per cent, an error as a number."""
    return f"{fixed_text(100 * value, 1)} %" if classifies else number_text(value, 3)


def measure_name(*, classifies: bool) -> str:
    """Return what a learner of this kind is judged by."""
    return "prequential accuracy" if classifies else "mean absolute error"


def accuracy_chart(curves: Curves, marks: Sequence[Mark]) -> Chart:
    """Return the learner's scores beside those of its baselines."""
    known = [r if curves.classifies or r.name != "majority" else MEAN for r in RIVALS]
    known = [r for r in known if np.isfinite(curves.scores.get(r.name, np.zeros(0))).any()]
    series = tuple(s for r in reversed(known) for s in _lines(curves, r))
    measure = measure_name(classifies=curves.classifies)
    title = f"{measure}, mean of {number_text(curves.width)} events"
    finding = _accuracy_finding(curves, known)
    panel = PanelData(
        title=title, finding=finding, series=series, height=208,
        floor=None if curves.classifies else 0.0, least_span=0.1 if curves.classifies else 0.0,
    )  # fmt: skip
    rows = _rows(curves, [curves.scores[r.name] for r in known], classifies=curves.classifies)
    return Chart(
        name="accuracy",
        label=f"{measure.capitalize()} of the learner and its baselines along the events.",
        findings=(finding,), drawings=draw_events([panel], curves.last, wide=FULL, marks=marks),
        key=tuple(KeyEntry(f"{r.css} {r.style}".strip(), r.text) for r in known),
        note=_drift_note(marks), head=("Event", *(r.text.capitalize() for r in known)), rows=rows,
    )  # fmt: skip


def _lines(curves: Curves, rival: Rival) -> tuple[Series, ...]:
    line = Series(
        time=curves.events, values=curves.events, css=rival.css, name=rival.text,
        label=rival.label, style=rival.style,
    )  # fmt: skip
    return pieces(curves.events, curves.scores[rival.name], line)


def _accuracy_finding(curves: Curves, known: Sequence[Rival]) -> str:
    """Return how the learner stands at the end, and where it stood worst."""
    ends = [
        f"{rival.text} {score_text(values[-1], classifies=curves.classifies)}"
        for rival in known
        if len(values := curves.scores[rival.name]) and np.isfinite(values[-1])
    ]
    own = curves.scores.get("learner", np.zeros(0))
    if not len(own) or not np.isfinite(own).any():
        return "No window has been counted yet."
    worst = int(np.nanargmin(own) if curves.classifies else np.nanargmax(own))
    return (
        f"At event {number_text(curves.last, 12)}: {', '.join(ends)}. The learner was worst at "
        f"event {number_text(curves.events[worst], 12)}, "
        f"{score_text(own[worst], classifies=curves.classifies)}."
    )


def drive_chart(curves: Curves, marks: Sequence[Mark]) -> Chart:
    """Return surprise with its threshold, gate with arousal, updates against the budget."""
    panels = [_surprise_panel(curves), _gate_panel(curves), _updates_panel(curves)]
    columns = [curves.surprise, curves.threshold, curves.gate, curves.arousal, curves.updates]
    return Chart(
        name="drive",
        label="Surprise, gate and share of updates along the events.",
        findings=tuple(p.finding for p in panels),
        drawings=draw_events(panels, curves.last, wide=PART, marks=marks),
        note=_drift_note(marks) or "Surprise opens the gate, the gate spends the budget.",
        head=("Event", "Surprise", "Threshold", "Gate", "Arousal", "Updates per event"),
        rows=_rows(curves, columns),
    )


def _surprise_panel(curves: Curves) -> PanelData:
    lines = (
        _line(curves, curves.surprise, "v-calcium", "surprise", area=True),
        _line(curves, curves.threshold, "d-pub", "threshold", style="dash"),
    )
    title = f"surprise, mean of {number_text(curves.width)}"
    return _low_panel(title, _finding("Surprise", curves.surprise, curves.events), lines)


def _gate_panel(curves: Curves) -> PanelData:
    lines = (
        _line(curves, curves.gate, "v-dopamine", "gate", area=True),
        _line(curves, curves.arousal, "v-voltage", "arousal"),
    )
    finding = _finding("The gate", curves.gate, curves.events)
    return _low_panel("gate of salient events, mean; arousal, largest", finding, lines)


def _updates_panel(curves: Curves) -> PanelData:
    flat = np.full_like(curves.events, curves.budget)
    lines = (
        _line(curves, curves.updates, "v-early", "updates", area=True),
        _line(curves, flat, "d-pub", "budget", style="dash"),
    )
    finding = _finding("The share of updates", curves.updates, curves.events)
    budget = f"The budget is {number_text(curves.budget, 3)}."
    return _low_panel("updates per event", f"{finding} {budget}", lines)


def _low_panel(title: str, finding: str, lines: tuple[Series, ...]) -> PanelData:
    return PanelData(title=title, finding=finding, series=lines, height=68, floor=0.0)


def heads_chart(curves: Curves, marks: Sequence[Mark]) -> Chart:
    """Return how much each head weighs in the prediction, a pathway in each chart."""
    heads = curves.reliability.shape[1]
    pathways = heads // len(HEADS)
    names = [name.replace("expansion 1", "expansion") for name in head_names(pathways)]
    if pathways > 2:
        names = head_names(pathways)
    panels = [_pathway(curves, names, g) for g in range(min(pathways, MOST_PATHWAYS))]
    ends = curves.reliability[-1]
    order = np.argsort(np.nan_to_num(ends))[::-1]
    finding = "At the end the heads weigh " + ", ".join(
        f"{names[h]} {fixed_text(100 * ends[h], 0)} %" for h in order[:6] if np.isfinite(ends[h])
    )
    return Chart(
        name="heads", label="Weight of each head in the prediction along the events.",
        findings=(f"{finding}.",),
        drawings=draw_events(panels, curves.last, wide=HALF, marks=marks),
        note="A head that predicts well is heard more.",
        head=("Event", *(name.capitalize() for name in names[: 3 * MOST_PATHWAYS])),
        rows=_rows(curves, list(curves.reliability.T[: 3 * MOST_PATHWAYS])),
    )  # fmt: skip


def _pathway(curves: Curves, names: Sequence[str], g: int) -> PanelData:
    kind = names[3 * g].split(", ", 1)[1]
    series = tuple(
        s
        for part, (name, css, style) in enumerate(HEADS)
        for s in _line_pieces(
            curves, curves.reliability[:, 3 * g + part], css, name, style=style, steps=part == 1
        )
    )
    ends = curves.reliability[-1, 3 * g : 3 * g + 3]
    finding = f"Heads on the {kind} at the end: " + ", ".join(
        f"{name} {fixed_text(100 * end, 0)} %"
        for (name, _, _), end in zip(HEADS, ends, strict=True)
        if np.isfinite(end)
    )
    return PanelData(
        title=f"weight of the heads on the {kind}", finding=f"{finding}.", series=series,
        height=76, floor=0.0, least_span=0.4,
    )  # fmt: skip


def _line_pieces(
    curves: Curves, values: Floats, css: str, name: str, *, style: str, steps: bool
) -> tuple[Series, ...]:
    line = Series(
        time=curves.events, values=values, css=css, name=name, label=name, style=style, steps=steps
    )
    return pieces(curves.events, values, line)


def _line(
    curves: Curves, values: Floats, css: str, name: str, *, style: str = "", area: bool = False
) -> Series:
    return Series(
        time=curves.events, values=np.nan_to_num(values), css=css, name=name, label=name,
        style=style, area=area,
    )  # fmt: skip


def _finding(name: str, values: Floats, events: Floats) -> str:
    """Return where a line ends and where it is largest."""
    most = int(np.nanargmax(values))
    return (
        f"{name} is {number_text(values[-1], 2)} at the end and largest, "
        f"{number_text(values[most], 2)}, at event {number_text(events[most], 12)}."
    )


def _drift_note(marks: Sequence[Mark]) -> str:
    return f"Dashed verticals: {len(marks)} drift alarm{'s'[: len(marks) != 1]}." if marks else ""


def _rows(
    curves: Curves, columns: Sequence[Floats], *, classifies: bool | None = None
) -> tuple[tuple[str, ...], ...]:
    """Return at most ``TABLE_ROWS`` rows of a table, spread evenly; the last one is among them."""
    count = len(curves.events)
    places = np.unique(np.linspace(0, count - 1, min(count, TABLE_ROWS)).round().astype(int))

    def text(value: float) -> str:
        if not np.isfinite(value):
            return "none"
        return number_text(value, 3) if classifies is None else score_text(
            value, classifies=classifies
        )  # fmt: skip

    return tuple(
        (number_text(curves.events[i], 12), *(text(float(c[i])) for c in columns)) for i in places
    )
