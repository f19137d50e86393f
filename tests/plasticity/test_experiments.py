"""Experiments as declarations, and the logic that judges them. Nothing long runs here."""

import re
from math import inf, nan
from pathlib import Path

import pytest

from synapse.plasticity.experiments import EXPERIMENTS, experiment, running
from synapse.plasticity.experiments.experiment import (
    SIGN_BAND,
    Axis,
    Condition,
    Experiment,
    Published,
    Result,
    Setup,
    sign_of,
    verdict,
)
from synapse.plasticity.experiments.short_term_plasticity import closed_form
from synapse.plasticity.parameter_sets import preset_values

BIBLIOGRAPHY = Path(experiment.__file__).parents[1] / "references.bib"
CONDITIONS = [(e, c) for e in EXPERIMENTS for c in e.conditions]
BY_EXPERIMENT = pytest.mark.parametrize("e", EXPERIMENTS, ids=lambda e: e.name)


def mean(value: float, error: float) -> Published:
    return Published(value=value, rule="sem", error=error)


def sign(value: float) -> Published:
    return Published(value=value, rule="sign")


# --- declarations ------------------------------------------------------------------------


def test_names_and_numbers_are_unique():
    assert len({e.name for e in EXPERIMENTS}) == len(EXPERIMENTS)
    assert len({e.number for e in EXPERIMENTS}) == len(EXPERIMENTS)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", e.name) for e in EXPERIMENTS)


def test_the_thirteen_and_the_controls_are_there():
    numbers = {int(found[0]) for e in EXPERIMENTS if (found := re.match(r"\d+", e.number))}
    assert numbers == set(range(1, 14))
    assert [e.number for e in EXPERIMENTS if e.control] == ["C1", "C2"]


@BY_EXPERIMENT
def test_a_declaration_is_complete(e: Experiment):
    assert e.question.endswith("?")
    for sentence in (e.rule, e.fitted, e.prediction):
        assert sentence.endswith("."), sentence
    assert e.title
    assert e.x.name
    assert e.y.name
    assert e.y.unit
    assert e.references or e.control


@BY_EXPERIMENT
def test_labels_are_unique_and_places_do_not_coincide(e: Experiment):
    labels = [c.label for c in e.conditions]
    assert len(set(labels)) == len(labels)
    places = [(c.series, c.x) for c in e.conditions]
    assert len(set(places)) == len(places)


@BY_EXPERIMENT
def test_sources_are_in_the_bibliography_and_presets_exist(e: Experiment):
    keys = set(re.findall(r"^@\w+\{([^,\s]+),", BIBLIOGRAPHY.read_text("utf-8"), re.MULTILINE))
    assert set(e.references) <= keys
    for condition in e.conditions:
        assert preset_values(e.preset_of(condition)) is not None


@BY_EXPERIMENT
def test_published_numbers_fit_their_rule(e: Experiment):
    for condition in e.conditions:
        p = condition.published
        if p.rule in ("sem", "bound"):
            assert p.error is not None
            assert p.error > 0.0
        if p.rule == "sign":
            assert p.value in (-1.0, 0.0, 1.0)
        if p.rule == "range":
            assert p.low is not None or p.high is not None
            assert (-inf if p.low is None else p.low) < (inf if p.high is None else p.high)


@BY_EXPERIMENT
def test_a_remembered_number_has_no_standard_error(e: Experiment):
    """From memory there are directions, outcomes and bounds, never a mean with its error."""
    rules = {c.published.rule for c in e.conditions if c.published.grade == "remembered"}
    assert "sem" not in rules


@BY_EXPERIMENT
def test_nothing_is_done_or_read_after_the_end(e: Experiment):
    for setup in (c.setup for c in e.conditions):
        assert max((event.time for event in setup.events), default=0.0) < setup.end
        assert all(0.0 <= time < setup.end for time in setup.samples)


def test_declarations_do_not_read_the_shared_data():
    for path in Path(experiment.__file__).parent.glob("*.py"):
        assert "shared/data" not in path.read_text("utf-8"), path.name


# --- the logic, on known numbers ---------------------------------------------------------


def test_distance_is_in_standard_errors():
    assert mean(50.0, 8.0).distance(34.0) == pytest.approx(-2.0)
    assert sign(1.0).distance(34.0) is None


@pytest.mark.parametrize(
    ("published", "got", "holds"),
    [
        (mean(50.0, 8.0), 58.0, True),
        (mean(50.0, 8.0), 58.1, False),
        (sign(1.0), SIGN_BAND, True),
        (sign(1.0), 4.9, False),
        (sign(0.0), -4.9, True),
        (sign(-1.0), -5.1, True),
        (sign(-1.0), 5.1, False),
        (Published(value=1.0, rule="range", low=20.0), 20.0, True),
        (Published(value=1.0, rule="range", low=20.0), 19.9, False),
        (Published(value=0.0, rule="range", low=-10.0, high=10.0), 10.1, False),
        (Published(value=0.0, rule="bound", error=1.0), -1.0, True),
        (Published(value=0.0, rule="bound", error=1.0), -1.1, False),
        (mean(50.0, 8.0), nan, False),
        (sign(1.0), nan, False),
    ],
)
def test_a_rule_holds(published: Published, got: float, holds: bool):
    assert published.holds(got) is holds


