"""A run of a population on its way: intervals, checkpoints, signs of life, the result."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from django.db import OperationalError, transaction
from django.utils import timezone

from synapse.models import PopulationRun, RunStatus
from synapse.plasticity.lanes.drive import Drive
from synapse.plasticity.lanes.part import uses_processes
from synapse.plasticity.population import exchange_interval, exchange_times
from synapse.services import population_files as files
from synapse.services.population import Loaded, store_population
from synapse.services.population_engines import Engine, LocalEngine, Pace
from synapse.services.population_shares import Recording, put, start_of
from synapse.services.population_tasks import warm_up
from synapse.services.run_records import result_hash
from synapse.services.runs import HEARTBEAT


class RunStoppedError(Exception):
    """Somebody asked for the run to end; it can be resumed."""


class RunTakenError(ValueError):
    """Another process has taken over the run, or it was deleted."""


@dataclass(frozen=True, kw_only=True)
class Means:
    """How a run is computed; none of it changes a bit of the result."""

    threads: int = 1
    workers: int = 0
    scheduler: str = ""
    checkpoint_every: float | None = None

    @property
    def distributed(self) -> bool:
        """Return whether Dask does the work."""
        return bool(self.workers or self.scheduler)


class PopulationRunInProgress:
    """A run on its way: ``steps`` yields simulated time (ms), then stores the result.

    Until it is through, only the run's own row and files change.
    """

    def __init__(
        self, run: PopulationRun, loaded: Loaded, drive: Drive, recording: Recording, means: Means
    ) -> None:
        self.run = run
        self.loaded = loaded
        self.drive = drive
        self.recording = recording
        self.means = means
        self.start = float(run.settings["start"])
        self.stop_requested = False
        self.on_progress: Callable[[float], None] = lambda done: None
        self.resumed_at: float | None = None
        self.ticks = 0
        self._beat = 0.0

    @property
    def end(self) -> float:
        """Simulated time at the end, ms."""
        return self.start + self.run.total

    def steps(self) -> Iterator[float]:
        """Run; yield the simulated time done (ms) now and then.

        Raises
        ------
        RunStoppedError
            Asked to end: a checkpoint was written.
        StateConflict
            Another writer stored a newer state; nothing was stored.
        """
        try:
            with self._engine() as engine:
                yield from self._walk(engine)
                self.ticks = engine.ticks
                self._finish(engine)
        except RunTakenError:
            raise
        except BaseException as error:
            self._end(error)
            raise

    def _walk(self, engine: Engine) -> Iterator[float]:
        """Run all intervals that are left, with checkpoints between."""
        pace = Pace(self.means.checkpoint_every)
        intervals = exchange_times(
            engine.time, self.end, interval=exchange_interval(self.loaded.group),
            last=self.drive.last_event,
        )  # fmt: skip
        while stops := pace.take(intervals):
            begun, first, last = perf_counter(), stops[0][0], stops[-1][1]
            for share in engine.run(stops):
                self._tell(first + share * (last - first))
                yield first + share * (last - first) - self.start
                if self.stop_requested:
                    self._write(engine)
                    raise RunStoppedError("The run was asked to end.")
            if pace.is_due(perf_counter() - begun) and last < self.end:
                begun = perf_counter()
                self._write(engine)
                pace.wrote(perf_counter() - begun)

    @contextmanager
    def _engine(self) -> Iterator[Engine]:
        """Give what runs the population, set to the last checkpoint."""
        group, means = self.loaded.group, self.means
        if not means.distributed:
            engine: Engine = LocalEngine(
                group, self.drive, threads=means.threads, recording=self.recording, told=self._tell
            )
            self._restore(engine)
            yield engine
            return
        from synapse.services.population_workers import DistributedEngine, connect

        if not means.scheduler:
            warm_up(processes=uses_processes(group, self.drive))
        with connect(workers=means.workers, scheduler=means.scheduler) as client:
            engine = DistributedEngine(
                group, self.drive, client=client, shares=means.workers,
                threads=means.threads, recording=self.recording,
            )  # fmt: skip
            self._restore(engine)
            yield engine

    def _restore(self, engine: Engine) -> None:
        if self.run.checkpoint:
            like = start_of(self.loaded.group, self.recording)
            kept = files.read_checkpoint(files.path_of(self.run, files.CHECKPOINT), like)
            engine.restore(kept)
            self.resumed_at = engine.time - self.start

    def _tell(self, time: float) -> None:
        """Say that the run is alive, and look whether it should end."""
        done = min(self.run.total, max(0.0, time - self.start))
        self.on_progress(done)
        now = perf_counter()
        if now - self._beat < HEARTBEAT:
            return
        self._beat = now
        try:
            found = self._own().update(done=done, heartbeat=timezone.now())
            cancelled = self._own().filter(cancel_requested=True).exists()
        except OperationalError:  # another process writes: the next sign of life will do
            return
        if not found:
            raise RunTakenError(
                f"Run {self.run.pk} was deleted, or taken over by another process. "
                "Nothing was stored."
            )
        self.stop_requested |= cancelled

    def _own(self) -> Any:
        """Return the run's row, as long as it is this process's."""
        return PopulationRun.objects.filter(
            pk=self.run.pk, started=self.run.started, status=RunStatus.RUNNING
        )

    def _write(self, engine: Engine) -> None:
        """Write a checkpoint, if anything was done yet."""
        if not engine.begun:
            return
        kept = engine.checkpoint()
        files.write_arrays(files.path_of(self.run, files.CHECKPOINT), kept)
        self.run.checkpoint = f"{self.run.settings['folder']}/{files.CHECKPOINT}"
        self.run.done = engine.time - self.start
        self._own().update(checkpoint=self.run.checkpoint, done=self.run.done)

    def _finish(self, engine: Engine) -> None:
        run, loaded = self.run, self.loaded
        put(loaded.group, engine.checkpoint())
        run.result_hash = result_hash(loaded.group)
        if self.recording.synapses:
            arrays = files.recording_arrays(
                engine.checkpoint(), variables=list(self.recording.variables),
                synapses=list(self.recording.synapses), keys=loaded.synapse_keys,
            )  # fmt: skip
            files.write_arrays(files.path_of(run, files.RECORDING), arrays)
            run.recording = f"{run.settings['folder']}/{files.RECORDING}"
        run.settings["ticks"] = self.ticks
        with transaction.atomic():
            if not self._own().update(heartbeat=timezone.now()):
                raise RunTakenError(f"Run {run.pk} was deleted or taken over; nothing was stored.")
            store_population(loaded)
            run.status, run.done, run.finished = RunStatus.DONE, run.total, timezone.now()
            run.checkpoint = ""
            run.save()
        files.remove_checkpoint(run)

    def _end(self, error: BaseException) -> None:
        """Close the run's row after anything but success."""
        stopped = isinstance(error, RunStoppedError | KeyboardInterrupt | GeneratorExit)
        self._own().update(
            status=RunStatus.CANCELLED if stopped else RunStatus.FAILED,
            error="" if stopped else str(error),
            done=self.run.done, checkpoint=self.run.checkpoint, finished=timezone.now(),
        )  # fmt: skip
