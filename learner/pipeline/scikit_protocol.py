"""What scikit-learn asks of an estimator; scikit-learn itself is never imported."""

import inspect
import sys
import warnings
from typing import Any, Self

import numpy as np

from learner.pipeline.batches import learn_rows, predict_rows
from learner.pipeline.core import Core
from learner.pipeline.naming import loaded
from learner.pipeline.tables import check_rows, is_frame, read_table

LONGEST_SLEEP = 2000
"""Replays after ``fit``."""


class NotFittedError(ValueError, AttributeError):
    """Nothing was learned yet."""


class ScikitProtocol:
    """Parameters, fit and predict, in scikit-learn's words."""

    _regression: bool
    _core: Core

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters by name."""
        return {name: getattr(self, name) for name in inspect.signature(type(self)).parameters}

    def set_params(self, **parameters: Any) -> Self:
        """Set parameters; a learner that has learned takes them up at its next ``fit``."""
        known = self.get_params()
        for name, value in parameters.items():
            if name not in known:
                raise ValueError(
                    f"Invalid parameter {name!r} for estimator {type(self).__name__}(). "
                    f"Valid parameters are: {list(known)!r}."
                )
            setattr(self, name, value)
        if "_core" in self.__dict__ and not self._core.state.events:
            self._unbuild()  # type: ignore[attr-defined]
        return self

    def __sklearn_tags__(self) -> Any:
        utils = sys.modules["sklearn.utils"]
        return utils.Tags(
            estimator_type="regressor" if self._regression else "classifier",
            target_tags=utils.TargetTags(required=True),
            classifier_tags=None if self._regression else utils.ClassifierTags(),
            regressor_tags=utils.RegressorTags() if self._regression else None,
            input_tags=utils.InputTags(allow_nan=True),
        )

    def __sklearn_is_fitted__(self) -> bool:
        return "_core" in self.__dict__ and bool(self._core.state.events)

    def fit(self, X: Any, y: Any) -> Self:  # noqa: N803
        """Forget, learn from the rows once, in their order, then sleep over those kept.

        Tables are often sorted by class: without sleep the last class would be remembered best.
        """
        self._forget()  # type: ignore[attr-defined]
        self.__dict__.pop("n_features_in_", None)
        self.__dict__.pop("feature_names_in_", None)
        self.partial_fit(X, y)
        self.sleep(min(self._core.state.events, LONGEST_SLEEP))  # type: ignore[attr-defined]
        return self

    def partial_fit(self, X: Any, y: Any, classes: Any = None) -> Self:  # noqa: N803
        """Learn from the rows once, in their order."""
        if y is None:
            raise ValueError(
                f"{type(self).__name__} requires y to be passed, but the target y is None"
            )
        rows = self._checked(X, first=not hasattr(self, "n_features_in_"))
        labels = one_column(y)
        if len(labels) != len(rows):
            raise ValueError(f"found {len(rows)} rows but {len(labels)} labels")
        self._prepare_labels(labels if classes is None else classes)
        learn_rows(self, X, labels)  # type: ignore[arg-type]
        return self

    def _prepare_labels(self, labels: Any) -> None:
        """Check the labels; a classifier numbers them in sorted order."""

    def _checked(self, X: Any, *, first: bool) -> np.ndarray:  # noqa: N803
        """Return the values of a table after scikit-learn's checks of its shape."""
        names, rows = read_table(X)
        check_rows(rows)
        if first:
            self.n_features_in_ = rows.shape[1]
            if is_frame(X) and all(isinstance(name, str) for name in names):
                self.feature_names_in_ = np.array(names, dtype=object)
        elif rows.shape[1] != self.n_features_in_:
            raise ValueError(
                f"X has {rows.shape[1]} features, but {type(self).__name__} is expecting "
                f"{self.n_features_in_} features as input"
            )
        return rows

    def _outputs(self, X: Any) -> np.ndarray:  # noqa: N803
        """Return the outputs for the rows, and what is predicted for each."""
        if not self.__sklearn_is_fitted__():
            error = loaded("sklearn.exceptions", "NotFittedError") or NotFittedError
            raise error(f"This {type(self).__name__} instance is not fitted yet")
        self._checked(X, first=not hasattr(self, "n_features_in_"))
        return predict_rows(self, X)  # type: ignore[arg-type]


def one_column(y: Any) -> np.ndarray:
    """Return labels as one dimension; a table of one column is taken, with a warning."""
    labels = np.asarray(y)
    if labels.ndim == 2 and labels.shape[1] == 1:
        warning = loaded("sklearn.exceptions", "DataConversionWarning") or UserWarning
        warnings.warn(
            "A column-vector y was passed when a 1d array was expected", warning, stacklevel=3
        )
        return labels[:, 0]
    if labels.ndim != 1:
        raise ValueError(f"y should be a 1d array, got an array of shape {labels.shape} instead.")
    return labels
