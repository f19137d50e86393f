"""What is simulated together, and what happens to the second of two writers."""

import threading
from typing import Any

import pytest
from django.db import connection

from synapse.models import Neuron, Synapse
from synapse.services import groups, versions
from synapse.services.conflict import StateConflict
from synapse.services.presets import create_from_preset


def make(name: str, **shared: Any) -> Synapse:
    return create_from_preset(preset="hippocampus", name=name, **shared)


def test_a_synapse_that_shares_nothing_is_its_own_group(synapse: Synapse) -> None:
    make("elsewhere")
    assert groups.closure([synapse]) == [synapse]


def test_a_group_reaches_through_any_chain_of_shared_components(synapse: Synapse) -> None:
    second = make("second", neuron=synapse.neuron)
    third = make("third", astrocyte_unit=second.astrocyte_unit)
    fourth = make("fourth", dopamine_cleft=third.dopamine_cleft)
    fifth = make("fifth", consolidation_protein_pool=fourth.consolidation_protein_pool)
    make("elsewhere")
    everyone = [synapse, second, third, fourth, fifth]
    for start in everyone:
        assert groups.closure([start]) == everyone
    assert list(groups.neurons_of(everyone)) == sorted({s.neuron_id for s in everyone})


def test_a_group_is_found_in_few_queries(
    neighbours: list[Synapse], django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(3):
        found = groups.closure(neighbours[2:])
        assert [s.stdp_parameters.pk for s in found] == [s.pk for s in neighbours]


def test_large_groups_are_asked_for_in_batches(
    neighbours: list[Synapse], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(groups, "BATCH", 1)
    assert groups.closure(neighbours[:1]) == neighbours


def test_no_synapse_no_group(db: None) -> None:
    assert groups.closure([]) == []


def test_a_claim_raises_the_version_once(synapse: Synapse) -> None:
    versions.claim({synapse.neuron_id: 0})
    assert versions.current([synapse]) == {synapse.neuron_id: 1}


def test_the_second_claim_of_a_version_is_refused(synapse: Synapse) -> None:
    versions.claim({synapse.neuron_id: 0})
    with pytest.raises(StateConflict, match="Neuron of first has changed since it was read"):
        versions.claim({synapse.neuron_id: 0})


def test_a_refused_claim_leaves_the_other_neurons_as_they_were(synapse: Synapse) -> None:
    other = make("other")
    claims = {synapse.neuron_id: 0, other.neuron_id: 7}
    with pytest.raises(StateConflict):
        versions.claim(claims)
    assert set(Neuron.objects.values_list("state_version", flat=True)) == {0}


def test_a_deleted_neuron_cannot_be_claimed(db: None) -> None:
    with pytest.raises(StateConflict, match="has been deleted"):
        versions.claim({404: 0})


def test_a_group_that_grew_is_refused(synapse: Synapse) -> None:
    read = versions.current([synapse])
    make("second", astrocyte_unit=synapse.astrocyte_unit)
    with pytest.raises(StateConflict, match="group of first has changed"):
        versions.claim_group(synapse, read)


def test_a_synapse_that_joins_a_group_invalidates_what_was_read(synapse: Synapse) -> None:
    read = versions.current([synapse])
    make("second", neuron=synapse.neuron)
    with pytest.raises(StateConflict):
        versions.claim(read)


@pytest.mark.django_db(transaction=True)
def test_of_two_writers_at_once_one_wins() -> None:
    neuron = Neuron.objects.create(name="contested")
    start = threading.Barrier(2)
    outcomes: list[str] = []

    def write() -> None:
        try:
            start.wait()
            versions.claim({neuron.pk: 0})
            outcomes.append("stored")
        except StateConflict:
            outcomes.append("refused")
        finally:
            connection.close()

    writers = [threading.Thread(target=write) for _ in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert sorted(outcomes) == ["refused", "stored"]
    neuron.refresh_from_db()
    assert neuron.state_version == 1
