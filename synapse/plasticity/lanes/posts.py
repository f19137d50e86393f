"""The neurons' spikes and the pulses of neuromodulators, interval by interval."""

from math import inf
from typing import Any

import numpy as np

from synapse.plasticity.lanes.drive import NEURONS, Drive, Pulse, Trains, wait


class Posts:
    """The neurons' spikes, interval by interval."""

    def __init__(self, drive: Drive, time: float) -> None:
        self.drive = drive
        keys = drive.neuron_keys if drive.neuron_keys is not None else np.zeros(0, np.int64)
        self.keys = keys
        self.counts = np.zeros(len(keys), dtype=np.int64)
        self.following = np.full(len(keys), inf)
        for n in np.flatnonzero(drive.post_rates > 0.0):
            rate = float(drive.post_rates[n])
            self.following[n] = time + wait(drive.seed, NEURONS, int(keys[n]), 0, rate)
        self.time = float(np.nextafter(time, -inf))  # one at the very start belongs to it

    def until(self, until: float, engine: Any) -> Trains:
        """Return the spikes of every neuron after the last interval, up to ``until`` (ms)."""
        trains = _window(self.drive.post_trains, len(self.keys), self.time, until)
        self.time = until
        if not self.drive.post_rates.any():
            return trains
        drawn = self._poisson(until, engine)
        return _merged(drawn, trains) if len(trains.times) else drawn

    def _poisson(self, until: float, engine: Any) -> Trains:
        before = self.counts.copy()
        times = np.zeros(0)
        while True:
            total = engine.fill_posts(
                self.drive.post_rates, self.keys, self.following, self.counts,
                self.drive.seed, until, times,
            )  # fmt: skip
            if total <= len(times):
                break
            times = np.zeros(total)
        start = np.concatenate([[0], np.cumsum(self.counts - before)]).astype(np.int64)
        return Trains(start=start, times=times[:total])


def _window(trains: Trains | None, count: int, start: float, until: float) -> Trains:
    """Return the part of trains after ``start``, up to ``until`` (ms)."""
    if trains is None:
        return Trains(start=np.zeros(count + 1, dtype=np.int64), times=np.zeros(0))
    inside = (trains.times > start) & (trains.times <= until)
    ends = np.concatenate([[0], np.cumsum(inside)])
    return Trains(start=ends[trains.start].astype(np.int64), times=trains.times[inside])


def _merged(drawn: Trains, given: Trains) -> Trains:
    """Return the spikes of neurons that have a rate and of those that follow a train."""
    sources = np.arange(len(drawn.start) - 1)
    counts = np.diff(drawn.start) + np.diff(given.start)
    source = np.concatenate(
        [np.repeat(sources, np.diff(trains.start)) for trains in (drawn, given)]
    )
    times = np.concatenate([drawn.times, given.times])
    start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return Trains(start=start, times=times[np.lexsort((times, source))])


def pulses_of(drive: Drive, start: float, until: float) -> list[Pulse]:
    """Return the pulses after ``start`` up to ``until`` (ms), in order."""
    inside = [p for p in drive.pulses if start < p[0] <= until]
    return sorted(inside)
