"""Sleep replays and consolidates: by hand, by schedule, once, and the way back."""

import numpy as np
import pytest

from learner.pipeline import EventDrivenClassifier
from learner.pipeline.memory import EARLY, LATE, TAGGED
from tests.learner.conftest import make_events, same_state, teach

TICK = 25


def taught(**parameters) -> EventDrivenClassifier:
    model = EventDrivenClassifier(expansion=20, **parameters)
    return teach(model, make_events(120))


def never_consolidating() -> EventDrivenClassifier:
    """The same learner, whose consolidations capture nothing from now on."""
    model = taught()
    model._core.settings["capture_rate"] = 0.0
    return model


def weights(model) -> np.ndarray:
    return model._core.arrays["synapses"].copy()


@pytest.mark.parametrize("replays", [1, 20, TICK - 1])
def test_a_short_sleep_does_not_consolidate(replays):
    one, other = taught(), never_consolidating()
    one.sleep(replays)
    other.sleep(replays)
    assert np.array_equal(weights(one), weights(other))
    assert np.array_equal(one._core.arrays["pools"], other._core.arrays["pools"])


@pytest.mark.parametrize("replays", [TICK, TICK + 1, 3 * TICK])
def test_a_long_sleep_moves_early_weights_into_tagged_and_late_ones(replays):
    one, other = taught(), never_consolidating()
    one.sleep(replays)
    other.sleep(replays)
    changed = weights(one) != weights(other)
    assert changed[:, TAGGED].any()
    assert changed[:, LATE].any()


def test_a_long_sleep_consolidates_every_tick_and_at_its_end(monkeypatch):
    from learner.pipeline import loop

    for replays, times in ((24, 0), (25, 1), (26, 2), (50, 2), (99, 4), (100, 4)):
        model, count = taught(), []
        model._core.back_end = "python"
        monkeypatch.setattr(loop, "consolidate", lambda m, s, p, c=count: c.append(s.replays))
        model.sleep(replays)
        monkeypatch.undo()
        assert len(count) == times, replays
        assert not count or count[-1] == replays


@pytest.mark.parametrize("replays", [20, 60, 200])
def test_both_back_ends_sleep_to_the_last_bit(replays):
    plain, fast = taught(), taught()
    plain._core.back_end, fast._core.back_end = "python", "compiled"
    plain.sleep(replays)
    fast.sleep(replays)
    assert plain._core.state.replays == replays
    assert same_state(plain, fast)


def test_a_learner_without_kept_events_sleeps_and_is_unchanged():
    model = taught(expert=(("buffer", 0),))
    before = weights(model)
    model.sleep(200)
    assert np.array_equal(before[:, EARLY], weights(model)[:, EARLY])
    assert np.array_equal(before, weights(model))


def test_a_ledger_replays_a_long_sleep_exactly():
    model = EventDrivenClassifier(expansion=20)
    ledger = model.keep_ledger()
    events = make_events(150)
    teach(model, events[:80])
    model.sleep(60)
    slept, version = model.clone(), ledger.version
    slept.load_state(model.state_dict())
    teach(model, events[80:])
    model.rollback(version)
    assert same_state(model, slept)
