"""All-ticks truth: a neuron that never leaps and never leaves out the calcium step.

It gets one more synapse, in the same cleft but with an astrocyte unit and a protein pool
of its own, whose EPSP of 0.06 mV (above the 0.05 mV that count as quiet) never decays.
That keeps the whole neuron active: each tick is at most ``tail_step`` long and computes
influx and detectors of every synapse. The extra synapse releases nothing and shares
nothing, so nothing else of the neuron changes.
"""

from collections.abc import Iterable, Mapping
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synapse.plasticity.group import Group, make_group
from synapse.plasticity.simulation import Simulation
from synapse.plasticity.stimulus import Event, schedule

HUM = {"epsp_decay": 0.06, "epsp_decay_time": 1e12, "potentiation_rate": 0.0}
"""What keeps the extra synapse awake (and its weight at rest)."""


def weights(group: Group) -> NDArray[np.float64]:
    """Return the committed weight of each synapse."""
    whole = group.parameters["psd_fraction"] * group.parameters["baseline_ampa"]
    return np.asarray(group.states["psd_ampa"] / whole)


def run(
    events: Iterable[Event],
    until: float,
    *,
    synapses: int = 1,
    compiled: bool = True,
    **values: Any,
) -> Simulation:
    """Return the simulation of one neuron after it went to ``until`` (ms)."""
    group = make_group(synapses, values=values)
    plan = schedule(group, events, start=0.0, named=range(synapses))
    sim = Simulation(group, plan, compiled=compiled)
    sim.advance(until)
    return sim


def tick_throughout(
    events: Iterable[Event],
    until: float,
    *,
    synapses: int = 1,
    step: float = 1.0,
    asleep: float = inf,
    values: Mapping[str, float] | None = None,
) -> Simulation:
    """Return the same run without a leap: every tick active and at most ``step`` ms long.

    From ``asleep`` (ms) on it leaps, to save time once every rising crossing lies behind.
    """
    steps = {"fine_step": min(0.5, step), "tail_step": step}
    group = make_group(synapses + 1, values={**(values or {}), **steps})
    awake = Group(
        neurons=group.neurons, clefts=group.clefts, states=group.states,
        parameters=group.parameters,
        astrocytes=np.repeat(group.astrocytes, 2), pools=np.repeat(group.pools, 2),
        neuron_of=group.neuron_of, cleft_of=group.cleft_of,
        astrocyte_of=np.array([0] * synapses + [1]), pool_of=np.array([0] * synapses + [1]),
    )  # fmt: skip
    awake.states["epsp_decay"][-1] = HUM["epsp_decay"]
    for name in ("epsp_decay_time", "potentiation_rate"):
        awake.base["parameters"][name][-1] = HUM[name]
    plan = schedule(awake, events, start=0.0, named=range(synapses))
    sim = Simulation(awake, plan, compiled=True)
    sim.advance(min(asleep, until))
    if until > asleep:
        sim.group.states["epsp_decay"][-1] = 0.0
        rest = [event for event in events if event.time >= asleep]
        plan = schedule(sim.group, rest, start=0.0, named=range(synapses))
        sim = Simulation(sim.group, plan, compiled=True)
        sim.advance(until)
    return sim
