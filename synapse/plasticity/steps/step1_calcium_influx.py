"""Step 1: release, depolarisation and calcium influx drive the two detectors.

Reads the cleft, the membrane and the NMDA receptor; writes the spine head.
Short-term plasticity [tsodyks1997], magnesium block [jahr1990], calcium-based
plasticity with a back-propagating action potential [shouval2002]. The glutamate gate
of the depression detector follows [bender2006].
"""

from math import exp

from synapse.plasticity.mathematics import (
    EXPONENT_LIMIT,
    hill,
    logistic,
    peak_of_difference,
    relax,
)
from synapse.plasticity.processes.vesicle_release import draw_release, is_stochastic
from synapse.plasticity.records import Record

CONSTANTS = ("nmda_norm", "epsp_norm", "influx_gain", "vgcc_at_rest", "utilisation_step")
FACTORS = (
    "recovery_factor", "facilitation_factor", "release_memory_factor", "glutamate_gate_factor",
    "nmda_rise_factor", "epsp_decay_factor", "epsp_rise_factor", "calcium_factor",
    "potentiation_sensor_factor", "depression_sensor_factor",
    "nmda_decay_half", "nmda_rise_half", "epsp_decay_half", "epsp_rise_half",
    "glutamate_gate_half",
)  # fmt: skip
SCRATCH = ("bap_mid",)
NEURON_FACTORS = ("bap_fast_factor", "bap_slow_factor", "bap_fast_half", "bap_slow_half")

RELEASE_LIMIT = 0.95
"""Largest utilisation of one spike, whatever the bath calcium."""
NO_RELEASE = 1e-9
"""Below this probability that a quantum acts the gate given release is taken as 0."""


# --- prepared once, or once per length of tick -----------------------------------------


def prepare_constants(p: Record, n: Record) -> None:
    """Fill in what depends on parameters and bath only."""
    p.nmda_norm = 1.0 / peak_of_difference(p.nmda_decay_time, p.nmda_rise_time)
    p.epsp_norm = 1.0 / peak_of_difference(p.epsp_decay_time, p.epsp_rise_time)
    p.influx_gain = (n.external_calcium / n.reference_calcium) ** p.influx_exponent
    p.vgcc_at_rest = vgcc_activation(p.resting_potential, p)
    p.utilisation_step = min(
        RELEASE_LIMIT,
        p.release_probability
        * hill(n.external_calcium, p.release_half_saturation, p.release_exponent)
        / hill(n.reference_calcium, p.release_half_saturation, p.release_exponent),
    )


def prepare_decay(k: Record, p: Record, dt: float) -> None:
    """Fill in the decay factors of a tick of length dt."""
    k.recovery_factor = exp(-dt / p.recovery_time)
    k.facilitation_factor = exp(-dt / p.facilitation_time)
    k.release_memory_factor = exp(-dt / p.nmda_decay_time)
    k.glutamate_gate_factor = exp(-dt / p.glutamate_gate_time)
    k.nmda_rise_factor = exp(-dt / p.nmda_rise_time)
    k.epsp_decay_factor = exp(-dt / p.epsp_decay_time)
    k.epsp_rise_factor = exp(-dt / p.epsp_rise_time)
    k.calcium_factor = exp(-dt / p.calcium_decay_time)
    k.potentiation_sensor_factor = exp(-dt / p.potentiation_sensor_time)
    k.depression_sensor_factor = exp(-dt / p.depression_sensor_time)


def prepare_midpoint(k: Record, p: Record, dt: float) -> None:
    """Fill in the factors to the middle of the tick, which only an active tick needs."""
    half = dt / 2.0
    k.nmda_decay_half = exp(-half / p.nmda_decay_time)
    k.nmda_rise_half = exp(-half / p.nmda_rise_time)
    k.epsp_decay_half = exp(-half / p.epsp_decay_time)
    k.epsp_rise_half = exp(-half / p.epsp_rise_time)
    k.glutamate_gate_half = exp(-half / p.glutamate_gate_time)


def prepare_neuron(j: Record, n: Record, dt: float) -> None:
    """Fill in the factors of the back-propagating action potential."""
    j.bap_fast_factor = exp(-dt / n.bap_decay_time)
    j.bap_slow_factor = exp(-dt / n.bap_slow_decay_time)
    j.bap_fast_half = exp(-dt / 2.0 / n.bap_decay_time)
    j.bap_slow_half = exp(-dt / 2.0 / n.bap_slow_decay_time)


# --- events ----------------------------------------------------------------------------


