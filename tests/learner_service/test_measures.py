"""What is counted: the same however events are cut, test-then-train, in few queries."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from learner.models import Checkpoint, DriftAlarm, Learner, Metric
from learner.services import baselines, live, measures
from learner.services.learners import create_learner
from learner.services.measures import Measures
from learner.services.measures_series import series, summary
from learner.services.messages import Incoming
from learner.services.windows import BASELINES
from tests.learner_service.living import events_of

pytestmark = pytest.mark.django_db

FROZEN_EARLY = 150


@pytest.fixture
def early(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the frozen baseline begin within the second window."""
    monkeypatch.setattr(measures, "FROZEN_AFTER", FROZEN_EARLY)
    monkeypatch.setattr(baselines, "FROZEN_AFTER", FROZEN_EARLY)


def fresh(name: str, kind: str = "classifier", **changes: Any) -> Learner:
    learner = create_learner(name=name, kind=kind, parameters={"expansion": 20})
    for field, value in changes.items():
        setattr(learner, field, value)
    learner.save()
    return learner


def teach(learner: Learner, events: Sequence[Incoming], sizes: Sequence[int]) -> list[Any]:
    """Let it learn in calls of these sizes, the last again and again; return its predictions."""
    predicted, first, left = [], 0, list(sizes)
    while first < len(events):
        size = left.pop(0) if len(left) > 1 else left[0]
        outcomes = live.learn(learner=learner, events=events[first : first + size])
        predicted += [outcome.prediction for outcome in outcomes]
        first += size
    learner.refresh_from_db()
    return predicted


def numbers(count: int) -> list[Incoming]:
    random = np.random.default_rng(5)
    return [
        Incoming(features={"a": a, "b": b}, label=2.0 * a - b)
        for a, b in random.normal(size=(count, 2)).round(3).tolist()
    ]


def rows(learner: Learner) -> list[dict[str, Any]]:
    """Return everything that was stored of its windows and alarms."""
    tables = ((Metric, "first"), (DriftAlarm, "began"))
    return [
        {name: value for name, value in row.items() if name not in ("id", "learner_id", "created")}
        for table, order in tables
        for row in table.objects.filter(learner=learner).order_by(order).values()
    ]


def refuse(*_: Any, **__: Any) -> None:
    raise OperationalError("the disk is full")


@pytest.mark.parametrize("sizes", [[1], [7], [100], [99, 1, 101, 49, 3], [470]])
@pytest.mark.parametrize("kind", ["classifier", "regressor"])
@pytest.mark.usefixtures("early")
def test_windows_do_not_depend_on_how_events_are_cut(sizes: list[int], kind: str) -> None:
    events = events_of(470) if kind == "classifier" else numbers(470)
    one, other = fresh("cut", kind), fresh("whole", kind)
    teach(one, events, sizes)
    teach(other, events, [256])
    assert rows(one) == rows(other)
    assert [(row["first"], row["last"], row["position"]) for row in rows(one)[:4]] == [
        (1, 100, 100), (101, 200, 200), (201, 300, 300), (301, 400, 400)
    ]  # fmt: skip
    assert one.metrics == other.metrics


def test_loaded_again_after_every_call_the_counts_go_on() -> None:
    events = events_of(330)
    one, other = fresh("forgotten"), fresh("kept")
    for first in range(0, 330, 66):
        live.forget(one.pk)
        teach(one, events[first : first + 66], [66])
    teach(other, events, [66])
    assert rows(one) == rows(other)
    assert one.metrics == other.metrics


