"""Stochastic release: binomial, reproducible whatever the split, and the same mean."""

from itertools import permutations
from typing import Any

import numpy as np
import pytest

from synapse.plasticity.bounds import HOUR, MINUTE
from synapse.plasticity.chance import philox, random_words
from synapse.plasticity.group import Group, make_group
from synapse.plasticity.protocols.pairing import pairing
from synapse.plasticity.stimulus import Event, train
from tests.plasticity.test_relabelling import assert_permuted
from tests.plasticity.walking import chunks, prepare, run, weights

MANY = 2000
DEVIATIONS = 4.0
"""Standard errors that a mean over draws may be off; the seed is fixed."""


def keyed(synapses: int, *, seed: int = 1, **values: float) -> Group:
    """Return a group whose synapses draw their vesicles, each with its own key."""
    group = make_group(synapses, values=values)
    group.draw_keys(np.random.default_rng(seed))
    return group


# --- random numbers ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counter", "key", "answer"),
    [
        ((0,) * 4, (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        (
            (0xFFFFFFFF,) * 4,
            (0xFFFFFFFF,) * 2,
            (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD),
        ),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
)
def test_the_generator_meets_its_known_answers(counter: Any, key: Any, answer: Any) -> None:
    assert philox(counter, *key) == answer


def test_words_differ_by_key_event_and_block() -> None:
    """The high halves of key and event count as well."""
    made = [random_words(k, e, b) for k in (1, 2, 2**40) for e in (0, 1, 2**33) for b in (0, 1)]
    assert len(set(made)) == len(made)


def test_the_generator_of_the_run_draws_the_keys() -> None:
    groups = [keyed(3, seed=seed, release_sites=2.0) for seed in (1, 1, 2)]
    keys = [list(group.states["release_key"]) for group in groups]
    assert keys[0] == keys[1] != keys[2]
    assert len(set(keys[0])) == 3
    assert not groups[0].draw_keys(np.random.default_rng(5))  # they have theirs
    assert groups[0].draw_keys(np.random.default_rng(2), renew=True)
    assert list(groups[0].states["release_key"]) == keys[2]


def test_without_stochastic_release_the_generator_is_left_alone() -> None:
    generator = np.random.default_rng(1)
    assert not make_group(2).draw_keys(generator, renew=True)
    assert generator.bit_generator.state == np.random.default_rng(1).bit_generator.state


# --- the distribution -------------------------------------------------------------------------


@pytest.mark.parametrize("sites", [1, 3, 10])
def test_failures_follow_the_binomial_law(sites: int) -> None:
    use = 0.186
    group = keyed(MANY, release_sites=sites)
    run(group, [Event(time=0.0, kind="pre")], 0.5)
    released = group.states["released_fraction"] * sites
    expected = (1.0 - use) ** sites
    error = (expected * (1.0 - expected) / MANY) ** 0.5
    assert (released == 0).mean() == pytest.approx(expected, abs=DEVIATIONS * error)
    assert released.mean() == pytest.approx(
        sites * use, abs=DEVIATIONS * (sites * use * (1.0 - use) / MANY) ** 0.5
    )
    assert np.all(released == released.round())


@pytest.mark.parametrize("sites", [1, 5])
def test_the_mean_of_a_train_is_that_of_the_equations(sites: int) -> None:
    """Depletion and refilling, spike by spike: draws are linear in the expectation."""
    values = {"release_probability": 0.5, "recovery_time": 300.0, "facilitation_time": 200.0}
    for spikes in (2, 5, 8):
        events = train("pre", start=0.0, interval=40.0, count=spikes)
        until = events[-1].time + 0.5
        plain = make_group(1, values=values)
        drawn = keyed(MANY, release_sites=sites, **values)
        for group in (plain, drawn):
            run(group, events, until, compiled=True)
        released = drawn.states["released_fraction"]
        error = released.std() / MANY**0.5
        expected = plain.states["released_fraction"][0]
        assert released.mean() == pytest.approx(expected, abs=DEVIATIONS * error), spikes


@pytest.mark.parametrize("sites", [1, 3])
def test_the_mean_detectors_are_those_of_the_expectation(sites: int) -> None:
    """The quantal gate takes the expectation outside the detectors; a site is that quantum.

    At equal EPSP (0) and without the reset, where traces are linear in the detectors.
    """
    values = {"labile_reset_rate": 0.0, "epsp_amplitude": 0.0, "external_calcium": 3.0}
    events = [Event(time=0.0, kind="pre"), Event(time=5.0, kind="post")]
    plain, drawn = make_group(1, values=values), keyed(MANY, release_sites=sites, **values)
    for group in (plain, drawn):
        run(group, events, 200.0, compiled=True)
    for name in ("potentiation_trace", "depression_trace"):
        traces = drawn.states[name]
        assert len(set(traces.tolist())) == sites + 1  # nothing, or one quantum each
        error = traces.std() / MANY**0.5
        assert traces.mean() == pytest.approx(plain.states[name][0], abs=DEVIATIONS * error)


# --- failures and co-active inputs --------------------------------------------------------------


def test_a_failure_acts_on_nothing() -> None:
    """No gate, no EPSP; a gate that an earlier quantum opened goes on as it was."""
    values = {"release_sites": 1.0, "vesicle_fraction": 0.0, "ready_fraction": 0.0}
    before = {"nmda_decay": 0.5, "release_given": 1.0, "release_memory": 0.4, "glutamate_gate": 0.3}
    failing, silent = (make_group(1, values=values | before) for _ in range(2))
    run(failing, [Event(time=0.0, kind="pre")], 0.5)
    run(silent, [Event(time=0.0, kind="dopamine", value=0.0)], 0.5)
    assert failing.states["release_events"][0] == 1.0
    for name in (*before, "nmda_rise", "epsp_decay"):
        assert failing.states[name][0] == pytest.approx(silent.states[name][0], rel=1e-12), name


def test_all_sites_together_act_for_certain() -> None:
    group = make_group(1, values={"release_sites": 4.0, "utilisation": 1.0})
    run(group, [Event(time=0.0, kind="pre")], 1e-3)
    assert group.states["released_fraction"][0] == 1.0
    assert group.states["release_given"][0] == 1.0
    assert group.states["ready_fraction"][0] == 0.0
    assert group.states["vesicle_fraction"][0] < 1e-5


def test_co_active_inputs_keep_their_mean_when_the_own_one_fails() -> None:
    """A field shock: the own spine fails, the other 3.9 afferents release on average."""
    epsps = {}
    for sites in (0.0, 1.0):
        values = {"release_sites": sites}
        group = keyed(200, **values)
        run(group, [Event(time=0.0, kind="pre", value=4.9)], 1e-3)
        epsps[sites] = group.states["epsp_decay"]
        failed = group.states["released_fraction"] == 0.0
    assert failed.any()
    assert epsps[1.0][failed] == pytest.approx(epsps[0.0][failed] * 3.9 / 4.9, rel=1e-9)
    assert np.all(epsps[1.0][~failed] > epsps[0.0][~failed])


# --- the same bits, whatever the split ------------------------------------------------------------

DRAWN = {"release_sites": 5.0, "external_calcium": 3.0}


def test_compiled_code_draws_the_same_vesicles() -> None:
    events = train("pre", start=0.0, interval=30.0, count=15)
    groups = [keyed(4, **DRAWN) for _ in range(2)]
    for group, compiled in zip(groups, (False, True), strict=True):
        run(group, events, 500.0, compiled=compiled)
    for name in ("released_fraction", "ready_fraction", "release_events"):
        assert np.array_equal(groups[0].states[name], groups[1].states[name])
    for name in groups[0].states.dtype.names or ():
        np.testing.assert_allclose(groups[1].states[name], groups[0].states[name], rtol=1e-9)


def test_ten_ticks_and_ten_more_are_twenty() -> None:
    whole, half = keyed(2, **DRAWN), keyed(2, **DRAWN)
    for i in range(20):
        run(whole, pairing(count=1).events, (i + 1) * MINUTE)
    for i in range(10):
        run(half, pairing(count=1).events, (i + 1) * MINUTE)
    stored = half.copy()
    for i in range(10, 20):
        run(stored, pairing(count=1).events, (i + 1) * MINUTE)
    assert np.array_equal(whole.states, stored.states)


def test_looking_up_often_changes_no_draw() -> None:
    groups = [keyed(2, **DRAWN) for _ in range(2)]
    run(groups[0], pairing(count=5).events, 8000.0)
    with chunks(1):
        run(groups[1], pairing(count=5).events, 8000.0)
    assert np.array_equal(groups[0].states, groups[1].states)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_order_of_synapses_changes_no_draw(order: tuple[int, ...]) -> None:
    own = [{"release_key": 11.0 * (i + 1), "release_probability": 0.1 * (i + 2)} for i in range(3)]
    events = [*train("pre", start=0.0, interval=20.0, count=6), Event(time=70.0, kind="post")]
    plain, moved = (
        make_group(3, values=DRAWN, per_synapse=[own[i] for i in places])
        for places in ((0, 1, 2), order)
    )
    run(plain, events, 300.0)
    run(moved, events, 300.0)
    assert_permuted(plain, moved, order)


def test_shorter_ticks_change_no_draw_and_little_weight() -> None:
    groups = [keyed(3, **DRAWN, fine_step=0.5 / f, tail_step=1.0 / f) for f in (1, 2)]
    for group in groups:
        run(group, pairing().events, 26 * MINUTE, compiled=True)
    drawn = [group.states["released_fraction"] for group in groups]
    assert np.array_equal(*drawn)
    np.testing.assert_allclose(weights(groups[1]), weights(groups[0]), atol=2e-3)
    assert len(set(weights(groups[0]))) == 3


def test_a_leap_may_be_split() -> None:
    """Vesicles refill exactly; nothing is drawn between spikes."""
    groups = [keyed(2, **DRAWN) for _ in range(2)]
    for group in groups:
        run(group, train("pre", start=0.0, interval=20.0, count=5), HOUR / 60)
    run(groups[0], [], HOUR)
    for i in range(60):
        run(groups[1], [], HOUR / 60 * (i + 1))
    for name in ("vesicle_fraction", "ready_fraction", "release_events", "release_key"):
        np.testing.assert_allclose(groups[0].states[name], groups[1].states[name], rtol=1e-12)
    np.testing.assert_allclose(weights(groups[0]), weights(groups[1]), atol=2e-6)


def test_it_may_be_switched_on_and_off_at_any_time() -> None:
    """The expectation goes on from what was drawn, and drawing from the expectation."""
    group = keyed(3, **DRAWN)
    for i, sites in enumerate((5.0, 0.0, 2.0, 0.0, 100.0)):
        group.base["parameters"]["release_sites"] = sites
        sim = prepare(group, train("pre", start=0.0, interval=15.0, count=4))
        sim.advance(100.0 * (i + 1))
        for name in ("vesicle_fraction", "released_fraction", "ready_fraction"):
            assert np.all((group.states[name] >= 0.0) & (group.states[name] <= 1.0))
