"""When a population exchanges, and how much memory it says it needs."""

import os
import subprocess
import sys
import tracemalloc
from itertools import islice
from math import inf
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synapse.plasticity.bounds import INTERVAL, SECOND
from synapse.plasticity.group import make_group
from synapse.plasticity.heterogeneity import build_group
from synapse.plasticity.lanes.drive import constant_rates
from synapse.plasticity.population import (
    BYTES_AT_REST,
    PopulationSimulation,
    exchange_interval,
    exchange_times,
    memory_needed,
)
from synapse.plasticity.stimulus import Event
from tests.plasticity.populating import drive_by, own_clefts

ROOT = Path(__file__).resolve().parents[2]


def ends(time: float, until: float, *, interval: float = 1000.0, last: float = inf) -> list[float]:
    """Return the ends of all intervals, and check that they follow one another."""
    found = list(exchange_times(time, until, interval=interval, last=last))
    assert [start for start, _ in found] == [time, *(stop for _, stop in found)][: len(found)]
    return [stop for _, stop in found]


def test_intervals_end_at_multiples() -> None:
    assert ends(0.0, 3000.0) == [1000.0, 2000.0, 3000.0]
    assert ends(250.0, 2500.0) == [1000.0, 2000.0, 2500.0]
    assert ends(1000.0, 1000.0) == []
    assert ends(999.5, 1000.5) == [1000.0, 1000.5]


def test_without_events_an_interval_is_ten_times_as_long() -> None:
    assert ends(0.0, 25_000.0, last=-inf) == [10_000.0, 20_000.0, 25_000.0]
    found = ends(0.0, 30_000.0, last=1500.0)
    assert found == [*(1000.0 * (i + 1) for i in range(12)), 20_000.0, 30_000.0]


def test_poisson_spikes_are_never_silent() -> None:
    assert len(ends(0.0, 60_000.0)) == 60


@given(interval=st.floats(*INTERVAL), start=st.floats(0.0, 1e9), last=st.sampled_from([-inf, inf]))
def test_time_always_moves_on(interval: float, start: float, last: float) -> None:
    """Whatever the interval: (k s) / s may fall short of k by the last place."""
    steps = list(islice(exchange_times(start, inf, interval=interval, last=last), 300))
    longest = interval * (10.0 if last == -inf else 1.0)
    for begun, stop in steps:
        assert begun < stop <= begun + longest * (1.0 + 1e-6)


@given(interval=st.floats(*INTERVAL), at=st.integers(1, 200), number=st.integers(1, 50))
def test_a_run_cut_at_an_end_has_the_same_ends(interval: float, at: int, number: int) -> None:
    whole = list(islice(exchange_times(0.0, inf, interval=interval, last=inf), at + number))
    rest = islice(exchange_times(whole[at - 1][1], inf, interval=interval, last=inf), number)
    assert list(rest) == whole[at:]


def test_the_shortest_interval_of_any_neuron_holds() -> None:
    group = make_group(2, neurons=2, neuron_of=(0, 1))
    group.neurons["pool_exchange_interval"] = (700.0, 300.0)
    assert exchange_interval(group) == 300.0
    sim = PopulationSimulation(group, constant_rates(2, 2, pre=1.0), recorded=(0,))
    sim.advance(1000.0)
    assert sim.times == [300.0, 600.0, 900.0, 1000.0]


def test_a_cut_is_an_interval_of_its_own() -> None:
    group = own_clefts(4, 2)
    drive = drive_by(group, [Event(time=200.0, kind="pre")])
    sim = PopulationSimulation(group, drive, recorded=(0,))
    sim.advance(250.0)
    sim.advance(250.0)
    sim.advance(2 * SECOND)
    assert sim.times == [250.0, 1000.0, 2000.0]
    assert group.time == sim.time == 2 * SECOND


# --- memory -----------------------------------------------------------------------------------

MEASURE = """
import re
from synapse.plasticity.heterogeneity import build_group
from synapse.plasticity.lanes.drive import constant_rates
from synapse.plasticity.population import PopulationSimulation
varied = {"release_probability": {"distribution": "normal", "mean": 0.3, "cv": 0.2}}
group = build_group(synapses=50_000, neurons=500, heterogeneity=varied if %s else None)
sim = PopulationSimulation(group, constant_rates(50_000, 500, pre=1.0, post=1.0), threads=2)
sim.advance(100.0)
print(1024 * int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]))
"""


@pytest.mark.parametrize("heterogeneous", [False, True])
def test_a_process_takes_no_more_than_was_said(heterogeneous: bool) -> None:
    """The largest resident size of a process that builds, runs and exchanges."""
    found = subprocess.run(
        [sys.executable, "-c", MEASURE % heterogeneous],
        capture_output=True, text=True, check=True, cwd=ROOT, env={**os.environ},
    )  # fmt: skip
    assert int(found.stdout) <= memory_needed(50_000, 500, heterogeneous=heterogeneous)


@pytest.mark.parametrize("neurons", [200, 20_000])
def test_arrays_take_no_more_than_was_said(neurons: int) -> None:
    """Of 20,000 synapses: many to a neuron, or each on one of its own."""
    drive = constant_rates(20_000, neurons, pre=1.0)
    PopulationSimulation(make_group(1), constant_rates(1, 1)).advance(10.0)  # compile first
    tracemalloc.start()
    try:
        group = build_group(synapses=20_000, neurons=neurons)
        sim = PopulationSimulation(group, drive)
        sim.advance(50.0)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert np.isfinite(group.states["psd_ampa"]).all()
    assert most <= memory_needed(20_000, neurons, heterogeneous=False) - BYTES_AT_REST
