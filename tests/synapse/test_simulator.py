"""SynapseSimulator: load once, compute, store once, and lose nothing."""

import numpy as np
import pytest
from django.db import connection

from synapse.models import Neuron, Synapse
from synapse.plasticity.bounds import HOUR, MINUTE
from synapse.plasticity.protocols import PROTOCOLS
from synapse.plasticity.protocols.pairing import pairing, single_pairing
from synapse.plasticity.stimulus import Event, Protocol
from synapse.services.conflict import StateConflict
from synapse.services.presets import clone
from synapse.services.runs import result_hash
from synapse.services.simulator import SynapseSimulator
from synapse.services.values import set_values


def events(*items: Event) -> Protocol:
    """Return a protocol of some events, in the neuron's own bath."""
    return Protocol(name="test", title="test", meaning="", events=items)


def test_ten_ticks_saved_and_ten_more_equal_twenty(synapse: Synapse) -> None:
    other = clone(synapse=synapse, owner=None, name="other")
    for _ in range(2):
        simulator = SynapseSimulator(synapse, seed=1)
        for _ in range(10):
            simulator.tick(protocol=single_pairing())
        simulator.save()
    straight = SynapseSimulator(other, seed=1)
    for _ in range(20):
        straight.tick(protocol=single_pairing())
    again = SynapseSimulator(synapse)
    assert result_hash(again.group) == result_hash(straight.group)
    assert again.time == 20 * MINUTE


def test_storing_and_loading_keeps_every_bit(synapse: Synapse) -> None:
    simulator = SynapseSimulator(synapse)
    simulator.run(pairing(count=3), duration=4_321.5)
    simulator.save()
    assert result_hash(SynapseSimulator(synapse).group) == result_hash(simulator.group)


def test_pairing_strengthens_and_is_seen_in_every_part(synapse: Synapse) -> None:
    simulator = SynapseSimulator(synapse)
    simulator.run(pairing(), duration=26 * MINUTE)
    values = simulator.values()
    assert values["synaptic_weight"]["weight"] == pytest.approx(1.378, abs=2e-3)
    assert values["synaptic_weight"]["weight"] == simulator.weights()[0]
    assert values["synaptic_tag"]["tag"] == 1.0
    assert values["psd_ampa_pool"]["psd_ampa"] + values["endosome_ampa_pool"][
        "endosome_ampa"
    ] == pytest.approx(values["endosome_ampa_pool"]["total_ampa"])
    assert values["spine_head"]["calcium"] == pytest.approx(0.07)


def test_a_protocol_does_not_change_the_bath_for_good(synapse: Synapse) -> None:
    simulator = SynapseSimulator(synapse)
    simulator.run(pairing(count=1), duration=MINUTE)
    simulator.save()
    synapse.neuron.refresh_from_db()
    assert synapse.neuron.external_calcium == 2.5


def test_bath_and_drug_events_last_until_they_are_taken_back(synapse: Synapse) -> None:
    simulator = SynapseSimulator(synapse)
    simulator.run(
        events(
            Event(time=10, kind="drug", name="apv"),
            Event(time=20, kind="bath", name="external_calcium", value=1.8),
        ),
        duration=MINUTE,
    )
    simulator.save()
    synapse.neuron.refresh_from_db()
    assert synapse.neuron.active_drugs == ["apv"]
    assert synapse.neuron.external_calcium == 1.8

    blocked = SynapseSimulator(synapse)
    assert blocked.values()["nmda_receptor"]["nmda_conductance"] == 0.0
    blocked.run(pairing(count=20), duration=10 * MINUTE)
    assert blocked.weights()[0] == pytest.approx(1.0, abs=1e-3)
    blocked.run(events(Event(time=0, kind="drug", name="apv", value=0.0)), duration=MINUTE)
    blocked.save()
    synapse.neuron.refresh_from_db()
    synapse.nmda_receptor.refresh_from_db()
    assert synapse.neuron.active_drugs == []
    assert synapse.nmda_receptor.nmda_conductance == 1.0


