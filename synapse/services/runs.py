"""Runs: simulate, and keep all that is needed to do it again and compare."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from synapse.models import Run, RunStatus, Synapse
from synapse.plasticity.group import Group
from synapse.plasticity.stimulus import Protocol
from synapse.services.run_records import MODEL_VERSION as MODEL_VERSION
from synapse.services.run_records import parameters_json, result_hash, state_json, versions
from synapse.services.simulator import BackEndChoice, SynapseSimulator, check_duration
from synapse.services.traces import Trace, keep_trace
from synapse.services.work_queues import work_queues
from synapse.services.worker_names import worker_name as worker_name

HEARTBEAT = 1.0
"""Seconds between two signs of life of a run."""
LONG_WORK = 100_000
"""Synapse-ticks, about a second of plain Python."""
SILENT = timedelta(seconds=60)
"""A running run that is silent for longer has lost its process."""
LOST = "The process that ran it ended without a word. The state is as it was before the run."
AGAIN = "again"
"""In a run's protocol: the run of which this one repeats the start, to compare the result."""
SWEEP = "sweep"
"""In a run's protocol: the sweep and the point whose parameters it has."""
STAND_ALONE = [AGAIN, SWEEP]
BEGUN = (
    "total", "protocol", "start_state", "parameters", "clock", "random_state", "state_version",
)  # fmt: skip
DESCRIBED = (
    "status", "done", "error", "finished", "ticks", "back_end", "versions", "result",
    "result_hash", "trace", "trace_path",
)  # fmt: skip
"""Columns that the start and the end of a run write: never what somebody may have changed."""


class RunCancelledError(Exception):
    """Somebody asked for the run to end."""


class RunStoppedError(Exception):
    """The process is to end: the run goes back to the queue."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to run: a protocol for ``duration`` ms, begun anew ``repeat`` times."""

    protocol: Protocol
    duration: float
    repeat: int = 1

    def __post_init__(self) -> None:
        check_duration("duration", self.duration)
        if self.repeat < 1:
            raise ValueError(f"repeat must be at least 1; got {self.repeat}")
        check_duration("simulated time of the run", self.total)

    @property
    def total(self) -> float:
        """Simulated time in all, ms."""
        return self.duration * self.repeat

    def to_json(self) -> dict[str, Any]:
        """Return the plan as plain data."""
        return {**self.protocol.to_json(), "duration_ms": self.duration, "repeat": self.repeat}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Plan":
        """Return the plan that ``to_json`` wrote."""
        return cls(
            protocol=Protocol.from_json(data),
            duration=float(data["duration_ms"]),
            repeat=int(data.get("repeat", 1)),
        )


def execute(
    *,
    synapse: Synapse,
    protocol: Protocol,
    duration_ms: float,
    owner: Any = None,
    seed: int | None = None,
    title: str = "",
    repeat: int = 1,
    back_end: BackEndChoice = "auto",
) -> Run:
    """Run now; store state and run in one transaction, and return the finished run.

    Raises
    ------
    ValueError
        The plan cannot be run; nothing was stored.
    StateConflict
        Another writer was first; the run is kept as failed.
    """
    plan = Plan(protocol=protocol, duration=duration_ms, repeat=repeat)
    work = RunInProgress(synapse, plan, seed=seed, owner=owner, title=title, back_end=back_end)
    for _ in work.steps():
        pass
    return work.run