@pytest.mark.parametrize("kind", ["classifier", "regressor"])
def test_windows_hold_what_is_counted_by_hand(kind: str) -> None:
    events = events_of(230) if kind == "classifier" else numbers(230)
    learner = fresh("counted", kind)
    predicted, came = teach(learner, events, [23]), [event.label for event in events]
    start: Any = None if kind == "classifier" else 0.0
    before, usual = [start, *came[:-1]], []
    for i in range(230):
        seen = came[:i]
        if kind == "regressor":
            usual.append(sum(seen) / i if i else 0.0)
        else:
            usual.append(usual_class(seen))
    for place in range(2):
        part = slice(100 * place, 100 * place + 100)
        scores = Metric.objects.get(learner=learner, first=part.start + 1).scores
        for name, said in (("learner", predicted), ("no_change", before), ("majority", usual)):
            pairs = list(zip(said[part], came[part], strict=True))
            right = [
                p == c if kind == "classifier" else abs((0.0 if p is None else p) - c)
                for p, c in pairs
            ]
            assert scores[name] == pytest.approx(sum(right)), name
        assert scores["frozen"] is None
        assert scores["always"] is not None


def usual_class(seen: list[str]) -> str | None:
    """Return the most frequent class; of two alike, the one that was so first."""
    counts: dict[str, int] = {}
    usual = None
    for label in seen:
        counts[label] = counts.get(label, 0) + 1
        if usual is None or counts[label] > counts[usual]:
            usual = label
    return usual


def test_the_frozen_baseline_counts_from_the_window_that_it_predicted_whole() -> None:
    """Also where one call goes across the event at which it begins."""
    after = baselines.FROZEN_AFTER
    learner = fresh("across")
    teach(learner, events_of(after + 250), [1000, after - 1050, 200, 100])
    known = {row.first: row.scores["frozen"] for row in Metric.objects.filter(learner=learner)}
    assert known[after - 99] is None
    assert known[after + 1] is not None
    assert learner.metrics["beside"]["frozen"][0] == 250
    assert learner.metrics["beside"]["always"][0] == after + 250
    assert summary(learner).beside["frozen"].events == 250


@pytest.mark.usefixtures("early")
def test_a_window_in_which_a_baseline_began_has_no_score_of_it() -> None:
    learner = fresh("begins")
    teach(learner, events_of(400), [60])
    scores = [row.scores["frozen"] for row in Metric.objects.order_by("first")]
    assert scores[:2] == [None, None]
    assert None not in scores[2:]
    assert learner.metrics["beside"]["frozen"][0] == 400 - FROZEN_EARLY


def test_without_baselines_none_is_made() -> None:
    learner = fresh("alone", baselines=False)
    teach(learner, events_of(250), [50])
    assert set(learner.metrics["beside"]) == {"no_change", "majority"}
    assert set(series(learner).scores) == {"learner", "no_change", "majority"}
    assert not Checkpoint.objects.filter(learner=learner, kind__in=["always", "frozen"]).exists()


def test_a_late_label_counts_what_was_predicted_when_its_event_came() -> None:
    learner = fresh("late")
    teach(learner, events_of(150), [50])
    wrong_now = {"a": 2.0, "b": 1.0, "colour": "red"}
    said = live.predict(learner=learner, features=wrong_now, identifier="late").prediction
    assert said == "yes"
    teach(learner, [Incoming(features=wrong_now, label="no")] * 200, [50])
    assert live.predict(learner=learner, features=wrong_now).prediction == "no"
    correct = learner.metrics["totals"]["correct"]
    live.label(learner=learner, identifier="late", value="yes")
    assert learner.metrics["totals"]["correct"] == correct + 1
    assert learner.metrics["totals"]["events"] == 351
    assert learner.metrics["window"]["events"] == 51


def test_a_rollback_does_not_take_the_count_back() -> None:
    events = events_of(350)
    learner = fresh("back")
    teach(learner, events[:250], [50])
    before = dict(learner.metrics)
    live.rollback(learner=learner, version=2)
    learner.refresh_from_db()
    assert learner.events < 250
    assert learner.metrics == before
    assert summary(learner).events == 250
    teach(learner, events[250:], [50])
    assert summary(learner).events == 350
    third = Metric.objects.get(learner=learner, first=201)
    assert third.last == 300
    assert third.position == 301  # the rollback is an operation as well


