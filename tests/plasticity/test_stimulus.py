"""Timed events: what is refused and how it is said, order, and the way to JSON and back."""

import json
from typing import Any

import pytest
from hypothesis import given

from synapse.plasticity.cell import DOPAMINE, POST, PRE
from synapse.plasticity.group import make_group
from synapse.plasticity.protocols import PROTOCOLS
from synapse.plasticity.protocols.pairing import pairing
from synapse.plasticity.stimulus import Event, Protocol, schedule, train
from tests.plasticity.strategies import events
from tests.plasticity.walking import run


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"kind": "spike", "time": 0.0}, ("kind", "spike", "pre, field, post")),
        ({"kind": "pre", "time": -1.0}, ("time", "-1", "ms", "0 to 1e+12")),
        ({"kind": "pre", "time": float("nan")}, ("time", "nan", "ms")),
        ({"kind": "pre", "time": 1e13}, ("time", "1e+12", "ms")),
        ({"kind": "pre", "time": 0.0, "value": 0.5}, ("pre", "at least 1", "0.5")),
        ({"kind": "pre", "time": 0.0, "value": 1e9}, ("pre", "at most 1000", "1e+09")),
        ({"kind": "pre", "time": 0.0, "value": float("nan")}, ("pre", "finite", "nan")),
        ({"kind": "dopamine", "time": 0.0, "value": -1.0}, ("dopamine", "at least 0", "uM", "-1")),
        ({"kind": "dopamine", "time": 0.0, "value": 1e5}, ("dopamine", "10000 uM", "100000 uM")),
        ({"kind": "bath", "time": 0.0, "name": "salt"}, ("bath", "external_calcium", "salt")),
        (
            {"kind": "bath", "time": 0.0, "name": "external_calcium", "value": -3.0},
            ("external_calcium", "at least 0 mM", "-3 mM"),
        ),
        ({"kind": "drug", "time": 0.0, "name": "tea"}, ("drug", "apv", "tea")),
        ({"kind": "drug", "time": 0.0, "name": "apv", "value": 0.5}, ("drug", "1", "0", "0.5")),
        ({"kind": "pre", "time": 0.0, "synapse": -1}, ("synapse", "at least 0", "-1")),
    ],
)
def test_a_bad_event_is_named(fields: dict[str, Any], words: tuple[str, ...]) -> None:
    """The message names the field, the value, the unit and the bound."""
    with pytest.raises(ValueError) as raised:  # noqa: PT011
        Event(**fields)
    for word in words:
        assert word in str(raised.value)


def test_an_event_for_a_synapse_that_is_not_there_is_named() -> None:
    group = make_group(2)
    event = Event(time=0.0, kind="pre", synapse=2)
    with pytest.raises(ValueError, match=r"synapse must be 0 to 1, .*; got 2"):
        schedule(group, [event], start=0.0, named=(0, 1))


def test_a_bad_bath_of_a_protocol_is_named() -> None:
    kind = {"name": "x", "title": "x", "meaning": "x", "events": ()}
    with pytest.raises(ValueError, match="external_calcium must be at least 0 mM; got -1 mM"):
        Protocol(**kind, bath={"external_calcium": -1.0})
    with pytest.raises(ValueError, match="bath must name one of"):
        Protocol(**kind, bath={"salt": 1.0})


def test_events_at_one_instant_act_in_order() -> None:
    """Pre, then post, then dopamine; whatever the order in which they are given."""
    given = [Event(time=5.0, kind=kind) for kind in ("dopamine", "post", "pre")]
    cell = schedule(make_group(1), given, start=100.0, named=(0,)).cells[0]
    assert list(cell.kinds) == [PRE, POST, DOPAMINE]
    assert list(cell.times) == [105.0] * 3


def test_conditions_change_before_events_of_the_same_instant() -> None:
    """A spike at the moment APV is added already finds the receptor blocked."""
    group = make_group(1)
    run(group, [Event(time=10.0, kind="pre"), Event(time=10.0, kind="drug", name="apv")], 12.0)
    assert group.states["glutamate_gate"][0] == 0.0


def test_an_event_for_nobody_in_particular_reaches_each_named_synapse_once() -> None:
    group = make_group(3, neurons=2, neuron_of=(0, 0, 1))
    given = [Event(time=0.0, kind=kind) for kind in ("pre", "post", "dopamine")]
    cells = schedule(group, given, start=0.0, named=(0, 1, 2)).cells
    assert list(cells[0].kinds) == [PRE, PRE, POST, DOPAMINE]
    assert list(cells[1].kinds) == [PRE, POST, DOPAMINE]
    cells = schedule(group, given, start=0.0, named=(2,)).cells
    # Only the named synapse and its neuron; dopamine is in the cleft of all.
    assert list(cells[0].kinds) == [DOPAMINE]
    assert list(cells[1].kinds) == [PRE, POST, DOPAMINE]
    assert list(cells[0].targets) == [0]


def test_a_field_pulse_recruits_the_neurons_own_cooperativity() -> None:
    group = make_group(1, values={"field_cooperativity": 3.5})
    given = [Event(time=0.0, kind="field"), Event(time=1.0, kind="pre")]
    assert list(schedule(group, given, start=0.0, named=(0,)).cells[0].values) == [3.5, 1.0]


def test_a_train_is_evenly_spaced() -> None:
    assert [e.time for e in train("pre", start=5.0, interval=2.5, count=4)] == [
        5.0,
        7.5,
        10.0,
        12.5,
    ]


def test_an_event_on_the_end_waits_for_the_next_run() -> None:
    """It is not delivered twice, and not lost if the same schedule goes on."""
    group = make_group(1)
    sim = run(group, [Event(time=50.0, kind="pre")], 50.0)
    assert group.states["released_fraction"][0] == 0.0
    sim.advance(51.0)
    assert group.states["released_fraction"][0] > 0.0


# --- protocols --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(PROTOCOLS))
def test_a_named_protocol_goes_to_json_and_back(name: str) -> None:
    protocol = PROTOCOLS[name]()
    assert protocol.name == name
    assert Protocol.from_json(json.loads(json.dumps(protocol.to_json()))) == protocol
    assert all(e.time <= protocol.duration for e in protocol.events)


@given(happened=events(synapses=3))
def test_any_protocol_goes_to_json_and_back(happened: list[Event]) -> None:
    protocol = Protocol(
        name="x", title="X", meaning="Y.", events=tuple(happened),
        bath={"external_calcium": 1.3}, duration=400.0,
    )  # fmt: skip
    assert Protocol.from_json(json.loads(json.dumps(protocol.to_json()))) == protocol


@pytest.mark.parametrize("interval", [-30.0, -10.0, 0.0, 10.0, 25.0])
def test_the_pairing_interval_is_post_minus_pre(interval: float) -> None:
    made = pairing(pairing_interval=interval, count=3, start=100.0).events
    pre = [e.time for e in made if e.kind == "pre"]
    post = [e.time for e in made if e.kind == "post"]
    assert [b - a for a, b in zip(pre, post, strict=True)] == [interval] * 3
    assert min(*pre, *post) == 100.0
