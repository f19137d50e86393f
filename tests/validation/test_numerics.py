"""Convergence: shorter ticks, and ticks instead of leaps, change the weight by little.

Model section 8 states 2e-3 in the weight for everything, 1e-3 against the same dt.
"""

from collections.abc import Iterable

import numpy as np
import pytest

from synapse.plasticity.bounds import HOUR, MINUTE, SECOND
from synapse.plasticity.components import COMPONENTS
from synapse.plasticity.group import Group, make_group
from synapse.plasticity.protocols.field import tetanus
from synapse.plasticity.protocols.pairing import pairing
from synapse.plasticity.simulation import Simulation
from synapse.plasticity.stimulus import Event, Protocol, schedule, train
from tests.validation.conftest import Note
from tests.validation.truth import run, tick_throughout, weights

pytestmark = pytest.mark.validation

TOLERANCE = 2e-3
SAME_STEP = 1e-3
CULTURE = {"external_calcium": 3.0}
FITTED = {q.name: q for c in COMPONENTS for q in c.parameters if q.evidence == "fitted"}

PROTOCOLS: dict[str, Protocol] = {
    "pairing +10 ms": pairing(),
    "pairing -10 ms": pairing(pairing_interval=-10.0),
    "21 at 100 Hz": tetanus(trains=1, pulses=21),
}


def induced(name: str, **values: float) -> float:
    """Return the weight 25 min after a protocol."""
    protocol = PROTOCOLS[name]
    sim = run(protocol.events, 26 * MINUTE, **{**protocol.bath, **values})
    return float(weights(sim.group)[0])


@pytest.mark.parametrize("name", PROTOCOLS)
def test_the_weight_converges_as_ticks_shorten(name: str, measured: Note) -> None:
    """Against 0.05 ms. The detectors read midpoints, so halving dt divides the error by
    about four; 1 ms may reach the tolerance, the default 0.5 ms stays well below it."""
    truth = induced(name, fine_step=0.05, tail_step=0.05)
    steps = (0.1, 0.25, 0.5, 1.0)
    off = [abs(induced(name, fine_step=dt, tail_step=dt) - truth) for dt in steps]
    off.append(abs(induced(name) - truth))
    measured(
        f"dt {name}",
        "  ".join(f"{dt}: {e:.1e}" for dt, e in zip((*steps, "default"), off, strict=True)),
    )
    assert off[2] < TOLERANCE / 2
    assert off[-1] < TOLERANCE
    assert off[0] < off[2] / 4


def near_the_calibration(seed: int) -> dict[str, float]:
    """Return every fitted value moved by up to 20 %, inside its hard bounds."""
    generator = np.random.default_rng(seed)
    return {
        name: float(np.clip(q.default * generator.uniform(0.8, 1.2), q.minimum, q.maximum))
        for name, q in FITTED.items()
    }


@pytest.mark.parametrize("seed", range(12))
def test_halving_the_ticks_changes_little_near_the_calibration(seed: int, measured: Note) -> None:
    """Of 250 draws with three protocols each, all but one held (the one of the next test)."""
    values = near_the_calibration(seed)
    off = {}
    for name in PROTOCOLS:
        usual = induced(name, **values)
        halved = induced(name, **{**values, "fine_step": 0.25, "tail_step": 0.5})
        off[name] = f"w {usual:.3f} {halved - usual:+.1e}"
        assert abs(halved - usual) < TOLERANCE, off
    measured(f"halved dt, draw {seed:2}", "  ".join(off.values()))


