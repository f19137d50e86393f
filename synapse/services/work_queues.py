"""What workers do: the kinds of rows that wait, and what is looked after now and then.

The settings name them (``WORK_QUEUES``, ``WORK_CHORES``), so that another app adds its own.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import OperationalError
from django.utils.module_loading import import_string

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Queue:
    """Rows of one kind that workers compute, the oldest first."""

    model: Any
    """Derived from ``Work``, with a column ``worker``."""
    task: Any
    """A task of Django that gets the key of a row; false where it could not take it."""
    lost: str
    """What is said of a row whose process is gone."""
    busy: Callable[[Any], bool] | None = None
    """Says whether a row, given as a query for it, must go on waiting though it is queued."""


def work_queues() -> Iterator[Queue]:
    """Return every queue, in the order in which workers look at them."""
    for path in settings.WORK_QUEUES:
        yield import_string(path)


def queue_of(model: Any) -> Queue:
    """Return the queue of a kind of rows."""
    return next(queue for queue in work_queues() if queue.model is model)


def queue_of_task(name: str) -> Queue | None:
    """Return the queue whose task has this name."""
    return next((queue for queue in work_queues() if queue.task.name == name), None)


def do_chores() -> None:
    """Do what the settings name, each once; what one cannot do stops no worker."""
    for path in settings.WORK_CHORES:
        try:
            import_string(path)()
        except OperationalError:  # the database is busy or away: the worker waits for it
            raise
        except Exception:
            logger.exception("chore=%s failed, and is tried again", path)
