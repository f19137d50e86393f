"""Acetylcholine: decays exactly, gates the early weight, and does nothing where it is off."""

from itertools import pairwise
from math import exp
from typing import Any

import numpy as np
import pytest

from synapse.plasticity.bounds import HOUR, MINUTE, SECOND
from synapse.plasticity.group import Group, make_group
from synapse.plasticity.protocols.pairing import CULTURE_BATH, pairing
from synapse.plasticity.stimulus import Event, train
from tests.plasticity.walking import run, weights

ON = {"acetylcholine_depression_gain": 2.0, "acetylcholine_potentiation_loss": 1.0}
BATH = {"tonic_acetylcholine": 10.0, "acetylcholine": 10.0}


def paired(interval: float = 10.0, *, events: Any = (), **values: float) -> Group:
    """Return a group half an hour after 60 pairings."""
    group = make_group(1, values=CULTURE_BATH | values)
    happened = [*pairing(pairing_interval=interval).events, *events]
    run(group, happened, 31 * MINUTE, compiled=True)
    return group


def test_it_decays_exponentially_and_adds_up() -> None:
    group = make_group(1, values={"tonic_acetylcholine": 0.3, "acetylcholine": 0.3})
    run(group, [Event(time=t, kind="acetylcholine", value=2.0) for t in (0.0, 500.0)], 3000.0)
    expected = 0.3 + 2.0 * (exp(-3.0) + exp(-2.5))
    assert group.clefts["acetylcholine"][0] == pytest.approx(expected, rel=1e-12)
    assert group.clefts["dopamine"][0] == 0.02


@pytest.mark.parametrize("gain", [0.0, 2.0])
def test_a_leap_may_be_split(gain: float) -> None:
    values = {"acetylcholine": 5.0, "acetylcholine_depression_gain": gain}
    groups = [make_group(1, values=values) for _ in range(2)]
    run(groups[0], [], 20 * SECOND)
    for i in range(10):
        run(groups[1], [], 2 * SECOND * (i + 1))
    one, two = (group.clefts["acetylcholine"][0] for group in groups)
    assert two == pytest.approx(one, rel=1e-11)


def test_where_it_is_off_a_pulse_changes_no_bit() -> None:
    """Against a pulse of no dopamine at the same instant, which cuts the same tick."""
    times = (200.0, 10.5 * SECOND, 5 * MINUTE)
    found = []
    for kind, value in (("acetylcholine", 50.0), ("dopamine", 0.0)):
        pulses = [Event(time=t, kind=kind, value=value) for t in times]  # type: ignore[arg-type]
        found.append(paired(events=pulses))
    assert np.array_equal(found[0].states, found[1].states)
    assert found[0].clefts["dopamine"] == found[1].clefts["dopamine"]


def test_without_acetylcholine_the_gates_are_open() -> None:
    """To the last bit."""
    assert np.array_equal(paired(**ON).states, paired().states)


@pytest.mark.parametrize("interval", [10.0, -10.0])
def test_it_biases_pairing_towards_depression(interval: float) -> None:
    plain, biased = (weights(paired(interval, **ON, **bath))[0] for bath in ({}, BATH))
    assert biased < min(1.0, plain) - 0.05


def test_either_gain_acts_alone() -> None:
    more = weights(paired(-10.0, acetylcholine_depression_gain=2.0, **BATH))[0]
    less = weights(paired(acetylcholine_potentiation_loss=0.5, **BATH))[0]
    assert more < weights(paired(-10.0))[0]
    assert 1.0 < less < weights(paired())[0]


def test_dopamine_still_converts_the_trace() -> None:
    """After pairing with acetylcholine, dopamine turns the result into potentiation."""
    start = 62 * SECOND
    wash = Event(time=start, kind="bath", name="tonic_acetylcholine", value=0.0)
    reward = Event(time=start, kind="bath", name="tonic_dopamine", value=10.0)
    biased, turned = (
        weights(paired(-10.0, events=events, **ON, **BATH))[0]
        for events in ([wash], [wash, reward])
    )
    assert biased < 1.0 < turned


def test_it_reaches_each_neuron_of_its_volume_and_no_spike_is_needed() -> None:
    group = make_group(2, neurons=2, neuron_of=(0, 1), values=ON)
    run(group, [Event(time=0.0, kind="acetylcholine", synapse=0, value=3.0)], SECOND)
    assert group.clefts["acetylcholine"][0] == pytest.approx(3.0 * exp(-1.0), rel=1e-12)
    assert set(weights(group)) == {1.0}


def pulsed(**values: float) -> Group:
    """Return a group after pairing and, while only traces are at work, pulses."""
    pulses = train("acetylcholine", start=70 * SECOND, interval=20 * SECOND, count=10, value=4.0)
    return paired(events=pulses, **ON, **values)


def test_ticks_and_leaps_converge() -> None:
    """Halving active ticks and the share of a time constant that a leap may take."""
    found = [
        weights(
            pulsed(
                fine_step=0.5 * f, tail_step=f, trace_step_fraction=0.1 * f, step_growth=0.15 * f
            )
        )[0]
        for f in (1.0, 0.5, 0.25)
    ]
    steps = [abs(b - a) for a, b in pairwise(found)]
    assert steps[0] < 2e-3
    assert steps[1] < steps[0] / 2
    assert abs(found[0] - weights(paired(**ON))[0]) > 0.01


def test_compiled_code_agrees() -> None:
    groups = [make_group(2, values=CULTURE_BATH | ON) for _ in range(2)]
    pulses = train("acetylcholine", start=500.0, interval=900.0, count=4, value=4.0)
    for group, compiled in zip(groups, (False, True), strict=True):
        run(group, [*pairing(count=3).events, *pulses], HOUR / 10, compiled=compiled)
    for name in groups[0].states.dtype.names or ():
        np.testing.assert_allclose(groups[1].states[name], groups[0].states[name], rtol=1e-9)
    one, two = (group.clefts["acetylcholine"][0] for group in groups)
    assert two == pytest.approx(one, rel=1e-11)
