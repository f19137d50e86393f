"""The learner of classes."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np

from learner.pipeline.batches import Progress, learn_rows, predict_rows
from learner.pipeline.estimator import Estimator
from learner.pipeline.naming import in_order, plain_label
from learner.pipeline.tables import like_frame, like_series


class EventDrivenClassifier(Estimator):
    """Learns classes from events, one at a time, mostly from those that surprise it.

    Parameters
    ----------
    budget
        Share of events that may change weights.
    plasticity
        Factor on all rates of change.
    stability
        How fast connections that were used stiffen.
    arousal_gain
        Factor on neuromodulation.
    expansion
        Hidden units of the fixed random expansion; 0 leaves it out.
    capture_rate
        Share of an early weight that is captured per consolidation.
    bound
        Soft bound of a weight.
    seed
        Of the learner's own generator.
    expert
        Pairs of a name and a value of the settings listed in docs/learner.md.

    Examples
    --------
    >>> model = EventDrivenClassifier()
    >>> for hour in range(200):
    ...     model.learn_one({"hour": hour % 24}, "night" if hour % 24 < 6 else "day")
    >>> model.predict_one({"hour": 3}), model.predict_one({"hour": 15})
    ('night', 'day')
    """

    _regression = False

    def _set_target(self, y: Any) -> None:
        try:
            self._core.state.target = self._classes[y]
        except (KeyError, TypeError):
            label = plain_label(y)
            if label not in self._classes:
                values = self._x[: self._width].copy()
                self._add_labels([label])
                self._x[: self._width] = values
            self._core.state.target = self._classes[label]

    def predict_one(self, x: Mapping[Any, Any]) -> Any:
        """Return the most probable label, None before the first event."""
        if not self._labels:
            return None
        self._forward(x)
        return self._labels[self._core.state.winner]

    def predict_proba_one(self, x: Mapping[Any, Any]) -> dict[Hashable, float]:
        """Return the probability of every label seen so far."""
        if not self._labels:
            return {}
        self._forward(x)
        return dict(zip(self._labels, self._core.arrays["outputs"][-1].tolist(), strict=True))

    def learn_many(self, X: Any, y: Any) -> None:  # noqa: N803
        """Learn from every row of a table, to the last bit as one by one."""
        learn_rows(self, X, y)

    def progress_many(
        self,
        X: Any,  # noqa: N803
        y: Any,
        *,
        event_ids: Sequence[Hashable] | None = None,
    ) -> Progress:
        """Predict each row, then learn from it; return predictions and ``batches.RESULTS``.

        A ledger writes down the identifiers, where they are given.
        """
        return learn_rows(self, X, y, event_ids)

    def predict_many(self, X: Any) -> Any:  # noqa: N803
        """Return the most probable label of every row."""
        return like_series(self._winners(predict_rows(self, X)), X)

    def predict_proba_many(self, X: Any) -> Any:  # noqa: N803
        """Return the probability of every label for every row."""
        return like_frame(predict_rows(self, X)[:, :-1], self._labels, X)

    def predict(self, X: Any) -> np.ndarray:  # noqa: N803
        """Return the most probable label of every row."""
        return np.array(self._winners(self._outputs(X)))

    def predict_proba(self, X: Any) -> np.ndarray:  # noqa: N803
        """Return the probability of every class of ``classes_`` for every row."""
        outputs = self._outputs(X)
        return outputs[:, [self._classes[plain_label(label)] for label in self.classes_]]

    def score(self, X: Any, y: Any) -> float:  # noqa: N803
        """Return the share of rows whose label is predicted."""
        return float(np.mean(self.predict(X) == np.asarray(y)))

    @property
    def classes_(self) -> np.ndarray:
        """The labels seen so far, sorted."""
        if not self._labels:
            raise AttributeError("classes_ is there once something was learned")
        return np.array(in_order(self._labels))

    def _prepare_labels(self, labels: Any) -> None:
        values = np.asarray(labels)
        if values.dtype.kind == "f" and np.any(values != np.floor(values)):
            raise ValueError("Unknown label type: continuous. A classifier needs classes")
        new = {plain_label(label) for label in values.tolist()} - self._classes.keys()
        if new:
            self._add_labels(in_order(new))

    def _winners(self, outputs: np.ndarray) -> list[Any]:
        return [self._labels[int(k)] for k in outputs[:, -1]] if self._labels else []

    def _doubt(self) -> float:
        return float(1.0 - self._core.arrays["outputs"][-1].max()) if self._labels else 1.0

    def _targets(self, y: Any) -> list[Any]:
        values = y.tolist() if hasattr(y, "tolist") else list(y)
        if getattr(getattr(y, "dtype", None), "kind", "") in "biuU" and hasattr(y, "dtype"):
            return values
        return [plain_label(label) for label in values]

    def _codes(self, targets: list[Any]) -> list[float | None]:
        """Return the number of each label, None where it is not known yet."""
        return [self._classes.get(label) for label in targets]

    def _decode(self, values: list[float], firsts: dict[int, Any]) -> list[Any]:
        """Return labels for numbers; ``firsts`` has what was predicted before a class came."""
        predicted = [self._labels[int(value)] for value in values]
        for i, label in firsts.items():
            predicted[i] = label
        return predicted
