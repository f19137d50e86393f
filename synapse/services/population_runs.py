"""Runs of populations: begin one, or go on with one that was stopped or lost."""

import hashlib
import json
import os
import platform
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from secrets import token_hex
from typing import Any

import numpy as np
from django.utils import timezone

from synapse.models import Population, PopulationRun, RunStatus
from synapse.plasticity.group import check_time
from synapse.services import population_files as files
from synapse.services.population import Loaded, load_population
from synapse.services.population_drives import (
    LARGEST_SEED,
    DriveOptions,
    arrays_of,
    describe,
    is_constant,
    restore_drive,
)
from synapse.services.population_progress import Means, PopulationRunInProgress, RunTakenError
from synapse.services.population_shares import Recording
from synapse.services.population_tasks import signature
from synapse.services.run_records import versions
from synapse.services.runs import SILENT
from synapse.services.simulator import check_duration

MUST_AGREE = ("model", "numba", "numpy", "engine", "machine")
"""Of the versions: what a resumed run must find as it was."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to run: for how long (ms), under which input, and what to record."""

    duration: float
    drive: DriveOptions = field(default_factory=DriveOptions)
    seed: int | None = None
    recording: Recording = field(default_factory=Recording)


def begin(
    *, population: Population, plan: Plan, means: Means, owner: Any = None
) -> PopulationRunInProgress:
    """Load a population, check everything, and make the run's row.

    Raises ``ValueError`` for what cannot be run; then nothing was stored.
    """
    check_duration("until", plan.duration)
    plan.drive.check()
    _check_means(means)
    if plan.seed is not None and not 0 <= plan.seed <= LARGEST_SEED:
        raise ValueError(f"seed must be 0 to {LARGEST_SEED}; got {plan.seed}")
    seed = _next_seed(population) if plan.seed is None else plan.seed
    loaded = load_population(population)
    check_time(loaded.group.time + plan.duration)
    beyond = [place for place in plan.recording.synapses if place >= len(loaded.synapse_keys)]
    if beyond:
        raise ValueError(f"synapses must be 0 to {len(loaded.synapse_keys) - 1}; got {beyond[0]}")
    _draw_keys(loaded, seed)
    drive = plan.drive.drive(loaded.group, seed=seed)
    now = timezone.now()
    run = PopulationRun(
        population=population, owner=owner or population.owner, visibility=population.visibility,
        status=RunStatus.RUNNING, total=plan.duration, started=now, heartbeat=now, seed=seed,
        drive=describe(drive, plan.drive), versions=_versions(means),
        settings={
            **asdict(means), **_process(), "start": loaded.group.time,
            "state": _state_digest(loaded), "recording": plan.recording.to_json(),
        },
    )  # fmt: skip
    run.save()
    run.settings["folder"] = f"population-run-{run.pk}-{token_hex(4)}"
    run.save(update_fields=["settings"])
    if not is_constant(drive):
        files.write_arrays(files.path_of(run, files.INPUT), arrays_of(drive))
    return PopulationRunInProgress(run, loaded, drive, plan.recording, means)


def resume(*, run: PopulationRun, means: Means) -> PopulationRunInProgress:
    """Take over a run that was stopped or lost, from its last checkpoint.

    Raises ``ValueError`` where it still runs, is done, or could not end in the same bits.
    """
    check_resumable(run)
    _check_means(means)
    found = _versions(means)
    for name in MUST_AGREE:
        if run.versions.get(name) != found.get(name):
            raise ValueError(
                f"run {run.pk} was computed with {name} {run.versions.get(name)}, and this is "
                f"{found.get(name)}: the result would not be the same. Begin a new run"
            )
    loaded = load_population(run.population)
    if _state_digest(loaded) != run.settings["state"]:
        raise ValueError(
            f"the population has changed since run {run.pk} began, so it cannot be stored any "
            "more. Begin a new run"
        )
    _draw_keys(loaded, run.seed)
    recording = Recording(**run.settings["recording"])
    file = files.path_of(run, files.INPUT)
    drive = restore_drive(run.drive, file, loaded.group, seed=run.seed)
    _take_over(run, means)
    files.clean(run)
    return PopulationRunInProgress(run, loaded, drive, recording, means)


def _check_means(means: Means) -> None:
    """Look for Dask and its scheduler before anything is loaded or stored."""
    if means.distributed:
        from synapse.services.population_workers import check_reachable

        check_reachable(means.scheduler)


def check_resumable(run: PopulationRun) -> None:
    """Raise ``ValueError`` for a run that is done, or that still runs."""
    if run.status == RunStatus.DONE:
        raise ValueError(f"run {run.pk} is done")
    if run.status == RunStatus.RUNNING and not is_lost(run):
        silent = (timezone.now() - run.heartbeat).total_seconds() if run.heartbeat else 0.0
        raise ValueError(
            f"run {run.pk} is still running (last sign of life {silent:.0f} s ago); it counts as "
            f"lost after {SILENT.total_seconds():.0f} s of silence"
        )
    if "folder" not in run.settings:
        raise ValueError(f"run {run.pk} ended before it began")


def is_lost(run: PopulationRun, now: datetime | None = None) -> bool:
    """Say whether a running run has lost its process."""
    quiet = (now or timezone.now()) - (run.heartbeat or run.created)
    if quiet > SILENT:
        return True
    here = run.settings.get("host") == platform.node() and os.name == "posix"
    return here and not _is_alive(int(run.settings.get("process", 0)))


def mark_lost() -> int:
    """Mark runs of populations whose process is gone; return how many."""
    lost = [r.pk for r in PopulationRun.objects.filter(status=RunStatus.RUNNING) if is_lost(r)]
    return PopulationRun.objects.filter(pk__in=lost, status=RunStatus.RUNNING).update(
        status=RunStatus.LOST, error="The process that ran it ended without a word."
    )


def _take_over(run: PopulationRun, means: Means) -> None:
    """Make a run this process's, unless another was faster."""
    now = timezone.now()
    settings = {**run.settings, **asdict(means), **_process()}
    mine = PopulationRun.objects.filter(pk=run.pk, status=run.status, started=run.started)
    taken = mine.update(
        status=RunStatus.RUNNING, started=now, heartbeat=now, finished=None, error="",
        cancel_requested=False, settings=settings,
    )  # fmt: skip
    if not taken:
        raise RunTakenError(f"another process has just taken over run {run.pk}")
    run.refresh_from_db()


def _is_alive(process: int) -> bool:
    if process < 1:
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _process() -> dict[str, Any]:
    return {"host": platform.node(), "process": os.getpid()}


def _next_seed(population: Population) -> int:
    """Return 0 for a population's first run, then 1: another run has other spikes."""
    return population.runs.filter(status=RunStatus.DONE).count()


def _draw_keys(loaded: Loaded, seed: int) -> None:
    """Let the stored generator key what is random; it moves on only if something is."""
    generator = np.random.default_rng(seed)
    if loaded.random_state is not None:
        generator.bit_generator.state = loaded.random_state
    if loaded.group.draw_keys(generator):
        loaded.random_state = dict(generator.bit_generator.state)


def _state_digest(loaded: Loaded) -> str:
    """Return a hash of the versions of all neurons and of who belongs to the group."""
    text = json.dumps([sorted(loaded.versions.items()), loaded.synapse_keys])
    return hashlib.sha256(text.encode()).hexdigest()


def _versions(means: Means) -> dict[str, str]:
    found = signature() | versions("compiled")
    if means.distributed:
        from importlib.metadata import PackageNotFoundError, version

        with suppress(PackageNotFoundError):
            found["dask"] = version("distributed")
    return found
