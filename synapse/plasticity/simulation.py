"""A group on its way through a schedule: neurons in turn, from one exchange to the next.

Each neuron runs by itself (``engine.py``). Three things stop all of them at one time: a
change of bath or drugs, the end, and, where an astrocyte unit or protein pool serves
several neurons, the exchange of what they add to it.
"""

from collections.abc import Callable, Mapping, Sequence
from math import ceil, inf, log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synapse.plasticity import controller, engine, layout
from synapse.plasticity.cell import Cell, Events
from synapse.plasticity.cells import (
    as_objects,
    as_records,
    close_cell,
    open_cell,
    twin_cell,
    used_by,
)
from synapse.plasticity.exchange import CrossingPools, next_multiple
from synapse.plasticity.group import Group, check_time
from synapse.plasticity.recording import WIDTH
from synapse.plasticity.stimulus import Change, Schedule

Trace = NDArray[np.float64]
Progress = Callable[[float], None]

EXCHANGES_SKIPPED = 10
"""While only traces are at work, an exchange every so many intervals: 5e-4 in the weight."""
CHUNK_PYTHON = 2_000
CHUNK_COMPILED = 100_000
"""Ticks between two looks at progress and cancellation: about a tenth of a second."""


class Simulation:
    """A group, a schedule, and how far it has come.

    ``recorded`` lists places of synapses whose variables are kept after every tick;
    ``bath`` is laid over the group's own while the simulation lasts. ``advance`` may be
    called any number of times; ``group`` holds the result after each.
    """

    def __init__(
        self,
        group: Group,
        schedule: Schedule,
        *,
        bath: Mapping[str, float] | None = None,
        compiled: bool = False,
        recorded: Sequence[int] = (),
    ) -> None:
        self.group = group
        self._work = group.copy()
        self.schedule = schedule
        self.bath = dict(bath or {})
        self.compiled = compiled
        self.events = schedule.cells if compiled else [_as_lists(e) for e in schedule.cells]
        self.cursors = [0] * len(group.neurons)
        self.changes_done = 0
        self.ticks = 0
        self.members = [np.flatnonzero(group.neuron_of == i) for i in range(len(group.neurons))]
        self.recorded = [
            np.array([j for j, i in enumerate(own) if i in recorded], dtype=np.int64)
            for own in self.members
        ]
        self.traces: list[list[Trace]] = [[] for _ in group.neurons]
        self.exchanging = bool(
            (group.astrocytes["neurons"] > 1).any() or (group.pools["neurons"] > 1).any()
        )
        self.time = group.time
        self.exchange_at = inf
        self.cells: list[Cell] = []
        self.backups: list[Cell] = []

    def advance(self, until: float, *, progress: Progress | None = None) -> None:
        """Advance to ``until`` (ms, simulated), which cuts the last tick.

        ``progress`` is called with the simulated time now and then; an exception from it
        ends the run and leaves ``group`` as it was.
        """
        self.approach(inf, until=until, progress=progress)
        self._close()
        self.cells = []
        self.group.take(self._work)

    def approach(self, pause: float, *, until: float, progress: Progress | None = None) -> None:
        """Advance as ``advance(until)`` would, up to the last tick that ends by ``pause``.

        No tick is cut by ``pause``: neurons may stand at different times after it.
        """
        check_time(until)
        if not self.cells:
            self._begin()
        while self.time < until:
            self._apply_changes(self.time)
            stop = min(until, self._next_change(), self.exchange_at)
            for i in range(len(self.cells)):
                self._advance_cell(i, stop, pause, progress)
            if stop > pause:
                return
            self.time = stop
            if self.exchanging and (self.time >= self.exchange_at or self.time >= until):
                self.exchange_at = self._exchange(self.time)

    def sample(self, time: float) -> Group:
        """Return a copy of the group advanced to ``time``; the simulation is not changed."""
        twin = self.copy()
        twin.advance(time)
        return twin.group

    def copy(self) -> "Simulation":
        """Return an independent copy that records nothing."""
        other = Simulation(self._work.copy(), self.schedule, bath=self.bath, compiled=self.compiled)
        other.cursors, other.changes_done = list(self.cursors), self.changes_done
        other.time, other.exchange_at = self.time, self.exchange_at
        if self.cells:
            other.cells = [twin_cell(cell) for cell in self.cells]
            other.backups = [twin_cell(cell) for cell in other.cells]
        if self.exchanging:
            other.pools, other.exchanged = self.pools.copy(), self.exchanged
        return other

    def trace(self, synapse: int) -> Trace:
        """Return what was recorded of a synapse: rows by time and ``VARIABLES``."""
        for own, recorded, parts in zip(self.members, self.recorded, self.traces, strict=True):
            places = list(own[recorded])
            if synapse in places:
                first = 1 + WIDTH * places.index(synapse)
                rows = np.concatenate(parts) if parts else np.zeros((0, 1 + WIDTH * len(places)))
                return np.column_stack([rows[:, 0], rows[:, first : first + WIDTH]])
        raise ValueError(f"synapse {synapse} was not recorded")

    def _begin(self) -> None:
        self._open()
        if self.exchanging:
            self.pools, self.exchanged = CrossingPools(self._work), self.time
            self.exchange_at = self._exchange(self.time)

    # --- one neuron --------------------------------------------------------------------

    def _advance_cell(self, i: int, stop: float, pause: float, progress: Progress | None) -> None:
        chunk = CHUNK_COMPILED if self.compiled else CHUNK_PYTHON
        recorded = self.recorded[i]
        rows = chunk if len(recorded) else 0
        run: Any = _compiled().advance_cell if self.compiled else engine.advance_cell
        more = True
        while more:
            trace = np.empty((rows, 1 + WIDTH * len(recorded)))
            self.cursors[i], ticks, more = run(
                self.cells[i], self.backups[i], self.events[i], self.cursors[i],
                stop, pause, chunk, recorded, trace,
            )  # fmt: skip
            self.ticks += ticks
            if rows and ticks:
                self.traces[i].append(trace[:ticks].copy())
            if progress is not None:
                progress(self._time_of(i))

    def _time_of(self, i: int) -> float:
        n: Any = self.cells[i].neurons
        return float(n["time"][0] if self.compiled else n[0].time)

    # --- conditions --------------------------------------------------------------------

    def _next_change(self) -> float:
        changes = self.schedule.changes
        return changes[self.changes_done].time if self.changes_done < len(changes) else inf

    def _apply_changes(self, time: float) -> None:
        if self._next_change() > time:
            return
        if self.exchanging:
            self._exchange(time)
        self._close()
        while self._next_change() <= time:
            self._apply(self.schedule.changes[self.changes_done])
            self.changes_done += 1
        self._open()
        if self.exchanging:
            self.pools = CrossingPools(self._work)

    def _apply(self, change: Change) -> None:
        if change.kind == "bath":
            self._work.set_bath(change.name, change.value)
            self.bath.pop(change.name, None)
        elif change.value and change.name not in self._work.drugs:
            self._work.drugs.append(change.name)
        elif not change.value and change.name in self._work.drugs:
            self._work.drugs.remove(change.name)

    # --- records to cells and back -----------------------------------------------------

    def _open(self) -> None:
        """Put the conditions in force and give each neuron its own cell."""
        self._work.set_conditions(self.bath)
        self.cells = [open_cell(self._work, own, compiled=self.compiled) for own in self.members]
        self.backups = [twin_cell(cell) for cell in self.cells]

    def _close(self) -> None:
        """Write the cells back; what several neurons hold is taken from the first one."""
        for cell, own in zip(reversed(self.cells), reversed(self.members), strict=True):
            close_cell(self._work, own, cell)

    # --- pools that cross neurons ------------------------------------------------------

    def _exchange(self, time: float) -> float:
        """Exchange the pools that cross neurons; return the time of the next exchange."""
        active = any(self._is_active(i) for i in range(len(self.cells)))
        added = self._added_activity()
        self._close()
        self.pools.exchange(self._work, added, time - self.exchanged)
        self.exchanged = time
        self._open()
        interval = float(self._work.neurons["pool_exchange_interval"].max())
        following = next_multiple(time, interval)
        event = min((self._next_event(i) for i in range(len(self.cells))), default=inf)
        if active or event < following:
            return following
        rest = min(event, time + self._longest_without_exchange(interval))
        return max(following, ceil(rest / interval) * interval)

    def _longest_without_exchange(self, interval: float) -> float:
        """Return how long (ms) resting neurons can do without an exchange.

        A trace still moves weights, and with them the drive of a pool; without traces the
        drive falls back exponentially, so the end of synthesis can be foreseen.
        """
        limit = float(self._work.neurons["maximum_step"].min())
        if any(self._has_traces(i) for i in range(len(self.cells))):
            limit = min(limit, EXCHANGES_SKIPPED * interval)
        decay = float(self._work.parameters["early_weight_decay_time"].max())
        for pool in self._work.pools[self._work.pools["neurons"] > 1]:
            if pool["drive"] > 1.0:
                limit = min(limit, decay * log(pool["drive"]))
        return limit

    def _has_traces(self, i: int) -> bool:
        return controller.change_to_come(as_objects(self.cells[i])) >= controller.CROSSING_QUIET

    def _added_activity(self) -> NDArray[np.float64]:
        """Return what the neurons added to each astrocyte unit since the exchange, Hz."""
        added = np.zeros(len(self._work.astrocytes))
        for i, cell in enumerate(self.cells):
            units = used_by(self._work.astrocyte_of, self.members[i])
            added[units] += as_records(cell.astrocytes, layout.ASTROCYTE_RECORD)["contribution"]
        return added

    def _next_event(self, i: int) -> float:
        times, cursor = self.schedule.cells[i].times, self.cursors[i]
        return float(times[cursor]) if cursor < len(times) else inf

    def _is_active(self, i: int) -> bool:
        cell = as_objects(self.cells[i])
        n = cell.neurons[0]
        return controller.is_active(cell, n, n.time - n.last_spike)


def _as_lists(events: Events) -> Events:
    """Return events as plain Python numbers, which plain Python handles fastest."""
    return Events(*(np.asarray(column).tolist() for column in events))


def _compiled() -> Any:
    from synapse.plasticity import compiled

    return compiled
