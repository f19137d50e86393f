"""Another learner on the same events, one at a time through dicts. River is optional."""

import math
import pkgutil
from collections.abc import Mapping
from importlib import import_module
from time import perf_counter
from typing import Any

from learner.models import LearnerKind
from learner.services.metrics import ClassMetrics, Metrics, NumberMetrics


class Rival:
    """A River model that predicts and learns what our learner does, measured alike."""

    def __init__(self, name: str, kind: str) -> None:
        self.name = name
        self.classifies = kind == LearnerKind.CLASSIFIER
        self.metrics: Metrics = ClassMetrics() if self.classifies else NumberMetrics()
        self._model = river_model(name, classifies=self.classifies)
        self._two: list[Any] | None = None if self._model._multiclass else []
        """The classes of a model that knows two only, in the order in which they came."""

    def predict(self, values: Mapping[str, float], label: Any) -> None:
        """Predict an event, and count how well."""
        x = _present(values)
        started = perf_counter()
        predicted = self._model.predict_one(x)
        self.metrics.learning_seconds += perf_counter() - started
        self.metrics.add(label, self._decode(predicted))

    def learn(self, values: Mapping[str, float], label: Any) -> None:
        """Learn from an event."""
        x, y = _present(values), self._encode(label)
        started = perf_counter()
        if y is not None:
            self._model.learn_one(x, y)
            self.metrics.updates += 1
        self.metrics.learning_seconds += perf_counter() - started
        self.metrics.arrived(label)

    def _encode(self, label: Any) -> Any:
        if not self.classifies or self._two is None:
            return label
        if label not in self._two and len(self._two) < 2:
            self._two.append(label)
        return label == self._two[-1] if label in self._two else None

    def _decode(self, predicted: Any) -> Any:
        if not self.classifies:
            return 0.0 if predicted is None else predicted
        if self._two is None or predicted is None:
            return predicted
        return (self._two[-1] if predicted else self._two[0]) if self._two else None


def river_model(name: str, *, classifies: bool) -> Any:
    """Return ``river:Name`` behind a scaler, with River's defaults."""
    package, _, wanted = name.partition(":")
    if package != "river" or not wanted:
        raise ValueError(
            f"compare must be river:NAME, such as river:LogisticRegression; got {name!r}"
        )
    try:
        import river
        from river import base, compose, preprocessing
    except ImportError:
        raise ValueError(
            "--compare needs River: install it with pip install -r requirements-extra.txt"
        ) from None
    kind = base.Classifier if classifies else base.Regressor
    for module in pkgutil.iter_modules(river.__path__):
        if module.name in ("api", "checks", "stream", "datasets"):
            continue
        found = getattr(import_module(f"river.{module.name}"), wanted, None)
        if isinstance(found, type) and issubclass(found, kind):
            try:
                return _Scaled(preprocessing.StandardScaler(), found(), compose)
            except TypeError as problem:
                raise ValueError(f"{name} cannot be made with defaults: {problem}") from None
    raise ValueError(f"River has no {kind.__name__.lower()} called {wanted!r}")


class _Scaled:
    """A model behind a scaler; says whether it knows more than two classes."""

    def __init__(self, scaler: Any, model: Any, compose: Any) -> None:
        self._pipeline = compose.Pipeline(scaler, model)
        self._multiclass = bool(getattr(model, "_multiclass", True))
        self.predict_one, self.learn_one = self._pipeline.predict_one, self._pipeline.learn_one


def _present(values: Mapping[str, float]) -> dict[str, float]:
    return {name: value for name, value in values.items() if not math.isnan(value)}
