"""A group on its way through a schedule: neurons in turn, from one exchange to the next.

Each neuron runs by itself (``engine.py``). Three things stop all of them at one time: a
change of bath or drugs, the end, and, where an astrocyte unit or protein pool serves
several neurons, the exchange of what they add to it.
"""

from collections.abc import Callable, Sequence
from math import ceil, floor, inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synapse.plasticity import engine, layout
from synapse.plasticity.engine import Cell, Events
from synapse.plasticity.exchange import CrossingPools
from synapse.plasticity.group import Group
from synapse.plasticity.recording import WIDTH
from synapse.plasticity.stimulus import Change, Schedule

Trace = NDArray[np.float64]

CHUNK_PYTHON = 2_000
CHUNK_COMPILED = 100_000
"""Ticks between two looks at progress and cancellation: about a tenth of a second."""


class Simulation:
    """A group, a schedule, and how far it has come.

    ``recorded`` lists places of synapses whose variables are kept after every tick.
    ``advance`` may be called any number of times; ``group`` holds the result after each.
    """

    def __init__(
        self,
        group: Group,
        schedule: Schedule,
        *,
        compiled: bool = False,
        recorded: Sequence[int] = (),
    ) -> None:
        self.group = group
        self.schedule = schedule
        self.events = schedule.cells if compiled else [_as_lists(e) for e in schedule.cells]
        self.compiled = compiled
        self.bath: dict[str, float] = {}
        self.ticks = 0
        self.cursors = [0] * len(group.neurons)
        self.changes_done = 0
        self.members = [np.flatnonzero(group.neuron_of == i) for i in range(len(group.neurons))]
        self.recorded = [
            np.array([j for j, i in enumerate(own) if i in recorded], dtype=np.int64)
            for own in self.members
        ]
        self.order = [int(i) for own in self.members for i in own if i in recorded]
        self.traces: list[list[Trace]] = [[] for _ in group.neurons]
        self.exchanging = bool(
            (group.astrocytes["neurons"] > 1).any() or (group.pools["neurons"] > 1).any()
        )
        self.cells: list[Cell] = []
        self.backups: list[Cell] = []

    def advance(self, until: float, *, progress: Callable[[float], None] | None = None) -> None:
        """Advance to ``until`` (ms, simulated); call ``progress`` with the time now and then.

        An exception from ``progress`` ends the run and leaves ``group`` at its start.
        """
        self._open()
        time = self.group.time
        exchange_at = inf
        if self.exchanging:
            self.pools, self.exchanged = CrossingPools(self.group), time
            exchange_at = self._exchange(time)
        while time < until:
            self._apply_changes(time)
            stop = min(until, self._next_change(), exchange_at)
            for i in range(len(self.cells)):
                self._advance_cell(i, stop, progress)
            time = stop
            if self.exchanging and (time >= exchange_at or time >= until):
                exchange_at = self._exchange(time)
        self._close()

    def copy(self) -> "Simulation":
        """Return an independent copy that records nothing."""
        other = Simulation(self.group.copy(), self.schedule, compiled=self.compiled)
        other.cursors = list(self.cursors)
        other.changes_done = self.changes_done
        other.bath = dict(self.bath)
        return other

    def trace(self, synapse: int) -> Trace:
        """Return what was recorded of a synapse: rows by time and ``VARIABLES``."""
        for own, recorded, parts in zip(self.members, self.recorded, self.traces, strict=True):
            places = list(own[recorded]) if len(recorded) else []
            if synapse in places:
                first = 1 + WIDTH * places.index(synapse)
                rows = np.concatenate(parts) if parts else np.zeros((0, 1 + WIDTH * len(places)))
                return np.column_stack([rows[:, 0], rows[:, first : first + WIDTH]])
        raise ValueError(f"synapse {synapse} was not recorded")

    # --- one neuron --------------------------------------------------------------------

    def _advance_cell(
        self, i: int, stop: float, progress: Callable[[float], None] | None
    ) -> None:
        chunk = CHUNK_COMPILED if self.compiled else CHUNK_PYTHON
        recorded = self.recorded[i]
        rows = chunk if len(recorded) else 0
        cell, events = self.cells[i], self.events[i]
        run = _compiled().advance_cell if self.compiled else engine.advance_cell
        while self._time_of(i) < stop:
            trace = np.empty((rows, 1 + WIDTH * len(recorded)))
            self.cursors[i], ticks = run(
                cell, self.backups[i], events, self.cursors[i], stop, chunk, recorded, trace
            )
            self.ticks += ticks
            if rows:
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
            self.pools = CrossingPools(self.group)

    def _apply(self, change: Change) -> None:
        if change.kind == "bath":
            self.group.set_bath(change.name, change.value)
            self.bath.pop(change.name, None)
        elif change.value and change.name not in self.group.drugs:
            self.group.drugs.append(change.name)
        elif not change.value and change.name in self.group.drugs:
            self.group.drugs.remove(change.name)

    # --- records to cells and back -----------------------------------------------------

    def _open(self) -> None:
        """Put the conditions in force and give each neuron its own cell."""
        self.group.set_conditions(self.bath)
        self.cells = [self._cell(i) for i in range(len(self.group.neurons))]
        self.backups = [
            cell._replace(
                neurons=_twin(cell.neurons), states=_twin(cell.states),
                clefts=_twin(cell.clefts), astrocytes=_twin(cell.astrocytes),
                pools=_twin(cell.pools),
            )
            for cell in self.cells
        ]  # fmt: skip

    def _cell(self, i: int) -> Cell:
        group, own = self.group, self.members[i]
        clefts, astrocytes, pools = (
            _which(of, own) for of in (group.cleft_of, group.astrocyte_of, group.pool_of)
        )
        cast = (lambda records: records) if self.compiled else layout.to_objects
        counts = (len(own), 1, len(clefts), len(astrocytes), len(pools))
        kinds = (
            layout.FACTOR, layout.NEURON_FACTOR, layout.CLEFT_FACTOR,
            layout.ASTROCYTE_FACTOR, layout.POOL_FACTOR,
        )  # fmt: skip
        factors = [
            cast(np.zeros(3 * count, dtype=kind))
            for count, kind in zip(counts, kinds, strict=True)
        ]
        return Cell(
            cast(group.neurons[i : i + 1].copy()), cast(group.states[own]),
            cast(group.parameters[own]), cast(group.clefts[clefts]),
            cast(group.astrocytes[astrocytes]), cast(group.pools[pools]), *factors,
            self._places(group.cleft_of[own], clefts),
            self._places(group.astrocyte_of[own], astrocytes),
            self._places(group.pool_of[own], pools),
        )  # fmt: skip

    def _places(self, of: NDArray[np.intp], which: list[int]) -> Any:
        places = [which.index(int(place)) for place in of]
        return np.array(places, dtype=np.int64) if self.compiled else places

    def _close(self) -> None:
        """Write the cells back into the group's records.

        A dopamine cleft of several neurons is the same in all: the first one's is kept.
        """
        group = self.group
        for i in reversed(range(len(self.cells))):
            cell, own = self.cells[i], self.members[i]
            group.neurons[i : i + 1] = self._records(cell.neurons, layout.NEURON_RECORD)
            group.states[own] = self._records(cell.states, layout.STATE)
            for name, places, kind in (
                ("clefts", group.cleft_of, layout.CLEFT_RECORD),
                ("astrocytes", group.astrocyte_of, layout.ASTROCYTE_RECORD),
                ("pools", group.pool_of, layout.POOL_RECORD),
            ):
                getattr(group, name)[_which(places, own)] = self._records(getattr(cell, name), kind)

    def _records(self, held: Any, dtype: Any) -> layout.Records:
        if self.compiled:
            return np.asarray(held)
        records = np.zeros(len(held), dtype=dtype)
        layout.from_objects(held, records)
        return records

    # --- pools that cross neurons ------------------------------------------------------

    def _exchange(self, time: float) -> float:
        """Exchange the pools that cross neurons; return the time of the next exchange."""
        active = any(self._is_active(i) for i in range(len(self.cells)))
        added = self._added_activity()
        self._close()
        self.pools.exchange(self.group, added, time - self.exchanged)
        self.exchanged = time
        self._open()
        interval = float(self.group.neurons["pool_exchange_interval"].max())
        following = (floor(time / interval) + 1) * interval
        event = min((self._next_event(i) for i in range(len(self.cells))), default=inf)
        if active or event < following:
            return following
        rest = min(event, time + float(self.group.neurons["maximum_step"].min()))
        return max(following, ceil(rest / interval) * interval)

    def _added_activity(self) -> NDArray[np.float64]:
        """Return what the neurons added to each astrocyte unit since the exchange, Hz."""
        added = np.zeros(len(self.group.astrocytes))
        for i, cell in enumerate(self.cells):
            units = _which(self.group.astrocyte_of, self.members[i])
            records = self._records(cell.astrocytes, layout.ASTROCYTE_RECORD)
            added[units] += records["contribution"]
        return added

    def _next_event(self, i: int) -> float:
        times, cursor = self.schedule.cells[i].times, self.cursors[i]
        return float(times[cursor]) if cursor < len(times) else inf

    def _is_active(self, i: int) -> bool:
        n: Any = self.cells[i].neurons
        if self.compiled:
            n = layout.to_objects(n)
            cell = self.cells[i]._replace(
                states=layout.to_objects(np.asarray(self.cells[i].states)),
                parameters=layout.to_objects(np.asarray(self.cells[i].parameters)),
            )
        else:
            cell = self.cells[i]
        return bool(engine.is_active(cell, n[0], n[0].time - n[0].last_spike))


def _as_lists(events: Events) -> Events:
    """Return events as plain Python numbers, which plain Python handles fastest."""
    return Events(*(np.asarray(column).tolist() for column in events))


def _compiled() -> Any:
    from synapse.plasticity import compiled

    return compiled


def _which(of: NDArray[np.intp], own: NDArray[np.intp]) -> list[int]:
    """Return the places of the components that a neuron's synapses use."""
    return sorted({int(place) for place in of[own]})


def _twin(held: Any) -> Any:
    if isinstance(held, np.ndarray):
        return held.copy()
    twins = []
    for item in held:
        twin = type(item)()
        for name in item.__slots__:
            setattr(twin, name, getattr(item, name))
        twins.append(twin)
    return twins
