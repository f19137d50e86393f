"""Step 4: AMPA receptors follow the structural target, and are the committed weight.

Reads the target at both ends of the tick; moves receptors between endosome and PSD.
Exchange is slow at rest [luscher1999] and faster while plasticity is being expressed.
"""

from math import exp

from synapse.plasticity.mathematics import answer_to_bend, decay_and_mean, relax
from synapse.plasticity.records import Record

FACTORS = ("turnover_factor",)

TARGET_LIMIT = 0.95
"""Largest share of a synapse's receptors that its PSD can hold."""


def prepare_decay(k: Record, p: Record, dt: float) -> None:
    """Fill in the decay factor of receptor turnover."""
    k.turnover_factor = exp(-dt * p.turnover_rate)


def traffic(
    s: Record,
    p: Record,
    k: Record,
    target_start: float,
    bend: float,
    target_end: float,
    expression_rate: float,
    dt: float,
) -> None:
    """Move receptors towards the target; exact for a target that is a parabola in the tick.

    ``bend`` is the target in the middle of the tick less the mean of both ends.
    """
    total_start = s.total_ampa
    s.total_ampa = relax(total_start, p.baseline_ampa, k.turnover_factor)
    extra = p.expression_exchange_rate * expression_share(expression_rate, p)
    if p.exocytosis < 1.0 or p.endocytosis < 1.0:
        target = p.psd_fraction * 0.5 * (target_start + target_end)
        total = 0.5 * (total_start + s.total_ampa)
        psd = blocked_exchange(s.psd_ampa, p, target, total, extra, dt)
    else:
        first = p.psd_fraction * target_start * total_start
        last = p.psd_fraction * target_end * s.total_ampa
        middle = p.psd_fraction * bend * s.total_ampa
        psd = free_exchange(s.psd_ampa, p.exchange_rate + extra, first, middle, last, dt)
    s.psd_ampa = min(s.total_ampa, max(0.0, psd))


def free_exchange(
    psd: float, rate: float, first: float, bend: float, last: float, dt: float
) -> float:
    """Return receptors in the PSD after dt, for a goal that moves as a parabola."""
    factor, mean_factor = decay_and_mean(rate * dt)
    line = last - (last - first) * mean_factor + (psd - first) * factor
    return line + bend * answer_to_bend(rate * dt, factor)


def blocked_exchange(
    psd: float, p: Record, target: float, total: float, extra: float, dt: float
) -> float:
    """Return receptors in the PSD after dt while a drug blocks one or both directions.

    ``target`` is the share of ``total`` receptors that the PSD would hold without a drug.
    """
    inward, outward = p.exocytosis, p.endocytosis
    extra *= inward if target * total > psd else outward
    gain = (p.exchange_rate * inward + extra) * target * total
    loss = p.exchange_rate * (inward * target + outward * (1.0 - target)) + extra
    if loss <= 0.0:
        return psd
    return relax(psd, gain / loss, exp(-loss * dt))


def expression_share(expression_rate: float, p: Record) -> float:
    """Return how far expression speeds up the exchange, in [0, 1)."""
    return expression_rate / (expression_rate + p.expression_half_rate)


def target_weight(scaling: float, s: Record, p: Record) -> float:
    """Return the structural target H (h + z), at most what the PSD can hold; 0 without spine."""
    target = scaling * (s.early_weight + s.late_weight) * s.spine_present
    return min(TARGET_LIMIT / p.psd_fraction, max(0.0, target))


def committed_weight(s: Record, p: Record) -> float:
    """Return the measured weight, receptors in the PSD over those at rest."""
    return s.psd_ampa / (p.psd_fraction * p.baseline_ampa)
