"""How often: events by each user or address, and the operations that cost most."""

import math
import threading
import time
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from ninja.throttling import BaseThrottle

from synapse.api.problems import Problem
from synapse.api.throttles import Throttle

PERIODS = {"s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600, "hour": 3600, "d": 86400, "day": 86400}
MOST_CALLERS = 10_000
"""Whose counts are kept."""
MAKE = Throttle("learner-create", "60/min")
EXPLAIN = Throttle("learner-explain", "240/min")
HEAVY = Throttle("learner-heavy", "60/min")
"""For rollback, sleep and whole states."""


@lru_cache(maxsize=16)
def parse_rate(rate: str) -> tuple[float, float]:
    """Return events and seconds of a rate such as ``100000/min``."""
    count, _, period = rate.partition("/")
    if not count.isdecimal() or int(count) < 1 or period not in PERIODS:
        raise ValueError(
            f"LEARNER_RATE must be a count and one of {', '.join(PERIODS)}, such as "
            f"100000/min; got {rate!r}"
        )
    return float(count), float(PERIODS[period])


class EventRate(BaseThrottle):
    """Events of a caller in this process: each request spends one, a batch all that it has.

    A bucket that fills at the rate of the setting. A batch may overdraw it: the next request
    waits until it is paid.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left: dict[Any, tuple[float, float]] = {}
        self._mine = threading.local()

    def allow_request(self, request: HttpRequest) -> bool:
        """Spend one event, if there is one."""
        return self._spend(_caller(request), 1.0)

    def spend(self, request: HttpRequest, events: int) -> None:
        """Spend the further events of a batch."""
        self._spend(_caller(request), float(events), overdraw=True)

    def wait(self) -> float | None:
        """Return the seconds until this thread's caller has an event again."""
        return getattr(self._mine, "wait", None)

    def clear(self) -> None:
        """Forget every count."""
        with self._lock:
            self._left.clear()

    def _spend(self, caller: Any, events: float, *, overdraw: bool = False) -> bool:
        most, seconds = parse_rate(settings.LEARNER_RATE)
        with self._lock:
            now = time.monotonic()
            left, before = self._left.pop(caller, (most, now))
            left = min(most, left + (now - before) * most / seconds)
            allowed = overdraw or left >= events
            if allowed:
                left -= events
            self._left[caller] = (left, now)
            if len(self._left) > MOST_CALLERS:
                self._left.pop(next(iter(self._left)))
        self._mine.wait = math.ceil((1.0 - left) * seconds / most) if not allowed else None
        return allowed


EVENTS = EventRate()


def _caller(request: HttpRequest) -> Any:
    """Return the user, or the address of the connection: a header could be made up."""
    user = request.user
    return user.pk if user.is_authenticated else request.META.get("REMOTE_ADDR")


def too_many(what: str, *, retry_after: int) -> Problem:
    """Return the refusal of something of which this process has enough."""
    return Problem(503, what, retry_after=retry_after)
