"""(a) The full model, ours against the peers, on the same spikes: cost and differences."""

from typing import Any

import numpy as np

from benchmarks.peers import ours
from benchmarks.peers.problem import Problem, from_events, poisson
from benchmarks.peers.tools import Brian2, Cable, States, differences, middle, say
from synapse.plasticity.protocols.pairing import pairing
from synapse.plasticity.stimulus import train

ROUNDS = 3
REFERENCE = ("rk4", 0.25)
"""The independent solution that everyone's error is measured against."""
VARIANTS = (("exponential_euler", 0.5), ("exponential_euler", 0.25), ("rk2", 0.5), ("rk2", 0.25),
            ("rk4", 1.0), ("rk4", 0.5))  # fmt: skip
CABLES = ("neuron", "coreneuron", "arbor")
STEPS = (0.5, 0.25)


def problems(*, seconds: float = 10.0, per_neuron: int = 100, neurons: int = 10) -> list[Problem]:
    """Return the Poisson problems and the protocols that change weights strongly."""
    size = {"per_neuron": per_neuron, "neurons": neurons}
    ltp = pairing(count=60, period=100.0)
    ltd = pairing(count=60, period=100.0, pairing_interval=-10.0)
    reward = train("dopamine", start=8000.0, interval=100.0, count=20, value=0.3)
    end = max(30.0, 60.0 * seconds) * 1000.0
    return [
        poisson(rate=10.0, seconds=seconds, **size),
        poisson(rate=1.0, seconds=seconds, **size),
        from_events("pairing +10 ms", ltp.events, end, values=ltp.bath),
        from_events("pairing -10 ms, dopamine", (*ltd.events, *reward), end, values=ltd.bath),
    ]


def run() -> dict[str, Any]:
    """Return, for each problem, the CPU seconds of every round and the differences."""
    found: dict[str, Any] = {}
    for problem in problems():
        found[problem.name] = run_problem(problem)
    return {"problems": found}


def run_problem(problem: Problem) -> dict[str, Any]:
    """Build everything, then let everyone run in turn, ``ROUNDS`` times."""
    say(f"(a) {problem.name}: {problem.synapses} synapses, {problem.duration / 1000:g} s; building")
    reference = Brian2(problem, method=REFERENCE[0], dt=REFERENCE[1])
    reference.run()
    truth = reference.states()
    peers: dict[str, Any] = {
        f"brian2 {method} {dt:g} ms": Brian2(problem, method=method, dt=dt)
        for method, dt in VARIANTS
    }
    for dt in STEPS:
        for name in CABLES:
            peers[f"{name} {dt:g} ms"] = Cable(problem, simulator=name, dt=dt)
    engines = ours.engines()
    for engine in engines.values():
        engine(problem)  # compiles
    times: dict[str, list[float]] = {name: [] for name in (*engines, *peers)}
    found: dict[str, States] = {}
    for number in range(ROUNDS):
        for name, engine in engines.items():
            spent, found[name] = engine(problem)
            times[name].append(spent)
        for name, peer in peers.items():
            times[name].append(peer.run())
        say(f"    round {number + 1} of {ROUNDS} done")
    found |= {name: peer.states() for name, peer in peers.items()}
    rows = {
        name: row(times[name], found[name], truth, found["group"], peers.get(name), problem)
        for name in times
    }
    return {**describe(problem, truth), "rows": rows, "same_method": same_method(found)}


def same_method(found: dict[str, States]) -> dict[str, dict[str, float]]:
    """Return how far the peers with one and the same method and step are apart."""
    return {
        name: differences(found[f"brian2 exponential_euler {STEPS[0]:g} ms"], found[name])
        for name in (f"{cable} {STEPS[0]:g} ms" for cable in CABLES)
    }


def describe(problem: Problem, truth: States) -> dict[str, Any]:
    """Return what the problem is, and how far its weights move."""
    return {
        "synapses": problem.synapses, "neurons": problem.neurons,
        "seconds": problem.duration / 1000.0, "pre_spikes": len(problem.spikes["pre_t"]),
        "post_spikes": len(problem.spikes["post_t"]),
        "change": {n: float(np.max(np.abs(truth[n] - (n in "hw")))) for n in ("h", "w", "z")},
    }  # fmt: skip


def row(
    times: list[float], found: States, truth: States, group: States, peer: Any, problem: Problem
) -> dict[str, Any]:
    """Return one simulator's numbers."""
    steps = peer.steps * problem.synapses if peer else float(found["synapse_ticks"][0])
    return {
        "cpu": middle(times), "rounds": times, "synapse_steps": steps,
        "error": differences(truth, found), "from_ours": differences(group, found),
        "build": getattr(peer, "build", None),
    }  # fmt: skip
