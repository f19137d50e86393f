"""What serving costs, and what happened: counted for ``/metrics`` and ``stats``, and logged.

Nothing here knows a feature's value, a label or a token, and nothing is labelled by a
learner: the number of series is bounded by the number of operations.
"""

import logging
import os
from collections import Counter as Counts
from collections import OrderedDict
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics

SHARED = os.environ.get("PROMETHEUS_MULTIPROC_DIR", "")
"""Folder in which several processes count together; prometheus-client looks for it itself."""
if SHARED:
    Path(SHARED).mkdir(parents=True, exist_ok=True)
disable_created_metrics()  # type: ignore[no-untyped-call]  # as many series again for nothing
REGISTRY = CollectorRegistry()
SECONDS = (
    0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0,
)  # fmt: skip
COUNTS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)

REQUESTS = Counter(
    "edr_requests", "Requests, by operation and status.", ["operation", "method", "status"],
    registry=REGISTRY,
)  # fmt: skip
REQUEST_SECONDS = Histogram(
    "edr_request_seconds", "From request to answer, of what serves a learner.",
    ["operation", "face"], buckets=SECONDS, registry=REGISTRY,
)  # fmt: skip
EVENTS = Counter(
    "edr_events", "Events and labels that came in, by what became of them.", ["status"],
    registry=REGISTRY,
)  # fmt: skip
DRAINED = Histogram(
    "edr_drained_events", "Events stored together in one transaction.",
    buckets=COUNTS, registry=REGISTRY,
)  # fmt: skip
LOCK_SECONDS = Histogram(
    "edr_lock_seconds", "Waited for the lock of a learner.", buckets=SECONDS, registry=REGISTRY
)
CONFLICTS = Counter(
    "edr_conflicts", "Changes refused because of another writer, or a pause.", registry=REGISTRY
)
ALARMS = Counter("edr_alarms", "Drift alarms that opened.", registry=REGISTRY)


@cache
def requests(operation: str, method: str, status: int) -> Counter:
    """Return the counter of such requests: looking it up costs more than counting."""
    return REQUESTS.labels(operation, method, status)


@cache
def request_seconds(operation: str, face: str) -> Histogram:
    """Return the histogram of what serves a learner, of one face of the API."""
    return REQUEST_SECONDS.labels(operation, face)


def came(statuses: Iterable[str]) -> None:
    """Note what became of events and labels."""
    for status, count in Counts(statuses).items():
        EVENTS.labels(status).inc(count)


def drained(events: int) -> None:
    """Note how many events were stored in one transaction."""
    DRAINED.observe(events)


def lock_waited(seconds: float) -> None:
    """Note how long somebody waited for the lock of a learner."""
    LOCK_SECONDS.observe(seconds)


# --- what is logged ---------------------------------------------------------------------------

logger = logging.getLogger("learner.operations")
asking: ContextVar[Callable[[], dict[str, Any]] | None] = ContextVar("asking", default=None)
"""Returns operation and user of the request that this thread answers."""


def tell(event: str, *, level: int = logging.INFO, **fields: Any) -> None:
    """Log an event with its fields: numbers, and names of our own."""
    if logger.isEnabledFor(level):
        told = {"event": event} | {k: v for k, v in fields.items() if v is not None}
        line = " ".join(f"{name}={value}" for name, value in told.items())
        logger.log(level, "%s", line, extra={"fields": told})


def tell_by(event: str, **fields: Any) -> None:
    """The same, with operation and user of the request, if there is one."""
    who = asking.get()
    tell(event, **fields, **(who() if who is not None else {}))


def refused(learner: int) -> None:
    """Note that a change was refused because of another writer, or a pause."""
    CONFLICTS.inc()
    tell_by("conflict", learner=learner)


def alarm_opened(learner: int, began: int) -> None:
    """Note that a drift alarm opened, at an event of this number."""
    ALARMS.inc()
    tell("alarm_opened", learner=learner, at=began)


# --- how long each learner takes, in this process --------------------------------------------

MOST_LEARNERS = 1000
"""Learners whose durations are kept: those asked last."""
NEWEST = 0.1
"""Weight of the newest duration in the moving mean."""
OPERATIONS = ("predict", "learn")


@dataclass(slots=True)
class Durations:
    """Durations of one operation of one learner, in ns."""

    calls: int = 0
    mean: float = 0.0
    moving: float = 0.0

    def add(self, duration: float) -> None:
        """Take up one more."""
        self.calls += 1
        self.mean += (duration - self.mean) / self.calls
        self.moving += (duration - self.moving) * (NEWEST if self.calls > 1 else 1.0)

    def to_json(self) -> dict[str, Any]:
        """Return them by the names that River's servers give them."""
        return {
            "n_calls": self.calls,
            "mean_duration": int(self.mean),
            "mean_duration_human": in_words(int(self.mean)),
            "ewm_duration": int(self.moving),
            "ewm_duration_human": in_words(int(self.moving)),
        }


_durations: OrderedDict[int, dict[str, Durations]] = OrderedDict()
_guard = Lock()


def served(learner: int, operation: str, duration: int) -> None:
    """Note how many ns an operation of a learner took."""
    if operation not in OPERATIONS:
        return
    with _guard:
        found = _durations.setdefault(learner, {name: Durations() for name in OPERATIONS})
        _durations.move_to_end(learner)
        found[operation].add(duration)
        while len(_durations) > MOST_LEARNERS:
            _durations.popitem(last=False)


def durations_of(learner: int) -> dict[str, Any]:
    """Return the durations of a learner as plain data."""
    with _guard:
        found = _durations.get(learner, {})
        return {name: found.get(name, Durations()).to_json() for name in OPERATIONS}


def forget(learner: int) -> None:
    """Drop what was noted of a learner."""
    with _guard:
        _durations.pop(learner, None)


def clear() -> None:
    """Drop what was noted of every learner."""
    with _guard:
        _durations.clear()


def in_words(duration: int) -> str:
    """Return ns as people read them: ``1ms250μs``."""
    rest, words = duration, ""
    for unit, size in (
        ("m", 60_000_000_000),
        ("s", 1_000_000_000),
        ("ms", 1_000_000),
        ("μs", 1000),
    ):
        count, rest = divmod(rest, size)
        words += f"{count}{unit}" if count else ""
    return words + (f"{rest}ns" if rest or not words else "")