def pre_spike(
    s: Record, p: Record, n: Record, cooperativity: float, weight: float, glia: tuple[float, float]
) -> float:
    """Release glutamate and open the EPSP; return the release relative to reference.

    ``cooperativity`` counts co-active afferents in units of this synapse's EPSP; only
    the own input scales with ``weight``. ``glia`` are factors of the utilisation and of
    the NMDA receptors, the presynaptic ones too.
    """
    step = min(RELEASE_LIMIT, p.utilisation_step * glia[0])
    s.utilisation = s.utilisation + step * (1.0 - s.utilisation)
    expected = s.utilisation * s.vesicle_fraction
    release_vesicles(s, p, expected, glia[1])
    relative_release = s.released_fraction / p.release_probability
    free_receptors = max(0.0, 1.0 - nmda_gate(s.nmda_decay, s.nmda_rise, p))
    opened = p.quantal_occupancy * s.released_fraction * free_receptors
    s.nmda_decay += opened
    s.nmda_rise += opened
    input_size = p.epsp_amplitude * (weight + cooperativity - 1.0) * relative_release
    if is_stochastic(p):  # the co-active afferents keep their mean
        others = (cooperativity - 1.0) * expected / p.release_probability
        input_size = p.epsp_amplitude * (weight * relative_release + others)
    voltage = membrane_potential(s.epsp_decay, s.epsp_rise, n.bap_fast + n.bap_slow, p)
    drive = max(
        0.0,
        (p.epsp_reversal_potential - voltage) / (p.epsp_reversal_potential - p.resting_potential),
    )
    epsp = input_size * drive
    s.epsp_decay += epsp
    s.epsp_rise += epsp
    return relative_release


def release_vesicles(s: Record, p: Record, expected: float, coagonist: float) -> None:
    """Release the expected fraction, or draw it; let the quanta act on the gates.

    A drawn failure changes no gate.
    """
    if is_stochastic(p):
        draw_release(s, p)
        if s.released_fraction == 0.0:
            return
    else:
        s.released_fraction = expected
        s.vesicle_fraction = s.vesicle_fraction - expected
    s.release_memory = 1.0 - (1.0 - s.release_memory) * (1.0 - s.released_fraction)
    s.release_given = s.release_memory
    s.glutamate_gate = min(1.0, p.nmda_conductance * coagonist)


def post_spike(n: Record) -> None:
    """Reset the fast and add to the slow back-propagating action potential."""
    n.bap_fast = n.bap_amplitude
    room = max(0.0, 1.0 - n.bap_slow / n.bap_slow_maximum)
    n.bap_slow = min(n.bap_slow_maximum, n.bap_slow + n.bap_slow_amplitude * room)


# --- the tick --------------------------------------------------------------------------


def backpropagate(n: Record, j: Record) -> None:
    """Advance the action potential; keep its value in the middle of the tick, mV."""
    n.bap_mid = n.bap_fast * j.bap_fast_half + n.bap_slow * j.bap_slow_half
    n.bap_fast *= j.bap_fast_factor
    n.bap_slow *= j.bap_slow_factor


def calcium_influx(
    s: Record, p: Record, k: Record, n: Record, coagonist: float
) -> tuple[float, float]:
    """Advance calcium and sensors of an active tick; return the drives (P, D).

    P and D, both in [0, 1], are the outputs of the potentiation and depression
    detectors at the means of the sensors over the tick. ``coagonist`` is a factor of the
    NMDA influx.
    """
    gate = nmda_gate(s.nmda_decay * k.nmda_decay_half, s.nmda_rise * k.nmda_rise_half, p)
    voltage = membrane_potential(
        s.epsp_decay * k.epsp_decay_half, s.epsp_rise * k.epsp_rise_half, n.bap_mid, p
    )
    sensitivity = calcium_sensitivity(s, p) * coagonist
    nmda_mean, vgcc_mean = advance_calcium(s, p, k, n, gate, voltage, sensitivity)
    fast_mean, slow_mean = advance_sensors(s, p, k, nmda_mean, vgcc_mean)

    raised = 1.0 + n.threshold_shift
    potentiation = hill(fast_mean, raised * p.potentiation_threshold, p.potentiation_exponent)
    depression = hill(slow_mean, raised * p.depression_threshold, p.depression_exponent)
    glutamate = s.glutamate_gate * k.glutamate_gate_half
    return (
        s.release_given * potentiation,
        s.release_given * glutamate * depression * (1.0 - p.potentiation_veto * potentiation),
    )


def advance_calcium(
    s: Record, p: Record, k: Record, n: Record, gate: float, voltage: float, sensitivity: float
) -> tuple[float, float]:
    """Advance both calcium pools; return their means over the tick, uM.

    The influx uses the gate given that a quantum acts; the detectors are multiplied by
    the probability that one does.
    """
    gate_given_release = 0.0
    if s.release_given >= NO_RELEASE:
        gate_given_release = min(1.0, gate / s.release_given)
    nmda_flux = nmda_influx(gate_given_release, voltage, p, n, sensitivity)
    vgcc_flux = vgcc_influx(voltage, p)
    nmda_end = relax(s.calcium_nmda, nmda_flux * p.calcium_decay_time, k.calcium_factor)
    vgcc_end = relax(s.calcium_vgcc, vgcc_flux * p.calcium_decay_time, k.calcium_factor)
    means = (0.5 * (s.calcium_nmda + nmda_end), 0.5 * (s.calcium_vgcc + vgcc_end))
    s.calcium_nmda = nmda_end
    s.calcium_vgcc = vgcc_end
    return means


