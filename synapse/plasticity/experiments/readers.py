"""What is read from the outcome of a run, beside the change of one weight."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synapse.plasticity.experiments.experiment import Outcome, weight
from synapse.plasticity.recording import VARIABLES

Reader = Callable[[Outcome], float]
Array = NDArray[np.float64]

WINDOW = 1_000.0
"""ms of the calcium transient that are looked at after a stimulus."""


def ratios(outcome: Outcome, time: float | None = None) -> Array:
    """Return each synapse's weight relative to that at time 0, which must be sampled."""
    group = outcome.end if time is None else outcome.samples[time]
    start = outcome.samples[0.0]
    places = range(len(start.states))
    return np.array([weight(group, i) / weight(start, i) for i in places])


def mean_change(time: float | None = None) -> Reader:
    """Return a reader of the mean change over the synapses since time 0, per cent."""
    return lambda outcome: 100.0 * (float(ratios(outcome, time).mean()) - 1.0)


def spread(outcome: Outcome) -> float:
    """Return how far the synapses' relative changes differ, per cent of their mean."""
    found = ratios(outcome)
    return 100.0 * float((found.max() - found.min()) / found.mean())


def release_change(time: float, first: float) -> Reader:
    """Return a reader of the release by the spike at one time against another, per cent."""

    def read(outcome: Outcome) -> float:
        released = [float(outcome.samples[t].states["released_fraction"][0]) for t in (time, first)]
        return 100.0 * (released[0] / released[1] - 1.0)

    return read


# --- spine calcium, from the recorded trace ---------------------------------------------


def transient(outcome: Outcome, start: float) -> tuple[Array, Array]:
    """Return time after ``start`` (ms) and calcium above rest (uM), for one window."""
    trace: Any = outcome.trace
    inside = (trace[:, 0] >= start) & (trace[:, 0] <= start + WINDOW)
    rest = float(outcome.end.parameters["resting_calcium"][0])
    return trace[inside, 0] - start, trace[inside, 1 + VARIABLES.index("calcium")] - rest


def peak_calcium(start: float) -> Reader:
    """Return a reader of the peak of calcium above rest after ``start``, uM."""
    return lambda outcome: float(transient(outcome, start)[1].max())


def calcium_decay(start: float) -> Reader:
    """Return a reader of the time from the peak to 1/e of it, ms."""

    def read(outcome: Outcome) -> float:
        time, calcium = transient(outcome, start)
        peak = int(calcium.argmax())
        below = np.flatnonzero(calcium[peak:] <= calcium[peak] / np.e)
        return float(time[peak + below[0]] - time[peak])

    return read


def summation(pair: float, *, epsp: float, bap: float) -> Reader:
    """Return a reader of a pair's calcium against the sum of both alone, per cent.

    ``pair`` is when the earlier spike of the pair came, ``epsp`` and ``bap`` when each
    came alone (ms). Calcium is the area of the transient, which a slow indicator shows.
    """

    def read(outcome: Outcome) -> float:
        together, *alone = (_area(outcome, start) for start in (pair, epsp, bap))
        return 100.0 * (together / sum(alone) - 1.0)

    return read


def _area(outcome: Outcome, start: float) -> float:
    time, calcium = transient(outcome, start)
    return float(np.trapezoid(calcium, time))
