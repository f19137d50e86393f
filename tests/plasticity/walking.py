"""Helpers for the tests of the core: run a group, or walk it for a bounded number of ticks."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from math import isfinite, log
from typing import Any

from synapse.plasticity import simulation
from synapse.plasticity.components import COMPONENTS
from synapse.plasticity.group import Group
from synapse.plasticity.quantity import SNAP_TOLERANCE
from synapse.plasticity.simulation import Simulation
from synapse.plasticity.steps.step4_ampa_trafficking import committed_weight
from synapse.plasticity.stimulus import Event, schedule

STATES = {q.name: q for c in COMPONENTS for q in c.states}


def prepare(group: Group, events: Iterable[Event] = (), **options: Any) -> Simulation:
    """Return a simulation of the group, with all its synapses named."""
    plan = schedule(group, events, start=group.time, named=range(len(group.states)))
    return Simulation(group, plan, **options)


def run(group: Group, events: Iterable[Event], until: float, **options: Any) -> Simulation:
    """Return the simulation after it went to ``until`` (ms)."""
    sim = prepare(group, events, **options)
    sim.advance(until)
    return sim


def weights(group: Group) -> list[float]:
    """Return the committed weight of each synapse."""
    whole = group.parameters["psd_fraction"] * group.parameters["baseline_ampa"]
    return [float(w) for w in group.states["psd_ampa"] / whole]


class Enough(Exception):
    """The walk has done as many ticks as the test can afford."""


@contextmanager
def chunks(ticks: int) -> Iterator[None]:
    """Let plain Python look up from its work after every ``ticks`` ticks."""
    before = simulation.CHUNK_PYTHON
    simulation.CHUNK_PYTHON = ticks
    try:
        yield
    finally:
        simulation.CHUNK_PYTHON = before


def walk(sim: Simulation, until: float, *, looks: int, every: int = 20) -> None:
    """Advance towards ``until``, checking all invariants after every few ticks."""
    seen = 0

    def look(_: float) -> None:
        nonlocal seen
        check_invariants(sim)
        seen += 1
        if seen >= looks:
            raise Enough

    with chunks(every):
        try:
            sim.advance(until, progress=look)
        except Enough:
            return
    check_records(sim.group)


# --- what must hold at any time (model section 9) -------------------------------------------


def check_invariants(sim: Simulation) -> None:
    """Check every state that the cells hold now."""
    base = {name: float(sim.group.base["pools"][name].max()) for name in ("protein_synthesis",)}
    for cell in sim.cells:
        n = cell.neurons[0]
        check_states(n)
        at_most(n, "bap_fast", n.bap_amplitude)
        at_most(n, "bap_slow", n.bap_slow_maximum)
        for shared in (*cell.clefts, *cell.astrocytes, *cell.pools):
            check_states(shared)
        for unit in cell.astrocytes:
            at_most(unit, "log_scaling", log(unit.scaling_maximum))
            at_least(unit, "log_scaling", log(unit.scaling_minimum))
        for pool in cell.pools:
            at_most(pool, "plasticity_proteins", base["protein_synthesis"])
        for s, p in zip(cell.states, cell.parameters, strict=True):
            check_states(s)
            check_synapse(s, p)


def check_synapse(s: Any, p: Any) -> None:
    """Check the rules between the states and parameters of one synapse."""
    assert s.nmda_rise <= s.nmda_decay
    assert s.epsp_rise <= s.epsp_decay
    at_most(s, "psd_ampa", s.total_ampa)
    at_least(s, "early_weight", p.early_weight_minimum)
    at_most(s, "early_weight", p.early_weight_maximum)
    at_least(s, "late_weight", p.late_weight_minimum)
    at_most(s, "late_weight", p.late_weight_maximum)
    weight = committed_weight(s, p)
    assert isfinite(weight)
    assert weight >= 0.0


def check_states(record: Any) -> None:
    """Check that each declared state of a record is finite and inside its bounds."""
    for name in record.__slots__:
        quantity = STATES.get(name)
        if quantity is None:
            continue
        assert isfinite(getattr(record, name)), f"{name} is {getattr(record, name)}"
        if quantity.minimum is not None:
            at_least(record, name, quantity.minimum)
        if quantity.maximum is not None:
            at_most(record, name, quantity.maximum)


def at_least(record: Any, name: str, bound: float) -> None:
    value = getattr(record, name)
    assert value >= bound - slack(bound), f"{name} is {value!r}, below {bound!r}"


def at_most(record: Any, name: str, bound: float) -> None:
    value = getattr(record, name)
    assert value <= bound + slack(bound), f"{name} is {value!r}, above {bound!r}"


def slack(bound: float) -> float:
    """Return the round-off that is snapped to the bound before storing."""
    return SNAP_TOLERANCE * max(1.0, abs(bound))


def check_records(group: Group) -> None:
    """Check that nothing in the group's records is infinite or not a number."""
    for records in (group.neurons, group.clefts, group.astrocytes, group.pools, group.states):
        for name in records.dtype.names or ():
            if name != "last_spike":
                assert all(isfinite(value) for value in records[name]), name


def max_difference(first: Group, second: Group) -> float:
    """Return the largest difference between the states of two groups."""
    largest = 0.0
    for kind in ("neurons", "clefts", "astrocytes", "pools", "states"):
        one, two = getattr(first, kind), getattr(second, kind)
        for name in STATES:
            if name in (one.dtype.names or ()):
                largest = max(largest, float(abs(one[name] - two[name]).max()))
    return largest
