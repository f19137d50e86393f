"""Synaptic weight of one synapse."""

from django.db import models

from synapse.fields import bounds_constraints, quantity_field
from synapse.models.synapse import Synapse
from synapse.plasticity.components.synaptic_weight import SYNAPTIC_WEIGHT


class SynapticWeight(models.Model):
    """The weight in its early, late and committed parts."""

    synapse = models.OneToOneField(
        Synapse,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="synaptic_weight",
    )

    early_weight = quantity_field(SYNAPTIC_WEIGHT["early_weight"])
    late_weight = quantity_field(SYNAPTIC_WEIGHT["late_weight"])

    class Meta:
        verbose_name = "synaptic weight"
        verbose_name_plural = "synaptic weights"
        constraints = bounds_constraints(SYNAPTIC_WEIGHT)

    def __str__(self) -> str:
        return f"Synaptic weight of synapse {self.pk}"
