"""What the learner is compared with. Every function returns predictions made before learning."""

from collections.abc import Callable
from typing import Any

import numpy as np
from river import drift, forest, linear_model, optim, preprocessing, tree
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.streams.streams import Stream

RATES = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
"""Learning rates among which the tuned regression chooses, on the first fifth."""
WINDOW = 1000
"""Events on which a triggered refit trains."""


def progressive(model: Any, stream: Stream) -> np.ndarray:
    """Predict each event, then learn from it, through dicts."""
    x, y = stream
    predicted = np.full(len(y), -1)
    binary = y.max() < 2
    for i, row in enumerate(x.tolist()):
        event = dict(enumerate(row))
        guess = model.predict_one(event)
        predicted[i] = -1 if guess is None else int(guess)
        model.learn_one(event, bool(y[i]) if binary else int(y[i]))
    return predicted


def regression(stream: Stream, rate: float = 0.01) -> Any:
    """Return River's logistic (two classes) or softmax regression, with a scaler."""
    kind = (
        linear_model.LogisticRegression if stream[1].max() < 2 else linear_model.SoftmaxRegression
    )
    return preprocessing.StandardScaler() | kind(optimizer=optim.SGD(rate))


def regression_default(stream: Stream) -> np.ndarray:
    return progressive(regression(stream), stream)


def regression_tuned(stream: Stream) -> np.ndarray:
    """The learning rate is chosen on the first fifth, which is not scored."""
    x, y = stream
    fifth = (x[: len(y) // 5], y[: len(y) // 5])
    score = {rate: np.mean(progressive(regression(stream, rate), fifth) == fifth[1])
             for rate in RATES}  # fmt: skip
    return progressive(regression(stream, max(score, key=lambda rate: score[rate])), stream)


def hoeffding_adaptive_tree(stream: Stream) -> np.ndarray:
    return progressive(tree.HoeffdingAdaptiveTreeClassifier(seed=1), stream)


def adaptive_random_forest(stream: Stream) -> np.ndarray:
    return progressive(forest.ARFClassifier(n_models=10, seed=1), stream)


def no_change(stream: Stream) -> np.ndarray:
    return np.concatenate([[-1], stream[1][:-1]])


def batch_model(x: np.ndarray, y: np.ndarray) -> Any:
    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=300)).fit(x, y)


def no_retraining(stream: Stream) -> np.ndarray:
    """Trained on the first fifth, then left alone."""
    x, y = stream
    n = len(y) // 5
    return np.concatenate([np.full(n, -1), batch_model(x[:n], y[:n]).predict(x[n:])])


def triggered_refit(stream: Stream) -> np.ndarray:
    """Trained on the first fifth; trained again on the last events when ADWIN alarms."""
    x, y = stream
    n = len(y) // 5
    model, alarm = batch_model(x[:n], y[:n]), drift.ADWIN()
    predicted, first = np.full(len(y), -1), n
    guesses = model.predict(x[n:])
    for i in range(n, len(y)):
        predicted[i] = guesses[i - first]
        alarm.update(float(predicted[i] != y[i]))
        if alarm.drift_detected and i + 1 < len(y):
            recent = slice(max(0, i + 1 - WINDOW), i + 1)
            if len(np.unique(y[recent])) > 1:
                model, first = batch_model(x[recent], y[recent]), i + 1
                guesses = model.predict(x[first:])
    return predicted


RIVALS: dict[str, Callable[[Stream], np.ndarray]] = {
    "no change": no_change,
    "no retraining": no_retraining,
    "ADWIN refit": triggered_refit,
    "LR default": regression_default,
    "LR tuned": regression_tuned,
    "HAT": hoeffding_adaptive_tree,
    "ARF 10": adaptive_random_forest,
}
