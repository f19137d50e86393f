"""Looking at a run must not change it: recording, progress, sampling, saving, splitting."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synapse.plasticity import simulation
from synapse.plasticity.bounds import HOUR, MINUTE
from synapse.plasticity.group import Group, make_group
from synapse.plasticity.protocols.pairing import pairing, single_pairing
from synapse.plasticity.recording import VARIABLES
from synapse.plasticity.stimulus import Event, train
from tests.plasticity.strategies import Ingredients, events, ingredients
from tests.plasticity.walking import chunks, max_difference, prepare, run, weights

EVENTS = [
    *pairing(count=2, period=200.0, start=20.0).events,
    Event(time=60.0, kind="dopamine", value=1.0),
    Event(time=100.0, kind="bath", name="external_calcium", value=3.0),
    Event(time=300.0, kind="drug", name="anisomycin"),
]


def same_bits(first: Group, second: Group) -> bool:
    kinds = ("neurons", "clefts", "astrocytes", "pools", "states", "parameters")
    return all(np.array_equal(getattr(first, k), getattr(second, k)) for k in kinds)


@pytest.mark.parametrize("neurons", [1, 2])
def test_recording_changes_no_bit(neurons: int) -> None:
    plain, seen = (make_group(2, neurons=neurons, neuron_of=(0, neurons - 1)) for _ in range(2))
    run(plain, EVENTS, HOUR)
    sim = run(seen, EVENTS, HOUR, recorded=(0, 1))
    assert same_bits(plain, seen)
    trace = sim.trace(1)
    assert trace.shape[1] == 1 + len(VARIABLES)
    assert trace[-1, 0] == HOUR
    assert (np.diff(trace[:, 0]) > 0).all()
    assert trace[-1, 1 + VARIABLES.index("weight")] == weights(seen)[1]


@pytest.mark.parametrize("chunk", [1, 7, 100_000])
@pytest.mark.parametrize("recorded", [(), (0,)])
def test_progress_changes_no_bit(chunk: int, recorded: tuple[int, ...]) -> None:
    plain, watched = make_group(1), make_group(1)
    run(plain, EVENTS, HOUR)
    times: list[float] = []
    with chunks(chunk):
        prepare(watched, EVENTS, recorded=recorded).advance(HOUR, progress=times.append)
    assert same_bits(plain, watched)
    assert times == sorted(times)
    assert times[-1] == HOUR


@given(made=ingredients(without=("pool_exchange_interval",)), data=st.data())
@settings(max_examples=25)
def test_samples_change_no_bit(made: Ingredients, data: st.DataObject) -> None:
    """Sampling at random moments of random runs, several neurons and exchanges included."""
    happened = data.draw(events(synapses=made.synapses, longest=60.0, most=6))
    moments = sorted(data.draw(st.lists(st.floats(0.0, 70.0), max_size=4)))
    steps = {"fine_step": 0.5, "tail_step": 1.0, "maximum_step": 600_000.0}
    steps |= {"trace_step_fraction": 1.0, "potentiation_trace_time": 300.0}
    steps |= {"depression_trace_time": 300.0, "pka_time": 250.0, "dopamine_decay_time": 200.0}
    plain, sampled = (made.group(pool_exchange_interval=25.0, **steps) for _ in range(2))
    run(plain, happened, 70.0)
    sim = prepare(sampled, happened)
    for moment in moments:
        sim.approach(moment, until=70.0)
        assert sim.sample(moment).time == moment
    sim.advance(70.0)
    assert same_bits(plain, sampled)
    assert sim.group is sampled


def test_a_sample_is_what_a_run_to_its_time_gives() -> None:
    """Within the tolerance of a split leap: the sample cuts a tick, in a copy of its own."""
    sim = prepare(make_group(1), EVENTS)
    sim.approach(7 * MINUTE, until=HOUR)
    whole = make_group(1)
    run(whole, EVENTS, 7 * MINUTE)
    assert max_difference(sim.sample(7 * MINUTE), whole) == 0.0


@pytest.mark.parametrize("neurons", [1, 2])
def test_ten_ticks_twice_are_twenty(neurons: int) -> None:
    """To the last bit, when the second ten start from the stored group alone."""
    whole, half = (make_group(2, neurons=neurons, neuron_of=(0, neurons - 1)) for _ in range(2))
    for i in range(20):
        run(whole, delivered(whole), (i + 1) * MINUTE)
    for i in range(10):
        run(half, delivered(half), (i + 1) * MINUTE)
    stored = half.copy()
    for i in range(10, 20):
        run(stored, delivered(stored), (i + 1) * MINUTE)
    assert same_bits(whole, stored)
    assert weights(whole)[0] > 1.0


def delivered(group: Group) -> tuple[Event, ...]:
    """One pairing a tick, as run_sim gives."""
    return single_pairing().events


def test_the_same_run_twice_gives_the_same_bits() -> None:
    first, second = make_group(3), make_group(3)
    run(first, EVENTS, HOUR)
    run(second, EVENTS, HOUR)
    assert same_bits(first, second)


class Stopped(Exception):
    pass


@pytest.mark.parametrize("neurons", [1, 2])
def test_an_interrupted_run_leaves_the_group_at_its_start(neurons: int) -> None:
    """Also when conditions have changed or pools were exchanged on the way."""
    group = make_group(2, neurons=neurons, neuron_of=(0, neurons - 1))
    before = group.copy()

    def stop(time: float) -> None:
        if time > 350.0:
            raise Stopped

    with chunks(5), pytest.raises(Stopped):
        prepare(group, EVENTS).advance(HOUR, progress=stop)
    assert max_difference(before, group) == 0.0
    assert group.time == 0.0
    assert group.drugs == []
    assert (group.base["neurons"]["external_calcium"] == 2.5).all()


def test_a_copied_simulation_goes_its_own_way() -> None:
    sim = prepare(make_group(1), train("pre", start=5.0, interval=20.0, count=3))
    sim.approach(30.0, until=100.0)
    twin = sim.copy()
    twin.advance(100.0)
    assert sim.group.time == 0.0
    sim.advance(100.0)
    assert same_bits(sim.group, twin.group)


def test_the_chunks_are_counts_of_ticks() -> None:
    assert simulation.CHUNK_PYTHON > 0
    assert simulation.CHUNK_COMPILED > 0
