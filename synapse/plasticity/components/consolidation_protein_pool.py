"""Consolidation protein pool: plasticity-related proteins of one neuron."""

from synapse.plasticity.bounds import DIVISOR, FRACTION, GAIN, HOUR, TIME
from synapse.plasticity.quantity import Component, parameter, state

CONSOLIDATION_PROTEIN_POOL = Component(
    name="ConsolidationProteinPool",
    accessor="consolidation_protein_pool",
    title="Consolidation protein pool",
    step=6,
    shared=True,
    meaning="Plasticity-related proteins of one neuron.",
    quantities=(
        parameter(
            "potentiation_synthesis_threshold",
            "th_pro",
            "1",
            0.5,
            DIVISOR,
            typical=(0.3, 2.0),
            meaning="Summed potentiation that starts protein synthesis.",
            evidence="literature",
            source="0.5 h0 (2.10037 / 4.20075) in Luboeinski and Tetzlaff 2021.",
            reference="luboeinski2021",
        ),
        parameter(
            "depression_synthesis_threshold",
            "th_proD",
            "1",
            0.33,
            DIVISOR,
            typical=(0.28, 0.38),
            meaning="Summed depression that starts protein synthesis.",
            evidence="design",
            source=(
                "Chosen between weak and strong low-frequency stimulation for the depression "
                "experiment."
            ),
        ),
        parameter(
            "protein_synthesis",
            "alpha_p",
            "1",
            1.0,
            GAIN,
            typical=(0.0, 2.0),
            meaning="Protein level that full synthesis approaches; 0 is a synthesis inhibitor.",
            evidence="literature",
            source="1 in Luboeinski and Tetzlaff 2021; 0 is a synthesis inhibitor.",
            reference="luboeinski2021",
        ),
        parameter(
            "protein_decay_time",
            "tau_p",
            "ms",
            1 * HOUR,
            TIME,
            meaning="Time constant of plasticity-related proteins.",
            evidence="literature",
            source="3600 s in Luboeinski and Tetzlaff 2021.",
            reference="luboeinski2021",
            fixed=True,
        ),
        parameter(
            "dopamine_dependence",
            "g_da",
            "1",
            0.0,
            FRACTION,
            typical=(0.0, 1.0),
            meaning="Share of protein synthesis that needs dopamine.",
            evidence="design",
            source="Design choice after an idea of Lehr 2022. Not validated.",
            reference="lehr2022",
        ),
        state("plasticity_proteins", "p", "1", rest=0.0, meaning="Plasticity-related proteins."),
    ),
)
