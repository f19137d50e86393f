"""A population on its way through time: parts, exchanges, recording, checkpoints.

Thousands to millions of synapses of many neurons. Within an interval every synapse runs
by itself (``lanes``); at its end the synapses of a neuron, an astrocyte unit or a protein
pool exchange what they share. The interval is ``pool_exchange_interval``; it is ten times
as long once nothing has happened for ten intervals. This depends on the drive alone, so a
result does not depend on threads or on how a population is split.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synapse.plasticity import layout
from synapse.plasticity.exchange import next_multiple
from synapse.plasticity.group import LINK_OF, Group, check_time
from synapse.plasticity.lanes.drive import Drive
from synapse.plasticity.lanes.part import Part
from synapse.plasticity.recording import VARIABLES, WIDTH, record_synapse

SILENT = 10
"""Intervals without an event after which they become longer, and how many times."""

Progress = Callable[[float], None]


class PopulationSimulation:
    """A group of any number of neurons under a drive; its records are changed in place.

    ``recorded`` are places of synapses; of each the ``variables`` are kept at the end of
    every ``record_every``-th interval, in ``times`` (ms) and ``rows`` (times by synapses by
    variables).
    """

    def __init__(
        self,
        group: Group,
        drive: Drive,
        *,
        threads: int = 1,
        compiled: bool = True,
        recorded: Sequence[int] = (),
        variables: Sequence[str] = ("weight",),
        record_every: int = 1,
    ) -> None:
        self.group = group
        self.drive = drive
        self.part = Part(group, drive, threads=threads, compiled=compiled)
        self.recorder = Recorder(recorded, variables, every=record_every)
        self.begun = False

    @property
    def time(self) -> float:
        """Simulated time, ms."""
        return self.part.time

    @property
    def times(self) -> list[float]:
        """When variables were kept, ms."""
        return self.recorder.times

    @property
    def rows(self) -> list[NDArray[np.float64]]:
        """What was kept at those times, synapses by variables."""
        return self.recorder.rows

    @property
    def ticks(self) -> int:
        """Ticks done, summed over synapses."""
        return self.part.ticks

    def advance(self, until: float, *, progress: Progress | None = None) -> None:
        """Advance to ``until`` (ms), where an interval is cut.

        ``progress`` is called with the simulated time (ms), averaged over synapses, now and
        then; after an exception from it only ``restore`` makes the simulation usable.
        """
        check_time(until)
        for start, stop in exchange_times(
            self.time, until, interval=exchange_interval(self.group), last=self.drive.last_event
        ):
            if not self.begun:
                self.part.begin()
                self.part.exchange(self.part.brought(), 0.0)
                self.begun = True
            self.part.advance(stop, progress=self._report(start, stop, progress))
            self.part.exchange(self.part.brought(), stop - start)
            self.recorder.note(self.group)

    def _report(self, start: float, stop: float, progress: Progress | None) -> Any:
        if progress is None:
            return None
        whole = len(self.group.states)
        return lambda arrived: progress(start + (stop - start) * arrived / whole)

    # --- checkpoints -------------------------------------------------------------------

    def checkpoint(self) -> dict[str, NDArray[Any]]:
        """Return arrays from which ``restore`` goes on with the same bits."""
        return self.part.checkpoint() | self.recorder.checkpoint()

    def restore(self, kept: dict[str, NDArray[Any]]) -> None:
        """Go on from a checkpoint of the same population, drive and recording."""
        self.part.restore(kept)
        self.recorder.restore(kept)
        self.begun = True


class Recorder:
    """Some variables of some synapses, kept at the end of every so many intervals."""

    def __init__(
        self, synapses: Sequence[int], variables: Sequence[str], *, every: int = 1
    ) -> None:
        unknown = [name for name in variables if name not in VARIABLES]
        if unknown:
            raise ValueError(f"variables must be of {', '.join(VARIABLES)}; got {unknown[0]!r}")
        self.synapses = list(synapses)
        self.columns = [VARIABLES.index(name) for name in variables]
        self.every = every
        self.intervals = 0
        self.times: list[float] = []
        self.rows: list[NDArray[np.float64]] = []

    def note(self, group: Group) -> None:
        """Take notice of the end of an interval."""
        self.intervals += 1
        if self.synapses and self.intervals % self.every == 0:
            self.times.append(group.time)
            self.rows.append(read_variables(group, self.synapses)[:, self.columns])

    def checkpoint(self) -> dict[str, NDArray[Any]]:
        """Return what was kept so far, for ``restore``."""
        shape = (len(self.times), len(self.synapses), len(self.columns))
        return {
            "intervals": np.array(self.intervals),
            "recorded_times": np.array(self.times),
            "recorded_rows": np.array(self.rows).reshape(shape),
        }

    def restore(self, kept: Mapping[str, NDArray[Any]]) -> None:
        """Go on from a checkpoint."""
        self.intervals = int(kept["intervals"])
        self.times = list(kept["recorded_times"])
        self.rows = list(kept["recorded_rows"])


def exchange_interval(group: Group) -> float:
    """Return the interval of exchanges, ms: the shortest that a neuron asks for."""
    return float(group.neurons["pool_exchange_interval"].min())


def exchange_times(
    time: float, until: float, *, interval: float, last: float
) -> Iterator[tuple[float, float]]:
    """Return start and end (ms) of every interval from ``time`` to ``until``.

    They end at multiples of ``interval``, or of ten times it when the last event of the
    whole population (at ``last``) is ten intervals ago.
    """
    while time < until:
        step = interval if time < last + SILENT * interval else SILENT * interval
        stop = min(until, next_multiple(time, step))
        yield time, stop
        time = stop


def read_variables(group: Group, synapses: Sequence[int]) -> NDArray[np.float64]:
    """Return the recorded variables of some synapses, rows by synapses."""
    rows = np.zeros((len(synapses), WIDTH))
    places = np.array(synapses, dtype=np.intp)
    states = layout.to_objects(group.states[places])
    parameters = layout.to_objects(group.parameters[places])
    shared = [
        layout.to_objects(getattr(group, part)[getattr(group, link)[places]])
        for part, link in LINK_OF.items()
    ]
    for i, (s, p, *around) in enumerate(zip(states, parameters, *shared, strict=True)):
        record_synapse(rows[i], 0, s, p, *around)
    return rows


BYTES_SYNAPSE = 8 * (len(layout.STATE.names or ()) + 20)
BYTES_PARAMETERS = 3 * 8 * len(layout.PARAMETER.names or ())
"""Where each synapse has its own: in the group, in force, and without bath and drugs."""
BYTES_NEURON = 5 * 8 * 80
BYTES_AT_REST = 600_000_000
"""Of Python, NumPy and compiled code, with the first compilation."""


def memory_needed(
    synapses: int, neurons: int, *, heterogeneous: bool, recorded: int = 0, rows: int = 0
) -> int:
    """Return an upper estimate of the memory that a simulation takes, bytes."""
    each = BYTES_SYNAPSE + (BYTES_PARAMETERS if heterogeneous else 0)
    return BYTES_AT_REST + synapses * each + neurons * BYTES_NEURON + 8 * recorded * rows
