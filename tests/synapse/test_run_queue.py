"""The queue: who takes what, what ends how, and what is left of it."""

import errno
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import OperationalError, connection
from django.tasks import TaskResultStatus, task_backends
from django.tasks.exceptions import TaskResultDoesNotExist
from django.utils import timezone

from synapse.models import Run, RunStatus, Synapse
from synapse.plasticity.bounds import HOUR, MINUTE
from synapse.plasticity.protocols.pairing import pairing, single_pairing
from synapse.services import run_queue, run_worker, runs, tasks, traces
from synapse.services.presets import clone, create_from_preset
from synapse.services.runs import Plan, RunInProgress, execute, mark_lost
from synapse.services.simulator import SynapseSimulator

PLAN = Plan(protocol=single_pairing(), duration=MINUTE, repeat=2)


def test_a_queued_run_is_the_run_that_would_be_at_once(synapse: Synapse) -> None:
    twin = clone(synapse=synapse, owner=None, name="twin")
    run = run_queue.enqueue(synapse=synapse, plan=PLAN, seed=5)
    assert (run.status, run.seed, run.total) == (RunStatus.QUEUED, 5, 2 * MINUTE)
    run_worker.work(once=True)
    run.refresh_from_db()
    now = execute(synapse=twin, protocol=PLAN.protocol, duration_ms=MINUTE, repeat=2, seed=5)
    assert (run.status, run.error) == (RunStatus.DONE, "")
    assert run.result_hash == now.result_hash
    assert run.worker == now.worker == runs.worker_name()
    assert now.seed == 5
    assert SynapseSimulator(synapse).time == 2 * MINUTE


def test_runs_of_one_synapse_come_one_after_the_other(synapse: Synapse) -> None:
    first, second = (run_queue.enqueue(synapse=synapse, plan=PLAN) for _ in range(2))
    assert run_queue.position(second) == 1
    assert run_queue.claim(Run, first.pk, worker="a")
    assert not run_queue.claim(Run, first.pk, worker="b")
    assert not run_queue.claim(Run, second.pk, worker="b")
    Run.objects.filter(pk=first.pk).update(status=RunStatus.DONE)
    assert run_queue.claim(Run, second.pk, worker="b")


def test_a_run_of_a_neighbour_waits_and_one_of_another_group_does_not(
    neighbours: list[Synapse],
) -> None:
    other = create_from_preset(preset="hippocampus", name="alone")
    first, second, third = (
        run_queue.enqueue(synapse=s, plan=PLAN) for s in (neighbours[0], neighbours[2], other)
    )
    assert run_queue.claim(Run, first.pk, worker="a")
    assert not run_queue.claim(Run, second.pk, worker="b")
    assert run_queue.claim(Run, third.pk, worker="b")


def test_the_task_says_where_its_run_is(synapse: Synapse) -> None:
    run = run_queue.enqueue(synapse=synapse, plan=PLAN)
    back_end = task_backends["default"]
    result = back_end.get_result(f"compute_run:{run.pk}")
    assert (result.status, result.args) == (TaskResultStatus.READY, [run.pk])
    assert tasks.compute_run.call(run.pk)
    assert not tasks.compute_run.call(run.pk)
    result.refresh()
    assert (result.status, result.return_value) == (TaskResultStatus.SUCCESSFUL, True)
    assert result.worker_ids == [runs.worker_name()]
    for name in (f"compute_run:{run.pk + 1}", "x", "other:1"):
        with pytest.raises(TaskResultDoesNotExist):
            back_end.get_result(name)


def test_the_queue_has_an_end(synapse: Synapse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_queue, "MOST_QUEUED", 1)
    run_queue.enqueue(synapse=synapse, plan=PLAN)
    with pytest.raises(ValueError, match="1 runs are waiting; at most 1 may"):
        run_queue.enqueue(synapse=synapse, plan=PLAN)


# --- cancel, start again, delete ---------------------------------------------------------


