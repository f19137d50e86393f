"""exp, expm1 and log without a branch or a call, so that eight of them run at once.

For compiled lanes, in place of the functions of ``math``. Cody and Waite's reduction
and a Taylor polynomial for the exponentials, the series of the error-free fdlibm logarithm
for log: within 2 units in the last place between -708 and 709, where exp is clipped.
"""

from struct import pack, unpack
from typing import Any

LOG2_E = 1.4426950408889634
LN2_HIGH = 6.93147180369123816490e-01
LN2_LOW = 1.90821492927058770002e-10
ROUND = 6755399441055744.0
"""1.5 times 2^52: adding it rounds to a whole number, which then stands in the low bits."""
ONE = 0x3FF0000000000000
ROOT_HALF = 0x3FE6A09E667F3BCD
"""Bits of 1 and of the square root of 1/2."""
EXPONENT = 52
WORD = 2**64 - 1
LOWEST, HIGHEST = -708.0, 709.0


def to_bits(x: float) -> int:
    """Return the bits of a double as a whole number; compiled code has its own way."""
    return int.from_bytes(pack("<d", x), "little", signed=True)


def from_bits(bits: int) -> float:
    """Return the double that has the last 64 of these bits; compiled code has its own way."""
    value: float = unpack("<d", (bits & WORD).to_bytes(8, "little"))[0]
    return value


def exp(x: float) -> float:
    """Return e^x."""
    x = min(HIGHEST, max(LOWEST, x))
    shifted = x * LOG2_E + ROUND
    tail = exp_tail(reduced(x, shifted - ROUND))
    return from_bits(to_bits(1.0 + tail) + (to_bits(shifted) << EXPONENT))


def expm1(x: float) -> float:
    """Return e^x - 1, also for small x."""
    x = min(HIGHEST, max(LOWEST, x))
    shifted = x * LOG2_E + ROUND
    tail = exp_tail(reduced(x, shifted - ROUND))
    power = from_bits(ONE + (to_bits(shifted) << EXPONENT))
    return power * tail + (power - 1.0)


def reduced(x: float, count: float) -> float:
    """Return x less so many times ln 2, at most half of it in size."""
    return (x - count * LN2_HIGH) - count * LN2_LOW


def exp_tail(r: float) -> float:
    """Return e^r - 1 for |r| up to 0.35."""
    p = r * (1.0 / 6227020800.0) + 1.0 / 479001600.0
    p = p * r + 1.0 / 39916800.0
    p = p * r + 1.0 / 3628800.0
    p = p * r + 1.0 / 362880.0
    p = p * r + 1.0 / 40320.0
    p = p * r + 1.0 / 5040.0
    p = p * r + 1.0 / 720.0
    p = p * r + 1.0 / 120.0
    p = p * r + 1.0 / 24.0
    p = p * r + 1.0 / 6.0
    p = p * r + 0.5
    return p * r * r + r


def log(x: float) -> float:
    """Return the natural logarithm of a positive x."""
    bits = to_bits(x)
    count = (bits - ROOT_HALF) >> EXPONENT
    f = from_bits(bits - (count << EXPONENT)) - 1.0
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    even = w * (0.3999999999940941908 + w * (0.2222219843214978396 + w * 0.1531383769920937332))
    odd = 0.2857142874366239149 + w * (0.1818357216161805012 + w * 0.1479819860511658591)
    series = even + z * (0.6666666666666735130 + w * odd)
    half = 0.5 * f * f
    power = float(count)
    return power * LN2_HIGH - ((half - (s * (half + series) + power * LN2_LOW)) - f)


TWINS: dict[str, Any] = {"exp": exp, "expm1": expm1, "log": log}
