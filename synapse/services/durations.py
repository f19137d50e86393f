"""Simulated time as people write it: 500 ms, 1.5 s, 30min, 10h, 2d."""

import re

from synapse.plasticity.bounds import HOUR, MINUTE, SECOND

UNITS = {"ms": 1.0, "s": SECOND, "min": MINUTE, "h": HOUR, "d": 24 * HOUR}

_PATTERN = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*([a-z]*)\s*", re.IGNORECASE)


def parse_duration(text: str) -> float:
    """Return a duration in ms; a bare number is in ms.

    Raises ``ValueError`` that names what was given.
    """
    match = _PATTERN.fullmatch(text)
    if match is None or (match[2].lower() or "ms") not in UNITS:
        raise ValueError(
            f"a duration is a number and one of {', '.join(UNITS)}, such as 30min; got {text!r}"
        )
    return float(match[1]) * UNITS[match[2].lower() or "ms"]


def format_duration(ms: float) -> str:
    """Return a duration in the largest unit in which it is at least 1."""
    unit = max((u for u in UNITS if abs(ms) >= UNITS[u]), key=lambda u: UNITS[u], default="ms")
    return f"{ms / UNITS[unit]:.6g} {unit}"


STEPS = [
    *(n * SECOND for n in (1, 2, 5, 10, 30)),
    *(n * MINUTE for n in (1, 2, 5, 10, 15, 30)),
    *(n * HOUR for n in (1, 2, 6, 12, 24)),
]
LINES = 24


def readable_step(total: float) -> float:
    """Return a round interval (ms) that cuts ``total`` into a page of lines at most."""
    return next((step for step in STEPS if total <= LINES * step), total / LINES)