class RunInProgress:
    """A run on its way: ``steps`` yields simulated time and group, then stores the result.

    Events reach the given synapses; the trace is the first one's. Without ``keep``
    nothing is stored at all. ``row`` is a run that this process has taken from the queue;
    ``simulator`` begins somewhere else than in the stored state, which then stays as it is.

    Until it is through, only the run's own row changes. An exception, an interrupt or a
    request to cancel ends it with the state as it was; what was traced so far is kept.
    """

    def __init__(
        self,
        synapses: Synapse | Sequence[Synapse],
        plan: Plan,
        *,
        seed: int | None = None,
        owner: Any = None,
        title: str = "",
        back_end: BackEndChoice = "auto",
        keep: bool = True,
        row: Run | None = None,
        simulator: SynapseSimulator | None = None,
    ) -> None:
        self.plan = plan
        self.keep = keep
        self.stores_state = keep and simulator is None
        self.simulator = simulator or SynapseSimulator(synapses, seed=seed, back_end=back_end)
        self.start = self.simulator.time
        self.on_progress: Callable[[float], None] | None = None
        self._beat = timezone.now()
        self.run = row or self._new_row(seed=seed, owner=owner, title=title)
        self._describe_start()
        if keep:
            self.run.save(update_fields=BEGUN if row else None)

    def _new_row(self, *, seed: int | None, owner: Any, title: str) -> Run:
        first = self.simulator.synapses[0]
        return Run(
            synapse=first,
            owner=owner,
            visibility=first.visibility,
            title=title or self.plan.protocol.title,
            status=RunStatus.RUNNING,
            started=self._beat,
            heartbeat=self._beat,
            worker=worker_name(),
            seed=seed,
            protocol=self.plan.to_json(),
        )

    def _describe_start(self) -> None:
        """Write down from where the run begins."""
        run, loaded = self.run, self.simulator.loaded
        run.total = self.plan.total
        run.protocol = run.protocol | {"synapses": [s.pk for s in self.simulator.synapses]}
        run.start_state = state_json(loaded)
        run.parameters = parameters_json(loaded)
        run.clock = self.start
        run.random_state = loaded.random_state
        run.state_version = sum(loaded.versions.values())

    def steps(self, *, every: float | None = None) -> Iterator[tuple[float, Group]]:
        """Run; yield after every repetition, or every ``every`` ms of simulated time."""
        try:
            for _ in range(self.plan.repeat):
                yield from self.simulator.sampled(
                    self.plan.protocol,
                    duration=self.plan.duration,
                    every=every or self.plan.duration,
                    progress=self._progress,
                )
            self._finish()
        except BaseException as error:
            self._end(error)
            raise

    def is_long(self) -> bool:
        """Say whether the run will take long enough for somebody to wait for it."""
        return (
            self.plan.repeat * self.simulator.expected_ticks(self.plan.protocol, self.plan.duration)
            > LONG_WORK
        )

    def trace(self) -> Trace:
        """Return what was traced so far."""
        return Trace.of(self.simulator.trace())

    def _other_traces(self) -> dict[int, Trace]:
        """Return what was traced of the named synapses after the first one."""
        named = enumerate(self.simulator.synapses)
        return {s.pk: Trace.of(self.simulator.trace(i)) for i, s in named if i > 0}

    def _progress(self, time: float) -> None:
        """Say that the run is alive, and look whether it should end."""
        now, done = timezone.now(), min(self.plan.total, max(0.0, time - self.start))
        if self.on_progress is not None:
            self.on_progress(done)
        if not self.keep or (now - self._beat).total_seconds() < HEARTBEAT:
            return
        self._beat = now
        rows = self._own_row()
        rows.update(done=done, heartbeat=now)
        if not rows.filter(cancel_requested=False).exists():
            raise RunCancelledError("The run was cancelled.")

    def _own_row(self) -> Any:
        """Return the row, as long as this process is the one that computes it.

        A run that was believed lost and is not may still finish.
        """
        alive = (RunStatus.RUNNING, RunStatus.LOST)
        return Run.objects.filter(pk=self.run.pk, worker=self.run.worker, status__in=alive)

    def _finish(self) -> None:
        run, loaded = self.run, self.simulator.loaded
        self._describe()
        run.status, run.done, run.error = RunStatus.DONE, run.total, ""
        run.result = state_json(loaded)
        run.result_hash = result_hash(loaded.group)
        if not self.keep:
            return
        self._keep_trace()
        with transaction.atomic():
            if not self._own_row().select_for_update().exists():
                raise RunCancelledError("The run was deleted or given to another process.")
            if self.stores_state:
                self.simulator.save()
            run.save(update_fields=DESCRIBED)

    def _end(self, error: BaseException) -> None:
        """Close the run's row after anything but success."""
        if not self.keep or not self._own_row().exists():
            return
        run = self.run
        if isinstance(error, RunStoppedError | SystemExit):
            self._own_row().update(
                status=RunStatus.QUEUED, worker="", started=None, heartbeat=None, done=0.0
            )
            return
        run.refresh_from_db(fields=["done", "error"])
        interrupted = isinstance(error, RunCancelledError | KeyboardInterrupt | GeneratorExit)
        self._describe()
        run.status = RunStatus.CANCELLED if interrupted else RunStatus.FAILED
        run.error = run.error if interrupted else str(error) or type(error).__name__
        run.result, run.result_hash = {}, ""
        self._keep_trace()
        run.save(update_fields=DESCRIBED)

    def _keep_trace(self) -> None:
        """Keep the trace; where there is no room for it, say so and keep the rest."""
        try:
            keep_trace(self.run, self.trace(), self._other_traces())
        except OSError as problem:
            self.run.trace, self.run.trace_path = None, ""
            reason = problem.strerror or str(problem)
            sentence = (
                f"The trace could not be written and is missing: {reason}. Everything else was "
                "kept."
            )
            self.run.error = f"{self.run.error} {sentence}".strip()

    def _describe(self) -> None:
        simulator, run = self.simulator, self.run
        run.finished = timezone.now()
        run.ticks = simulator.ticks
        run.back_end = simulator.used_back_end
        run.versions = versions(simulator.used_back_end)


def stands_alone(protocol: Mapping[str, Any]) -> bool:
    """Say whether a run begins elsewhere than in the stored state, and leaves that alone."""
    return any(key in protocol for key in STAND_ALONE)


def mark_lost(now: datetime | None = None) -> int:
    """Mark rows whose process has been silent for too long; return how many."""
    before = (now or timezone.now()) - SILENT
    found = 0
    for queue in work_queues():
        silent = queue.model.objects.filter(status=RunStatus.RUNNING, heartbeat__lt=before)
        if silent.exists():  # a page asks often, and a look needs no lock
            found += silent.update(status=RunStatus.LOST, error=queue.lost)
    return found
