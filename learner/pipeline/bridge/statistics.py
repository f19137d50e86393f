"""Signs, ranks, correlations, and what they are where there is nothing to agree about."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Measure = Callable[[Values, Values], float | None]

LEAST = 3
"""Values below which nothing is said."""
SHUFFLES = 500
SEED = 0


class Null(NamedTuple):
    """A measure where the pairing is broken: its mean, and the middle 95 %."""

    mean: float
    low: float
    high: float


def same_signs(a: Values, b: Values) -> float | None:
    """Return the share of pairs with the same sign."""
    return float((np.sign(a) == np.sign(b)).mean()) if len(a) >= LEAST else None


def correlation(a: Values, b: Values) -> float | None:
    """Return Pearson's correlation, which is also that with the best affine fit."""
    if len(a) < LEAST or np.ptp(a) == 0.0 or np.ptp(b) == 0.0:
        return None
    a, b = a - a.mean(), b - b.mean()
    scale = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / scale if scale > 0.0 else None


def rank_correlation(a: Values, b: Values) -> float | None:
    """Return Spearman's correlation; equal values share their mean rank."""
    return correlation(ranks(a), ranks(b))


def ranks(values: Values) -> Values:
    """Return the rank of each value, from 1; equal values share their mean rank."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    return np.asarray((last - (count - 1) / 2.0)[place], dtype=float)


def affine(a: Values, b: Values) -> tuple[float, float] | None:
    """Return slope and offset of the line through b over a with the least squares."""
    if correlation(a, b) is None:
        return None
    middle = a - a.mean()
    slope = float(middle @ (b - b.mean()) / (middle @ middle))
    return slope, float(b.mean() - slope * a.mean())


def shuffled(measure: Measure, a: Values, b: Values) -> Null | None:
    """Return a measure with one side in random order."""
    random = np.random.default_rng(SEED)
    return _null([measure(a, random.permutation(b)) for _ in range(SHUFFLES)])


def shifted(measure: Measure, a: Values, b: Values) -> Null | None:
    """Return a measure with one side moved along the other, by every step round the circle."""
    steps = _steps(len(b))
    return _null([measure(a, np.roll(b, step)) for step in steps])


def rarer_than_shifts(a: Values, b: Values) -> float | None:
    """Return the share of shifts that correlate at least as strongly."""
    own = correlation(a, b)
    if own is None:
        return None
    others = [correlation(a, np.roll(b, step)) or 0.0 for step in _steps(len(b))]
    return float(np.mean([abs(other) >= abs(own) for other in others])) if others else None


def _steps(count: int) -> list[int]:
    """Return at most ``SHUFFLES`` different shifts."""
    stride = max(1, count // SHUFFLES)
    return list(range(1, count, stride))


def _null(found: list[float | None]) -> Null | None:
    values: Any = np.array([value for value in found if value is not None])
    if len(values) < LEAST:
        return None
    low, high = np.quantile(values, (0.025, 0.975))
    return Null(float(values.mean()), float(low), float(high))
