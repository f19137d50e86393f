"""The last operations done again: what is found is what the learner did, to the last bit."""

from math import isclose

import pytest

from learner.pipeline import EventDrivenClassifier, EventDrivenRegressor, Ledger
from learner.pipeline.bridge.moments import Place
from learner.pipeline.bridge.past import MOST_MOMENTS, locate, look_back
from learner.pipeline.memory import EARLY, LATE
from tests.learner.conftest import make_events, same_state

BIAS = Place(0, "bias", "class 1")
FEATURE = Place(0, ("feature", "f2"), "class 1")
UNIT = Place(1, ("unit", 3), "class 0")


def taught(count: int = 260, **parameters):
    """Return a learner with a ledger, and its connections' weights after each event."""
    model = EventDrivenClassifier(expansion=20, **parameters)
    model.keep_ledger(Ledger(snapshot_every=60))
    seen = {place: [] for place in (BIAS, FEATURE, UNIT)}
    for x, y in make_events(count):
        model.learn_one(x, y)
        for place, weights in seen.items():
            weights.append(weights_now(model, place))
    return model, seen


def weights_now(model, place):
    where = locate(model, place)
    if where is None:
        return (0.0, 0.0)
    synapses = model._core.arrays["synapses"][place.pathway]
    return tuple(float(synapses[part, *where]) for part in (EARLY, LATE))


def back(model, places, last=100):
    other = model.clone()
    ledger = model._ledger
    return look_back(other, ledger.storage, ledger.position, places, last=last), other


def test_weights_found_are_those_that_were_there():
    model, seen = taught()
    past, other = back(model, seen, last=150)
    assert past.complete
    assert same_state(other, model)
    for place, weights in seen.items():
        found = [(m.early, m.late) for m in past.moments[place]]
        assert found == weights[-150:]


def test_what_moved_early_weights_is_input_times_error_of_a_commit():
    model, _ = taught()
    past, _ = back(model, [BIAS, FEATURE, UNIT])
    for moments in past.moments.values():
        changed = [m for m in moments if m.moved != 0.0 and not m.settled]
        assert changed
        for m in changed:
            assert m.salient
            assert m.moved * m.input * m.error > 0.0
        assert all(m.moved == 0.0 for m in moments if not m.salient and not m.settled)


def test_the_bias_is_always_there_and_its_errors_are_those_of_its_head():
    model, _ = taught()
    past, _ = back(model, [BIAS, BIAS._replace(label="class 0")], last=50)
    for m in past.moments[BIAS]:
        assert m.input == 1.0
        assert -1.0 <= m.error <= 1.0


def test_an_error_is_what_the_head_missed():
    model = EventDrivenClassifier(expansion=0, seed=3)
    model.keep_ledger(Ledger())
    events = make_events(80)
    for x, y in events[:-1]:
        model.learn_one(x, y)
    x, y = events[-1]
    model.predict_one(x)
    head = float(model._core.arrays["outputs"][EARLY, model._classes[y]])
    model.learn_one(x, y)
    past, _ = back(model, [Place(0, "bias", y)], last=1)
    assert isclose(past.moments[Place(0, "bias", y)][0].error, 1.0 - head, rel_tol=1e-12)


def test_a_rollback_in_between_is_a_jump_and_the_state_after_it_is_exact():
    model, _ = taught(200)
    model.rollback(model._ledger.version - 20)
    for x, y in make_events(40, seed=5):
        model.learn_one(x, y)
    model.sleep(5)
    past, other = back(model, [FEATURE], last=120)
    assert same_state(other, model)
    kinds = [m.kind for m in past.moments[FEATURE]]
    assert kinds.count("rollback") == kinds.count("sleep") == 1
    rolled = past.moments[FEATURE][kinds.index("rollback")]
    assert not rolled.is_event
    assert rolled.input == rolled.error == 0.0


def test_a_connection_that_comes_later_has_no_weight_before():
    model = EventDrivenClassifier(expansion=0)
    model.keep_ledger(Ledger())
    for n, (x, y) in enumerate(make_events(60)):
        model.learn_one(x | ({"new": float(n % 5)} if n >= 30 else {}), y)
    place = Place(0, ("feature", "new"), "class 1")
    past, _ = back(model, [place], last=60)
    assert all(m.early == 0.0 == m.input for m in past.moments[place][:30])
    assert any(m.input != 0.0 for m in past.moments[place][30:])


def test_a_compacted_ledger_gives_what_is_left():
    model, _ = taught()
    model._ledger.compact(model._ledger.version - 5)
    past, _ = back(model, [BIAS], last=200)
    assert not past.complete
    assert 0 < len(past.moments[BIAS]) < 200


def test_a_learner_of_numbers_has_one_output_and_larger_errors():
    model = EventDrivenRegressor(expansion=10)
    model.keep_ledger(Ledger())
    for x, _ in make_events(120):
        model.learn_one(x, 5.0 * x["f1"] + 1.0)
    place = Place(0, ("feature", "f1"), None)
    past, other = back(model, [place])
    assert same_state(other, model)
    assert past.largest_error == 3.0
    changed = [m for m in past.moments[place] if m.moved != 0.0 and not m.settled]
    assert changed
    assert all(m.moved * m.input * m.error > 0.0 for m in changed)


@pytest.mark.parametrize("last", [0, MOST_MOMENTS + 1])
def test_how_far_to_look_has_bounds(last):
    model, _ = taught(20)
    with pytest.raises(ValueError, match=f"last must be 1 to {MOST_MOMENTS} operations"):
        back(model, [BIAS], last=last)


@pytest.mark.parametrize(
    "place",
    [
        Place(0, ("unit", 1), "class 1"),
        Place(1, ("unit", 20), "class 1"),
        Place(2, "bias", "class 1"),
        Place(0, ("feature", "none"), "class 1"),
        Place(0, "bias", "class 9"),
    ],
)
def test_a_connection_that_there_is_not_is_not_found(place):
    model, _ = taught(20)
    assert locate(model, place) is None
