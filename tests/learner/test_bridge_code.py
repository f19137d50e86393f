"""The code between a learner's events and spikes: exact, invertible, silent where it should be."""

from dataclasses import replace
from math import exp

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learner.pipeline.bridge.code import (
    START,
    Code,
    Spikes,
    code_from,
    decode,
    decode_gain,
    encode,
    ideal,
    latency,
    pairings,
    protocol_of,
    starts_of,
    stimuli,
    window,
)
from learner.pipeline.bridge.constants import CONSTANTS
from learner.pipeline.bridge.moments import Moment

CODE = Code()
EVENT = Moment(
    position=0, event=1, version=1, kind="learn", salient=True, input=1.0, error=0.5,
    late_error=0.1, surprise=0.5, threshold=0.4, gain=1.0, arousal=0.0, early=0.1, tagged=0.0,
    late=0.0, trace=0.0, settled=False, moved=0.1, late_moved=0.0,
)  # fmt: skip
ERRORS = st.floats(CODE.least_error * 1.001, 1.0)
SIGNS = st.sampled_from([-1.0, 1.0])
INPUTS = st.floats(0.01, 3.0)


@given(ERRORS, SIGNS)
def test_the_window_at_the_latency_is_the_error(error: float, sign: float) -> None:
    lag = latency(CODE, sign * error)
    assert lag is not None
    assert abs(window(CODE, lag) - sign * error) < 1e-12


@given(ERRORS, SIGNS)
def test_without_a_least_latency_the_window_is_the_plain_exponential(
    error: float, sign: float
) -> None:
    code = replace(CODE, least_latency=0.0)
    lag = latency(code, sign * error)
    assert lag is not None
    size = exp(-abs(lag) / code.window_time)
    assert size == pytest.approx(error, abs=1e-12)


@given(ERRORS, SIGNS, INPUTS, SIGNS)
def test_spikes_give_back_the_error_and_the_sign_of_the_input(
    error: float, sign: float, size: float, side: float
) -> None:
    spikes = encode(CODE, EVENT._replace(error=sign * error, input=side * size))
    assert decode(CODE, spikes) == pytest.approx(side * sign * error, abs=1e-9)
    assert len(spikes.pre) == len(spikes.post) == pairings(CODE, size, salient=True)


@given(ERRORS, SIGNS, INPUTS, SIGNS)
def test_pre_comes_first_exactly_where_the_weight_is_to_grow(
    error: float, sign: float, size: float, side: float
) -> None:
    spikes = encode(CODE, EVENT._replace(error=sign * error, input=side * size))
    assert (spikes.pre[0] < spikes.post[0]) == (sign * side > 0.0)


def test_a_larger_input_is_more_pairings_up_to_the_most() -> None:
    counts = [pairings(CODE, size, salient=True) for size in (0.001, 0.5, 1.0, 2.0, 3.0, 9.0)]
    assert counts == [1, 10, 20, 40, 60, 60]


def test_the_ideal_change_is_proportional_to_input_times_error() -> None:
    events = [EVENT._replace(input=a, error=e) for a in (0.5, 1.0, -2.0) for e in (0.1, -0.9)]
    for event in events:
        wanted = CODE.repetitions * event.input * event.error
        assert ideal(CODE, encode(CODE, event)) == pytest.approx(wanted, abs=1e-9)


@pytest.mark.parametrize("error", [0.0, 1e-9, -1e-9, CODE.least_error * 0.999])
def test_an_error_too_small_for_the_window_has_no_postsynaptic_spike(error: float) -> None:
    spikes = encode(CODE, EVENT._replace(error=error))
    assert spikes.post == ()
    assert len(spikes.pre) == 20
    assert decode(CODE, spikes) == 0.0


def test_an_input_that_does_not_spike_leaves_postsynaptic_spikes_alone() -> None:
    spikes = encode(CODE, EVENT._replace(input=0.0))
    assert spikes.pre == ()
    assert len(spikes.post) == 20
    assert ideal(CODE, spikes) == 0.0


