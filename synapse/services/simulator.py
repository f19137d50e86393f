"""``SynapseSimulator``: load once, compute, store once.

>>> simulator = SynapseSimulator(synapse)
>>> simulator.run(pairing(), duration=30 * MINUTE)
>>> simulator.weights()
>>> simulator.save()
"""

from collections.abc import Iterable, Iterator
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from synapse.models import Synapse
from synapse.plasticity import layout
from synapse.plasticity.bounds import MINUTE
from synapse.plasticity.cell import PRE
from synapse.plasticity.components import COMPONENTS
from synapse.plasticity.group import Group
from synapse.plasticity.protocols import rest
from synapse.plasticity.recording import WIDTH, record_synapse
from synapse.plasticity.simulation import Progress, Simulation, Trace
from synapse.plasticity.steps import step1_calcium_influx as step1
from synapse.plasticity.stimulus import Protocol, Schedule, schedule
from synapse.services.derived import derived_values
from synapse.services.population import load_group, store_group

BackEndChoice = Literal["auto", "python", "compiled"]

SHORTEST, LONGEST = 0.05, 1e11
"""Bounds of one run's simulated time, ms (three years)."""

TICKS_PER_SPIKE = 375
TICKS_PER_HOUR = 60
"""Engine ticks to expect, to choose the back end; the choice never changes the model."""
COMPILED_PAYS = 70_000
"""Synapse-ticks from which loading the compiled code pays; measured."""


class SynapseSimulator:
    """Simulates synapses, with every other synapse of their group.

    Events reach the synapses that were named; all others of the group advance as well.
    Nothing is stored before ``save``; an exception on the way leaves the database as it
    was.

    Parameters
    ----------
    synapses
        One synapse or several of one group (a queryset or list).
    seed
        Seeds the generator that anything random draws from; ``None`` goes on with the
        stored generator.
    back_end
        ``python``, ``compiled``, or ``auto``: compiled where the work pays for it.
    record
        Keep the variables of the named synapses after every tick of the engine.
    """

    def __init__(
        self,
        synapses: Synapse | Iterable[Synapse],
        *,
        seed: int | None = None,
        back_end: BackEndChoice = "auto",
        record: bool = True,
    ) -> None:
        self.synapses = [synapses] if isinstance(synapses, Synapse) else list(synapses)
        self.loaded = load_group(self.synapses)
        self.named = self.loaded.places(self.synapses)
        self.back_end = back_end
        self.used_back_end: str = "python"
        self.record = record
        self.ticks = 0
        self._traces: list[list[Trace]] = [[] for _ in self.named]
        if seed is not None or self.loaded.random_state is None:
            self.loaded.random_state = dict(np.random.default_rng(seed).bit_generator.state)
        self._draw_keys(renew=seed is not None)

    @property
    def group(self) -> Group:
        """The group's records, as they are now."""
        return self.loaded.group

    @property
    def time(self) -> float:
        """Simulated time, ms."""
        return self.group.time

    def tick(
        self, *, dt: float = MINUTE, protocol: Protocol | None = None, progress: Any = None
    ) -> NDArray[np.float64]:
        """Advance by ``dt`` (ms), delivering ``protocol`` from its start; return the weights.

        Ten ticks, ``save`` and ten more give the same bits as twenty.
        """
        self.run(protocol or rest(), duration=dt, progress=progress)
        return self.weights()

    def run(self, protocol: Protocol, *, duration: float, progress: Progress | None = None) -> None:
        """Advance by ``duration`` (ms) under a protocol that starts now."""
        for _ in self.sampled(protocol, duration=duration, every=duration, progress=progress):
            pass

    def sampled(
        self,
        protocol: Protocol,
        *,
        duration: float,
        every: float,
        progress: Progress | None = None,
    ) -> Iterator[tuple[float, Group]]:
        """Run as ``run`` does; yield time and group every ``every`` ms and at the end.

        Samples are taken from a copy and never cut a tick, so they change no result.
        """
        check_duration("duration", duration)
        check_duration("every", every)
        start, end = self.time, self.time + duration
        group = self.group
        simulation = self._simulation(group, protocol, duration)
        self._keep_start()
        time = start + every
        try:
            while time < end:
                simulation.approach(time, until=end, progress=progress)
                yield time, simulation.sample(time)
                time += every
            simulation.advance(end, progress=progress)
        finally:
            self.ticks += simulation.ticks
            self._keep_trace(simulation)
        group.set_conditions({})
        yield end, group

    def save(self) -> None:
        """Store the state in one transaction.

        Raises
        ------
        StateConflict
            Another writer stored a newer state; nothing is stored.
        """
        store_group(self.loaded)

    def weights(self) -> NDArray[np.float64]:
        """Return the committed weight of each named synapse (1 at rest)."""
        return committed_weights(self.group, self.named)

    def values(self) -> dict[str, dict[str, float]]:
        """Return stored and derived quantities of the first synapse, by accessor and name."""
        place = self.named[0]
        derived = derived_values(self.group, place)
        return {
            c.accessor: self.loaded.component(c, place)
            | {q.name: derived[q.name] for q in c.derived}
            for c in COMPONENTS
        }

    def trace(self, synapse: int = 0) -> Trace:
        """Return what was recorded of a named synapse: rows by time and ``VARIABLES``.

        The first row is the state before the first tick.
        """
        parts = self._traces[synapse]
        return np.concatenate(parts) if parts else np.zeros((0, 0))

    def expected_ticks(self, protocol: Protocol, duration: float) -> float:
        """Return the synapse-ticks that running a protocol (duration in ms) may take."""
        planned = schedule(self.group, protocol.events, start=self.time, named=self.named)
        return expected_work(self.group, planned, duration)

    def _draw_keys(self, *, renew: bool) -> None:
        """Let the generator key what is random; it moves on only if something is."""
        generator = np.random.default_rng()
        generator.bit_generator.state = self.loaded.random_state or {}
        if self.group.draw_keys(generator, renew=renew):
            self.loaded.random_state = dict(generator.bit_generator.state)

    def _simulation(self, group: Group, protocol: Protocol, duration: float) -> Simulation:
        planned = schedule(group, protocol.events, start=group.time, named=self.named)
        compiled = self._pays(planned, duration)
        self.used_back_end = "compiled" if compiled else self.used_back_end
        return Simulation(
            group, planned, bath=protocol.bath, compiled=compiled,
            recorded=self.named if self.record else (),
        )  # fmt: skip

    def _pays(self, planned: Schedule, duration: float) -> bool:
        if self.back_end != "auto":
            return self.back_end == "compiled"
        if self.used_back_end == "compiled":
            return True
        return expected_work(self.group, planned, duration) + self.ticks > COMPILED_PAYS

    def _keep_start(self) -> None:
        """Let a trace begin with the state before the first tick."""
        for own, place in zip(self._traces, self.named, strict=True):
            if self.record and not own:
                own.append(start_row(self.group, place))

    def _keep_trace(self, simulation: Simulation) -> None:
        if self.record:
            for own, place in zip(self._traces, self.named, strict=True):
                own.append(simulation.trace(place))


