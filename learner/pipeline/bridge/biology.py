"""The six-step synapse on a connection's events, reduced to one row an operation.

Calcium is a matter of milliseconds and the axis is one of hours: of each operation the
largest value is kept, and of what is slow the value at its end.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from learner.pipeline.bridge.code import Code, Spikes, protocol_of, starts_of
from learner.pipeline.bridge.receptor import Receptor
from synapse.plasticity import layout
from synapse.plasticity.experiments.running import settle
from synapse.plasticity.group import Group, make_group
from synapse.plasticity.recording import VARIABLES
from synapse.plasticity.simulation import Simulation
from synapse.plasticity.steps.step2_neuromodulation import pka_effect
from synapse.plasticity.steps.step3_weight_update import depression, potentiation
from synapse.plasticity.stimulus import Event, schedule

Rows = NDArray[np.float64]
COLUMN = {name: 1 + i for i, name in enumerate(VARIABLES)}
LARGEST = ("calcium", "dopamine", "pka_activity")
ENDS = (
    "early_weight", "late_weight", "weight", "tag", "plasticity_proteins", "psd_ampa",
    "potentiation_trace", "depression_trace",
)  # fmt: skip

PKA_QUIET = 1e-4
"""PKA activity below which its effect is taken as none."""


class Caused(NamedTuple):
    """What one operation's spikes will have changed once its traces are expressed."""

    up: float
    down: float
    dopamine: float
    """What its dopamine added, to its own traces and to those of earlier operations."""

    @property
    def change(self) -> float:
        """The change of the early weight, without its decay."""
        return self.up - self.down + self.dopamine


class Step(NamedTuple):
    """The synapse during one operation: largest values, and values at its end."""

    calcium: float
    dopamine: float
    pka_activity: float
    early_weight: float
    late_weight: float
    weight: float
    tag: float
    plasticity_proteins: float
    psd_ampa: float
    potentiation_trace: float
    depression_trace: float
    least_early: float
    largest_early: float
    vesicles: float
    gate: float
    moved: float
    """Change of the early weight from its beginning to its end."""
    late_moved: float
    up: float
    down: float
    by_dopamine: float
    decayed: float
    """What the early weight lost by returning to rest."""

    @property
    def caused(self) -> float:
        """Change of the early weight that this operation's own spikes and dopamine lead to."""
        return self.up - self.down + self.by_dopamine


class Biology(NamedTuple):
    """A row an operation, the synapse before the first, and its parameters by name."""

    steps: list[Step]
    rest: dict[str, float]
    parameters: dict[str, float]
    ticks: int


def prepare(code: Code, coded: Sequence[Spikes], values: Mapping[str, float], *,
            compiled: bool) -> Simulation:  # fmt: skip
    """Return the simulation of a synapse at rest, with these values over the defaults."""
    group = make_group(1, values=values)
    settle(group)
    protocol = protocol_of(code, coded, title="")
    # A pulse of nothing ends the tick where an operation begins.
    marks = [Event(time=t, kind="dopamine", value=0.0) for t in starts_of(code, len(coded))]
    planned = schedule(group, [*protocol.events, *marks], start=0.0, named=[0])
    return Simulation(group, planned, bath=protocol.bath, compiled=compiled, recorded=(0,))


def run(
    code: Code, coded: Sequence[Spikes], values: Mapping[str, float], *,
    compiled: bool = False, progress: Callable[[int], None] | None = None,
) -> Biology:  # fmt: skip
    """Return what a synapse with these values (by name, over the defaults) does.

    ``progress`` is called with the number of operations done.
    """
    simulation = prepare(code, coded, values, compiled=compiled)
    starts = starts_of(code, len(coded))
    end = starts[-1] + 1.0
    group = simulation.group
    group.set_conditions(simulation.bath)
    receptor, reader = Receptor(group), Reader(group)
    rows = _advance(simulation, starts[0], end)
    steps: list[Step] = []
    for i, spikes in enumerate(coded):
        before = rows[-1:]
        rows = np.concatenate([before, _advance(simulation, starts[i + 1], end)])
        release = receptor.spike([starts[i] + t for t in sorted(spikes.pre)])
        steps.append(reader.step(rows, release))
        if progress is not None:
            progress(i + 1)
    return Biology(steps, reader.rest, reader.by_name, simulation.ticks)


