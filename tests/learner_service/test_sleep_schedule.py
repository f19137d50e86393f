"""Scheduled sleep: when it is due, who carries it out, once, and the way back."""

import threading
from datetime import UTC, datetime, time, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from learner.models import Checkpoint, Commit, Learner
from learner.services import live, schedule
from learner.services.changes import change_learner
from learner.services.learners import create_learner, export_state
from learner.services.messages import Incoming
from learner.services.states import digest_of
from synapse.services import run_worker
from synapse.services.conflict import StateConflict
from tests.learner_shell.rows import rows_of

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def taught(name: str = "sleeper", **columns: Any) -> Learner:
    """A learner of fifty events, the last of them a commit at noon."""
    learner = create_learner(name=name, parameters={"expansion": 20})
    rows = rows_of(50, labels=("no", "yes"))
    events = [Incoming(features={"a": r["a"], "b": r["b"]}, label=r["label"]) for r in rows]
    live.learn(learner=learner, events=events)
    Learner.objects.filter(pk=learner.pk).update(
        **{"last_event": NOW, "created": NOW - timedelta(days=9), "sleep_replays": 30} | columns
    )
    learner.refresh_from_db()
    return learner


def state(learner: Learner) -> str:
    return digest_of(export_state(learner=learner))


def sleeps(learner: Learner) -> list[tuple[str, int]]:
    rows = Commit.objects.filter(learner=learner, kind__in=("sleep", "rollback"))
    return list(rows.values_list("kind", "amount"))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("columns", "seconds", "due"),
    [
        ({}, 1e9, False),
        ({"sleep_after": 600.0}, 599, False),
        ({"sleep_after": 600.0}, 600, True),
        ({"sleep_after": 600.0, "slept": NOW}, 600, False),
        ({"sleep_after": 600.0, "slept": NOW - timedelta(seconds=1)}, 600, True),
        ({"sleep_after": 600.0, "last_event": None}, 600, False),
        ({"sleep_after": 600.0, "paused": True}, 600, False),
        ({"sleep_after": 600.0, "events": 0}, 600, False),
        ({"sleep_at": time(3, 0), "slept": NOW}, 14 * 3600, False),
        ({"sleep_at": time(3, 0), "slept": NOW}, 15 * 3600, True),
        ({"sleep_at": time(3, 0)}, 0, True),
        ({"sleep_at": time(3, 0), "created": NOW}, 14 * 3600, False),
    ],
)
def test_when_a_sleep_is_due(columns: dict[str, Any], seconds: float, due: bool) -> None:
    learner = taught(**columns)
    found = schedule.due_sleeps(NOW + timedelta(seconds=seconds))
    assert found == ([learner] if due else [])


@pytest.mark.django_db
def test_the_next_sleep_is_the_earlier_of_two() -> None:
    learner = taught(sleep_after=600.0, sleep_at=time(12, 5), slept=NOW - timedelta(hours=1))
    assert schedule.next_sleep(learner, NOW) == NOW + timedelta(minutes=5)
    learner.sleep_after = 60.0
    assert schedule.next_sleep(learner, NOW) == NOW + timedelta(minutes=1)
    learner.slept = NOW
    assert schedule.next_sleep(learner, NOW) == NOW + timedelta(minutes=5)
    learner.sleep_at = None
    assert schedule.next_sleep(learner, NOW) is None


@pytest.mark.django_db
def test_a_new_time_of_day_holds_from_its_next_occurrence_on() -> None:
    learner = taught()
    past = (timezone.now() - timedelta(minutes=1)).time().replace(microsecond=0)
    change_learner(learner=learner, sleep_at=past)
    assert schedule.due_sleeps() == []
    assert schedule.due_sleeps(timezone.now() + timedelta(days=1)) == [learner]


@pytest.mark.django_db
def test_a_sleep_is_one_commit_and_its_rollback_restores_the_digest() -> None:
    learner = taught(sleep_after=600.0)
    before, version = state(learner), learner.version
    (slept,) = schedule.run_due()
    assert slept.commit == version + 1
    assert sleeps(learner) == [("sleep", 30)]
    assert state(learner) != before
    assert schedule.run_due() == []
    learner.refresh_from_db()
    live.rollback(learner=learner, version=version)
    assert state(learner) == before
    assert sleeps(learner) == [("sleep", 30), ("rollback", version)]
    assert schedule.run_due() == []


