"""Threads on one learner: one transaction for those who wait, one writer, one outcome each."""

import threading
from functools import partial
from typing import Any

import pytest
from django.db import OperationalError, connections

from learner.models import Event, Learner, Stretch
from learner.services import live, live_drain
from learner.services.learners import create_learner, digest_of_state
from learner.services.live_resident import residents
from learner.services.locks import WriterLock
from learner.services.messages import Incoming, Outcome, Status
from synapse.services.conflict import StateConflict
from tests.learner_service.living import at_once, events_of, ledger, replayed

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 8


@pytest.fixture
def learner(transactional_db: None) -> Learner:
    """A small learner."""
    return create_learner(name="small", parameters={"expansion": 20})


def row(learner: Learner) -> Learner:
    return Learner.objects.get(pk=learner.pk)


def learn_each(learner: Learner, events: list[Incoming]) -> list[Outcome]:
    return [live.learn(learner=row(learner), events=[event])[0] for event in events]


def test_eight_threads_each_event_once_in_the_ledgers_order(learner: Learner) -> None:
    each = [events_of(40, seed=i, named=f"t{i}-") for i in range(THREADS)]
    found = at_once([partial(learn_each, learner, events) for events in each])
    outcomes = [outcome for part in found for outcome in part]
    assert all(outcome.status == Status.LEARNED for outcome in outcomes)
    operations = ledger(learner)
    assert sorted(o.position for o in outcomes) == list(range(40 * THREADS))
    assert len({o.event_id for o in operations}) == len(operations) == 40 * THREADS
    for outcome in outcomes:
        operation = operations[outcome.position or 0]
        assert operation.event_id == outcome.identifier
        assert operation.surprise == outcome.surprise
        assert (operation.version or None) == outcome.commit
        assert (operation.kind == "learn") == outcome.salient
    for part in found:
        positions = [outcome.position for outcome in part]
        assert positions == sorted(positions)
    for event in Event.objects.filter(learner=learner):
        assert operations[event.position or 0].event_id == event.identifier
    assert replayed(learner) == digest_of_state(learner)
    with live.read(learner) as model:
        assert model._core.state.events == 40 * THREADS


