"""Compute a queued job: learn its file batch by batch, and let others learn between two."""

import time
from contextlib import suppress
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.utils import timezone

from learner.models import Learner, Stream, StreamJob
from learner.services.columns import Columns
from learner.services.jobs import file_of, options_of, remove_file
from learner.services.learning import BadRowError, StreamLearning
from learner.services.limits import Growth
from learner.services.locks import WriterLock
from learner.services.records import Source
from learner.services.sessions import Session, writing
from learner.services.stream_files import open_file
from synapse.models import RunStatus
from synapse.services import run_queue, run_worker
from synapse.services.conflict import StateConflict
from synapse.services.runs import RunCancelledError, RunStoppedError
from synapse.services.worker_names import worker_name

OPEN_FOR = 0.03
"""Seconds between two batches in which another process may take the learner."""
PATIENCE = 60.0
"""Seconds that a job waits for another writer."""
AGAIN = 0.2
SHOWN_PROBLEMS = 20


def job_row(key: int) -> bool:
    """Take a job from the queue and compute it; false where it cannot be taken."""
    if not run_queue.claim(StreamJob, key, worker=worker_name()):
        return False
    job = StreamJob.objects.select_related("learner").get(pk=key)
    with run_worker.heartbeat(StreamJob, key), suppress(RunCancelledError, RunStoppedError):
        try:
            JobInProgress(job).run()
        except (RunCancelledError, RunStoppedError):
            raise
        except Exception as error:  # whatever it is, the worker goes on and the page says it
            run_worker.fail(StreamJob, key, error)
    return True


class BackgroundLearning(StreamLearning):
    """Learning that writes down its job together with each batch."""

    job: "JobInProgress"

    def renew(self, session: Session) -> None:
        """Go on with the state that somebody else has stored meanwhile."""
        self.session, self.model = session, session.model
        self.columns = Columns(self.learner.schema, self._features())
        waiting = self.named.unlearned(self._queue)
        self.metrics.repeated += len(self._queue) - len(waiting)
        self._queue.clear()
        self._growth = Growth(self.learner, self.model, self.columns)
        for event in waiting:
            try:
                self._growth.add(event.row, event.label)
            except ValueError as problem:
                self._skip(event.line, problem)
            else:
                self._queue.append(event)

    @property
    def records(self) -> int:
        """Records read so far, from the beginning of the file."""
        return self._position.records

    def _store(self) -> None:
        with writing(), transaction.atomic():
            super()._store()
            self.job.store_progress(self)

    def _refusal(self, bad: BadRowError) -> BadRowError:
        return BadRowError(
            f"{bad}. The {self.records} records before it were kept. Correct the file and upload "
            "it again, or go on and skip such rows."
        )


class JobInProgress:
    """A job on its way. What it stored before stays; it goes on after that."""

    def __init__(self, job: StreamJob) -> None:
        self.job = job
        self.learner: Learner = job.learner
        self.options = options_of(job)
        self.summary: dict[str, Any] = dict(job.summary)
        self.began = time.monotonic()

    def run(self) -> None:
        """Learn to the end of the file."""
        try:
            with open_file(file_of(self.job)) as source:
                self._learn(source)
        except RunStoppedError:
            self._update(status=RunStatus.QUEUED, worker="", started=None, heartbeat=None)
            raise
        except RunCancelledError:
            self._update(status=RunStatus.CANCELLED, finished=timezone.now())
            raise
        self._update(status=RunStatus.DONE, finished=timezone.now(), error="")
        remove_file(self.job.path)

    def _learn(self, source: Source) -> None:
        session = self._when_free(lambda: Session(self.learner))
        try:
            learning = BackgroundLearning(self.learner, source, self.options, session=session)
            learning.job = self
            if self._anything_left(learning):
                for _ in learning.batches():
                    session = self._let_others_in(learning, session)
        finally:
            session.__exit__(None, None, None)

    def _anything_left(self, learning: BackgroundLearning) -> bool:
        """Count a limit from where the job first began, not from where it goes on."""
        self.summary.setdefault("first", learning.learned_before)
        self.summary |= {"began": learning.learned_before}
        if self.options.limit is None:
            return True
        left: int = self.options.limit - learning.learned_before + self.summary["first"]
        learning.options = replace(self.options, limit=max(1, left))
        return left > 0

    def _let_others_in(self, learning: BackgroundLearning, session: Session) -> Session:
        """Open the learner to other writers for a moment; return a session that is up to date."""
        self._look()
        session._lock.release()
        time.sleep(OPEN_FOR)
        session._lock = self._when_free(lambda: WriterLock(self.learner))
        stored = Learner.objects.filter(pk=self.learner.pk).values_list("state_version", flat=True)
        if stored.first() == self.learner.state_version:
            return session
        self._check_place(learning)
        session._lock.release()
        fresh: Session = self._when_free(lambda: Session(self.learner))
        learning.renew(fresh)
        return fresh

    def _check_place(self, learning: BackgroundLearning) -> None:
        """Make sure that nobody else learned the same file meanwhile."""
        row = Stream.objects.filter(pk=learning.stream.pk).values_list("position", "digest").first()
        if row != (learning.stream.position, learning.stream.digest):
            raise StateConflict(
                f"{learning.stream.name} was learned by another process as well. Nothing was "
                "learned twice: start the job again, and it goes on after that."
            )

    def _when_free(self, take: Any) -> Any:
        """Return what ``take`` returns, once no other process writes to the learner."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return take()
            except StateConflict:
                if time.monotonic() > deadline:
                    raise
            self._look()
            time.sleep(AGAIN)

    def _look(self) -> None:
        """End where this process, the job's owner or a pause asks for it."""
        run_worker.stop_if_asked(0.0)
        rows = self._rows().values_list("cancel_requested", "learner__paused")
        found = rows.first()
        if found is None or found[0]:
            raise RunCancelledError
        if found[1]:
            raise RunStoppedError

    def store_progress(self, learning: BackgroundLearning) -> None:
        """Write down how far the job is, in the transaction of the batch."""
        metrics, seconds = learning.metrics, time.monotonic() - self.began
        records = learning.records - self.summary["began"]
        self.summary |= {
            **metrics.summary(),
            "skipped": metrics.skipped,
            "repeated": metrics.repeated,
            "seconds": seconds,
            "rate": records / seconds if seconds > 0 else 0.0,
            "problems": learning.problems[:SHOWN_PROBLEMS],
        }
        stored = self._rows().update(
            done=learning.records, stream=learning.stream, summary=self.summary,
            heartbeat=timezone.now(),
        )  # fmt: skip
        if not stored:
            raise RunCancelledError("The job was deleted or given to another process.")

    def _rows(self) -> Any:
        alive = (RunStatus.RUNNING, RunStatus.LOST)
        return StreamJob.objects.filter(pk=self.job.pk, worker=worker_name(), status__in=alive)

    def _update(self, **columns: Any) -> None:
        self._rows().update(**columns)