def test_the_whole_group_advances_and_events_reach_the_named(neighbours: list[Synapse]) -> None:
    simulator = SynapseSimulator(neighbours[1])
    simulator.run(PROTOCOLS["tetanus"](), duration=HOUR)
    simulator.save()
    first, second, third = (SynapseSimulator(s).values() for s in neighbours)
    assert second["synaptic_weight"]["weight"] > 1.5
    assert first["synaptic_weight"]["early_weight"] == 1.0
    assert third["neuron"]["bap_fast"] == first["neuron"]["bap_fast"]
    assert first["consolidation_protein_pool"]["plasticity_proteins"] > 0.1
    assert SynapseSimulator(neighbours[2]).time == HOUR


def test_events_can_name_each_synapse(neighbours: list[Synapse]) -> None:
    simulator = SynapseSimulator(neighbours[:2])
    tetanus = [Event(time=1000 + 10 * i, kind="field", synapse=1) for i in range(100)]
    simulator.run(events(*tetanus), duration=HOUR)
    quiet, driven = simulator.weights()
    assert quiet == pytest.approx(1.0, abs=1e-4)
    assert driven > 1.3
    with pytest.raises(ValueError, match="synapse must be 0 to 1"):
        simulator.run(events(Event(time=0, kind="pre", synapse=2)), duration=MINUTE)


def test_of_two_writers_the_second_is_told(neighbours: list[Synapse]) -> None:
    first, second = SynapseSimulator(neighbours[0]), SynapseSimulator(neighbours[2])
    first.tick(protocol=single_pairing())
    second.tick()
    first.save()
    before = SynapseSimulator(neighbours[0]).group.states.copy()
    with pytest.raises(StateConflict, match="has changed since it was read"):
        second.save()
    assert (SynapseSimulator(neighbours[0]).group.states == before).all()


def test_an_edit_in_between_is_a_conflict(synapse: Synapse) -> None:
    simulator = SynapseSimulator(synapse)
    simulator.tick()
    versions = {synapse.neuron_id: 0}
    from django.contrib.auth import get_user_model

    set_values(
        synapse=synapse,
        values={"SpineHead": {"calcium_decay_time": 12.0}},
        expected_versions=versions,
        user=get_user_model()(is_superuser=True),
    )
    with pytest.raises(StateConflict):
        simulator.save()


def test_saving_twice_is_no_conflict(synapse: Synapse) -> None:
    simulator = SynapseSimulator(synapse)
    simulator.tick()
    simulator.save()
    simulator.tick()
    simulator.save()
    assert Neuron.objects.get(pk=synapse.neuron_id).state_version == 2


