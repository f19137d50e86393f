"""Server-sent events of a learner: told as they are stored, by whichever process.

A stream asks the database about once a second, so that it needs nothing but the database.
Between two questions it holds no transaction and no lock. It ends by itself after some
minutes; a client comes back with the last id that it saw, and nothing is lost or repeated.
"""

import asyncio
import json
import threading
import time
from typing import Any, Protocol, Self

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, StreamingHttpResponse
from ninja import Field, Query, Router, Schema

from learner.api.rows import learner_of, learner_rows
from learner.models import Learner
from learner.services import feed
from synapse.api.paging import PathKey, ShareKey
from synapse.api.problems import OWN_PROBLEMS, FieldProblem, Problem
from synapse.services.access import may_read

router = Router(tags=["Measures of a learner"])
LIFE = 600.0
"""Seconds after which a stream ends."""
EVERY = 1.0
"""Seconds between two questions to the database."""
HEARTBEAT = 5.0
"""Seconds after which a line is sent though nothing happened: so a client that left is noticed.

A server of threads notices at the second line that it cannot send.
"""
COME_BACK = "retry: 2000\n\n"
BEAT = ": nothing new\n\n"


TOLD = {
    "type": "object",
    "description": "One event of the stream.",
    "properties": {
        "id": {"type": "string", "examples": ["w100-c7-a0"]},
        "event": {"enum": ["learner", "metrics", "commit", "alarm"]},
        "data": {"type": "string", "contentMediaType": "application/json"},
    },
    "required": ["id", "event", "data"],
}


class Following(Schema):
    """How to follow."""

    after: str = Field(
        "", max_length=80, description="Id of the last event that was seen; the header "
        "Last-Event-ID goes before. Left out, the stream begins now.",
    )  # fmt: skip
    seconds: float = Field(LIFE, ge=1.0, le=LIFE, description="End after so long.")
    once: bool = Field(False, description="End as soon as everything was told.")


@router.get(
    "learners/{learner_id}/stream", operation_id="follow_learner", summary="Follow",
    response={200: None},
    openapi_extra={
        OWN_PROBLEMS: ["503"],
        "responses": {200: {"content": {"text/event-stream": {"schema": TOLD}}}},
    },
)  # fmt: skip
def follow(
    request: HttpRequest, learner_id: PathKey, wanted: Query[Following], key: ShareKey = ""
) -> StreamingHttpResponse:
    """Send events as they are stored: ``learner``, ``metrics``, ``commit`` and ``alarm``.

    ``metrics`` is a closed window; ``alarm`` comes when drift begins, and again when it ends.
    """
    learner = learner_of(request, learner_id, share_key=key)
    cursor = _cursor(learner, request.headers.get("Last-Event-ID") or wanted.after)
    once = wanted.once or request.META.get("REQUEST_METHOD") == "HEAD"
    seconds = 0.0 if once else wanted.seconds
    return streamed(request, Source(learner.pk, request.user, key, cursor, seconds))


def _cursor(learner: Learner, text: str) -> feed.Cursor:
    if not text:
        return feed.now(learner)
    try:
        return feed.Cursor.parse(text)
    except ValueError as error:
        raise FieldProblem("after", str(error), value=text) from error


class Pieces(Protocol):
    """What is told, a piece at a time."""

    ended: bool

    def next_piece(self) -> str:
        """Return what is new as text, nothing where there is nothing."""

    @property
    def pause(self) -> float:
        """Seconds to wait before the next question."""


def streamed(request: HttpRequest, source: Pieces) -> StreamingHttpResponse:
    """Send pieces as they come, if this process may keep another stream open."""
    SLOTS.take()
    kind = AsyncStream if isinstance(request, ASGIRequest) else Stream
    answer = StreamingHttpResponse(kind(source), content_type="text/event-stream")
    answer["Cache-Control"] = "no-store"
    answer["X-Accel-Buffering"] = "no"  # or a proxy keeps everything to itself
    return answer


class Source:
    """What one caller is told of a learner."""

    def __init__(
        self, learner_pk: int, user: Any, share_key: str, cursor: feed.Cursor, seconds: float
    ) -> None:
        self._who = (learner_pk, user, share_key)
        self._cursor = cursor
        self._end = time.monotonic() + min(seconds, LIFE)
        self._beat = time.monotonic() + HEARTBEAT
        self._seen: Any = None
        self._begun = self._more = self.ended = False

    def next_piece(self) -> str:
        """Return what is new as text, nothing where there is nothing."""
        if not self._begun:
            self._begun = True
            return COME_BACK
        learner = self._learner()
        if learner is None:
            self.ended = True
            return ""
        text, now = self._told(learner), time.monotonic()
        self.ended = not self._more and now >= self._end
        if not text and now >= self._beat:
            text = BEAT
        if text:
            self._beat = now + HEARTBEAT
        return text

    def _learner(self) -> Learner | None:
        """Return the learner as it is now, if the caller still may see it."""
        key, user, share_key = self._who
        row: Learner | None = learner_rows().filter(pk=key).first()
        return row if row is not None and may_read(user, row, share_key=share_key) else None

    def _told(self, learner: Learner) -> str:
        seen = (learner.state_version, learner.paused, learner.name)
        if seen == self._seen and not self._more:
            return ""
        texts = []
        if seen != self._seen:
            self._seen = seen
            texts.append(_event("learner", feed.facts(learner), self._cursor))
        news, self._more = feed.since(learner, self._cursor)
        texts += [_event(one.kind, one.data, one.cursor) for one in news]
        self._cursor = news[-1].cursor if news else self._cursor
        return "".join(texts)

    @property
    def pause(self) -> float:
        """Seconds to wait before the next question."""
        return 0.0 if self._more else min(EVERY, max(0.0, self._end - time.monotonic()))


def _event(kind: str, data: dict[str, Any], cursor: feed.Cursor) -> str:
    text = json.dumps(data, cls=DjangoJSONEncoder)
    return f"id: {cursor}\nevent: {kind}\ndata: {text}\n\n"


class Slots:
    """How many streams this process keeps open."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.taken = 0

    def take(self) -> None:
        """Take one, or say when to come again."""
        with self._lock:
            if self.taken >= settings.LEARNER_STREAMS:
                raise Problem(503, "This server keeps enough streams open.", retry_after=5)
            self.taken += 1

    def give_back(self) -> None:
        """Let another stream in."""
        with self._lock:
            self.taken -= 1


SLOTS = Slots()


class Place:
    """A stream's place among those that are open, given back once."""

    def __init__(self, source: Pieces) -> None:
        self._source = source
        self._open = True

    @property
    def _goes_on(self) -> bool:
        return self._open and not self._source.ended

    def close(self) -> None:
        """End; the server calls it as well when the client has gone."""
        if self._open:
            self._open = False
            SLOTS.give_back()


class Stream(Place):
    """Pieces of a stream for a server of threads."""

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        while self._goes_on:
            if text := self._source.next_piece():
                return text
            if self._goes_on:
                time.sleep(self._source.pause)
        self.close()
        raise StopIteration


class AsyncStream(Place):
    """The same for a server of one loop: a stream that waits takes no thread."""

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> str:
        while self._goes_on:
            if text := await sync_to_async(self._source.next_piece)():
                return text
            if self._goes_on:
                await asyncio.sleep(self._source.pause)
        self.close()
        raise StopAsyncIteration
