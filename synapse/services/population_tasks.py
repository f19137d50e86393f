"""What a worker does with a share of a population, from one exchange to the next.

The state goes in and comes out as arrays, so a task that is done again elsewhere gives the
same bits. A part that was made for a share is kept for its next task, since making it
takes time; it is set to the state that comes in, whatever it held.
"""

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np

from synapse.plasticity.group import make_group
from synapse.plasticity.lanes.drive import constant_rates
from synapse.plasticity.lanes.part import Brought, Part
from synapse.plasticity.population import Recorder
from synapse.services.population_shares import Kept, Share

Stops = Sequence[tuple[float, float]]
"""Start and end of intervals, ms."""
MOST_PARTS = 4
"""Parts that a worker keeps."""

_parts: dict[str, Part] = {}


@cache
def signature() -> dict[str, str]:
    """Return what the bits of a result depend on besides model and input."""
    from synapse.plasticity import compiled

    features = import_module("llvmlite.binding").get_host_cpu_features()
    fused = features.get("fma", platform.machine().lower() in ("arm64", "aarch64"))
    return {
        "engine": compiled.cache_folder().name,
        "numpy": np.__version__,
        "machine": f"{platform.machine()} {'with' if fused else 'without'} fused multiply-add",
    }


def check_signature(
    expected: dict[str, str], where: str, *, own: dict[str, str] | None = None
) -> None:
    """Raise ``ValueError`` where a process would compute other bits; this one if not given."""
    found = signature() if own is None else own
    for name, value in expected.items():
        if found.get(name) != value:
            raise ValueError(
                f"{where} has another {name} ({found.get(name)}) than the run ({value}); the "
                "result would not be the same"
            )


@dataclass
class Walk:
    """A share at some moment, with what it has recorded since the state that came in."""

    share: Share
    part: Part
    recorder: Recorder

    @classmethod
    def of(cls, name: str, share: Share, kept: Kept | None) -> "Walk":
        """Return the share at a state, or before its first tick."""
        check_signature(share.signature, f"the worker on {platform.node()}")
        part = _parts.pop(name, None) if kept is not None else None
        if part is None:
            part = make_part(share)
        recording = share.recording
        recorder = Recorder(recording.synapses, recording.variables, every=recording.every)
        if kept is None:
            part.begin()
        else:
            part.restore(kept)
            recorder.restore(kept)
        return cls(share, part, recorder)

    def advance(self, stop: float) -> None:
        """Advance to the end of an interval (ms)."""
        self.part.advance(stop)

    def exchange(self, brought: Brought, dt: float) -> None:
        """End an interval of ``dt`` (ms) with the sums; 0 before the first one."""
        self.part.exchange(brought, dt)
        if dt > 0.0:
            self.recorder.note(self.part.group)

    def leave(self, name: str) -> Kept:
        """Return the state, and keep the part."""
        kept = checkpoint(self.part) | self.recorder.checkpoint()
        while len(_parts) >= MOST_PARTS:
            _parts.pop(next(iter(_parts)), None)
        _parts[name] = self.part
        return kept


def make_part(share: Share) -> Part:
    """Return the part of a share, with the engine that the whole population uses."""
    return Part(share.group(), share.drive, threads=share.threads, processes=share.processes)


def checkpoint(part: Part) -> Kept:
    """Return a part's state, independent of the part."""
    return {name: np.array(values) for name, values in part.checkpoint().items()}


# --- tasks ---------------------------------------------------------------------------------


def hold(value: Any) -> Any:
    """Return what came in: a task that the scheduler can repeat if a worker is lost."""
    return value


def run_alone(name: str, share: Share, kept: Kept | None, stops: Stops) -> Kept:
    """Run a share that shares nothing with others through intervals."""
    walk = Walk.of(name, share, kept)
    if kept is None:
        walk.exchange(walk.part.brought(), 0.0)
    for start, stop in stops:
        walk.advance(stop)
        walk.exchange(walk.part.brought(), stop - start)
    return walk.leave(name)


def begin(name: str, share: Share) -> tuple[Kept, Brought]:
    """Return the first state, and what its synapses bring to the exchange before any tick."""
    walk = Walk.of(name, share, None)
    return walk.leave(name), whole_sums(share, walk.part.brought())


def run_interval(
    name: str, share: Share, before: Any, sums: Brought | None, dt: float, stop: float
) -> tuple[Kept, Brought]:
    """End the interval before with the sums, if there was one, and run one to ``stop`` (ms)."""
    walk = _settled(name, share, before, sums, dt)
    walk.advance(stop)
    return walk.leave(name), whole_sums(share, walk.part.brought())


def settle(name: str, share: Share, before: Any, sums: Brought, dt: float) -> Kept:
    """End an interval with the sums; return the state."""
    return _settled(name, share, before, sums, dt).leave(name)


def _settled(name: str, share: Share, before: Any, sums: Brought | None, dt: float) -> Walk:
    if sums is None:
        return Walk.of(name, share, before)
    walk = Walk.of(name, share, before[0])
    units, pools = share.places["astrocytes"], share.places["pools"]
    own = Brought(sums.activity[units], sums.drive[pools], sums.effect[pools])
    walk.exchange(own, dt)
    return walk


def whole_sums(share: Share, brought: Brought) -> Brought:
    """Return what a share brings, by the numbers that units and pools have in the whole."""
    units, pools = share.places["astrocytes"], share.places["pools"]
    found = Brought(
        np.zeros(share.whole["astrocytes"]),
        np.zeros(share.whole["pools"]),
        np.zeros(share.whole["pools"]),
    )
    found.activity[units] = brought.activity
    found.drive[pools] = brought.drive
    found.effect[pools] = brought.effect
    return found


def brought_of(done: tuple[Kept, Brought]) -> Brought:
    """Return the sums of an interval that was run."""
    return done[1]


def add_up(*brought: Brought) -> Brought:
    """Return the sums over all shares."""
    return Brought(*(np.sum(column, axis=0) for column in zip(*brought, strict=True)))


def warm_up(*, processes: bool) -> None:
    """Compile, or load what is compiled, so that workers find it on the disk."""
    part = Part(make_group(1), constant_rates(1, 1, pre=10.0, post=10.0), processes=processes)
    part.begin()
    part.advance(200.0)
    part.exchange(part.brought(), 200.0)