def advance_sensors(
    s: Record, p: Record, k: Record, nmda_mean: float, vgcc_mean: float
) -> tuple[float, float]:
    """Advance the fast and the slow sensor; return their means over the tick, uM."""
    seen = nmda_mean + p.depression_vgcc_weight * vgcc_mean
    fast_end = relax(s.potentiation_sensor, nmda_mean, k.potentiation_sensor_factor)
    slow_end = relax(s.depression_sensor, seen, k.depression_sensor_factor)
    means = (0.5 * (s.potentiation_sensor + fast_end), 0.5 * (s.depression_sensor + slow_end))
    s.potentiation_sensor = fast_end
    s.depression_sensor = slow_end
    return means


def calcium_decay(s: Record, k: Record) -> None:
    """Advance calcium and sensors of a quiescent tick: no influx, no detectors."""
    s.calcium_nmda *= k.calcium_factor
    s.calcium_vgcc *= k.calcium_factor
    s.potentiation_sensor *= k.potentiation_sensor_factor
    s.depression_sensor *= k.depression_sensor_factor


def release_and_gates_decay(s: Record, k: Record) -> None:
    """Refill vesicles; let utilisation, gates and EPSP decay to the end of the tick."""
    s.vesicle_fraction = min(1.0, relax(s.vesicle_fraction, 1.0, k.recovery_factor))
    s.utilisation *= k.facilitation_factor
    s.release_memory *= k.release_memory_factor
    s.glutamate_gate *= k.glutamate_gate_factor
    s.nmda_decay *= k.release_memory_factor
    s.nmda_rise *= k.nmda_rise_factor
    s.epsp_decay *= k.epsp_decay_factor
    s.epsp_rise *= k.epsp_rise_factor


# --- the parts of the equations --------------------------------------------------------


def nmda_gate(decay_part: float, rise_part: float, p: Record) -> float:
    """Return the open fraction of the NMDA gate."""
    return max(0.0, p.nmda_norm * (decay_part - rise_part))


def membrane_potential(epsp_decay: float, epsp_rise: float, bap: float, p: Record) -> float:
    """Return the potential of the spine, mV."""
    return p.resting_potential + p.epsp_norm * (epsp_decay - epsp_rise) + bap


def magnesium_block(voltage: float, p: Record, n: Record) -> float:
    """Return the fraction of NMDA receptors that magnesium leaves open [jahr1990]."""
    return 1.0 / (
        1.0
        + n.external_magnesium
        / p.magnesium_block_concentration
        * exp(min(EXPONENT_LIMIT, -p.magnesium_block_slope * voltage))
    )


def vgcc_activation(voltage: float, p: Record) -> float:
    """Return the squared activation of the voltage-gated channels."""
    gate = logistic((voltage - p.vgcc_half_activation) / p.vgcc_activation_slope)
    return gate * gate


def driving_force(voltage: float, p: Record) -> float:
    """Return the calcium driving force, 1 at rest; never outward."""
    return max(
        0.0,
        (p.calcium_reversal_potential - voltage)
        / (p.calcium_reversal_potential - p.resting_potential),
    )


def nmda_influx(gate: float, voltage: float, p: Record, n: Record, sensitivity: float) -> float:
    """Return the calcium flux through NMDA receptors, uM/ms."""
    open_fraction = p.nmda_conductance * gate * magnesium_block(voltage, p, n)
    driven = driving_force(voltage, p) * p.influx_gain
    return p.nmda_influx_rate * open_fraction * driven * sensitivity


def vgcc_influx(voltage: float, p: Record) -> float:
    """Return the calcium flux through voltage-gated channels, uM/ms."""
    opened = max(0.0, vgcc_activation(voltage, p) - p.vgcc_at_rest)
    return p.vgcc_influx_rate * opened * driving_force(voltage, p) * p.influx_gain


def calcium_sensitivity(s: Record, p: Record) -> float:
    """Return the factor by which PKA multiplies the NMDA influx, at least 1."""
    return 1.0 + p.calcium_sensitivity_gain * s.pka_activity


def total_calcium(s: Record, p: Record) -> float:
    """Return free calcium of the spine with its level at rest, uM."""
    return p.resting_calcium + s.calcium_nmda + s.calcium_vgcc
