"""Whatever comes: a documented ValueError or a finite state, never anything else."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from learner.pipeline import EventDrivenClassifier, EventDrivenRegressor

NAMES = st.sampled_from(["a", "b", "c", "d", 1, ("e", 2)])
NUMBERS = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True),
    st.sampled_from([0.0, -0.0, 5e-324, 1.8e308, -1.8e308, 1e-300, 1e300, 10**400]),
    st.integers(-(10**30), 10**30),
    st.booleans(),
    st.none(),
)
EVENTS = st.lists(
    st.tuples(st.dictionaries(NAMES, NUMBERS, max_size=6), st.sampled_from(["x", "y", 3, True])),
    max_size=40,
)
FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
EXPERT = (("sleep_every", 7), ("tick", 5), ("buffer", 6))


def is_finite(model):
    arrays = model.state_dict()["arrays"]
    return all(np.isfinite(a).all() for name, a in arrays.items() if name != "buffer")


@FEW
@given(EVENTS)
def test_any_events_leave_a_classifier_finite(events):
    model = EventDrivenClassifier(expansion=8, expert=EXPERT)
    for x, y in events:
        model.predict_one(x)
        model.learn_one(x, y)
        told = model.predict_proba_one(x)
        assert sum(told.values()) == pytest.approx(1.0)
        assert 0.0 <= model.novelty_one(x) <= 1.0
    assert is_finite(model)


@FEW
@given(EVENTS, st.lists(NUMBERS, min_size=40, max_size=40))
def test_any_events_leave_a_regressor_finite(events, targets):
    model = EventDrivenRegressor(expansion=8, expert=EXPERT)
    for (x, _), y in zip(events, targets, strict=False):
        try:
            model.learn_one(x, y)
        except ValueError as problem:
            if "target must be" not in str(problem):
                raise
        assert np.isfinite(model.predict_one(x))
    assert is_finite(model)


@FEW
@given(st.integers(0, 3), st.floats(allow_nan=False, allow_infinity=False))
def test_one_class_and_constant_features(label, value):
    model = EventDrivenClassifier(expansion=8)
    for _ in range(30):
        model.learn_one({"a": value, "b": 1.0}, label)
    assert model.predict_one({"a": value, "b": 1.0}) == label
    assert is_finite(model)


@FEW
@given(
    st.dictionaries(
        st.sampled_from(["budget", "plasticity", "stability", "arousal_gain", "capture_rate",
                         "bound"]),
        st.floats(1e-4, 1e4), max_size=4,
    )
)  # fmt: skip
def test_any_settings_are_refused_or_leave_it_finite(parameters):
    model = EventDrivenClassifier(expansion=8, **parameters)
    random = np.random.default_rng(2)
    try:
        for _ in range(60):
            model.learn_one({"a": random.normal(), "b": random.normal()}, int(random.integers(3)))
    except ValueError as problem:
        if "must be a number from" not in str(problem):
            raise
        return
    assert is_finite(model)


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        ({"a": "red"}, 1, "feature 'a' must be a number; got 'red'"),
        ({"a": [1, 2]}, 1, "feature 'a' must be a number"),
        ([1, 2], 1, "an event must be a dict"),
        (7, 1, "an event must be a dict"),
        ({"a": 1.0}, None, "a label must be"),
        ({"a": 1.0}, float("nan"), "must not be NaN"),
        ({"a": 1.0}, [1], "a label must be"),
    ],
)
def test_a_wrong_event_is_refused_and_changes_nothing(x, y, message):
    model = EventDrivenClassifier(expansion=8)
    for n in range(5):
        model.learn_one({"a": float(n), "b": 1.0}, n % 2)
    before = model.state_dict()
    with pytest.raises(ValueError, match=message):
        model.learn_one(x, y)
    after = model.state_dict()
    assert before["header"] == after["header"]
    for name, array in before["arrays"].items():
        np.testing.assert_array_equal(array, after["arrays"][name])


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"budget": 0.0}, "budget must be a number from 0.0001 to 1; got 0.0"),
        ({"seed": 1.5}, "seed must be a whole number"),
        ({"expansion": "many"}, "expansion must be a number"),
        ({"expert": (("nothing", 1),)}, "expert has no setting 'nothing'"),
        ({"expert": (("tick", 0),)}, "tick must be a number from 1"),
        ({"expert": 5}, "expert must be pairs"),
    ],
)
def test_wrong_parameters_are_refused_at_the_first_event(parameters, message):
    with pytest.raises(ValueError, match=message):
        EventDrivenClassifier(**parameters).learn_one({"a": 1.0}, 1)
