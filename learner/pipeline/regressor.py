"""The learner of numbers."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np

from learner.pipeline.batches import Progress, learn_rows, predict_rows
from learner.pipeline.estimator import Estimator
from learner.pipeline.event import LARGEST
from learner.pipeline.naming import plain_target
from learner.pipeline.tables import like_series


class EventDrivenRegressor(Estimator):
    """Learns a number from events, one at a time, mostly from those that surprise it.

    The parameters are those of ``EventDrivenClassifier``. The number is learned in standard
    deviations from its mean so far.

    Examples
    --------
    >>> model = EventDrivenRegressor()
    >>> for hour in range(500):
    ...     model.learn_one({"hour": hour % 24}, 10.0 + 2.0 * (hour % 24))
    >>> bool(abs(model.predict_one({"hour": 12}) - 34.0) < 3.0)
    True
    """

    _regression = True

    def _set_target(self, y: Any) -> None:
        self._core.state.y_raw = plain_target(y, LARGEST)

    def predict_one(self, x: Mapping[Any, Any]) -> float:
        """Return the predicted number, 0 before the first event."""
        self._forward(x)
        return float(self._core.state.predicted)

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
        """Return the predicted number of every row."""
        return like_series(predict_rows(self, X)[:, -1].tolist(), X)

    def predict(self, X: Any) -> np.ndarray:  # noqa: N803
        """Return the predicted number of every row."""
        return self._outputs(X)[:, -1]

    def score(self, X: Any, y: Any) -> float:  # noqa: N803
        """Return the share of the variance that is explained."""
        truth = np.asarray(y, dtype=float)
        spread = float(((truth - truth.mean()) ** 2).sum())
        return 1.0 - float(((truth - self.predict(X)) ** 2).sum()) / max(spread, 1e-300)

    def _doubt(self) -> float:
        """Return how far the heads disagree, in standard deviations, as a share."""
        heads = self._core.arrays["outputs"][:-1, 0]
        return float(1.0 - np.exp(-np.var(heads)))

    def _targets(self, y: Any) -> list[Any]:
        values = y.tolist() if hasattr(y, "tolist") else list(y)
        return [plain_target(value, LARGEST) for value in values]

    def _codes(self, targets: list[Any]) -> list[float | None]:
        return targets

    def _decode(self, values: list[float], firsts: dict[int, Any]) -> list[Any]:
        return values
