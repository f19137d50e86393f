"""PSD AMPA pool: AMPA receptors in the postsynaptic density."""

from synapse.plasticity.quantity import Component, state

PSD_AMPA_POOL = Component(
    name="PSDAMPAPool",
    accessor="psd_ampa_pool",
    title="PSD AMPA pool",
    step=4,
    shared=False,
    meaning="AMPA receptors in the postsynaptic density.",
    quantities=(
        state("psd_ampa", "N_psd", "count", rest=20.0, meaning="AMPA receptors in the PSD."),
    ),
)
