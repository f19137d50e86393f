"""Whatever the parameters inside their hard bounds and whatever happens: states stay sane."""

from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synapse.plasticity.bounds import HOUR, MINUTE
from synapse.plasticity.group import make_group
from synapse.plasticity.protocols.pairing import pairing
from synapse.plasticity.stimulus import Event
from tests.plasticity.strategies import Ingredients, events, ingredients, starts
from tests.plasticity.walking import (
    Enough,
    chunks,
    max_difference,
    prepare,
    run,
    walk,
    weights,
)

REST = ("tonic_dopamine", "background_activity", "maximum_step", "exocytosis", "endocytosis")
"""Held for rest: bath and background at the set point, no drug, and long steps to be quick."""


@given(data=st.data(), made=ingredients())
def test_states_stay_inside_their_bounds(data: Any, made: Ingredients) -> None:
    """No exception, nothing infinite or negative, in short bursts and the hours after them."""
    happened = data.draw(events(synapses=made.synapses))
    until = data.draw(st.sampled_from([50.0, 500.0, 1e4, 10 * HOUR]))
    walk(prepare(made.group(), happened), until, looks=20)


@given(data=st.data(), made=ingredients())
def test_they_do_so_from_any_state_inside_them(data: Any, made: Ingredients) -> None:
    """As it may be stored, or left by an edit."""
    start = data.draw(starts(made.values))
    happened = data.draw(events(synapses=made.synapses, most=6))
    until = data.draw(st.sampled_from([50.0, 1e4, 10 * HOUR]))
    walk(prepare(made.group(**start), happened), until, looks=20)


@pytest.mark.parametrize(
    "values",
    [
        {"d1_half_saturation": 1e-6, "d1_exponent": 4.0},
        {"reference_dopamine": 1e4, "d1_half_saturation": 1e-6},
        {"reference_dopamine": 0.0},
    ],
)
def test_a_d1_receptor_that_is_full_at_the_reference_divides_by_nothing(
    values: dict[str, float],
) -> None:
    walk(prepare(make_group(1, values=values), [Event(time=1.0, kind="dopamine")]), 50.0, looks=5)


@pytest.mark.parametrize("dopamine", [5e-324, 1e-323, 1e-310, 1e-300])
def test_dopamine_may_vanish(dopamine: float) -> None:
    """Without a tonic level it decays to the smallest numbers there are."""
    values = {"tonic_dopamine": 0.0, "d1_half_saturation": 3.0, "dopamine": dopamine}
    walk(prepare(make_group(1, values=values)), 5.0, looks=5)


@pytest.mark.parametrize("time", [5e-324, 1e-311, 1e-300])
def test_a_tick_of_vanishing_length_divides_by_nothing(time: float) -> None:
    walk(prepare(make_group(1), [Event(time=time, kind="pre")]), 5.0, looks=5)


@given(made=ingredients(without=REST))
@settings(max_examples=25)
def test_rest_stays_at_rest(made: Ingredients) -> None:
    """Exactly, over 100 h: every update of a state at its goal gives back the goal."""
    own = made.group()
    group = made.group(
        tonic_dopamine=float(own.parameters["reference_dopamine"][0]),
        dopamine=float(own.parameters["reference_dopamine"][0]),
        acetylcholine=float(own.clefts["tonic_acetylcholine"][0]),
        background_activity=float(own.astrocytes["target_activity"][0]),
        activity=float(own.astrocytes["target_activity"][0]),
        postsynaptic_rate=float(own.neurons["resting_rate"][0]),
        d_serine=float(own.astrocytes["d_serine_release"][0]),
        adenosine=float(own.astrocytes["adenosine_release"][0]),
        early_weight=1.0,
        total_ampa=float(own.parameters["baseline_ampa"][0]),
        psd_ampa=float(own.parameters["psd_fraction"][0] * own.parameters["baseline_ampa"][0]),
    )
    before = group.copy()
    run(group, [], 100 * HOUR)
    assert group.time == 100 * HOUR
    assert max_difference(before, group) == 0.0
    assert set(weights(group)) == {1.0}


@given(data=st.data(), made=ingredients(without=("turnover_rate",)))
@settings(max_examples=30)
def test_receptors_are_conserved_without_turnover(data: Any, made: Ingredients) -> None:
    group = made.group(turnover_rate=0.0)
    total = group.states["total_ampa"].copy()
    sim = prepare(group, data.draw(events(synapses=made.synapses)))
    looks = 0

    def look(_: float) -> None:
        nonlocal looks
        looks += 1
        held = [s.total_ampa for cell in sim.cells for s in cell.states]
        assert sorted(held) == sorted(total)  # exactly: a decay factor of 1
        if looks > 10:
            raise Enough

    with chunks(20), suppress(Enough):
        sim.advance(2000.0, progress=look)


def test_receptors_return_to_their_baseline() -> None:
    group = make_group(1, values={"total_ampa": 150.0})
    run(group, [], 43 * HOUR)
    # After one time constant of 43 h the excess of 50 is 50/e, exactly but for round-off.
    assert group.states["total_ampa"][0] == pytest.approx(100.0 + 50.0 * np.exp(-1.0), rel=1e-10)


def test_a_group_at_rest_does_not_notice_how_a_leap_is_split() -> None:
    whole, parts = make_group(2), make_group(2)
    run(whole, [], 10 * HOUR)
    for i in range(10):
        run(parts, [], (i + 1) * HOUR)
    assert max_difference(whole, parts) == 0.0


def test_a_leap_may_be_split_in_ten() -> None:
    """1e-6 in the weight after any change without traces (model section 9.4)."""
    group = make_group(1, values={"early_weight": 1.5, "plasticity_proteins": 0.3})
    split = group.copy()
    run(group, [], 10 * MINUTE)
    for i in range(10):
        run(split, [], (i + 1) * MINUTE)
    assert weights(split)[0] == pytest.approx(weights(group)[0], abs=1e-6)


def test_pairing_leaves_every_state_inside_its_bounds() -> None:
    walk(prepare(make_group(1), pairing(count=3).events), 10 * HOUR, looks=10_000, every=7)
