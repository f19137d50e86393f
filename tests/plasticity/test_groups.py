"""Neurons that share an astrocyte, proteins or dopamine."""

from collections.abc import Sequence

import numpy as np
import pytest

from synapse.plasticity.bounds import HOUR, MINUTE, SECOND
from synapse.plasticity.components import COMPONENTS
from synapse.plasticity.group import Group, make_group
from synapse.plasticity.stimulus import Event, train
from tests.plasticity.walking import STATES, max_difference, run, weights

PAIRED = [
    *train("pre", start=10.0, interval=100.0, count=3, value=3.0),
    *train("post", start=20.0, interval=100.0, count=3),
    Event(time=250.0, kind="dopamine", value=1.0),
]
LATER = train("pre", start=40.0, interval=70.0, count=4, value=4.0)


def for_synapse(i: int, events: Sequence[Event]) -> list[Event]:
    return [Event(time=e.time, kind=e.kind, value=e.value, synapse=i) for e in events]


@pytest.mark.parametrize("compiled", [False, True])
def test_neurons_that_share_only_dopamine_are_as_alone(compiled: bool) -> None:
    """To the last bit: each follows the same cleft by itself."""
    together = make_group(2, neurons=2, neuron_of=(0, 1), shared_pools=False)
    run(together, [*for_synapse(0, PAIRED), *for_synapse(1, LATER)], HOUR, compiled=compiled)
    pulse = [e for e in PAIRED if e.kind == "dopamine"]
    alone = [make_group(1), make_group(1)]
    run(alone[0], PAIRED, HOUR, compiled=compiled)
    run(alone[1], [*LATER, *pulse], HOUR, compiled=compiled)
    for i, single in enumerate(alone):
        for name in single.states.dtype.names or ():
            assert single.states[name][0] == together.states[name][i], name


def test_a_dopamine_pulse_reaches_every_neuron_of_the_cleft() -> None:
    group = make_group(2, neurons=2, neuron_of=(0, 1), shared_pools=False)
    run(group, [Event(time=10.0, kind="dopamine", value=2.0, synapse=0)], 100.0)
    assert group.states["pka_activity"][0] > 0.0
    assert group.states["pka_activity"][0] == group.states["pka_activity"][1]


def test_a_synapse_does_not_notice_strangers_in_its_neuron() -> None:
    """With an astrocyte and pool of their own, the neighbours' spikes change nothing."""
    group = make_group(3)
    apart = Group(
        neurons=group.neurons, clefts=group.clefts, states=group.states,
        parameters=group.parameters, astrocytes=np.repeat(group.astrocytes, 3),
        pools=np.repeat(group.pools, 3), neuron_of=np.zeros(3, dtype=np.intp),
        cleft_of=np.zeros(3, dtype=np.intp), astrocyte_of=np.arange(3), pool_of=np.arange(3),
    )  # fmt: skip
    run(apart, for_synapse(1, LATER), 2 * SECOND)
    assert apart.states["early_weight"][0] == 1.0
    assert apart.states["early_weight"][1] != 1.0
    assert apart.astrocytes["activity"][0] == 1.0
    assert apart.astrocytes["activity"][1] > 1.0


def shared(**values: float) -> tuple[Group, list[Event]]:
    """Return two neurons with one pool: the first potentiated enough for both."""
    own = [{"early_weight": 2.2}, {"early_weight": 1.3}]
    group = make_group(2, neurons=2, neuron_of=(0, 1), per_synapse=own, values=values)
    return group, [*for_synapse(0, PAIRED), *for_synapse(1, LATER)]


def test_a_tagged_synapse_captures_the_proteins_of_another_neuron() -> None:
    group, events = shared()
    run(group, events, 2 * HOUR)
    assert group.states["late_weight"][1] > 0.15


@pytest.mark.parametrize(
    ("interval", "tolerance"),
    [(100.0, 2e-4), (10_000.0, 2e-3)],
)
def test_the_exchange_interval_hardly_matters(interval: float, tolerance: float) -> None:
    """Against 1000 ms. Gates are late by at most one interval: 10 s of tau_z = 3600 s."""
    usual, events = shared()
    other, _ = shared(pool_exchange_interval=interval)
    run(usual, events, 2 * HOUR)
    run(other, events, 2 * HOUR)
    assert weights(other) == pytest.approx(weights(usual), abs=tolerance)


def test_a_pool_may_as_well_cross_neurons() -> None:
    """Two synapses of one neuron, or of two that share a pool and get the same events.

    2e-3 in the weight, the stated tolerance: the exchange comes up to 1 s late.
    """
    own = [{"early_weight": 2.2}, {"early_weight": 1.3}]
    events = [*PAIRED, *LATER]
    one = make_group(2, per_synapse=own)
    two = make_group(2, neurons=2, neuron_of=(0, 1), per_synapse=own)
    run(one, events, 3 * HOUR)
    run(two, events, 3 * HOUR)
    assert weights(two) == pytest.approx(weights(one), abs=2e-3)


