"""Fewer points for drawing: the first, smallest, largest and last of each slice of time."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def reduce_line(time: Floats, values: Floats, slices: int) -> tuple[Floats, Floats]:
    """Return the points that a drawing ``slices`` wide can show, in order of time.

    Each slice of time keeps its first, smallest, largest and last sample, so that a
    short peak survives.

    Parameters
    ----------
    time
        Rising times, shape (n,), ms. They need not be evenly spaced.
    values
        Values at those times, shape (n,).
    slices
        Number of slices, usually half the width in pixels.
    """
    if len(time) <= 4 * slices:
        return time, values
    slot = _slots(time, slices)
    order = np.lexsort((values, slot))
    starts = np.flatnonzero(np.diff(slot[order], prepend=-1))
    ends = np.append(starts[1:], len(slot)) - 1
    # starts and ends are, by value, the smallest and largest of a slice; by time, its edges.
    keep = np.unique(np.concatenate((order[starts], order[ends], starts, ends)))
    return time[keep], values[keep]


def largest_per_slice(time: Floats, values: Floats, edges: Floats) -> Floats:
    """Return the largest value at or before each edge and after the edge before it.

    A slice without a sample holds the value before it.
    """
    last = np.searchsorted(time, edges, side="right")
    first = np.concatenate(([0], last[:-1]))
    return np.array(
        [values[max(0, min(a, b - 1)) : max(b, 1)].max() for a, b in zip(first, last, strict=True)]
    )


def at_or_before(time: Floats, values: Floats, when: Floats) -> Floats:
    """Return the last value at or before each moment, the first one before the start."""
    index = np.searchsorted(time, when, side="right") - 1
    return values[np.clip(index, 0, len(values) - 1)]


def _slots(time: Floats, slices: int) -> NDArray[np.int64]:
    """Return the slice that each sample falls into; never decreasing."""
    span = time[-1] - time[0]
    share = (time - time[0]) / span if span > 0 else np.zeros_like(time)
    return np.minimum((share * slices).astype(np.int64), slices - 1)