def _advance(simulation: Simulation, until: float, end: float) -> Rows:
    """Advance to a time at which a tick ends; return the rows recorded on the way."""
    simulation.approach(until, until=end)
    parts, simulation.traces[0] = simulation.traces[0], []
    return np.concatenate(parts)


class Reader:
    """Reduces the rows of one operation, with the synapse's parameters at hand."""

    def __init__(self, group: Group) -> None:
        self.p: Any = layout.to_objects(group.parameters[:1])[0]
        names = layout.PARAMETER.names or ()
        self.by_name = {name: float(group.parameters[name][0]) for name in names}
        for records in (group.neurons, group.clefts, group.astrocytes, group.pools):
            self.by_name |= {n: float(records[n][0]) for n in records.dtype.names or ()}
        self.rest = {"early_weight": float(group.states["early_weight"][0]),
                     "late_weight": float(group.states["late_weight"][0])}  # fmt: skip

    def step(self, rows: Rows, release: Any) -> Step:
        """Return one operation; the first row is the state before it."""
        first, last = rows[0], rows[-1]
        own = rows[1:]
        early = rows[:, COLUMN["early_weight"]]
        caused = self.caused(rows)
        largest = {name: float(own[:, COLUMN[name]].max()) for name in LARGEST}
        ends = {name: float(last[COLUMN[name]]) for name in ENDS}
        lost = np.trapezoid(early - 1.0, rows[:, 0]) / self.p.early_weight_decay_time
        return Step(
            **largest, **ends, least_early=float(early.min()), largest_early=float(early.max()),
            vesicles=release.vesicles, gate=release.gate, moved=float(early[-1] - early[0]),
            late_moved=float(last[COLUMN["late_weight"]] - first[COLUMN["late_weight"]]),
            up=caused.up, down=caused.down, by_dopamine=caused.dopamine, decayed=float(lost),
        )  # fmt: skip

    def caused(self, rows: Rows) -> Caused:
        """Return what the operation's spikes lead to.

        Traces are linear, so what is left of the older trace is taken off; the rest will be
        expressed at the weight there is now.
        """
        p = self.p
        added = [
            self._added(rows, name, time)
            for name, time in (
                ("potentiation_trace", p.potentiation_trace_time),
                ("depression_trace", p.depression_trace_time),
            )
        ]
        early = float(rows[0, COLUMN["early_weight"]])
        up = potentiation(added[0], added[1], 0.0, p) * (p.early_weight_maximum - early)
        down = depression(added[1], 0.0, p) * (early - p.early_weight_minimum)
        return Caused(float(up), float(down), self._by_dopamine(rows))

    def _added(self, rows: Rows, name: str, time: float) -> float:
        """Return the integral (ms) of what drove a trace: each tick is exact."""
        lengths = np.diff(rows[:, 0])
        trace, lengths = rows[:, COLUMN[name]], np.maximum(lengths, 1e-9)
        left = np.exp(-lengths / time)
        return float((trace[1:] - trace[:-1] * left) / -np.expm1(-lengths / time) @ lengths)

    def _by_dopamine(self, rows: Rows) -> float:
        """Return what PKA added to the change, over the operation."""
        p: Any = self.p
        pka, h = rows[:, COLUMN["pka_activity"]], rows[:, COLUMN["early_weight"]]
        if float(pka.max()) <= PKA_QUIET:
            return 0.0
        traces = rows[:, COLUMN["potentiation_trace"]], rows[:, COLUMN["depression_trace"]]
        effect: Any = np.array([pka_effect(x, p) if x > PKA_QUIET else 0.0 for x in pka.tolist()])
        none: Any = np.zeros(len(rows))
        up = potentiation(*traces, effect, p) - potentiation(*traces, none, p)  # type: ignore[arg-type]
        down = depression(traces[1], effect, p) - depression(traces[1], none, p)  # type: ignore[arg-type]
        rate = up * (p.early_weight_maximum - h) - down * (h - p.early_weight_minimum)
        return float(np.trapezoid(rate, rows[:, 0]))
