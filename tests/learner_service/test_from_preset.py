"""A learner's settings from a preset: each by its formula, within its bounds, or left alone."""

from io import StringIO
from math import exp, log

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from learner.models import Learner
from learner.pipeline import EventDrivenClassifier
from learner.pipeline.bridge.from_preset import MAP, SETTINGS, derive
from learner.services.bridge_presets import create_from_preset, parameters_from_preset
from synapse.plasticity.bounds import HOUR, MINUTE
from synapse.plasticity.components import COMPONENTS
from synapse.plasticity.parameter_sets import FOLDER, preset_values

PRESETS = sorted(path.stem for path in FOLDER.glob("*.json"))
QUANTITIES = {q.name: q for c in COMPONENTS for q in c.parameters}


def settings_of(**changes: float) -> dict[str, float]:
    found = derive(preset_values("hippocampus") | changes)
    return {row.setting: row.value for row in found.rows}


def test_formulas_say_what_is_computed() -> None:
    found = settings_of(protein_decay_time=HOUR, capture_time=HOUR, release_probability=0.3)
    assert found["budget"] == 0.3
    assert found["tick"] == round(-log(0.9) * 60)
    assert found["capture_rate"] == pytest.approx(1.0 - exp(-found["tick"] * MINUTE / HOUR))
    assert found["fast_time"] == 5.0
    assert found["presence_kept"] == pytest.approx(exp(-60 / 6884))


def test_a_protein_synthesis_inhibitor_captures_nothing() -> None:
    assert settings_of(protein_synthesis=0.0)["capture_rate"] == 0.0


def test_longer_events_are_fewer_within_the_same_time() -> None:
    minute, hour = (derive({}, event_interval_ms=t) for t in (MINUTE, HOUR))
    slow = [{r.setting: r.value for r in s.rows}["slow_time"] for s in (minute, hour)]
    assert slow == [360.0, 6.0]


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_makes_a_learner_that_learns(preset: str) -> None:
    model = EventDrivenClassifier(**{"expansion": 10} | parameters_from_preset(preset).parameters)
    for n in range(30):
        model.learn_one({"x": float(n % 3)}, n % 2)
    assert model.predict_one({"x": 1.0}) in (0, 1)


def test_what_no_finite_gain_expresses_is_left_alone_and_said() -> None:
    row = {r.setting: r for r in parameters_from_preset("striatum-d1").rows}["error_gain"]
    assert row.status == "none"
    assert row.value == row.default
    assert "no finite gain" in row.note
    assert "error_gain" not in dict(parameters_from_preset("striatum-d1").parameters["expert"])


def test_what_is_out_of_bounds_is_cut_and_said() -> None:
    row = {r.setting: r for r in derive({"potentiation_trace_time": 10.0}).rows}["fast_time"]
    assert row.value == SETTINGS["fast_time"].minimum
    assert row.note == "cut from 0.000166667 to its bound 1"


@settings(deadline=None)
@given(st.data(), st.floats(1e3, 24 * HOUR))
def test_whatever_the_synapse_the_settings_are_in_bounds(data: st.DataObject, ms: float) -> None:
    names = sorted({name for row in MAP for name in row.quantities})
    values = {}
    for name in names:
        q = QUANTITIES[name]
        values[name] = data.draw(st.floats(q.minimum, q.maximum), label=name)
    for row in derive(values, event_interval_ms=ms).rows:
        SETTINGS[row.setting].check(row.value)


def test_every_row_names_quantities_that_there_are_and_its_reason() -> None:
    for row in MAP:
        assert set(row.quantities) <= set(QUANTITIES)
        assert row.reason
        assert row.status in ("derived", "analogy")
    assert all(row.reason for row in derive({}).rows)


@pytest.mark.parametrize(
    ("values", "ms", "sentence"),
    [
        ({"courage": 1.0}, MINUTE, "there is no quantity 'courage'"),
        ({}, 10.0, "interval must be 1000 to"),
        ({}, float("nan"), "interval must be 1000 to"),
    ],
)
def test_what_cannot_be_derived_is_refused_in_a_sentence(values, ms, sentence) -> None:
    with pytest.raises(ValueError, match=sentence):
        derive(values, event_interval_ms=ms)


@pytest.mark.django_db
def test_a_learner_remembers_its_preset_and_what_was_laid_over_it() -> None:
    learner = create_from_preset(
        name="p", preset="hippocampus", parameters={"budget": 0.5, "expert": [["tick", 3]]}
    )
    found = Learner.objects.get(pk=learner.pk)
    assert found.preset == "hippocampus"
    assert found.parameters["budget"] == 0.5
    expert = dict(found.parameters["expert"])
    assert expert["tick"] == 3
    assert expert["fast_time"] == 5.0


@pytest.mark.django_db
def test_the_command_makes_a_learner_from_a_preset() -> None:
    out = StringIO()
    call_command(
        "create_learner", "p", "--preset", "neocortex-l5", "--event-interval", "10000",
        "--parameter", "expansion=20", stdout=out,
    )  # fmt: skip
    learner = Learner.objects.get()
    assert (learner.preset, learner.parameters["budget"]) == ("neocortex-l5", 0.519)
    assert learner.parameters["expansion"] == 20
    assert dict(learner.parameters["expert"])["fast_time"] == 30.0


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--preset", "liver"], "there is no preset 'liver'"),
        (["--event-interval", "1000"], "--event-interval needs --preset"),
        (["--preset", "hippocampus", "--event-interval", "1"], "interval must be 1000"),
    ],
)
def test_the_command_refuses_in_a_sentence(arguments: list[str], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        call_command("create_learner", "p", *arguments, stdout=StringIO())
    assert Learner.objects.count() == 0
