"""What happened to a synapse in a window of a run: events of the protocol, thinned for drawing."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synapse.models import Run

TITLES = {
    "pre": "presynaptic", "field": "field stimulus", "post": "postsynaptic",
    "other": "other synapses", "dopamine": "dopamine", "acetylcholine": "acetylcholine",
    "drug": "drugs", "bath": "bath",
}  # fmt: skip
"""Rows of the raster, from top to bottom."""
MOST_CHANGES = 100
"""Drugs and changes of the bath that a window names."""


@dataclass(frozen=True, slots=True)
class EventRow:
    """Events of one kind in a window, of which no more are given than a drawing can show."""

    kind: str
    title: str
    count: int
    times: NDArray[np.float64]


def events_in(run: Run, start: float, end: float, *, slices: int, place: int = 0) -> list[EventRow]:
    """Return the events of a window, ms from the start of the run.

    ``place`` says which of the named synapses is shown; what reaches another one by itself
    is told apart.
    """
    found: dict[str, list[float]] = {}
    for time, kind, synapse, *_ in run.protocol.get("events", []):
        own = synapse is None or synapse == place or kind not in ("pre", "field")
        found.setdefault(kind if own else "other", []).append(float(time))
    rows = []
    for kind, title in TITLES.items():
        times = _repeated(run, np.sort(np.array(found.get(kind, []))))
        times = times[(times >= start) & (times <= end)]
        if kind in found:
            rows.append(EventRow(kind, title, len(times), _thinned(times, start, end, slices)))
    return rows


def changes_in(run: Run, start: float, end: float) -> list[tuple[float, str]]:
    """Return when drugs and bath changed in a window, in words."""
    repeat, tick = _rhythm(run)
    events = [e for e in run.protocol.get("events", []) if e[1] in ("drug", "bath")]
    found: list[tuple[float, str]] = []
    for i in range(repeat if events else 0):
        for time, kind, _, value, name in events:
            at = float(time) + i * tick
            if start <= at <= end and len(found) < MOST_CHANGES:
                drug = f"{name} {'added' if value else 'washed out'}"
                found.append((at, drug if kind == "drug" else f"{name} {value:g}"))
    return sorted(found)


def _rhythm(run: Run) -> tuple[int, float]:
    return int(run.protocol.get("repeat", 1)), float(run.protocol.get("duration_ms", 0.0))


def _repeated(run: Run, times: NDArray[np.float64]) -> NDArray[np.float64]:
    repeat, tick = _rhythm(run)
    times = times[times < tick] if repeat > 1 else times
    every: Any = (tick * np.arange(repeat))[:, None] + times
    moments: NDArray[np.float64] = every.ravel()
    return moments[moments <= (run.done or run.total)]


def _thinned(
    times: NDArray[np.float64], start: float, end: float, slices: int
) -> NDArray[np.float64]:
    """Return the first event of each slice of time."""
    if len(times) <= slices:
        return times
    slot = np.floor((times - start) / max((end - start) / slices, 1e-9))
    slot = np.minimum(slot, slices - 1)
    return times[np.flatnonzero(np.diff(slot, prepend=-1))]
