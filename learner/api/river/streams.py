"""Metrics and events as they come, as server-sent events; the client reads them line by line.

What came is read from the database, so that it does not matter which process learned it.
Empty lines keep the connection; the client leaves them out.
"""

import json
import time
from collections.abc import Callable

from django.http import HttpRequest, StreamingHttpResponse

from learner.api.following import streamed
from learner.api.river.following import Follower, Message, news_of_events, news_of_metrics

EVERY = 0.5
"""Seconds between two looks."""
LONGEST = 600.0
"""Seconds after which a stream ends."""
QUIET = 5.0
"""Seconds without news after which empty lines are sent, to see whether anybody is there."""
BLOCK = 512
"""Bytes that the client reads at a time where a server sends no chunks: what it is sent is
filled up to a multiple of them with empty lines, or it would hear of the last event late."""


def metrics(request: HttpRequest) -> StreamingHttpResponse:
    """Send the metrics of each model that the caller sees whenever they change."""
    return streamed(request, Source(Follower(request.user), news_of_metrics))


def events(request: HttpRequest) -> StreamingHttpResponse:
    """Send what is predicted and learned by each model that the caller sees."""
    return streamed(request, Source(Follower(request.user), news_of_events))


class Source:
    """What one caller is told, a piece at a time."""

    pause = EVERY

    def __init__(self, follower: Follower, news: Callable[[Follower], list[Message]]) -> None:
        self._follower, self._news = follower, news
        self._end = time.monotonic() + LONGEST
        self._said = 0.0
        self._begun = self.ended = False

    def next_piece(self) -> str:
        """Return what is new as whole blocks, nothing where there is nothing."""
        now = time.monotonic()
        if not self._begun:
            self._begun, self._said = True, now
            return filled("")  # so that the client knows that it is connected
        self.ended = now >= self._end
        text = "".join(as_text(message) for message in self._news(self._follower))
        if not text and now - self._said <= QUIET:
            return ""
        self._said = now
        return filled(text)


def filled(text: str) -> str:
    """Return a text as whole blocks."""
    return text + "\n" * (BLOCK - len(text.encode()) % BLOCK)


def as_text(message: Message) -> str:
    """Return a message as server-sent events are written."""
    name, data = message
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(data, default=str)}\n\n"
