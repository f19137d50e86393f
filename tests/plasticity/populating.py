"""Helpers for the tests of populations: groups, drives, and comparisons."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from synapse.plasticity.group import Group, make_group
from synapse.plasticity.lanes.drive import Drive, follow_schedule
from synapse.plasticity.population import PopulationSimulation
from synapse.plasticity.simulation import Simulation
from synapse.plasticity.stimulus import Event, schedule
from tests.plasticity.walking import STATES

PARTS = ("neurons", "clefts", "astrocytes", "pools", "states")
LINKS = ("neuron_of", "cleft_of", "astrocyte_of", "pool_of")


def drive_by(group: Group, events: Iterable[Event]) -> Drive:
    """Return the drive of events that name synapses by their places."""
    named = range(len(group.states))
    return follow_schedule(group, schedule(group, events, start=group.time, named=named))


def populate(group: Group, events: Iterable[Event], until: float, **options: Any) -> Group:
    """Return the group after it went to ``until`` (ms) as a population."""
    PopulationSimulation(group, drive_by(group, events), **options).advance(until)
    return group


def simulate(group: Group, events: Iterable[Event], until: float) -> Group:
    """Return the group after it went to ``until`` (ms) by the engine of groups."""
    plan = schedule(group, events, start=group.time, named=range(len(group.states)))
    Simulation(group, plan, compiled=True).advance(until)
    return group


def own_clefts(synapses: int, neurons: int, **options: Any) -> Group:
    """Return a group in which each neuron has a dopamine cleft of its own.

    ``own_pools`` gives each its astrocyte unit and protein pool, too; ``per_synapse`` and
    ``values`` are as in ``make_group``.
    """
    per_neuron = synapses // neurons
    places = np.arange(synapses) // per_neuron
    group = make_group(
        synapses,
        neurons=neurons,
        neuron_of=places.tolist(),
        shared_pools=not options.pop("own_pools", False),
        **options,
    )
    return regroup(group, clefts=np.repeat(group.clefts, neurons), cleft_of=places)


def regroup(group: Group, **changed: Any) -> Group:
    """Return a group like another, with some of its arrays replaced."""
    names = (*PARTS, "parameters", *LINKS)
    return Group(**{name: getattr(group, name).copy() for name in names} | changed)


def varied(count: int, seed: int = 1) -> list[Mapping[str, float]]:
    """Return parameters and weights that differ from synapse to synapse."""
    rng = np.random.default_rng(seed)
    return [
        {
            "release_probability": rng.uniform(0.1, 0.6),
            "potentiation_rate": rng.uniform(0.02, 0.4),
            "nmda_decay_time": rng.uniform(40.0, 120.0),
            "tag_threshold": rng.uniform(0.05, 0.4),
            "early_weight": rng.uniform(0.7, 2.0),
            "pka_time": rng.uniform(5e3, 4e4),
        }
        for _ in range(count)
    ]


def numbers(group: Group) -> dict[str, Any]:
    """Return every declared state of a group, by name, and the clocks."""
    found = {}
    for part in PARTS:
        records = getattr(group, part)
        for name in records.dtype.names or ():
            if name in STATES or name in ("time", "last_spike"):
                found[name] = records[name].copy()
    return found


def assert_same_bits(one: Group, two: Group) -> None:
    """Check that two groups hold the same states, to the last bit."""
    first, second = numbers(one), numbers(two)
    for name, column in first.items():
        assert np.array_equal(column, second[name]), name


def assert_close(one: Group, two: Group, tolerance: float) -> None:
    """Check that all states agree within a relative tolerance."""
    first, second = numbers(one), numbers(two)
    for name, column in first.items():
        np.testing.assert_allclose(second[name], column, rtol=tolerance, atol=1e-200, err_msg=name)


def weights(group: Group) -> Any:
    """Return the committed weight of each synapse."""
    return group.states["psd_ampa"] / (
        group.parameters["psd_fraction"] * group.parameters["baseline_ampa"]
    )


def apart(one: Group, two: Group) -> float:
    """Return the largest difference of two groups' weights."""
    return float(np.abs(weights(one) - weights(two)).max())
