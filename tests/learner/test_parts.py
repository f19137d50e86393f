"""What each of the six parts promises."""

from types import SimpleNamespace

import numpy as np
import pytest

from learner.pipeline.binder import insert
from learner.pipeline.chance import draw
from learner.pipeline.event import standardise
from learner.pipeline.homeostasis import regulate_threshold
from learner.pipeline.memory import LOSS, PARTS, STIFFNESS, Memory
from learner.pipeline.neuromodulatory_gate import arousal
from tests.learner.conftest import make_events, teach


def test_chance_is_uniform():
    s = SimpleNamespace(random_1=12345, random_2=67890)
    numbers = np.array([draw(s) for _ in range(20_000)])
    assert numbers.min() > 0.0
    assert numbers.max() < 1.0
    assert abs(numbers.mean() - 0.5) < 0.01  # five standard errors
    counts = np.histogram(numbers, bins=20, range=(0, 1))[0]
    assert ((counts - 1000) ** 2 / 1000).sum() < 50  # chi-squared, 19 degrees: p = 1e-4
    assert abs(np.corrcoef(numbers[:-1], numbers[1:])[0, 1]) < 0.035


@pytest.mark.parametrize("x", [float("nan"), float("inf"), -float("inf")])
def test_what_is_no_number_does_not_spike(x):
    assert standardise(x, 0.0, 1.0, 3.0) == 0.0


def test_a_constant_feature_does_not_spike():
    assert standardise(7.0, 7.0, 0.0, 3.0) == 0.0


def test_spikes_are_clipped():
    assert standardise(1e300, 0.0, 1.0, 3.0) == 3.0


def test_no_arousal_at_the_usual_error_and_full_arousal_far_above():
    p = SimpleNamespace(fast_time=60.0, arousal_onset=1.0)
    assert arousal(0.2, 0.2, p) == 0.0
    assert arousal(0.9, 0.1, p) == 1.0


def test_the_threshold_rises_when_too_many_events_are_salient():
    p = SimpleNamespace(
        largest_share=0.6, budget=0.2, arousal_budget=0.0, threshold_rate=0.01,
        least_threshold=0.05, largest_threshold=1e6,
    )  # fmt: skip
    s = SimpleNamespace(threshold=0.5, salient=1, arousal=0.0)
    regulate_threshold(s, p)
    assert s.threshold > 0.5
    s.salient = 0
    regulate_threshold(s, p)
    regulate_threshold(s, p)
    assert s.threshold < 0.504


def test_the_bound_of_a_weight_is_soft_and_holds():
    p = SimpleNamespace(largest_change=1.0, bound=5.0)
    m = Memory(*(None,) * len(Memory._fields))._replace(synapses=np.zeros((1, 5, 1, 1)))
    steps = []
    for _ in range(50):
        before = m.synapses[0, 0, 0, 0]
        insert(m, p, 0, 0, 0, 0, 3.0)
        steps.append(m.synapses[0, 0, 0, 0] - before)
    assert steps[0] == 1.0  # clipped
    assert all(a >= b for a, b in zip(steps, steps[1:], strict=False))
    assert m.synapses[0, 0, 0, 0] <= 5.0
    insert(m, p, 0, 0, 0, 0, -1.0)
    assert m.synapses[0, 0, 0, 0] <= 4.0  # away from the bound nothing is held back


@pytest.mark.parametrize("budget", [0.1, 0.3])
def test_the_share_of_events_that_commit_is_the_budget(small, budget):
    events = make_events(8000)[:4000]  # before the rule turns round
    model = teach(small(budget=budget, arousal_gain=0.0), events[:2000])
    before = model._core.state.commits
    teach(model, events[2000:])
    # The binomial spread of 2000 events is 0.01; the threshold follows with a lag.
    assert abs((model._core.state.commits - before) / 2000 - budget) < 0.03


def test_a_change_of_the_rule_arouses(small):
    model = teach(small(), make_events(1200)[:590])
    calm = model._core.state.arousal
    levels = []
    for x, y in make_events(1200)[590:700]:
        model.learn_one(x, y)
        levels.append(model._core.state.arousal)
    assert max(levels) > calm + 0.3


def test_consolidation_moves_tagged_towards_early(small):
    """With no rate of its own, a tagged weight comes from capture alone."""
    frozen = (("tagged_rate", 0.0), ("late_rate", 0.0), ("late_rate_wide", 0.0))
    with_capture = teach(small(expert=frozen), make_events(300))
    without = teach(small(expert=frozen, capture_rate=0.0), make_events(300))
    assert np.abs(with_capture._core.arrays["synapses"][:, 1:PARTS]).max() > 0.0
    assert np.abs(without._core.arrays["synapses"][:, 1:PARTS]).max() == 0.0


def test_stiffness_grows_only_where_inputs_spike(small):
    model = small()
    for n in range(100):
        model.learn_one({"moving": float(n % 5), "constant": 2.0}, n % 2)
    stiffness = model._core.arrays["synapses"][0, STIFFNESS]
    first = 1 + model._core.state.hidden
    constant, moving = stiffness[first], stiffness[first + 1]
    assert constant.max() == 0.0
    assert moving.min() > 0.0


def test_heads_are_rated_by_their_loss(small):
    model = teach(small(), make_events(500))
    losses, reliability = model._core.arrays["heads"]
    assert losses[0] == model._core.arrays["heads"][LOSS, 0]
    assert np.argmin(losses) == np.argmax(reliability)
    assert reliability.sum() == pytest.approx(1.0)


def test_hidden_units_spike_in_the_wanted_share(small):
    model = teach(small(expansion=100), make_events(1000))
    active = []
    for x, _ in make_events(200, seed=1):
        model.predict_one(x)
        rows = model._core.arrays["rows"][1, : model._core.arrays["counts"][1]]
        active.append(((rows > 0) & (rows <= 100)).sum())
    assert 10 < np.mean(active) < 20  # 15 wanted
