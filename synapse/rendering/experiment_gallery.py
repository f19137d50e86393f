"""The cards of the gallery and the rows of an experiment's table."""

from collections import Counter
from dataclasses import dataclass

from synapse.plasticity.experiments.experiment import Experiment, Result, Verdict
from synapse.rendering.experiment_figure import draw_card, series_of
from synapse.rendering.experiment_marks import SERIES
from synapse.rendering.experiment_shapes import Drawing
from synapse.rendering.experiment_words import (
    VERDICTS,
    Worth,
    alternative,
    distance_text,
    finding,
    label_text,
    off_text,
    points_text,
    target_with_unit,
    typeset,
    value_text,
    with_unit,
    worth,
)
from synapse.rendering.numbers import unit_text
from synapse.services.experiment_pages import Found, recorded_results, short_citation


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict and what it rests on."""

    verdict: Verdict | None
    word: str
    points: str
    off: str
    finding: str
    label: str


@dataclass(frozen=True, slots=True)
class Series:
    """What a colour and line stand for."""

    css: str
    name: str


@dataclass(frozen=True, slots=True)
class Card:
    """One experiment of the gallery."""

    experiment: Experiment
    citation: str
    judged: Judged
    worth: tuple[Worth, ...]
    series: tuple[Series, ...]
    drawing: Drawing


@dataclass(frozen=True, slots=True)
class Gallery:
    """All cards, the experiments first and the controls last, with their tallies."""

    experiments: tuple[Card, ...]
    controls: tuple[Card, ...]
    tally: str
    controls_tally: str


def build_gallery() -> Gallery:
    """Return the gallery from what was recorded; nothing is run."""
    found = recorded_results()
    apart = [one for one in found if one.experiment.control]
    rest = [one for one in found if not one.experiment.control]
    return Gallery(
        tuple(build_card(one) for one in rest), tuple(build_card(one) for one in apart),
        tally(rest, "experiment"), tally(apart, "control"),
    )  # fmt: skip


def build_card(found: Found) -> Card:
    """Return the card of one experiment."""
    e = found.experiment
    source = short_citation(e.references) or "a control, held to a bound of ours"
    return Card(e, source, judge(found), worth(e), series_key(e), draw_card(found))


def judge(found: Found) -> Judged:
    """Return the verdict in words."""
    known = found.verdict is not None
    return Judged(
        found.verdict, VERDICTS[found.verdict], points_text(found) if known else "",
        off_text(found) if known else "", finding(found), alternative(found),
    )  # fmt: skip


def series_key(experiment: Experiment) -> tuple[Series, ...]:
    """Return what the colours of a figure stand for, where there are several."""
    names = series_of(experiment)
    if len(names) < 2:
        return ()
    return tuple(Series(SERIES[i % len(SERIES)], typeset(name)) for i, name in enumerate(names))


def tally(found: list[Found], name: str) -> str:
    """Return how many pass, pass in part and fail, and how many points hold."""
    counts = Counter(one.verdict for one in found)
    parts = [f"{counts['pass']} pass", f"{counts['part']} in part", f"{counts['fail']} fail"]
    if counts[None]:
        parts.append(f"{counts[None]} not recorded")
    held = sum(one.held for one in found if one.verdict)
    points = sum(len(one.results) for one in found if one.verdict)
    plural = "" if len(found) == 1 else "s"
    return f"{len(found)} {name}{plural}: {', '.join(parts)}. {held} of {points} points hold."


# --- the table of conditions -------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Got:
    """A value, its distance, and whether it holds; empty where there is none."""

    value: str
    distance: str
    holds: str


@dataclass(frozen=True, slots=True)
class Row:
    """One condition."""

    label: str
    preset: str
    target: str
    n: str
    got: Got
    changed: Got | None
    origin: str
    grade: str


def build_rows(found: Found, changed: Found | None = None) -> tuple[Row, ...]:
    """Return a row for each condition."""
    experiment = found.experiment
    unit = experiment.y.unit
    rows = []
    for i, condition in enumerate(experiment.conditions):
        published = condition.published
        rows.append(
            Row(
                label_text(condition),
                experiment.preset_of(condition),
                target_with_unit(published, unit),
                "" if published.n is None else str(published.n),
                _got(found.results[i], unit),
                _got(changed.results[i], unit) if changed else None,
                condition.origin,
                "own bound" if experiment.control else published.grade,
            )  # fmt: skip
        )
    return tuple(rows)


def _got(result: Result | None, unit: str) -> Got:
    if result is None:
        return Got("none", "", "no")
    value = with_unit(value_text(result.got, unit), unit_text(unit))
    return Got(value, distance_text(result.distance), "yes" if result.holds else "no")
