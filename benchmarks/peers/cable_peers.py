"""The synapse in NEURON, CoreNEURON and Arbor: ``cable_peers.py SIMULATOR JOB``.

Runs in the peers' own environment. Steps 1 to 4 with the astrocyte and the proteins at rest
(see ``mechanisms/sixstep.mod``): a mechanism of these simulators sees its own synapse only,
while the pools add up those of a neuron. Prints nothing; writes ``result.npz`` and
``run.json`` with the CPU seconds of the run alone.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

MECHANISM = "sixstep"
NAMES = {"M": "Mk", "y": "yq"}
STATES = (
    "x", "u", "y", "m", "s_d", "s_r", "e_d", "e_r", "C_N", "C_V", "c_P", "c_D", "M", "L", "e_P",
    "e_D", "h", "N_psd", "N_tot",
)  # fmt: skip
PRE, POST, DOPAMINE = 1.0, 2.0, 3.0


def constants(v: dict[str, float]) -> dict[str, float]:
    """Return the parameters and what the document derives from them alone."""

    def hill(c: float, half: float, n: float) -> float:
        return float(c**n / (c**n + half**n))

    def peak(d: float, r: float) -> float:
        return float((r / d) ** (r / (d - r)) - (r / d) ** (d / (d - r)))

    released = [hill(v[c], v["K_U"], v["a_U"]) for c in ("Ca_o", "Ca_ref")]
    return {
        **v,
        "nu_N": 1 / peak(v["tau_N"], v["tau_Nr"]),
        "nu_e": 1 / peak(v["tau_epsp"], v["tau_er"]),
        "U_c": min(0.95, v["U"] * released[0] / released[1]),
        "gain": (v["Ca_o"] / v["Ca_ref"]) ** v["a_I"],
        "m_V_rest": float(1 / (1 + np.exp(-(v["V_rest"] - v["v_half"]) / v["v_k"]))),
        "th_P_n": v["th_P"] ** v["n_P"],
        "th_D_n": v["th_D"] ** v["n_D"],
        "R_1ref": hill(v["DA_ref"], v["K_1"], v["n_1"]),
        "R_2ref": hill(v["DA_ref"], v["K_2"], 1.0),
    }


PER_SYNAPSE = (
    "U", "U_c", "alpha_N", "g_nmda", "nu_N", "nu_e", "a_epsp", "V_rest", "E_syn", "A_f", "A_s",
    "A_smax", "f_0", "N_0", "n_co", "da_pulse",
)  # fmt: skip
"""What the mechanism declares as RANGE; the other parameters are GLOBAL."""


def globals_of(job: Path) -> list[str]:
    """Return the names of the mechanism's global parameters."""
    text = (job.parent / "mechanisms" / f"{MECHANISM}.mod").read_text()
    lines = [line for line in text.splitlines() if line.strip().startswith("GLOBAL")]
    names = {name.strip() for line in lines for name in line.replace("GLOBAL", "").split(",")}
    return sorted(names)


def events_of(problem: dict[str, Any], spikes: Any) -> list[list[tuple[float, float]]]:
    """Return (time, kind) of every synapse; at equal times pre comes first."""
    neuron_of = spikes["neuron_of"]
    events: list[list[tuple[float, float]]] = [[] for _ in neuron_of]
    for i, t in zip(spikes["pre_i"], spikes["pre_t"], strict=True):
        events[i].append((float(t), PRE))
    post: list[list[float]] = [[] for _ in range(problem["neurons"])]
    for i, t in zip(spikes["post_i"], spikes["post_t"], strict=True):
        post[i].append(float(t))
    for i, own in enumerate(events):
        own += [(t, POST) for t in post[neuron_of[i]]]
        own += [(float(t), DOPAMINE) for t in spikes["da_t"]]
        own.sort()
    return events


def run_neuron(job: Path, problem: dict[str, Any], spikes: Any, *, core: bool) -> tuple[float, Any]:
    """Run NEURON, or CoreNEURON on the same model in memory."""
    library = next((job.parent / "mechanisms").rglob("libnrnmech.so"))
    os.environ["CORENEURONLIB"] = str(library.with_name("libcorenrnmech.so"))
    from neuron import coreneuron, h

    h.nrn_load_dll(str(library))
    values = constants(problem["parameters"])
    for name in globals_of(job):
        setattr(h, f"{name}_{MECHANISM}", values[name])
    sections = [h.Section(name=f"n{i}") for i in range(problem["neurons"])]
    points = [getattr(h, MECHANISM)(sections[n](0.5)) for n in spikes["neuron_of"]]
    for point in points:
        for name in PER_SYNAPSE:
            setattr(point, name, values[name])
    kept = connect_neuron(h, points, events_of(problem, spikes))
    pc = h.ParallelContext()
    h.dt = problem["dt"]
    coreneuron.enable = core
    h.CVode().cache_efficient(True)
    pc.set_maxstep(10)
    h.finitialize(-70.0)
    started = time.process_time()
    pc.psolve(problem["duration"])
    spent = time.process_time() - started
    assert kept
    return spent, {n: [getattr(p, NAMES.get(n, n)) for p in points] for n in STATES}


