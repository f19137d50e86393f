"""Times as they are typed and shown in the fields of an item, without loss."""

import math
import re

from synapse.services.durations import UNITS, parse_duration

LARGEST = 10**300
SHORTEST_HERTZ, LONGEST_HERTZ = 0.1, 1e5
"""Intervals, ms, that may be shown as a frequency."""
_HERTZ = re.compile(r"\s*(\d+\.?\d*|\.\d+)\s*hz\s*", re.IGNORECASE)


def read_time(text: str) -> float:
    """Return a time in ms from `1.5 s`, or an interval from `30 Hz`; a bare number is in ms."""
    text = text.replace("\u2212", "-").replace("\u202f", "")
    hertz = _HERTZ.fullmatch(text)
    if hertz and float(hertz[1]) > 0:
        return 1000.0 / float(hertz[1])
    return parse_duration(text)


def time_text(ms: float) -> str:
    """Return the shortest text from which ``read_time`` gives exactly ``ms``."""
    for unit in ("d", "h", "min", "s", "ms"):
        text = f"{round(ms / UNITS[unit], 3):.12g} {unit}"
        if (abs(ms) >= UNITS[unit] or unit == "ms") and read_time(text) == ms:
            return text
    if SHORTEST_HERTZ <= ms <= LONGEST_HERTZ:
        text = f"{round(1000.0 / ms, 3):.12g} Hz"
        if read_time(text) == ms:
            return text
    return f"{ms!r} ms"


def is_number(value: object) -> bool:
    """Say whether a value from outside is a finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) < LARGEST if isinstance(value, int) else math.isfinite(value)
