"""Step 2: dopamine occupies its receptors, and PKA follows.

Reads the dopamine cleft and receptor; writes the modulatory cascade.
"""

from math import exp

from synapse.plasticity.mathematics import hill, occupancy, relax
from synapse.plasticity.records import Record

CONSTANTS = ("d1_free_at_reference", "d2_at_reference", "pka_at_tonic")
FACTORS = ("pka_factor",)
SCRATCH = ("dopamine_mid",)
CLEFT_FACTORS = ("dopamine_factor", "dopamine_half")


def prepare_constants(p: Record, cleft: Record) -> None:
    """Fill in the occupancies at the reference level and PKA at the tonic level."""
    p.d1_free_at_reference = d1_free(p.reference_dopamine, p)
    p.d2_at_reference = d2_occupancy(p.reference_dopamine, p)
    p.pka_at_tonic = pka_drive(cleft.tonic_dopamine, p)


def prepare_decay(k: Record, p: Record, dt: float) -> None:
    """Fill in the decay factor of PKA."""
    k.pka_factor = exp(-dt / p.pka_time)


def prepare_cleft(j: Record, cleft: Record, dt: float) -> None:
    """Fill in the decay factors of dopamine."""
    j.dopamine_factor = exp(-dt / cleft.dopamine_decay_time)
    j.dopamine_half = exp(-dt / 2.0 / cleft.dopamine_decay_time)


def dopamine_pulse(cleft: Record, amount: float) -> None:
    """Add a pulse of dopamine, uM."""
    cleft.dopamine += amount


def diffuse(cleft: Record, j: Record) -> None:
    """Advance dopamine; keep its value in the middle of the tick, uM."""
    cleft.dopamine_mid = relax(cleft.dopamine, cleft.tonic_dopamine, j.dopamine_half)
    cleft.dopamine = relax(cleft.dopamine, cleft.tonic_dopamine, j.dopamine_factor)


def modulate(s: Record, p: Record, k: Record, cleft: Record) -> float:
    """Advance PKA; return its effect on plasticity q, in [0, 1], at the mean of the tick."""
    drive = p.pka_at_tonic
    if cleft.dopamine_mid != cleft.tonic_dopamine:
        drive = pka_drive(cleft.dopamine_mid, p)
    end = relax(s.pka_activity, drive, k.pka_factor)
    effect = pka_effect(0.5 * (s.pka_activity + end), p)
    s.pka_activity = end
    return effect


def d1_occupancy(dopamine: float, p: Record) -> float:
    """Return the occupancy of the D1 receptors."""
    return hill(dopamine, p.d1_half_saturation, p.d1_exponent)


def d1_free(dopamine: float, p: Record) -> float:
    """Return the fraction of D1 receptors that is free, 1 - R1, without cancellation."""
    if dopamine <= 0.0:
        return 1.0
    return hill(p.d1_half_saturation, dopamine, p.d1_exponent)


def d2_occupancy(dopamine: float, p: Record) -> float:
    """Return the occupancy of the D2 receptors (no cooperativity)."""
    return occupancy(dopamine, p.d2_half_saturation)


def pka_drive(dopamine: float, p: Record) -> float:
    """Return the level that PKA approaches, in [0, 1]; 0 at the reference dopamine.

    The D1 term (R1 - R1ref) / (1 - R1ref) is written with the free receptors, which
    never vanish.
    """
    d1 = 1.0 - d1_free(dopamine, p) / p.d1_free_at_reference
    d2 = d2_occupancy(dopamine, p) - p.d2_at_reference
    return min(1.0, max(0.0, d1 - p.d2_gain * d2))


def pka_effect(pka: float, p: Record) -> float:
    """Return the effect of PKA on plasticity."""
    return hill(pka, p.pka_half_saturation, p.pka_exponent)
