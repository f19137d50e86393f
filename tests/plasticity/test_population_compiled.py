"""Compiled lanes are the plain functions: the same numbers, tick by tick.

Plain lanes take about 90 us per tick and synapse, so these runs are short.
"""

from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from synapse.plasticity.cell import ACETYLCHOLINE, DOPAMINE
from synapse.plasticity.group import Group, make_group
from synapse.plasticity.lanes.drive import Drive, Trains
from synapse.plasticity.lanes.part import Part, uses_processes
from synapse.plasticity.population import PopulationSimulation
from tests.plasticity.populating import PARTS, assert_close, drive_by, own_clefts, regroup, varied
from tests.plasticity.strategies import Ingredients, events, ingredients

PER_TICK = 1e-12
"""Relative. The twins of exp and log are within 2 units in the last place, and a multiply
and an add may be fused: some 1e-15 each."""
PER_RUN = 1e-9
LAST_PLACE = 2.3e-16
"""Of 1, absolute: a trace that begins to follow a goal g is g - g f in plain Python, with
an error in the last place of g, and fused without one."""
LARGEST = 1e4
"""uM: the highest goal inside the hard bounds."""

PROCESSES = {
    "metaplasticity_gain": 0.3, "postsynaptic_rate": 3.0, "d_serine_dependence": 0.5,
    "adenosine_inhibition": 0.3, "acetylcholine_depression_gain": 1.0,
    "acetylcholine_potentiation_loss": 0.4, "tonic_acetylcholine": 0.5, "acetylcholine": 0.5,
    "elimination_volume": 0.5, "release_sites": 3.0, "release_key": 7.0,
}  # fmt: skip


def small(*, shared: bool = True, **values: float) -> Group:
    """Return five different synapses of two neurons in two clefts, with or without own pools."""
    group = make_group(
        5, neurons=2, neuron_of=(0, 0, 1, 1, 1), shared_pools=shared, per_synapse=varied(5),
        values=values,
    )  # fmt: skip
    return regroup(group, clefts=np.repeat(group.clefts, 2), cleft_of=np.array([0, 1, 0, 1, 1]))


def busy(*, processes: bool = True) -> Drive:
    """Return spikes close together, several at one instant, and both modulators."""
    pulses = [(3.0, DOPAMINE, -1, 1.5), (10.0, DOPAMINE, 1, 2.0)]
    if processes:
        pulses.append((12.0, ACETYLCHOLINE, 0, 3.0))
    pre = [[2.0, 9.0, 30.0], [2.0, 2.0], [5.5], [], [8.25, 16.5, 24.75]]
    return Drive(
        pre_rates=np.array([0.0, 0.0, 0.0, 90.0, 0.0]), post_rates=np.array([0.0, 60.0]),
        pre_trains=Trains.of(pre), pre_values=1.0 + np.arange(9) % 4,
        post_trains=Trains.of([[4.0, 12.0, 31.0], []]),
        pulses=pulses,
        cooperativity=2.0, seed=11,
    )  # fmt: skip


def two(make: Any, drive: Any) -> tuple[Part, Part]:
    """Return a plain and a compiled part, after their first exchange."""
    found = tuple(Part(make(), drive(), compiled=compiled) for compiled in (False, True))
    for part in found:
        part.begin()
        part.exchange(part.brought(), 0.0)
    return found


def copy_to(target: Part, source: Part) -> None:
    """Put a part where another is, without a difference in the last place."""
    target.restore({name: column.copy() for name, column in source.checkpoint().items()})


def assert_parts_close(
    plain: Part, fast: Part, tolerance: float, smallest: float = LAST_PLACE
) -> None:
    """Check every number of the records, not only the declared states."""
    for kind in PARTS:
        one, two_ = getattr(plain.group, kind), getattr(fast.group, kind)
        for name in one.dtype.names:
            np.testing.assert_allclose(
                two_[name], one[name], rtol=tolerance, atol=smallest, err_msg=f"{kind} {name}"
            )
    for name in ("next_pre", "last_spike", "contribution", "drive", "effect"):
        np.testing.assert_allclose(
            getattr(fast.work, name), getattr(plain.work, name), rtol=tolerance, atol=1e-18
        )
    assert np.array_equal(plain.work.pre_count, fast.work.pre_count)
    assert plain.ticks == fast.ticks


