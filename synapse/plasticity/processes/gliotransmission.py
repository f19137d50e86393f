"""Gliotransmission: D-serine gates NMDA receptors, adenosine depresses release.

The astrocyte releases both in proportion to its slow estimate of activity, and each fades
with a time constant of its own. D-serine is the co-agonist without which NMDA receptors do
not open [panatier2006] [henneberger2010]; released ATP becomes adenosine, which acts on
presynaptic A1 receptors [halassa2009]. Levels are relative to those at the target activity,
where neither changes anything. Off while dependence and inhibition are 0.
"""

from math import exp

from synapse.plasticity.mathematics import decay_and_mean, relax
from synapse.plasticity.records import Record

SCRATCH = ("coagonist",)


def transmit(astrocyte: Record, dt: float) -> None:
    """Advance both levels by dt in closed form; keep the co-agonist's effect in the tick.

    To be called before the activity itself moves.
    """
    astrocyte.coagonist = 1.0
    if astrocyte.d_serine_dependence > 0.0:
        advance_d_serine(astrocyte, dt)
    if astrocyte.adenosine_inhibition > 0.0:
        advance_adenosine(astrocyte, dt)


def advance_d_serine(astrocyte: Record, dt: float) -> None:
    """Advance D-serine; its effect in the tick is that of the mean of both ends."""
    start = astrocyte.d_serine
    release, time = astrocyte.d_serine_release, astrocyte.d_serine_time
    astrocyte.d_serine = follow_activity(start, release, time, astrocyte, dt)
    astrocyte.coagonist = coagonist_effect(0.5 * (start + astrocyte.d_serine), astrocyte)


def advance_adenosine(astrocyte: Record, dt: float) -> None:
    """Advance adenosine."""
    release, time = astrocyte.adenosine_release, astrocyte.adenosine_time
    astrocyte.adenosine = follow_activity(astrocyte.adenosine, release, time, astrocyte, dt)


def follow_activity(
    level: float, release: float, time: float, astrocyte: Record, dt: float
) -> float:
    """Return a level after dt that relaxes to release A/A_0 while A itself decays.

    Exact: two exponentials, written so that equal time constants are no exception.
    """
    goal = release * (astrocyte.background_activity / astrocyte.target_activity)
    excess = astrocyte.activity - astrocyte.background_activity
    own, drive = dt / time, dt / astrocyte.activity_time
    _, mean_factor = decay_and_mean(abs(own - drive))
    response = own * exp(-min(own, drive)) * mean_factor
    driven = release * (excess / astrocyte.target_activity) * response
    return max(0.0, relax(level, goal, exp(-own)) + driven)


def effects_now(astrocyte: Record) -> tuple[float, float]:
    """Return the factors of the utilisation and of the NMDA receptors at this instant."""
    coagonist = 1.0
    if astrocyte.d_serine_dependence > 0.0:
        coagonist = coagonist_effect(astrocyte.d_serine, astrocyte)
    return release_factor(astrocyte), coagonist


def coagonist_effect(d_serine: float, astrocyte: Record) -> float:
    """Return the factor of the NMDA receptors, 1 at the level of the target activity."""
    half = astrocyte.d_serine_half_saturation
    occupancy = d_serine * (1.0 + half) / (d_serine + half)
    return 1.0 - astrocyte.d_serine_dependence * (1.0 - occupancy)


def release_factor(astrocyte: Record) -> float:
    """Return the factor of the utilisation, 1 at the level of the target activity."""
    inhibition = astrocyte.adenosine_inhibition
    if inhibition <= 0.0:
        return 1.0
    half = astrocyte.adenosine_half_saturation
    occupied = astrocyte.adenosine / (astrocyte.adenosine + half)
    return (1.0 - inhibition * occupied) / (1.0 - inhibition / (1.0 + half))
