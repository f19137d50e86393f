"""The experiments on the model: controls in their bounds, verdicts as recorded."""

from pathlib import Path

import pytest

from synapse.plasticity.experiments import EXPERIMENTS
from synapse.plasticity.experiments.experiment import Experiment
from synapse.plasticity.experiments.running import run_experiment
from synapse.services.reproduce import Reproduction, read_recorded, render_recorded
from tests.validation.conftest import Note

pytestmark = pytest.mark.validation

CONTROLS = [e for e in EXPERIMENTS if e.control]
TOLERANCE = 2e-3
"""Relative, of a recorded value: machines differ in the last digits, thresholds amplify."""
SMALL = 0.02
"""Per cent points: below this a value is only round-off and leaps."""


@pytest.mark.parametrize("e", CONTROLS, ids=lambda e: e.name)
def test_every_control_is_within_its_bound(e: Experiment, measured: Note) -> None:
    results = run_experiment(e)
    measured(f"control {e.name}", "  ".join(f"{r.condition.label}: {r.got:.3g} %" for r in results))
    assert [r.condition.label for r in results if not r.holds] == []


def test_every_experiment_is_recorded() -> None:
    recorded = read_recorded()
    assert list(recorded) == [e.name for e in EXPERIMENTS]
    for e in EXPERIMENTS:
        assert list(recorded[e.name]["values"]) == [c.label for c in e.conditions]


@pytest.mark.slow
@pytest.mark.parametrize("e", EXPERIMENTS, ids=lambda e: e.name)
def test_the_verdict_is_the_recorded_one(e: Experiment, measured: Note) -> None:
    recorded = read_recorded()[e.name]
    one = Reproduction(e, tuple(run_experiment(e)))
    measured(f"experiment {e.number:4} {e.name}", f"{one.verdict} {one.held}/{len(one.results)}")
    assert (one.verdict, one.held) == (recorded["verdict"], recorded["held"])
    for result in one.results:
        value = recorded["values"][result.condition.label]
        assert result.got == pytest.approx(value, rel=TOLERANCE, abs=SMALL), result.condition.label


def test_the_document_has_the_recorded_table(repository: Path) -> None:
    text = (repository / "docs" / "experiments.md").read_text("utf-8")
    assert render_recorded() in text, "run `manage.py reproduce --record`"


def test_the_document_says_why_an_experiment_fails(repository: Path) -> None:
    text = (repository / "docs" / "experiments.md").read_text("utf-8")
    section = text.split("## What does not hold, and why")[1].split("\n## ")[0]
    for name, entry in read_recorded().items():
        if entry["verdict"] != "pass":
            assert f"`{name}`" in section, name
