"""(b) Ten hours of tagging and capture: leaps against steps."""

from dataclasses import replace
from typing import Any

from benchmarks.peers import ours
from benchmarks.peers.problem import Problem, from_events
from benchmarks.peers.tools import Brian2, Cable, differences, middle, say
from synapse.plasticity.bounds import HOUR, MINUTE
from synapse.plasticity.experiments.tagging import STRONG, WEAK, placed
from synapse.plasticity.protocols.field import SLICE_BATH, low_frequency

DT = 0.5
SHORT = 5 * MINUTE
"""Length of the runs that the cost of the slow peers is extrapolated from."""


def protocol(hours: float = 10.0) -> Problem:
    """Return a strong tetanus on one synapse, and a weak one 30 min later on another."""
    events = (*placed(STRONG, synapse=1, at=0.0), *placed(WEAK, synapse=0, at=30 * MINUTE))
    return from_events("tagging", events, hours * HOUR, synapses=2, values=SLICE_BATH)


def run(hours: float = 10.0, rounds: int = 5) -> dict[str, Any]:
    """Return CPU seconds: ours and Brian2 for all of it, the others from a shorter run."""
    problem = protocol(hours)
    rows: dict[str, Any] = {}
    found = {}
    for name, engine in ours.engines().items():
        engine(problem)
        runs = [engine(problem) for _ in range(rounds)]
        found[name] = runs[-1][1]
        rows[name] = {"cpu": middle([spent for spent, _ in runs]), "whole": True,
                      "synapse_ticks": float(found[name]["synapse_ticks"][0])}  # fmt: skip
    say("(b) Brian2, the whole ten hours (about two minutes)")
    whole = Brian2(problem, method="rk4", dt=DT)
    rows[f"brian2 rk4 {DT:g} ms"] = {"cpu": whole.run(), "whole": True}
    truth = whole.states()
    for name, row in rows.items():
        row["error"] = differences(truth, found[name]) if name in found else None
    for name, peer in short_peers(problem).items():
        spent = middle([peer.run() for _ in range(3)])
        rows[name] = {"cpu": spent * problem.duration / SHORT, "whole": False, "measured": spent}
    final = {n: truth[n].tolist() for n in ("w", "h", "z")}
    return {
        "hours": hours, "short_minutes": SHORT / MINUTE, "rows": rows, "final": final,
        "pulses": pulses(rounds),
    }  # fmt: skip


def pulses(rounds: int) -> dict[str, float]:
    """Return what one synapse takes for 900 field pulses at 1 Hz, group engine."""
    protocol = low_frequency()
    problem = from_events("pulses", protocol.events, protocol.duration, values=protocol.bath)
    return {"cpu": middle([ours.run_group(problem)[0] for _ in range(rounds)])}


def short_peers(problem: Problem) -> dict[str, Any]:
    """Return the peers on the first minutes of the protocol."""
    near = dict(problem.spikes)
    early = near["pre_t"] < SHORT
    near |= {"pre_t": near["pre_t"][early], "pre_i": near["pre_i"][early]}
    short = replace(problem, name="tagging-short", duration=SHORT, spikes=near)
    peers: dict[str, Any] = {
        f"brian2 exponential_euler {DT:g} ms": Brian2(short, method="exponential_euler", dt=DT)
    }
    for name in ("neuron", "coreneuron", "arbor"):
        peers[f"{name} {DT:g} ms"] = Cable(short, simulator=name, dt=DT)
    return peers
