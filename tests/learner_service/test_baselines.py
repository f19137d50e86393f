"""Learners beside a learner: one updates at every event, one stopped; both survive a crash."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from learner.models import Checkpoint, Learner
from learner.services import baselines, live, live_drain, measures
from learner.services.baselines import Baselines
from learner.services.learners import create_learner
from learner.services.live_resident import residents
from learner.services.messages import Incoming
from learner.services.states import Model, digest_of, pack_state
from tests.learner_service.living import events_of

pytestmark = pytest.mark.django_db

FROZEN_EARLY = 150


@pytest.fixture(autouse=True)
def early(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the frozen baseline begin early."""
    monkeypatch.setattr(measures, "FROZEN_AFTER", FROZEN_EARLY)
    monkeypatch.setattr(baselines, "FROZEN_AFTER", FROZEN_EARLY)


@pytest.fixture
def learner() -> Learner:
    """A small learner of classes with baselines."""
    return create_learner(name="small", parameters={"expansion": 20})


@pytest.fixture
def twin() -> Learner:
    """One with the same settings, that nothing happens to."""
    return create_learner(name="twin", parameters={"expansion": 20})


def teach(learner: Learner, events: Sequence[Incoming], size: int = 50) -> None:
    for first in range(0, len(events), size):
        live.learn(learner=learner, events=events[first : first + size])


def beside(learner: Learner) -> Baselines:
    """Return the baselines in memory, as they stand with what is stored."""
    with live.read(learner):
        opened = residents.of(learner).opened
        assert opened is not None
        opened.measures.baselines.read()
        return opened.measures.baselines


def digests(learner: Learner) -> tuple[str, str]:
    found = beside(learner)
    assert found.always is not None
    assert found.frozen is not None
    return digest(found.always), digest_after_a_prediction(found.frozen)


def digest(model: Model) -> str:
    return digest_of(pack_state(model.state_dict()))


def digest_after_a_prediction(model: Model) -> str:
    """Return a digest that does not tell what was predicted last: that stands in a state."""
    model.predict_one({"a": 1.0})
    return digest(model)


def features_in_another_order(events: Sequence[Incoming]) -> Iterator[Incoming]:
    for i, event in enumerate(events):
        names = list(event.features)[:: -1 if i % 2 else 1]
        yield Incoming(features={name: event.features[name] for name in names}, label=event.label)


def test_one_updates_at_every_event(learner: Learner) -> None:
    """Whatever the budget; also once it was taken up from what is stored."""
    events = events_of(333)
    for first in range(0, 333, 37):
        teach(learner, events[first : first + 37])
        always = beside(learner).always
        assert always is not None
        assert always._core.state.events == always._core.state.commits == first + 37
        if first % 2:
            live.forget(learner.pk)
    with live.read(learner) as model:
        assert model._core.state.commits < 333


def test_it_is_a_learner_that_was_told_to(learner: Learner) -> None:
    """Its numbers are those of one with a budget of 1 that takes every event as salient."""
    parameters = {"expansion": 20, "budget": 1.0, "expert": [["every_event", 1]]}
    told = create_learner(name="told", parameters=parameters)
    events = events_of(260)
    teach(learner, events)
    teach(told, events, 13)
    with live.read(told) as model:
        expected = model._core.state_array.copy(), model.predict_proba_one({"a": 0.1, "b": 1.0})
    always = beside(learner).always
    assert always is not None
    assert always._core.state_array.tolist() == expected[0].tolist()
    assert always.predict_proba_one({"a": 0.1, "b": 1.0}) == expected[1]


def test_the_frozen_one_predicts_and_learns_no_more(learner: Learner, twin: Learner) -> None:
    events = events_of(400)
    teach(twin, events[:FROZEN_EARLY])
    with live.read(twin) as model:
        then = [model.predict_one(dict(x.features)) for x in as_numbers(events[150:], model)]
        at_the_time = model._core.state.events
    teach(learner, events)
    frozen = beside(learner).frozen
    assert frozen is not None
    assert frozen._core.state.events == at_the_time == FROZEN_EARLY
    now = [frozen.predict_one(dict(x.features)) for x in as_numbers(events[150:], frozen)]
    assert now == then
    right = sum(p == e.label for p, e in zip(then, events[150:], strict=True))
    learner.refresh_from_db()
    assert learner.metrics["beside"]["frozen"][:2] == [250, right]


def as_numbers(events: Sequence[Incoming], model: Model) -> Iterator[Incoming]:
    """Return events as the estimator is given them: a text is a feature of its own."""
    for event in events:
        numbers = {f"colour={event.features['colour']}": 1.0}
        numbers |= {n: v for n, v in event.features.items() if n in "ab" and v is not None}
        rest = {str(n): 0.0 for n in model._features if str(n).startswith("colour=")}
        yield Incoming(features=rest | numbers, label=event.label)


