"""Runs: simulate, and keep all that is needed to do it again and compare."""

import hashlib
import platform
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import django
import numpy as np
from django.db import transaction
from django.utils import timezone

from synapse.models import Run, RunStatus, Synapse
from synapse.plasticity.components import COMPONENTS
from synapse.plasticity.group import SHARED_NAMES, Group, parameter_names
from synapse.plasticity.layout import Records
from synapse.plasticity.stimulus import Protocol
from synapse.services.population import Loaded
from synapse.services.simulator import BackEndChoice, SynapseSimulator, check_duration
from synapse.services.traces import Trace, keep_trace

MODEL_VERSION = "3"
"""Calibration of the model; a change of an equation or a default raises it."""
HEARTBEAT = 1.0
"""Seconds between two signs of life of a run."""
LONG_WORK = 100_000
"""Synapse-ticks, about a second of plain Python."""
SILENT = timedelta(seconds=60)
"""A running run that is silent for longer has lost its process."""
PLACES = ("neuron_of", "cleft_of", "astrocyte_of", "pool_of")


class RunCancelledError(Exception):
    """Somebody asked for the run to end."""


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
    nothing is stored at all.

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
    ) -> None:
        self.plan = plan
        self.keep = keep
        self.simulator = SynapseSimulator(synapses, seed=seed, back_end=back_end)
        self.start = self.simulator.time
        self.on_progress: Callable[[float], None] | None = None
        self._beat = timezone.now()
        loaded, first = self.simulator.loaded, self.simulator.synapses[0]
        self.run = Run(
            synapse=first,
            owner=owner,
            visibility=first.visibility,
            title=title or plan.protocol.title,
            status=RunStatus.RUNNING,
            total=plan.total,
            started=self._beat,
            heartbeat=self._beat,
            protocol={**plan.to_json(), "synapses": [s.pk for s in self.simulator.synapses]},
            start_state=state_json(loaded),
            parameters=parameters_json(loaded),
            clock=self.start,
            random_state=loaded.random_state,
            state_version=sum(loaded.versions.values()),
        )
        if keep:
            self.run.save()

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

    def _progress(self, time: float) -> None:
        """Say that the run is alive, and look whether it should end."""
        now, done = timezone.now(), min(self.plan.total, max(0.0, time - self.start))
        if self.on_progress is not None:
            self.on_progress(done)
        if not self.keep or (now - self._beat).total_seconds() < HEARTBEAT:
            return
        self._beat = now
        rows = Run.objects.filter(pk=self.run.pk)
        rows.update(done=done, heartbeat=now)
        if not rows.filter(cancel_requested=False).exists():
            raise RunCancelledError("The run was cancelled.")

    def _finish(self) -> None:
        run, loaded = self.run, self.simulator.loaded
        self._describe()
        run.status, run.done = RunStatus.DONE, run.total
        run.result = state_json(loaded)
        run.result_hash = result_hash(loaded.group)
        if not self.keep:
            return
        keep_trace(run, self.trace())
        with transaction.atomic():
            self.simulator.save()
            run.save()

    def _end(self, error: BaseException) -> None:
        """Close the run's row after anything but success."""
        if not self.keep:
            return
        interrupted = isinstance(error, RunCancelledError | KeyboardInterrupt | GeneratorExit)
        self.run.refresh_from_db(fields=["done", "heartbeat", "cancel_requested"])
        self._describe()
        self.run.status = RunStatus.CANCELLED if interrupted else RunStatus.FAILED
        self.run.error = "" if interrupted else str(error)
        keep_trace(self.run, self.trace())
        self.run.save()

    def _describe(self) -> None:
        simulator, run = self.simulator, self.run
        run.finished = timezone.now()
        run.ticks = simulator.ticks
        run.back_end = simulator.used_back_end
        run.versions = versions(simulator.used_back_end)


def mark_lost(now: datetime | None = None) -> int:
    """Mark runs whose process has been silent for too long; return how many."""
    before = (now or timezone.now()) - SILENT
    return Run.objects.filter(status=RunStatus.RUNNING, heartbeat__lt=before).update(
        status=RunStatus.LOST, error="The process that ran it ended without a word."
    )


# --- what a run keeps ------------------------------------------------------------------


CLOCK = {"neurons": ("time", "last_spike")}


def _state_names(group: Group) -> dict[str, tuple[str, ...]]:
    """Return the names of the states that each part of a group holds."""
    shared = {SHARED_NAMES[c.name]: c for c in COMPONENTS if c.shared}
    names = {
        part: (*(q.name for q in component.states), *CLOCK.get(part, ()))
        for part, component in shared.items()
    }
    return {"states": group.states.dtype.names or (), **names}


def state_json(loaded: Loaded) -> dict[str, Any]:
    """Return every state of the group with clock and drugs, as plain data."""
    group = loaded.group
    return {
        "synapses": loaded.synapse_keys,
        **{
            part: columns_json(getattr(group, part), names)
            for part, names in _state_names(group).items()
        },
        **{place: getattr(group, place).tolist() for place in PLACES},
        "drugs": list(group.drugs),
    }


def parameters_json(loaded: Loaded) -> dict[str, Any]:
    """Return every parameter of the group, as set, without drugs and protocol bath."""
    return {
        part: columns_json(records, parameter_names(part))
        for part, records in loaded.group.base.items()
    }


def columns_json(records: Records, names: Iterable[str]) -> dict[str, list[float | None]]:
    """Return columns of records by name; infinity (never) becomes null."""
    return {
        name: [value if np.isfinite(value) else None for value in records[name].tolist()]
        for name in names
    }


def result_hash(group: Group) -> str:
    """Return the SHA-256 of every state of the group with its clock, to the last bit."""
    digest = hashlib.sha256()
    for part, names in _state_names(group).items():
        for name in names:
            digest.update(np.ascontiguousarray(getattr(group, part)[name]).tobytes())
    return digest.hexdigest()


def versions(back_end: str) -> dict[str, str]:
    """Return what computed a result."""
    found = {
        "model": MODEL_VERSION,
        "python": platform.python_version(),
        "django": django.get_version(),
        "numpy": np.__version__,
        "platform": f"{platform.system()} {platform.machine()}",
    }
    if back_end == "compiled":
        found["numba"] = sys.modules["numba"].__version__
    return found