def test_an_interrupt_leaves_simulator_and_database_as_they_were(synapse: Synapse) -> None:
    simulator = SynapseSimulator(synapse)
    before = result_hash(simulator.group)

    def interrupt(time: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulator.run(pairing(), duration=MINUTE, progress=interrupt)
    assert result_hash(simulator.group) == before
    assert len(simulator.trace()) > 0


def test_sampling_changes_no_bit(synapse: Synapse) -> None:
    sampled, plain = SynapseSimulator(synapse), SynapseSimulator(synapse)
    seen = list(sampled.sampled(pairing(), duration=30 * MINUTE, every=7 * MINUTE))
    plain.run(pairing(), duration=30 * MINUTE)
    assert [time for time, _ in seen] == [7 * MINUTE * i for i in range(1, 5)] + [30 * MINUTE]
    assert result_hash(sampled.group) == result_hash(plain.group)
    assert sampled.ticks == plain.ticks


def test_the_back_ends_agree(synapse: Synapse) -> None:
    plain = SynapseSimulator(synapse, back_end="python")
    compiled = SynapseSimulator(synapse, back_end="compiled")
    for simulator in (plain, compiled):
        simulator.run(pairing(), duration=30 * MINUTE)
    for name in plain.group.states.dtype.names or ():
        assert np.allclose(plain.group.states[name], compiled.group.states[name], rtol=1e-9)
    assert compiled.used_back_end == "compiled"


def test_a_small_run_is_plain_python(synapse: Synapse) -> None:
    simulator = SynapseSimulator(synapse)
    simulator.tick(protocol=single_pairing())
    assert simulator.used_back_end == "python"


def test_loading_and_storing_take_few_queries(
    neighbours: list[Synapse], django_assert_max_num_queries: object
) -> None:
    with django_assert_max_num_queries(25):  # type: ignore[operator]
        simulator = SynapseSimulator(neighbours[0])
    simulator.tick()
    with django_assert_max_num_queries(25):  # type: ignore[operator]
        simulator.save()
    assert connection.vendor in ("sqlite", "postgresql")


def test_impossible_durations_are_named(synapse: Synapse) -> None:
    with pytest.raises(ValueError, match=r"duration must be 0\.05 to 1e\+11 ms; got nan ms"):
        SynapseSimulator(synapse).tick(dt=float("nan"))


def test_a_seed_is_kept_with_the_neuron(synapse: Synapse) -> None:
    simulator = SynapseSimulator(synapse, seed=7)
    simulator.tick()
    simulator.save()
    stored = Neuron.objects.get(pk=synapse.neuron_id).random_state
    assert stored == np.random.default_rng(7).bit_generator.state


def draw_vesicles(*synapses: Synapse) -> None:
    """Let synapses draw their vesicles."""
    for synapse in synapses:
        type(synapse.synaptic_cleft).objects.filter(pk=synapse.pk).update(release_sites=3.0)


def test_drawn_vesicles_survive_saving(synapse: Synapse) -> None:
    """Ten ticks, save, ten ticks are twenty: with one seed, and going on without one."""
    other, third = (clone(synapse=synapse, owner=None, name=name) for name in ("b", "c"))
    draw_vesicles(synapse, other, third)
    for own, seeds in ((synapse, (1, 1)), (other, (1, None))):
        for seed in seeds:
            simulator = SynapseSimulator(own, seed=seed)
            for _ in range(10):
                simulator.tick(protocol=single_pairing())
            simulator.save()
    straight = SynapseSimulator(third, seed=1)
    for _ in range(20):
        straight.tick(protocol=single_pairing())
    hashes = {result_hash(SynapseSimulator(own).group) for own in (synapse, other)}
    assert hashes == {result_hash(straight.group)}
    assert straight.group.states["release_events"][0] == 20.0


def test_another_seed_draws_other_vesicles(synapse: Synapse) -> None:
    other = clone(synapse=synapse, owner=None, name="other")
    draw_vesicles(synapse, other)
    hashes = set()
    for own, seed in ((synapse, 1), (other, 2)):
        simulator = SynapseSimulator(own, seed=seed)
        simulator.run(pairing(count=20), duration=MINUTE)
        hashes.add(result_hash(simulator.group))
    assert len(hashes) == 2


def test_a_synapse_that_begins_to_draw_gets_a_key_and_keeps_it(synapse: Synapse) -> None:
    SynapseSimulator(synapse, seed=4).save()
    draw_vesicles(synapse)
    first = SynapseSimulator(synapse)
    first.save()
    second = SynapseSimulator(synapse)
    assert first.group.states["release_key"][0] > 0.0
    assert second.group.states["release_key"][0] == first.group.states["release_key"][0]
    assert second.loaded.random_state == first.loaded.random_state


def test_acetylcholine_is_stored_with_its_bath(synapse: Synapse) -> None:
    simulator = SynapseSimulator(synapse)
    simulator.run(
        events(
            Event(time=0, kind="bath", name="tonic_acetylcholine", value=2.0),
            Event(time=10, kind="acetylcholine", value=5.0),
        ),
        duration=1000.0,
    )
    simulator.save()
    again = SynapseSimulator(synapse).values()["dopamine_cleft"]
    assert again["tonic_acetylcholine"] == 2.0
    assert 2.0 < again["acetylcholine"] < 7.0
    assert again["acetylcholine"] == simulator.group.clefts["acetylcholine"][0]
