"""The tables: one model per component, and the synapse, preset and run they serve."""

from synapse.models.ampa_trafficking_parameters import AMPATraffickingParameters
from synapse.models.astrocyte_unit import AstrocyteUnit
from synapse.models.consolidation_protein_pool import ConsolidationProteinPool
from synapse.models.dopamine_cleft import DopamineCleft
from synapse.models.dopamine_receptor import DopamineReceptor
from synapse.models.endosome_ampa_pool import EndosomeAMPAPool
from synapse.models.laboratory import (
    ApiToken,
    Intervention,
    SavedProtocol,
    Sweep,
    ValueChange,
)
from synapse.models.modulatory_cascade import ModulatoryCascade
from synapse.models.neuron import Neuron
from synapse.models.nmda_receptor import NMDAReceptor
from synapse.models.ownership import Visibility
from synapse.models.population import Population, PopulationRun
from synapse.models.postsynaptic_membrane import PostsynapticMembrane
from synapse.models.preset import Preset
from synapse.models.psd_ampa_pool import PSDAMPAPool
from synapse.models.run import BackEnd, Run, RunStatus
from synapse.models.spine_head import SpineHead
from synapse.models.stdp_parameters import STDPParameters
from synapse.models.synapse import Synapse
from synapse.models.synaptic_cleft import SynapticCleft
from synapse.models.synaptic_tag import SynapticTag
from synapse.models.synaptic_weight import SynapticWeight

__all__ = [
    "AMPATraffickingParameters",
    "ApiToken",
    "AstrocyteUnit",
    "BackEnd",
    "ConsolidationProteinPool",
    "DopamineCleft",
    "DopamineReceptor",
    "EndosomeAMPAPool",
    "Intervention",
    "ModulatoryCascade",
    "NMDAReceptor",
    "Neuron",
    "PSDAMPAPool",
    "Population",
    "PopulationRun",
    "PostsynapticMembrane",
    "Preset",
    "Run",
    "RunStatus",
    "STDPParameters",
    "SavedProtocol",
    "SpineHead",
    "Sweep",
    "Synapse",
    "SynapticCleft",
    "SynapticTag",
    "SynapticWeight",
    "ValueChange",
    "Visibility",
]
