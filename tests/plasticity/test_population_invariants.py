"""What must hold in a population at any time, and optional processes on and off."""

from math import log
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synapse.plasticity.bounds import MINUTE, SECOND
from synapse.plasticity.group import Group, make_group
from synapse.plasticity.lanes.drive import constant_rates
from synapse.plasticity.lanes.part import Part, uses_processes
from synapse.plasticity.population import PopulationSimulation
from synapse.plasticity.quantity import SNAP_TOLERANCE
from synapse.plasticity.stimulus import Event, train
from tests.plasticity.populating import (
    PARTS,
    apart,
    drive_by,
    numbers,
    own_clefts,
    populate,
    simulate,
    varied,
)
from tests.plasticity.strategies import Ingredients, events, ingredients, starts
from tests.plasticity.test_optional_off import ALL, OTHERS, random_values
from tests.plasticity.walking import STATES

EVENTS = [
    *train("field", start=10.0, interval=15.0, count=8, synapse=0),
    *train("post", start=25.0, interval=20.0, count=4),
    Event(time=60.0, kind="dopamine", value=2.0),
]
FIXED = ("fine_step", "tail_step", "maximum_step", "trace_step_fraction", "step_growth",
         "pool_exchange_interval", "fine_step_duration")  # fmt: skip
"""Left at their defaults, or a second may take a million ticks."""


def check(group: Group) -> None:
    """Check every state against its bounds, and the rules between states and parameters."""
    for part in PARTS:
        records = getattr(group, part)
        for name in set(records.dtype.names) & set(STATES):
            low, high = STATES[name].minimum, STATES[name].maximum
            assert np.isfinite(records[name]).all(), name
            between(records[name], -np.inf if low is None else low,
                    np.inf if high is None else high, name)  # fmt: skip
    s, p, n, a = group.states, group.parameters, group.neurons, group.astrocytes
    between(s["nmda_rise"], 0.0, s["nmda_decay"], "nmda_rise")
    between(s["epsp_rise"], 0.0, s["epsp_decay"], "epsp_rise")
    between(s["psd_ampa"], 0.0, s["total_ampa"], "psd_ampa")
    for name in ("early_weight", "late_weight"):
        between(s[name], p[f"{name}_minimum"], p[f"{name}_maximum"], name)
    between(n["bap_fast"], 0.0, n["bap_amplitude"], "bap_fast")
    between(n["bap_slow"], 0.0, n["bap_slow_maximum"], "bap_slow")
    low, high = np.log(a["scaling_minimum"]), np.log(a["scaling_maximum"])
    between(a["log_scaling"], low, high, "log_scaling")
    proteins = group.pools["plasticity_proteins"]
    between(proteins, 0.0, group.pools["protein_synthesis"], "plasticity_proteins")


def between(values: Any, low: Any, high: Any, name: str) -> None:
    """Check values against their bounds, but for round-off that is snapped when stored."""
    assert (values >= low - SNAP_TOLERANCE * np.maximum(1.0, np.abs(low))).all(), name
    assert (values <= high + SNAP_TOLERANCE * np.maximum(1.0, np.abs(high))).all(), name


@given(made=ingredients(without=FIXED), data=st.data())
@settings(max_examples=60)
def test_states_stay_within_their_bounds(made: Ingredients, data: Any) -> None:
    """From any state and with any parameters inside the hard bounds, and any events."""
    group = made.group(**data.draw(starts(made.values)))
    check(group)
    kinds = ("pre", "field", "post", "dopamine", "acetylcholine")
    happened = data.draw(events(synapses=made.synapses, longest=60.0, kinds=kinds))
    sim = PopulationSimulation(group, drive_by(group, happened))
    for until in (5.0, 80.0, 1500.0):
        sim.advance(until)
        check(group)
    assert (group.neurons["time"] == 1500.0).all()


@pytest.mark.parametrize("rate", [1.0, 100.0, 1000.0])
def test_states_stay_within_their_bounds_at_any_rate(rate: float) -> None:
    group = own_clefts(24, 4, per_synapse=varied(24))
    PopulationSimulation(group, constant_rates(24, 4, pre=rate, post=rate, seed=2)).advance(1500.0)
    check(group)
    assert group.astrocytes["log_scaling"][0] != 0.0
    assert group.astrocytes["log_scaling"][0] >= log(group.astrocytes["scaling_minimum"][0])


# --- optional processes -----------------------------------------------------------------------

