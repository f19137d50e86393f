"""Dopamine cleft: extracellular dopamine of one volume of tissue."""

from synapse.plasticity.bounds import DOPAMINE, TIME
from synapse.plasticity.quantity import Component, parameter, state

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
        state("dopamine", "DA", "uM", rest=0.02, meaning="Extracellular dopamine."),
    ),
)
