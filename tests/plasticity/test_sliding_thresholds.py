"""Metaplasticity: the average of firing is exact, and slides both thresholds as in BCM."""

from itertools import pairwise
from math import exp
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synapse.plasticity.bounds import HOUR, MINUTE, SECOND
from synapse.plasticity.group import Group, make_group
from synapse.plasticity.processes.sliding_thresholds import threshold_shift
from synapse.plasticity.protocols.field import low_frequency
from synapse.plasticity.protocols.pairing import pairing
from synapse.plasticity.stimulus import Event, train
from tests.plasticity.walking import run, weights

ON = {"metaplasticity_gain": 0.05}


def after_low_frequency(rate: float, **values: float) -> Group:
    """Return a group after 900 pulses at 1 Hz, in a neuron with an average of ``rate`` Hz."""
    held = {"postsynaptic_rate": rate, "resting_rate": rate}
    group = make_group(1, values=held | values)
    protocol = low_frequency()
    run(group, protocol.events, protocol.duration + 25 * MINUTE, compiled=True)
    return group


def test_the_average_falls_and_counts_spikes_exactly() -> None:
    group = make_group(1, values=ON | {"resting_rate": 0.0, "metaplasticity_time": HOUR})
    run(group, train("post", start=0.0, interval=100.0, count=30), 2 * HOUR)
    spikes = sum(exp(-(2 * HOUR - 100.0 * i) / HOUR) for i in range(30))
    expected = exp(-2.0) + spikes * SECOND / HOUR
    assert group.neurons["postsynaptic_rate"][0] == pytest.approx(expected, rel=1e-12)


def test_it_does_not_notice_how_a_leap_is_split() -> None:
    groups = [make_group(1, values=ON | {"postsynaptic_rate": 7.0}) for _ in range(2)]
    run(groups[0], [], 50 * HOUR)
    for i in range(50):
        run(groups[1], [], (i + 1) * HOUR)
    rates = [group.neurons["postsynaptic_rate"][0] for group in groups]
    assert rates[0] == pytest.approx(1.0 + 6.0 * exp(-50.0 / 24.0), rel=1e-12)
    assert rates[1] == pytest.approx(rates[0], rel=1e-12)


def test_off_the_average_is_left_alone() -> None:
    group = make_group(1, values={"postsynaptic_rate": 7.0})
    run(group, train("post", start=0.0, interval=100.0, count=3), HOUR)
    assert group.neurons["postsynaptic_rate"][0] == 7.0


def test_at_the_set_point_the_thresholds_are_those_declared() -> None:
    """To the last bit: the shift is exactly 0 there."""
    plain, sliding = (after_low_frequency(1.0, metaplasticity_gain=g) for g in (0.0, 0.05))
    assert np.array_equal(plain.states, sliding.states)


@given(
    rate=st.floats(0.0, 1e9),
    reference=st.floats(1e-6, 1e4),
    gain=st.sampled_from([0.0, 0.05, 0.95]),
)
def test_the_shift_is_bounded_and_rises(rate: float, reference: float, gain: float) -> None:
    """At most by the gain to either side; so a threshold is never 0 or less."""
    n = SimpleNamespace(
        metaplasticity_gain=gain, metaplasticity_rate=reference, postsynaptic_rate=rate
    )
    shift = threshold_shift(n)
    assert -gain <= shift <= gain
    n.postsynaptic_rate = 2.0 * rate
    assert threshold_shift(n) >= shift
    n.postsynaptic_rate = reference
    assert threshold_shift(n) == 0.0


def test_history_moves_plasticity_as_the_sliding_threshold_does() -> None:
    """After silence 900 pulses at 1 Hz no longer depress; after activity they do so more."""
    quiet, usual, busy = (weights(after_low_frequency(v, **ON))[0] for v in (0.0, 1.0, 10.0))
    assert quiet > usual + 0.05 > busy + 0.1


def test_ttx_lowers_the_thresholds_within_days() -> None:
    group = make_group(1, values=ON)
    run(group, [Event(time=0.0, kind="drug", name="ttx")], 48 * HOUR)
    assert group.neurons["postsynaptic_rate"][0] == pytest.approx(exp(-2.0), rel=1e-9)


QUICK = {"metaplasticity_gain": 0.3, "metaplasticity_time": 10 * SECOND, "external_calcium": 3.0}
"""So quick that it matters within one pairing."""


def test_ticks_converge() -> None:
    found = []
    for factor in (1.0, 0.5, 0.25):
        group = make_group(1, values=QUICK | {"fine_step": 0.5 * factor, "tail_step": factor})
        run(group, pairing(count=20).events, 20 * MINUTE, compiled=True)
        found.append(weights(group)[0])
    steps = [abs(b - a) for a, b in pairwise(found)]
    assert steps[0] < 2e-3
    assert steps[1] < steps[0] / 2
    assert abs(found[0] - 1.0) > 0.01


def test_compiled_code_slides_alike() -> None:
    groups = [make_group(2, values=QUICK) for _ in range(2)]
    for group, compiled in zip(groups, (False, True), strict=True):
        run(group, pairing(count=3).events, MINUTE, compiled=compiled)
    for one, two in ((g.states, h.states) for g, h in [groups]):
        for name in one.dtype.names or ():
            np.testing.assert_allclose(two[name], one[name], rtol=1e-9)
    assert groups[0].neurons["postsynaptic_rate"] == pytest.approx(
        groups[1].neurons["postsynaptic_rate"], rel=1e-12
    )
