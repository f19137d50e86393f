"""AMPA trafficking: exchange of AMPA receptors between endosome and PSD."""

from synapse.plasticity.bounds import (
    COUNT,
    DIVISOR_FRACTION,
    DIVISOR_RATE,
    FRACTION,
    HOUR,
    MINUTE,
    RATE,
    SECOND,
)
from synapse.plasticity.quantity import Component, parameter

AMPA_TRAFFICKING_PARAMETERS = Component(
    name="AMPATraffickingParameters",
    accessor="ampa_trafficking_parameters",
    title="AMPA trafficking",
    step=4,
    shared=False,
    meaning="Exchange of AMPA receptors between endosome and PSD.",
    quantities=(
        parameter(
            "baseline_ampa",
            "N_0",
            "count",
            100.0,
            COUNT,
            typical=(20.0, 500.0),
            meaning="AMPA receptors of the synapse, PSD and endosome, at rest.",
            evidence="design",
            source=(
                "Design choice; about 100 receptors (from memory, to verify), 120 in the code "
                "of Rodrigues 2023."
            ),
            reference="rodrigues2023",
        ),
        parameter(
            "psd_fraction",
            "f_0",
            "1",
            0.2,
            DIVISOR_FRACTION,
            typical=(0.1, 0.4),
            meaning="Share of the receptors that sits in the PSD at rest.",
            evidence="design",
            source="Design choice; the target weight is capped at 0.95 / psd_fraction.",
        ),
        parameter(
            "exchange_rate",
            "k_0",
            "1/ms",
            1 / (60 * MINUTE),
            DIVISOR_RATE,
            typical=(1 / (120 * MINUTE), 1 / (30 * MINUTE)),
            meaning="Constitutive exchange rate between endosome and PSD.",
            evidence="design",
            source=(
                "Design choice: run-down and run-up take tens of minutes in Luscher 1999 (from "
                "memory, to verify)."
            ),
            reference="luscher1999",
        ),
        parameter(
            "expression_exchange_rate",
            "k_1",
            "1/ms",
            1 / (150 * SECOND),
            RATE,
            typical=(1 / (600 * SECOND), 1 / (60 * SECOND)),
            meaning="Extra exchange rate while plasticity is being expressed.",
            evidence="design",
            source="Design choice: potentiation is expressed within minutes.",
        ),
        parameter(
            "expression_half_rate",
            "K_e",
            "1/ms",
            2e-08,
            DIVISOR_RATE,
            typical=(0.0, None),
            meaning="Rate of weight change at half of the extra exchange.",
            evidence="design",
            source="Design choice: the rate of weight change at half acceleration.",
        ),
        parameter(
            "turnover_rate",
            "k_deg",
            "1/ms",
            1 / (43 * HOUR),
            RATE,
            typical=(0.0, 1 / (20 * HOUR)),
            meaning="Synthesis and degradation rate of receptors.",
            evidence="design",
            source=(
                "Design choice: half-life of about 30 h (from memory, to verify); 0 conserves "
                "receptors exactly."
            ),
        ),
        parameter(
            "exocytosis",
            "exo",
            "1",
            1.0,
            FRACTION,
            typical=(0.0, 1.0),
            meaning="Fraction of exocytosis left by a drug.",
            evidence="protocol",
            source="Switch of pharmacology.",
        ),
        parameter(
            "endocytosis",
            "endo",
            "1",
            1.0,
            FRACTION,
            typical=(0.0, 1.0),
            meaning="Fraction of endocytosis left by a drug.",
            evidence="protocol",
            source="Switch of pharmacology.",
        ),
    ),
)
