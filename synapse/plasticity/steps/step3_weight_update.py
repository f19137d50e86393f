"""Step 3: detectors fill eligibility traces, and traces move the early-phase weight.

Reads the drives of step 1 and the PKA effect of step 2. The depression detector resets
the labile potentiation stage, a term of [rubin2005]; PKA gates potentiation and turns
the depression trace into potentiation, the sign of [brzosko2015].
"""

from math import exp, sqrt

from synapse.plasticity.mathematics import decay_and_mean, relax
from synapse.plasticity.records import Record

FACTORS = (
    "potentiation_trace_factor", "potentiation_trace_mean",
    "depression_trace_factor", "depression_trace_mean",
)  # fmt: skip


def prepare_decay(k: Record, p: Record, dt: float) -> None:
    """Fill in the decay factors of the eligibility traces and their means over the tick."""
    k.potentiation_trace_factor, k.potentiation_trace_mean = decay_and_mean(
        dt / p.potentiation_trace_time
    )
    k.depression_trace_factor, k.depression_trace_mean = decay_and_mean(
        dt / p.depression_trace_time
    )


def update_weight(
    s: Record,
    p: Record,
    k: Record,
    drives: tuple[float, float],
    pka: float,
    gates: tuple[float, float],
    dt: float,
) -> tuple[float, float]:
    """Advance labile stage, traces and early weight.

    Each of the three is the exact solution for inputs held at their means over the tick.
    ``pka`` is the effect of PKA, ``gates`` are factors of potentiation and depression.
    Returns the expression rate (1/ms) and the bend of the early weight: its value in the
    middle of the tick less the mean of both ends.
    """
    potentiation_drive, depression_drive = drives
    labile_mean = advance_labile_stage(s, p, potentiation_drive, depression_drive, dt)

    potentiation_mean = relax(s.potentiation_trace, labile_mean, k.potentiation_trace_mean)
    depression_mean = relax(s.depression_trace, depression_drive, k.depression_trace_mean)
    s.potentiation_trace = relax(s.potentiation_trace, labile_mean, k.potentiation_trace_factor)
    s.depression_trace = relax(s.depression_trace, depression_drive, k.depression_trace_factor)

    up = potentiation(potentiation_mean * gates[0], depression_mean, pka, p)
    down = depression(depression_mean * gates[1], pka, p)
    decay = 1.0 / p.early_weight_decay_time
    rate = up + down + decay
    goal = (up * p.early_weight_maximum + down * p.early_weight_minimum + decay) / rate
    factor = exp(-rate * dt)
    bend = -0.5 * (s.early_weight - goal) * (1.0 - sqrt(factor)) ** 2
    s.early_weight = relax(s.early_weight, goal, factor)
    return up + down, bend


def advance_labile_stage(
    s: Record, p: Record, potentiation_drive: float, depression_drive: float, dt: float
) -> float:
    """Advance the labile potentiation stage; return its mean over the tick."""
    rate = 1.0 / p.labile_potentiation_time + p.labile_reset_rate * depression_drive
    goal = potentiation_drive / (p.labile_potentiation_time * rate)
    factor, mean_factor = decay_and_mean(rate * dt)
    mean = relax(s.labile_potentiation, goal, mean_factor)
    s.labile_potentiation = relax(s.labile_potentiation, goal, factor)
    return mean


def potentiation(
    potentiation_trace: float, depression_trace: float, pka: float, p: Record
) -> float:
    """Return the rate at which the early weight rises to its maximum, 1/ms."""
    gain = p.potentiation_baseline_gain + p.potentiation_pka_gain * pka
    converted = p.trace_conversion_rate * pka * depression_trace
    return p.potentiation_rate * gain * potentiation_trace + converted


def depression(depression_trace: float, pka: float, p: Record) -> float:
    """Return the rate at which the early weight falls to its minimum, 1/ms."""
    return p.depression_rate * p.depression_baseline_gain * (1.0 - pka) * depression_trace