@pytest.mark.django_db
def test_a_sleep_that_is_refused_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    learner = taught(sleep_after=600.0)
    with monkeypatch.context() as patch:

        def busy(**_: Any) -> int:
            raise StateConflict("Another process is writing to the learner.")

        patch.setattr(live, "sleep", busy)
        assert schedule.run_due() == []
    learner.refresh_from_db()
    assert learner.slept is None
    assert len(schedule.run_due()) == 1


@pytest.mark.django_db
def test_a_learner_that_cannot_be_read_keeps_no_other_awake(
    caplog: pytest.LogCaptureFixture,
) -> None:
    damaged, sound = (taught(name, sleep_after=600.0) for name in ("damaged", "sound"))
    Checkpoint.objects.update_or_create(
        learner=damaged, kind="head", defaults={"position": 0, "version": 0, "digest": "another"}
    )
    live.forget(damaged.pk)
    assert [slept.learner for slept in schedule.run_due()] == [sound]
    assert f"learner={damaged.pk} is due to sleep: " in caplog.text
    damaged.refresh_from_db()
    assert damaged.slept is None


@pytest.mark.django_db
def test_whoever_was_overtaken_does_not_sleep() -> None:
    """Two have read the same row; only one moves ``slept``."""
    learner, other = taught(sleep_after=600.0), Learner.objects.get()
    assert schedule.sleep_by_schedule(learner, timezone.now()) is not None
    assert schedule.sleep_by_schedule(other, timezone.now()) is None
    assert len(sleeps(learner)) == 1


@pytest.mark.django_db(transaction=True)
def test_two_that_look_at_the_same_time_sleep_once() -> None:
    learners = [taught(f"sleeper {i}", sleep_after=600.0) for i in range(3)]
    gate = threading.Barrier(2)

    def look() -> None:
        try:
            gate.wait(10)
            schedule.run_due()
        finally:
            connection.close()

    threads = [threading.Thread(target=look) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    schedule.run_due()  # what was refused because the other was writing just then
    assert [len(sleeps(learner)) for learner in learners] == [1, 1, 1]


@pytest.mark.django_db
def test_a_worker_looks_for_due_sleeps() -> None:
    learner = taught(sleep_after=600.0)
    run_worker.work(once=True)
    assert sleeps(learner) == [("sleep", 30)]
    run_worker.work(once=True)
    assert sleeps(learner) == [("sleep", 30)]


@pytest.mark.django_db
def test_a_learner_that_keeps_nothing_does_not_sleep() -> None:
    learner = create_learner(name="idle", parameters={"expansion": 20, "expert": [["buffer", 0]]})
    live.learn(learner=learner, events=[Incoming(features={"a": 1.0}, label="no")])
    Learner.objects.update(last_event=NOW, sleep_after=1.0)
    assert schedule.run_due() == []
    assert not sleeps(learner)
    with pytest.raises(ValueError, match="buffer of 0 keeps no events"):
        change_learner(learner=learner, sleep_at=time(3, 0))


def manage(*arguments: str) -> str:
    out = StringIO()
    call_command("sleep", *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_the_command_sleeps_now_or_what_is_due() -> None:
    learner = taught()
    assert manage("--due") == ""
    assert manage("sleeper", "--due") == ""
    version = learner.version
    assert manage("sleeper") == f"sleeper replayed 30 events: commit {version + 1}.\n"
    assert manage("sleeper", "--replays=7").endswith(f"7 events: commit {version + 2}.\n")
    Learner.objects.update(sleep_after=600.0)
    assert manage("--due") == f"sleeper replayed 30 events: commit {version + 3}.\n"
    assert manage("--due") == ""


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "name a learner, or give --due"),
        (["sleeper", "--replays=0"], "replays must be from 1 to 1000000; got 0"),
        (["sleeper", "--due", "--replays=3"], "--replays goes without --due"),
        (["nobody"], "There is no learner 'nobody'"),
        (["resting"], "The learner resting is paused"),
    ],
)
def test_the_command_says_what_is_wrong(arguments: list[str], sentence: str) -> None:
    taught()
    taught("resting", paused=True)
    with pytest.raises(CommandError, match=sentence):
        manage(*arguments)
