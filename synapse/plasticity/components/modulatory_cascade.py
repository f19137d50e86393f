"""Modulatory cascade: cAMP and PKA behind the dopamine receptors."""

from synapse.plasticity.bounds import EXPONENT, GAIN, HALF_SATURATION, TIME
from synapse.plasticity.quantity import Component, parameter, state

MODULATORY_CASCADE = Component(
    name="ModulatoryCascade",
    accessor="modulatory_cascade",
    title="Modulatory cascade",
    step=2,
    shared=False,
    meaning="cAMP and PKA behind the dopamine receptors.",
    quantities=(
        parameter(
            "d2_gain",
            "g_2",
            "1",
            0.0,
            GAIN,
            typical=(0.0, 1.0),
            meaning="How strongly D2 opposes D1 in driving PKA.",
            evidence="design",
            source="0 is a D1-like cell; above 0 D2 opposes. Not validated.",
        ),
        parameter(
            "pka_time",
            "tau_M",
            "ms",
            250.0,
            TIME,
            typical=(100.0, 2000.0),
            meaning="Time constant of PKA activity.",
            evidence="design",
            source="Design choice: fast breakdown in thin dendrites (qualitative in the source).",
            reference="yagishita2014",
        ),
        parameter(
            "pka_half_saturation",
            "K_M",
            "1",
            0.25,
            HALF_SATURATION,
            typical=(0.05, 0.8),
            meaning="PKA activity at half effect on plasticity.",
            evidence="design",
            source="Design choice.",
        ),
        parameter(
            "pka_exponent",
            "n_M",
            "1",
            2.0,
            EXPONENT,
            typical=(1.0, 4.0),
            meaning="Cooperativity of the effect of PKA.",
            evidence="design",
            source="Design choice.",
        ),
        parameter(
            "calcium_sensitivity_gain",
            "beta_Ca",
            "1",
            0.1,
            GAIN,
            typical=(0.0, 1.0),
            meaning="Increase of NMDA calcium influx at full PKA activity.",
            evidence="design",
            source=(
                "Design choice: PKA raises the calcium permeability of NMDA receptors (from "
                "memory, to verify)."
            ),
            reference="skeberdis2006",
        ),
        state("pka_activity", "M", "1", rest=0.0, maximum=1.0, meaning="cAMP/PKA activity."),
    ),
)
