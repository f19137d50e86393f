"""The queue of runs, sweeps and other work: their own rows, taken by one worker each.

A row is taken by a compare-and-swap from queued to running, inside a transaction that is
alone with the queue. Runs of one group are taken one after the other, because each starts
from where the one before ended.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.utils import timezone

from synapse.models import Run, RunStatus, Sweep, Synapse
from synapse.services import groups, tasks
from synapse.services.access import may_write, require_write
from synapse.services.runs import AGAIN, LOST, STAND_ALONE, SWEEP, Plan, stands_alone
from synapse.services.work_queues import Queue, queue_of

MOST_QUEUED = 200
"""Rows that may wait at once, of all users."""
LOOKED_AT = 50
"""Rows at the head of the queue that a worker looks at."""
LOCK = 0x5EED
"""Of PostgreSQL's advisory locks, the one of the queue."""
WAITING = (RunStatus.QUEUED, RunStatus.RUNNING)
ENDED = tuple(status for status in RunStatus if status not in WAITING)


# --- what pages ask for ------------------------------------------------------------------


def enqueue(
    *,
    synapse: Synapse,
    plan: Plan,
    owner: Any = None,
    seed: int | None = None,
    title: str = "",
    based_on: Run | None = None,
    extra: Mapping[str, Any] | None = None,
) -> Run:
    """Put a run into the queue; it starts from the state that is stored when its turn comes."""
    check_room()
    run = Run.objects.create(
        synapse=synapse, owner=owner, visibility=synapse.visibility, based_on=based_on,
        title=title or plan.protocol.title, seed=seed, total=plan.total,
        protocol={**plan.to_json(), "synapses": [synapse.pk], **(extra or {})},
    )  # fmt: skip
    tasks.compute_run.enqueue(run.pk)
    return run


def check_room() -> None:
    """Raise ``ValueError`` where too much waits already."""
    waiting = Run.objects.filter(status=RunStatus.QUEUED).count()
    if waiting >= MOST_QUEUED:
        raise ValueError(
            f"{waiting} runs are waiting; at most {MOST_QUEUED} may. Cancel some, or wait."
        )


def copy(*, run: Run, user: Any, title: str = "", seed: int | None = None) -> Run:
    """Queue the same protocol for the same synapse again, from its state at that time."""
    require_write(user, groups.closure([run.synapse]))
    extra = {SWEEP: run.protocol[SWEEP]} if SWEEP in run.protocol else None
    return enqueue(
        synapse=run.synapse, plan=Plan.from_json(run.protocol), based_on=run, extra=extra,
        seed=seed, title=title or run.title, owner=user if user.is_authenticated else None,
    )  # fmt: skip


def start_again(*, run: Run, user: Any) -> Run:
    """Queue a copy of a run that was lost, failed or was cancelled, with the same seed."""
    if run.status not in (RunStatus.LOST, RunStatus.FAILED, RunStatus.CANCELLED):
        raise ValueError(f"Run {run.pk} is {run.status}; only one that ended early can be.")
    if AGAIN in run.protocol:
        raise ValueError("Compare the first run once more instead.")
    return copy(run=run, user=user, seed=run.seed)


def cancel(row: Any, *, user: Any) -> str:
    """Ask a run or sweep to end; return in a sentence what that does.

    Asking twice, or from two browsers at once, is the same as asking once.
    """
    require_writable(row, user)
    rows = type(row).objects.filter(pk=row.pk)
    who = f"Cancelled by {user.get_username()}." if user.is_authenticated else "Cancelled."
    ended = {"status": RunStatus.CANCELLED, "finished": timezone.now()}
    asked = {"cancel_requested": True, "error": who}
    if rows.filter(status=RunStatus.QUEUED).update(**ended, **asked):
        return "It was cancelled before it started."
    running = rows.filter(status=RunStatus.RUNNING)
    if running.filter(cancel_requested=False).update(**asked):
        return "It will end within a second or two; what was computed up to then is kept."
    if running.exists():
        return "It was already asked to end."
    return "It had already ended."


def rename(row: Any, *, user: Any, title: str) -> None:
    """Give a run or sweep another title; raises ``ValueError`` for one that cannot be."""
    require_writable(row, user)
    title = " ".join(title.split())
    if not 1 <= len(title) <= 200:
        raise ValueError(f"title must have 1 to 200 characters; got {len(title)}.")
    type(row).objects.filter(pk=row.pk).update(title=title)


def remove(row: Any, *, user: Any) -> None:
    """Delete a run or sweep that has ended, with the folder of its trace."""
    require_writable(row, user)
    name = getattr(row, "trace_path", "")
    deleted = type(row).objects.filter(pk=row.pk, status__in=ENDED)
    with transaction.atomic():
        if not deleted.exists():
            raise ValueError("It is waiting or running: cancel it first.")
        deleted.delete()
    if name:
        shutil.rmtree(Path(settings.TRACES_DIR) / Path(name).name, ignore_errors=True)


def position(row: Any) -> int:
    """Return how many rows wait before this one, of its kind."""
    ahead: int = type(row).objects.filter(status=RunStatus.QUEUED, pk__lt=row.pk).count()
    return ahead


def require_writable(row: Any, user: Any) -> None:
    """Raise ``PermissionDenied`` unless the user may change a run or sweep."""
    if not may_write(user, row):
        raise PermissionDenied("It belongs to somebody else.")


# --- what workers ask for ----------------------------------------------------------------


def waiting(model: Any) -> list[int]:
    """Return the keys at the head of the queue, the oldest first."""
    rows = model.objects.filter(status=RunStatus.QUEUED).order_by("pk")
    return list(rows.values_list("pk", flat=True)[:LOOKED_AT])


def claim(model: Any, key: int, *, worker: str) -> bool:
    """Take a row for this worker; false where another has it or it must go on waiting."""
    now, busy = timezone.now(), queue_of(model).busy
    with transaction.atomic():
        _alone()
        rows = model.objects.filter(pk=key, status=RunStatus.QUEUED)
        if busy is not None and busy(rows):
            return False
        taken: int = rows.update(
            status=RunStatus.RUNNING, worker=worker, started=now, heartbeat=now
        )
    return taken == 1


def _alone() -> None:
    """Keep other workers from the queue until the transaction ends.

    SQLite's transactions are immediate, so there it holds already.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def _group_is_busy(rows: Any) -> bool:
    """Say whether a run of the same group is under way, which moves the same state."""
    row = rows.values_list("synapse_id", "protocol").first()
    return row is not None and not stands_alone(row[1]) and busy_run(row[0]) is not None


def busy_run(synapse: int) -> int | None:
    """Return a run that is under way and moves this synapse, by key."""
    busy = Run.objects.filter(status=RunStatus.RUNNING)
    busy = busy.exclude(protocol__has_any_keys=STAND_ALONE)
    running = dict(busy.values_list("synapse_id", "pk"))
    if not running:
        return None
    return next((running[key] for key in groups.closure_keys([synapse]) if key in running), None)


RUNS = Queue(model=Run, task=tasks.compute_run, lost=LOST, busy=_group_is_busy)
SWEEPS = Queue(model=Sweep, task=tasks.compute_sweep, lost=LOST)
