"""Consolidation protein pool, shared by synapses."""

from django.db import models

from synapse.fields import bounds_constraints, quantity_field
from synapse.plasticity.components.consolidation_protein_pool import CONSOLIDATION_PROTEIN_POOL


class ConsolidationProteinPool(models.Model):
    """Plasticity-related proteins of one neuron."""

    name = models.CharField(max_length=100)

    potentiation_synthesis_threshold = quantity_field(
        CONSOLIDATION_PROTEIN_POOL["potentiation_synthesis_threshold"]
    )
    depression_synthesis_threshold = quantity_field(
        CONSOLIDATION_PROTEIN_POOL["depression_synthesis_threshold"]
    )
    protein_synthesis = quantity_field(CONSOLIDATION_PROTEIN_POOL["protein_synthesis"])
    protein_decay_time = quantity_field(CONSOLIDATION_PROTEIN_POOL["protein_decay_time"])
    dopamine_dependence = quantity_field(CONSOLIDATION_PROTEIN_POOL["dopamine_dependence"])

    plasticity_proteins = quantity_field(CONSOLIDATION_PROTEIN_POOL["plasticity_proteins"])

    class Meta:
        verbose_name = "consolidation protein pool"
        verbose_name_plural = "consolidation protein pools"
        ordering = ["pk"]
        constraints = bounds_constraints(CONSOLIDATION_PROTEIN_POOL)

    def __str__(self) -> str:
        return self.name
