"""Editing parameters: what is refused, in which words, and that nothing is half done."""

import math
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from synapse.models import Neuron, NMDAReceptor, Synapse
from synapse.services import versions
from synapse.services.conflict import StateConflict
from synapse.services.presets import create_from_preset
from synapse.services.values import InvalidValues, set_values


def edit(synapse: Synapse, values: dict[str, dict[str, Any]], **how: Any) -> Synapse:
    expected = how.pop("expected_versions", None) or versions.current([synapse])
    user = how.pop("user", None)
    return set_values(synapse=synapse, values=values, expected_versions=expected, user=user)


def test_values_of_several_components_are_stored_together(synapse: Synapse) -> None:
    stored = edit(
        synapse,
        {"NMDAReceptor": {"nmda_decay_time": 50}, "Neuron": {"external_calcium": 3.0}},
    )
    fresh = Synapse.objects.with_components().get(pk=synapse.pk)
    assert fresh.nmda_receptor.nmda_decay_time == stored.nmda_receptor.nmda_decay_time == 50.0
    assert fresh.neuron.external_calcium == 3.0
    assert fresh.neuron.state_version == 1
    assert fresh.modified > synapse.modified


def test_a_value_within_round_off_of_a_bound_becomes_the_bound(synapse: Synapse) -> None:
    stored = edit(synapse, {"NMDAReceptor": {"nmda_conductance": 1 + 1e-13}})
    assert stored.nmda_receptor.nmda_conductance == 1.0


@pytest.mark.parametrize(
    ("component", "name", "value", "sentence"),
    [
        ("SynapticCleft", "recovery_time", -5, "must be at least 0.001 ms; got -5 ms"),
        ("SynapticCleft", "release_probability", 2, "must be at most 0.95; got 2"),
        ("SynapticCleft", "recovery_time", math.nan, "must be a finite number; got nan"),
        ("SynapticCleft", "recovery_time", math.inf, "must be a finite number; got inf"),
        ("SynapticCleft", "recovery_time", 10**400, "must be a finite number"),
        ("SynapticCleft", "recovery_time", "fast", "must be a number; got 'fast'"),
        ("SynapticCleft", "recovery_time", True, "must be a number; got True"),
        ("SynapticCleft", "recovery_time", None, "must be a number; got None"),
        ("SynapticCleft", "vesicle_fraction", 0.5, "is computed by the simulation"),
        ("SynapticTag", "tag", 1, "is computed by the simulation"),
        ("Neuron", "reference_calcium", 2, "is fixed and cannot be changed"),
        ("SynapticCleft", "colour", 1, "SynapticCleft has no quantity named colour"),
        ("Dendrite", "length", 1, "there is no component named Dendrite"),
        ("NMDAReceptor", "nmda_rise_time", 60, "must be less than nmda_decay_time (42.3 ms)"),
        ("PostsynapticMembrane", "epsp_rise_time", 30.7, "must be less than epsp_decay_time"),
        ("PostsynapticMembrane", "resting_potential", 10, "less than epsp_reversal_potential"),
        ("PostsynapticMembrane", "resting_potential", 140, "less than calcium_reversal_potential"),
    ],
)  # fmt: skip
def test_a_refused_value_is_named_with_its_reason(
    component: str, name: str, value: Any, sentence: str, synapse: Synapse
) -> None:
    values = {"AstrocyteUnit": {"background_activity": 2.0}, component: {name: value}}
    with pytest.raises(InvalidValues) as error:
        edit(synapse, values)
    assert sentence in error.value.errors[name]
    assert sentence in str(error.value)
    fresh = Synapse.objects.with_components().get(pk=synapse.pk)
    assert fresh.astrocyte_unit.background_activity == 1.0
    assert fresh.neuron.state_version == 0


def test_every_refused_value_is_named(synapse: Synapse) -> None:
    with pytest.raises(InvalidValues) as error:
        edit(synapse, {"SynapticCleft": {"recovery_time": -1, "facilitation_time": -1}})
    assert set(error.value.errors) == {"recovery_time", "facilitation_time"}


def test_an_order_that_both_values_keep_together_is_accepted(synapse: Synapse) -> None:
    stored = edit(synapse, {"NMDAReceptor": {"nmda_rise_time": 60, "nmda_decay_time": 90}})
    assert stored.nmda_receptor.nmda_rise_time == 60.0


def test_of_two_edits_of_the_same_state_the_second_is_refused(synapse: Synapse) -> None:
    read = versions.current([synapse])
    edit(synapse, {"NMDAReceptor": {"nmda_decay_time": 50}}, expected_versions=read)
    with pytest.raises(StateConflict, match="version 0 was read, version 1 is stored"):
        edit(synapse, {"NMDAReceptor": {"nmda_decay_time": 60}}, expected_versions=read)
    assert NMDAReceptor.objects.get().nmda_decay_time == 50.0


def test_only_who_may_write_can_edit(synapse: Synapse, users: dict[str, Any]) -> None:
    Synapse.objects.update(owner=users["owner"])
    with pytest.raises(PermissionDenied, match="You may not change"):
        edit(synapse, {"NMDAReceptor": {"nmda_decay_time": 50}}, user=users["other"])
    edit(synapse, {"NMDAReceptor": {"nmda_decay_time": 50}}, user=users["owner"])


def test_a_shared_component_needs_leave_for_all_its_synapses(
    neighbours: list[Synapse], users: dict[str, Any]
) -> None:
    mine, theirs = neighbours[0], neighbours[1]
    Synapse.objects.filter(pk=mine.pk).update(owner=users["owner"])
    Synapse.objects.exclude(pk=mine.pk).update(owner=users["other"])
    edit(mine, {"NMDAReceptor": {"nmda_decay_time": 50}}, user=users["owner"])
    with pytest.raises(PermissionDenied, match="a synapse of another user"):
        edit(mine, {"Neuron": {"external_calcium": 3}}, user=users["owner"])
    edit(theirs, {"Neuron": {"external_calcium": 3}}, user=users["admin"])


def test_the_interval_of_exchange_stays_equal_in_a_group(synapse: Synapse) -> None:
    other = create_from_preset(
        preset="hippocampus", name="other", astrocyte_unit=synapse.astrocyte_unit
    )
    assert other.neuron_id != synapse.neuron_id
    edit(synapse, {"Neuron": {"pool_exchange_interval": 500}})
    assert set(Neuron.objects.values_list("pool_exchange_interval", flat=True)) == {500.0}
