"""Spike-timing protocols: one pre and one post spike at a fixed interval."""

from synapse.plasticity.bounds import SECOND
from synapse.plasticity.stimulus import Protocol, train

CULTURE_BATH = {"external_calcium": 3.0, "external_magnesium": 1.0}
"""mM. Calcium as in the cultures of [bi1998]."""


def pairing(
    *,
    pairing_interval: float = 10.0,
    count: int = 60,
    period: float = SECOND,
    start: float = SECOND,
) -> Protocol:
    """Return pre-post pairings, ``pairing_interval`` = t_post - t_pre in ms [bi1998].

    60 pairings at 1 Hz by default; a single input, so no co-active afferents.
    """
    first_pre = start + max(0.0, -pairing_interval)
    events = [
        *train("pre", start=first_pre, interval=period, count=count),
        *train("post", start=first_pre + pairing_interval, interval=period, count=count),
    ]
    return Protocol(
        name="pairing",
        title=_title(count, period, pairing_interval),
        meaning="A presynaptic and a postsynaptic spike, again and again.",
        events=tuple(events),
        bath=CULTURE_BATH,
        duration=start + count * period,
    )


def single_pairing(*, pairing_interval: float = 10.0, start: float = 100.0) -> Protocol:
    """Return one pairing, ``start`` ms after the beginning."""
    return pairing(pairing_interval=pairing_interval, count=1, start=start)


def _title(count: int, period: float, pairing_interval: float) -> str:
    if count == 1:
        return f"one pairing, {pairing_interval:+g} ms"
    return f"{count} pairings at {SECOND / period:g} Hz, {pairing_interval:+g} ms"