@pytest.mark.parametrize("crashes", [[90], [149, 151], [260, 333, 334]])
def test_both_survive_a_crash(learner: Learner, twin: Learner, crashes: list[int]) -> None:
    """What is in memory is lost; the last checkpoint and the ledger give all of it back."""
    events = events_of(400)
    for first, last in zip([0, *crashes], [*crashes, 400], strict=True):
        teach(learner, events[first:last], 29)
        live.forget(learner.pk)
    teach(twin, events)
    assert digests(learner) == digests(twin)


@pytest.mark.parametrize("head_every", [1, 100, 10**6])
def test_whatever_was_the_last_checkpoint(
    learner: Learner, twin: Learner, head_every: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = events_of(310)
    teach(twin, events)
    monkeypatch.setattr(live_drain, "HEAD_EVERY", head_every)
    teach(learner, events, 31)
    stored = Checkpoint.objects.get(learner=learner, kind="always").position
    assert stored == {1: 310, 100: 248, 10**6: 31}[head_every]
    live.forget(learner.pk)
    assert digests(learner) == digests(twin)


def test_features_in_another_order_are_the_same_features(learner: Learner, twin: Learner) -> None:
    events = list(features_in_another_order(events_of(300)))
    teach(learner, events, 37)
    live.forget(learner.pk)
    teach(twin, events, 1)
    assert digests(learner) == digests(twin)


def test_new_features_and_classes_after_the_last_checkpoint(learner: Learner) -> None:
    """Values in the ledger lie in the order that features had when they came."""
    twin = create_learner(name="twin", parameters={"expansion": 20})
    events = events_of(200)
    more = [
        Incoming(features={"late": float(i % 7), **e.features}, label=["maybe", e.label][i % 2])
        for i, e in enumerate(events_of(90, seed=2))
    ]
    for one in (learner, twin):
        teach(one, events)
        teach(one, more)
    live.forget(learner.pk)
    assert digests(learner) == digests(twin)


@pytest.mark.parametrize("version", [1, 40])
def test_a_rollback_is_not_theirs(learner: Learner, twin: Learner, version: int) -> None:
    """They keep what they learned, and go on with events whose features came in new order."""
    events, later = events_of(200), events_of(130, seed=3)
    later = [
        Incoming(features=dict(reversed(e.features.items())) | {"x": 1.0}, label=e.label)
        for e in later
    ]
    for one in (learner, twin):
        teach(one, events)
        live.rollback(learner=one, version=version)
        if one is learner:
            live.forget(one.pk)
        teach(one, later)
    live.forget(learner.pk)
    assert digests(learner) == digests(twin)
    always = beside(learner).always
    assert always is not None
    assert always._core.state.events == always._core.state.commits == 330


def test_another_process_rolled_back_meanwhile(learner: Learner, twin: Learner) -> None:
    """A resident that knew less catches up across the rollback, with features of both sides."""
    events, later = events_of(200), events_of(60, seed=3)
    later = [Incoming(features={"x": 1.0, **e.features}, label=e.label) for e in later]
    for one in (learner, twin):
        teach(one, events[:120])
        stale = residents._known.get(one.pk)
        if one is learner:
            live.forget(one.pk)
        teach(one, later)
        live.rollback(learner=one, version=1)
        teach(one, events[120:])
        if one is learner and stale is not None:
            residents._known[one.pk] = stale
        teach(one, later)
    assert digests(learner) == digests(twin)


def test_switched_on_late_one_begins_as_a_copy(learner: Learner) -> None:
    learner.baselines = False
    learner.save()
    teach(learner, events_of(200))
    assert (beside(learner).always, beside(learner).frozen) == (None, None)
    learner.baselines = True
    learner.save()
    teach(learner, events_of(60, seed=2))
    always = beside(learner).always
    assert always is not None
    assert always._core.state.events == 260
    learner.refresh_from_db()
    assert learner.metrics["beside"]["always"][0] == 60


def test_what_is_foreseen_leaves_no_mark(learner: Learner, twin: Learner) -> None:
    events = events_of(250)
    for first in range(0, 250, 50):
        teach(twin, events[first : first + 50])
        teach(learner, events[first : first + 50])
        opened = residents.of(learner).opened
        assert opened is not None
        found: dict[str, Any] = opened.measures.foresee({"a": 2.0, "b": -9.0, "new": 1.0})
        assert {"no_change", "majority", "always"} <= set(found)
    both = [beside(one).always for one in (learner, twin)]
    assert both[0] is not None
    assert both[1] is not None
    assert digest_after_a_prediction(both[0]) == digest_after_a_prediction(both[1])
    assert digests(learner) == digests(twin)