def test_a_gate_that_opens_while_all_neurons_rest_is_found() -> None:
    """The traces of a tetanus lift h for minutes after the last spike: synthesis in a pool
    of two neurons must start when it does in a pool of one (2e-3 in the weight)."""
    events = [
        *train("pre", start=10.0, interval=10.0, count=40, value=4.9, synapse=0),
        *train("pre", start=10.0, interval=10.0, count=25, value=4.9, synapse=1),
    ]
    one = make_group(2)
    two = make_group(2, neurons=2, neuron_of=(0, 1))
    run(one, events, 3 * HOUR)
    run(two, events, 3 * HOUR)
    assert one.states["late_weight"][1] > 0.01
    assert weights(two) == pytest.approx(weights(one), abs=2e-3)


def test_activity_of_a_shared_astrocyte_is_the_sum_of_its_neurons() -> None:
    """Contributions decay to the exchange as they would in the unit: round-off only."""
    events = for_synapse(0, PAIRED)
    group = make_group(2, neurons=2, neuron_of=(0, 1))
    run(group, events, 10 * SECOND)
    one = make_group(2)
    run(one, events, 10 * SECOND)
    excess, expected = group.astrocytes["activity"][0] - 1.0, one.astrocytes["activity"][0] - 1.0
    post, pre = 3 * 0.5 / 21600.0, expected - 3 * 0.5 / 21600.0
    assert expected > 0.0
    # Releases are averaged over synapses, spikes over neurons (half of them here).
    assert excess == pytest.approx(pre + post / 2, rel=2e-3)


def test_neurons_of_a_group_must_stand_at_one_time() -> None:
    group = make_group(2, neurons=2, neuron_of=(0, 1))
    group.neurons["time"] = (0.0, 5.0)
    with pytest.raises(ValueError, match="simulated_time must be equal"):
        Group(
            **{name: getattr(group, name) for name in (
                "neurons", "clefts", "astrocytes", "pools", "states", "parameters",
                "neuron_of", "cleft_of", "astrocyte_of", "pool_of")}
        )  # fmt: skip


# --- bath and drugs ---------------------------------------------------------------------------


def parameters_of(group: Group) -> dict[tuple[str, str], list[float]]:
    kinds = ("neurons", "clefts", "astrocytes", "pools", "parameters")
    return {
        (kind, name): getattr(group, kind)[name].tolist()
        for kind in kinds
        for name in getattr(group, kind).dtype.names
        if name not in STATES and name in DECLARED
    }


DECLARED = {q.name for component in COMPONENTS for q in component.parameters}


def test_a_protocol_bath_is_laid_over_and_leaves_no_trace() -> None:
    group = make_group(1)
    base = {kind: records.copy() for kind, records in group.base.items()}
    run(group, PAIRED, SECOND, bath={"external_calcium": 3.0, "tonic_dopamine": 1.0})
    assert group.neurons["external_calcium"][0] == 3.0
    for kind, records in base.items():
        assert np.array_equal(group.base[kind], records)
    group.set_conditions({})
    assert group.neurons["external_calcium"][0] == 2.5
    assert group.clefts["tonic_dopamine"][0] == 0.02


def test_a_bath_event_changes_the_bath_for_good() -> None:
    group = make_group(1)
    events = [Event(time=10.0, kind="bath", name="external_magnesium", value=0.1)]
    run(group, events, 20.0, bath={"external_magnesium": 2.0})
    assert group.base["neurons"]["external_magnesium"][0] == 0.1
    assert group.neurons["external_magnesium"][0] == 0.1
    run(group, [], 30.0)
    assert group.neurons["external_magnesium"][0] == 0.1


def test_a_drug_hides_a_bath_until_it_is_washed_out() -> None:
    """TTX sets the background to 0; the bath set meanwhile shows when it is gone."""
    group = make_group(1)
    events = [
        Event(time=1.0, kind="drug", name="ttx"),
        Event(time=2.0, kind="bath", name="background_activity", value=2.0),
    ]
    run(group, events, 5.0)
    assert group.astrocytes["background_activity"][0] == 0.0
    assert group.drugs == ["ttx"]
    run(group, [Event(time=1.0, kind="drug", name="ttx", value=0.0)], 10.0)
    assert group.astrocytes["background_activity"][0] == 2.0


def test_drugs_only_change_their_own_parameters() -> None:
    group = make_group(1)
    before = parameters_of(group)
    run(group, [Event(time=0.0, kind="drug", name="apv")], 10.0)
    changed = {key for key, value in parameters_of(group).items() if value != before[key]}
    assert changed == {("parameters", "nmda_conductance")}


def test_adding_a_drug_twice_is_adding_it_once() -> None:
    group = make_group(1)
    twice = [Event(time=float(i), kind="drug", name="apv") for i in range(2)]
    run(group, [*twice, Event(time=5.0, kind="drug", name="apv", value=0.0)], 10.0)
    assert group.drugs == []
    assert group.parameters["nmda_conductance"][0] == 1.0


def test_a_copy_is_independent_and_equal() -> None:
    group = make_group(2)
    run(group, [*PAIRED, Event(time=5.0, kind="drug", name="anisomycin")], SECOND)
    twin = group.copy()
    assert max_difference(group, twin) == 0.0
    assert twin.drugs == ["anisomycin"]
    assert np.array_equal(twin.parameters, group.parameters)
    run(twin, PAIRED, MINUTE)
    assert max_difference(group, twin) > 0.0
    run(group, PAIRED, MINUTE)
    assert max_difference(group, twin) == 0.0


def test_an_unknown_quantity_is_named() -> None:
    with pytest.raises(ValueError, match="no quantity named spin"):
        make_group(1, values={"spin": 1.0})