def connect_neuron(h: Any, points: Any, events: list[list[tuple[float, float]]]) -> list[Any]:
    """Put each synapse's events into the queue; return what must stay alive."""
    links = []
    for point, own in zip(points, events, strict=True):
        for kind in (PRE, POST, DOPAMINE):
            times = [t for t, k in own if k == kind]
            if times:
                link = h.NetCon(None, point)
                link.delay, link.weight[0] = 1.0, kind
                links.append((link, times))

    def fill() -> None:
        for link, times in links:
            for t in times:
                link.event(t)

    return [links, h.FInitializeHandler(fill)]


def run_arbor(job: Path, problem: dict[str, Any], spikes: Any) -> tuple[float, Any]:
    """Run Arbor on one thread."""
    import arbor
    from arbor import units as U

    values = constants(problem["parameters"])
    chosen = ",".join(f"{name}={values[name]!r}" for name in globals_of(job))
    library = next((job.parent / "mechanisms").glob("*.so"))
    chosen, own = f"{MECHANISM}/{chosen}", {n: values[n] for n in PER_SYNAPSE}
    recipe = make_recipe(arbor, U, problem, spikes, (chosen, own), str(library))
    context = arbor.context(threads=1)
    simulation = arbor.simulation(recipe, context)
    started = time.process_time()
    handles = {
        (cell, name): simulation.sample(
            (cell, name), arbor.explicit_schedule([problem["duration"] * U.ms])
        )
        for cell in range(problem["neurons"])
        for name in STATES
    }
    simulation.run((problem["duration"] + problem["dt"]) * U.ms, problem["dt"] * U.ms)
    spent = time.process_time() - started
    found = {
        name: np.concatenate(
            [
                simulation.samples(handles[cell, name])[0][0][-1, 1:]
                for cell in range(problem["neurons"])
            ]
        )
        for name in STATES
    }
    return spent, found


def one_compartment(arbor: Any, mechanism: Any, synapses: Any) -> Any:
    """Return the smallest neuron there is, with its synapses."""
    tree, decor = arbor.segment_tree(), arbor.decor()
    ends = arbor.mpoint(-3, 0, 0, 3), arbor.mpoint(3, 0, 0, 3)
    tree.append(arbor.mnpos, *ends, tag=1)
    for i in synapses:
        decor.place("(location 0 0.5)", arbor.synapse(*mechanism), f"s{i}")
    return arbor.cable_cell(tree, decor, arbor.label_dict({}))


def generators(arbor: Any, U: Any, events: Any, synapses: Any) -> list[Any]:
    """Return the events of some synapses, one generator a kind."""
    return [
        arbor.event_generator(f"s{i}", kind, arbor.explicit_schedule(times))
        for i in synapses
        for kind in (PRE, POST, DOPAMINE)
        if (times := [t * U.ms for t, k in events[i] if k == kind])
    ]


def make_recipe(
    arbor: Any, U: Any, problem: dict[str, Any], spikes: Any, mechanism: Any, library: str
) -> Any:
    """Return the recipe: one compartment a neuron, with its synapses on it."""
    events, neurons = events_of(problem, spikes), range(problem["neurons"])
    own = [np.flatnonzero(spikes["neuron_of"] == gid) for gid in neurons]
    probe = arbor.cable_probe_point_state_cell

    class Recipe(arbor.recipe):  # type: ignore[misc]
        def num_cells(self) -> int:
            return len(neurons)

        def cell_kind(self, gid: int) -> Any:
            return arbor.cell_kind.cable

        def cell_description(self, gid: int) -> Any:
            return one_compartment(arbor, mechanism, own[gid])

        def event_generators(self, gid: int) -> list[Any]:
            return generators(arbor, U, events, own[gid])

        def probes(self, gid: int) -> list[Any]:
            return [probe(mechanism[0], NAMES.get(n, n), n) for n in STATES]

        def global_properties(self, kind: Any) -> Any:
            properties = arbor.neuron_cable_properties()
            properties.catalogue = arbor.load_catalogue(library)
            return properties

    return Recipe()


def main(simulator: str, job: Path) -> None:
    problem = json.loads((job / "problem.json").read_text())
    spikes = np.load(job / "spikes.npz")
    if simulator == "arbor":
        spent, found = run_arbor(job, problem, spikes)
    else:
        spent, found = run_neuron(job, problem, spikes, core=simulator == "coreneuron")
    found = {name: np.asarray(values) for name, values in found.items()}
    found["w"] = found["N_psd"] / (problem["parameters"]["f_0"] * problem["parameters"]["N_0"])
    np.savez(job / "result.npz", **found)
    (job / "run.json").write_text(json.dumps({"cpu": spent}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
