"""Where a request's time goes: functions of the site wrapped by clocks, each thread its own.

The time of a part is what is not in a part within it. Both clocks are kept: the processor's of
the thread, and that on the wall, which has the waiting in it.
"""

import threading
from collections import defaultdict
from collections.abc import Callable
from functools import wraps
from time import perf_counter, process_time, thread_time
from typing import Any

Times = dict[str, list[float]]
_lock = threading.Lock()
_all: list[Times] = []
_mine = threading.local()
_began = [0.0, 0.0]


class Part:
    """Counts time to a part while it is entered."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __enter__(self) -> None:
        if not hasattr(_mine, "times"):
            _mine.times, _mine.open = defaultdict(lambda: [0.0, 0.0, 0]), []
            with _lock:
                _all.append(_mine.times)
        spend()
        _mine.open.append(self.name)

    def __exit__(self, *_: object) -> None:
        spend()
        _mine.times[_mine.open.pop()][2] += 1


def spend() -> None:
    """Count the time since the last mark to the part that is open."""
    now = thread_time(), perf_counter()
    if _mine.open:
        times = _mine.times[_mine.open[-1]]
        times[0] += now[0] - _mine.mark[0]
        times[1] += now[1] - _mine.mark[1]
    _mine.mark = now


def timed(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function whose time is counted."""
    part = Part(name)

    @wraps(function)
    def call(*arguments: Any, **named: Any) -> Any:
        with part:
            return function(*arguments, **named)

    return call


class TimedLock:
    """A lock; waiting for it is a part."""

    def __init__(self, lock: Any) -> None:
        self._lock, self._take = lock, timed("waiting: SQLite's turn", lock.acquire)

    def __enter__(self) -> None:
        self._take()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def watch(application: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap what the site does; return its application, timed."""
    from learner.services import sessions

    for place, name, part in places():
        setattr(place, name, timed(part, getattr(place, name)))
    sessions._one_at_a_time = TimedLock(sessions._one_at_a_time)  # type: ignore[assignment]
    return timed("Django and ninja", application)


def places() -> list[tuple[Any, str, str]]:
    """Return what is timed: where it is, its name there, and what its time counts as."""
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.backends.utils import CursorWrapper

    from learner.api import serving
    from learner.services import live, live_drain, live_group, measures, storage
    from learner.services.baselines import Baselines
    from learner.services.locks import WriterLock
    from synapse.api import authentication

    return [
        (authentication, "user_of", "token and user"),
        (serving, "own_learner", "the learner's row"),
        (serving, "learner_of", "the learner's row"),
        (live, "foresee", "predicting"),
        (live_group.Group, "submit", "waiting: others are served"),
        (live_drain, "serve", "planning and outcomes"),
        (WriterLock, "acquire", "waiting: the learner's lock"),
        (live_drain, "store_items", "storing: rows made"),
        (storage, "pack_operations", "storing: operations packed"),
        (measures, "learn_rows", "model"),
        (Baselines, "learn", "baselines"),
        (measures.Measures, "learn", "measures"),
        (measures.Measures, "to_json", "measures"),
        (CursorWrapper, "execute", "database: statements"),
        (CursorWrapper, "executemany", "database: statements"),
        (BaseDatabaseWrapper, "_commit", "database: commit"),
        (BaseDatabaseWrapper, "connect", "database: connections"),
        (BaseDatabaseWrapper, "close", "database: connections"),
    ]


def taken() -> dict[str, Any]:
    """Return what was counted since the last time, and begin anew."""
    with _lock:
        total: Times = defaultdict(lambda: [0.0, 0.0, 0])
        for times in _all:
            for name, spent in list(times.items()):
                total[name] = [a + b for a, b in zip(total[name], spent, strict=True)]
            times.clear()
    now = [process_time(), perf_counter()]
    spent_by_all = [a - b for a, b in zip(now, _began, strict=True)]
    _began[:] = now
    return {"parts": dict(total), "process": spent_by_all}
