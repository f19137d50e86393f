"""Spines follow their weight, are lost when too small for too long, and form again."""

from itertools import permutations
from math import exp
from typing import Any

import numpy as np
import pytest

from synapse.plasticity.bounds import HOUR, MINUTE, SECOND
from synapse.plasticity.group import Group, make_group
from synapse.plasticity.protocols.pairing import CULTURE_BATH, pairing
from synapse.plasticity.stimulus import Event, train
from tests.plasticity.test_relabelling import assert_permuted
from tests.plasticity.walking import prepare, run, walk, weights

ON = {"elimination_volume": 0.6}
WEAK = ON | {"late_weight": -0.5, "psd_ampa": 10.0, "spine_volume": 0.5}
"""A depression that was consolidated."""
NEAR = 1.5
"""ms: an elimination or formation lies within one step of its location and the tick it ends."""


def at(group: Group, name: str, synapse: int = 0) -> float:
    return float(group.states[name][synapse])


# --- volume -----------------------------------------------------------------------------------


def test_the_volume_relaxes_to_the_weight() -> None:
    """A weight that stands still: V = w + (V_0 - w) exp(-t/tau_V), whatever the leaps."""
    group = make_group(1, values={"elimination_volume": 0.1, "spine_volume": 0.4})
    run(group, [], 3 * HOUR)
    assert at(group, "spine_volume") == pytest.approx(1.0 - 0.6 * exp(-3.0), rel=1e-12)


def test_the_volume_follows_a_weight_that_moves() -> None:
    """Against steps of a minute: leaps of 6 min change the volume by less than 1e-3."""
    values = {"elimination_volume": 0.1, "early_weight": 2.0, "psd_ampa": 40.0}
    found = []
    for longest in (6e5, 6e4):
        group = make_group(1, values=values | {"maximum_step": longest})
        run(group, [], 5 * HOUR)
        found.append(at(group, "spine_volume"))
    assert found[1] == pytest.approx(found[0], abs=1e-3)
    assert 1.1 < found[0] < 2.0


# --- elimination and formation -----------------------------------------------------------------


def test_a_weak_spine_is_lost_and_comes_back() -> None:
    group = make_group(1, values=WEAK)
    run(group, [], 24 * HOUR - NEAR)
    assert weights(group)[0] == pytest.approx(0.5, abs=1e-9)
    run(group, [], 24 * HOUR + NEAR)
    assert at(group, "spine_present") == 0.0
    assert weights(group) == [0.0]
    run(group, [], 72 * HOUR - NEAR)
    assert weights(group) == [0.0]
    run(group, [], 72 * HOUR + 2 * NEAR)
    assert at(group, "spine_present") == 1.0
    run(group, [], 73 * HOUR)
    assert weights(group)[0] == pytest.approx(1.0 - exp(-1.0), rel=1e-3)  # k_0: an hour
    run(group, [], 200 * HOUR)
    assert weights(group)[0] == pytest.approx(1.0, abs=1e-6)
    assert at(group, "spine_volume") == pytest.approx(1.0, abs=1e-6)
    assert at(group, "total_ampa") == pytest.approx(100.0)  # receptors stayed in the endosome


def test_off_a_weak_spine_stays() -> None:
    group = make_group(1, values=WEAK | {"elimination_volume": 0.0})
    run(group, [], 200 * HOUR)
    assert weights(group)[0] == pytest.approx(0.5, abs=1e-9)
    assert at(group, "spine_volume") == 0.5  # left alone


def test_a_spine_that_recovers_in_time_is_kept() -> None:
    """An early-phase depression fades within hours; the clock starts again."""
    start = {"early_weight": 0.4, "psd_ampa": 8.0, "spine_volume": 0.4, "protein_synthesis": 0.0}
    group = make_group(1, values=ON | start)
    run(group, [], HOUR)
    assert at(group, "structure_clock") == HOUR
    run(group, [], 100 * HOUR)
    assert at(group, "structure_clock") == 0.0
    assert weights(group)[0] == pytest.approx(1.0, abs=1e-6)


def test_the_crossing_is_located() -> None:
    """The clock starts where V falls below the bound, to a millisecond of the same leaps."""
    values = WEAK | {"spine_volume": 1.0, "elimination_volume": 0.75}
    group = make_group(1, values=values)
    run(group, [], 10 * HOUR)
    crossing = HOUR * np.log(0.5 / 0.25)  # V - 1/2 falls from 1/2 to 1/4
    assert at(group, "structure_clock") == pytest.approx(10 * HOUR - crossing, abs=NEAR)


