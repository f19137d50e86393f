"""Optional processes are off by default, and off means that no bit changes."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synapse.plasticity.components import COMPONENTS
from synapse.plasticity.group import Group, make_group
from synapse.plasticity.parameter_sets import FOLDER, preset_values
from synapse.plasticity.stimulus import Event, train
from tests.plasticity.strategies import PARAMETERS, inside
from tests.plasticity.walking import STATES, run

SWITCHES = {
    "stochastic vesicle release": {"release_sites"},
    "sliding thresholds": {"metaplasticity_gain"},
    "gliotransmission": {"d_serine_dependence", "adenosine_inhibition"},
    "acetylcholine": {"acetylcholine_depression_gain", "acetylcholine_potentiation_loss"},
    "structural plasticity": {"elimination_volume"},
}
ALL = set().union(*SWITCHES.values())
OTHERS = [name for name, q in PARAMETERS.items() if q.process and name not in ALL]
OPTIONAL_STATES = [name for name, q in STATES.items() if q.process and name != "spine_present"]

EVENTS = [
    *train("field", start=10.0, interval=15.0, count=8, synapse=0),
    *train("post", start=25.0, interval=20.0, count=4),
    Event(time=60.0, kind="dopamine", value=2.0),
    Event(time=90.0, kind="drug", name="bicuculline"),
    Event(time=120.0, kind="drug", name="exocytosis-block"),
]


def bits(group: Group) -> dict[str, bytes]:
    """Return every state that belongs to no optional process, to the last bit."""
    parts = (group.neurons, group.clefts, group.astrocytes, group.pools, group.states)
    return {
        name: records[name].tobytes()
        for records in parts
        for name in records.dtype.names or ()
        if name in STATES and not STATES[name].process
    }


def ran(*, compiled: bool, neurons: int = 1, **values: float) -> dict[str, bytes]:
    group = make_group(2, neurons=neurons, neuron_of=(0, neurons - 1), values=values)
    run(group, EVENTS, 3e5, compiled=compiled)
    return bits(group)


def test_every_process_has_its_switches_and_they_are_off() -> None:
    assert {q.process for c in COMPONENTS for q in c if q.process} == set(SWITCHES)
    for process, names in SWITCHES.items():
        for name in names:
            quantity = PARAMETERS[name]
            assert quantity.process == process
            assert quantity.default == quantity.minimum == 0.0


def test_no_preset_switches_one_on() -> None:
    for path in FOLDER.glob("*.json"):
        assert not ALL & set(preset_values(path.stem))


def random_values(draw: Any) -> dict[str, float]:
    """Return what an optional process may hold, with its switch off."""
    values = {name: draw(inside(PARAMETERS[name])) for name in OTHERS}
    for name in OPTIONAL_STATES:
        values[name] = draw(st.floats(0.0, STATES[name].maximum or 1e6))
    return values


@pytest.mark.parametrize("neurons", [1, 2])
@given(data=st.data())
@settings(max_examples=15)
def test_off_no_parameter_or_state_of_theirs_changes_a_bit(neurons: int, data: Any) -> None:
    values = random_values(data.draw)
    assert ran(compiled=False, neurons=neurons, **values) == ran(compiled=False, neurons=neurons)


@given(data=st.data())
@settings(max_examples=15)
def test_nor_in_compiled_code(data: Any) -> None:
    assert ran(compiled=True, **random_values(data.draw)) == ran(compiled=True)


@pytest.mark.parametrize("name", sorted(ALL))
def test_on_each_switch_does_something(name: str) -> None:
    """The negative control: the same comparison sees a process that is on."""
    values = {name: 0.7 if name != "release_sites" else 3.0}
    values |= {
        "postsynaptic_rate": 3.0, "d_serine": 0.5, "adenosine": 2.0, "acetylcholine": 5.0,
        "tonic_acetylcholine": 5.0, "spine_volume": 0.1, "structure_clock": 1e12,
    }  # fmt: skip
    assert ran(compiled=False, **values) != ran(compiled=False)


def test_all_of_them_together_are_alike_in_both_back_ends() -> None:
    values = {
        "release_sites": 3.0, "release_key": 7.0, "metaplasticity_gain": 0.1,
        "d_serine_dependence": 0.5, "adenosine_inhibition": 0.3, "elimination_volume": 0.5,
        "acetylcholine_depression_gain": 1.0, "acetylcholine": 3.0, "tonic_acetylcholine": 3.0,
    }  # fmt: skip
    groups = [make_group(2, values=values) for _ in range(2)]
    for group, compiled in zip(groups, (False, True), strict=True):
        run(group, EVENTS, 3.6e6, compiled=compiled)
    for name in groups[0].states.dtype.names or ():
        np.testing.assert_allclose(groups[1].states[name], groups[0].states[name], rtol=1e-9)
