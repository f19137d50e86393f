"""Small functions that several steps share. Safe for every value inside the hard bounds."""

from math import exp, expm1, log

EXPONENT_LIMIT = 700.0
"""Largest exponent handed to exp: e^700 is still a finite double."""

SMALL = 0.05
"""Below it a series is closer than the closed form, which cancels."""

SUM_GRID = 1.5 * 2.0**20
"""Adding and subtracting it rounds to a multiple of 2^-32, for magnitudes below 2^19."""


def hill(concentration: float, half_saturation: float, exponent: float) -> float:
    """Return c^n / (c^n + K^n), dimensionless, in [0, 1]."""
    if concentration <= 0.0:
        return 0.0
    ratio = half_saturation / concentration
    if ratio <= 0.0:  # too small for a double
        return 1.0
    return 1.0 / (1.0 + exp(min(EXPONENT_LIMIT, exponent * log(ratio))))


def occupancy(concentration: float, half_saturation: float) -> float:
    """Return c / (c + K), the share of receptors bound without cooperativity, in [0, 1]."""
    return concentration / (concentration + half_saturation)


def logistic(x: float) -> float:
    """Return 1 / (1 + exp(-x))."""
    return 1.0 / (1.0 + exp(min(EXPONENT_LIMIT, -x)))


def relax(value: float, goal: float, factor: float) -> float:
    """Return a variable that decays exactly towards a constant goal by ``factor``."""
    return goal + (value - goal) * factor


def decay_and_mean(x: float) -> tuple[float, float]:
    """Return exp(-x) and the mean of exp(-x t) over t in [0, 1], with one exponential."""
    if x <= 0.0:
        return 1.0, 1.0
    fallen = -expm1(-x)
    return 1.0 - fallen, fallen / x


def answer_to_bend(x: float, factor: float) -> float:
    """Return the mean of 4 t (1 - t) seen through exp(-x (1 - t)) x, for t in [0, 1].

    It is what a variable that relaxes with rate x gains from a unit parabola in its goal;
    ``factor`` is exp(-x).
    """
    if x < SMALL:
        return 4.0 * x * (1.0 / 6.0 - x / 12.0 + x * x / 40.0)
    first = (1.0 - factor * (1.0 + x)) / x
    return 4.0 * (first - (2.0 - factor * (x * x + 2.0 * x + 2.0)) / (x * x))


def peak_of_difference(decay_time: float, rise_time: float) -> float:
    """Return the peak of exp(-t/decay) - exp(-t/rise); the rise is the shorter time."""
    ratio = min(rise_time / decay_time, 1.0 - 1e-6)
    log_ratio = log(ratio)
    return exp(log_ratio * ratio / (1.0 - ratio)) - exp(log_ratio / (1.0 - ratio))


def on_grid(value: float) -> float:
    """Round to a grid fine enough to be harmless, so that sums are exact in any order."""
    return (value + SUM_GRID) - SUM_GRID
