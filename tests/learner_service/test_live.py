"""A learner in memory is the one that an undisturbed learner would be, to the last bit."""

from dataclasses import replace
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from learner.models import Checkpoint, Commit, Event, Learner, Stretch
from learner.services import live, live_drain, storage
from learner.services.changes import change_budget
from learner.services.explain import explain_commit
from learner.services.learners import create_learner, digest_of_state
from learner.services.live_resident import residents
from learner.services.messages import Incoming, Status
from learner.services.sessions import Session, load_model
from learner.services.states import digest_of, pack_state
from synapse.services.conflict import StateConflict
from tests.learner_service.living import (
    events_of,
    ledger,
    replayed,
    rows_of_ledger,
    undisturbed,
)


@pytest.fixture(autouse=True)
def impatient(settings: Any) -> None:
    """Wait for no other writer: there is none, or it never ends."""
    settings.LEARNER_LOCK_WAIT = 0.1


@pytest.fixture
def learner(db: None) -> Learner:
    """A small learner of classes without baselines."""
    return fresh("small")


def fresh(name: str, **parameters: Any) -> Learner:
    learner = create_learner(name=name, parameters={"expansion": 20, **parameters})
    learner.baselines = False
    learner.save()
    return learner


def resident_state(learner: Learner) -> str:
    with live.read(learner) as model:
        return digest_of(pack_state(model.state_dict()))


def elsewhere(learner: Learner) -> None:
    """Let this process know nothing of a learner, as another one would."""
    live.forget(learner.pk)


def test_events_one_by_one_in_batches_and_undisturbed_are_the_same(learner: Learner) -> None:
    events = events_of(300)
    for size, first in ((1, 0), (7, 60), (120, 130)):
        last = {0: 60, 60: 130, 130: 300}[first]
        for i in range(first, last, size):
            live.learn(learner=learner, events=events[i : min(last, i + size)])
    assert learner.position == learner.events == 300
    assert undisturbed(learner, events) == resident_state(learner) == digest_of_state(learner)


def test_predictions_leave_no_mark(learner: Learner) -> None:
    events = events_of(200)
    for event in events:
        live.predict(learner=learner, features={"a": 3.0, "new": 1.0, "colour": "red"})
        live.learn(learner=learner, events=[event])
        live.predict(learner=learner, features=event.features)
    assert undisturbed(learner, events) == resident_state(learner) == digest_of_state(learner)


def test_another_process_catches_up_exactly(learner: Learner) -> None:
    """Two residents of one learner take turns, as two processes would."""
    events, kept = events_of(240), []
    for turn in range(12):
        mine = residents._known.get(learner.pk)
        others = kept.pop(0) if kept else None
        if mine is not None:
            kept.append(mine)
        if others is None:
            elsewhere(learner)
        else:
            residents._known[learner.pk] = others
        live.learn(learner=learner, events=events[20 * turn : 20 * turn + 20])
    assert learner.position == 240
    assert undisturbed(learner, events) == resident_state(learner) == digest_of_state(learner)
    residents._known[learner.pk] = kept[0]
    assert undisturbed(learner, events) == resident_state(learner)


@pytest.mark.parametrize("stored", [100, 499, 500, 730, 1001, 1499])
def test_loaded_again_it_goes_on_exactly(learner: Learner, stored: int) -> None:
    events = events_of(stored + 30)
    for i in range(0, stored, 83):
        live.learn(learner=learner, events=events[i : min(stored, i + 83)])
    elsewhere(learner)
    live.learn(learner=learner, events=events[stored:])
    assert undisturbed(learner, events) == resident_state(learner) == digest_of_state(learner)


def test_small_rows_of_the_ledger_become_large_ones(learner: Learner) -> None:
    events = events_of(1234)
    noted = []
    for event in events:
        live.learn(learner=learner, events=[event])
        noted.append(rows_of_ledger(learner))
    assert len(rows_of_ledger(learner)) < 500
    assert max(len(rows) for rows in noted) <= 500 + 2
    assert rows_of_ledger(learner)[:2] == [(0, 500), (500, 500)]
    elsewhere(learner)
    for _ in range(300):
        live.learn(learner=learner, events=events[:1])
    assert rows_of_ledger(learner)[2] == (1000, 500)
    assert digest_of_state(learner) == replayed(learner)
    assert Checkpoint.objects.filter(learner=learner, kind="snapshot").count() == 2


