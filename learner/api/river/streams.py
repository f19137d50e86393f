"""Metrics and events as they come, as server-sent events; the client reads them line by line.

What came is read from the database, so that it does not matter which process learned it.
Empty lines keep the connection; the client leaves them out.
"""

import json
import time
from collections.abc import Callable, Generator
from threading import Lock
from typing import Any, Self

from django.conf import settings
from django.http import HttpRequest, StreamingHttpResponse

from learner.api.river.following import Follower, Message, news_of_events, news_of_metrics
from learner.api.river.refusals import Refusal

EVERY = 0.5
"""Seconds between two looks."""
LONGEST = 600.0
"""Seconds after which a stream ends, and with it the thread that it holds."""
QUIET = 5.0
"""Seconds without news after which empty lines are sent, to see whether anybody is there."""
BLOCK = 512
"""Bytes that the client reads at a time where a server sends no chunks: what it is sent is
filled up to a multiple of them with empty lines, or it would hear of the last event late."""
_open = 0
_guard = Lock()


def metrics(request: HttpRequest) -> StreamingHttpResponse:
    """Send the metrics of each model that the caller sees whenever they change."""
    return _stream(Follower(request.user), news_of_metrics)


def events(request: HttpRequest) -> StreamingHttpResponse:
    """Send what is predicted and learned by each model that the caller sees."""
    return _stream(Follower(request.user), news_of_events)


def _stream(follower: Follower, news: Callable[[Follower], list[Message]]) -> Any:
    answer = StreamingHttpResponse(Stream(follower, news), content_type="text/event-stream")
    answer["Cache-Control"] = "no-store"
    answer["X-Accel-Buffering"] = "no"  # or a proxy keeps everything to itself
    return answer


class Stream:
    """An open stream. Closed, it gives its place to the next, also if it was never read."""

    def __init__(self, follower: Follower, news: Callable[[Follower], list[Message]]) -> None:
        global _open
        with _guard:
            if _open >= settings.LEARNER_STREAMS:
                raise Refusal(
                    503, "Too many streams are open at this server; try again later.",
                    headers={"Retry-After": "10"},
                )  # fmt: skip
            _open += 1
        self._held = True
        self._parts = _parts(follower, news)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        return next(self._parts)

    def close(self) -> None:
        """Give the place back, once."""
        global _open
        self._parts.close()
        with _guard:
            _open -= self._held
            self._held = False


def _parts(follower: Follower, news: Callable[[Follower], list[Message]]) -> Generator[bytes]:
    end = time.monotonic() + LONGEST
    yield filled("")  # so that the client knows that it is connected
    said = time.monotonic()
    while time.monotonic() < end:
        text = "".join(as_text(message) for message in news(follower))
        if text or time.monotonic() - said > QUIET:
            yield filled(text)
            said = time.monotonic()
        time.sleep(EVERY)


def filled(text: str) -> bytes:
    """Return a text as whole blocks."""
    data = text.encode()
    return data + b"\n" * (BLOCK - len(data) % BLOCK)


def as_text(message: Message) -> str:
    """Return a message as server-sent events are written."""
    name, data = message
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(data, default=str)}\n\n"
