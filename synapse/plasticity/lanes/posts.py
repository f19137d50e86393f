"""The neurons' spikes and the pulses of neuromodulators, interval by interval."""

from math import inf
from typing import Any

import numpy as np

from synapse.plasticity.lanes.drive import NEURONS, Drive, Pulse, Trains, wait


class Posts:
    """The neurons' spikes, interval by interval."""

    def __init__(self, drive: Drive, time: float) -> None:
        self.drive = drive
        self.poisson = bool(drive.post_rates.any())
        keys = drive.neuron_keys if drive.neuron_keys is not None else np.zeros(0, np.int64)
        self.keys = keys
        self.counts = np.zeros(len(keys), dtype=np.int64)
        self.following = np.full(len(keys), inf)
        for n in np.flatnonzero(drive.post_rates > 0.0):
            rate = float(drive.post_rates[n])
            self.following[n] = time + wait(drive.seed, NEURONS, int(keys[n]), 0, rate)
        self.time = time

    def until(self, until: float, engine: Any) -> Trains:
        """Return the spikes of every neuron after the last interval, up to ``until`` (ms)."""
        drive = self.drive
        if not self.poisson:
            found = _window(drive.post_trains, len(self.keys), self.time, until)
        else:
            found = self._poisson(until, engine)
        self.time = until
        return found

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
    inside = ((trains.times > start) | ((trains.times == start) & (start == 0.0))) & (
        trains.times <= until
    )
    ends = np.concatenate([[0], np.cumsum(inside)])
    return Trains(start=ends[trains.start].astype(np.int64), times=trains.times[inside])


def pulses_of(drive: Drive, start: float, until: float) -> list[Pulse]:
    """Return the pulses of an interval in order; one at its end belongs to it."""
    inside = [p for p in drive.pulses if start < p[0] <= until or p[0] == start == 0.0]
    return sorted(inside)
