"""Seeded random numbers in integers of 64 bits, the same in plain and compiled code.

Two multiplicative generators, combined; period 2.3e18 [lecuyer1988].
"""

from typing import Any

MULTIPLIER_1, MODULUS_1 = 40014, 2147483563
MULTIPLIER_2, MODULUS_2 = 40692, 2147483399


def draw(s: Any) -> float:
    """Return a uniform number in (0, 1) and advance the generator."""
    s.random_1 = MULTIPLIER_1 * s.random_1 % MODULUS_1
    s.random_2 = MULTIPLIER_2 * s.random_2 % MODULUS_2
    difference = s.random_1 - s.random_2
    if difference < 1:
        difference += MODULUS_1 - 1
    uniform: float = difference / MODULUS_1
    return uniform
