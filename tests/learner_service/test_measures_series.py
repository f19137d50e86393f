"""Curves and facts of a learner: joined windows hold what the single ones hold."""

import csv
import io
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from learner.models import Learner, Metric
from learner.services import live
from learner.services.learners import create_learner
from learner.services.measures_series import as_csv, series, summary
from learner.services.messages import Incoming
from learner.services.windows import WINDOW

pytestmark = pytest.mark.django_db


def events(count: int, kind: str, seed: int = 0) -> list[Incoming]:
    random = np.random.default_rng(seed)
    return [
        Incoming(features={"x": x, "z": z}, label=("a" if x > z else "b") if kind == "classifier"
                 else x - z)
        for x, z in random.normal(size=(count, 2)).round(4).tolist()
    ]  # fmt: skip


def taught(count: int, kind: str = "classifier") -> tuple[Learner, list[Any], list[Any]]:
    """Return a learner, what came and what it had predicted."""
    learner = create_learner(name=f"{kind} {count}", kind=kind, parameters={"expansion": 20})
    listed = events(count, kind)
    predicted = [one.prediction for one in live.learn(learner=learner, events=listed)]
    learner.refresh_from_db()
    return learner, [event.label for event in listed], predicted


def test_a_new_learner_has_neither_curves_nor_a_score() -> None:
    learner = create_learner(name="new")
    assert series(learner).events == []
    told = summary(learner)
    assert (told.events, told.score, told.beside, told.recent) == (0, None, {}, None)
    assert told.budget == 0.2
    assert len(list(as_csv(learner))) == 1


def test_the_facts_are_those_that_are_counted_by_hand() -> None:
    learner, came, predicted = taught(250)
    right = [p == c for p, c in zip(predicted, came, strict=True)]
    told = summary(learner)
    assert told.events == 250
    assert told.score == pytest.approx(np.mean(right))
    before = [None, *came[:-1]]
    assert told.beside["no_change"].score == pytest.approx(
        np.mean([b == c for b, c in zip(before, came, strict=True)])
    )
    assert told.recent is not None
    assert told.recent.events == WINDOW
    assert told.recent.scores["learner"] == pytest.approx(np.mean(right[100:200]))
    curves = series(learner)
    assert curves.events == [100, 200, 250]
    assert curves.width == 100
    expected = [np.mean(right[:100]), np.mean(right[100:200]), np.mean(right[200:])]
    assert curves.scores["learner"] == pytest.approx(expected)
    assert len(curves.reliability[-1]) == 6
    assert sum(curves.reliability[-1]) == pytest.approx(1.0)


def test_numbers_are_measured_by_their_error() -> None:
    learner, came, predicted = taught(130, "regressor")
    errors = [abs(c - (p or 0.0)) for p, c in zip(predicted, came, strict=True)]
    told = summary(learner)
    assert told.score == pytest.approx(np.mean(errors))
    assert told.kappa is None
    assert told.r2 is not None
    assert series(learner).scores["learner"] == pytest.approx(
        [np.mean(errors[:100]), np.mean(errors[100:])]
    )


def windows(learner: Learner, count: int) -> None:
    random = np.random.default_rng(1)
    Metric.objects.bulk_create(
        Metric(
            learner=learner, first=100 * i + 1, last=100 * i + 100, position=100 * i + 100,
            scores={"learner": int(random.integers(0, 100)), "no_change": 50, "majority": 40,
                    "always": 90, "frozen": None if i < 20 else 60},
            updates=int(random.integers(0, 30)), surprise=float(random.random()),
            threshold=float(i), gate=float(1 + random.random()), arousal=float(random.random()),
            reliability=[0.5, 0.5] if i < 5 else [0.4, 0.3, 0.3],
        )
        for i in range(count)
    )  # fmt: skip


@pytest.mark.parametrize(("count", "points"), [(37, 400), (37, 10), (1000, 400), (400, 400)])
def test_joined_windows_hold_what_the_single_ones_hold(count: int, points: int) -> None:
    learner = create_learner(name="long")
    windows(learner, count)
    rows = list(Metric.objects.order_by("first"))
    curves = series(learner, points=points)
    assert len(curves.events) <= points
    joined = curves.width // WINDOW
    assert curves.events[-1] == rows[-1].last
    for place, end in enumerate(curves.events):
        part = rows[place * joined : (place + 1) * joined]
        assert part[-1].last == end
        updates = sum(row.updates for row in part)
        assert curves.scores["learner"][place] == pytest.approx(
            np.mean([row.scores["learner"] / 100 for row in part])
        )
        known = [r.scores["frozen"] / 100 for r in part if r.scores["frozen"] is not None]
        assert curves.scores["frozen"][place] == (pytest.approx(np.mean(known)) if known else None)
        assert curves.updates[place] == pytest.approx(updates / (100 * len(part)))
        assert curves.surprise[place] == pytest.approx(np.mean([row.surprise for row in part]))
        gains = sum(row.gate * row.updates for row in part)
        assert curves.gate[place] == pytest.approx(gains / updates if updates else 1.0)
        assert curves.arousal[place] == max(row.arousal for row in part)
        assert curves.threshold[place] == part[-1].threshold
        assert curves.reliability[place] == part[-1].reliability


def test_a_long_life_takes_as_many_queries_as_a_short_one() -> None:
    learner = create_learner(name="long")
    found = []
    for count in (3, 3000):
        Metric.objects.all().delete()
        windows(learner, count)
        with CaptureQueriesContext(connection) as queries:
            series(learner)
            summary(learner)
        found.append(len(queries))
    assert found == [4, 4]


def test_the_csv_holds_every_window() -> None:
    learner = create_learner(name="long")
    windows(learner, 30)
    rows = list(csv.DictReader(io.StringIO("".join(as_csv(learner)))))
    assert len(rows) == 30
    assert rows[0]["first"] == "1"
    assert rows[0]["frozen"] == ""
    assert float(rows[29]["frozen"]) == 0.6
    assert rows[0]["head_3"] == ""
    assert rows[29]["head_3"] == "0.3"
