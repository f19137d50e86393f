"""3. Rate alone: slow trains depress, fast trains potentiate."""

from collections.abc import Mapping

from synapse.plasticity.bounds import MINUTE
from synapse.plasticity.experiments.experiment import (
    Axis,
    Condition,
    Experiment,
    Published,
    Setup,
    change,
)
from synapse.plasticity.protocols.field import SLICE_BATH, low_frequency

AFTER = 25 * MINUTE
PUBLISHED_BATH = {"external_calcium": 2.5, "external_magnesium": 1.5}
"""mM, as in the slices of the experiment; the model was calibrated with 1 mM magnesium."""

SIGNS = ((1.0, -1.0), (3.0, -1.0), (10.0, 0.0), (50.0, 1.0))
"""Frequency (Hz) and direction of the lasting change."""


def _condition(frequency: float, sign: float, *, bath: Mapping[str, float]) -> Condition:
    protocol = low_frequency(frequency=frequency)
    fitted = bath is SLICE_BATH
    return Condition(
        label=f"{frequency:g} Hz",
        x=frequency,
        setup=Setup(events=protocol.events, bath=bath, end=protocol.duration + AFTER),
        read=change,
        published=Published(value=sign, rule="sign", grade="remembered"),
        origin="fitted" if fitted else "prediction",
    )


RATE_DEPENDENCE = Experiment(
    name="rate-dependence",
    number="3",
    title="Rate-induced LTD and LTP",
    question="Does the rate of 900 pulses to one pathway set the sign of the change?",
    references=("dudek1992",),
    preset="hippocampus",
    x=Axis(name="frequency of 900 pulses", unit="Hz"),
    y=Axis(name="change of weight", unit="%"),
    conditions=tuple(_condition(*row, bath=SLICE_BATH) for row in SIGNS),
    rule="Each frequency with the published direction; less than 5 % counts as none.",
    fitted="Detectors and cooperativity of the field electrode, to the published curve.",
    prediction="None: every frequency was used.",
    notes="Directions from memory. The bath has 1 mM magnesium, with which the model was "
    "calibrated; the next entry has the magnesium of the experiment.",
    logarithmic_x=True,
)

RATE_DEPENDENCE_BATH = Experiment(
    name="rate-dependence-magnesium",
    number="3b",
    title="Rate-induced LTD and LTP, magnesium as in the slices",
    question="Does the curve hold with the 1.5 mM magnesium of the experiment?",
    references=("dudek1992", "rodrigues2023"),
    preset="hippocampus",
    x=Axis(name="frequency of 900 pulses", unit="Hz"),
    y=Axis(name="change of weight", unit="%"),
    conditions=tuple(_condition(*row, bath=PUBLISHED_BATH) for row in SIGNS),
    rule="Each frequency with the published direction; less than 5 % counts as none.",
    fitted="Nothing: the model was calibrated with 1 mM magnesium throughout.",
    prediction="Every point.",
    notes="Directions from memory; the bath was read in a model of the same experiment.",
    logarithmic_x=True,
)

EXPERIMENTS = (RATE_DEPENDENCE, RATE_DEPENDENCE_BATH)
