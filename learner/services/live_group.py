"""Group commit: who waits for the same learner is served together, in one transaction."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from learner.models import Learner
from learner.services.messages import Incoming, Outcome
from learner.services.sessions import OpenLearner

MOST_TOGETHER = 1_000
"""Events that are stored in one transaction, unless one call alone has more."""


@dataclass(frozen=True, slots=True)
class Late:
    """A label that comes by itself."""

    identifier: str
    value: Any


@dataclass(slots=True, eq=False)
class Request:
    """What a caller waits for: events to be learned, or a task that is done alone."""

    learner: Learner
    events: Sequence[Incoming | Late] = ()
    task: Callable[[OpenLearner], int] | None = None
    answers: list[Any] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    result: int = 0
    facts: dict[str, Any] = field(default_factory=dict)
    """What changed in the learner's row."""
    error: BaseException | None = None
    done: bool = False
    woken: threading.Event = field(default_factory=threading.Event)


class Group:
    """The queue of one learner. The first who comes works for all who are there by then."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._queue: deque[Request] = deque()
        self._busy = False

    @property
    def busy(self) -> bool:
        """Whether anybody is being served."""
        return self._busy

    def submit(self, request: Request, serve: Callable[[], None]) -> None:
        """Have a request served; return when it is done.

        ``serve`` is called by one thread at a time and serves what ``take`` gives it. It
        never raises; what goes wrong is written into the requests.
        """
        with self._lock:
            self._queue.append(request)
            leads, self._busy = not self._busy, True
        if not leads:
            request.woken.wait()
        if request.done:
            return
        try:
            serve()
        finally:
            self._hand_over()

    def _hand_over(self) -> None:
        """Let the first who still waits serve the next."""
        with self._lock:
            following = self._queue[0] if self._queue else None
            self._busy = following is not None
        if following is not None:
            following.woken.set()

    def take(self) -> list[Request]:
        """Return the requests to be served together, in the order in which they came."""
        with self._lock:
            taken = [self._queue.popleft()]
            count = len(taken[0].events)
            while self._queue and taken[0].task is None and self._queue[0].task is None:
                count += len(self._queue[0].events)
                if count > MOST_TOGETHER:
                    break
                taken.append(self._queue.popleft())
            return taken

    def take_all(self) -> list[Request]:
        """Return everyone who waits."""
        with self._lock:
            taken = list(self._queue)
            self._queue.clear()
            return taken


def finish(requests: Sequence[Request]) -> None:
    """Let those whose requests were served go."""
    for request in requests:
        request.done = True
        request.woken.set()