def test_a_sleep_counts_no_event() -> None:
    learner = fresh("sleeps")
    teach(learner, events_of(120), [60])
    before = dict(learner.metrics)
    live.sleep(learner=learner, replays=20)
    learner.refresh_from_db()
    assert learner.metrics == before


@pytest.mark.parametrize("where", ["store", "after"])
@pytest.mark.usefixtures("early")
def test_what_was_not_stored_was_not_counted(monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    events = events_of(470)
    learner, other = fresh("fails"), fresh("fine")
    teach(learner, events[:130], [65])
    before, metrics = rows(learner), dict(learner.metrics)
    store = Measures.store

    def fail(self: Measures, **options: Any) -> None:
        store(self, **options)
        refuse()

    with monkeypatch.context() as patch:
        patch.setattr(Measures, "store", refuse if where == "store" else fail)
        with pytest.raises(OperationalError):
            live.learn(learner=learner, events=events[130:350])
    learner.refresh_from_db()
    assert rows(learner) == before
    assert learner.metrics == metrics
    assert not Checkpoint.objects.filter(learner=learner, kind="frozen").exists()
    teach(learner, events[130:], [85])
    teach(other, events, [65, 65, 85])
    assert rows(learner) == rows(other)
    assert learner.metrics == other.metrics


def test_the_curves_hold_every_event_once() -> None:
    """Sums over the points are those over the events, whatever the number of points."""
    learner = fresh("thinned")
    predicted = teach(learner, events_of(1350), [450])
    came = [event.label for event in events_of(1350)]
    right = sum(p == c for p, c in zip(predicted, came, strict=True))
    for points in (400, 13, 5, 2, 1):
        curves = series(learner, points=points)
        sizes = np.diff([0, *curves.events])
        assert curves.events[-1] == 1350
        assert len(curves.events) <= points + 1
        assert np.dot(sizes, curves.scores["learner"]) == pytest.approx(right)
        assert np.dot(sizes, curves.updates) == pytest.approx(learner.metrics["totals"]["updates"])
        for name in BASELINES[:2]:
            score = learner.metrics["beside"][name][1]
            assert np.dot(sizes, curves.scores[name]) == pytest.approx(score)


def test_kappa_is_the_one_that_is_worked_out_by_hand() -> None:
    """10 events: 7 right, 6 of a and 4 of b came, 5 and 5 were said, 4 were as before."""
    learner = fresh("kappa")
    learner.metrics = {
        "totals": {
            "events": 10, "learned": 10, "correct": 7, "unchanged": 4, "updates": 3,
            "labels": {"a": 6, "b": 4}, "predictions": {"a": 5, "b": 5},
        },
        "beside": {"always": [10, 8, 7], "frozen": [0, 0, 0]},
    }  # fmt: skip
    told = summary(learner)
    assert told.score == 0.7
    assert told.kappa == pytest.approx((0.7 - 0.5) / (1 - 0.5))  # chance: (6×5 + 4×5) / 100
    assert told.kappa_temporal == pytest.approx((0.7 - 0.4) / (1 - 0.4))
    assert told.update_share == 0.3
    assert (told.beside["always"].score, told.beside["always"].learner) == (0.8, 0.7)
    assert "frozen" not in told.beside


def test_counting_asks_the_database_only_where_a_window_ends() -> None:
    learner = fresh("queries")
    events = events_of(310)
    teach(learner, events[:205], [205])
    counts = []
    for first, last in ((205, 206), (206, 298), (298, 301)):
        with CaptureQueriesContext(connection) as queries:
            live.learn(learner=learner, events=events[first:last])
        asked = [q["sql"] for q in queries if "learner_metric" in q["sql"]]
        counts.append(len(asked))
        assert not any("learner_driftalarm" in q["sql"] for q in queries)
        assert not any("learner_checkpoint" in q["sql"] for q in queries)
    assert counts == [0, 0, 1]
