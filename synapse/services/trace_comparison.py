"""Traces of several runs on one time axis, and what they differ by.

Runs compute at different times. Between its own samples a run is joined by straight
lines, the tag by steps, at every time at which any of the runs has a sample. A jump that
the engine made from one tick to the next is therefore a slope as long as that tick.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from synapse.services.trace_sources import TraceSource
from synapse.services.trace_windows import read_window, whole
from synapse.services.traces import Trace

STEPPED = frozenset({"tag"})
MOST = 100_000
"""Samples of a run in a window that are put on the common axis one by one."""


def common_length(sources: Sequence[TraceSource]) -> float:
    """Return the time (ms) that all runs cover."""
    return min(whole(source)[1] for source in sources)


def combine(
    sources: Mapping[int, TraceSource], name: str, start: float, end: float
) -> tuple[Trace, bool]:
    """Return one variable of several runs on a common axis, and whether nothing was thinned.

    Columns are ``run-<key>`` and, for all but the first, ``difference-<key>``: the run
    less the first one. Time is in ms from the start of each run.
    """
    parts = {key: _samples(source, name, start, end) for key, source in sources.items()}
    time = np.unique(np.concatenate([part.time for part, _ in parts.values()]))
    columns = {
        f"run-{key}": between(part.time, part.columns[name], time, stepped=name in STEPPED)
        for key, (part, _) in parts.items()
    }
    first, *others = parts
    for key in others:
        columns[f"difference-{key}"] = columns[f"run-{key}"] - columns[f"run-{first}"]
    return Trace(time, columns), all(exact for _, exact in parts.values())


def between(
    time: NDArray[np.float64],
    values: NDArray[np.float64],
    when: NDArray[np.float64],
    *,
    stepped: bool = False,
) -> NDArray[np.float64]:
    """Return values at other times: on straight lines between samples, or as steps."""
    if stepped:
        place = np.searchsorted(time, when, "right") - 1
        found: NDArray[np.float64] = values[np.clip(place, 0, len(values) - 1)]
        return found
    return np.interp(when, time, values)


def _samples(source: TraceSource, name: str, start: float, end: float) -> tuple[Trace, bool]:
    """Return the samples of a window with one before and one after it."""
    first, last = source.find(start, end)
    first, last = max(0, first - 1), min(len(source), last + 1)
    if last - first <= MOST:
        return source.trace(first, last, (name,)), True
    points = read_window(source, start, end, slices=MOST // 8, names=(name,)).points()
    return points, False