def start_row(group: Group, place: int) -> Trace:
    """Return one row of time and ``VARIABLES``, as the state is now."""
    neuron, cleft, astrocyte, pool = (
        layout.to_objects(records[of[place] : of[place] + 1])[0]
        for records, of in (
            (group.neurons, group.neuron_of), (group.clefts, group.cleft_of),
            (group.astrocytes, group.astrocyte_of), (group.pools, group.pool_of),
        )
    )  # fmt: skip
    (state,) = layout.to_objects(group.states[place : place + 1])
    (parameters,) = layout.to_objects(group.parameters[place : place + 1])
    step1.prepare_constants(parameters, neuron)
    row = np.empty((1, 1 + WIDTH))
    row[0, 0] = group.time
    record_synapse(row[0], 1, state, parameters, neuron, cleft, astrocyte, pool)
    return row


def expected_work(group: Group, planned: Schedule, duration: float) -> float:
    """Return the synapse-ticks that a run will take, roughly."""
    total = 0.0
    for i, events in enumerate(planned.cells):
        members = int((group.neuron_of == i).sum())
        spikes = int((np.asarray(events.kinds) <= PRE + 1).sum())
        total += members * (spikes * TICKS_PER_SPIKE + duration / (60 * MINUTE) * TICKS_PER_HOUR)
    return total


def committed_weights(group: Group, places: list[int]) -> NDArray[np.float64]:
    """Return the committed weights at some places of a group."""
    parameters = group.parameters[places]
    baseline = parameters["psd_fraction"] * parameters["baseline_ampa"]
    weights: NDArray[np.float64] = group.states["psd_ampa"][places] / baseline
    return weights


def check_duration(name: str, value: float) -> None:
    """Raise ``ValueError`` unless a simulated time (ms) is one that can be run."""
    if not SHORTEST <= value <= LONGEST:
        raise ValueError(f"{name} must be {SHORTEST:g} to {LONGEST:g} ms; got {value:g} ms")
