"""Dopamine cleft: extracellular dopamine of one volume of tissue."""

from synapse.plasticity.bounds import DOPAMINE, TIME
from synapse.plasticity.quantity import Component, parameter, state

ACETYLCHOLINE = "acetylcholine"

DOPAMINE_CLEFT = Component(
    name="DopamineCleft",
    accessor="dopamine_cleft",
    title="Dopamine cleft",
    step=2,
    shared=True,
    meaning="Extracellular dopamine of one volume of tissue.",
    quantities=(
        parameter(
            "tonic_dopamine",
            "DA_tonic",
            "uM",
            0.02,
            DOPAMINE,
            typical=(0.0, 100.0),
            meaning="Dopamine in the bath, to which the cleft relaxes.",
            evidence="to verify",
            source="About 20 nM (from memory, to verify); 10 uM for a dopamine bath.",
        ),
        parameter(
            "dopamine_decay_time",
            "tau_DA",
            "ms",
            200.0,
            TIME,
            typical=(100.0, 500.0),
            meaning="Time constant of dopamine reuptake.",
            evidence="literature",
            source="200 ms, read in a secondary source.",
            reference="izhikevich2007",
        ),
        parameter(
            "tonic_acetylcholine",
            "ACh_tonic",
            "uM",
            0.0,
            DOPAMINE,
            typical=(0.0, 10.0),
            meaning="Acetylcholine in the bath, to which the same volume of tissue relaxes.",
            evidence="protocol",
            source="Set by the protocol: 0 in a slice.",
            process=ACETYLCHOLINE,
        ),
        parameter(
            "acetylcholine_decay_time",
            "tau_ACh",
            "ms",
            1000.0,
            TIME,
            typical=(100.0, 5000.0),
            meaning="Time constant with which acetylcholine is broken down and diffuses away.",
            evidence="design",
            source="Design choice: about a second.",
            process=ACETYLCHOLINE,
        ),
        state("dopamine", "DA", "uM", rest=0.02, meaning="Extracellular dopamine."),
        state(
            "acetylcholine",
            "ACh",
            "uM",
            rest=0.0,
            meaning="Extracellular acetylcholine of the same volume of tissue.",
            process=ACETYLCHOLINE,
        ),
    ),
)