def test_cancelling_twice_is_cancelling_once(synapse: Synapse, users: dict[str, Any]) -> None:
    admin = users["admin"]
    run = run_queue.enqueue(synapse=synapse, plan=PLAN)
    assert "before it started" in run_queue.cancel(run, user=admin)
    assert "already ended" in run_queue.cancel(run, user=admin)
    run.refresh_from_db()
    assert (run.status, run.error) == (RunStatus.CANCELLED, "Cancelled by admin.")
    run_worker.work(once=True)
    assert SynapseSimulator(synapse).time == 0.0


def test_a_running_run_is_asked_to_end_once(
    synapse: Synapse, users: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "HEARTBEAT", 0.0)
    said: list[str] = []

    def ask(done: float) -> None:
        if done > 0 and len(said) < 2:
            said.append(run_queue.cancel(run, user=users["admin"]))

    monkeypatch.setattr(run_worker, "stop_if_asked", ask)
    plan = Plan(protocol=pairing(count=60), duration=HOUR)
    run = run_queue.enqueue(synapse=synapse, plan=plan)
    run_worker.work(once=True)
    run.refresh_from_db()
    assert said[0].startswith("It will end")
    assert (run.status, run.error) == (RunStatus.CANCELLED, "Cancelled by admin.")
    assert 0 < run.done < run.total
    assert len(traces.read_trace(run)) > 0
    assert SynapseSimulator(synapse).time == 0.0
    assert "already ended" in run_queue.cancel(run, user=users["admin"])


def test_a_worker_that_is_to_end_puts_its_run_back(synapse: Synapse) -> None:
    run = run_queue.enqueue(synapse=synapse, plan=PLAN)
    assert run_queue.claim(Run, run.pk, worker=runs.worker_name())
    run.refresh_from_db()
    work = RunInProgress(synapse, PLAN, row=run)
    work.on_progress = run_worker.stop_if_asked
    run_worker.stopping.set()
    with pytest.raises(runs.RunStoppedError):
        list(work.steps())
    run.refresh_from_db()
    assert (run.status, run.worker, run.started, run.done) == (RunStatus.QUEUED, "", None, 0)
    run_worker.stopping.clear()
    run_worker.work(once=True)
    run.refresh_from_db()
    assert run.status == RunStatus.DONE


def test_a_lost_run_is_started_again(synapse: Synapse, users: dict[str, Any]) -> None:
    run = run_queue.enqueue(synapse=synapse, plan=PLAN, seed=4)
    assert run_queue.claim(Run, run.pk, worker="elsewhere 1 x")
    with pytest.raises(ValueError, match="only one that ended early"):
        run_queue.start_again(run=run, user=users["admin"])
    assert mark_lost(timezone.now() + timedelta(minutes=2)) == 1
    run.refresh_from_db()
    assert run.status == RunStatus.LOST
    again = run_queue.start_again(run=run, user=users["admin"])
    assert (again.based_on, again.seed, again.title) == (run, 4, run.title)
    run_worker.work(once=True)
    again.refresh_from_db()
    assert (again.status, again.done) == (RunStatus.DONE, run.total)


def test_what_a_process_of_this_machine_left_behind_is_marked_at_once(synapse: Synapse) -> None:
    run = run_queue.enqueue(synapse=synapse, plan=PLAN)
    machine = runs.worker_name().split(" ")[0]
    run_queue.claim(Run, run.pk, worker=f"{machine} {2**22 + 1} x")
    assert run_worker.mark_dead() == 1
    assert Run.objects.get(pk=run.pk).status == RunStatus.LOST
    other = run_queue.enqueue(synapse=synapse, plan=PLAN)
    run_queue.claim(Run, other.pk, worker="elsewhere 1 x")
    assert run_worker.mark_dead() == 0


def test_a_process_that_was_replaced_stores_nothing(synapse: Synapse) -> None:
    run = run_queue.enqueue(synapse=synapse, plan=PLAN)
    run_queue.claim(Run, run.pk, worker=runs.worker_name())
    run.refresh_from_db()
    work = RunInProgress(synapse, PLAN, row=run)
    steps = work.steps()
    next(steps)
    Run.objects.filter(pk=run.pk).update(worker="another")
    with pytest.raises(runs.RunCancelledError, match="given to another process"):
        list(steps)
    assert Run.objects.get(pk=run.pk).status == RunStatus.RUNNING
    assert SynapseSimulator(synapse).time == 0.0


