"""One point of a sweep: plain data in, numbers out, in any process; no database."""

import os
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from synapse.plasticity.experiments.running import complete as complete_setup
from synapse.plasticity.experiments.running import jobs_of, prepare
from synapse.plasticity.group import Group
from synapse.plasticity.ordering import ORDERED
from synapse.plasticity.parameter_sets import preset_values
from synapse.plasticity.recording import VARIABLES
from synapse.plasticity.simulation import Simulation
from synapse.plasticity.stimulus import Protocol, schedule
from synapse.services.group_records import group_from, set_parameter, value_of

PEAK = "largest_calcium"
HELD = "held"
"""Readout of an experiment: how many of its conditions come out as published."""
Progress = Callable[[float], None] | None
Values = dict[str, float | None]


def protocol_point(
    job: Mapping[str, Any], changes: Mapping[str, float], *, progress: Progress = None
) -> Values:
    """Run a protocol from the job's start with changed parameters; return what came out.

    The last value of each traced variable, and the largest calcium on the way. Raises
    ``ValueError`` or ``ArithmeticError`` where the model cannot be run with the values.
    """
    group, place = start_of(job, changes), int(job["place"])
    protocol, largest = Protocol.from_json(job["protocol"]), -np.inf
    row = np.zeros(0)
    for _ in range(int(job["protocol"].get("repeat", 1))):
        planned = schedule(group, protocol.events, start=group.time, named=[place])
        simulation = Simulation(
            group, planned, bath=protocol.bath, compiled=bool(job["compiled"]), recorded=(place,)
        )
        simulation.advance(group.time + float(job["protocol"]["duration_ms"]), progress=progress)
        group.set_conditions({})
        trace = simulation.trace(place)
        row = trace[-1]
        largest = max(largest, float(trace[:, 1 + VARIABLES.index("calcium")].max()))
    values: Values = {name: float(v) for name, v in zip(VARIABLES, row[1:], strict=True)}
    values[PEAK] = largest
    return _finite(values)


def start_of(job: Mapping[str, Any], changes: Mapping[str, float]) -> Group:
    """Return the group at the start of a point, as if the parameters had been edited there."""
    group, place = group_from(job["start_state"], job["parameters"]), int(job["place"])
    for name, value in changes.items():
        set_parameter(group, name, value, place=place)
    for _, smaller, _, larger in ORDERED:
        low, high = (value_of(group, name, place=place) for name in (smaller, larger))
        if not low < high:
            raise ValueError(f"{smaller} must be less than {larger} ({high:g}); got {low:g}")
    return group


def experiment_point(
    job: Mapping[str, Any], changes: Mapping[str, float], *, progress: Progress = None
) -> Values:
    """Run every condition of an experiment with changed parameters; return what each gives."""
    from synapse.plasticity.experiments import EXPERIMENTS

    experiment = next(e for e in EXPERIMENTS if e.name == job["experiment"])
    values: Values = {}
    held = number = 0
    for _, conditions in jobs_of(experiment):
        own = preset_values(experiment.preset_of(conditions[0])) | dict(changes)
        simulation = prepare(conditions[0].setup, own, compiled=bool(job["compiled"]))
        outcome = complete_setup(simulation, conditions[0].setup, progress=progress)
        for condition in conditions:
            try:
                got = condition.read(outcome)
            except (ArithmeticError, IndexError, ValueError):
                got = None  # changed parameters left nothing to read
            values[f"condition_{number}"] = got
            held += got is not None and condition.published.holds(got)
            number += 1
    values[HELD] = float(held)
    return _finite(values)


def point(
    job: Mapping[str, Any], changes: Mapping[str, float], *, progress: Progress = None
) -> dict[str, Any]:
    """Return the entry of a point: its values, or why there are none."""
    compute = experiment_point if job["experiment"] else protocol_point
    try:
        return {"values": compute(job, changes, progress=progress)}
    except (ValueError, ArithmeticError) as error:
        return {"error": str(error) or type(error).__name__}


def remote_point(job: Mapping[str, Any], changes: Mapping[str, float]) -> dict[str, Any]:
    """Return the entry of a point, from a worker of a cluster."""
    os.environ.setdefault("NUMBA_NUM_THREADS", "1")
    return point(job, changes)


def _finite(values: Values) -> Values:
    return {n: v if v is not None and np.isfinite(v) else None for n, v in values.items()}
