"""The conformance suites of River and scikit-learn, complete."""

import warnings

import pytest

from learner.pipeline import EventDrivenClassifier, EventDrivenRegressor

river_checks = pytest.importorskip("river.checks", reason="River is not installed")
estimator_checks = pytest.importorskip(
    "sklearn.utils.estimator_checks", reason="scikit-learn is not installed"
)
KINDS = [EventDrivenClassifier, EventDrivenRegressor]


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_river(kind):
    model = kind()
    assert model._unit_test_skips() == set()
    river_checks.check_estimator(model)
    assert len(list(river_checks.yield_checks(model))) >= 25


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_scikit_learn(kind):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = estimator_checks.check_estimator(kind(), on_fail=None, on_skip=None)
    failed = [r["check_name"] for r in results if r["status"] not in ("passed", "skipped")]
    assert failed == []
    # One check needs an environment variable that SciPy reads at its start.
    assert {r["check_name"] for r in results if r["status"] == "skipped"} <= {
        "check_array_api_input"
    }


def test_in_a_river_pipeline():
    from river import evaluate, metrics, preprocessing, stream

    rows = [({"a": n % 7, "b": n % 3}, n % 7 > 3) for n in range(400)]
    model = preprocessing.StandardScaler() | EventDrivenClassifier(expansion=20)
    score = evaluate.progressive_val_score(stream.shuffle(rows, 50), model, metrics.Accuracy())
    assert score.get() > 0.8


def test_in_a_scikit_learn_search():
    from sklearn.datasets import load_iris
    from sklearn.model_selection import GridSearchCV

    x, y = load_iris(return_X_y=True)
    search = GridSearchCV(EventDrivenClassifier(expansion=20), {"budget": [0.2, 0.8]}, cv=3)
    assert search.fit(x, y).best_score_ > 0.8
