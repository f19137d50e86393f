"""Why a prediction: what every feature adds to it, head by head."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from learner.pipeline.memory import FAN_IN, PARTS, RELIABILITY, SPIKE

if TYPE_CHECKING:
    from learner.pipeline.core import Core

PART_NAMES = ("early", "tagged", "late")


def head_names(pathways: int) -> list[str]:
    """Return the names of the heads, in order."""
    kinds = ["features", *(f"expansion {g}" for g in range(1, pathways))]
    return [f"{part}, {kind}" for kind in kinds for part in PART_NAMES]


class Explanations:
    """Contributions to a prediction."""

    _core: "Core"
    _features: dict[Any, int]
    _labels: list[Any]
    _regression: bool

    def explain_one(self, x: Mapping[Any, Any], label: Any = None) -> dict[str, Any]:
        """Return what each feature contributes, per head, to the prediction or to a label.

        A head's ``score`` (log odds before normalisation; standard deviations for numbers)
        is the sum of its ``bias`` and its ``contributions``. A hidden unit's part is shared
        among the features that drive it, by the size of their drive.
        """
        prediction = self.predict_one(x)  # type: ignore[attr-defined]
        if not self._regression and not self._labels:
            return {"prediction": None, "label": None, "heads": {}}
        k = 0
        if not self._regression:
            label = prediction if label is None else label
            if label not in self._labels:
                raise ValueError(f"label must be one seen before; got {label!r}")
            k = self._labels.index(label)
        names = head_names(self._core.state.pathways)
        heads = {name: self._explain_head(h, k) for h, name in enumerate(names)}
        output = float(self._core.arrays["outputs"][-1, k])
        return {"prediction": prediction, "label": label, "output": output, "heads": heads}

    def _explain_head(self, h: int, k: int) -> dict[str, Any]:
        g, part = divmod(h, PARTS)
        arrays, state = self._core.arrays, self._core.state
        bias, given = 0.0, np.zeros(state.features)
        for n in range(int(arrays["counts"][g])):
            row = int(arrays["rows"][g, n])
            amount = float(arrays["synapses"][g, part, row, k] * arrays["values"][g, n])
            if row == 0:
                bias += amount
            elif row <= state.hidden:
                shares, own = self._drivers(g, row - 1)
                given += amount * shares
                bias += amount * own
            else:
                given[row - 1 - state.hidden] += amount
        used = {name: float(given[j]) for name, j in self._features.items() if given[j] != 0.0}
        return {
            "reliability": float(arrays["heads"][RELIABILITY, h]),
            "output": float(arrays["outputs"][h, k]),
            "score": float(bias + given.sum()),
            "bias": bias,
            "contributions": used,
        }

    def _drivers(self, g: int, unit: int) -> tuple[np.ndarray, float]:
        """Return the share of each feature, and of its own bias, in a unit's drive."""
        arrays = self._core.arrays
        drive = np.zeros(self._core.state.features)
        for c in range(FAN_IN):
            source = int(arrays["sources"][g, unit, c])
            drive[source] += abs(arrays["bank"][g, unit, c] * arrays["features"][SPIKE, source])
        own = abs(float(arrays["bank"][g, unit, FAN_IN]))
        total = max(float(drive.sum()) + own, 1e-300)
        return drive / total, own / total
