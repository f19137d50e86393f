"""(d) Cost against the number of synapses, the simulated hours and the rate of spikes."""

import time
from collections.abc import Callable, Iterable
from typing import Any

from benchmarks.peers import ours
from benchmarks.peers.problem import Problem, from_events, poisson
from benchmarks.peers.tools import Brian2, middle, say
from synapse.plasticity.bounds import HOUR
from synapse.plasticity.protocols.pairing import pairing

PEER = ("rk2", 0.5)
SYNAPSES = (100, 300, 1_000, 3_000, 10_000)
HOURS = (0.1, 1.0, 10.0, 100.0)
RATES = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
PEER_AT = {100, 1_000, 10_000, 0.1, 1.0, 10.0}
"""Places on the curves where the peer is measured too; each takes a build."""
HOURS_OF_PEER = 1.0


def by_synapses(count: float) -> Problem:
    return poisson(rate=1.0, seconds=4.0, neurons=int(count) // 100, seed=3)


def by_hours(hours: float) -> Problem:
    protocol = pairing()
    return from_events(f"{hours:g} h", protocol.events, hours * HOUR, values=protocol.bath)


def by_rate(rate: float) -> Problem:
    return poisson(rate=rate, seconds=4.0, seed=4)


CURVES: dict[str, tuple[Iterable[float], Callable[[float], Problem]]] = {
    "synapses": (SYNAPSES, by_synapses),
    "hours": (HOURS, by_hours),
    "rate": (RATES, by_rate),
}


def run(rounds: int = 3, *, peers: bool = True) -> dict[str, Any]:
    """Return CPU seconds by curve, simulator and place on the curve."""
    engines = ours.engines()
    found: dict[str, Any] = {}
    for curve, (places, make) in CURVES.items():
        rows: dict[str, list[list[float]]] = {}
        for place in places:
            problem = make(place)
            say(f"(d) {curve} {place:g}")
            for name, engine in engines.items():
                engine(problem)
                spent = middle([engine(problem)[0] for _ in range(rounds)])
                rows.setdefault(name, []).append([place, spent])
            if peers and place in PEER_AT and not (curve == "hours" and place > HOURS_OF_PEER):
                peer = Brian2(problem, method=PEER[0], dt=PEER[1])
                spent = middle([peer.run() for _ in range(rounds)])
                rows.setdefault("brian2", []).append([place, spent])
        found[curve] = rows
    more = {"two_threads": two_threads(rounds)} if "population" in engines else {}
    return {"curves": found, "peer": f"brian2 {PEER[0]} {PEER[1]:g} ms", **more}


def two_threads(rounds: int) -> float:
    """Return how many times less time on the clock two threads take; medians, in turn."""
    problem = poisson(rate=10.0, seconds=4.0, neurons=40, seed=5)
    clocks: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(rounds):
        for threads, spent in clocks.items():
            started = time.perf_counter()
            ours.run_population(problem, threads)
            spent.append(time.perf_counter() - started)
    return middle(clocks[1]) / middle(clocks[2])
