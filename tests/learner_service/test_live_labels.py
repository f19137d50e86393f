"""Every order of event, label and repetition: each event is learned exactly once."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from learner.models import Event, EventStatus, Learner
from learner.services import live, live_drain, live_waiting
from learner.services.learners import create_learner, digest_of_state
from learner.services.messages import Incoming, Status
from synapse.services.conflict import StateConflict
from tests.learner_service.living import events_of, ledger, undisturbed

X = {"a": 2.0, "colour": "red"}


@pytest.fixture
def learner(db: None) -> Learner:
    """A learner that has learned a little."""
    made = create_learner(name="small", parameters={"expansion": 20})
    live.learn(learner=made, events=events_of(40))
    return made


def incoming(label: Any = "yes", identifier: str = "x", **features: Any) -> Incoming:
    return Incoming(features=features or X, label=label, identifier=identifier)


def times_learned(learner: Learner, identifier: str = "x") -> int:
    return Counter(o.event_id for o in ledger(learner))[identifier]


def test_event_with_label_and_again(learner: Learner) -> None:
    first = live.learn(learner=learner, events=[incoming()])[0]
    assert (first.status, first.position, first.identifier) == (Status.LEARNED, 40, "x")
    again = live.learn(learner=learner, events=[incoming()])[0]
    assert again.status == Status.DUPLICATE
    for name in ("position", "commit", "surprise", "prediction", "salient", "identifier"):
        assert getattr(again, name) == getattr(first, name), name
    assert live.label(learner=learner, identifier="x", value="yes").status == Status.DUPLICATE
    assert live.predict(learner=learner, features=X, identifier="x").status == Status.LEARNED
    with pytest.raises(StateConflict, match="'x' has the label 'yes'; it cannot become 'no'"):
        live.learn(learner=learner, events=[incoming("no")])
    with pytest.raises(StateConflict, match="'x' has the label 'yes'; it cannot become 'no'"):
        live.label(learner=learner, identifier="x", value="no")
    assert times_learned(learner) == 1
    event = Event.objects.get(identifier="x")
    assert (event.status, event.position, event.features) == (EventStatus.LEARNED, 40, X)


def test_the_same_identifier_twice_in_one_call(learner: Learner) -> None:
    found = live.learn(learner=learner, events=[incoming(), incoming(identifier="y"), incoming()])
    assert [o.status for o in found] == [Status.LEARNED, Status.LEARNED, Status.DUPLICATE]
    assert found[2].position == found[0].position == 40
    assert times_learned(learner) == 1
    with pytest.raises(StateConflict, match="event 2: The event 'z' has the label 'yes'"):
        live.learn(learner=learner, events=[incoming(identifier="z"), incoming("no", "z")])
    assert times_learned(learner, "z") == 0
    assert live.learn(learner=learner, events=[incoming("no", "z")])[0].status == Status.LEARNED


def test_label_after_the_event(learner: Learner) -> None:
    before = digest_of_state(learner)
    seen = live.predict(learner=learner, features=X, identifier="x")
    assert (seen.status, seen.prediction) == (Status.WAITING, "yes")
    assert digest_of_state(learner) == before
    again = live.predict(learner=learner, features=X, identifier="x")
    assert (again.status, again.prediction) == (Status.WAITING, "yes")
    with pytest.raises(StateConflict, match="'x' came with other features before"):
        live.predict(learner=learner, features={"a": 3.0}, identifier="x")
    done = live.label(learner=learner, identifier="x", value="no")
    assert (done.status, done.prediction, done.position) == (Status.LEARNED, "yes", 40)
    assert live.label(learner=learner, identifier="x", value="no").status == Status.DUPLICATE
    event = Event.objects.get(identifier="x")
    assert (event.status, event.label, event.prediction) == (EventStatus.LABELLED, "no", "yes")
    assert undisturbed(learner, [*events_of(40), incoming("no")]) == digest_of_state(learner)
    assert times_learned(learner) == 1


def test_label_before_the_event(learner: Learner) -> None:
    early = live.label(learner=learner, identifier="x", value="no")
    assert (early.status, early.position) == (Status.EARLY, None)
    assert live.label(learner=learner, identifier="x", value="no").status == Status.EARLY
    with pytest.raises(StateConflict, match="'x' has the label 'no'; it cannot become 'yes'"):
        live.label(learner=learner, identifier="x", value="yes")
    come = live.predict(learner=learner, features=X, identifier="x")
    assert (come.status, come.prediction) == (Status.LEARNED, "yes")
    again = live.predict(learner=learner, features=X, identifier="x")
    assert (again.status, again.prediction) == (Status.LEARNED, "yes")
    event = Event.objects.get(identifier="x")
    assert (event.status, event.label, event.position) == (EventStatus.LEARNED, "no", 40)
    assert undisturbed(learner, [*events_of(40), incoming("no")]) == digest_of_state(learner)
    assert times_learned(learner) == 1


def test_label_before_the_event_that_comes_with_it(learner: Learner) -> None:
    live.label(learner=learner, identifier="x", value="no")
    with pytest.raises(StateConflict, match="'x' has the label 'no'"):
        live.learn(learner=learner, events=[incoming("yes")])
    assert live.learn(learner=learner, events=[incoming("no")])[0].status == Status.LEARNED
    assert times_learned(learner) == 1


def test_seen_and_then_sent_whole(learner: Learner) -> None:
    live.predict(learner=learner, features=X, identifier="x")
    with pytest.raises(StateConflict, match="'x' came with other features before"):
        live.learn(learner=learner, events=[incoming(a=1.0)])
    assert live.learn(learner=learner, events=[incoming()])[0].status == Status.LEARNED
    assert live.label(learner=learner, identifier="x", value="yes").status == Status.DUPLICATE
    assert times_learned(learner) == 1


def test_a_label_that_comes_too_late(learner: Learner) -> None:
    for name in ("x", "y"):
        live.predict(learner=learner, features=X, identifier=name)
    old = Event.objects.get(identifier="x").created - timedelta(days=31)
    Event.objects.filter(identifier="x").update(created=old)
    with pytest.raises(StateConflict, match="'x' waited for more than 30 days.* was given up"):
        live.label(learner=learner, identifier="x", value="yes")
    assert live.label(learner=learner, identifier="y", value="yes").status == Status.LEARNED
    assert times_learned(learner) == 0
    assert live.learn(learner=learner, events=[incoming()])[0].status == Status.LEARNED
    assert times_learned(learner) == 1


def test_an_event_that_was_given_up_may_come_again(learner: Learner) -> None:
    live.predict(learner=learner, features=X, identifier="x")
    Event.objects.update(status=EventStatus.EXPIRED, features={})
    with pytest.raises(StateConflict, match="was given up"):
        live.label(learner=learner, identifier="x", value="yes")
    other = {"a": 3.0}
    again = live.predict(learner=learner, features=other, identifier="x")
    assert again.status == Status.WAITING
    assert live.label(learner=learner, identifier="x", value="yes").status == Status.LEARNED
    assert Event.objects.get(identifier="x").features == other
    assert times_learned(learner) == 1


def test_an_early_label_that_is_too_old_is_given_up(learner: Learner) -> None:
    live.label(learner=learner, identifier="x", value="no")
    Event.objects.update(created=Event.objects.get().created - timedelta(days=31))
    come = live.predict(learner=learner, features=X, identifier="x")
    assert come.status == Status.WAITING
    assert live.label(learner=learner, identifier="x", value="yes").status == Status.LEARNED


def test_so_many_wait_and_no_more(
    learner: Learner, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.LEARNER_WAITING = 20
    monkeypatch.setattr(live_waiting, "LOOK_EVERY", 5)
    for i in range(60):
        live.predict(learner=learner, features=X, identifier=f"e{i}")
    waiting = Event.objects.filter(status=EventStatus.SEEN).order_by("pk")
    assert 20 <= waiting.count() <= 25
    assert waiting.last().identifier == "e59"
    with pytest.raises(StateConflict, match="'e0' waited .* behind too many others"):
        live.label(learner=learner, identifier="e0", value="yes")
    assert live.label(learner=learner, identifier="e59", value="yes").status == Status.LEARNED


def test_old_events_are_given_up_by_themselves(learner: Learner) -> None:
    live.predict(learner=learner, features=X, identifier="x")
    Event.objects.update(created=Event.objects.get().created - timedelta(days=31))
    live.forget(learner.pk)
    live.predict(learner=learner, features=X, identifier="y")
    assert Event.objects.get(identifier="x").status == EventStatus.EXPIRED
    assert Event.objects.get(identifier="x").features == {}


def test_an_event_that_comes_while_its_label_is_kept(
    learner: Learner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The label finds no event; before it is stored, the event comes in another process."""
    live.predict(learner=learner, features=X, identifier="x")
    known, calls = live_drain.stored_events, []

    def none_at_first(*arguments: Any) -> dict[str, Event]:
        calls.append(arguments)
        return known(*arguments) if len(calls) > 1 else {}

    monkeypatch.setattr(live_drain, "stored_events", none_at_first)
    done = live.label(learner=learner, identifier="x", value="yes")
    assert done.status == Status.LEARNED
    assert times_learned(learner) == 1