@pytest.mark.parametrize(
    ("published", "got", "right"),
    [
        (mean(50.0, 8.0), 10.0, True),
        (mean(50.0, 8.0), 3.0, False),
        (mean(50.0, 8.0), -20.0, False),
        (mean(-4.4, 2.3), 4.0, True),
        (mean(14.0, 10.0), -5.0, True),
        (mean(14.0, 10.0), -6.1, False),
        (mean(0.0, 1.7), 7.6, False),
        (sign(0.0), 7.0, False),
    ],
)
def test_a_direction_is_right(published: Published, got: float, right: bool):
    """Without a sure published direction a result within two standard errors will do."""
    assert published.sign_holds(got) is right


def stub(*rows: tuple[Published, float]) -> Experiment:
    """Return an experiment in which nothing happens and known numbers are read."""
    setup = Setup(events=(), end=1_000.0)
    conditions = tuple(
        Condition(
            label=f"{i}", x=float(i), setup=setup, read=lambda _, got=got: got, published=published
        )
        for i, (published, got) in enumerate(rows)
    )
    return Experiment(
        name="stub", number="0", title="Stub", question="Is it?", references=("bi1998",),
        preset="hippocampus", x=Axis(name="x", unit=""), y=Axis(name="y", unit="%"),
        conditions=conditions, rule="It is.", fitted="Nothing.", prediction="All.",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([(mean(50.0, 8.0), 45.0), (sign(-1.0), -20.0)], "pass"),
        ([(mean(50.0, 8.0), 20.0), (sign(-1.0), -20.0)], "part"),
        ([(mean(50.0, 8.0), 45.0), (sign(-1.0), 0.0)], "fail"),
        ([(mean(50.0, 8.0), -45.0), (sign(-1.0), -20.0)], "fail"),
    ],
)
def test_the_verdict_of_a_stub(rows: list[tuple[Published, float]], expected: str):
    results = running.run_experiment(stub(*rows), compiled=False)
    assert [r.got for r in results] == [got for _, got in rows]
    assert verdict(results) == expected


def test_sign_of():
    assert [sign_of(x) for x in (-5.0, -4.9, 0.0, 4.9, 5.0)] == [-1.0, 0.0, 0.0, 0.0, 1.0]


def test_conditions_with_one_setup_share_a_run():
    e = stub((sign(0.0), 0.0), (sign(1.0), 9.0))
    assert [len(conditions) for _, conditions in running.jobs_of(e)] == [2]
    late = next(e for e in EXPERIMENTS if e.name == "late-ltp")
    assert [len(conditions) for _, conditions in running.jobs_of(late)] == [3, 2, 1]


def test_every_condition_is_reported_as_done():
    e, seen = stub((sign(0.0), 0.0), (sign(1.0), 9.0)), []
    running.run_all([e], compiled=False, done=lambda e, c: seen.append((e.name, c.label)))
    assert sorted(seen) == [("stub", "0"), ("stub", "1")]


def test_values_are_laid_over_the_preset():
    asked: list[str] = []

    def values_of(preset: str) -> dict[str, float]:
        asked.append(preset)
        return {"baseline_ampa": 50.0}

    condition = Condition(
        label="receptors", x=0.0, setup=Setup(events=(), end=1.0),
        read=lambda outcome: float(outcome.end.states["psd_ampa"][0]),
        published=sign(0.0), preset="striatum-d1",
    )  # fmt: skip
    e = Experiment(**{**vars(stub()), "conditions": (condition,)})
    results = running.run_all(
        [e], values={"psd_fraction": 0.5}, values_of=values_of, compiled=False
    )
    assert asked == ["striatum-d1"]
    assert results["stub"] == [Result(condition, 25.0)]


@pytest.mark.parametrize("constants", [(0.5, 800.0, 1.0), (0.05, 130.0, 530.0)])
def test_the_closed_form_of_release_starts_at_one_and_settles(constants):
    assert closed_form(1, constants=constants) == 1.0
    late = [closed_form(n, constants=constants) for n in (200, 201)]
    assert late[0] == pytest.approx(late[1], rel=1e-12)


def test_the_closed_form_meets_the_steady_state_of_pure_depression():
    """x = (1 - E)/(1 - (1 - U) E), E = exp(-T/tau_rec), without facilitation."""
    from math import exp

    kept = exp(-50.0 / 800.0)
    steady = (1.0 - kept) / (1.0 - 0.5 * kept)
    assert closed_form(300, constants=(0.5, 800.0, 1e-3)) == pytest.approx(steady, rel=1e-9)
