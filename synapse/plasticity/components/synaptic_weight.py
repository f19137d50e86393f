"""Synaptic weight: the weight in its early, late and committed parts."""

from synapse.plasticity.quantity import Component, derived, state

SYNAPTIC_WEIGHT = Component(
    name="SynapticWeight",
    accessor="synaptic_weight",
    title="Synaptic weight",
    step=3,
    shared=False,
    meaning="The weight in its early, late and committed parts.",
    quantities=(
        state("early_weight", "h", "1", rest=1.0, meaning="Early-phase weight."),
        state("late_weight", "z", "1", rest=0.0, minimum=-1.0, meaning="Late-phase weight."),
        derived(
            "target_weight",
            "W",
            "1",
            rest=1.0,
            meaning="Structural target of the receptors in the PSD.",
        ),
        derived("weight", "w", "1", rest=1.0, meaning="Committed (measured) weight."),
    ),
)
