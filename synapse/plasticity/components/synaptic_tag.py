"""Synaptic tag: local mark that lets a synapse capture proteins."""

from synapse.plasticity.bounds import DIVISOR, HOUR, TIME
from synapse.plasticity.quantity import Component, derived, parameter

SYNAPTIC_TAG = Component(
    name="SynapticTag",
    accessor="synaptic_tag",
    title="Synaptic tag",
    step=6,
    shared=False,
    meaning="Local mark that lets a synapse capture proteins.",
    quantities=(
        parameter(
            "tag_threshold",
            "th_tag",
            "1",
            0.2,
            DIVISOR,
            typical=(0.1, 0.5),
            meaning="Change of the early-phase weight that sets the tag.",
            evidence="literature",
            source="0.2 h0 (0.840149 / 4.20075) in Luboeinski and Tetzlaff 2021.",
            reference="luboeinski2021",
        ),
        parameter(
            "capture_time",
            "tau_z",
            "ms",
            1 * HOUR,
            TIME,
            meaning="Time constant of capture at a protein level of 1.",
            evidence="literature",
            source="3600 s in Luboeinski and Tetzlaff 2021.",
            reference="luboeinski2021",
            fixed=True,
        ),
        derived(
            "tag",
            "tag",
            "1",
            rest=0.0,
            minimum=-1.0,
            maximum=1.0,
            meaning="Tag: 1 for potentiation, -1 for depression, 0 for none.",
        ),
    ),
)