def test_a_leap_may_be_split_anywhere() -> None:
    """Elimination moves by less than a second, the weight hours later by 1e-4."""
    values = WEAK | {"spine_volume": 1.0, "psd_ampa": 20.0, "elimination_volume": 0.75}
    whole, parts = make_group(1, values=values), make_group(1, values=values)
    run(whole, [], 20 * HOUR)
    for i in range(200):
        run(parts, [], (i + 1) * HOUR / 10)
    clocks = [at(group, "structure_clock") for group in (whole, parts)]
    assert clocks[1] == pytest.approx(clocks[0], abs=10 * SECOND)
    for group in (whole, parts):
        run(group, [], 80 * HOUR)
    assert weights(parts)[0] == pytest.approx(weights(whole)[0], abs=2e-3)


def test_ten_ticks_and_ten_more_are_twenty() -> None:
    whole, half = make_group(2, values=WEAK), make_group(2, values=WEAK)
    for i in range(20):
        run(whole, [], (i + 1) * 5 * HOUR)
    for i in range(10):
        run(half, [], (i + 1) * 5 * HOUR)
    stored = half.copy()
    for i in range(10, 20):
        run(stored, [], (i + 1) * 5 * HOUR)
    assert np.array_equal(whole.states, stored.states)


# --- what a lost spine does ----------------------------------------------------------------------

GONE = ON | {"spine_present": 0.0, "psd_ampa": 0.0, "spine_volume": 0.0}


def test_a_lost_spine_neither_receives_nor_learns() -> None:
    group = make_group(1, values=GONE | CULTURE_BATH)
    run(group, pairing(count=10).events, MINUTE)
    assert weights(group) == [0.0]
    for name in ("released_fraction", "calcium_nmda", "epsp_decay", "potentiation_trace"):
        assert at(group, name) == 0.0, name
    assert at(group, "early_weight") == 1.0
    assert at(group, "vesicle_fraction") == 1.0


def test_the_others_do_not_notice() -> None:
    """Beside a lost spine a neighbour learns as beside a silent one."""
    events = [*train("pre", start=0.0, interval=500.0, count=6, synapse=0),
              *train("post", start=10.0, interval=500.0, count=6)]  # fmt: skip
    silent = make_group(2, values=CULTURE_BATH)
    lost = make_group(2, values=CULTURE_BATH, per_synapse=[{}, GONE])
    for group in (silent, lost):
        run(group, events, 10 * SECOND)
    assert silent.states[0] == lost.states[0]


def test_elimination_in_the_middle_of_activity() -> None:
    """All that the spine holds goes at once; later spikes find nothing."""
    values = WEAK | CULTURE_BATH | {"structure_clock": 24 * HOUR - 100.0}
    group = make_group(1, values=values)
    run(group, pairing(count=3, period=60.0, start=1.0).events, 99.0)
    assert at(group, "epsp_decay") > 0.0
    run(group, pairing(count=3, period=60.0, start=10.0).events, 400.0)
    assert at(group, "spine_present") == 0.0
    assert weights(group) == [0.0]
    assert at(group, "potentiation_trace") == at(group, "epsp_decay") == 0.0


def test_switched_off_a_lost_spine_comes_back() -> None:
    group = make_group(1, values=GONE | {"elimination_volume": 0.0})
    run(group, [], 10 * HOUR)
    assert at(group, "spine_present") == 1.0
    assert weights(group)[0] == pytest.approx(1.0, abs=1e-3)


# --- the usual --------------------------------------------------------------------------------


def test_compiled_code_agrees() -> None:
    groups = [make_group(2, values=ON, per_synapse=[WEAK, {}]) for _ in range(2)]
    events = [Event(time=30 * HOUR, kind="pre"), *train("post", start=1.0, interval=9.0, count=5)]
    for group, compiled in zip(groups, (False, True), strict=True):
        run(group, events, 100 * HOUR, compiled=compiled)
    for name in groups[0].states.dtype.names or ():
        np.testing.assert_allclose(groups[1].states[name], groups[0].states[name], rtol=1e-9)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_order_of_synapses_does_not_matter(order: tuple[int, ...]) -> None:
    own: list[dict[str, Any]] = [WEAK, {"early_weight": 1.9}, WEAK | {"elimination_time": 9e6}]
    plain, moved = (
        make_group(3, values=ON, per_synapse=[own[i] for i in places])
        for places in ((0, 1, 2), order)
    )
    for group in (plain, moved):
        run(group, [], 90 * HOUR)
    assert_permuted(plain, moved, order)


@pytest.mark.parametrize("time", [6e4, 1e6])
def test_spines_that_come_and_go_quickly_stay_sane(time: float) -> None:
    values = {
        "elimination_volume": 1.0, "elimination_time": time, "formation_time": time,
        "spine_volume": 0.9, "spine_volume_time": 1e-3,
    }  # fmt: skip
    walk(prepare(make_group(2, values=values | CULTURE_BATH), pairing(count=3).events), 10 * HOUR,
         looks=300)  # fmt: skip
