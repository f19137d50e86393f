"""Run experiments: every condition once, on as many cores as there are."""

import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor

from synapse.plasticity.experiments.experiment import Condition, Experiment, Outcome, Result, Setup
from synapse.plasticity.group import Group, make_group
from synapse.plasticity.parameter_sets import preset_values
from synapse.plasticity.simulation import Simulation
from synapse.plasticity.stimulus import schedule

Values = Mapping[str, float]


def run_setup(setup: Setup, values: Values, *, compiled: bool = True) -> Outcome:
    """Return what a setup gives with the given parameters (by name, over the defaults)."""
    group = make_group(
        setup.synapses, values={**values, **setup.values}, per_synapse=setup.per_synapse
    )
    settle(group)
    named = range(setup.synapses)
    simulation = Simulation(
        group,
        schedule(group, setup.events, start=0.0, named=named),
        bath=setup.bath,
        compiled=compiled,
        recorded=(0,) if setup.record else (),
    )
    samples = {}
    for time in sorted(setup.samples):
        simulation.approach(time, until=setup.end)
        samples[time] = simulation.sample(time)
    simulation.advance(setup.end)
    return Outcome(group, samples, simulation.trace(0) if setup.record else None)


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
    compiled: bool = True,
    done: Callable[[Experiment, Condition], None] | None = None,
    workers: int | None = None,
) -> dict[str, list[Result]]:
    """Run every condition of all experiments; return the results by experiment.

    Compiled code runs outside the interpreter's lock, so threads use all cores. The
    order of the results is that of the declarations.
    """
    jobs = [(e, c) for e in experiments for c in e.conditions]

    def run(job: tuple[Experiment, Condition]) -> Result:
        experiment, condition = job
        own = {**preset_values(experiment.preset), **(values or {})}
        result = Result(
            condition, condition.read(run_setup(condition.setup, own, compiled=compiled))
        )
        if done is not None:
            done(experiment, condition)
        return result

    results: dict[str, list[Result]] = {}
    with ThreadPoolExecutor(workers or os.cpu_count()) as pool:
        for (experiment, _), result in zip(jobs, pool.map(run, jobs), strict=True):
            results.setdefault(experiment.name, []).append(result)
    return results
