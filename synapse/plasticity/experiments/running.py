"""Run experiments: every setup once, on as many cores as there are."""

import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor

from synapse.plasticity.experiments.experiment import Condition, Experiment, Outcome, Result, Setup
from synapse.plasticity.group import Group, make_group
from synapse.plasticity.parameter_sets import preset_values
from synapse.plasticity.simulation import Progress, Simulation
from synapse.plasticity.stimulus import schedule

Values = Mapping[str, float]
ValuesOf = Callable[[str], Values]
"""The values (by name, over the defaults) of a preset by its name."""
Job = tuple[Experiment, tuple[Condition, ...]]
"""Conditions of an experiment that are read from the same run."""


def run_setup(setup: Setup, values: Values, *, compiled: bool = True) -> Outcome:
    """Return what a setup gives with the given parameters (by name, over the defaults)."""
    return complete(prepare(setup, values, compiled=compiled), setup)


def prepare(setup: Setup, values: Values, *, compiled: bool = True) -> Simulation:
    """Return the simulation of a setup, at its start."""
    group = make_group(
        setup.synapses, values={**values, **setup.values}, per_synapse=setup.per_synapse
    )
    settle(group)
    return Simulation(
        group,
        schedule(group, setup.events, start=0.0, named=range(setup.synapses)),
        bath=setup.bath,
        compiled=compiled,
        recorded=(0,) if setup.record else (),
    )


def complete(simulation: Simulation, setup: Setup, *, progress: Progress | None = None) -> Outcome:
    """Run a prepared simulation to the end of its setup, and return what it gave."""
    samples = {}
    for time in sorted(setup.samples):
        simulation.approach(time, until=setup.end, progress=progress)
        samples[time] = simulation.sample(time)
    simulation.advance(setup.end, progress=progress)
    return Outcome(simulation.group, samples, simulation.trace(0) if setup.record else None)


def settle(group: Group) -> None:
    """Put the receptors where they rest under the group's own parameters."""
    p = group.parameters
    group.states["total_ampa"] = p["baseline_ampa"]
    group.states["psd_ampa"] = (
        p["psd_fraction"] * p["baseline_ampa"] * (1.0 + group.states["late_weight"])
    )


def run_experiment(
    experiment: Experiment, *, values: Values | None = None, compiled: bool = True
) -> list[Result]:
    """Run every condition of one experiment with its preset and further ``values``."""
    return run_all([experiment], values=values, compiled=compiled)[experiment.name]


def run_all(
    experiments: Iterable[Experiment],
    *,
    values: Values | None = None,
    values_of: ValuesOf = preset_values,
    compiled: bool = True,
    done: Callable[[Experiment, Condition], None] | None = None,
    workers: int | None = None,
) -> dict[str, list[Result]]:
    """Run every condition of all experiments; return the results by experiment.

    ``values`` are laid over those of each preset, which ``values_of`` returns. Compiled
    code runs outside the interpreter's lock, so threads use all cores. The order of the
    results is that of the declarations.
    """
    jobs = [job for e in experiments for job in jobs_of(e)]

    def run(job: Job) -> list[Result]:
        experiment, conditions = job
        own = {**values_of(experiment.preset_of(conditions[0])), **(values or {})}
        outcome = run_setup(conditions[0].setup, own, compiled=compiled)
        results = [Result(c, c.read(outcome)) for c in conditions]
        for condition in conditions if done is not None else ():
            done(experiment, condition)  # type: ignore[misc]
        return results

    results: dict[str, list[Result]] = {}
    with ThreadPoolExecutor(workers or os.cpu_count()) as pool:
        for (experiment, _), part in zip(jobs, pool.map(run, jobs), strict=True):
            results.setdefault(experiment.name, []).extend(part)
    return results


def jobs_of(experiment: Experiment) -> list[Job]:
    """Return the runs of an experiment: neighbours that share a setup share a run."""
    runs: list[list[Condition]] = []
    for condition in experiment.conditions:
        last = runs[-1][-1] if runs else None
        if last and last.setup is condition.setup and last.preset == condition.preset:
            runs[-1].append(condition)
        else:
            runs.append([condition])
    return [(experiment, tuple(run)) for run in runs]
