"""Cases with a known answer: steady states, exact decays, a single quantum."""

from math import exp, log
from typing import Any

import pytest

from synapse.plasticity.bounds import HOUR, SECOND
from synapse.plasticity.group import make_group
from synapse.plasticity.stimulus import Event, train
from tests.plasticity.walking import chunks, prepare, run, weights


@pytest.mark.parametrize(("probability", "interval"), [(0.5, 50.0), (0.186, 10.0), (0.9, 200.0)])
def test_depression_reaches_its_steady_state(probability: float, interval: float) -> None:
    """Tsodyks-Markram, tau_fac -> 0: before a spike x = (1 - E) / (1 - (1 - U) E)."""
    recovery = 800.0
    group = make_group(
        1,
        values={
            "release_probability": probability,
            "recovery_time": recovery,
            "facilitation_time": 1e-3,
        },
    )
    run(group, train("pre", start=0.0, interval=interval, count=200), 200 * interval)
    factor = exp(-interval / recovery)
    expected = (1.0 - factor) / (1.0 - (1.0 - probability) * factor)
    # 200 spikes: what is left of the transient is ((1 - U) E)^200 < 1e-15; round-off only.
    assert group.states["vesicle_fraction"][0] == pytest.approx(expected, rel=1e-9)


def test_facilitation_reaches_its_steady_state() -> None:
    """Before a spike u = U F / (1 - (1 - U) F), F = exp(-T/tau_fac)."""
    use, interval, time = 0.05, 50.0, 530.0
    group = make_group(1, values={"release_probability": use, "facilitation_time": time})
    run(group, train("pre", start=0.0, interval=interval, count=600), 600 * interval)
    factor = exp(-interval / time)
    expected = use * factor / (1.0 - (1.0 - use) * factor)
    assert group.states["utilisation"][0] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("level", [0.05, 0.5, 1.0])
def test_capture_at_a_constant_protein_level(level: float) -> None:
    """z = z_max (1 - exp(-p t/tau_z)): synthesis held open at the level p from the start."""
    group = make_group(
        1,
        values={
            "early_weight": 2.0,
            "early_weight_decay_time": 1e12,
            "plasticity_proteins": level,
            "protein_synthesis": level,
        },
    )
    run(group, [], 3 * HOUR)
    # The early weight falls by 1e-5 in 3 h, far from any threshold: the form is exact.
    assert group.states["late_weight"][0] == pytest.approx(1.0 - exp(-3.0 * level), rel=1e-9)


def test_the_early_weight_falls_back_exponentially() -> None:
    group = make_group(1, values={"early_weight": 1.15})
    run(group, [], 10 * HOUR)
    expected = 1.0 + 0.15 * exp(-10 * HOUR / (6884 * SECOND))
    assert group.states["early_weight"][0] == pytest.approx(expected, rel=1e-12)


def test_proteins_fall_exponentially_after_synthesis_stops() -> None:
    group = make_group(1, values={"plasticity_proteins": 0.7})
    run(group, [], 2 * HOUR)
    assert group.pools["plasticity_proteins"][0] == pytest.approx(0.7 * exp(-2.0), rel=1e-12)


def test_scaling_is_constant_at_the_target() -> None:
    """Activity at its target: nothing moves, whatever the scaling factor is now."""
    group = make_group(1, values={"log_scaling": 0.3})
    run(group, [], 100 * HOUR)
    assert group.astrocytes["log_scaling"][0] == 0.3
    assert group.astrocytes["activity"][0] == 1.0


def test_scaling_follows_its_closed_form() -> None:
    """Under TTX A = A_0 exp(-t/tau_A), and ln H is the integral of (A_0 - A)/(A_0 + A)."""
    group = make_group(1)
    run(group, [Event(time=0.0, kind="drug", name="ttx")], 48 * HOUR)
    fall = exp(-48.0 / 6.0)
    expected = (48.0 + 2.0 * 6.0 * log((1.0 + fall) / 2.0)) / 50.0
    assert group.astrocytes["activity"][0] == pytest.approx(fall, rel=1e-10)
    assert group.astrocytes["log_scaling"][0] == pytest.approx(expected, rel=1e-10)


def test_scaling_is_multiplicative() -> None:
    """48 h of TTX multiply weights of 0.6 to 1.9 by the same factor, to 1e-3."""
    late = (-0.4, -0.2, 0.0, 0.5, 0.9)
    own = [{"late_weight": z, "psd_ampa": 20.0 * (1.0 + z)} for z in late]
    group = make_group(5, per_synapse=own)
    run(group, [Event(time=0.0, kind="drug", name="ttx")], 48 * HOUR)
    factors = [w / (1.0 + z) for w, z in zip(weights(group), late, strict=True)]
    assert max(factors) / min(factors) - 1.0 < 1e-3
    assert 2.0 < factors[0] < 2.4  # 216.8 % measured for the third calibration


