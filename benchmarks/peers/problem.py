"""What every simulator is given: parameters by symbol, spike trains, and a duration.

Spikes lie on multiples of ``GRID``, which is a multiple of every step that a simulator is
given: so none has to round them.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synapse.plasticity.components import COMPONENTS, NEURON
from synapse.plasticity.stimulus import Event

GRID = 1.0
"""ms."""
Spikes = dict[str, NDArray[Any]]

SYMBOLS = {
    q.symbol: q for c in COMPONENTS for q in c.quantities if q.role == "parameter" and not q.process
}
"""The parameters of the six steps, by symbol; optional processes are off."""
STATES = {
    q.symbol: q for c in COMPONENTS for q in c.quantities if q.role == "state" and not q.process
}


@dataclass(frozen=True)
class Problem:
    """A population and what happens to it; ``neuron_of`` has one entry a synapse."""

    name: str
    duration: float
    neuron_of: NDArray[np.intp]
    spikes: Spikes
    values: Mapping[str, float] = field(default_factory=dict)
    cooperativity: float = 1.0
    pulse: float = 0.3

    @property
    def synapses(self) -> int:
        return len(self.neuron_of)

    @property
    def neurons(self) -> int:
        return int(self.neuron_of.max()) + 1

    @property
    def parameters(self) -> dict[str, float]:
        """Parameters by symbol; ``n_co`` is that of this problem's spikes."""
        own = {s: float(self.values.get(q.name, q.default)) for s, q in SYMBOLS.items()}
        per_neuron = self.synapses / self.neurons
        return {**own, "n_co": self.cooperativity, "n_syn": per_neuron, "da_pulse": self.pulse}

    def write(self, job: Path, **settings: Any) -> None:
        """Write the problem as a peer reads it, with settings such as ``dt``."""
        job.mkdir(parents=True, exist_ok=True)
        plain = {
            "parameters": self.parameters, "duration": self.duration, "neurons": self.neurons,
            **settings,
        }  # fmt: skip
        (job / "problem.json").write_text(json.dumps(plain, indent=1))
        np.savez(job / "spikes.npz", neuron_of=self.neuron_of, **self.spikes)


def poisson(
    *,
    rate: float,
    seconds: float,
    neurons: int = 10,
    per_neuron: int = 100,
    seed: int = 1,
    post_rate: float | None = None,
) -> Problem:
    """Return Poisson trains of ``rate`` (Hz) for every synapse and every neuron."""
    generator = np.random.default_rng(seed)
    duration = seconds * 1000.0
    pre = _trains(generator, neurons * per_neuron, rate, duration)
    post = _trains(generator, neurons, rate if post_rate is None else post_rate, duration)
    return Problem(
        f"{rate:g} Hz", duration, np.repeat(np.arange(neurons), per_neuron),
        _spikes(pre=pre, post=post),
    )  # fmt: skip


def _trains(
    generator: np.random.Generator, trains: int, rate: float, duration: float
) -> list[tuple[float, int]]:
    """Return (time, train), at most one spike of a train in a step of the grid."""
    steps = int(duration / GRID)
    counts = generator.poisson(rate * duration / 1000.0, trains)
    rows = [
        (float(step) * GRID, train)
        for train, count in enumerate(counts)
        for step in np.unique(generator.integers(0, steps, count))
    ]
    return sorted(rows)


def _spikes(
    pre: Iterable[tuple[float, int]] = (),
    post: Iterable[tuple[float, int]] = (),
    dopamine: Iterable[float] = (),
) -> Spikes:
    pre, post = sorted(pre), sorted(post)
    return {
        "pre_t": np.array([t for t, _ in pre]), "pre_i": np.array([i for _, i in pre], dtype=int),
        "post_t": np.array([t for t, _ in post]),
        "post_i": np.array([i for _, i in post], dtype=int),
        "da_t": np.array(sorted(dopamine), dtype=float),
    }  # fmt: skip


def from_events(
    name: str, events: Iterable[Event], duration: float, *, synapses: int = 1, **more: Any
) -> Problem:
    """Return a protocol on one neuron as a problem; all its pre events must be alike."""
    events = list(events)
    kinds = {e.kind for e in events}
    own = ("pre", "field")
    pre = [
        (e.time, i) for e in events if e.kind in own
        for i in (range(synapses) if e.synapse is None else [e.synapse])
    ]  # fmt: skip
    problem = Problem(
        name, duration, np.zeros(synapses, dtype=np.intp),
        _spikes(
            pre=pre, post=[(e.time, 0) for e in events if e.kind == "post"],
            dopamine=[on_grid(e.time) for e in events if e.kind == "dopamine"],
        ),
        **more,
    )  # fmt: skip
    if "field" in kinds:
        problem = replace(problem, cooperativity=NEURON["field_cooperativity"].default)
    return problem


def on_grid(time: float) -> float:
    """Return the time (ms) moved to the nearest multiple of the grid."""
    return round(time / GRID) * GRID
