"""Stochastic vesicle release: sites refill and release one by one [mcdonnell2013].

Between spikes ``vesicle_fraction`` stays the expected share of sites that are ready, given
what was ready just after the last spike. At a spike each site is drawn: first whether an
empty one has refilled, then whether it releases, with the utilisation as probability. The
mean over draws is that of the deterministic equations. Off while ``release_sites`` is
below 1.
"""

from synapse.plasticity.chance import WORD, random_words
from synapse.plasticity.records import Record

ROUNDING = 1e-6
"""Of a site: a share k/N times N is k, whatever its last place."""


def is_stochastic(p: Record) -> bool:
    """Return whether vesicles are drawn."""
    return p.release_sites >= 1.0


def draw_release(s: Record, p: Record) -> None:
    """Draw the vesicles of one spike; set the fractions released and left."""
    sites = int(p.release_sites)
    known = int(min(s.ready_fraction, s.vesicle_fraction) * sites + ROUNDING)
    refill = refill_probability(s.vesicle_fraction, known, sites) * WORD
    release = s.utilisation * WORD
    key, event = int(s.release_key), int(s.release_events)
    ready = 0
    released = 0
    for block in range((sites + 1) // 2):
        words = random_words(key, event, block)
        for half in range(min(2, sites - 2 * block)):
            refilled, fused = (words[0], words[1]) if half == 0 else (words[2], words[3])
            if 2 * block + half < known or refilled < refill:
                ready += 1
                if fused < release:
                    released += 1
    s.release_events += 1.0
    s.released_fraction = released / sites
    s.ready_fraction = (ready - released) / sites
    s.vesicle_fraction = s.ready_fraction


def refill_probability(expected: float, known: int, sites: int) -> float:
    """Return the probability that a site has refilled which was empty after the last spike."""
    empty = 1.0 - known / sites
    if empty <= 0.0:
        return 0.0
    return min(1.0, max(0.0, (expected - known / sites) / empty))
