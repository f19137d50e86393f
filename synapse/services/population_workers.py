"""A population on several processes or machines. The only file that names Dask.

The state lies in the results of tasks. A lost worker's are computed again: the same bits.
"""

import asyncio
import logging
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent import futures
from contextlib import contextmanager, suppress
from dataclasses import replace
from importlib import import_module
from secrets import token_hex
from time import monotonic
from typing import Any

from synapse.plasticity.group import Group
from synapse.plasticity.lanes.drive import Drive
from synapse.services import population_tasks as tasks
from synapse.services.population_shares import (
    Kept,
    Recording,
    cut,
    merge,
    put,
    split,
    start_of,
)

MISSING = "Several workers need Dask: install it with pip install -r requirements-extra.txt"
ELSEWHERE = (
    "The scheduler or a worker lacks the same packages or this checkout: it is found where "
    "PYTHONPATH names its folder"
)
LOST = "The Dask scheduler was lost, or somebody cancelled the work"
BEAT = 0.5
"""Seconds after which a waiting run looks whether somebody wants it to end."""
PATIENCE = 300
"""Seconds without any worker after which a run ends; it can be resumed."""
CONNECT = 10
"""Seconds in which a scheduler must answer, and have a worker."""


@contextmanager
def connect(*, workers: int = 0, scheduler: str = "") -> Iterator[Any]:
    """Give a client of the scheduler at an address, or of processes on this machine.

    Raises ``ValueError`` where there is no Dask, scheduler or worker.
    """
    try:
        import dask
        import distributed as untyped
    except ImportError:
        raise ValueError(MISSING) from None
    distributed: Any = untyped
    for name in ("distributed", "distributed.client"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    with dask.config.set(_settings(dask)):
        if scheduler:
            with _at(distributed, scheduler) as client:
                yield client
            return
        with _untouched_by_ctrl_c():
            cluster = distributed.LocalCluster(
                n_workers=workers, threads_per_worker=1, processes=True, memory_limit=0,
                dashboard_address="127.0.0.1:0", silence_logs=logging.CRITICAL,
            )  # fmt: skip
        with cluster, distributed.Client(cluster) as client:
            yield client


def check_reachable(scheduler: str) -> None:
    """Raise ``ValueError`` where there is no Dask, or no scheduler at an address.

    No address stands for workers on this machine.
    """
    if scheduler:
        with connect(scheduler=scheduler):
            return
    try:
        import_module("distributed")
    except ImportError:
        raise ValueError(MISSING) from None


def _settings(dask: Any) -> dict[str, Any]:
    """Return Dask's settings: a state is large, and its processes need not report."""
    environment = dask.config.get("distributed.nanny.pre-spawn-environ")
    return {
        "distributed.admin.large-graph-warning-threshold": "1TB",
        "distributed.nanny.pre-spawn-environ": {
            **environment,
            "DASK_LOGGING__DISTRIBUTED": "critical",
        },
    }


@contextmanager
def _at(distributed: Any, address: str) -> Iterator[Any]:
    try:
        client = distributed.Client(address, timeout=CONNECT)
    except (OSError, ValueError) as error:
        raise ValueError(
            f"there is no Dask scheduler at {address} (no answer within {CONNECT} s)"
        ) from error
    with client:
        try:
            client.wait_for_workers(1, timeout=CONNECT)
        except TimeoutError as error:
            raise ValueError(f"the Dask scheduler at {address} has no workers") from error
        _compare(client)
        yield client


def _compare(client: Any) -> None:
    """Raise ``ValueError`` where a worker lacks the package, or would compute other bits."""
    try:
        found = client.run(tasks.signature, on_error="return")
    except Exception as error:  # whatever the other side could not unpack
        raise ValueError(ELSEWHERE) from error
    for address, signature in found.items():
        if not isinstance(signature, dict):
            raise ValueError(ELSEWHERE)
        tasks.check_signature(tasks.signature(), f"the worker at {address}", own=signature)


@contextmanager
def _untouched_by_ctrl_c() -> Iterator[None]:
    """Let processes that are started here leave Ctrl-C to this one."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


class DistributedEngine:
    """A population in shares on the workers of a Dask cluster.

    ``checkpoint`` and ``restore`` are those of the whole population, the same as on one
    process: a run may go on with any number of workers.
    """

    def __init__(
        self,
        group: Group,
        drive: Drive,
        *,
        client: Any,
        shares: int = 0,
        threads: int = 1,
        recording: Recording | None = None,
    ) -> None:
        recording = recording or Recording()
        self.group = group
        self.client = client
        self.name = token_hex(8)
        found = split(group, drive, shares or len(client.nthreads()), recording=recording)
        self.shares = [
            replace(share, threads=threads, signature=tasks.signature()) for share in found
        ]
        self.kept = start_of(group, recording)
        self._begun = False
        self.held = [self._submit(tasks.hold, share) for share in self.shares]

    @property
    def time(self) -> float:
        """Simulated time of the last checkpoint, ms."""
        return float(self.kept["time"])

    @property
    def ticks(self) -> int:
        """Ticks done, summed over synapses."""
        return int(self.kept["ticks"])

    @property
    def begun(self) -> bool:
        """Whether there is anything to write down yet."""
        return self._begun

    def checkpoint(self) -> Kept:
        """Return the state after the last batch of intervals."""
        return self.kept

    def restore(self, kept: Kept) -> None:
        """Go on from a checkpoint."""
        self.kept, self._begun = kept, True
        put(self.group, kept)

    def run(self, stops: tasks.Stops) -> Iterator[float]:
        """Run intervals; yield now and then how far they are (0 to 1)."""
        if self.shares[0].crossing:
            done, waited = self._together(stops)
        else:
            done = waited = self._alone(stops)
        with _losses_in_a_sentence():
            for finished in self._wait(waited):
                yield finished / len(waited)
            parts = self.client.gather(done)
        self.kept = merge(self.shares, parts, self.kept)
        self._begun = True
        put(self.group, self.kept)

    def _wait(self, wanted: Sequence[Any]) -> Iterator[int]:
        """Yield how many are done, every half second, until all are."""
        import distributed

        wait: Any = distributed.wait
        waiting, seen = set(wanted), monotonic()
        while waiting:
            seen = monotonic() if self.client.nthreads() else seen
            if monotonic() - seen > PATIENCE:
                raise ValueError(f"the scheduler has had no worker for {PATIENCE} s")
            with suppress(TimeoutError):
                wait(waiting, timeout=BEAT, return_when="FIRST_COMPLETED")
            for future in [future for future in waiting if future.done()]:
                _check(future)
                waiting.remove(future)
            yield len(wanted) - len(waiting)

    def _alone(self, stops: tasks.Stops) -> list[Any]:
        """Let each share run through all intervals in one task."""
        return [
            self._submit(tasks.run_alone, name, held, kept, list(stops))
            for name, held, kept in zip(self._names(), self.held, self._states(), strict=True)
        ]

    def _together(self, stops: tasks.Stops) -> tuple[list[Any], list[Any]]:
        """Let the shares exchange after each interval; return states and all sums."""
        names, sums, dt = self._names(), None, 0.0
        every: list[Any] = []
        before = self._states()
        if not self.begun:
            before = self._each(tasks.begin)
            sums = self._sums(before, every)
        for start, stop in stops:
            before = self._each(tasks.run_interval, before, sums, dt, stop)
            sums = self._sums(before, every)
            dt = stop - start
        states = [
            self._submit(tasks.settle, name, held, state, sums, dt)
            for name, held, state in zip(names, self.held, before, strict=True)
        ]
        return states, [*every, *states]

    def _each(self, task: Any, before: Sequence[Any] = (), *arguments: Any) -> list[Any]:
        """Submit a task for each share, with its state and what all have alike."""
        states: list[Any] = [(state,) for state in before] or [() for _ in self.shares]
        return [
            self._submit(task, name, held, *state, *arguments)
            for name, held, state in zip(self._names(), self.held, states, strict=True)
        ]

    def _sums(self, done: Sequence[Any], every: list[Any]) -> Any:
        """Submit the sums over all shares; what they are made of is kept in ``every``.

        So a lost share can be computed again without the others.
        """
        brought = [self._submit(tasks.brought_of, future) for future in done]
        every += [*brought, self._submit(tasks.add_up, *brought)]
        return every[-1]

    def _states(self) -> list[Any]:
        """Submit the states of the last checkpoint; None before the first tick."""
        if not self.begun:
            return [None for _ in self.shares]
        return [self._submit(tasks.hold, cut(self.kept, share)) for share in self.shares]

    def _names(self) -> list[str]:
        return [f"{self.name}-{i}" for i in range(len(self.shares))]

    def _submit(self, task: Any, *arguments: Any) -> Any:
        return self.client.submit(task, *arguments, pure=False)


def _check(future: Any) -> None:
    """Raise ``ValueError`` for a task that cannot be done, however often it is tried."""
    if future.status == "error":
        error = future.exception()
        if isinstance(error, ValueError):
            raise error
        if "deserialization" in str(error) or isinstance(error, ImportError):
            raise ValueError(ELSEWHERE) from error
        raise ValueError(f"a task failed on its worker: {' '.join(str(error).split())}") from error
    if future.status != "finished":
        raise ValueError(LOST)


@contextmanager
def _losses_in_a_sentence() -> Iterator[None]:
    """Let the loss of the scheduler be a ``ValueError``."""
    try:
        yield
    except (futures.CancelledError, asyncio.CancelledError, OSError) as error:
        raise ValueError(LOST) from error
