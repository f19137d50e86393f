"""The same bits, whatever a population is split into, and wherever a run is cut."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synapse.plasticity.bounds import SECOND
from synapse.plasticity.cell import DOPAMINE
from synapse.plasticity.group import Group, make_group
from synapse.plasticity.lanes import part as parts
from synapse.plasticity.lanes.drive import Drive, Trains
from synapse.plasticity.lanes.part import Brought, Part
from synapse.plasticity.population import PopulationSimulation, exchange_times
from tests.plasticity.populating import (
    LINKS,
    PARTS,
    apart,
    assert_same_bits,
    numbers,
    own_clefts,
    regroup,
    varied,
    weights,
)

UNTIL = 3 * SECOND
SYNAPSES, NEURONS = 24, 6
POISSON = st.booleans()


def population(*, different: bool = True) -> Group:
    """Return six neurons of four synapses, one unit and one pool, a cleft each."""
    return own_clefts(SYNAPSES, NEURONS, per_synapse=varied(SYNAPSES) if different else ())


def lively(*, poisson: bool = True, rate: float = 6.0) -> Drive:
    """Return spikes of all sources, Poisson or as trains, and dopamine to two clefts."""
    rng = np.random.default_rng(3)
    times = [np.cumsum(rng.exponential(160.0, 60)) for _ in range(SYNAPSES + NEURONS)]
    pre, post = times[:SYNAPSES], times[SYNAPSES:]
    pulses = [(700.0, DOPAMINE, 1, 1.0), (1500.0, DOPAMINE, 4, 2.0), (2000.0, DOPAMINE, 0, 1.0)]
    if poisson:
        return Drive(
            pre_rates=np.full(SYNAPSES, rate), post_rates=np.full(NEURONS, rate), pulses=pulses,
            cooperativity=3.0, seed=7,
        )  # fmt: skip
    trains = Trains.of(pre)
    return Drive(
        pre_rates=np.zeros(SYNAPSES), post_rates=np.zeros(NEURONS), pulses=pulses,
        pre_trains=trains, pre_values=1.0 + np.arange(len(trains.times)) % 5,
        post_trains=Trains.of(post),
    )  # fmt: skip


def went(until: float = UNTIL, *, poisson: bool = True, **options: Any) -> Group:
    group = population()
    PopulationSimulation(group, lively(poisson=poisson), **options).advance(until)
    return group


@pytest.fixture(scope="module")
def undisturbed() -> dict[bool, Group]:
    found = {poisson: went(poisson=poisson) for poisson in (False, True)}
    for group in found.values():
        assert np.abs(weights(group) - 1.0).max() > 0.01
        assert group.astrocytes["activity"][0] > 1.0
    assert apart(found[False], found[True]) > 1e-4
    return found


@pytest.mark.parametrize("threads", [1, 2, 4])
@pytest.mark.parametrize("chunk", [1, 7, 512])
def test_threads_and_chunks(undisturbed: Any, monkeypatch: Any, threads: int, chunk: int) -> None:
    monkeypatch.setattr(parts, "CHUNK", chunk)
    for poisson, expected in undisturbed.items():
        assert_same_bits(expected, went(poisson=poisson, threads=threads))


def test_a_second_run_is_the_first(undisturbed: Any) -> None:
    for poisson, expected in undisturbed.items():
        assert_same_bits(expected, went(poisson=poisson))


def test_another_seed_is_another_run(undisturbed: Any) -> None:
    """The negative control."""
    group, drive = population(), lively()
    drive.seed = 8
    PopulationSimulation(group, drive).advance(UNTIL)
    assert apart(group, undisturbed[True]) > 1e-4


# --- cut in time ------------------------------------------------------------------------------


@given(cuts=st.lists(st.integers(1, 2), max_size=3), poisson=POISSON)
@settings(max_examples=10)
def test_pieces_at_multiples_of_the_interval(
    undisturbed: Any, cuts: list[int], poisson: bool
) -> None:
    group = population()
    sim = PopulationSimulation(group, lively(poisson=poisson))
    for stop in sorted({*(1000.0 * cut for cut in cuts), UNTIL}):
        sim.advance(stop)
    assert_same_bits(undisturbed[poisson], group)


@given(cut=st.integers(1, 2), poisson=POISSON, later=st.booleans())
@settings(max_examples=12)
def test_a_checkpoint_goes_on_with_the_same_bits(
    undisturbed: Any, cut: int, poisson: bool, later: bool
) -> None:
    """In a new simulation, also where the old one went on after the checkpoint."""
    old = PopulationSimulation(population(), lively(poisson=poisson), recorded=(0, 5))
    old.advance(1000.0 * cut)
    kept = old.checkpoint()
    if later:
        old.advance(UNTIL)
    group = population()
    new = PopulationSimulation(group, lively(poisson=poisson), recorded=(0, 5))
    new.restore(kept)
    assert new.time == 1000.0 * cut
    new.advance(UNTIL)
    assert_same_bits(undisturbed[poisson], group)
    assert new.times == [1000.0, 2000.0, 3000.0]
    np.testing.assert_array_equal(np.array(new.rows)[-1, :, 0], weights(group)[[0, 5]])


def test_going_back_in_the_same_simulation(undisturbed: Any) -> None:
    for poisson, expected in undisturbed.items():
        group = population()
        sim = PopulationSimulation(group, lively(poisson=poisson))
        sim.advance(1000.0)
        kept = {name: column.copy() for name, column in sim.checkpoint().items()}
        sim.advance(2000.0)
        sim.restore(kept)
        sim.advance(UNTIL)
        assert_same_bits(expected, group)


def test_a_checkpoint_survives_a_failed_interval(undisturbed: Any) -> None:
    """An exception from ``progress`` spoils the interval; ``restore`` mends it."""
    group = population()
    sim = PopulationSimulation(group, lively())
    sim.advance(1000.0)
    kept = sim.checkpoint()

    def fail(_: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sim.advance(UNTIL, progress=fail)
    sim.restore(kept)
    sim.advance(UNTIL)
    assert_same_bits(undisturbed[True], group)


# --- split and relabelled ---------------------------------------------------------------------


def one_cleft(group: Group) -> Group:
    """Return the group with one dopamine cleft for all neurons."""
    return regroup(group, clefts=group.clefts[:1].copy(), cleft_of=np.zeros(SYNAPSES, dtype=int))


def part_of(group: Group, drive: Drive, neurons: list[int]) -> tuple[Group, Drive]:
    """Return some neurons of a group with the whole of its unit and pool, and their drive."""
    own = np.flatnonzero(np.isin(group.neuron_of, neurons))
    place = {n: i for i, n in enumerate(neurons)}
    local = np.array([place[n] for n in group.neuron_of[own]])
    clefts = neurons if len(group.clefts) > 1 else [0]
    cleft = {c: i for i, c in enumerate(clefts)}
    piece = regroup(
        group,
        neurons=group.neurons[neurons].copy(),
        clefts=group.clefts[clefts].copy(),
        states=group.states[own].copy(),
        parameters=group.parameters[own].copy(),
        neuron_of=local,
        cleft_of=np.array([cleft[c] for c in group.cleft_of[own]]),
        astrocyte_of=group.astrocyte_of[own],
        pool_of=group.pool_of[own],
    )
    for name in ("astrocytes", "pools"):  # counts are of the whole population
        for count in ("synapses", "neurons"):
            getattr(piece, name)[count] = getattr(group, name)[count]
    pre, inside = picked(drive, own)
    post = drive.post_trains
    return piece, Drive(
        pre_rates=drive.pre_rates[own], post_rates=drive.post_rates[neurons],
        pre_trains=pre, pre_values=inside,
        post_trains=post.pick(np.array(neurons)) if post else None,
        pulses=[(t, k, cleft[c], v) for t, k, c, v in drive.pulses if c in cleft],
        cooperativity=drive.cooperativity, seed=drive.seed,
        synapse_keys=own, neuron_keys=np.array(neurons),
    )  # fmt: skip


def picked(drive: Drive, own: Any) -> tuple[Trains | None, Any]:
    """Return the trains of some synapses, with the value of each spike."""
    pre, values = drive.pre_trains, drive.pre_values
    if pre is None or values is None:
        return None, None
    places = Trains(start=pre.start, times=np.arange(len(pre.times), dtype=np.float64)).pick(own)
    return pre.pick(own), values[places.times.astype(int)]


def added(brought: list[Brought]) -> Brought:
    """Return the sums over all parts."""
    return Brought(*(np.sum(column, axis=0) for column in zip(*brought, strict=True)))


def went_in_parts(split: list[list[int]], *, poisson: bool, make: Any = population) -> list[Group]:
    """Return the groups of several parts that exchanged what they brought."""
    whole, drive = make(), lively(poisson=poisson)
    pieces = [part_of(whole, drive, neurons) for neurons in split]
    working = [Part(group, own) for group, own in pieces]
    for part in working:
        part.begin()
    sums = added([part.brought() for part in working])
    for part in working:
        part.exchange(sums, 0.0)
    for start, stop in exchange_times(0.0, UNTIL, interval=1000.0, last=drive.last_event):
        for part in working:
            part.advance(stop)
        sums = added([part.brought() for part in working])
        for part in working:
            part.exchange(sums, stop - start)
    return [group for group, _ in pieces]


@pytest.mark.parametrize("poisson", [False, True])
@pytest.mark.parametrize(
    "split",
    [[[0, 1, 2, 3, 4, 5]], [[0, 1, 2], [3, 4, 5]], [[4], [5, 0, 2], [3, 1]]],
)
def test_parts_that_exchange_sums_are_one(
    undisturbed: Any, split: list[list[int]], poisson: bool
) -> None:
    """Pool and unit cross the parts; every neuron, and both of these, to the last bit."""
    whole = undisturbed[poisson]
    for neurons, piece in zip(split, went_in_parts(split, poisson=poisson), strict=True):
        own = np.flatnonzero(np.isin(whole.neuron_of, neurons))
        expected, found = numbers(whole), numbers(piece)
        for kind, places in (("states", own), ("neurons", neurons), ("clefts", neurons)):
            for name in set(getattr(whole, kind).dtype.names) & set(found):
                assert np.array_equal(expected[name][places], found[name]), name
        for kind in ("astrocytes", "pools"):
            for name in getattr(whole, kind).dtype.names:
                assert np.array_equal(getattr(whole, kind)[name], getattr(piece, kind)[name]), name


def test_parts_may_share_a_dopamine_cleft() -> None:
    def make() -> Group:
        return one_cleft(population())

    whole = make()
    PopulationSimulation(whole, lively()).advance(UNTIL)
    assert whole.clefts["dopamine"][0] > 0.02
    split = [[0, 1, 2], [3, 4, 5]]
    for neurons, piece in zip(split, went_in_parts(split, poisson=True, make=make), strict=True):
        own = np.flatnonzero(np.isin(whole.neuron_of, neurons))
        assert np.array_equal(piece.clefts["dopamine"], whole.clefts["dopamine"])
        for name in whole.states.dtype.names or ():
            assert np.array_equal(whole.states[name][own], piece.states[name]), name


def test_neurons_may_be_relabelled(undisturbed: Any) -> None:
    """With their keys, so that each keeps its spikes."""
    order = [3, 0, 5, 1, 4, 2]
    for poisson, whole in undisturbed.items():
        (moved,) = went_in_parts([order], poisson=poisson)
        for name in whole.neurons.dtype.names or ():
            assert np.array_equal(whole.neurons[name][order], moved.neurons[name]), name


def shuffled(group: Group, order: list[int]) -> Group:
    """Return a group whose synapses stand in another order."""
    changed = {name: getattr(group, name)[order] for name in ("states", "parameters", *LINKS)}
    return regroup(group, **changed)


@pytest.mark.parametrize("poisson", [False, True])
def test_synapses_may_be_relabelled(undisturbed: Any, poisson: bool) -> None:
    """Also within a neuron: to the grid on which activity is summed, 2^-32 a synapse.

    A neuron's spikes are rounded to it together with the releases of its first synapse.
    """
    order = np.random.default_rng(1).permutation(SYNAPSES)
    drive, whole = lively(poisson=poisson), undisturbed[poisson]
    moved = shuffled(population(), order.tolist())
    pre, values = picked(drive, order)
    own = replace(drive, pre_trains=pre, pre_values=values, synapse_keys=order)
    PopulationSimulation(moved, own).advance(UNTIL)
    expected = shuffled(whole, order.tolist())
    np.testing.assert_allclose(
        moved.astrocytes["activity"], expected.astrocytes["activity"], rtol=3 * 2.0**-32
    )
    for name in expected.states.dtype.names or ():
        np.testing.assert_allclose(
            moved.states[name], expected.states[name], rtol=1e-9, atol=1e-200, err_msg=name
        )
    assert apart(expected, moved) < 1e-12
    for kind in ("neurons", "clefts"):
        for name in getattr(whole, kind).dtype.names:
            assert np.array_equal(getattr(whole, kind)[name], getattr(moved, kind)[name]), name


def test_equal_synapses_of_any_lane_do_alike() -> None:
    """Nineteen synapses with the same spikes end with the same bits, first lane or last."""
    group = make_group(19)
    times = np.cumsum(np.random.default_rng(2).exponential(90.0, 40))
    drive = Drive(
        pre_rates=np.zeros(19), post_rates=np.zeros(1),
        pre_trains=Trains.of([times] * 19), post_trains=Trains.of([times + 7.0]),
    )  # fmt: skip
    PopulationSimulation(group, drive).advance(UNTIL)
    for name in group.states.dtype.names or ():
        assert len(set(group.states[name].tolist())) == 1, name
    assert weights(group)[0] != 1.0


def test_a_synapse_does_as_alone_among_strangers() -> None:
    """Neurons that share nothing do not meet, whatever lanes they had in common."""
    rng = np.random.default_rng(6)
    times = [np.cumsum(rng.exponential(120.0, 40)) for _ in range(5)]
    own = varied(5)
    together = own_clefts(5, 5, own_pools=True, per_synapse=own)
    drive = Drive(pre_rates=np.zeros(5), post_rates=np.zeros(5), pre_trains=Trains.of(times),
                  post_trains=Trains.of(times[::-1]))  # fmt: skip
    PopulationSimulation(together, drive).advance(UNTIL)
    for i in range(5):
        alone = make_group(1, per_synapse=[own[i]])
        drive = Drive(pre_rates=np.zeros(1), post_rates=np.zeros(1),
                      pre_trains=Trains.of([times[i]]),
                      post_trains=Trains.of([times[4 - i]]))  # fmt: skip
        PopulationSimulation(alone, drive).advance(UNTIL)
        for part in PARTS:
            for name in getattr(alone, part).dtype.names:
                assert getattr(alone, part)[name][0] == getattr(together, part)[name][i], name