def test_who_waits_is_stored_together(learner: Learner, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the first drain is held up, seven more calls come; one transaction has them all."""
    gate, first = threading.Event(), threading.Event()
    store = live_drain.store_items

    def held_up(*arguments: Any, **named: Any) -> None:
        first.set()
        assert gate.wait(20)
        store(*arguments, **named)

    monkeypatch.setattr(live_drain, "store_items", held_up)
    group = residents.of(learner).group

    def call(i: int) -> Outcome:
        if i:
            assert first.wait(20)
        return live.learn(learner=row(learner), events=events_of(1, seed=i))[0]

    def release() -> None:
        while len(group._queue) < THREADS - 1:
            threading.Event().wait(0.005)
        gate.set()

    found = at_once([*(partial(call, i) for i in range(THREADS)), release])
    assert sorted(o.position for o in found[:THREADS]) == list(range(THREADS))
    assert sorted(Stretch.objects.values_list("first", "count")) == [(0, 1), (1, THREADS - 1)]


def test_one_bad_call_among_good_ones_fails_alone(learner: Learner) -> None:
    good = [events_of(5, seed=i) for i in range(THREADS - 1)]
    live.learn(learner=learner, events=events_of(5))
    bad = [Incoming(features={"a": 1.0, "odd": 2.0}, label="maybe"),
           Incoming(features={"a": "much"}, label="yes")]  # fmt: skip

    def call(events: list[Incoming]) -> list[Outcome]:
        return live.learn(learner=row(learner), events=events)

    for _ in range(5):
        found = at_once([partial(call, events) for events in [*good, bad]])
        assert isinstance(found[-1], ValueError)
        assert str(found[-1]) == "event 2: a must be a number; got 'much'"
        assert all(len(part) == 5 for part in found[:-1])
    assert row(learner).schema.keys() == {"a", "b", "colour"}
    assert row(learner).events == 5 + 5 * 5 * (THREADS - 1)
    assert replayed(learner) == digest_of_state(learner)


def test_the_same_event_from_eight_clients_at_once(learner: Learner) -> None:
    events = events_of(20, named="e")
    found = at_once([partial(learn_each, learner, events) for _ in range(THREADS)])
    for i in range(20):
        states = sorted(part[i].status for part in found)
        assert states == [Status.DUPLICATE] * (THREADS - 1) + [Status.LEARNED]
        assert len({part[i].position for part in found}) == 1
    assert row(learner).events == 20
    assert replayed(learner) == digest_of_state(learner)


def test_label_and_event_at_once(learner: Learner) -> None:
    """Whichever is first, the event is learned once and nobody gets an error."""
    live.learn(learner=learner, events=events_of(5))
    for i in range(30):
        name, features = f"x{i}", {"a": float(i)}
        found = at_once([
            lambda n=name, f=features: live.predict(
                learner=row(learner), features=f, identifier=n
            ),
            lambda n=name: live.label(learner=row(learner), identifier=n, value="yes"),
        ])  # fmt: skip
        assert not any(isinstance(one, Exception) for one in found), found
        assert {found[0].status, found[1].status} <= {
            Status.LEARNED, Status.WAITING, Status.EARLY, Status.DUPLICATE,
        }  # fmt: skip
        event = Event.objects.get(identifier=name)
        assert event.position is not None
    learned = [o.event_id for o in ledger(learner) if o.event_id]
    assert sorted(learned) == sorted(f"x{i}" for i in range(30))


def test_a_failure_while_storing_fails_all_of_the_drain_and_no_more(
    learner: Learner, monkeypatch: pytest.MonkeyPatch
) -> None:
    live.learn(learner=learner, events=events_of(10))
    store, left = live_drain.store_events, [3]

    def fail(*arguments: Any) -> None:
        if left[0]:
            left[0] -= 1
            raise OperationalError("database or disk is full")
        store(*arguments)

    monkeypatch.setattr(live_drain, "store_events", fail)
    each = [events_of(6, seed=i, named=f"t{i}-") for i in range(THREADS)]

    def call(events: list[Incoming]) -> list[Outcome]:
        return live.learn(learner=row(learner), events=events)

    found = at_once([partial(call, events) for events in each])
    failed = [one for one in found if isinstance(one, OperationalError)]
    assert failed
    assert row(learner).events == 10 + 6 * (THREADS - len(failed))
    left[0] = 0
    again = [call(events) for events in each]
    assert row(learner).events == 10 + 6 * THREADS
    statuses = {one.status for part in again for one in part}
    assert statuses <= {Status.LEARNED, Status.DUPLICATE}
    assert replayed(learner) == digest_of_state(learner)


def test_predictions_go_on_while_somebody_else_writes(learner: Learner, settings: Any) -> None:
    settings.LEARNER_LOCK_WAIT = 0.1
    live.learn(learner=learner, events=events_of(20))
    lock = WriterLock(learner)
    try:
        calls = [lambda: live.learn(learner=row(learner), events=events_of(1))] * 3
        found = at_once([*calls, lambda: live.predict(learner=row(learner), features={"a": 2.0})])
    finally:
        lock.release()
    assert all(isinstance(one, StateConflict) for one in found[:3])
    assert "Another process is writing to the learner small (process " in str(found[0])
    assert found[0].retry_after == 1
    assert found[3].prediction == "yes"
    assert live.learn(learner=learner, events=events_of(1))[0].position == 20


def test_predictions_during_drains_are_of_one_state(learner: Learner) -> None:
    """Read by eight threads while it learns, the learner is what an undisturbed one is."""
    stop = threading.Event()

    def predict() -> int:
        count = 0
        try:
            while not stop.is_set():
                found = live.predict(learner=row(learner), features={"a": 0.5, "new": 1.0})
                assert found.probabilities == {} or sum(
                    found.probabilities.values()
                ) == pytest.approx(1.0)
                count += 1
        finally:
            connections.close_all()
        return count

    def learn() -> None:
        try:
            learn_each(learner, events_of(150))
        finally:
            stop.set()

    found = at_once([learn, predict, predict, predict])
    assert not any(isinstance(one, Exception) for one in found), found
    assert replayed(learner) == digest_of_state(learner)
    with live.read(learner) as model:
        assert model._core.state.events == 150


def test_rollback_and_sleep_among_learners(learner: Learner) -> None:
    live.learn(learner=learner, events=events_of(60))

    def some(i: int) -> Any:
        if i == 0:
            return [live.rollback(learner=row(learner), version=2) for _ in range(3)]
        if i == 1:
            return [live.sleep(learner=row(learner), replays=5) for _ in range(3)]
        return learn_each(learner, events_of(10, seed=i))

    found = at_once([partial(some, i) for i in range(6)])
    assert not any(isinstance(one, Exception) for one in found), found
    before = digest_of_state(learner)
    with live.read(row(learner)):
        pass
    live.forget(learner.pk)
    assert digest_of_state(learner) == before
    assert [o.position for o in ledger(learner)] == list(range(60 + 40 + 6))


def test_several_learners_at_once(learner: Learner) -> None:
    learners = [create_learner(name=f"l{i}", parameters={"expansion": 10}) for i in range(4)]
    works = [partial(learn_each, one, events_of(25, seed=i)) for one in learners for i in range(2)]
    found = at_once(works)
    assert not any(isinstance(one, Exception) for one in found), found
    assert [row(one).events for one in learners] == [50] * 4
    assert all(replayed(one) == digest_of_state(one) for one in learners)
