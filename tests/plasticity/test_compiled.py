"""The compiled functions are the plain ones: the same numbers, tick by tick."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synapse.plasticity import layout, simulation
from synapse.plasticity.bounds import HOUR, MINUTE
from synapse.plasticity.group import Group, make_group
from synapse.plasticity.protocols import PROTOCOLS
from synapse.plasticity.protocols.pairing import pairing
from synapse.plasticity.stimulus import Event, train
from tests.plasticity.strategies import Ingredients, events, ingredients
from tests.plasticity.walking import Enough, prepare, run, weights

PER_TICK = 1e-12
"""Relative. Both use the C library's exp and log and no fast-math; what differs is the
order in which LLVM may contract a multiply and an add, a few units in the last place."""
PER_RUN = 1e-9
"""Round-off of up to 1e5 ticks, each below 1e-15, in the worst case all of one sign; and a
tick planned differently where a tolerance of the controller is met to the last place."""

TETANUS_PAIR = [
    *train("field", start=10.0, interval=10.0, count=8, synapse=0),
    *train("post", start=25.0, interval=20.0, count=4),
    Event(time=60.0, kind="dopamine", value=2.0),
    Event(time=100.0, kind="bath", name="external_magnesium", value=0.5),
    Event(time=120.0, kind="drug", name="exocytosis-block"),
]


@contextmanager
def looking_after(ticks: int) -> Iterator[None]:
    """Let both back ends look up after every few ticks."""
    before = simulation.CHUNK_PYTHON, simulation.CHUNK_COMPILED
    simulation.CHUNK_PYTHON = simulation.CHUNK_COMPILED = ticks
    try:
        yield
    finally:
        simulation.CHUNK_PYTHON, simulation.CHUNK_COMPILED = before


def follow(group: Group, happened: Any, until: float, *, compiled: bool, most: int) -> Any:
    """Return all states after every tick, as rows of numbers by neuron."""
    sim = prepare(group, happened, compiled=compiled)
    rows: list[list[float]] = []

    def look(_: float) -> None:
        rows.append(numbers(sim))
        if len(rows) >= most:
            raise Enough

    with looking_after(1), suppress(Enough):
        sim.advance(until, progress=look)
    return rows


def numbers(sim: Any) -> list[float]:
    """Return every number that the cells of a simulation hold."""
    found: list[float] = []
    for cell in sim.cells:
        for held in (cell.neurons, cell.states, cell.clefts, cell.astrocytes, cell.pools):
            records = layout.to_objects(held) if isinstance(held, np.ndarray) else held
            found += [getattr(r, name) for r in records for name in r.__slots__]
    return found


def assert_close(plain: list[list[float]], compiled: list[list[float]], tolerance: float) -> None:
    assert len(plain) == len(compiled)
    for i, (one, two) in enumerate(zip(plain, compiled, strict=True)):
        np.testing.assert_allclose(two, one, rtol=tolerance, atol=1e-300, err_msg=f"tick {i}")


@pytest.mark.parametrize("neurons", [1, 2])
def test_every_tick_is_the_same(neurons: int) -> None:
    """Active ticks, leaps over crossings, exchanges, changes of conditions: 1e-12 each."""
    rows = [
        follow(
            make_group(2, neurons=neurons, neuron_of=(0, neurons - 1)),
            TETANUS_PAIR,
            HOUR,
            compiled=compiled,
            most=1500,
        )
        for compiled in (False, True)
    ]
    assert len(rows[0]) > 500
    assert_close(*rows, PER_TICK)


@given(made=ingredients(), data=st.data())
@settings(max_examples=60)
def test_every_tick_is_the_same_whatever_the_parameters(made: Ingredients, data: Any) -> None:
    """One tick after another from the same state, with anything inside the hard bounds.

    Extreme exponents (20) magnify the last place of their argument, so 1e-9 here.
    """
    happened = data.draw(events(synapses=made.synapses, longest=20.0, most=6))
    rows = [
        follow(made.group(), happened, 1000.0, compiled=compiled, most=60)
        for compiled in (False, True)
    ]
    assert_close(*rows, 1e-9)


@pytest.mark.parametrize("name", ["pairing", "theta-burst", "dopamine-delayed"])
def test_protocols_end_alike(name: str) -> None:
    protocol = PROTOCOLS[name]()
    until = min(protocol.duration, 20_000.0)
    plain, fast = (make_group(1) for _ in range(2))
    run(plain, protocol.events, until, bath=protocol.bath)
    run(fast, protocol.events, until, bath=protocol.bath, compiled=True)
    for field in plain.states.dtype.names or ():
        np.testing.assert_allclose(fast.states[field], plain.states[field], rtol=PER_RUN)
    assert weights(plain)[0] != 1.0


def test_recorded_traces_are_alike() -> None:
    traces = [
        run(make_group(2), TETANUS_PAIR, MINUTE, compiled=compiled, recorded=(1,)).trace(1)
        for compiled in (False, True)
    ]
    np.testing.assert_allclose(traces[1], traces[0], rtol=PER_RUN)


def test_compiled_twice_gives_the_same_bits() -> None:
    groups = [make_group(3) for _ in range(2)]
    for group in groups:
        run(group, pairing(count=5).events, HOUR, compiled=True)
    for field in groups[0].states.dtype.names or ():
        assert np.array_equal(groups[0].states[field], groups[1].states[field])


def test_compiled_ten_ticks_twice_are_twenty() -> None:
    whole, half = make_group(2), make_group(2)
    for i in range(20):
        run(whole, pairing(count=1).events, (i + 1) * MINUTE, compiled=True)
    for i in range(10):
        run(half, pairing(count=1).events, (i + 1) * MINUTE, compiled=True)
    stored = half.copy()
    for i in range(10, 20):
        run(stored, pairing(count=1).events, (i + 1) * MINUTE, compiled=True)
    for field in whole.states.dtype.names or ():
        assert np.array_equal(whole.states[field], stored.states[field])


def test_recording_changes_no_bit_of_compiled_code() -> None:
    plain, seen = make_group(2), make_group(2)
    run(plain, TETANUS_PAIR, HOUR, compiled=True)
    with looking_after(13):
        run(seen, TETANUS_PAIR, HOUR, compiled=True, recorded=(0, 1))
    for field in plain.states.dtype.names or ():
        assert np.array_equal(plain.states[field], seen.states[field])