def test_paused_with_a_label_that_waits(learner: Learner) -> None:
    """An event that would be learned at once is refused; any other is kept."""
    live.label(learner=learner, identifier="x", value="yes")
    learner.paused = True
    learner.save()
    with pytest.raises(StateConflict, match="paused"):
        live.predict(learner=learner, features=X, identifier="x")
    assert live.predict(learner=learner, features=X, identifier="y").status == Status.WAITING
    learner.paused = False
    learner.save()
    assert live.predict(learner=learner, features=X, identifier="x").status == Status.LEARNED


@pytest.mark.parametrize("identifier", ["", " ", "x" * 201, "a\0b"])
def test_identifiers_that_cannot_be(learner: Learner, identifier: str) -> None:
    with pytest.raises(ValueError, match="an identifier must"):
        live.label(learner=learner, identifier=identifier, value="yes")
    if identifier:
        with pytest.raises(ValueError, match="an identifier must"):
            live.learn(learner=learner, events=[incoming(identifier=identifier)])
        with pytest.raises(ValueError, match="an identifier must"):
            live.predict(learner=learner, features=X, identifier=identifier)


def test_what_is_no_number_is_kept_as_missing(learner: Learner) -> None:
    features = {"a": float("nan"), "b": float("inf"), "colour": None}
    seen = live.predict(learner=learner, features=features, identifier="x")
    assert seen.status == Status.WAITING
    assert live.predict(learner=learner, features=features, identifier="x") == seen
    assert Event.objects.get().features == {"a": None, "b": None, "colour": None}
