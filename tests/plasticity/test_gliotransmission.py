"""D-serine and adenosine follow the astrocyte's activity in closed form, and gate what they do."""

from math import exp
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synapse.plasticity.bounds import HOUR, MINUTE
from synapse.plasticity.group import Group, make_group
from synapse.plasticity.protocols.pairing import CULTURE_BATH, pairing
from synapse.plasticity.stimulus import Event
from tests.plasticity.walking import run, weights

ON = {"d_serine_dependence": 1.0, "adenosine_inhibition": 0.6}


def relaxed(start: float, goal: float, hours: float, time: float) -> float:
    return goal + (start - goal) * exp(-hours * HOUR / time)


@pytest.mark.parametrize("time", [5 * MINUTE, 6 * HOUR, 30 * HOUR])
def test_the_levels_are_the_closed_form(time: float) -> None:
    """TTX: A = exp(-t/tau_A) drives S' = (A - S)/tau; equal time constants give t/tau exp."""
    group = make_group(1, values=ON | {"d_serine_time": time, "adenosine_time": time})
    run(group, [Event(time=0.0, kind="drug", name="ttx")], 8 * HOUR)
    slow, t = 6 * HOUR, 8 * HOUR
    if time == slow:
        driven = t / slow * exp(-t / slow)
    else:
        driven = (exp(-t / slow) - exp(-t / time)) / (1.0 - time / slow)
    expected = exp(-t / time) + driven
    for name in ("d_serine", "adenosine"):
        assert group.astrocytes[name][0] == pytest.approx(expected, rel=1e-9), name


def test_a_leap_may_be_split() -> None:
    groups = [make_group(1, values=ON) for _ in range(2)]
    ttx = [Event(time=0.0, kind="drug", name="ttx")]
    run(groups[0], ttx, 10 * HOUR)
    for i in range(10):
        run(groups[1], ttx if i == 0 else [], (i + 1) * HOUR)
    for name in ("d_serine", "adenosine"):
        one, two = (group.astrocytes[name][0] for group in groups)
        assert two == pytest.approx(one, rel=1e-11), name


def test_at_the_target_activity_nothing_changes() -> None:
    """Both effects are 1 there; pairing itself moves the activity by 1e-3 of it."""
    found = []
    for values in ({}, ON):
        group = make_group(1, values=values | CULTURE_BATH)
        run(group, pairing(count=20).events, 10 * MINUTE)
        found.append(weights(group)[0])
    assert found[1] == pytest.approx(found[0], rel=1e-3)


def paired(*drugs: str, compiled: bool = True, **values: float) -> Group:
    """Return a group after 60 pairings, an hour after a drug was given."""
    group = make_group(1, values=CULTURE_BATH | ON | values)
    run(group, [Event(time=0.0, kind="drug", name=name) for name in drugs], HOUR)
    run(group, pairing().events, HOUR + 26 * MINUTE, compiled=compiled)
    return group


def test_without_d_serine_pairing_does_nothing() -> None:
    """All of the NMDA current needs it here: no potentiation and no depression."""
    assert weights(paired())[0] > 1.2
    assert weights(paired("daao"))[0] == pytest.approx(1.0, abs=0.01)
    assert 1.0 < weights(paired("daao", d_serine_dependence=0.2))[0] < weights(paired())[0]


def released(background: float, **values: float) -> float:
    """Return what a lone spike releases after a day at a background activity (Hz)."""
    values = {"background_activity": background, "activity": background} | values
    group = make_group(1, values=values)
    run(group, [Event(time=24 * HOUR, kind="pre")], 24 * HOUR + 1.0)
    return float(group.states["released_fraction"][0])


def test_adenosine_depresses_release_and_its_absence_raises_it() -> None:
    """The factor is (1 - g a/(a + K)) / (1 - g/(1 + K)), a = A/A_0."""
    for background in (0.0, 1.0, 3.0):
        factor = (1.0 - 0.6 * background / (background + 1.0)) / (1.0 - 0.6 / 2.0)
        assert released(background, adenosine_inhibition=0.6) == pytest.approx(
            0.186 * factor, rel=1e-9
        )
        assert released(background) == pytest.approx(0.186, rel=1e-12)


def test_dpcpx_lifts_the_depression() -> None:
    group = make_group(1, values=ON)
    dpcpx = Event(time=0.0, kind="drug", name="dpcpx")
    run(group, [dpcpx, Event(time=HOUR, kind="pre")], HOUR + 1.0)
    assert group.states["released_fraction"][0] == pytest.approx(0.186 / 0.7, rel=1e-9)


def test_a_unit_of_two_neurons_is_that_of_one() -> None:
    """Exchange of a crossing unit: the levels follow the shared activity."""
    ttx = [Event(time=0.0, kind="drug", name="ttx")]
    alone, crossing = (
        make_group(2, values=ON),
        make_group(2, neurons=2, neuron_of=(0, 1), values=ON),
    )
    for group in (alone, crossing):
        run(group, ttx, 3 * HOUR)
    for name in ("d_serine", "adenosine"):
        one, two = (group.astrocytes[name][0] for group in (alone, crossing))
        assert two == pytest.approx(one, rel=1e-9), name


@given(data=st.data(), time=st.floats(1e-3, 1e12), length=st.floats(1e-3, 6e5))
def test_the_levels_stay_finite_and_positive(data: Any, time: float, length: float) -> None:
    start = data.draw(st.floats(0.0, 1e6))
    values = {
        "d_serine_time": time,
        "adenosine_time": time,
        "d_serine": start,
        "activity": data.draw(st.floats(0.0, 1e6)),
        "background_activity": data.draw(st.floats(0.0, 1e4)),
        "target_activity": data.draw(st.floats(1e-6, 1e4)),
        "activity_time": data.draw(st.floats(1e-3, 1e12)),
    }
    group = make_group(1, values=ON | values)
    run(group, [], length)
    unit = group.astrocytes[0]
    top = max(start, unit["background_activity"], values["activity"]) / min(
        1.0, unit["target_activity"]
    )
    for name in ("d_serine", "adenosine"):
        assert 0.0 <= unit[name] <= max(top, 1.0) * (1.0 + 1e-9)


def test_ticks_converge_and_compiled_code_agrees() -> None:
    quick = {"d_serine_time": 20_000.0, "activity_time": MINUTE, "compiled": True}
    found = []
    for factor in (1.0, 0.5):
        steps = {"fine_step": 0.5 * factor, "tail_step": factor}
        found.append(weights(paired(**quick, **steps))[0])
    assert found[1] == pytest.approx(found[0], abs=2e-3)
    plain, fast = (
        make_group(2, values=CULTURE_BATH | ON | {"d_serine_time": 20_000.0}) for _ in range(2)
    )
    for group, compiled in ((plain, False), (fast, True)):
        run(group, pairing(count=2).events, MINUTE, compiled=compiled)
    for name in plain.states.dtype.names or ():
        np.testing.assert_allclose(fast.states[name], plain.states[name], rtol=1e-9)
    assert fast.astrocytes["d_serine"] == pytest.approx(plain.astrocytes["d_serine"], rel=1e-12)
