"""Synaptic cleft: vesicle release and the glutamate it leaves behind."""

from synapse.plasticity.bounds import DIVISOR, DIVISOR_FRACTION, EXPONENT, RELEASE_SITES, TIME
from synapse.plasticity.quantity import Component, parameter, state

STOCHASTIC_RELEASE = "stochastic vesicle release"
LARGEST_KEY = 2.0**53 - 1.0
"""Largest whole number whose neighbours a double can tell apart."""

SYNAPTIC_CLEFT = Component(
    name="SynapticCleft",
    accessor="synaptic_cleft",
    title="Synaptic cleft",
    step=1,
    shared=False,
    meaning="Vesicle release and the glutamate it leaves behind.",
    quantities=(
        parameter(
            "release_probability",
            "U",
            "1",
            0.186,
            DIVISOR_FRACTION,
            typical=(0.05, 0.9),
            meaning=(
                "Probability that a vesicle is released by a lone spike at the reference calcium."
            ),
            evidence="fitted",
            source=(
                "Fitted between 0.15 and 0.5; Schaffer collateral release probabilities are 0.1"
                " to 0.4."
            ),
            reference="bionumbers111652",
        ),
        parameter(
            "recovery_time",
            "tau_rec",
            "ms",
            746.0,
            TIME,
            typical=(50.0, 1500.0),
            meaning="Time constant with which the releasable vesicle pool refills.",
            evidence="fitted",
            source=(
                "Fitted between 50 and 800 ms; depressing synapses 800 ms (from memory, to verify)."
            ),
        ),
        parameter(
            "facilitation_time",
            "tau_fac",
            "ms",
            29.3,
            TIME,
            typical=(1.0, 1500.0),
            meaning="Time constant with which utilisation left by a spike decays.",
            evidence="fitted",
            source=(
                "Fitted between 5 and 300 ms; facilitating synapses 530 to 1000 ms (from "
                "memory, to verify)."
            ),
        ),
        parameter(
            "release_exponent",
            "a_U",
            "1",
            3.62,
            EXPONENT,
            typical=(2.0, 4.0),
            meaning="Cooperativity of calcium in vesicle release.",
            evidence="fitted",
            source="Fitted between 2 and 4, the physiological range (from memory, to verify).",
            reference="dodge1967",
        ),
        parameter(
            "release_half_saturation",
            "K_U",
            "mM",
            1.64,
            DIVISOR,
            typical=(1.0, 3.0),
            meaning="External calcium at which release is half of its maximum.",
            evidence="fitted",
            source="Fitted between 1 and 3 mM.",
        ),
        parameter(
            "glutamate_gate_time",
            "tau_g",
            "ms",
            22.3,
            TIME,
            typical=(2.0, 60.0),
            meaning="Decay time of the glutamate gate of the depression detector.",
            evidence="fitted",
            source="Fitted between 2 and 60 ms.",
        ),
        parameter(
            "release_sites",
            "N_rel",
            "1",
            0.0,
            RELEASE_SITES,
            typical=(1.0, 10.0),
            meaning=(
                "Release sites that draw their vesicles at random (a fraction is cut off);"
                " 0 takes the expectation."
            ),
            evidence="design",
            source=(
                "0 is off. Sites that refill and release independently, as in the source; their"
                " number is a design choice."
            ),
            reference="mcdonnell2013",
            process=STOCHASTIC_RELEASE,
        ),
        state(
            "vesicle_fraction",
            "x",
            "1",
            rest=1.0,
            maximum=1.0,
            meaning="Releasable vesicle fraction.",
        ),
        state(
            "utilisation",
            "u",
            "1",
            rest=0.0,
            maximum=1.0,
            meaning="Utilisation left over from earlier spikes.",
        ),
        state(
            "released_fraction",
            "rel",
            "1",
            rest=0.0,
            maximum=1.0,
            meaning="Fraction released at the last spike.",
        ),
        state(
            "release_memory",
            "y",
            "1",
            rest=0.0,
            maximum=1.0,
            meaning="Probability that a quantum of the last spikes still acts.",
        ),
        state(
            "release_given",
            "a",
            "1",
            rest=0.0,
            maximum=1.0,
            meaning="Release memory at the last presynaptic spike, held until the next.",
        ),
        state(
            "glutamate_gate",
            "m",
            "1",
            rest=0.0,
            maximum=1.0,
            meaning="Glutamate gate of the depression detector (mGluR and presynaptic NMDAR).",
        ),
        state(
            "ready_fraction",
            "x_0",
            "1",
            rest=1.0,
            maximum=1.0,
            meaning="Fraction of the release sites that held a vesicle just after the last spike.",
            process=STOCHASTIC_RELEASE,
        ),
        state(
            "release_key",
            "key_rel",
            "1",
            rest=0.0,
            maximum=LARGEST_KEY,
            meaning="Key of the synapse's random numbers, drawn from the run's generator; 0: none.",
            process=STOCHASTIC_RELEASE,
        ),
        state(
            "release_events",
            "i_rel",
            "1",
            rest=0.0,
            maximum=LARGEST_KEY,
            meaning="Spikes for which vesicles were drawn so far.",
            process=STOCHASTIC_RELEASE,
        ),
    ),
)