def test_an_event_without_a_commit_is_one_pairing_by_the_late_error_without_dopamine() -> None:
    spikes = encode(CODE, EVENT._replace(salient=False, gain=3.0, kind="event"))
    assert len(spikes.pre) == len(spikes.post) == 1
    assert decode(CODE, spikes) == pytest.approx(EVENT.late_error)
    assert spikes.dopamine == ()
    silent = encode(replace(CODE, quiet_repetitions=0.0), EVENT._replace(salient=False))
    assert silent == Spikes()


@given(st.floats(1.0, 4.0))
def test_the_gain_is_read_from_the_dopamine(gain: float) -> None:
    spikes = encode(CODE, EVENT._replace(gain=gain))
    assert decode_gain(CODE, spikes) == pytest.approx(gain, abs=1e-9)
    assert bool(spikes.dopamine) == (CODE.dopamine_amount * (gain - 1.0) > 0.0)


@pytest.mark.parametrize("kind", ["sleep", "rollback"])
def test_what_is_no_event_is_not_coded(kind: str) -> None:
    assert encode(CODE, EVENT._replace(kind=kind, salient=False)) == Spikes()


def test_a_number_is_coded_as_a_share_of_the_largest_error() -> None:
    spikes = encode(CODE, EVENT._replace(error=-3.0), largest_error=3.0)
    assert decode(CODE, spikes) == pytest.approx(-1.0)
    assert spikes.post[0] - spikes.pre[0] == pytest.approx(-CODE.least_latency)


def test_the_same_event_later_is_the_same_spikes_later() -> None:
    coded = [encode(CODE, EVENT._replace(gain=2.0))] * 3
    events = stimuli(CODE, coded)
    starts = starts_of(CODE, 3)
    assert starts == [START + i * CODE.interval for i in range(4)]
    per = len(events) // 3
    for i in range(3):
        own = [(e.kind, round(e.time - starts[i], 9), e.value) for e in events[i * per :][:per]]
        assert own == [(e.kind, round(e.time - START, 9), e.value) for e in events[:per]]


def test_an_event_is_over_before_the_next_begins() -> None:
    spikes = encode(CODE, EVENT._replace(input=3.0, gain=4.0, error=-CODE.least_error * 1.001))
    last = max(*spikes.pre, *spikes.post, *(t for t, _ in spikes.dopamine))
    assert last < CODE.interval


def test_a_protocol_carries_the_bath_of_the_pairings() -> None:
    protocol = protocol_of(CODE, [encode(CODE, EVENT)], title="x")
    assert protocol.bath == {"external_calcium": 3.0, "external_magnesium": 1.0}
    assert protocol.duration == START + CODE.interval


@pytest.mark.parametrize("constant", CONSTANTS, ids=lambda constant: constant.name)
def test_every_number_of_the_code_says_where_it_is_from_and_keeps_its_bounds(constant) -> None:
    assert constant.meaning
    assert constant.source
    assert constant.check(constant.default) == constant.default == getattr(CODE, constant.name)
    with pytest.raises(ValueError, match=rf"{constant.name} must be .* got"):
        code_from({constant.name: constant.maximum * 1.01})


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"interval": 20_000}, "interval must be at least most_repetitions times"),
        ({"longest_latency": 20, "least_latency": 30}, "longest_latency must exceed"),
        ({"longest_latency": 150, "pairing_period": 200, "most_repetitions": 5}, "half of pairing"),
        ({"tempo": 1}, "the code has no 'tempo'"),
        ({"window_time": "fast"}, "window_time must be 1 to 1000 ms; got 'fast'"),
    ],
)
def test_numbers_that_do_not_fit_together_are_refused(values, sentence) -> None:
    with pytest.raises(ValueError, match=sentence):
        code_from(values)
