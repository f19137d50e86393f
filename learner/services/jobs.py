"""Jobs: files to learn from in the background, one after the other of each learner."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.tasks import task

from learner.models import Learner, StreamJob
from learner.services.learning import Options
from learner.services.stream_files import StreamFile
from synapse.models import RunStatus
from synapse.services.run_queue import ENDED, require_writable
from synapse.services.work_queues import Queue

MOST_WAITING = 20
"""Jobs of one learner that may wait at once."""
BATCH = 1000
"""Records that are stored at once, after which others may write."""
LOST = (
    "The process that ran it ended without a word. What it had learned is kept: started again, "
    "it goes on from there."
)
EARLY = (RunStatus.LOST, RunStatus.FAILED, RunStatus.CANCELLED)


@task
def compute_job(key: int) -> bool:
    """Learn from the file of a queued job; false where it cannot be taken."""
    from learner.services.job_runs import job_row

    return job_row(key)


def is_busy(rows: Any) -> bool:
    """Say whether a job must wait: its learner is paused, or learns from another file."""
    found = rows.values_list("learner_id", "learner__paused").first()
    if found is None:
        return False
    learner, paused = found
    others = StreamJob.objects.filter(learner=learner, status=RunStatus.RUNNING)
    return bool(paused) or others.exists()


JOBS = Queue(model=StreamJob, task=compute_job, lost=LOST, busy=is_busy)


def options_of(job: StreamJob) -> Options:
    """Return how a job learns; once it has begun, it never begins again."""
    given = {**job.options["learn"], "batch": BATCH}
    given |= {name: tuple(given.get(name, ())) for name in ("categorical", "ignore")}
    return Options(**given | {"again": given.get("again", False) and job.stream_id is None})


def file_of(job: StreamJob) -> StreamFile:
    """Return the file of a job."""
    return StreamFile(**job.options["file"])


def enqueue(*, learner: Learner, file: StreamFile, options: Options) -> StreamJob:
    """Queue a file; asked for twice, it is queued once."""
    found: StreamJob | None = StreamJob.objects.filter(learner=learner, path=file.path).first()
    if found is not None:
        return found
    waiting = StreamJob.objects.filter(learner=learner, status=RunStatus.QUEUED).count()
    if waiting >= MOST_WAITING:
        raise ValueError(f"{waiting} jobs of this learner wait; at most {MOST_WAITING} may")
    if not (Path(settings.TRACES_DIR) / file.path).is_file():
        raise ValueError(f"{file.name} is no longer kept here: upload it again")
    job = StreamJob.objects.create(
        learner=learner, title=file.name[:200], path=file.path, size=file.size,
        total=min(file.records, options.limit or file.records),
        options={"learn": asdict(options), "file": asdict(file)},
    )  # fmt: skip
    compute_job.enqueue(job.pk)
    return job


def go_on(*, job: StreamJob, user: Any, skip_bad_rows: bool = False) -> None:
    """Queue a job again that ended early; it goes on after the last batch that was stored."""
    require_writable(job, user)
    if not (Path(settings.TRACES_DIR) / job.path).is_file():
        raise ValueError(f"{job.title} is no longer kept here: upload it again")
    options = job.options
    if skip_bad_rows:
        options = options | {"learn": options["learn"] | {"skip_bad_rows": True}}
    rows = StreamJob.objects.filter(pk=job.pk, status__in=EARLY)
    queued = {"status": RunStatus.QUEUED, "cancel_requested": False, "error": "", "finished": None}
    if not rows.update(**queued, worker="", options=options):
        raise ValueError(f"job {job.pk} did not end early")
    compute_job.enqueue(job.pk)


def remove(*, job: StreamJob, user: Any) -> None:
    """Delete a job that has ended, with its file; what it learned stays learned."""
    require_writable(job, user)
    with transaction.atomic():
        deleted, _ = StreamJob.objects.filter(pk=job.pk, status__in=ENDED).delete()
        if not deleted:
            raise ValueError("it is waiting or running: cancel it first")
        transaction.on_commit(lambda: remove_file(job.path))


def remove_file(path: str) -> None:
    """Remove the file of a job."""
    (Path(settings.TRACES_DIR) / path).unlink(missing_ok=True)
