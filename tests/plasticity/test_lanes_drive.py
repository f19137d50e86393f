"""Spikes of populations: Poisson times, trains, and what a drive refuses."""

import math
from itertools import accumulate
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synapse.plasticity.bounds import LATEST
from synapse.plasticity.cell import DOPAMINE
from synapse.plasticity.group import make_group
from synapse.plasticity.lanes.drive import (
    NEURONS,
    SYNAPSES,
    Drive,
    Trains,
    constant_rates,
    follow_schedule,
    wait,
)
from synapse.plasticity.lanes.part import Part, Plain
from synapse.plasticity.lanes.posts import Posts
from synapse.plasticity.stimulus import Event, schedule
from tests.plasticity.populating import drive_by, own_clefts


def waits(count: int, *, key: int = 0, seed: int = 1, stream: int = SYNAPSES) -> list[float]:
    """Return the first intervals (ms) of a source of 1000 Hz."""
    return [wait(seed, stream, key, i, 1000.0) for i in range(count)]


def test_intervals_are_exponential() -> None:
    """Kolmogorov-Smirnov distance of 20,000 intervals: p = 0.001 is 0.0138."""
    found = np.sort([w for key in range(20) for w in waits(1000, key=key)])
    ranks = np.arange(1, len(found) + 1) / len(found)
    assert np.abs(1.0 - np.exp(-found) - ranks).max() < 0.0138
    assert found[0] >= 0.0


def test_intervals_of_one_source_are_independent() -> None:
    """Of successors, neighbours, streams and seeds: |r| below 4 / sqrt(n)."""
    n = 4000
    first = np.array(waits(n))
    others = [waits(n + 1)[1:], waits(n, key=1), waits(n, seed=2), waits(n, stream=NEURONS)]
    for other in others:
        assert abs(np.corrcoef(first, other)[0, 1]) < 4.0 / math.sqrt(n)


def test_a_time_depends_on_seed_source_and_count_only() -> None:
    assert waits(5) == waits(5)
    assert wait(1, SYNAPSES, 3, 7, 5.0) * 5.0 == pytest.approx(wait(1, SYNAPSES, 3, 7, 1.0))
    assert len({*waits(50), *waits(50, key=1), *waits(50, key=2**31 - 1)}) == 150


def test_rates_of_a_population_are_right() -> None:
    """4 Hz and 9 Hz for 20 s: within 4 standard deviations of Poisson counts."""
    part = Part(own_clefts(200, 20), constant_rates(200, 20, pre=4.0, post=9.0, seed=5))
    part.begin()
    for stop in range(1000, 20_001, 1000):
        part.advance(float(stop))
    pre, post = part.work.pre_count.sum(), part.posts.counts.sum()
    assert abs(pre - 16_000) < 4.0 * math.sqrt(16_000)
    assert abs(post - 3_600) < 4.0 * math.sqrt(3_600)
    assert np.var(part.work.pre_count) == pytest.approx(80.0, rel=0.4)


@given(cuts=st.lists(st.floats(1.0, 2000.0), max_size=5))
def test_spikes_of_neurons_do_not_depend_on_how_time_is_cut(cuts: list[float]) -> None:
    drive = constant_rates(0, 3, post=7.0, seed=2)
    whole = Posts(drive, 0.0).until(2000.0, Plain)
    posts = Posts(drive, 0.0)
    pieces = [posts.until(stop, Plain) for stop in (*sorted(cuts), 2000.0)]
    for n in range(3):
        joined = np.concatenate([p.times[p.start[n] : p.start[n + 1]] for p in pieces])
        assert np.array_equal(joined, whole.times[whole.start[n] : whole.start[n + 1]])
    expected = [list(accumulate(wait(2, NEURONS, n, i, 7.0) for i in range(60))) for n in range(3)]
    assert whole.times[: whole.start[1]].tolist() == [t for t in expected[0] if t <= 2000.0]


@given(
    trains=st.lists(st.lists(st.sampled_from([0.0, 1.0, 2.5, 4.0, 9.0]), max_size=6), min_size=2,
                    max_size=2),
    cuts=st.lists(st.sampled_from([0.5, 1.0, 2.5, 3.0, 9.0]), max_size=4, unique=True),
)  # fmt: skip
def test_every_spike_of_a_train_comes_once(trains: Any, cuts: list[float]) -> None:
    """Also those at the start, on a cut, and several at one instant."""
    drive = Drive(pre_rates=np.zeros(0), post_rates=np.zeros(2), post_trains=Trains.of(trains))
    posts = Posts(drive, 0.0)
    pieces = [posts.until(stop, Plain) for stop in (*sorted(cuts), 10.0)]
    for n in range(2):
        joined = np.concatenate([p.times[p.start[n] : p.start[n + 1]] for p in pieces])
        assert joined.tolist() == sorted(trains[n])


def test_a_neuron_without_a_rate_follows_its_train_beside_others_with_one() -> None:
    drive = Drive(pre_rates=np.zeros(0), post_rates=np.array([50.0, 0.0, 20.0]),
                  post_trains=Trains.of([[], [3.0, 80.0], []]), seed=3)  # fmt: skip
    found = Posts(drive, 0.0).until(500.0, Plain)
    own = [found.times[found.start[n] : found.start[n + 1]].tolist() for n in range(3)]
    assert own[1] == [3.0, 80.0]
    assert own[0][0] == wait(3, NEURONS, 0, 0, 50.0)
    assert own[2][0] == wait(3, NEURONS, 2, 0, 20.0)


def test_picked_trains_are_those_of_the_sources() -> None:
    trains = Trains.of([[1.0], [], [2.0, 3.0], [4.0]])
    picked = trains.pick(np.array([2, 1, 0, 2]))
    assert picked.start.tolist() == [0, 2, 2, 3, 5]
    assert picked.times.tolist() == [2.0, 3.0, 1.0, 2.0, 3.0]


@pytest.mark.parametrize("time", [-1.0, float("nan"), float("inf"), 2 * LATEST])
def test_a_train_refuses_times_that_cannot_be(time: float) -> None:
    with pytest.raises(ValueError, match="time must be 0 to"):
        Trains.of([[1.0], [time]])


@pytest.mark.parametrize("rate", [-1.0, float("nan"), 1001.0])
@pytest.mark.parametrize("name", ["pre_rates", "post_rates"])
def test_a_drive_refuses_rates_that_cannot_be(name: str, rate: float) -> None:
    rates = {"pre_rates": np.zeros(1), "post_rates": np.zeros(1)} | {name: np.array([rate])}
    with pytest.raises(ValueError, match=f"{name} must be 0 to 1000 Hz"):
        Drive(**rates)


def test_a_drive_of_another_number_of_synapses_is_refused() -> None:
    with pytest.raises(ValueError, match="pre_rates must have one number a synapse"):
        Part(make_group(3), constant_rates(2, 1), compiled=False)


def test_the_last_event_is_that_of_trains_and_pulses() -> None:
    drive = drive_by(make_group(1), [Event(time=5.0, kind="pre"), Event(time=7.0, kind="post")])
    assert drive.last_event == 7.0
    drive.pulses.append((9.0, DOPAMINE, 0, 1.0))
    assert drive.last_event == 9.0
    assert drive_by(make_group(1), []).last_event == -math.inf
    assert constant_rates(1, 1, post=0.1).last_event == math.inf


def test_a_schedule_with_changes_is_refused() -> None:
    group = make_group(1)
    plan = schedule(group, [Event(time=1.0, kind="drug", name="apv")], start=0.0, named=[0])
    with pytest.raises(ValueError, match="cannot follow changes"):
        follow_schedule(group, plan)