ON = {
    "metaplasticity_gain": 0.3, "postsynaptic_rate": 3.0, "d_serine_dependence": 0.5,
    "d_serine": 0.6, "adenosine_inhibition": 0.3, "adenosine": 2.0,
    "acetylcholine_depression_gain": 1.0, "acetylcholine_potentiation_loss": 0.4,
    "acetylcholine": 3.0, "tonic_acetylcholine": 1.0, "elimination_volume": 0.5,
    "spine_volume": 0.7, "release_sites": 3.0, "release_key": 7.0,
}  # fmt: skip
SWITCHED = {
    "stochastic vesicle release": ("release_sites", "release_key"),
    "sliding thresholds": ("metaplasticity_gain", "postsynaptic_rate"),
    "gliotransmission": ("d_serine_dependence", "d_serine", "adenosine_inhibition", "adenosine"),
    "acetylcholine": ("acetylcholine_depression_gain", "acetylcholine_potentiation_loss",
                      "acetylcholine", "tonic_acetylcholine"),
    "structural plasticity": ("elimination_volume", "spine_volume"),
    "all": tuple(ON),
}  # fmt: skip


@pytest.mark.parametrize("process", sorted(SWITCHED))
def test_processes_do_what_they_do_in_a_group(process: str) -> None:
    values = {name: ON[name] for name in SWITCHED[process]}
    happened = [*EVENTS, Event(time=90.0, kind="acetylcholine", value=2.0)]
    one = simulate(make_group(3, values=values), happened, 2 * MINUTE)
    many = populate(make_group(3, values=values), happened, 2 * MINUTE)
    without = populate(make_group(3), happened, 2 * MINUTE)
    assert apart(one, many) < 3e-5
    assert apart(many, without) > 1e-5 or process == "structural plasticity"
    assert process != "structural plasticity" or (many.states["spine_volume"] != 0.7).all()
    for part, name in (
        ("neurons", "postsynaptic_rate"), ("astrocytes", "d_serine"), ("astrocytes", "adenosine"),
        ("clefts", "acetylcholine"), ("states", "spine_volume"), ("states", "release_events"),
    ):  # fmt: skip
        np.testing.assert_allclose(
            getattr(many, part)[name], getattr(one, part)[name], rtol=1e-4, err_msg=name
        )


def test_a_spine_is_lost_and_forms_as_in_a_group() -> None:
    """Elimination and formation are located within a millisecond."""
    values = {"elimination_volume": 0.5, "elimination_time": MINUTE, "formation_time": MINUTE}
    own = [{"early_weight": 0.4, "psd_ampa": 0.15, "spine_volume": 0.4}, {}]
    groups = [make_group(2, values=values, per_synapse=own) for _ in range(2)]
    for until, there in ((0.5, 1.0), (1.5, 0.0), (2.5, 1.0)):
        simulate(groups[0], [], until * MINUTE)
        populate(groups[1], [], until * MINUTE)
        one, many = (group.states["spine_present"].tolist() for group in groups)
        assert one == many == [there, 1.0]
        clocks = [group.states["structure_clock"] for group in groups]
        np.testing.assert_allclose(clocks[1], clocks[0], atol=10.0)
    assert groups[1].states["early_weight"][0] == 1.0


def test_each_process_is_noticed() -> None:
    """A population with any switch on runs the engine that has the processes."""
    assert not uses_processes(make_group(2))
    for name in sorted(ALL - {"release_sites"}):
        assert uses_processes(make_group(2, values={name: 0.5})), name
        assert uses_processes(make_group(2, per_synapse=[{}, {}], values={name: 1e-9})), name
    assert uses_processes(make_group(2, per_synapse=[{}, {"spine_present": 0.0}]))


def went(group: Group, *, processes: bool) -> dict[str, Any]:
    """Return the states after half a minute in one of the two compiled engines."""
    part = Part(group, drive_by(group, EVENTS), processes=processes)
    part.begin()
    part.exchange(part.brought(), 0.0)
    for until in (1.0, 2.0, 30.0):
        part.advance(until * SECOND)
        part.exchange(part.brought(), part.time)
    return numbers(group)


@given(data=st.data())
@settings(max_examples=10)
def test_off_the_engine_with_processes_and_the_one_without_agree(data: Any) -> None:
    """1e-9 relative: other code is fused otherwise. Parameters of the processes are idle."""
    values = random_values(data.draw)
    values |= {"acetylcholine": 0.0, "tonic_acetylcholine": 0.0}
    found = [went(make_group(2, values=values), processes=on) for on in (False, True)]
    for name, column in found[0].items():
        np.testing.assert_allclose(found[1][name], column, rtol=1e-9, atol=1e-15, err_msg=name)


@given(data=st.data())
@settings(max_examples=10)
def test_off_no_parameter_of_theirs_changes_a_bit(data: Any) -> None:
    """In either engine."""
    values = random_values(data.draw)
    for processes in (False, True):
        plain = went(make_group(2), processes=processes)
        other = went(make_group(2, values=values), processes=processes)
        for name, column in plain.items():
            if name in STATES and STATES[name].process:
                continue
            assert np.array_equal(column, other[name]), name
    assert len(OTHERS) > 5
