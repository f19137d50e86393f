"""Endosome AMPA pool: AMPA receptors outside the PSD."""

from synapse.plasticity.quantity import Component, derived, state

ENDOSOME_AMPA_POOL = Component(
    name="EndosomeAMPAPool",
    accessor="endosome_ampa_pool",
    title="Endosome AMPA pool",
    step=4,
    shared=False,
    meaning="AMPA receptors outside the PSD.",
    quantities=(
        state(
            "total_ampa",
            "N_tot",
            "count",
            rest=100.0,
            meaning="All AMPA receptors of the synapse, PSD and endosome.",
        ),
        derived(
            "endosome_ampa", "N_endo", "count", rest=80.0, meaning="AMPA receptors in the endosome."
        ),
    ),
)