def test_deleting_takes_the_trace_along(
    synapse: Synapse, settings: Any, users: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(traces, "INLINE_LIMIT", 100)
    run = execute(synapse=synapse, protocol=single_pairing(), duration_ms=MINUTE)
    assert list(Path(settings.TRACES_DIR).iterdir())
    with pytest.raises(PermissionDenied):
        run_queue.remove(run, user=AnonymousUser())
    run_queue.remove(run, user=users["admin"])
    assert not Run.objects.exists()
    assert not list(Path(settings.TRACES_DIR).iterdir())


def test_what_waits_or_runs_is_not_deleted(synapse: Synapse, users: dict[str, Any]) -> None:
    run = run_queue.enqueue(synapse=synapse, plan=PLAN)
    with pytest.raises(ValueError, match="cancel it first"):
        run_queue.remove(run, user=users["admin"])


def test_a_title_is_checked(synapse: Synapse, users: dict[str, Any]) -> None:
    run = run_queue.enqueue(synapse=synapse, plan=PLAN)
    run_queue.rename(run, user=users["admin"], title="  my \n run ")
    assert Run.objects.get(pk=run.pk).title == "my run"
    for title in (" ", "x" * 201):
        with pytest.raises(ValueError, match="title must have 1 to 200 characters"):
            run_queue.rename(run, user=users["admin"], title=title)


# --- what goes wrong ---------------------------------------------------------------------


def test_a_full_disk_costs_the_trace_and_nothing_else(
    synapse: Synapse, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(traces, "INLINE_LIMIT", 100)
    monkeypatch.setattr(traces, "write_zarr", full)
    run = run_queue.enqueue(synapse=synapse, plan=PLAN)
    run_worker.work(once=True)
    run.refresh_from_db()
    assert run.status == RunStatus.DONE
    assert "could not be written and is missing: No space left on device" in run.error
    assert run.result_hash
    assert (run.trace, run.trace_path) == (None, "")
    assert SynapseSimulator(synapse).time == 2 * MINUTE


def test_whatever_goes_wrong_the_worker_goes_on(synapse: Synapse) -> None:
    broken = run_queue.enqueue(synapse=synapse, plan=PLAN)
    Run.objects.filter(pk=broken.pk).update(protocol={"duration_ms": 1})
    whole = run_queue.enqueue(synapse=synapse, plan=PLAN)
    run_worker.work(once=True)
    broken.refresh_from_db()
    whole.refresh_from_db()
    assert broken.status == RunStatus.FAILED
    assert broken.error
    assert whole.status == RunStatus.DONE


def test_a_database_that_does_not_answer_is_asked_again(
    synapse: Synapse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker outlives a database that is locked, full or away."""

    def trouble(*args: Any) -> bool:
        asked.append(1)
        if len(asked) == 2:
            run_worker.stopping.set()
        raise OperationalError("database or disk is full")

    asked: list[int] = []
    monkeypatch.setattr(run_worker, "step", trouble)
    monkeypatch.setattr(run_worker, "TROUBLE", 0.01)
    monkeypatch.setattr(run_worker, "connection", SimpleNamespace(in_atomic_block=False))
    monkeypatch.setattr(run_worker, "close_old_connections", lambda: None)
    run_worker.work()
    assert len(asked) == 2


@pytest.mark.django_db(transaction=True)
def test_of_many_that_reach_at_once_one_gets_the_run(presets: None, synapse: Synapse) -> None:
    """Sixteen threads with connections of their own, two runs of one group."""
    keys = [run_queue.enqueue(synapse=synapse, plan=PLAN).pk for _ in range(2)]
    ready = Barrier(16)

    def reach(number: int) -> bool:
        try:
            ready.wait(10)
            return run_queue.claim(Run, keys[number % 2], worker=f"thread {number} x")
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as pool:
        taken = list(pool.map(reach, range(16)))
    assert sum(taken) == 1
    (run,) = Run.objects.filter(status=RunStatus.RUNNING)
    assert run.worker == f"thread {taken.index(True)} x"
