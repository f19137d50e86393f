"""Distributions of parameters, drawn by a seed.

A draw is a pure function of the seed, the quantity's name and the number of the synapse
(or shared component): it depends neither on how many there are nor on other parameters.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from math import inf, isfinite, log, log1p, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synapse.plasticity.components import COMPONENTS
from synapse.plasticity.layout import DEFAULTS
from synapse.plasticity.normal import normal_probability, normal_quantile
from synapse.plasticity.quantity import Quantity

Floats = NDArray[np.float64]
Heterogeneity = Mapping[str, Any]
"""{quantity: number, or {"distribution": name, ...}}."""

QUANTITIES = {q.name: q for c in COMPONENTS for q in c}
WANTED = {
    "normal": {"mean", "sd", "cv"},
    "lognormal": {"mean", "sd", "cv"},
    "uniform": {"minimum", "maximum", "mean", "sd", "cv"},
}
"""What each distribution may be given."""
EQUAL = {"pool_exchange_interval"}
"""Must be the same for every neuron of a group."""
LARGEST_SEED = 2**63 - 1
CELL = 2.0**-53
"""A uniform draw is taken from the middle of its cell, so that it is never 0 or 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """How one parameter varies; ``low`` and ``high`` cut what lies beyond.

    ``centre`` and ``width`` are mean and standard deviation of the normal distribution,
    or of the logarithm under a lognormal one.
    """

    quantity: Quantity
    kind: str
    low: float
    high: float
    centre: float = 0.0
    width: float = 0.0

    def draw(self, count: int, *, seed: int, first: int = 0) -> Floats:
        """Return the values of places ``first`` to ``first + count - 1``."""
        if self.low == self.high:
            return np.full(count, self.low)
        p = uniforms(self.quantity.name, count, seed=seed, first=first)
        if self.kind == "uniform":
            values = self.low + p * (self.high - self.low)
        elif self.kind == "normal":
            values = self._normal(p, self.low, self.high)
        else:
            low = log(self.low) if self.low > 0.0 else -inf
            values = np.exp(self._normal(p, low, log(self.high)))
        return np.clip(values, self.low, self.high)

    def _normal(self, p: Floats, low: float, high: float) -> Floats:
        """Return draws from the normal distribution between two bounds, by its quantile."""
        below = normal_probability((low - self.centre) / self.width)
        within = normal_probability((high - self.centre) / self.width) - below
        tiny = np.finfo(np.float64)
        quantiles = np.clip(below + p * within, tiny.tiny, 1.0 - tiny.epsneg)
        return self.centre + self.width * normal_quantile(quantiles)


