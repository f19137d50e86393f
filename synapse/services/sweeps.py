"""Sweeps: one or two parameters over ranges, each point from the same start."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from synapse.models import Run, RunStatus, Sweep, Synapse
from synapse.plasticity.components import COMPONENTS
from synapse.plasticity.experiments.experiment import Experiment
from synapse.plasticity.experiments.running import jobs_of
from synapse.plasticity.quantity import Component, Quantity
from synapse.plasticity.recording import VARIABLES
from synapse.plasticity.stimulus import schedule
from synapse.services import experiment_runs, run_queue, tasks
from synapse.services.experiment_pages import changeable, find_experiment
from synapse.services.run_records import parameters_json, state_json
from synapse.services.runs import SWEEP, Plan
from synapse.services.simulator import COMPILED_PAYS, SynapseSimulator, expected_work
from synapse.services.sweep_points import HELD, PEAK

MOST_AXES = 2
MOST_STEPS = 50
MOST_POINTS = 400
MOST_WORK = 200_000_000
"""Synapse-ticks of a whole sweep: some minutes on two cores."""
SCALES = ("linear", "log")
PARAMETERS: dict[str, tuple[Component, Quantity]] = {
    q.name: (c, q) for c in COMPONENTS for q in c.parameters if not q.fixed
}
READOUTS = ("weight", PEAK, *(name for name in VARIABLES if name not in ("weight", "calcium")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """One parameter over a range; raises ``ValueError`` for one that cannot be."""

    name: str
    start: float
    stop: float
    count: int
    scale: str = "linear"

    def __post_init__(self) -> None:
        if self.name not in PARAMETERS:
            raise ValueError(f"there is no parameter named {self.name[:60]} that may be changed")
        if self.scale not in SCALES:
            raise ValueError(f"the scale of {self.name} must be linear or log; got {self.scale}")
        if not 2 <= self.count <= MOST_STEPS:
            raise ValueError(
                f"the number of values of {self.name} must be 2 to {MOST_STEPS}; got {self.count}"
            )
        quantity = PARAMETERS[self.name][1]
        for value in (self.start, self.stop):
            quantity.check(value)
        if self.start == self.stop:
            raise ValueError(f"{self.name} must go from one value to another; got {self.start:g}")
        if self.scale == "log" and min(self.start, self.stop) <= 0:
            raise ValueError(
                f"a logarithmic range of {self.name} must be above 0; got "
                f"{min(self.start, self.stop):g} {quantity.unit}"
            )

    @property
    def values(self) -> list[float]:
        """The values, both ends included."""
        space = np.geomspace if self.scale == "log" else np.linspace
        found = [float(f"{v:.12g}") for v in space(self.start, self.stop, self.count)]
        return [self.start, *found[1:-1], self.stop]

    def to_json(self) -> dict[str, Any]:
        """Return the axis as a sweep keeps it."""
        component, quantity = PARAMETERS[self.name]
        return {
            "component": component.name, "quantity": quantity.name, "values": self.values,
            "scale": self.scale,
        }  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class SweepPlan:
    """What to sweep: the axes, and a protocol for so long or an experiment."""

    synapse: Synapse
    axes: Sequence[Axis]
    plan: Plan | None = None
    experiment: str = ""
    readout: str = ""

    def __post_init__(self) -> None:
        if not 1 <= len(self.axes) <= MOST_AXES:
            raise ValueError(f"a sweep has 1 to {MOST_AXES} parameters; got {len(self.axes)}")
        if len({axis.name for axis in self.axes}) < len(self.axes):
            raise ValueError(f"{self.axes[0].name} is named twice")
        if self.points > MOST_POINTS:
            sizes = " × ".join(str(axis.count) for axis in self.axes)
            raise ValueError(f"{sizes} is {self.points} simulations; at most {MOST_POINTS} may be.")
        if self.experiment:
            self._check_experiment()
        if self.work > MOST_WORK:
            raise ValueError(
                f"{self.points} simulations would take about {self.work:.2g} synapse-ticks; at "
                f"most {MOST_WORK:,} may be. Take fewer values or less time."
            )

    def _check_experiment(self) -> None:
        experiment = find_experiment(self.experiment)
        if experiment is None:
            raise ValueError(f"there is no experiment named {self.experiment[:60]}")
        for axis in self.axes:
            if axis.name not in changeable(experiment):
                raise ValueError(f"{axis.name} is set by the protocol of this experiment")

    @property
    def points(self) -> int:
        """How many simulations it takes."""
        return int(np.prod([axis.count for axis in self.axes]))

    @property
    def work(self) -> float:
        """Synapse-ticks in all, roughly."""
        return self.points * self.work_of_one

    @property
    def work_of_one(self) -> float:
        """Synapse-ticks of one point, roughly."""
        if self.experiment:
            jobs = jobs_of(_experiment(self.experiment))
            return sum(experiment_runs.expected_work(c[0].setup) for _, c in jobs)
        if self.plan is None:
            raise ValueError("a sweep needs a protocol or an experiment")
        simulator = SynapseSimulator(self.synapse, record=False)
        planned = schedule(
            simulator.group, self.plan.protocol.events, start=0.0, named=simulator.named
        )
        return self.plan.repeat * expected_work(simulator.group, planned, self.plan.duration)


def _experiment(name: str) -> Experiment:
    found = find_experiment(name)
    if found is None:
        raise ValueError(f"there is no experiment named {name[:60]}")
    return found


def readouts_of(experiment: str) -> dict[str, str]:
    """Return what can be read from each point, with its words."""
    if not experiment:
        words = {name: name.replace("_", " ") for name in READOUTS}
        return words | {PEAK: "calcium at its peak"}
    conditions = _experiment(experiment).conditions
    named = {f"condition_{i}": condition.label for i, condition in enumerate(conditions)}
    return {HELD: "conditions as published"} | named


def enqueue(*, plan: SweepPlan, owner: Any = None, title: str = "") -> Sweep:
    """Put a sweep into the queue; every point starts from the synapse's present state."""
    run_queue.check_room()
    readouts = readouts_of(plan.experiment)
    simulator = SynapseSimulator(plan.synapse, record=False)
    loaded = simulator.loaded
    start = {
        "start_state": state_json(loaded), "parameters": parameters_json(loaded),
        "place": simulator.named[0], "random_state": loaded.random_state,
        "compiled": plan.work > COMPILED_PAYS, "work_of_one": plan.work_of_one,
    }  # fmt: skip
    protocol = {} if plan.plan is None or plan.experiment else plan.plan.to_json()
    sweep = Sweep.objects.create(
        synapse=plan.synapse, owner=owner, visibility=plan.synapse.visibility,
        title=title or _title(plan), axes=[axis.to_json() for axis in plan.axes],
        protocol=protocol, experiment=plan.experiment, start_state=start, total=plan.points,
        readout=plan.readout if plan.readout in readouts else next(iter(readouts)),
    )  # fmt: skip
    tasks.compute_sweep.enqueue(sweep.pk)
    return sweep


