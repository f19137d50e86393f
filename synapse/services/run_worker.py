"""A worker: takes rows from the queue, one at a time, and computes them."""

import logging
import os
import platform
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.db import DatabaseError, OperationalError, close_old_connections, connection
from django.utils import timezone

from synapse.models import Run, RunStatus, Synapse
from synapse.services import run_queue
from synapse.services.runs import (
    AGAIN,
    Plan,
    RunCancelledError,
    RunInProgress,
    RunStoppedError,
    mark_lost,
    stands_alone,
    worker_name,
)
from synapse.services.work_queues import do_chores, work_queues

PULSE = 5.0
"""Seconds between two signs of life while nothing is simulated (code is being compiled)."""
LOOK = 10.0
"""Seconds between two looks for rows that lost their process, and for chores."""
TROUBLE = 5.0
"""Seconds until a database that does not answer is asked again."""

logger = logging.getLogger(__name__)
stopping = threading.Event()
"""Set when this process is to end: what it computes goes back to the queue."""


def work(*, interval: float = 1.0, once: bool = False) -> None:
    """Compute what is queued until ``stopping`` is set; ``once``: until nothing waits."""
    looked = -LOOK
    troubled = False
    while not stopping.is_set():
        if not connection.in_atomic_block:
            close_old_connections()
        try:
            if time.monotonic() - looked > LOOK:
                mark_dead()
                mark_lost()
                do_chores()
                looked = time.monotonic()
            busy = any(step(queue.model, queue.task) for queue in work_queues())
            troubled = False
        except OperationalError as error:  # locked, full or away for a while
            if connection.in_atomic_block or once:
                raise
            busy = False
            if not troubled:
                logger.warning("The database does not answer, and is asked again: %s", error)
            troubled = True
        if once and not busy:
            return
        if not busy:
            stopping.wait(TROUBLE if troubled else interval)


def step(model: Any, task: Any) -> bool:
    """Compute the first row of a queue that can be taken; false where none can."""
    return any(not stopping.is_set() and task.call(key) for key in run_queue.waiting(model))


def mark_dead() -> int:
    """Mark at once what processes of this machine left behind that are no more."""
    dead = 0
    for queue in work_queues():
        running = queue.model.objects.filter(status=RunStatus.RUNNING)
        for key, worker in running.values_list("pk", "worker"):
            if not _lives(worker):
                rows = running.filter(pk=key, worker=worker)
                dead += rows.update(status=RunStatus.LOST, error=queue.lost)
    return dead


def _lives(worker: str) -> bool:
    """Say whether a worker may be alive; of other machines only its heartbeat tells."""
    machine, _, rest = worker.partition(" ")
    process = rest.partition(" ")[0]
    if os.name == "nt" or machine != platform.node()[:40] or not process.isdigit():
        return True  # on Windows a signal 0 is not a question
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return int(process) != os.getpid() or worker == worker_name()


def run_row(key: int) -> bool:
    """Take a run from the queue and compute it; false where it cannot be taken."""
    if not run_queue.claim(Run, key, worker=worker_name()):
        return False
    run = Run.objects.select_related("synapse").get(pk=key)
    with heartbeat(Run, key), suppress(RunCancelledError, RunStoppedError):
        try:
            _compute(run)
        except (RunCancelledError, RunStoppedError):
            raise
        except Exception as error:  # whatever it is, the worker goes on and the page says it
            fail(Run, key, error)
    return True


def _compute(run: Run) -> None:
    """Compute a run that this process has taken."""
    if stands_alone(run.protocol):
        from synapse.services.verify import again, of_sweep

        work = again(run) if AGAIN in run.protocol else of_sweep(run)
    else:
        keys = run.protocol.get("synapses", [run.synapse_id])
        found = Synapse.objects.in_bulk(keys)
        plan = Plan.from_json(run.protocol)
        work = RunInProgress([found[k] for k in keys if k in found], plan, seed=run.seed, row=run)
    work.on_progress = stop_if_asked
    for _ in work.steps():
        pass


def stop_if_asked(done: float) -> None:
    """Raise ``RunStoppedError`` where this process is to end."""
    if stopping.is_set():
        raise RunStoppedError


def fail(model: Any, key: int, error: Exception) -> None:
    """Close a row that its own code could not close."""
    rows = model.objects.filter(pk=key, status=RunStatus.RUNNING, worker=worker_name())
    with suppress(DatabaseError):  # a full disk, say: then its silence will mark it as lost
        rows.update(status=RunStatus.FAILED, finished=timezone.now(), error=sentence(error))


def sentence(error: Exception) -> str:
    """Return what went wrong, for a reader."""
    if isinstance(error, DatabaseError):
        return f"The database refused to store it: {error}. Nothing else was changed."
    if isinstance(error, ValueError | ArithmeticError):
        return str(error)
    return f"It ended with {type(error).__name__}: {error}"


@contextmanager
def heartbeat(model: Any, key: int) -> Iterator[None]:
    """Say every ``PULSE`` seconds that a row's process is alive, from a thread."""
    done = threading.Event()
    rows = model.objects.filter(pk=key, status=RunStatus.RUNNING, worker=worker_name())
    thread = threading.Thread(target=_beat, args=(rows, done.wait), daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _beat(rows: Any, wait: Callable[[float], bool]) -> None:
    try:
        while not wait(PULSE):
            with suppress(DatabaseError):  # busy: the next one will do
                rows.update(heartbeat=timezone.now())
    finally:
        connection.close()
