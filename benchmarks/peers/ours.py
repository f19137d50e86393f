"""The product's engines on a problem: time in CPU seconds, and the final states by symbol."""

import time
from collections.abc import Callable
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.peers.problem import STATES, Problem
from synapse.plasticity.cell import DOPAMINE, POST, PRE, Events
from synapse.plasticity.group import Group, make_group
from synapse.plasticity.simulation import Simulation
from synapse.plasticity.stimulus import Schedule, local_places

Result = tuple[float, dict[str, NDArray[np.float64]]]
SHARED = {"b_f": "neurons", "b_s": "neurons", "DA": "clefts", "A": "astrocytes",
          "lnH": "astrocytes", "p": "pools"}  # fmt: skip


def group_of(problem: Problem) -> Group:
    """Return the population at rest, each neuron with its own astrocyte unit and pool."""
    return make_group(
        problem.synapses,
        neurons=problem.neurons,
        neuron_of=problem.neuron_of.tolist(),
        shared_pools=False,
        values=problem.values,
    )


def schedule_of(problem: Problem, group: Group) -> Schedule:
    """Return the problem's spikes as the engine takes them."""
    local, spikes = np.array(local_places(group)), problem.spikes
    cells = []
    for neuron in range(problem.neurons):
        own = problem.neuron_of[spikes["pre_i"]] == neuron
        parts = [
            (spikes["pre_t"][own], PRE, local[spikes["pre_i"][own]], problem.cooperativity),
            (spikes["post_t"][spikes["post_i"] == neuron], POST, 0, 0.0),
            (spikes["da_t"], DOPAMINE, 0, problem.pulse),
        ]
        times = np.concatenate([p[0] for p in parts])
        kinds = np.concatenate([np.full(len(p[0]), p[1], dtype=np.int64) for p in parts])
        targets = np.concatenate([np.broadcast_to(p[2], len(p[0])) for p in parts])
        values = np.concatenate([np.full(len(p[0]), p[3]) for p in parts])
        order = np.argsort(times, kind="stable")
        cells.append(
            Events(times[order], kinds[order], targets[order].astype(np.int64), values[order])
        )
    return Schedule(tuple(cells), ())


def states(group: Group) -> dict[str, NDArray[np.float64]]:
    """Return all stored states and the weight, by symbol."""
    found = {
        symbol: np.array(getattr(group, SHARED.get(symbol, "states"))[q.name], dtype=np.float64)
        for symbol, q in STATES.items()
    }
    p = group.parameters
    found["w"] = found["N_psd"] / (p["psd_fraction"] * p["baseline_ampa"])
    return found


def run_group(problem: Problem) -> Result:
    """Run the group engine, compiled; all neurons have equally many synapses."""
    group, per_neuron = group_of(problem), problem.synapses / problem.neurons
    simulation = Simulation(group, schedule_of(problem, group), compiled=True)
    started = time.process_time()
    simulation.advance(problem.duration)
    spent = time.process_time() - started
    return spent, states(group) | {
        "synapse_ticks": np.array([float(simulation.ticks) * per_neuron])
    }


def run_population(problem: Problem, threads: int = 1) -> Result:
    """Run the population engine, compiled."""
    from synapse.plasticity.lanes.drive import follow_schedule
    from synapse.plasticity.population import PopulationSimulation

    group = group_of(problem)
    drive = follow_schedule(group, schedule_of(problem, group))
    simulation = PopulationSimulation(group, drive, threads=threads)
    started = time.process_time()
    simulation.advance(problem.duration)
    spent = time.process_time() - started
    return spent, states(group) | {"synapse_ticks": np.array([float(simulation.ticks)])}


def engines() -> dict[str, Callable[[Problem], Result]]:
    """Return the engines there are, by name."""
    found: dict[str, Callable[[Problem], Result]] = {"group": run_group}
    if find_spec("synapse.plasticity.population"):
        found["population"] = run_population
    return found


def versions() -> dict[str, Any]:
    """Return the versions of what the engines are built of."""
    return {name: version(name) for name in ("numpy", "numba")}
