"""The components of a synapse, one file each, in the order of the six steps."""

from synapse.plasticity.components.ampa_trafficking_parameters import (
    AMPA_TRAFFICKING_PARAMETERS,
)
from synapse.plasticity.components.astrocyte_unit import ASTROCYTE_UNIT
from synapse.plasticity.components.consolidation_protein_pool import (
    CONSOLIDATION_PROTEIN_POOL,
)
from synapse.plasticity.components.dopamine_cleft import DOPAMINE_CLEFT
from synapse.plasticity.components.dopamine_receptor import DOPAMINE_RECEPTOR
from synapse.plasticity.components.endosome_ampa_pool import ENDOSOME_AMPA_POOL
from synapse.plasticity.components.modulatory_cascade import MODULATORY_CASCADE
from synapse.plasticity.components.neuron import NEURON
from synapse.plasticity.components.nmda_receptor import NMDA_RECEPTOR
from synapse.plasticity.components.postsynaptic_membrane import POSTSYNAPTIC_MEMBRANE
from synapse.plasticity.components.psd_ampa_pool import PSD_AMPA_POOL
from synapse.plasticity.components.spine_head import SPINE_HEAD
from synapse.plasticity.components.stdp_parameters import STDP_PARAMETERS
from synapse.plasticity.components.synaptic_cleft import SYNAPTIC_CLEFT
from synapse.plasticity.components.synaptic_tag import SYNAPTIC_TAG
from synapse.plasticity.components.synaptic_weight import SYNAPTIC_WEIGHT
from synapse.plasticity.quantity import Component, Quantity

__all__ = [
    "AMPA_TRAFFICKING_PARAMETERS",
    "ASTROCYTE_UNIT",
    "COMPONENTS",
    "CONSOLIDATION_PROTEIN_POOL",
    "Component",
    "DOPAMINE_CLEFT",
    "DOPAMINE_RECEPTOR",
    "ENDOSOME_AMPA_POOL",
    "MODULATORY_CASCADE",
    "NEURON",
    "NMDA_RECEPTOR",
    "POSTSYNAPTIC_MEMBRANE",
    "PSD_AMPA_POOL",
    "Quantity",
    "SPINE_HEAD",
    "STDP_PARAMETERS",
    "SYNAPTIC_CLEFT",
    "SYNAPTIC_TAG",
    "SYNAPTIC_WEIGHT",
]

COMPONENTS: tuple[Component, ...] = (
    SYNAPTIC_CLEFT,
    POSTSYNAPTIC_MEMBRANE,
    NMDA_RECEPTOR,
    SPINE_HEAD,
    DOPAMINE_CLEFT,
    DOPAMINE_RECEPTOR,
    MODULATORY_CASCADE,
    STDP_PARAMETERS,
    SYNAPTIC_WEIGHT,
    AMPA_TRAFFICKING_PARAMETERS,
    ENDOSOME_AMPA_POOL,
    PSD_AMPA_POOL,
    ASTROCYTE_UNIT,
    CONSOLIDATION_PROTEIN_POOL,
    SYNAPTIC_TAG,
    NEURON,
)
