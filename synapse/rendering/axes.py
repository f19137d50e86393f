"""Round numbers on an axis, and the unit a time axis is read in."""

import math

from synapse.plasticity.bounds import HOUR, MINUTE, SECOND

STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
TIME_STEPS = {
    "h": (0.25, 0.5, 1, 2, 4, 6, 12, 24),
    "min": (0.25, 0.5, 1, 2, 5, 10, 15, 20, 30),
    "s": (0.25, 0.5, 1, 2, 5, 10, 15, 20, 30),
}


def nice_step(span: float, count: int) -> float:
    """Return the round step that cuts ``span`` into at most ``count`` parts."""
    raw = span / count
    power = 10.0 ** math.floor(math.log10(raw))
    return next((s * power for s in STEPS if s * power >= raw * (1 - 1e-9)), 10 * power)


def ticks_between(low: float, high: float, step: float) -> list[float]:
    """Return the multiples of ``step`` from ``low`` to ``high``, both included."""
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [index * step for index in range(first, last + 1)]


def value_axis(low: float, high: float, count: int = 4) -> tuple[float, float, list[float]]:
    """Return the ends of an axis that holds ``low`` to ``high``, and its ticks."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return 0.0, 1.0, [0.0, 1.0]
    if high - low < 1e-12 * max(1.0, abs(high), abs(low)):
        low, high = min(low, 0.0), max(high, 0.0)
        high = high if high > low else 1.0
    step = nice_step(high - low, count)
    low, high = math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step
    return low, high, ticks_between(low, high, step)


def time_unit(duration: float) -> tuple[float, str]:
    """Return the size (ms) and name of the unit a run of ``duration`` ms is read in."""
    for size, name, least in (
        (24 * HOUR, "d", 4.0),
        (HOUR, "h", 2.0),
        (MINUTE, "min", 2.0),
        (SECOND, "s", 1.0),
    ):
        if duration >= least * size:
            return size, name
    return 1.0, "ms"


def time_ticks(duration: float, count: int) -> list[float]:
    """Return round times from 0 to ``duration``, in the unit of ``time_unit``."""
    size, name = time_unit(duration)
    span = duration / size
    if span <= 0:
        return [0.0]
    step = next((s for s in TIME_STEPS.get(name, ()) if span / s <= count), None)
    return ticks_between(0.0, span, step or nice_step(span, count))