def test_a_grazed_threshold_is_a_jump_of_the_model(measured: Note) -> None:
    """The draw in which halving moves the weight by more than 2e-3.

    The early weight peaks within 3e-4 of the threshold of synthesis (that of the second
    calibration): with the default ticks proteins are made for minutes, with half of them
    never. The early weight differs as little as elsewhere; the rest is the late weight.
    """
    values, protocol = near_the_calibration(1137), PROTOCOLS["21 at 100 Hz"]
    values["potentiation_synthesis_threshold"] = 0.6
    states = []
    for steps in ({}, {"fine_step": 0.25, "tail_step": 0.5}):
        sim = run(protocol.events, 26 * MINUTE, **{**protocol.bath, **values, **steps})
        states.append(sim.group.states[0])
    early = float(states[1]["early_weight"] - states[0]["early_weight"])
    late = [float(state["late_weight"]) for state in states]
    measured("halved dt, grazed threshold", f"h {early:+.1e}  z {late[0]:.4f} or {late[1]:.4f}")
    assert abs(early) < SAME_STEP
    assert late[0] > 0.0
    assert late[1] == 0.0


def paired_with_dopamine() -> list[Event]:
    """Return 20 pairings at 1 Hz and, ten seconds later, a burst of dopamine."""
    pulses = train("dopamine", start=31 * SECOND, interval=33.0, count=10, value=0.3)
    return [*pairing(count=20).events, *pulses]


@pytest.mark.parametrize(("minutes", "step"), [(5, 1.0), (30, 1.0), (30, 0.5)])
@pytest.mark.slow
def test_leaps_after_pairing_equal_ticks(minutes: int, step: float, measured: Note) -> None:
    events, until = paired_with_dopamine(), minutes * MINUTE
    leaps = run(events, until, **CULTURE)
    ticks = tick_throughout(events, until, step=step, values=CULTURE)
    off = float(weights(leaps.group)[0] - weights(ticks.group)[0])
    measured(
        f"leap, pairing and dopamine, {minutes:2} min against {step} ms",
        f"w {weights(ticks.group)[0]:.6f} {off:+.1e}  {leaps.ticks} against {ticks.ticks} ticks",
    )
    assert abs(off) < (SAME_STEP if step == 1.0 else TOLERANCE)


@pytest.mark.slow
def test_leaps_over_two_hours_of_tagging_equal_ticks(measured: Note) -> None:
    """Where the first program was 3.2e-3 off: its rising crossings were not located."""
    events = tetanus().events
    leaps = run(events, 2 * HOUR)
    ticks = tick_throughout(events, 2 * HOUR)
    off = float(weights(leaps.group)[0] - weights(ticks.group)[0])
    measured(
        "leap, 2 h tagging against 1.0 ms",
        f"w {weights(ticks.group)[0]:.6f} {off:+.1e}  {leaps.ticks} against {ticks.ticks} ticks",
    )
    assert leaps.group.states["late_weight"][0] > 0.2
    assert abs(off) < TOLERANCE


@pytest.mark.parametrize(
    ("early_weight", "proteins"), [(1.01, 0.0), (1.1, 0.0), (1.5, 0.0), (1.5, 0.3), (0.5, 0.3)]
)
def test_a_leap_without_traces_may_be_split(
    early_weight: float, proteins: float, measured: Note
) -> None:
    """The longest leap, 10 min, or ten of 1 min: 1e-6, as model section 9.4 states."""
    values = {"early_weight": early_weight, "plasticity_proteins": proteins}
    off = split(make_group(1, values=values), [])
    measured(f"leap split in ten, h {early_weight}, p {proteins}", f"{off:+.1e}")
    assert abs(off) < 1e-6


def test_a_leap_just_after_pairing_may_be_split(measured: Note) -> None:
    """With traces the leap is short anyway; 1.6e-6 was measured with the first program."""
    off = split(make_group(1, values=CULTURE), pairing(count=20).events)
    measured("leap split in ten, after 20 pairings", f"{off:+.1e}")
    assert abs(off) < 5e-6


def split(group: Group, events: Iterable[Event]) -> float:
    """Return what it does to the weight to stop ten times on the way through 10 min."""
    start = 30 * SECOND
    whole = Simulation(group, schedule(group, events, start=0.0, named=(0,)), compiled=True)
    whole.advance(start)
    parts = whole.copy()
    whole.advance(start + 10 * MINUTE)
    for i in range(10):
        parts.advance(start + (i + 1) * MINUTE)
    return float(weights(parts.group)[0] - weights(whole.group)[0])