@pytest.mark.parametrize("processes", [False, True])
@pytest.mark.parametrize("shared", [False, True])
def test_every_tick_is_the_same(shared: bool, processes: bool) -> None:
    """From the same state each time: active ticks, cut ones, leaps and exchanges."""
    values = PROCESSES if processes else {}
    plain, fast = two(lambda: small(shared=shared, **values), lambda: busy(processes=processes))
    assert uses_processes(plain.group, plain.drive) == processes
    steps = np.random.default_rng(4).choice([0.3, 0.5, 1.0, 1.7], size=40)
    for step in [*steps, 60.0, 200.0, 900.0]:
        copy_to(fast, plain)
        start = plain.time
        for part in (plain, fast):
            part.advance(start + step)
        assert_parts_close(plain, fast, PER_TICK)
        for part in (plain, fast):
            part.exchange(part.brought(), step)
        assert_parts_close(plain, fast, PER_TICK)


@pytest.mark.parametrize("processes", [False, True])
def test_a_run_ends_the_same(processes: bool) -> None:
    groups = [small(**(PROCESSES if processes else {})) for _ in range(2)]
    ticks = []
    for group, compiled in zip(groups, (False, True), strict=True):
        group.neurons["pool_exchange_interval"] = 100.0
        sim = PopulationSimulation(group, busy(processes=processes), compiled=compiled)
        sim.advance(400.0)
        ticks.append(sim.ticks)
    assert ticks[0] == ticks[1] > 1000
    assert_close(*groups, PER_RUN)


def test_crossings_are_found_at_the_same_place() -> None:
    """A tag is set and lost, and a spine shrinks, in the middle of leaps."""
    values = {"elimination_volume": 0.5, "elimination_time": 6e4}
    own = [
        {"early_weight": 0.55, "psd_ampa": 0.1, "spine_volume": 0.4},
        {"early_weight": 1.1002, "tag_threshold": 0.1},
        {"potentiation_trace": 0.3, "pka_activity": 0.6},
    ]
    groups = [make_group(3, values=values, per_synapse=own) for _ in range(2)]
    for group, compiled in zip(groups, (False, True), strict=True):
        PopulationSimulation(group, drive_by(group, []), compiled=compiled).advance(2e5)
    assert_close(*groups, PER_RUN)
    assert groups[0].states["spine_present"][0] == 0.0
    assert abs(groups[0].states["early_weight"][1] - 1.1) < 5e-3


@given(made=ingredients(), data=st.data())
@settings(max_examples=8, phases=[Phase.generate])
def test_the_same_whatever_the_parameters(made: Ingredients, data: Any) -> None:
    """With anything inside the hard bounds: 1e-9, as for the engine of groups.

    Extreme exponents (20) magnify the last place of their argument.
    """
    happened = data.draw(
        events(synapses=made.synapses, longest=6.0, most=5,
               kinds=("pre", "field", "post", "dopamine", "acetylcholine"))
    )  # fmt: skip
    plain, fast = two(made.group, lambda: drive_by(made.group(), happened))
    for until in (2.0, 4.0, 8.0):
        start = plain.time
        step = min(until - start, 8 * shortest(plain))
        for part in (plain, fast):
            part.advance(start + step)
            part.exchange(part.brought(), step)
        assert_parts_close(plain, fast, 1e-9, LARGEST * LAST_PLACE)


def shortest(part: Part) -> float:
    """Return the shortest active tick of a part, ms."""
    n = part.group.neurons
    return float(min(n["fine_step"].min(), n["tail_step"].min()))


def test_padding_lanes_leave_no_trace() -> None:
    """One synapse in a block of eight, after seventeen others were in it."""
    crowd = own_clefts(18, 18, own_pools=True, per_synapse=varied(18))
    alone = make_group(1, per_synapse=varied(18)[-1:])
    for group in (crowd, alone):
        times = [[5.0, 15.0, 40.0]] * len(group.states)
        drive = Drive(pre_rates=np.zeros(len(times)), post_rates=np.zeros(len(times)),
                      pre_trains=Trains.of(times))  # fmt: skip
        PopulationSimulation(group, drive).advance(100.0)
    for name in alone.states.dtype.names or ():
        assert alone.states[name][0] == crowd.states[name][-1], name
