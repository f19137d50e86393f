"""Numbers, units, symbols and durations as a reader sees them."""

import math
from dataclasses import dataclass

from synapse.plasticity.bounds import HOUR, MINUTE, SECOND

MINUS = "\u2212"
THIN_SPACE = "\u202f"
SUPERSCRIPTS = str.maketrans(
    "-0123456789", "\u207b\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079"
)
SMALLEST_PLAIN = 1e-4
SMALLEST_COMPACT = 1e-3
NEGLIGIBLE = 1e-9
LARGEST_PLAIN = 1e9
GREEK = {
    "alpha": "α", "beta": "β", "chi": "χ", "eta": "η", "tau": "τ", "th": "θ", "lnH": "ln H",
    "kap": "κ",
}  # fmt: skip


def number_text(value: float | None, digits: int = 4) -> str:
    """Return ``value`` with ``digits`` significant figures, a true minus and thin thousands."""
    if value is None:
        return "none"
    if not math.isfinite(value):
        return "not a number" if math.isnan(value) else f"{MINUS if value < 0 else ''}infinite"
    if value == 0:
        return "0"
    size = abs(value)
    sign = MINUS if value < 0 else ""
    if size < SMALLEST_PLAIN or size >= LARGEST_PLAIN:
        return sign + _scientific(size, digits)
    decimals = max(0, digits - 1 - math.floor(math.log10(size)))
    plain = f"{round(size, decimals):,.{decimals}f}".replace(",", THIN_SPACE)
    return sign + (plain.rstrip("0").rstrip(".") if "." in plain else plain)


def _scientific(size: float, digits: int) -> str:
    """Return a positive number as mantissa times a power of ten."""
    mantissa, exponent = f"{size:.{max(0, digits - 2)}e}".split("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa} × 10{str(int(exponent)).translate(SUPERSCRIPTS)}"


def compact_text(value: float) -> str:
    """Return ``value`` in a few characters, for the boxes of the cascade."""
    if 0 < abs(value) < NEGLIGIBLE:
        return "≈ 0"
    if 0 < abs(value) < SMALLEST_COMPACT:
        return (MINUS if value < 0 else "") + _scientific(abs(value), 2)
    return number_text(value, 3)


def fixed_text(value: float, decimals: int = 2) -> str:
    """Return ``value`` with a fixed number of decimals and a true minus."""
    plain = f"{abs(value):,.{decimals}f}".replace(",", THIN_SPACE)
    zero = float(plain.replace(THIN_SPACE, "")) == 0
    return plain if zero or value >= 0 else MINUS + plain


def percent_change_text(before: float, after: float) -> str:
    """Return the change from ``before`` to ``after`` as a signed percentage."""
    if before == 0:
        return "no change" if after == 0 else "from zero"
    change = 100 * (after - before) / abs(before)
    if abs(change) < SMALLEST_PLAIN:
        return "0 %"
    size = abs(change)
    text = number_text(size, 2) if size < 1 else fixed_text(size, 0 if size >= 10 else 1)
    return f"{MINUS if change < 0 else '+'}{text} %"


def unit_text(unit: str) -> str:
    """Return a declared unit as it is printed; a dimensionless one is `1`."""
    return unit.replace("uM", "µM")


def unit_suffix(unit: str) -> str:
    """Return the unit after a value, nothing when it is dimensionless."""
    return "" if unit == "1" else unit_text(unit)


@dataclass(frozen=True, slots=True)
class Symbol:
    """A mathematical symbol: its letter and its subscript."""

    base: str
    sub: str = ""

    @property
    def plain(self) -> str:
        """The symbol on one line, for text that cannot hold a subscript."""
        return f"{self.base} {self.sub}".strip()


def symbol_of(declared: str) -> Symbol:
    """Return the declared symbol (`tau_Ca`) with Greek letter and subscript apart."""
    base, _, sub = declared.partition("_")
    return Symbol(GREEK.get(base, base), sub)


UNITS_OF_TIME = (
    (24 * HOUR, "d"),
    (HOUR, "h"),
    (MINUTE, "min"),
    (SECOND, "s"),
    (1.0, "ms"),
)


def rough_duration_text(milliseconds: float) -> str:
    """Return a simulated time in words, no finer than a reader of a chart can see."""
    step = MINUTE if milliseconds >= HOUR else SECOND if milliseconds >= MINUTE else 1.0
    return duration_text(round(milliseconds / step) * step)


def duration_text(milliseconds: float) -> str:
    """Return a simulated time in words: `10 h 1 min 0.5 s`."""
    if milliseconds == 0:
        return "0 s"
    if milliseconds < SECOND:
        return f"{number_text(milliseconds, 3)} ms"
    parts = []
    rest = milliseconds
    for size, unit in UNITS_OF_TIME[:3]:
        whole = math.floor(rest / size + 1e-12)
        if whole:
            parts.append(f"{whole} {unit}")
            rest -= whole * size
    seconds = round(max(0.0, rest) / SECOND, 3)
    if seconds > 0 or not parts:
        parts.append(f"{number_text(seconds, 5)} s")
    return " ".join(parts)
