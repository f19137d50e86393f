"""The calibration: what is free, within which bounds, against what, and how well it fits.

A parameter set is judged by its residuals over the held-in experiments: the distance in
standard errors where one is published, and how far a result is on the wrong side of its
rule elsewhere. Held-out experiments take no part and are reported beside them.
"""

from collections.abc import Iterable, Mapping
from math import log, sqrt

import numpy as np
from numpy.typing import NDArray

from synapse.plasticity.experiments import EXPERIMENTS
from synapse.plasticity.experiments.experiment import SIGN_BAND, Experiment, Published, Result
from synapse.plasticity.experiments.running import run_all
from synapse.plasticity.layout import DEFAULTS
from synapse.plasticity.parameter_sets import preset_values

Vector = NDArray[np.float64]
CORTEX = "neocortex-l5"
CORTICAL = f"{CORTEX}:"
"""Prefix of the free parameters in which the cortical preset differs."""

FREE: Mapping[str, tuple[float, float]] = {
    "release_probability": (0.1, 0.5),
    "recovery_time": (50.0, 800.0),
    "facilitation_time": (5.0, 300.0),
    "release_exponent": (2.0, 4.0),
    "release_half_saturation": (1.0, 3.0),
    "glutamate_gate_time": (2.0, 60.0),
    "field_cooperativity": (1.0, 6.0),
    "epsp_amplitude": (3.0, 16.0),
    "epsp_decay_time": (10.0, 35.0),
    "bap_amplitude": (40.0, 100.0),
    "bap_decay_time": (1.0, 4.5),
    "bap_slow_amplitude": (3.0, 30.0),
    "bap_slow_decay_time": (10.0, 45.0),
    "nmda_decay_time": (30.0, 90.0),
    "quantal_occupancy": (0.25, 0.95),
    "influx_exponent": (0.7, 1.3),
    "nmda_influx_rate": (0.3, 5.0),
    "vgcc_influx_rate": (0.05, 5.0),
    "vgcc_half_activation": (-45.0, -5.0),
    "depression_vgcc_weight": (0.1, 6.0),
    "potentiation_sensor_time": (2.0, 20.0),
    "potentiation_threshold": (0.3, 12.0),
    "potentiation_exponent": (2.0, 9.0),
    "depression_sensor_time": (3.0, 100.0),
    "depression_threshold": (0.1, 6.0),
    "depression_exponent": (2.0, 9.0),
    "potentiation_veto": (0.01, 1.0),
    "labile_potentiation_time": (3.0, 100.0),
    "labile_reset_rate": (0.02, 20.0),
    "potentiation_rate": (0.005, 3.0),
    "depression_rate": (1e-4, 0.05),
    "early_weight_maximum": (1.4, 3.0),
    f"{CORTICAL}epsp_amplitude": (2.0, 16.0),
    f"{CORTICAL}bap_slow_amplitude": (3.0, 30.0),
    f"{CORTICAL}release_probability": (0.3, 0.6),
}
"""Search range of each free parameter, in the unit of its declaration."""

HELD_IN = (
    "stdp-window",
    "pairing-frequency",
    "rate-dependence",
    "triplets",
    "postsynaptic-spikes",
    "calcium-and-frequency",
    "external-calcium",
    "late-ltp",
    "spine-calcium",
    "controls",
)
"""Experiments that the calibration sees; all others are held out."""

LARGE = 20.0
"""Residual of a result that is not a number."""
SCALE = 2.0
"""Residual from which a misfit counts linearly and no longer quadratically."""
SIGN_MARGIN, SIGN_SCALE = 4.0, 4.0
"""Per cent: how far a direction should pass the band, and what counts as one residual."""


def held_in() -> list[Experiment]:
    """Return the experiments that the calibration sees."""
    return [e for e in EXPERIMENTS if e.name in HELD_IN]


def start_values() -> dict[str, float]:
    """Return the present value of every free parameter."""
    present = {**DEFAULTS, **{CORTICAL + k: v for k, v in preset_values(CORTEX).items()}}
    return {name: present[name] for name in FREE}


def encode(values: Mapping[str, float]) -> Vector:
    """Return free values as numbers from 0 to 1: logarithmic where the range is positive."""
    coded = []
    for name, (low, high) in FREE.items():
        value = min(high, max(low, values[name]))
        straight = (value - low) / (high - low)
        coded.append(straight if low <= 0.0 else log(value / low) / log(high / low))
    return np.array(coded)


def decode(coded: Iterable[float]) -> dict[str, float]:
    """Return the free values that ``encode`` coded."""
    values = {}
    for (name, (low, high)), x in zip(FREE.items(), coded, strict=True):
        place = min(1.0, max(0.0, float(x)))
        ratio = high / low if low > 0.0 else 1.0
        values[name] = low * ratio**place if low > 0.0 else low + place * (high - low)
    return values


def values_of_preset(values: Mapping[str, float], preset: str) -> dict[str, float]:
    """Return a preset's values with the free ones in place."""
    shared = {name: value for name, value in values.items() if ":" not in name}
    own = dict(preset_values(preset))
    if preset == CORTEX:
        own |= {n.removeprefix(CORTICAL): v for n, v in values.items() if n.startswith(CORTICAL)}
    return {**shared, **own}


def evaluate(
    values: Mapping[str, float], experiments: Iterable[Experiment], *, workers: int | None = None
) -> dict[str, list[Result]]:
    """Run experiments with free values in place."""
    return run_all(
        experiments,
        values_of=lambda preset: values_of_preset(values, preset),
        workers=workers,
    )


def residual(published: Published, got: float) -> float:
    """Return how badly one result misses its published number, 1 = one standard error."""
    if not np.isfinite(got):
        return LARGE
    distance = published.distance(got)
    if distance is not None:
        return distance
    if published.rule == "sign":
        return _sign_residual(published.value, got)
    if published.rule == "range":
        low = got if published.low is None else published.low
        high = got if published.high is None else published.high
        width = max(abs(low), abs(high), SIGN_BAND) if np.isfinite(high) else max(low, SIGN_BAND)
        return (min(0.0, got - low) + max(0.0, got - high)) / (0.3 * width)
    return (got - published.value) / max(published.error or 0.0, 1e-3) / 2.0


def _sign_residual(sign: float, got: float) -> float:
    if sign == 0.0:
        return float(np.sign(got)) * max(0.0, abs(got) - SIGN_BAND + 1.0) / SIGN_SCALE
    return sign * min(0.0, sign * got - SIGN_BAND - SIGN_MARGIN) / SIGN_SCALE


def residuals(results: Mapping[str, list[Result]]) -> Vector:
    """Return the residuals of all conditions, in order."""
    return np.array([residual(r.condition.published, r.got) for rs in results.values() for r in rs])


def cost(vector: Vector) -> float:
    """Return the cost of residuals: squares that turn linear (soft L1) above ``SCALE``."""
    return float(sum(2.0 * SCALE**2 * (sqrt(1.0 + (x / SCALE) ** 2) - 1.0) for x in vector))
