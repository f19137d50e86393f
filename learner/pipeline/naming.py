"""Names of features and labels, numbered in the order in which they are added."""

import math
import sys
from collections.abc import Hashable, Iterable
from typing import Any


def in_order(names: Iterable[Any]) -> list[Any]:
    """Return names sorted, so that the order inside a dict does not matter."""
    try:
        return sorted(names)
    except TypeError:
        return sorted(names, key=lambda name: (type(name).__name__, repr(name)))


def plain_label(label: Any) -> Any:
    """Return a label that can be a class; NumPy's scalars become Python's."""
    if hasattr(label, "item") and getattr(label, "shape", None) == ():
        label = label.item()
    if label is None or not isinstance(label, Hashable):
        raise ValueError(f"a label must be a value that can be compared; got {label!r}")
    if isinstance(label, float) and not math.isfinite(label):
        raise ValueError(f"a label must not be NaN or infinite; got {label!r}")
    return label


def plain_target(y: Any, largest: float) -> float:
    """Return a number to be predicted, finite and not too large to square."""
    try:
        number = float(y)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"the target must be a number; got {y!r}") from None
    if not abs(number) <= largest:
        raise ValueError(f"the target must be from {-largest:g} to {largest:g}; got {y!r}")
    return number


def plain_value(name: Any, value: Any) -> float:
    """Return a feature's value; None and NaN say that it is absent."""
    if value is None:
        return math.nan
    if isinstance(value, str):
        raise ValueError(f"feature {name!r} must be a number; got {value!r}")
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
    except (TypeError, ValueError):
        raise ValueError(f"feature {name!r} must be a number; got {value!r}") from None


def loaded(module: str, name: str) -> Any:
    """Return a name of a package that the caller has loaded, None if it has not."""
    return getattr(sys.modules.get(module), name, None)
