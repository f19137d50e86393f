"""The admin: one page per synapse with all its components, and pages for what is shared."""

from synapse.admin.records import PopulationAdmin, PopulationRunAdmin, PresetAdmin, RunAdmin
from synapse.admin.shared import SharedComponentAdmin
from synapse.admin.synapse import SynapseAdmin

__all__ = [
    "PopulationAdmin",
    "PopulationRunAdmin",
    "PresetAdmin",
    "RunAdmin",
    "SharedComponentAdmin",
    "SynapseAdmin",
]
