"""Random numbers by counter: a pure function of a key and of what is counted.

Philox 4x32-10 [salmon2011]. There is no state to pass on, so a draw does not depend on the
order of synapses, on threads, or on where a run is cut. Written for whole numbers below
2^63, which plain Python and compiled code treat alike: the same bits in both.
"""

WORD = 2.0**32
"""A word divided by it is uniform in [0, 1)."""
MASK = 0xFFFFFFFF
HALF = 0xFFFF
ROUNDS = 10
MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
KEY_STEPS = (0x9E3779B9, 0xBB67AE85)

Words = tuple[int, int, int, int]


def random_words(key: int, event: int, block: int) -> Words:
    """Return four independent words of 32 bits for a key below 2^63, an event and a block."""
    return philox((event & MASK, event >> 32, block, 0), key & MASK, key >> 32)


def philox(counter: Words, key0: int, key1: int) -> Words:
    """Return the four words of one counter (four words) under a key of two words."""
    c0, c1, c2, c3 = counter
    for _ in range(ROUNDS):
        high0, low0 = multiply(MULTIPLIERS[0], c0)
        high1, low1 = multiply(MULTIPLIERS[1], c2)
        c0, c1, c2, c3 = high1 ^ c1 ^ key0, low1, high0 ^ c3 ^ key1, low0
        key0 = (key0 + KEY_STEPS[0]) & MASK
        key1 = (key1 + KEY_STEPS[1]) & MASK
    return c0, c1, c2, c3


def multiply(a: int, b: int) -> tuple[int, int]:
    """Return the high and the low word of a product of two words, without 64 bits at once."""
    upper = (a >> 16) * b
    middle = ((upper & HALF) << 16) + (a & HALF) * b
    return (upper >> 16) + (middle >> 32), middle & MASK