def test_dopamine_decays_exponentially() -> None:
    group = make_group(1)
    run(group, [Event(time=0.0, kind="dopamine", value=2.0)], 600.0)
    assert group.clefts["dopamine"][0] == pytest.approx(0.02 + 2.0 * exp(-3.0), rel=1e-12)


# --- release ---------------------------------------------------------------------------------


@pytest.mark.parametrize("released", [0.02, 0.3, 0.9])
def test_one_spike_is_its_release_times_one_quantum(released: float) -> None:
    """Both detectors give rel times the response to one quantum, at the same EPSP.

    The labile stage and the depression trace are linear in the detectors once the reset is
    off, so they show it. One quantum: utilisation 1 before the spike, so rel = 1.
    """
    quantum, spike = (traces_of_one_spike(rel) for rel in (1.0, released))
    assert quantum["potentiation_trace"] > 0.0
    assert quantum["depression_trace"] > 0.0
    for name, whole in quantum.items():
        # Linear but for round-off in some 300 ticks of order 1.
        assert spike[name] == pytest.approx(released * whole, rel=1e-11), name


def traces_of_one_spike(released: float) -> dict[str, float]:
    """Return the traces after one pre and one post spike with a given released fraction."""
    group = make_group(
        1,
        values={
            "labile_reset_rate": 0.0,
            "epsp_amplitude": 0.0,  # the EPSP held equal
            "external_calcium": 4.0,
            "release_probability": released if released < 1.0 else 0.5,
            "utilisation": 1.0 if released == 1.0 else 0.0,
        },
    )
    group.base["neurons"]["reference_calcium"] = 4.0  # so that rel = U
    run(group, [Event(time=0.0, kind="pre"), Event(time=5.0, kind="post")], 200.0)
    state = group.states[0]
    assert state["released_fraction"] == pytest.approx(released, rel=1e-12)
    names = ("labile_potentiation", "potentiation_trace", "depression_trace")
    return {name: float(state[name]) for name in names}


def test_a_certain_release_leaves_the_gate_as_it_is() -> None:
    """rel = 1 gives y = a = 1."""
    group = make_group(1, values={"utilisation": 1.0})
    run(group, [Event(time=0.0, kind="pre")], 0.5)
    assert group.states["released_fraction"][0] == 1.0
    assert group.states["release_given"][0] == 1.0


@pytest.mark.parametrize(("count", "interval"), [(20, 1000.0), (60, 20.0), (30, 5.0)])
def test_postsynaptic_spikes_alone_do_nothing(count: int, interval: float) -> None:
    """Without release h stays exactly 1; the weight within 1e-5, through scaling only."""
    group = make_group(1)
    run(group, train("post", start=0.0, interval=interval, count=count), HOUR)
    assert group.states["early_weight"][0] == 1.0
    assert group.states["potentiation_trace"][0] == 0.0
    assert group.states["depression_trace"][0] == 0.0
    assert weights(group)[0] == pytest.approx(1.0, abs=1e-5)


def test_a_silent_neighbour_stays_silent() -> None:
    """Pairing of one synapse leaves the other's early weight at exactly 1."""
    group = make_group(2)
    events = [
        *train("pre", start=0.0, interval=500.0, count=6, synapse=0),
        *train("post", start=10.0, interval=500.0, count=6),
    ]
    run(group, events, 10 * SECOND)
    assert group.states["early_weight"][0] != 1.0
    assert group.states["early_weight"][1] == 1.0


def test_without_reset_the_labile_stage_is_a_low_pass() -> None:
    """k_x = 0: once the detectors are quiet, L falls with tau_l whatever D was; and the
    potentiation trace does not depend on the depression detector at all."""
    pairs = [
        Event(time=0.0, kind="pre"),
        Event(time=5.0, kind="post"),
        Event(time=9.0, kind="post"),
    ]
    results = []
    for weight in (5.15, 0.0):  # with and without the depression detector's calcium
        values = {"labile_reset_rate": 0.0, "depression_vgcc_weight": weight}
        group = make_group(1, values=values | {"external_calcium": 3.0, "potentiation_veto": 0.0})
        seen: list[tuple[float, Any]] = []
        sim = prepare(group, pairs)

        def look(time: float, sim: Any = sim, seen: Any = seen) -> None:
            seen.append((time, sim.cells[0].states[0].labile_potentiation))

        with chunks(1):
            sim.advance(600.0, progress=look)
        late = [(t, x) for t, x in seen if t > 300.0]
        (t0, first), (t1, last) = late[0], late[-1]
        assert first > 0.0
        assert last == pytest.approx(first * exp(-(t1 - t0) / 44.4), rel=1e-6)
        results.append([x for _, x in seen])
    assert results[0][:200] == results[1][:200]
