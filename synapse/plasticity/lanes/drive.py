"""What reaches a population from outside: rates, spike trains, pulses of neuromodulators.

A Poisson spike time is a pure function of the seed, the number of the synapse or neuron
and how many spikes it had, so it depends neither on the order of work nor on how a
population is split.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf, log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synapse.plasticity.bounds import LATEST
from synapse.plasticity.cell import POST, PRE
from synapse.plasticity.chance import WORD, random_words
from synapse.plasticity.stimulus import Schedule

SECOND = 1000.0
"""Milliseconds: rates are in Hz, times are in ms."""
HIGHEST_RATE = 1000.0
"""Hz."""
SYNAPSES, NEURONS = 0, 1
"""Streams of random numbers, so that synapse 3 and neuron 3 do not spike alike."""

Numbers = NDArray[np.float64]
Counts = NDArray[np.int64]
Pulse = tuple[float, int, int, float]
"""Time (ms), kind, dopamine cleft (-1: all), amount (uM)."""


@dataclass(kw_only=True)
class Trains:
    """Spike times (ms) of many sources: those of source i are ``times[start[i]:start[i + 1]]``."""

    start: Counts
    times: Numbers

    @classmethod
    def of(cls, trains: Sequence[Any]) -> "Trains":
        """Return the trains of all sources, each in order of time.

        Raises ``ValueError`` for a time outside 0 to ``LATEST``.
        """
        start = np.concatenate([[0], np.cumsum([len(train) for train in trains])])
        if not start[-1]:
            return cls(start=start.astype(np.int64), times=np.zeros(0))
        parts = [np.sort(np.asarray(train, dtype=np.float64)) for train in trains]
        times = np.concatenate([*parts, np.zeros(0)])
        wrong = times[~((times >= 0.0) & (times <= LATEST))]
        if len(wrong):
            raise ValueError(f"time must be 0 to {LATEST:g} ms; got {wrong[0]:g} ms")
        return cls(start=start.astype(np.int64), times=times)

    def pick(self, sources: Counts) -> "Trains":
        """Return the trains of some sources."""
        lengths = np.diff(self.start)[sources]
        start = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        inside = np.arange(start[-1]) - np.repeat(start[:-1], lengths)
        return Trains(
            start=start, times=self.times[np.repeat(self.start[sources], lengths) + inside]
        )


@dataclass(kw_only=True)
class Drive:
    """Input of a population: each source spikes at a rate (Hz) or at given times.

    ``pre_rates`` has one number a synapse and ``post_rates`` one a neuron; where a rate is
    0 the source follows its train, if there are trains. ``pulses`` are (time in ms, kind:
    ``cell.DOPAMINE`` or ``cell.ACETYLCHOLINE``, dopamine cleft or -1 for all, uM).
    ``pre_values`` count co-active inputs of each time in ``pre_trains``, ``cooperativity``
    those of Poisson spikes.
    """

    pre_rates: Numbers
    post_rates: Numbers
    pre_trains: Trains | None = None
    pre_values: Numbers | None = None
    post_trains: Trains | None = None
    pulses: list[tuple[float, int, int, float]] = field(default_factory=list)
    cooperativity: float = 1.0
    seed: int = 0
    synapse_keys: Counts | None = None
    neuron_keys: Counts | None = None

    def __post_init__(self) -> None:
        for name, rates in (("pre_rates", self.pre_rates), ("post_rates", self.post_rates)):
            wrong = rates[~((rates >= 0.0) & (rates <= HIGHEST_RATE))]
            if len(wrong):
                raise ValueError(f"{name} must be 0 to {HIGHEST_RATE:g} Hz; got {wrong[0]:g} Hz")
        if self.synapse_keys is None:
            self.synapse_keys = np.arange(len(self.pre_rates), dtype=np.int64)
        if self.neuron_keys is None:
            self.neuron_keys = np.arange(len(self.post_rates), dtype=np.int64)

    @property
    def last_event(self) -> float:
        """Return when the last spike or pulse comes (ms); infinity with Poisson spikes."""
        if self.pre_rates.any() or self.post_rates.any():
            return inf
        trains = [t.times for t in (self.pre_trains, self.post_trains) if t is not None]
        times = [float(t.max()) for t in trains if len(t)] + [pulse[0] for pulse in self.pulses]
        return max(times, default=-inf)


def wait(seed: int, stream: int, key: int, count: int, rate: float) -> float:
    """Return the time (ms) from one Poisson spike of a source to its next, by its count."""
    words = random_words(seed, (key << 32) + count, stream)
    uniform = (words[0] + (words[1] + 0.5) / WORD) / WORD
    return -log(uniform) * SECOND / rate


def constant_rates(
    synapses: int, neurons: int, *, pre: float = 0.0, post: float = 0.0, seed: int = 0
) -> Drive:
    """Return Poisson spikes at one rate (Hz) at all synapses and one for all neurons."""
    return Drive(pre_rates=np.full(synapses, pre), post_rates=np.full(neurons, post), seed=seed)


def follow_schedule(group: Any, schedule: Schedule) -> Drive:
    """Return the spikes and pulses of a schedule without changes of conditions."""
    if schedule.changes:
        raise ValueError("a population cannot follow changes of bath or drugs")
    pre: list[list[tuple[float, float]]] = [[] for _ in group.states]
    post: list[list[float]] = [[] for _ in group.neurons]
    pulses: Counter[Pulse] = Counter()
    for neuron, events in enumerate(schedule.cells):
        own = np.flatnonzero(group.neuron_of == neuron)
        clefts = np.unique(group.cleft_of[own])
        heard: Counter[Pulse] = Counter()
        for time, kind, target, value in zip(*events, strict=True):
            if kind == PRE:
                pre[own[target]].append((float(time), float(value)))
            elif kind == POST:
                post[neuron].append(float(time))
            else:
                heard[float(time), int(kind), int(clefts[target]), float(value)] += 1
        pulses |= heard  # every neuron of a cleft hears of the same pulse
    return Drive(
        pre_rates=np.zeros(len(pre)),
        post_rates=np.zeros(len(post)),
        pre_trains=Trains.of([[time for time, _ in train] for train in pre]),
        pre_values=np.array([value for train in pre for _, value in train]),
        post_trains=Trains.of(post),
        pulses=sorted(pulses.elements()),
    )
