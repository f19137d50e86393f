"""Compute a queued sweep: here, or on the workers of a Dask cluster."""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.utils import timezone

from synapse.models import RunStatus, Sweep
from synapse.services import run_queue, run_worker, sweeps
from synapse.services.run_records import versions
from synapse.services.runs import RunCancelledError, RunStoppedError, worker_name
from synapse.services.sweep_points import point, remote_point

EVERY = 1.0
"""Seconds between two times that results are stored."""
CLUSTER_PAYS = 20_000_000
"""Synapse-ticks from which starting processes on this machine pays."""
AHEAD = 4
"""Points that a worker of the cluster is given at a time."""


def sweep_row(key: int) -> bool:
    """Take a sweep from the queue and compute it; false where it cannot be taken."""
    if not run_queue.claim(Sweep, key, worker=worker_name()):
        return False
    sweep = Sweep.objects.select_related("synapse").get(pk=key)
    with run_worker.heartbeat(Sweep, key), suppress(RunCancelledError, RunStoppedError):
        try:
            SweepInProgress(sweep).run()
        except (RunCancelledError, RunStoppedError):
            raise
        except Exception as error:  # whatever it is, the worker goes on and the page says it
            run_worker.fail(Sweep, key, error)
    return True


class SweepInProgress:
    """A sweep on its way. Points that were computed before, with the same code, stay."""

    def __init__(self, sweep: Sweep) -> None:
        self.sweep = sweep
        self.job = sweeps.job_of(sweep)
        self.changes = sweeps.changes_of(sweep)
        if self.job["compiled"]:
            import_module("numba")  # so that its version is known
        found = versions("compiled" if self.job["compiled"] else "python")
        kept = list(sweep.results) if sweep.versions == found else []
        self.results: list[Any] = [*kept, *[None] * (len(self.changes) - len(kept))]
        sweep.versions = found
        self._stored = 0.0

    def run(self) -> None:
        """Compute what is missing, and store it as it comes."""
        missing = [i for i, entry in enumerate(self.results) if not entry]
        try:
            if self._pays(len(missing)):
                self._on_cluster(missing)
            else:
                for i in missing:
                    self.results[i] = point(self.job, self.changes[i], progress=self._look)
                    self._look()
        except RunStoppedError:
            self._store(status=RunStatus.QUEUED, worker="", started=None, heartbeat=None)
            raise
        except RunCancelledError:
            self._store(status=RunStatus.CANCELLED, finished=timezone.now())
            raise
        except Exception:
            self._store()
            raise
        self._store(status=RunStatus.DONE, finished=timezone.now(), error="")

    def _pays(self, points: int) -> bool:
        """Say whether a cluster is worth its start; an address always is."""
        if getattr(settings, "DASK_SCHEDULER", ""):
            return True
        if find_spec("distributed") is None or (os.cpu_count() or 1) < 2:
            return False
        return float(self.job["work_of_one"]) * points > CLUSTER_PAYS

    def _on_cluster(self, missing: Sequence[int]) -> None:
        from synapse.services.population_workers import connect

        scheduler = getattr(settings, "DASK_SCHEDULER", "")
        with connect(workers=os.cpu_count() or 1, scheduler=scheduler) as client:
            job = client.scatter(self.job, broadcast=True)
            most = AHEAD * max(1, len(client.nthreads()))
            with _cancelled_at_the_end(client) as waiting:
                for i in missing:
                    waiting[i] = client.submit(remote_point, job, self.changes[i], pure=False)
                    while len(waiting) >= most:
                        self._gather(waiting)
                while waiting:
                    self._gather(waiting)

    def _gather(self, waiting: dict[int, Any]) -> None:
        """Take what is done; a worker's failure is the sweep's."""
        for i in [i for i, future in waiting.items() if future.done()]:
            future = waiting.pop(i)
            if future.status == "error":
                raise future.exception()
            if future.status != "finished":
                raise ConnectionError("the Dask scheduler was lost")
            self.results[i] = future.result()
        self._look()
        time.sleep(0.05)

    def _look(self, reached: float = 0.0) -> None:
        """Store now and then, and look whether to end."""
        run_worker.stop_if_asked(reached)
        now = time.monotonic()
        if now - self._stored < EVERY:
            return
        self._stored = now
        if not self._store() or self._rows().filter(cancel_requested=True).exists():
            raise RunCancelledError

    def _rows(self) -> Any:
        alive = (RunStatus.RUNNING, RunStatus.LOST)
        return Sweep.objects.filter(pk=self.sweep.pk, worker=worker_name(), status__in=alive)

    def _store(self, **columns: Any) -> int:
        done = sum(1 for entry in self.results if entry)
        stored: int = self._rows().update(
            results=self.results, done=done, versions=self.sweep.versions,
            **{"heartbeat": timezone.now()} | columns,
        )  # fmt: skip
        return stored


@contextmanager
def _cancelled_at_the_end(client: Any) -> Iterator[dict[int, Any]]:
    """Give a place for tasks; what is left in it at the end is not computed."""
    waiting: dict[int, Any] = {}
    try:
        yield waiting
    finally:
        if waiting:
            client.cancel(list(waiting.values()))
