"""Server-sent events: from a live server, with a client that goes and comes back."""

import http.client
import json
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient

from learner.api import following
from learner.models import Commit, DriftAlarm, Learner, Metric
from learner.services import feed
from learner.services.changes import remove_learner
from tests.calling import ROOT, Caller, problem

LONGEST_WAIT = 30.0
"""Seconds after which something that never comes is given up."""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask often, so that nothing has to be waited for."""
    monkeypatch.setattr(following, "EVERY", 0.02)
    monkeypatch.setattr(following, "HEARTBEAT", 0.1)


def parts_of(text: str) -> list[dict[str, Any]]:
    """Return the events of a stream, without comments."""
    found = []
    for block in text.split("\n\n"):
        lines = [line.split(": ", 1) for line in block.splitlines() if not line.startswith(":")]
        fields = dict(lines)
        if "data" in fields:
            found.append(fields | {"data": json.loads(fields["data"])})
    return found


def numbers(parts: list[dict[str, Any]]) -> list[int]:
    """Return the numbers of the commits that were told."""
    return [part["data"]["number"] for part in parts if part["event"] == "commit"]


class Follower:
    """A client of the live server that reads a stream line by line."""

    def __init__(self, site: str, learner: Learner, last: str = "") -> None:
        self.connection = http.client.HTTPConnection(urlsplit(site).netloc, timeout=LONGEST_WAIT)
        headers = {"Last-Event-ID": last} if last else {}
        self.connection.request("GET", f"{ROOT}/learners/{learner.pk}/stream", headers=headers)
        self.answer = self.connection.getresponse()
        self.parts: list[dict[str, Any]] = []

    def read_until(self, enough: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
        """Read events until there are enough of them."""
        block = ""
        while not enough(self.parts):
            line = self.answer.readline().decode()
            assert line, "the stream ended"
            block += line
            if line == "\n":
                self.parts += parts_of(block)
                block = ""
        return self.parts

    def close(self) -> None:
        """Go, without a word."""
        self.answer.close()
        self.connection.close()


@pytest.fixture
def public(own: Learner) -> Learner:
    Learner.objects.update(visibility="public")
    own.refresh_from_db()
    return own


@pytest.fixture
def follow(live_server: Any) -> Iterator[Callable[..., Follower]]:
    """A function that follows a learner; every stream is closed at the end."""
    opened: list[Follower] = []

    def start(learner: Learner, last: str = "") -> Follower:
        opened.append(Follower(live_server.url, learner, last))
        return opened[-1]

    yield start
    for one in opened:
        one.close()
    wait_for(lambda: following.SLOTS.taken == 0)


def wait_for(true: Callable[[], bool]) -> None:
    end = time.monotonic() + LONGEST_WAIT
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.django_db(transaction=True)
def test_a_client_that_comes_back_misses_and_repeats_nothing(
    public: Learner, teach: Callable[..., Any], follow: Callable[..., Follower]
) -> None:
    teach(public, 10)
    told: list[int] = []
    first, last = Commit.objects.count() + 1, ""
    for _ in range(4):
        follower = follow(public, last)
        assert follower.answer.getheader("Content-Type") == "text/event-stream"
        follower.read_until(bool)
        assert any(part["event"] == "learner" for part in follower.parts)
        teach(public, 20)  # while it is followed: neither transaction nor lock is in the way
        # Read some of it only, as somebody whose train enters a tunnel.
        half = (first + len(told) + Commit.objects.count()) // 2
        enough = half

        def reached(parts: list[dict[str, Any]], enough: int = enough) -> bool:
            return enough in numbers(parts)

        follower.read_until(reached)
        follower.close()
        until = numbers(follower.parts).index(half) + 1
        told += numbers(follower.parts)[:until]
        last = next(p["id"] for p in follower.parts if p["data"].get("number") == half)
        teach(public, 20)  # while nobody listens
    follower = follow(public, last)
    whole = Commit.objects.count()
    follower.read_until(lambda parts: whole in numbers(parts))
    told += numbers(follower.parts)
    assert told == list(range(first, whole + 1))


@pytest.mark.django_db(transaction=True)
def test_a_place_is_given_back_when_the_client_goes(
    public: Learner, follow: Callable[..., Follower], settings: Any
) -> None:
    settings.LEARNER_STREAMS = 1
    follower = follow(public)
    follower.read_until(bool)
    refused = follow(public)
    assert refused.answer.status == 503
    assert refused.answer.getheader("Retry-After") == "5"
    assert json.loads(refused.answer.read())["status"] == 503
    follower.close()
    wait_for(lambda: following.SLOTS.taken == 0)
    assert follow(public).answer.status == 200


@pytest.mark.django_db(transaction=True)
def test_a_stream_ends_when_the_learner_is_hidden_or_gone(
    public: Learner, follow: Callable[..., Follower]
) -> None:
    follower = follow(public)
    follower.read_until(bool)
    Learner.objects.update(visibility="private")
    assert b"data" not in follower.answer.read()
    assert follow(public).answer.status == 404
    Learner.objects.update(visibility="public")
    follower = follow(public)
    follower.read_until(bool)
    remove_learner(learner=public)
    follower.answer.read()
    assert follow(public).answer.status == 404


@pytest.mark.django_db(transaction=True)
def test_a_server_of_one_loop_streams_as_well(public: Learner, teach: Callable[..., Any]) -> None:
    teach(public, 30)

    async def read() -> str:
        client = AsyncClient()
        answer: Any = await client.get(
            f"{ROOT}/learners/{public.pk}/stream?after=w0-c0-a0&seconds=1"
        )
        assert answer.status_code == 200
        assert answer.is_async
        found = b"".join([part async for part in answer.streaming_content])
        return found.decode()

    text = async_to_sync(read)()  # in this thread, with its connection
    assert numbers(parts_of(text)) == list(range(1, public.version + 1))
    assert ": nothing new" in text
    assert following.SLOTS.taken == 0


# --- what is told ------------------------------------------------------------------------


def once(caller: Caller, learner: Learner, after: str) -> list[dict[str, Any]]:
    answer = caller("get", f"/learners/{learner.pk}/stream?once=true&after={after}")
    assert answer.status_code == 200, answer.content
    text = b"".join(answer.streaming_content).decode()
    assert text.startswith("retry: ")
    assert following.SLOTS.taken == 0
    return parts_of(text)


@pytest.mark.django_db
def test_windows_commits_and_alarms_are_told_each_once(
    owner: Caller, own: Learner, teach: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "MOST", 7)
    teach(own, 60)
    Metric.objects.filter(learner=own).delete()
    for first in (1, 101):
        Metric.objects.create(learner=own, first=first, last=first + 99, position=first + 98)
    facts = {"position": 49, "version": 3, "usual_error": 0.1, "recent_error": 0.4}
    alarm = DriftAlarm.objects.create(learner=own, began=50, **facts)
    parts = once(owner, own, "w0-c0-a0")
    assert numbers(parts) == list(range(1, own.version + 1))
    assert [p["data"]["last"] for p in parts if p["event"] == "metrics"] == [100, 200]
    assert [p["data"]["ended"] for p in parts if p["event"] == "alarm"] == [None]
    assert [p["event"] for p in parts].count("learner") >= 1
    last = parts[-1]["id"]
    assert last == f"w200-c{own.version}-a50"
    assert [p["event"] for p in once(owner, own, last)] == ["learner"]
    alarm.ended = 70
    alarm.save()
    DriftAlarm.objects.create(learner=own, began=80, ended=90, **facts)
    more = [p for p in once(owner, own, last) if p["event"] == "alarm"]
    assert [(p["data"]["began"], p["data"]["ended"]) for p in more] == [(50, 70), (80, 90)]
    assert [p["event"] for p in once(owner, own, more[-1]["id"])] == ["learner"]


@pytest.mark.django_db
def test_whoever_comes_back_with_any_id_is_told_the_rest(
    owner: Caller, own: Learner, teach: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "MOST", 7)
    teach(own, 150)
    facts = {"position": 49, "version": 3, "usual_error": 0.1, "recent_error": 0.4}
    DriftAlarm.objects.filter(learner=own).delete()
    DriftAlarm.objects.create(learner=own, began=50, ended=70, **facts)
    DriftAlarm.objects.create(learner=own, began=80, **facts)
    parts = [part for part in once(owner, own, "w0-c0-a0") if part["event"] != "learner"]
    told = [(part["event"], json.dumps(part["data"])) for part in parts]
    assert len(set(told)) == len(told) > 20
    for i, part in enumerate(parts):
        after = once(owner, own, part["id"])
        rest = [(p["event"], json.dumps(p["data"])) for p in after if p["event"] != "learner"]
        assert sorted(told[: i + 1] + rest) == sorted(told)


@pytest.mark.django_db
def test_without_an_id_a_stream_begins_now(
    owner: Caller, own: Learner, teach: Callable[..., Any]
) -> None:
    teach(own, 30)
    assert [part["event"] for part in once(owner, own, "")] == ["learner"]
    head = owner("head", f"/learners/{own.pk}/stream")
    b"".join(head.streaming_content)
    assert following.SLOTS.taken == 0


@pytest.mark.django_db
def test_a_cursor_that_is_none_is_refused(owner: Caller, own: Learner) -> None:
    for after in ("x", "w1-c1", "w1-c1-a-1", f"w{10**19}-c0-a0", "w١-c1-a1"):
        answer = owner("get", f"/learners/{own.pk}/stream?after={after}")
        assert problem(answer, 422)["errors"][0]["field"] == "after"
    problem(owner("get", f"/learners/{own.pk}/stream?seconds=601"), 422)
    assert following.SLOTS.taken == 0


@pytest.mark.django_db
def test_a_poll_that_finds_nothing_is_one_query(
    own: Learner, django_assert_num_queries: Any, users: dict[str, Any]
) -> None:
    source = following.Source(own.pk, users["owner"], "", feed.now(own), 60.0)
    assert source.next_piece().startswith("retry")
    assert "event: learner" in source.next_piece()
    with django_assert_num_queries(1):
        assert source.next_piece() == ""
