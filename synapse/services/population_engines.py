"""A population on this process, and how often a run is written down."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, Protocol

from synapse.plasticity.group import Group
from synapse.plasticity.lanes.drive import Drive
from synapse.plasticity.population import PopulationSimulation
from synapse.services.population_shares import Kept, Recording

Stops = list[tuple[float, float]]
"""Start and end of intervals, ms."""
SECONDS = 20.0
"""Of work between two checkpoints, where nobody said how often."""
SHARE = 20
"""Times as long as writing a checkpoint, at least, between two."""


class Engine(Protocol):
    """What runs a population, here or elsewhere."""

    @property
    def time(self) -> float:
        """Simulated time of ``checkpoint``, ms."""

    @property
    def ticks(self) -> int:
        """Ticks done, summed over synapses."""

    @property
    def begun(self) -> bool:
        """Whether there is anything to write down yet."""

    def run(self, stops: Any) -> Iterator[float]:
        """Run intervals; yield now and then which part of them is done (0 to 1)."""

    def checkpoint(self) -> Kept:
        """Return the state to go on from, at any moment at which ``run`` has yielded."""

    def restore(self, kept: Kept) -> None:
        """Go on from a checkpoint."""


class LocalEngine:
    """A population on the threads of this process."""

    def __init__(
        self,
        group: Group,
        drive: Drive,
        *,
        threads: int,
        recording: Recording,
        told: Callable[[float], None],
    ) -> None:
        self.simulation = PopulationSimulation(
            group, drive, threads=threads, recorded=recording.synapses,
            variables=recording.variables, record_every=recording.every,
        )  # fmt: skip
        self.told = told

    @property
    def time(self) -> float:
        """Simulated time, ms."""
        return self.simulation.time

    @property
    def ticks(self) -> int:
        """Ticks done, summed over synapses."""
        return self.simulation.ticks

    @property
    def begun(self) -> bool:
        """Whether there is anything to write down yet."""
        return self.simulation.begun

    def run(self, stops: Stops) -> Iterator[float]:
        """Run intervals; yield after each."""
        for number, (_, stop) in enumerate(stops, start=1):
            self.simulation.advance(stop, progress=self.told)
            yield number / len(stops)

    def checkpoint(self) -> Kept:
        """Return the state after the last interval."""
        return self.simulation.checkpoint()

    def restore(self, kept: Kept) -> None:
        """Go on from a checkpoint."""
        self.simulation.restore(kept)


class Pace:
    """How many intervals to run in one go, and when to write a checkpoint.

    With ``every`` (ms of simulated time) after each; otherwise by the clock on the wall.
    It changes no bit: a checkpoint is only ever taken where an interval ends anyway.
    """

    def __init__(self, every: float | None) -> None:
        self.every = every
        self.count = 1
        self.since = 0.0
        self.least = SECONDS

    def take(self, intervals: Iterator[tuple[float, float]]) -> Stops:
        """Return the next intervals."""
        if self.every is None:
            return list(islice(intervals, self.count))
        taken: Stops = []
        for start, stop in intervals:
            taken.append((start, stop))
            if stop >= taken[0][0] + self.every:
                break
        return taken

    def is_due(self, seconds: float) -> bool:
        """Say whether to write a checkpoint after intervals that took some seconds."""
        self.since += seconds
        if seconds < 0.25 * self.least:
            self.count = min(2 * self.count, 10_000)
        elif seconds > self.least:
            self.count = max(1, self.count // 2)
        return self.every is not None or self.since >= self.least

    def wrote(self, seconds: float) -> None:
        """Note that a checkpoint was written, and how long it took."""
        self.since = 0.0
        self.least = max(SECONDS, SHARE * seconds)
