"""The order of synapses and neurons in memory must not matter, to the last bit."""

from itertools import permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synapse.plasticity.bounds import HOUR
from synapse.plasticity.group import Group, make_group
from synapse.plasticity.stimulus import Event, train
from tests.plasticity.strategies import PARAMETERS, events, inside
from tests.plasticity.walking import STATES, run

OWN = ("release_probability", "potentiation_rate", "tag_threshold", "early_weight_decay_time")


def relabelled(happened: list[Event], order: tuple[int, ...]) -> list[Event]:
    """Return the events for synapses that were moved: ``order[i]`` is now at place i."""
    return [
        Event(
            time=e.time, kind=e.kind, value=e.value, name=e.name,
            synapse=None if e.synapse is None else order.index(e.synapse),
        )
        for e in happened
    ]  # fmt: skip


def assert_permuted(plain: Group, moved: Group, order: tuple[int, ...]) -> None:
    places = list(order)
    for name in plain.states.dtype.names or ():
        assert np.array_equal(plain.states[name][places], moved.states[name]), name
    for kind in ("clefts", "astrocytes", "pools"):
        one, two = getattr(plain, kind), getattr(moved, kind)
        for name in STATES:
            if name in one.dtype.names:
                assert np.array_equal(one[name], two[name]), name


@given(
    data=st.data(),
    own=st.lists(
        st.fixed_dictionaries({name: inside(PARAMETERS[name]) for name in OWN}),
        min_size=3,
        max_size=3,
    ),
)
@settings(max_examples=25)
def test_synapses_may_be_relabelled(data: Any, own: list[dict[str, float]]) -> None:
    """Three synapses that share everything, with simultaneous events."""
    happened = data.draw(
        events(synapses=3, longest=40.0, kinds=("pre", "field", "post", "dopamine"))
    )
    order = data.draw(st.sampled_from(list(permutations(range(3)))))
    plain = make_group(3, per_synapse=own)
    moved = make_group(3, per_synapse=[own[i] for i in order])
    run(plain, happened, 60.0)
    run(moved, relabelled(happened, order), 60.0)
    assert_permuted(plain, moved, order)


def test_relabelled_synapses_share_proteins_alike() -> None:
    """Through synthesis and capture: five synapses tetanised together, for two hours."""
    values = {"early_weight": 1.9}
    own = [
        {"potentiation_rate": 0.2 * (i + 1), "release_probability": 0.1 + 0.13 * i}
        for i in range(5)
    ]
    happened = train("pre", start=10.0, interval=10.0, count=3, value=4.9)
    order = (3, 0, 4, 2, 1)
    plain = make_group(5, values=values, per_synapse=own)
    moved = make_group(5, values=values, per_synapse=[own[i] for i in order])
    run(plain, happened, 2 * HOUR)
    run(moved, relabelled(happened, order), 2 * HOUR)
    assert plain.pools["plasticity_proteins"][0] > 0.5
    assert_permuted(plain, moved, order)


@pytest.mark.parametrize("order", [(1, 0), (0, 1)])
def test_neurons_may_be_relabelled(order: tuple[int, ...]) -> None:
    """Two neurons that share astrocyte, proteins and dopamine: a sum of two is exact."""
    own = [{"early_weight": 1.9}, {"early_weight": 1.3, "potentiation_rate": 0.4}]
    happened = [
        *train("pre", start=10.0, interval=20.0, count=4, synapse=0, value=4.9),
        *train("pre", start=15.0, interval=20.0, count=3, synapse=1, value=4.9),
        Event(time=20.0, kind="post"),
        Event(time=30.0, kind="dopamine", value=1.0),
    ]
    groups = []
    for places in ((0, 1), order):
        group = make_group(2, neurons=2, neuron_of=(0, 1), per_synapse=[own[i] for i in places])
        run(group, relabelled(happened, places), 2000.0)
        groups.append(group)
    assert_permuted(groups[0], groups[1], order)
