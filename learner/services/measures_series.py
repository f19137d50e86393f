"""What was measured, for pages and programs: curves of any length thinned, and facts."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import StringIO
from typing import Any

from django.db.models import (
    Avg,
    BigIntegerField,
    Count,
    ExpressionWrapper,
    F,
    FloatField,
    Max,
    Sum,
    Value,
)
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, NullIf

from learner.models import Learner, LearnerKind, Metric
from learner.pipeline.settings import USER
from learner.services.metrics import ClassMetrics, NumberMetrics
from learner.services.windows import HEADS, NAMES, THRESHOLD, WINDOW, Window

BUDGET = next(setting.default for setting in USER if setting.name == "budget")


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Measures along the events: n points of ``width`` events or fewer each."""

    width: int
    events: list[int] = field(default_factory=list)
    """[n]: number of the last event of each point."""
    scores: dict[str, list[float | None]] = field(default_factory=dict)
    """[n] each: share correct, or mean absolute error; None where there is none."""
    updates: list[float] = field(default_factory=list)
    """[n]: share of salient events."""
    surprise: list[float] = field(default_factory=list)
    threshold: list[float] = field(default_factory=list)
    """[n]: at the end of the point."""
    gate: list[float] = field(default_factory=list)
    """[n]: mean gain of salient events."""
    arousal: list[float] = field(default_factory=list)
    """[n]: largest."""
    reliability: list[list[float]] = field(default_factory=list)
    """[n][heads]: at the end of the point."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """A baseline and the learner on the events that the baseline predicted."""

    events: int
    score: float
    learner: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Recent:
    """The last full window, or the open one while there is none."""

    events: int
    scores: dict[str, float | None]
    updates: float
    surprise: float
    threshold: float
    gate: float
    arousal: float
    reliability: list[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """How well a learner predicted, over all the events that it ever learned.

    ``score`` is the share correct of classes, the mean absolute error of numbers.
    """

    events: int
    score: float | None
    """None before the first event."""
    kappa: float | None
    """Of classes: 0 for guessing by frequency, 1 for always right."""
    kappa_temporal: float | None
    """Of classes: 0 for saying the label before, 1 for always right."""
    r2: float | None
    """Of numbers: share of the variance that is explained."""
    beside: dict[str, Beside]
    """By baseline: no_change, majority, always, frozen."""
    updates: int
    update_share: float
    budget: float
    recent: Recent | None
    drifting: bool
    """Whether an alarm goes on."""


def series(learner: Learner, *, points: int = 400) -> Series:
    """Return the curves of a learner in at most ``points`` points, and one for the open window.

    The database joins the windows, so that a long life costs little more than a short one.
    """
    rows = Metric.objects.filter(learner=learner)
    windows = (rows.aggregate(last=Max("last"))["last"] or 0) // WINDOW
    joined = max(1, -(-windows // max(1, points)))
    found = list(_joined(rows, joined))
    ends = {row.last: row for row in rows.filter(last__in=[one["end"] for one in found])}
    columns = [_point(one, ends[one["end"]]) for one in found]
    now = _open(learner)
    if now is not None:
        columns.append(now)
    return _series(joined * WINDOW, columns)


def _joined(rows: Any, joined: int) -> Any:
    """Return sums over so many windows each, in their order."""
    size = Value(joined * WINDOW, output_field=BigIntegerField())
    place = ExpressionWrapper((F("first") - 1) / size, output_field=BigIntegerField())
    # SQLite says 'null' for a null in JSON.
    texts = {name: NullIf(KeyTextTransform(name, "scores"), Value("null")) for name in NAMES}
    scores = {name: Cast(text, FloatField()) for name, text in texts.items()}
    return (
        rows.annotate(place=place)
        .values("place")
        .order_by("place")
        .annotate(
            windows=Count("pk"), end=Max("last"), salient=Sum("updates"),
            mean_surprise=Avg("surprise"), gain=Sum(F("gate") * F("updates")),
            largest=Max("arousal"),
            **{f"sum_{name}": Sum(value) for name, value in scores.items()},
            **{f"known_{name}": Count(value) for name, value in scores.items()},
        )
    )  # fmt: skip


Point = tuple[int, dict[str, float | None], float, float, float, float, float, list[float]]
"""Last event, scores, updates, surprise, threshold, gate, arousal, reliability."""


def _point(one: Mapping[str, Any], end: Metric) -> Point:
    """Return a point of joined windows; ``end`` is the last of them."""
    scores = {
        name: one[f"sum_{name}"] / (WINDOW * known) if (known := one[f"known_{name}"]) else None
        for name in NAMES
    }
    gate = one["gain"] / one["salient"] if one["salient"] else 1.0
    return (
        one["end"], scores, one["salient"] / (WINDOW * one["windows"]), one["mean_surprise"],
        end.threshold, gate, one["largest"], list(end.reliability),
    )  # fmt: skip


def _open(learner: Learner) -> Point | None:
    """Return the window that is not full yet, None where it has no event."""
    saved = learner.metrics or {}
    window = Window(**saved["window"]) if "window" in saved else Window()
    last = saved.get("last") or []
    if not window.events or len(last) <= THRESHOLD:
        return None
    n = window.events
    scores = {name: None if sum_ is None else sum_ / n for name, sum_ in window.scores.items()}
    return (
        window.first + n - 1, scores, window.updates / n, window.surprise / n, last[THRESHOLD],
        window.gate / window.updates if window.updates else 1.0, window.arousal,
        list(last[HEADS:]),
    )  # fmt: skip


def _series(width: int, columns: list[Point]) -> Series:
    """Return points as columns; names that nobody scored in are left out."""
    names = [name for name in NAMES if any(point[1].get(name) is not None for point in columns)]
    return Series(
        width=width,
        events=[point[0] for point in columns],
        scores={name: [point[1].get(name) for point in columns] for name in names},
        updates=[point[2] for point in columns],
        surprise=[point[3] for point in columns],
        threshold=[point[4] for point in columns],
        gate=[point[5] for point in columns],
        arousal=[point[6] for point in columns],
        reliability=[point[7] for point in columns],
    )


def summary(learner: Learner) -> Summary:
    """Return the facts of a learner."""
    saved = learner.metrics or {}
    classifies = learner.kind == LearnerKind.CLASSIFIER
    totals = (ClassMetrics if classifies else NumberMetrics)(saved.get("totals"))
    told = totals.summary()
    known = totals.events > 0
    return Summary(
        events=totals.events,
        score=told["accuracy" if classifies else "error"] if known else None,
        kappa=told["kappa"] if known and classifies else None,
        kappa_temporal=told["kappa_temporal"] if known and classifies else None,
        r2=told["r2"] if known and not classifies else None,
        beside={
            name: Beside(events=int(n), score=score / n, learner=own / n)
            for name, (n, score, own) in (saved.get("beside") or {}).items()
            if n
        },
        updates=totals.updates,
        update_share=totals.update_share,
        budget=float(learner.parameters.get("budget", BUDGET)),
        recent=_recent(learner),
        drifting=bool(saved.get("alarm")),
    )


def _recent(learner: Learner) -> Recent | None:
    """Return the last full window, or the open one while there is none."""
    row = Metric.objects.filter(learner=learner).order_by("-first").first()
    if row is not None:
        scores = {name: None if s is None else s / WINDOW for name, s in row.scores.items()}
        return Recent(
            events=WINDOW, scores=scores, updates=row.updates / WINDOW, surprise=row.surprise,
            threshold=row.threshold, gate=row.gate, arousal=row.arousal,
            reliability=list(row.reliability),
        )  # fmt: skip
    now = _open(learner)
    if now is None:
        return None
    last, scores, updates, surprise, threshold, gate, arousal, reliability = now
    return Recent(
        events=last, scores=scores, updates=updates, surprise=surprise, threshold=threshold,
        gate=gate, arousal=arousal, reliability=reliability,
    )  # fmt: skip


def as_csv(learner: Learner) -> Iterator[str]:
    """Return every full window as lines of CSV, its means per event."""
    rows = Metric.objects.filter(learner=learner).order_by("first")
    last = rows.order_by("-first").values_list("reliability", flat=True).first()
    heads = len(last or [])
    yield _line([
        "first", "last", *NAMES, "updates", "surprise", "threshold", "gate", "arousal",
        *(f"head_{h}" for h in range(1, heads + 1)),
    ])  # fmt: skip
    for row in rows.iterator(chunk_size=2000):
        means = [row.scores.get(name) for name in NAMES]
        weights = [*row.reliability, *[""] * (heads - len(row.reliability))]
        yield _line([
            row.first, row.last, *("" if m is None else m / WINDOW for m in means),
            row.updates / WINDOW, row.surprise, row.threshold, row.gate, row.arousal, *weights,
        ])  # fmt: skip


def _line(cells: list[Any]) -> str:
    """Return cells as a line of CSV."""
    buffer = StringIO()
    writer: Any = csv.writer(buffer, lineterminator="\n")
    writer.writerow(cells)
    return buffer.getvalue()