def _title(plan: SweepPlan) -> str:
    names = " and ".join(axis.name for axis in plan.axes)
    if plan.experiment:
        return f"{names}, {_experiment(plan.experiment).title}"[:200]
    return f"{names}, {plan.plan.protocol.title if plan.plan else ''}"[:200]


def job_of(sweep: Sweep) -> dict[str, Any]:
    """Return what every point of a sweep needs, as plain data."""
    return {**sweep.start_state, "protocol": sweep.protocol, "experiment": sweep.experiment}


def changes_of(sweep: Sweep) -> list[dict[str, float]]:
    """Return the changed parameters of every point; the last axis changes fastest."""
    names = [axis["quantity"] for axis in sweep.axes]
    grid = product(*(axis["values"] for axis in sweep.axes))
    return [dict(zip(names, values, strict=True)) for values in grid]


def results_of(sweep: Sweep) -> Iterator[tuple[dict[str, float], Mapping[str, Any]]]:
    """Return each point with its entry; an empty one where it was not computed."""
    results = [*sweep.results, *([{}] * (sweep.total - len(sweep.results)))]
    return zip(changes_of(sweep), (entry or {} for entry in results), strict=True)


def go_on(*, sweep: Sweep, user: Any) -> None:
    """Queue a sweep again that did not end; points that were computed are kept."""
    run_queue.require_writable(sweep, user)
    early = (RunStatus.LOST, RunStatus.FAILED, RunStatus.CANCELLED)
    rows = Sweep.objects.filter(pk=sweep.pk, status__in=early)
    if not rows.update(status=RunStatus.QUEUED, cancel_requested=False, error="", finished=None):
        raise ValueError(f"Sweep {sweep.pk} did not end early.")
    tasks.compute_sweep.enqueue(sweep.pk)


def open_point(*, sweep: Sweep, number: int, user: Any) -> Run:
    """Queue one point as a run with a trace; it does not change the synapse."""
    run_queue.require_writable(sweep, user)
    if sweep.experiment or not 0 <= number < sweep.total:
        raise ValueError(f"Sweep {sweep.pk} has no run for point {number}.")
    changes = changes_of(sweep)[number]
    said = ", ".join(f"{name} {value:.6g}" for name, value in changes.items())
    return run_queue.enqueue(
        synapse=sweep.synapse, plan=Plan.from_json(sweep.protocol), title=said[:200],
        owner=user if user.is_authenticated else None,
        extra={SWEEP: {"sweep": sweep.pk, "point": number, "changes": changes}},
    )  # fmt: skip