def uniforms(name: str, count: int, *, seed: int, first: int = 0) -> Floats:
    """Return uniform numbers in (0, 1), one a place, by seed and name (Philox)."""
    key = np.array([check_seed(seed), _stable_hash(name)], dtype=np.uint64)
    bits = np.random.Philox(key=key).advance(first // 4)
    skipped = first % 4
    numbers = np.random.Generator(bits).random(skipped + count)[skipped:]
    return numbers + CELL / 2.0


def check_seed(seed: int) -> int:
    """Return a seed that can be stored, or raise ``ValueError``."""
    if not 0 <= seed <= LARGEST_SEED:
        raise ValueError(f"seed must be 0 to {LARGEST_SEED}; got {seed}")
    return seed


def parse_heterogeneity(
    given: Heterogeneity, values: Mapping[str, float] | None = None
) -> dict[str, Distribution]:
    """Return the distributions by quantity.

    A mean that is not given is the value in ``values``, or else the declared default.

    Raises
    ------
    ValueError
        A name or a number that cannot be, with quantity, value, unit and bound.
    """
    if not isinstance(given, Mapping):
        raise ValueError(f"heterogeneity must be an object of quantities; got {given!r}")
    present = {**DEFAULTS, **(values or {})}
    return {name: _parse(name, what, present) for name, what in given.items()}


def _parse(name: str, given: Any, present: Mapping[str, float]) -> Distribution:
    quantity = _parameter(name)
    if not isinstance(given, Mapping):
        value = quantity.check(_number(name, given))
        return Distribution(quantity=quantity, kind="constant", low=value, high=value)
    kind = given.get("distribution")
    if kind not in WANTED:
        raise ValueError(f"{name}: distribution must be {' or '.join(WANTED)}; got {kind!r}")
    if name in EQUAL:
        raise ValueError(f"{name} must be equal for all neurons of a group; give one number")
    numbers = {key: value for key, value in given.items() if key != "distribution"}
    unknown = sorted(set(numbers) - WANTED[kind])
    if unknown:
        wanted = ", ".join(sorted(WANTED[kind]))
        raise ValueError(f"{name}: {kind} takes {wanted}; got {unknown[0]!r}")
    numbers = {key: _number(f"{name}: {key}", value) for key, value in numbers.items()}
    if kind == "uniform" and ("minimum" in numbers or "maximum" in numbers):
        return _between(quantity, numbers)
    return _around(quantity, kind, numbers, present[name])


def _between(quantity: Quantity, numbers: Mapping[str, float]) -> Distribution:
    """Return the uniform distribution between two given ends."""
    if set(numbers) != {"minimum", "maximum"}:
        raise ValueError(f"{quantity.name}: give minimum and maximum, or mean with sd or cv")
    low, high = quantity.check(numbers["minimum"]), quantity.check(numbers["maximum"])
    if low > high:
        raise ValueError(
            f"{quantity.name}: minimum must be at most maximum{_unit(quantity)}; "
            f"got {low:g} and {high:g}"
        )
    return Distribution(quantity=quantity, kind="uniform", low=low, high=high)


def _around(
    quantity: Quantity, kind: str, numbers: Mapping[str, float], present: float
) -> Distribution:
    """Return a distribution around a mean, cut at the hard bounds."""
    name, unit = quantity.name, _unit(quantity)
    mean = quantity.check(numbers.get("mean", present))
    if ("sd" in numbers) == ("cv" in numbers):
        raise ValueError(f"{name}: give either sd{unit} or cv (sd over mean)")
    spread = numbers["sd"] if "sd" in numbers else numbers["cv"] * abs(mean)
    if not 0.0 <= spread < inf:
        raise ValueError(f"{name}: sd must be at least 0{unit}; got {spread:g}{unit}")
    if kind == "lognormal" and mean <= 0.0:
        raise ValueError(f"{name}: the mean of a lognormal must be above 0; got {mean:g}{unit}")
    low = -inf if quantity.minimum is None else quantity.minimum
    high = inf if quantity.maximum is None else quantity.maximum
    if spread == 0.0:
        return Distribution(quantity=quantity, kind="constant", low=mean, high=mean)
    if kind == "uniform":
        half = sqrt(3.0) * spread
        ends = {"minimum": mean - half, "maximum": mean + half}
        return _between(quantity, ends)
    centre, width = mean, spread
    if kind == "lognormal":
        variance = log1p((spread / mean) ** 2)
        centre, width = log(mean) - variance / 2.0, sqrt(variance)
    return Distribution(
        quantity=quantity, kind=kind, low=low, high=high, centre=centre, width=width
    )


def _parameter(name: str) -> Quantity:
    quantity = QUANTITIES.get(name)
    if quantity is None:
        raise ValueError(f"there is no quantity named {name!r}")
    if quantity.role != "parameter":
        raise ValueError(f"{name} is computed by the simulation and cannot be set")
    if quantity.fixed:
        raise ValueError(f"{name} is fixed and cannot be changed")
    return quantity


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise ValueError(f"{name} must be a finite number; got {value!r}")
    return float(value)


def _unit(quantity: Quantity) -> str:
    return "" if quantity.unit == "1" else f" {quantity.unit}"


def _stable_hash(name: str) -> int:
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "little")
