"""A window of a trace, at the resolution that a drawing can show, without losing a peak.

The window is cut into slices of time. Of the samples in a slice, four values are kept:
first, smallest, largest, last. Where samples are few they come as they are. Where they are
many, whole blocks stand for them, unless a block is longer than a slice: then its own
samples are read. So a slice may begin or end within a block of its true edge, less than a
slice away, but its values are always those of the samples that it says it holds.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synapse.services.trace_sources import TraceSource
from synapse.services.traces import Trace

Floats = NDArray[Any]
FIRST, LEAST, LARGEST, LAST = range(4)
PLAIN = 2
"""As many samples a slice come as they are."""


@dataclass(frozen=True, slots=True)
class Extreme:
    """A value and when it was first reached, ms from the start of the run."""

    time: float
    value: float


@dataclass(frozen=True, slots=True)
class Summary:
    """What one variable did in a window: first and last sample, smallest and largest."""

    start: float
    end: float
    least: Extreme
    largest: Extreme


@dataclass(frozen=True, slots=True)
class Window:
    """Slices of a window, with one sample before and one after it where there are such.

    ``first`` and ``last`` are times of the outer samples of each slice, ms. ``values`` has
    a row for ``FIRST``, ``LEAST``, ``LARGEST`` and ``LAST``, or, when ``exact``, one row.
    """

    start: float
    end: float
    samples: int
    exact: bool
    first: Floats
    last: Floats
    counts: Floats
    values: dict[str, Floats]
    summary: dict[str, Summary]

    def points(self) -> Trace:
        """Return the slices as points to be joined by lines: an approximate trace."""
        if self.exact:
            return Trace(self.first, {n: v[0].astype(np.float64) for n, v in self.values.items()})
        middle = (self.first + self.last) / 2
        time = np.column_stack((self.first, middle, middle, self.last)).ravel()
        columns = {n: v.T.ravel().astype(np.float64) for n, v in self.values.items()}
        return Trace(time, columns)


def read_window(
    source: TraceSource, start: float, end: float, *, slices: int, names: Sequence[str] = ()
) -> Window:
    """Return what a drawing needs of a window.

    Parameters
    ----------
    source
        Where the samples are.
    start, end
        The window, ms from the start of the run, both included.
    slices
        Into how many slices of time it is cut, at most; usually the width in pixels.
    names
        The variables; all by default.
    """
    names = list(names) or list(source.names)
    first, last = source.find(start, end)
    low, high = max(0, first - 1), min(len(source), last + 1)
    width = max((end - start) / slices, 1e-9)
    exact = high - low <= PLAIN * slices
    pieces = [(0, low, high)] if exact else _around(source, low, first, last, high, width)
    elements = _Elements(source, pieces, first, last)
    summary = {n: elements.summary(n) for n in names} if last > first else {}
    if exact:
        time, counts = elements.first, elements.counts
        values = {n: elements.values(n)[:1] for n in names}
        return Window(start, end, last - first, True, time, time, counts, values, summary)
    slot = np.floor((elements.first - start) / width)
    slot = np.clip(slot, -1, slices)
    slot[elements.first == end] = slices - 1
    starts = np.flatnonzero(np.diff(slot, prepend=-2))
    ends = np.append(starts[1:], len(slot)) - 1
    return Window(
        start, end, last - first, False, elements.first[starts], elements.last[ends],
        np.add.reduceat(elements.counts, starts),
        {n: _reduce(elements.values(n), starts, ends) for n in names}, summary,
    )  # fmt: skip


def whole(source: TraceSource) -> tuple[float, float]:
    """Return the times of the first and the last sample, ms from the start of the run."""
    return float(source.times(0, 1)[0]), float(source.times(len(source) - 1, len(source))[0])


def _reduce(values: Floats, starts: Floats, ends: Floats) -> Floats:
    return np.stack(
        (
            values[FIRST][starts],
            np.minimum.reduceat(values[LEAST], starts),
            np.maximum.reduceat(values[LARGEST], starts),
            values[LAST][ends],
        )
    )


Piece = tuple[int, int, int]
"""Size of the blocks (0: samples), and the samples from which to before which they reach."""


def _pieces(
    source: TraceSource, low: int, high: int, width: float, level: int | None = None
) -> Iterator[Piece]:
    """Yield the blocks and samples that make up some samples, none longer than ``width``."""
    level = len(source.levels) if level is None else level
    size = source.levels[level - 1] if level else 1
    start, end = -(-low // size), high // size
    if not level:
        yield (0, low, high)
        return
    times = source.block_times(size)
    start, end = start, min(end, times.shape[1])
    if end <= start:
        yield from _pieces(source, low, high, width, level - 1)
        return
    if low < start * size:
        yield from _pieces(source, low, start * size, width, level - 1)
    long = times[1, start:end] - times[0, start:end] > width
    edges = [0, *(np.flatnonzero(np.diff(long)) + 1), len(long)]
    for a, b in zip(edges[:-1], edges[1:], strict=True):
        part = int(start + a) * size, int(start + b) * size
        if long[a]:
            yield from _pieces(source, *part, width, level - 1)
        else:
            yield (size, *part)
    if end * size < high:
        yield from _pieces(source, end * size, high, width, level - 1)


def _around(
    source: TraceSource, low: int, first: int, last: int, high: int, width: float
) -> list[Piece]:
    """Return the pieces of a window and its neighbours, which no block may swallow."""
    found = [(0, low, first), *_joined(_pieces(source, first, last, width)), (0, last, high)]
    return [piece for piece in found if piece[1] < piece[2]]


def _joined(pieces: Iterator[Piece]) -> list[Piece]:
    """Return the pieces with neighbours of one size put together."""
    found: list[Piece] = []
    for piece in pieces:
        if found and found[-1][0] == piece[0] and found[-1][2] == piece[1]:
            found[-1] = (piece[0], found[-1][1], piece[2])
        else:
            found.append(piece)
    return found


class _Elements:
    """Samples and blocks in the order of time; ``values`` has four rows for either."""

    def __init__(self, source: TraceSource, pieces: list[Piece], first: int, last: int) -> None:
        self._source, self._pieces = source, pieces
        times = [self._times(*piece) for piece in pieces]
        self.first = np.concatenate([t[0] for t in times])
        self.last = np.concatenate([t[1] for t in times])
        self.rows = np.concatenate([np.arange(a, b, size or 1) for size, a, b in pieces])
        self.counts = np.concatenate(
            [np.full((b - a) // (size or 1), size or 1) for size, a, b in pieces]
        )
        self._inside = slice(*np.searchsorted(self.rows, (first, last)))

    def _times(self, size: int, first: int, last: int) -> Floats:
        if size:
            return self._source.block_times(size)[:, first // size : last // size]
        return np.broadcast_to(self._source.times(first, last), (2, last - first))

    def values(self, name: str) -> Floats:
        """Return the values of all elements, shape (4, n)."""
        return np.concatenate([self._values(name, *piece) for piece in self._pieces], axis=1)

    def _values(self, name: str, size: int, first: int, last: int) -> Floats:
        if size:
            return self._source.block_values(size, name)[:, first // size : last // size]
        return np.broadcast_to(self._source.values(name, first, last), (4, last - first))

    def summary(self, name: str) -> Summary:
        """Return what the variable did within the window."""
        values = self.values(name)[:, self._inside]
        least, largest = int(values[LEAST].argmin()), int(values[LARGEST].argmax())
        return Summary(
            float(values[FIRST][0]), float(values[LAST][-1]),
            Extreme(self._moment(name, least, np.argmin), float(values[LEAST][least])),
            Extreme(self._moment(name, largest, np.argmax), float(values[LARGEST][largest])),
        )  # fmt: skip

    def _moment(self, name: str, element: int, find: Any) -> float:
        """Return when an element reached its extreme; a block's samples are looked through."""
        element += self._inside.start
        row, count = int(self.rows[element]), int(self.counts[element])
        at = row + int(find(self._source.values(name, row, row + count)))
        return float(self._source.times(at, at + 1)[0])
