"""A part of a population: whole neurons, on the threads of one process.

A population is one part or, on several machines, several; ``brought`` and ``exchange`` are
the only places where parts meet.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from synapse.plasticity import layout
from synapse.plasticity.cell import ACETYLCHOLINE
from synapse.plasticity.group import LINK_OF, Group
from synapse.plasticity.lanes import engine, exchange, planning
from synapse.plasticity.lanes.building import make_work
from synapse.plasticity.lanes.drive import Drive
from synapse.plasticity.lanes.layout import FIELD, as_numbers
from synapse.plasticity.lanes.posts import Posts, pulses_of
from synapse.plasticity.lanes.surroundings import Surroundings
from synapse.plasticity.lanes.work import Scratch, Work, make_scratch

CHUNK = 512
"""Synapses that a thread takes at once."""
Progress = Callable[[int], None]


class Brought(NamedTuple):
    """Sums over the synapses of each astrocyte unit and of each pool, exact in any order.

    Activity is in Hz times the number of synapses of the unit.
    """

    activity: NDArray[np.float64]
    drive: NDArray[np.float64]
    effect: NDArray[np.float64]


class Part:
    """Synapses of whole neurons, advanced from one exchange to the next.

    The records of ``group`` are changed in place. ``compiled=False`` runs the same source
    as plain Python, for tests. ``processes`` asks for the engine with or without the optional
    ones: parts of one population need the same.
    """

    def __init__(
        self,
        group: Group,
        drive: Drive,
        *,
        threads: int = 1,
        compiled: bool = True,
        processes: bool | None = None,
    ) -> None:
        self.group = group
        self.drive = drive
        self.threads = threads
        needed = uses_processes(group, drive) if processes is None else processes
        self.engine: Any = _compiled(needed) if compiled else Plain
        self.scratch = [make_scratch(CHUNK) for _ in range(threads)]
        self.ticks = 0
        self.time = group.time
        self.where = Surroundings(group)
        self.work = make_work(group, drive, self.where)
        self.posts = Posts(drive, group.time)
        self.engine.first_arrivals(self.work, self.time)

    # --- one interval ------------------------------------------------------------------

    def advance(self, until: float, *, progress: Progress | None = None) -> None:
        """Advance every synapse to ``until`` (ms), without looking at what others do.

        ``progress`` is called with the number of synapses that have arrived; an exception
        from it ends the interval and leaves the part unusable.
        """
        self.work = self._with_surroundings(until)
        chunks = range(0, len(self.work.states), CHUNK)
        arrived = 0
        for chunk, ticks in self._run(chunks, until):
            self.ticks += ticks
            arrived += min(CHUNK, len(self.work.states) - chunk)
            if progress is not None:
                progress(arrived)
        self.engine.follow_events(self.work, self.scratch[0].block, until)
        self.where.give_back(self.group, self.work.ended, until)
        self.group.neurons["last_spike"] = -np.inf
        np.maximum.at(self.group.neurons["last_spike"], self.group.neuron_of, self.work.last_spike)
        self.time = until

    def _run(self, chunks: range, until: float) -> Iterator[tuple[int, int]]:
        if self.threads == 1:
            for chunk in chunks:
                yield chunk, self._run_chunk(self.scratch[0], chunk, until)
            return
        free = list(self.scratch)

        def run(chunk: int) -> tuple[int, int]:
            scratch = free.pop()
            try:
                return chunk, self._run_chunk(scratch, chunk, until)
            finally:
                free.append(scratch)

        with ThreadPoolExecutor(self.threads) as pool:
            yield from pool.map(run, chunks)

    def _run_chunk(self, scratch: Scratch, first: int, until: float) -> int:
        last = min(first + CHUNK, len(self.work.states))
        return int(self.engine.advance_synapses(self.work, scratch, first, last, until))

    def _with_surroundings(self, until: float) -> Work:
        """Return the work of the interval that begins now: what is shared, and its events."""
        pulses = pulses_of(self.drive, self.posts.time, until)
        post = self.posts.until(until, self.engine)
        return self.work._replace(
            surroundings=self.where.rows(self.group),
            **self.where.spread_posts(post),
            **self.where.spread_pulses(pulses),
        )

    # --- the exchange ------------------------------------------------------------------

    def brought(self) -> Brought:
        """Return what the synapses of this part bring to their units and pools."""
        group, work = self.group, self.work
        units, pools = len(group.astrocytes), len(group.pools)
        return Brought(
            np.bincount(group.astrocyte_of, work.contribution, minlength=units),
            np.bincount(group.pool_of, work.drive, minlength=pools),
            np.bincount(group.pool_of, work.effect, minlength=pools),
        )

    def begin(self) -> None:
        """Compute what the synapses bring to a first exchange, before any tick."""
        group, work = self.group, self.work
        work.contribution[:] = 0.0
        self.engine.present_sums(
            work.states, work.parameters, work.row_of, as_numbers(group.pools),
            group.pool_of, POOL_FIELDS, self.scratch[0].block, work.drive, work.effect,
        )  # fmt: skip

    def exchange(self, brought: Brought, dt: float) -> None:
        """Let units and pools catch up by dt (ms) and take in the sums over all parts."""
        units, pools = as_numbers(self.group.astrocytes), as_numbers(self.group.pools)
        self.engine.take_in(
            units,
            pools,
            brought.activity / self.group.astrocytes["synapses"],
            brought.drive,
            brought.effect,
            dt,
            self.scratch[0].block,
            UNIT_FIELDS,
            POOL_FIELDS,
        )
        _write(self.group.astrocytes, units)
        _write(self.group.pools, pools)

    # --- checkpoints -------------------------------------------------------------------

    KEPT = ("last_spike", "next_pre", "pre_count")

    def checkpoint(self) -> dict[str, NDArray[Any]]:
        """Return all that changes, for ``restore``; to be taken between intervals."""
        kept = {name: getattr(self.work, name).copy() for name in self.KEPT}
        kept |= {name: getattr(self.group, name).copy() for name in ("states", *LINK_OF)}
        kept |= {
            "post_following": self.posts.following.copy(),
            "post_counts": self.posts.counts.copy(),
        }
        return kept | {"time": np.array(self.time), "ticks": np.array(self.ticks)}

    def restore(self, kept: dict[str, NDArray[Any]]) -> None:
        """Go back to a checkpoint of a part of the same group and drive."""
        for name in self.KEPT:
            getattr(self.work, name)[:] = kept[name]
        for name in ("states", *LINK_OF):
            getattr(self.group, name)[:] = kept[name]
        self.posts.following[:] = kept["post_following"]
        self.posts.counts[:] = kept["post_counts"]
        self.posts.time = float(kept["time"])
        self.time, self.ticks = float(kept["time"]), int(kept["ticks"])


class Plain:
    """The engine as plain Python."""

    advance_synapses = staticmethod(engine.advance_synapses)
    first_arrivals = staticmethod(planning.first_arrivals)
    fill_posts = staticmethod(planning.fill_posts)
    follow_events = staticmethod(exchange.follow_events)
    take_in = staticmethod(exchange.take_in)
    present_sums = staticmethod(exchange.present_sums)


def _compiled(processes: bool) -> Any:
    from synapse.plasticity import compiled

    return compiled.lanes(processes=processes)


def uses_processes(group: Group, drive: Drive | None = None) -> bool:
    """Return whether any optional process of the tick is at work."""
    pulses = drive.pulses if drive is not None else []
    p, n, a = group.parameters, group.neurons, group.astrocytes
    switches = (
        p["acetylcholine_depression_gain"], p["acetylcholine_potentiation_loss"],
        p["elimination_volume"], 1.0 - group.states["spine_present"],
        n["metaplasticity_gain"], a["d_serine_dependence"], a["adenosine_inhibition"],
        np.abs(group.clefts["acetylcholine"] - group.clefts["tonic_acetylcholine"]),
        np.array([kind == ACETYLCHOLINE for _, kind, _, _ in pulses], dtype=np.float64),
    )  # fmt: skip
    return any(bool((switch > 0.0).any()) for switch in switches)


UNIT_FIELDS = np.array([FIELD[n] for n in layout.ASTROCYTE_RECORD.names or ()], dtype=np.int64)
POOL_FIELDS = np.array([FIELD[n] for n in layout.POOL_RECORD.names or ()], dtype=np.int64)


def _write(records: NDArray[np.void], numbers: NDArray[np.float64]) -> None:
    if not np.shares_memory(records, numbers):
        records[:] = numbers.view(records.dtype).reshape(len(records))
