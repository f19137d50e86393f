"""Edits of parameters: compared with what was seen, saved once, kept in a history, taken back."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from synapse.models import Run, RunStatus, Synapse, ValueChange
from synapse.plasticity.bounds import SECOND
from synapse.plasticity.protocols import rest
from synapse.services import groups, histories, parameters, presets, runs, versions
from synapse.services.conflict import StateConflict
from synapse.services.neighbours import served_with
from synapse.services.values import InvalidValues, set_values


def save(synapse: Synapse, values: dict[str, dict[str, float]], user: Any = None) -> Synapse:
    fresh = groups.load_one(synapse.pk)
    return parameters.save(
        synapse=fresh, changes=values, expected_version=fresh.neuron.state_version, user=user
    )


def restore(synapse: Synapse, change: ValueChange) -> int:
    fresh = groups.load_one(synapse.pk)
    return parameters.restore(
        synapse=fresh, change_id=change.pk, expected_version=fresh.neuron.state_version, user=None
    )


def value(synapse: Synapse, accessor: str, name: str) -> float:
    return getattr(getattr(groups.load_one(synapse.pk), accessor), name)


# --- what was typed --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "number"),
    [("0.3", 0.3), (" .5 ", 0.5), ("1e-3", 1e-3), ("\u22125", -5.0), ("2.", 2.0)],
)
def test_a_number_is_read(text: str, number: float) -> None:
    assert parameters.read_number("x", text) == number


@pytest.mark.parametrize("text", ["", "fast", "0,3", "1_000", "nan", "inf", "0x1", "1 2", "१"])
def test_what_is_no_number_is_named(text: str) -> None:
    with pytest.raises(ValueError, match=r"x must be a number; got"):
        parameters.read_number("x", text)


def test_only_what_differs_from_what_was_shown_is_a_change(synapse: Synapse) -> None:
    fresh = groups.load_one(synapse.pk)
    shown = {"release_probability": "0.186", "recovery_time": "746"}
    given = {"release_probability": "0.3", "recovery_time": "746.0", "reference_calcium": "9"}
    edit = parameters.read_edit(fresh, given, shown)
    assert edit.changes == {"SynapticCleft": {"release_probability": 0.3}}
    assert edit.errors == {}


def test_every_wrong_text_has_its_sentence_and_the_others_are_kept(synapse: Synapse) -> None:
    fresh = groups.load_one(synapse.pk)
    given = {
        "release_probability": "2", "recovery_time": "slow", "facilitation_time": "30",
        "nmda_rise_time": "60",
    }  # fmt: skip
    edit = parameters.read_edit(fresh, given, {})
    parameters.check_edit(fresh, edit)
    assert edit.errors == {
        "release_probability": "release_probability must be at most 0.95; got 2",
        "recovery_time": "recovery_time must be a number; got slow",
        "nmda_rise_time": "nmda_rise_time must be less than nmda_decay_time (42.3 ms); got 60 ms",
    }
    assert edit.changes["SynapticCleft"] == {"facilitation_time": 30.0}
    assert edit.texts == given


# --- compare and swap ------------------------------------------------------------------


def test_a_newer_state_refuses_the_change(synapse: Synapse) -> None:
    fresh = groups.load_one(synapse.pk)
    runs.execute(synapse=synapse, protocol=rest(), duration_ms=SECOND)
    with pytest.raises(StateConflict, match=r"has changed since this page was opened"):
        parameters.save(
            synapse=fresh, changes={"SynapticCleft": {"release_probability": 0.3}},
            expected_version=0, user=None,
        )  # fmt: skip
    assert value(synapse, "synaptic_cleft", "release_probability") == 0.186
    assert ValueChange.objects.count() == 0


def test_a_change_through_a_neighbour_on_another_neuron_is_noticed(synapse: Synapse) -> None:
    other = presets.create_from_preset(
        preset="hippocampus", name="other", astrocyte_unit=synapse.astrocyte_unit
    )
    seen = groups.load_one(synapse.pk)
    save(other, {"AstrocyteUnit": {"background_activity": 2.0}})
    with pytest.raises(StateConflict):
        parameters.save(
            synapse=seen, changes={"AstrocyteUnit": {"background_activity": 3.0}},
            expected_version=seen.neuron.state_version, user=None,
        )  # fmt: skip


def test_a_run_under_way_is_not_made_to_fail(synapse: Synapse) -> None:
    run = Run.objects.create(
        synapse=synapse, status=RunStatus.RUNNING, heartbeat=timezone.now(), total=1.0
    )
    with pytest.raises(StateConflict, match=rf"Run {run.pk} .* is under way"):
        save(synapse, {"SynapticCleft": {"release_probability": 0.3}})


# --- history ---------------------------------------------------------------------------


def test_a_change_is_written_down_with_the_value_before(synapse: Synapse, users: Any) -> None:
    Synapse.objects.filter(pk=synapse.pk).update(owner=users["owner"])
    save(synapse, {"SynapticCleft": {"release_probability": 0.3}}, user=users["owner"])
    (change,) = ValueChange.objects.all()
    assert change.values == {"SynapticCleft": {"release_probability": [0.186, 0.3]}}
    assert (change.user, change.reason) == (users["owner"], "edit")


def test_what_does_not_change_is_not_written_down(synapse: Synapse) -> None:
    save(synapse, {"SynapticCleft": {"release_probability": 0.186}})
    assert ValueChange.objects.count() == 0


def test_a_refused_change_leaves_no_history(synapse: Synapse) -> None:
    with pytest.raises(InvalidValues):
        save(synapse, {"NMDAReceptor": {"nmda_rise_time": 60.0}})
    assert ValueChange.objects.count() == 0


def test_going_back_to_the_preset_is_called_a_reset(synapse: Synapse) -> None:
    save(synapse, {"SynapticCleft": {"release_probability": 0.3}})
    assert parameters.differences(groups.load_one(synapse.pk)) == {"release_probability": 0.3}
    save(synapse, {"SynapticCleft": {"release_probability": 0.186}})
    assert ValueChange.objects.first().reason == "reset"
    assert parameters.differences(groups.load_one(synapse.pk)) == {}


def test_a_reset_of_the_whole_synapse_is_in_the_history(synapse: Synapse) -> None:
    save(synapse, {"SynapticCleft": {"release_probability": 0.3}})
    presets.reset_to_preset(synapse=synapse, expected_version=1)
    change = ValueChange.objects.first()
    assert (change.reason, change.values) == (
        "reset", {"SynapticCleft": {"release_probability": [0.3, 0.186]}},
    )  # fmt: skip


def test_going_back_takes_a_change_and_all_later_ones_back(synapse: Synapse) -> None:
    save(synapse, {"SynapticCleft": {"release_probability": 0.3}})
    save(synapse, {"SynapticCleft": {"release_probability": 0.4}})
    save(synapse, {"NMDAReceptor": {"nmda_decay_time": 50.0}, "Neuron": {"resting_rate": 2.0}})
    last, second, first = ValueChange.objects.all()
    assert restore(synapse, second) == 3
    assert value(synapse, "synaptic_cleft", "release_probability") == 0.3
    assert value(synapse, "nmda_receptor", "nmda_decay_time") == 42.3
    assert ValueChange.objects.first().reason == "restore"
    assert restore(synapse, ValueChange.objects.first()) == 3  # and that back again
    assert value(synapse, "synaptic_cleft", "release_probability") == 0.4
    assert value(synapse, "neuron", "resting_rate") == 2.0
    assert restore(synapse, first) == 3
    with pytest.raises(ValueError, match="already as they were"):
        restore(synapse, first)


def test_a_change_of_another_synapse_cannot_be_gone_back_to(
    synapse: Synapse, presets: None
) -> None:
    from synapse.services.presets import create_from_preset

    other = create_from_preset(preset="hippocampus", name="apart")
    save(other, {"SynapticCleft": {"release_probability": 0.3}})
    with pytest.raises(ValueError, match="has no change"):
        restore(synapse, ValueChange.objects.get())


def test_what_is_shared_is_in_the_history_of_each(neighbours: list[Synapse]) -> None:
    first, second, _ = neighbours
    save(
        first,
        {"SynapticCleft": {"release_probability": 0.3}, "Neuron": {"external_calcium": 3.0}},
    )
    (change,) = histories.changes_of(groups.load_one(second.pk))
    assert histories.steps_of(change, second) == {"Neuron": {"external_calcium": (2.5, 3.0)}}
    assert restore(second, change) == 1
    assert value(first, "neuron", "external_calcium") == 2.5
    assert value(first, "synaptic_cleft", "release_probability") == 0.3


def test_what_is_shared_needs_leave_for_all(neighbours: list[Synapse], users: Any) -> None:
    first, second, _ = neighbours
    Synapse.objects.filter(pk=first.pk).update(owner=users["owner"])
    Synapse.objects.filter(pk=second.pk).update(owner=users["other"])
    save(first, {"SynapticCleft": {"release_probability": 0.3}}, user=users["owner"])
    with pytest.raises(PermissionDenied):
        save(first, {"Neuron": {"external_calcium": 3.0}}, user=users["owner"])


def test_shared_components_say_whom_they_serve(
    neighbours: list[Synapse], users: Any, django_assert_num_queries: Any
) -> None:
    first, second, third = neighbours
    Synapse.objects.filter(pk=second.pk).update(visibility="public")
    with django_assert_num_queries(2):
        served = served_with(first, users["other"])
    assert served["Neuron"].words == "second and 1 more"
    assert served_with(first, users["admin"])["DopamineCleft"].words == "second and third"


def test_the_admin_and_every_other_door_write_history(synapse: Synapse) -> None:
    set_values(
        synapse=synapse, values={"Neuron": {"resting_rate": 2}}, user=None,
        expected_versions=versions.current([synapse]),
    )  # fmt: skip
    assert ValueChange.objects.count() == 1
