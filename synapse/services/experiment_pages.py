"""What the pages of the experiments show: what is declared, recorded, and may be changed."""

import json
from dataclasses import dataclass
from functools import cache
from math import inf, isfinite
from typing import Any

from synapse.plasticity.components import COMPONENTS
from synapse.plasticity.experiments import EXPERIMENTS
from synapse.plasticity.experiments.experiment import (
    SIGN_BAND,
    Experiment,
    Published,
    Result,
    Verdict,
    verdict,
)
from synapse.plasticity.parameter_sets import preset_values
from synapse.plasticity.quantity import Component, Quantity
from synapse.services import reproduce
from synapse.services.citations import cite, cite_all
from synapse.services.datasheet import read_references
from synapse.services.runs import MODEL_VERSION

Values = tuple[float | None, ...]
"""A value for each condition; None where there is none."""


@dataclass(frozen=True, slots=True)
class Found:
    """What an experiment gave; a condition without a value has no result.

    ``ran`` says that it has just been run: then a missing value is a failure of the
    model. Otherwise it was never recorded, and there is no verdict.
    """

    experiment: Experiment
    results: tuple[Result | None, ...]
    ran: bool = False

    @classmethod
    def of(cls, experiment: Experiment, values: Values, *, ran: bool = False) -> "Found":
        """Return what a value for each condition amounts to."""
        pairs = zip(experiment.conditions, values, strict=True)
        results = tuple(
            None if got is None or not isfinite(got) else Result(condition, got)
            for condition, got in pairs
        )
        return cls(experiment, results, ran)

    @property
    def present(self) -> list[Result]:
        """The results that there are."""
        return [result for result in self.results if result is not None]

    @property
    def verdict(self) -> Verdict | None:
        """Pass, part or fail; None where it was not recorded."""
        if len(self.present) < len(self.results):
            return "fail" if self.ran else None
        return verdict(self.present)

    @property
    def held(self) -> int:
        """Number of conditions that meet their rule."""
        return sum(result.holds for result in self.present)

    @property
    def farthest(self) -> Result | None:
        """The condition that is farthest off, the first of several."""
        return min(self.present, key=lambda r: (r.holds, -miss(r)), default=None)

    @property
    def largest_distance(self) -> float | None:
        """The largest distance in standard errors, where any is published."""
        distances = [abs(r.distance) for r in self.present if r.distance is not None]
        return max(distances, default=None)


def allowed(published: Published) -> tuple[float, float]:
    """Return between which values a rule lets the model lie."""
    if published.rule == "sign":
        return {-1.0: (-inf, -SIGN_BAND), 0.0: (-SIGN_BAND, SIGN_BAND), 1.0: (SIGN_BAND, inf)}[
            published.value
        ]
    if published.rule == "range":
        low, high = published.low, published.high
        return (-inf if low is None else low), (inf if high is None else high)
    error = published.error or 0.0
    return published.value - error, published.value + error


def miss(result: Result) -> float:
    """Return how far a result is off: in standard errors, or beyond what is allowed."""
    if result.distance is not None:
        return abs(result.distance)
    low, high = allowed(result.condition.published)
    return max(low - result.got, result.got - high)


def find_experiment(name: str) -> Experiment | None:
    """Return an experiment by its name."""
    return next((e for e in EXPERIMENTS if e.name == name), None)


def neighbours(experiment: Experiment) -> tuple[Experiment | None, Experiment | None]:
    """Return the experiments before and after one."""
    place = EXPERIMENTS.index(experiment)
    around = (None, *EXPERIMENTS, None)
    return around[place], around[place + 2]


def recorded_results() -> list[Found]:
    """Return what was recorded of every experiment, in their order; nothing is run."""
    recorded = reproduce.read_recorded()
    return [_recorded(experiment, recorded) for experiment in EXPERIMENTS]


def recorded_result(experiment: Experiment) -> Found:
    """Return what was recorded of one experiment; nothing is run."""
    return _recorded(experiment, reproduce.read_recorded())


def _recorded(experiment: Experiment, recorded: dict[str, Any]) -> Found:
    values = recorded.get(experiment.name, {}).get("values", {})
    return Found.of(experiment, tuple(values.get(c.label) for c in experiment.conditions))


def recorded_version() -> str:
    """Return the version of the model that the results were recorded with, or nothing."""
    if not reproduce.RECORDED.is_file():
        return ""
    return str(json.loads(reproduce.RECORDED.read_text(encoding="utf-8"))["model_version"])


def is_stale() -> bool:
    """Say whether the results were recorded with another version of the model."""
    return recorded_version() not in ("", MODEL_VERSION)


# --- sources -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Source:
    """A source in full."""

    text: str
    doi: str = ""
    note: str = ""


@cache
def citation(references: tuple[str, ...]) -> str:
    """Return the sources of an experiment in short."""
    return cite_all(references)


@cache
def short_citation(references: tuple[str, ...]) -> str:
    """Return authors and years only, for the gallery."""
    return "; ".join(cite(key).split(", ")[0] for key in references)


@cache
def sources(references: tuple[str, ...]) -> tuple[Source, ...]:
    """Return the sources of an experiment in full."""
    entries = read_references()
    return tuple(_source(entries[key]) for key in references)


def _source(entry: dict[str, str]) -> Source:
    fields = ("author", "title", "journal", "howpublished", "year")
    text = ". ".join(entry[field].rstrip(".") for field in fields if field in entry)
    return Source(f"{text}.", entry.get("doi", ""), entry.get("note", ""))


# --- what may be changed -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Changeable:
    """A parameter that may be changed, and its value in an experiment's preset."""

    quantity: Quantity
    component: Component
    present: float

    @property
    def meaning(self) -> str:
        """What the parameter means, without a full stop."""
        return self.quantity.meaning.rstrip(".")


def changeable(experiment: Experiment) -> dict[str, Changeable]:
    """Return the parameters that may be changed, by name; fixed ones may not."""
    own = preset_values(experiment.preset)
    return {
        q.name: Changeable(q, component, own.get(q.name, q.default))
        for component in COMPONENTS
        for q in component.parameters
        if not q.fixed and q.name not in set_by_protocol(experiment)
    }


def set_by_protocol(experiment: Experiment) -> frozenset[str]:
    """Return what every condition sets itself, so that a change would have no effect."""
    each = (frozenset((*c.setup.bath, *c.setup.values)) for c in experiment.conditions)
    return frozenset.intersection(*each)


def preset_names(experiment: Experiment) -> list[str]:
    """Return the presets of an experiment, its own first if it is used."""
    return list(dict.fromkeys(experiment.preset_of(c) for c in experiment.conditions))
