"""Events one at a time, in batches, with names that come and go, with labels that are late."""

import numpy as np
import pytest

from learner.pipeline import EventDrivenClassifier, EventDrivenRegressor
from tests.learner.conftest import same_state, teach


def as_table(events):
    return np.array([list(x.values()) for x, _ in events]), np.array([y for _, y in events])


def test_it_learns(events):
    model, right = EventDrivenClassifier(), []
    for x, y in events[:300]:
        right.append(model.predict_one(x) == y)
        model.learn_one(x, y)
    assert np.mean(right[100:]) > 0.75


def test_batches_equal_single_events_to_the_last_bit(small, events):
    one = small()
    for x, y in events:
        one.learn_one({int(name[1:]): v for name, v in x.items()}, y)
    many = small()
    x, y = as_table(events)
    for part in (slice(0, 7), slice(7, 8), slice(8, 600)):
        many.learn_many(x[part], y[part])
    assert same_state(one, many)


def test_predictions_of_a_batch_are_those_made_before_each_event(small, events):
    x, y = as_table(events[:200])
    one, expected = small(), []
    for row, label in zip(x, y, strict=True):
        event = dict(enumerate(row.tolist()))
        expected.append(one.predict_one(event))
        one.learn_one(event, label)
    progress = small().progress_many(x, y)
    assert progress.predicted == expected
    assert expected[0] is None
    assert progress.results[:, 1].sum() == one._core.state.commits


def test_prediction_leaves_no_trace(small, events):
    quiet, asked = small(), small()
    for x, y in events[:120]:
        for other, _ in events[:3]:
            asked.predict_one(other)
            asked.predict_proba_one(x)
            asked.novelty_one(x)
            asked.explain_one(x)
        quiet.learn_one(x, y)
        asked.learn_one(x, y)
    assert same_state(quiet, asked)


def test_the_order_of_features_in_a_dict_does_not_matter(small, events):
    straight = teach(small(), events[:100])
    turned = teach(small(), [(dict(reversed(x.items())), y) for x, y in events[:100]])
    assert same_state(straight, turned)


def test_features_come_and_go(small, events):
    model = small()
    for n, (x, y) in enumerate(events[:200]):
        kept = {name: v for j, (name, v) in enumerate(x.items()) if (n // 20) % 5 != j}
        if n > 100:
            kept["late comer"] = float(n)
        model.predict_one(x | {"never learned": 1.0})
        model.learn_one(kept, y)
    assert set(model._features) == {"f0", "f1", "f2", "f3", "f4", "late comer"}


def test_missing_none_and_nan_are_the_same(small, events):
    def change(fill):
        return [(fill(x), y) for x, y in events[10:60]]

    start = teach(small(), events[:10])
    absent, none, nan = (start.clone(include_attributes=True) for _ in range(3))
    teach(absent, change(lambda x: {n: v for n, v in x.items() if n != "f2"}))
    teach(none, change(lambda x: x | {"f2": None}))
    teach(nan, change(lambda x: x | {"f2": float("nan")}))
    assert same_state(absent, none)
    assert same_state(absent, nan)


def test_late_labels_by_identifier(small, events):
    model = small()
    for n, (x, _) in enumerate(events[:100]):
        model.observe(n, x)
        if n >= 20:
            model.label(n - 20, events[n - 20][1])
    assert model._core.state.events == 80
    assert same_state_without_pending(model, teach(small(), events[:80]))
    with pytest.raises(ValueError, match="no event 3 waits"):
        model.label(3, "class 0")
    with pytest.raises(ValueError, match="waits for its label already"):
        model.observe(99, {"f0": 1.0})


def same_state_without_pending(one, other):
    copies = [one.clone(include_attributes=True), other.clone(include_attributes=True)]
    for copy in copies:
        copy._pending.clear()
    return same_state(*copies)


def test_novelty_rises_with_distance(small, events):
    model = teach(small(), events[:300])
    usual = np.mean([model.novelty_one(x) for x, _ in events[300:350]])
    strange = model.novelty_one(dict.fromkeys(events[0][0], 50.0))
    assert 0.0 <= usual < strange <= 1.0


def test_sleep_brings_back_what_was_forgotten(small):
    """Two classes, then only the other two; sleep helps the first."""
    random = np.random.default_rng(3)
    centres = random.normal(size=(4, 6)) * 2.0

    def draw(classes, count):
        labels = random.choice(classes, count)
        return centres[labels] + random.normal(size=(count, 6)), labels

    first, second, test = draw([0, 1], 400), draw([2, 3], 400), draw([0, 1], 200)
    model = small()
    model.learn_many(*first)
    model.learn_many(*second)
    before = model.score(*test)
    model.sleep(400)
    assert model.score(*test) > before + 0.1
    assert model._core.state.replays == 400


def test_regression_learns_a_line():
    random = np.random.default_rng(5)
    x = random.normal(size=(1500, 3))
    y = 100.0 + 20.0 * x[:, 0] - 5.0 * x[:, 2] + random.normal(size=1500)
    model = EventDrivenRegressor()
    progress = model.progress_many(x, y)
    error = np.abs(np.array(progress.predicted[500:]) - y[500:]).mean()
    assert error < 0.25 * np.abs(y - y.mean()).mean()
    assert progress.results[:, 1].mean() < 0.35
