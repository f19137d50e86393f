"""Explanations add up."""

import pytest

from learner.pipeline import EventDrivenClassifier
from tests.learner.conftest import make_events, teach


def test_contributions_add_up_to_the_score_of_each_head(small, events):
    model = teach(small(), events[:200])
    told = model.explain_one(events[200][0])
    assert told["prediction"] == told["label"] == model.predict_one(events[200][0])
    for head in told["heads"].values():
        total = head["bias"] + sum(head["contributions"].values())
        assert head["score"] == pytest.approx(total, abs=1e-12)
    output = sum(h["reliability"] * h["output"] for h in told["heads"].values())
    assert output == pytest.approx(told["output"], abs=1e-12)
    assert output == pytest.approx(model.predict_proba_one(events[200][0])[told["label"]])


def test_the_feature_that_decides_contributes_most():
    model = EventDrivenClassifier(expansion=20)
    for x, _ in make_events(400):
        model.learn_one(x, x["f3"] > 0.0)
    told = model.explain_one({"f0": 0.1, "f1": -0.2, "f2": 0.1, "f3": 2.0, "f4": 0.3})
    best = max(told["heads"].values(), key=lambda head: head["reliability"])
    assert max(best["contributions"], key=lambda name: abs(best["contributions"][name])) == "f3"


def test_an_unknown_label_is_refused(small, events):
    model = teach(small(), events[:20])
    with pytest.raises(ValueError, match="label must be one seen before"):
        model.explain_one(events[0][0], label="nobody")


def test_before_any_event_there_is_nothing_to_explain(small):
    assert small().explain_one({"a": 1.0})["prediction"] is None
