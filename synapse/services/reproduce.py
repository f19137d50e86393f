"""Reproduce the experiments: run them, judge them, compare with what was recorded."""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

from synapse.plasticity import experiments as declared
from synapse.plasticity.experiments.experiment import (
    Condition,
    Experiment,
    Published,
    Result,
    Setup,
    Verdict,
    verdict,
)
from synapse.plasticity.experiments.running import run_all, run_setup
from synapse.plasticity.parameter_sets import preset_values
from synapse.services.runs import MODEL_VERSION as MODEL_VERSION

RECORDED = Path(declared.__file__).with_name("recorded.json")
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "experiments.md"
MARKS = ("<!-- recorded: begin -->", "<!-- recorded: end -->")
"""Of the document, where the table stands that `--record` writes."""
RANK: dict[Verdict, int] = {"fail": 0, "part": 1, "pass": 2}
DIGITS = 5
"""Significant digits of a recorded value: more would differ between machines."""

Done = Callable[[Experiment, Condition], None]


@dataclass(frozen=True)
class Reproduction:
    """One experiment as it came out."""

    experiment: Experiment
    results: tuple[Result, ...]
    seconds: float = 0.0

    @property
    def verdict(self) -> Verdict:
        """Pass, part or fail."""
        return verdict(list(self.results))

    @property
    def held(self) -> int:
        """Number of conditions that meet their rule."""
        return sum(result.holds for result in self.results)

    @property
    def farthest(self) -> Result:
        """The condition that is farthest off, the first of several."""
        return min(self.results, key=lambda r: (r.holds, -abs(r.distance or 0.0)))


def select(names: Sequence[str]) -> tuple[Experiment, ...]:
    """Return the experiments by name, or all; ``ValueError`` lists the known ones."""
    known = {e.name: e for e in declared.EXPERIMENTS}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ValueError(f"there is no experiment {unknown[0]!r}; known are {', '.join(known)}")
    return tuple(e for e in declared.EXPERIMENTS if not names or e.name in names)


def reproduce(
    chosen: Iterable[Experiment],
    *,
    preset: str | None = None,
    compiled: bool = True,
    workers: int | None = None,
    done: Done | None = None,
) -> Iterator[Reproduction]:
    """Run experiments one after the other; ``preset`` replaces that of every one of them."""
    for experiment in chosen:
        start = time.perf_counter()
        found = run_all(
            [experiment],
            values_of=lambda own: preset_values(preset or own),
            compiled=compiled,
            done=done,
            workers=workers,
        )
        seconds = time.perf_counter() - start
        yield Reproduction(experiment, tuple(found[experiment.name]), seconds)


def warm_up() -> float:
    """Load or compile the compiled code; return the seconds it took."""
    start = time.perf_counter()
    run_setup(Setup(events=(), end=1.0), {})
    return time.perf_counter() - start


# --- what was recorded -------------------------------------------------------------------


def read_recorded(path: Path | None = None) -> dict[str, Any]:
    """Return the recorded results by experiment; nothing where none are recorded."""
    path = path or RECORDED
    if not path.is_file():
        return {}
    return dict(json.loads(path.read_text(encoding="utf-8"))["experiments"])


def record(found: Iterable[Reproduction], path: Path | None = None) -> None:
    """Write the results over those that were recorded, in the order of the declarations."""
    path = path or RECORDED
    recorded = read_recorded(path) | {one.experiment.name: _entry(one) for one in found}
    names = [e.name for e in declared.EXPERIMENTS if e.name in recorded]
    data = {
        "model_version": MODEL_VERSION,
        "experiments": {name: recorded[name] for name in names},
    }
    path.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


def render_recorded() -> str:
    """Return the recorded verdicts as a Markdown table."""
    recorded = read_recorded()
    lines = ["| | Experiment | Verdict | Holds | Published |", "|---|---|---|---|---|"]
    for e in declared.EXPERIMENTS:
        entry = recorded.get(e.name)
        if entry is not None:
            lines.append(
                f"| {e.number} | {e.title} (`{e.name}`) | {entry['verdict']} | "
                f"{entry['held']} of {len(entry['values'])} | {worth(e)} |"
            )
    return "\n".join(lines)


def write_document() -> None:
    """Put the table of the recorded verdicts into the document, between its marks."""
    path = DOCUMENT
    if not path.is_file():
        return
    text = path.read_text(encoding="utf-8")
    before, after = text.split(MARKS[0])[0], text.split(MARKS[1])[1]
    table = f"{MARKS[0]}\n\n{render_recorded()}\n\n{MARKS[1]}"
    path.write_text(before + table + after, encoding="utf-8")


def worth(experiment: Experiment) -> str:
    """Return what the published numbers of an experiment are worth."""
    e = experiment
    if e.control:
        return "own bounds"
    kinds = ("means with SEM" if e.has_errors else "", "directions only" if e.signs_only else "")
    words = [*kinds, "from memory" if e.remembered else ""]
    return ", ".join(word for word in words if word) or "ranges or outcomes"


def _entry(one: Reproduction) -> dict[str, Any]:
    return {
        "verdict": one.verdict,
        "held": one.held,
        "values": {r.condition.label: rounded(r.got) for r in one.results},
    }


def rounded(value: float) -> float:
    """Return a value to the recorded number of digits."""
    return float(f"{value:.{DIGITS}g}")


def worse(found: Iterable[Reproduction], recorded: dict[str, Any]) -> list[str]:
    """Return a sentence for each verdict that got worse: a lower rank, or fewer points."""
    sentences = []
    for one in found:
        before = recorded.get(one.experiment.name)
        if before is None:
            continue
        now = (RANK[one.verdict], one.held)
        if now < (RANK[before["verdict"]], before["held"]):
            sentences.append(
                f"{one.experiment.name}: {one.verdict} with {one.held} points, "
                f"recorded {before['verdict']} with {before['held']}"
            )
    return sentences


def provenance(experiment: Experiment, published: Published) -> str:
    """Return where a published number comes from: read, remembered, or a bound of ours."""
    return "own bound" if experiment.control else published.grade


def as_json(one: Reproduction) -> dict[str, Any]:
    """Return an experiment and its results as plain data."""
    e = one.experiment
    plain = (
        "name",
        "number",
        "title",
        "preset",
        "rule",
        "fitted",
        "prediction",
        "notes",
        "control",
    )
    return {
        **{name: getattr(e, name) for name in plain},
        "references": list(e.references),
        "unit": e.y.unit,
        "verdict": one.verdict,
        "held": one.held,
        "of": len(one.results),
        "conditions": [_condition_json(e, result) for result in one.results],
    }


def _condition_json(experiment: Experiment, result: Result) -> dict[str, Any]:
    condition, published = result.condition, result.condition.published
    limits = {
        name: value
        for name in ("error", "low", "high")
        if (value := getattr(published, name)) is not None and isfinite(value)
    }
    return {
        "label": condition.label,
        "x": condition.x,
        "series": condition.series,
        "preset": experiment.preset_of(condition),
        "origin": condition.origin,
        "rule": published.rule,
        "published": published.value,
        **limits,
        "n": published.n,
        "provenance": provenance(experiment, published),
        "got": result.got,
        "distance_sem": result.distance,
        "holds": result.holds,
    }