def test_merging_changes_nothing_of_what_the_ledger_gives(
    learner: Learner, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = fresh("other")
    events = events_of(200)
    for part in (events[:60], events[60:61], events[61:200]):
        live.learn(learner=other, events=part)
    monkeypatch.setattr(storage, "MERGE_EVERY", 40)
    for i, event in enumerate(events):
        if i % 30 == 0:
            elsewhere(learner)
        live.learn(learner=learner, events=[event])
    assert len(rows_of_ledger(learner)) == 5
    mine, its = ledger(learner), ledger(other)
    assert mine == its
    assert all(
        (a.values == b.values).all() or (a.values != a.values).any()
        for a, b in zip(mine, its, strict=True)
    )
    assert digest_of_state(learner) == digest_of_state(other)


def test_rollback_and_sleep_are_commits_and_exact(learner: Learner) -> None:
    events = events_of(150)
    live.learn(learner=learner, events=events[:100])
    then, version = digest_of_state(learner), learner.version
    last = Commit.objects.get(learner=learner, number=version)
    live.learn(learner=learner, events=events[100:])
    made = live.rollback(learner=learner, version=version)
    assert (
        made
        == learner.version
        == version
        + 1
        + Commit.objects.filter(learner=learner, position__gte=100, position__lt=150).count()
    )
    if last.position == 99:
        assert digest_of_state(learner) == resident_state(learner) == then
    back = digest_of_state(learner)
    slept = live.sleep(learner=learner, replays=40)
    assert slept == made + 1
    assert digest_of_state(learner) == resident_state(learner) != back
    elsewhere(learner)
    live.learn(learner=learner, events=events[:10])
    assert live.rollback(learner=learner, version=made) > slept
    assert digest_of_state(learner) == resident_state(learner) == back
    kinds = Commit.objects.filter(learner=learner, number__in=(made, slept)).order_by("number")
    assert [row.kind for row in kinds] == ["rollback", "sleep"]


def test_a_rollback_elsewhere_is_noticed(learner: Learner) -> None:
    events = events_of(90)
    live.learn(learner=learner, events=events)
    mine = residents._known[learner.pk]
    elsewhere(learner)
    live.rollback(learner=learner, version=3)
    live.learn(learner=learner, events=events[:20])
    residents._known[learner.pk] = mine
    assert resident_state(learner) == digest_of_state(learner)
    live.learn(learner=learner, events=events[20:40])
    assert resident_state(learner) == digest_of_state(learner)


def test_a_budget_changed_elsewhere_is_noticed(learner: Learner) -> None:
    """Also where it was changed back since: what was learned in between was learned with it."""
    events = events_of(120)
    live.learn(learner=learner, events=events[:40])
    mine = residents._known[learner.pk]
    for budget, part in ((0.9, events[40:80]), (0.2, events[80:100])):
        change_budget(learner=Learner.objects.get(pk=learner.pk), budget=budget)
        live.learn(learner=Learner.objects.get(pk=learner.pk), events=part)
    residents._known[learner.pk] = mine
    now = Learner.objects.get(pk=learner.pk)
    assert resident_state(now) == digest_of_state(now)
    live.learn(learner=now, events=events[100:])
    assert resident_state(now) == digest_of_state(now)


def test_a_session_and_the_learner_in_memory_take_turns(learner: Learner) -> None:
    events = events_of(60)
    live.learn(learner=learner, events=events[:30])
    with Session(Learner.objects.get(pk=learner.pk)) as session:
        session.model.learn_one({"a": 1.0, "b": 2.0}, "yes")
        with session.saving():
            pass
    with pytest.raises(StateConflict, match="Another process is writing"), Session(learner):
        live.learn(learner=learner, events=events[:1])
    live.learn(learner=learner, events=events[30:])
    assert learner.events == 61
    assert resident_state(learner) == digest_of_state(learner) == replayed(learner)


def test_reading_within_reading_and_no_learning_within(learner: Learner) -> None:
    live.learn(learner=learner, events=events_of(20))
    with live.read(learner) as model, live.read(learner) as same:
        assert model is same
        assert live.predict(learner=learner, features={"a": 2.0}).prediction == "yes"
        with pytest.raises(RuntimeError, match="cannot change while the same thread reads it"):
            live.learn(learner=learner, events=events_of(1))
    assert live.learn(learner=learner, events=events_of(1))[0].position == 20


def test_a_failure_while_storing_leaves_nothing_behind(
    learner: Learner, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = events_of(40, named="e")
    live.learn(learner=learner, events=events[:20])
    before = digest_of_state(learner), Commit.objects.count(), Event.objects.count()

    def fail(*_: Any, **__: Any) -> None:
        raise OperationalError("disk I/O error")

    with monkeypatch.context() as patch:
        patch.setattr(live_drain, "store_events", fail)
        with pytest.raises(OperationalError, match="disk"):
            live.learn(learner=learner, events=events[20:])
    assert (digest_of_state(learner), Commit.objects.count(), Event.objects.count()) == before
    assert resident_state(learner) == before[0]
    outcomes = live.learn(learner=learner, events=events)
    assert [o.status for o in outcomes] == [Status.DUPLICATE] * 20 + [Status.LEARNED] * 20
    assert digest_of_state(learner) == undisturbed(learner, events)


def test_a_bad_event_leaves_nothing_behind(learner: Learner) -> None:
    good = events_of(10)
    bad = Incoming(features={"a": "much", "later": 3.0}, label="perhaps")
    live.learn(learner=learner, events=good)
    with pytest.raises(ValueError, match="event 11: a must be a number; got 'much'"):
        live.learn(learner=learner, events=[*good, bad])
    with pytest.raises(ValueError, match=r"^has no label"):
        live.learn(learner=learner, events=[Incoming(features={"odd": "x"}, label=None)])
    assert learner.position == 10
    live.learn(learner=learner, events=good)
    learner.refresh_from_db()
    assert learner.schema == {"a": "number", "b": "number", "colour": "text"}
    assert undisturbed(learner, good + good) == resident_state(learner) == digest_of_state(learner)


def test_new_features_and_labels_grow_the_learner(learner: Learner) -> None:
    events = events_of(30)
    late = [
        Incoming(features={"a": 1.0, "late": 2.0, "word": "x"}, label="perhaps"),
        Incoming(features={"z": 1.0, "word": "y"}, label="perhaps"),
    ]
    live.learn(learner=learner, events=[*events, *late, *events])
    learner.refresh_from_db()
    assert learner.schema["late"] == learner.schema["z"] == "number"
    assert learner.schema["word"] == "text"
    assert undisturbed(learner, [*events, *late, *events]) == resident_state(learner)
    elsewhere(learner)
    assert undisturbed(learner, [*events, *late, *events]) == resident_state(learner)


def test_a_learner_of_numbers(db: None) -> None:
    learner = create_learner(name="numbers", kind="regressor", parameters={"expansion": 20})
    events = [
        Incoming(features=e.features, label=3.0 * e.features["a"], identifier=f"n{i}")
        for i, e in enumerate(events_of(150))
    ]
    outcomes = live.learn(learner=learner, events=events)
    assert outcomes[-1].prediction == pytest.approx(events[-1].label, abs=1.5)
    again = live.learn(learner=learner, events=events[-1:])[0]
    assert (again.status, again.prediction) == (Status.DUPLICATE, outcomes[-1].prediction)
    assert live.predict(learner=learner, features={"a": 1.0}).probabilities == {}
    assert undisturbed(learner, events) == resident_state(learner)


def test_a_paused_learner_predicts_only(learner: Learner) -> None:
    live.learn(learner=learner, events=events_of(20))
    stale = Learner.objects.get(pk=learner.pk)
    Learner.objects.filter(pk=learner.pk).update(paused=True)
    learner.refresh_from_db()
    changes = (
        lambda row: live.learn(learner=row, events=events_of(1)),
        lambda row: live.label(learner=row, identifier="x", value="yes"),
        lambda row: live.rollback(learner=row, version=1),
        lambda row: live.sleep(learner=row, replays=3),
    )
    for change in changes:
        with pytest.raises(StateConflict, match="The learner small is paused"):
            change(learner)
    for change in (changes[0], changes[2], changes[3]):
        with pytest.raises(StateConflict, match="The learner small is paused"):
            change(stale)
    assert live.predict(learner=learner, features={"a": 2.0}).prediction == "yes"
    learner.refresh_from_db()
    assert learner.position == 20


def test_a_deleted_learner_is_said_to_be(learner: Learner) -> None:
    live.learn(learner=learner, events=events_of(20))
    Learner.objects.filter(pk=learner.pk).delete()
    with pytest.raises(StateConflict, match="small was deleted"):
        live.learn(learner=learner, events=events_of(1))
    elsewhere(learner)
    with pytest.raises(StateConflict, match="small was deleted"):
        live.predict(learner=learner, features={"a": 1.0})


def test_memory_keeps_a_bounded_number_of_learners(db: None, settings: Any) -> None:
    settings.LEARNER_RESIDENT = 3
    learners = [fresh(f"l{i}") for i in range(6)]
    for learner in learners:
        live.learn(learner=learner, events=events_of(5))
    assert len(residents._known) == 3
    assert learners[-1].pk in residents._known
    assert all(digest_of_state(one) == resident_state(one) for one in learners)


def test_a_prediction_asks_the_database_nothing(learner: Learner) -> None:
    live.learn(learner=learner, events=events_of(20))
    row = Learner.objects.get(pk=learner.pk)
    with CaptureQueriesContext(connection) as queries:
        live.predict(learner=row, features={"a": 1.0, "colour": "red"})
        live.predict_many(learner=row, rows=[{"a": 1.0}, {"b": 2.0}])
    assert len(queries) == 0


@pytest.mark.parametrize(("named", "most"), [(False, 3), (True, 5)])
def test_learning_asks_the_database_little(learner: Learner, *, named: bool, most: int) -> None:
    """The row, the ledger, a commit where there is one; and a named event, read and written."""
    live.learn(learner=learner, events=events_of(30))
    for i in range(10):
        event = events_of(1, named=f"x{i}-" if named else "")
        with CaptureQueriesContext(connection) as queries:
            live.learn(learner=learner, events=event)
        statements = [q["sql"] for q in queries if not is_frame(q["sql"])]
        assert len(statements) <= most, statements


def is_frame(statement: str) -> bool:
    return statement.startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE"))


def test_old_ledgers_are_read(learner: Learner) -> None:
    """Operations were npz files once."""
    import numpy as np

    from learner.pipeline.saving import encode_name
    from learner.services.states import pack

    live.learn(learner=learner, events=events_of(50, named="e"))
    before = ledger(learner)
    row = Stretch.objects.get(learner=learner)
    names = ("version", "event", "amount", "surprise", "gate", "size", "target")
    header = {
        "kinds": [o.kind for o in before],
        "ids": [encode_name(o.event_id) for o in before],
        "news": {
            str(i): [
                [encode_name(n) for n in o.new_features],
                [encode_name(n) for n in o.new_labels],
            ]
            for i, o in enumerate(before)
        },
    }
    arrays = {name: np.array([getattr(o, name) for o in before]) for name in names}
    values = [o.values for o in before if o.values is not None]
    arrays |= {"widths": np.array([len(v) for v in values]), "values": np.concatenate(values)}
    row.operations = pack(header, arrays)
    row.save()
    assert ledger(learner) == before
    elsewhere(learner)
    assert resident_state(learner) == replayed(learner)
    assert digest_of(pack_state(load_model(learner).state_dict())) == replayed(learner)


def spoilt(count: int) -> list[Incoming]:
    """Return events with the wrong labels."""
    other = {"yes": "no", "no": "yes"}
    return [replace(event, label=other[event.label]) for event in events_of(count, seed=2)]


@pytest.mark.parametrize("reloaded", [False, True])
def test_the_state_after_a_rollback_is_found_again(learner: Learner, reloaded: bool) -> None:
    """Whoever goes back has the learner in memory, or has to load it first."""

    def then() -> None:
        if reloaded:
            elsewhere(learner)

    live.learn(learner=learner, events=events_of(120))
    good = learner.version
    then()
    live.learn(learner=learner, events=spoilt(150))
    then()
    back = live.rollback(learner=learner, version=good)
    expected = resident_state(learner)
    then()
    live.learn(learner=learner, events=spoilt(60))
    then()
    live.rollback(learner=learner, version=back)
    assert resident_state(learner) == digest_of_state(learner) == expected
    then()
    between = explain_commit(learner=learner, number=back + 1)
    assert between.connections


def test_a_budget_holds_for_the_commits_after_it(learner: Learner) -> None:
    live.learn(learner=learner, events=events_of(100))
    first = learner.version
    change_budget(learner=learner, budget=0.9)
    live.learn(learner=learner, events=events_of(200)[100:])
    last = learner.version
    elsewhere(learner)
    live.rollback(learner=learner, version=last)
    assert learner.parameters["budget"] == 0.9
    live.rollback(learner=learner, version=first)
    assert learner.parameters["budget"] == 0.2


def test_what_led_to_a_lost_state_is_not_done_again(learner: Learner) -> None:
    """The state that a rollback led to may be missing in a ledger of before."""
    live.learn(learner=learner, events=events_of(120))
    good = learner.version
    live.learn(learner=learner, events=spoilt(60))
    back = live.rollback(learner=learner, version=good)
    live.learn(learner=learner, events=events_of(60, seed=3))
    before = resident_state(learner)
    Checkpoint.objects.filter(learner=learner, kind="snapshot", position__gt=0).delete()
    elsewhere(learner)
    for version in (back, learner.version):
        with pytest.raises(ValueError, match=f"after commit {back}, a rollback, is not kept"):
            live.rollback(learner=learner, version=version)
    live.rollback(learner=learner, version=good)
    assert before != resident_state(learner) == digest_of_state(learner)
