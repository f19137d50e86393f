"""A back end of ``django.tasks`` whose queue are the rows of runs, sweeps and so on themselves.

``manage.py work`` computes what is queued. There is no second table that could disagree
with the rows; docs/decisions/0019-background-runs.md says why.
"""

from __future__ import annotations

from typing import Any

from django.tasks import TaskResult, TaskResultStatus
from django.tasks.backends.base import BaseTaskBackend
from django.tasks.base import Task
from django.tasks.exceptions import TaskResultDoesNotExist

from synapse.models import RunStatus
from synapse.services.work_queues import queue_of_task

READY, RUNNING = TaskResultStatus.READY, TaskResultStatus.RUNNING
DONE, FAILED = TaskResultStatus.SUCCESSFUL, TaskResultStatus.FAILED
STATUS = {
    RunStatus.QUEUED: READY, RunStatus.RUNNING: RUNNING, RunStatus.DONE: DONE,
    RunStatus.CANCELLED: FAILED, RunStatus.FAILED: FAILED, RunStatus.LOST: FAILED,
}  # fmt: skip
COLUMNS = ("status", "created", "started", "finished", "worker")


class RowBackend(BaseTaskBackend):
    """Tasks that name a row by its key; the row's status is the task's."""

    supports_get_result = True

    def enqueue(self, task: Task[Any, Any], args: Any, kwargs: Any) -> TaskResult[Any, Any]:
        """Return the task's result; its row is in the queue by its status alone."""
        self.validate_task(task)
        return self._result(task, args[0])

    def get_result(self, result_id: str) -> TaskResult[Any, Any]:
        """Return where a task is, by the id that ``enqueue`` gave it."""
        name, _, key = result_id.partition(":")
        queue = queue_of_task(name)
        if queue is None or not key.isdigit():
            raise TaskResultDoesNotExist(result_id)
        return self._result(queue.task, int(key))

    def _result(self, task: Task[Any, Any], key: int) -> TaskResult[Any, Any]:
        queue = queue_of_task(task.name)
        row: Any = queue and queue.model.objects.filter(pk=key).only(*COLUMNS).first()
        if row is None:
            raise TaskResultDoesNotExist(f"{task.name}:{key}")
        result: TaskResult[Any, Any] = TaskResult(
            task=task, id=f"{task.name}:{key}", status=STATUS[row.status],
            enqueued_at=row.created, started_at=row.started, last_attempted_at=row.started,
            finished_at=row.finished, args=[key], kwargs={}, backend=self.alias, errors=[],
            worker_ids=[row.worker] if row.worker else [],
        )  # fmt: skip
        if result.status == DONE:
            object.__setattr__(result, "_return_value", True)
        return result
