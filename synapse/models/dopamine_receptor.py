"""Dopamine receptor of one synapse."""

from django.db import models

from synapse.fields import bounds_constraints, quantity_field
from synapse.models.synapse import Synapse
from synapse.plasticity.components.dopamine_receptor import DOPAMINE_RECEPTOR


class DopamineReceptor(models.Model):
    """Occupancy of the D1 and D2 receptors."""

    synapse = models.OneToOneField(
        Synapse,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="dopamine_receptor",
    )

    reference_dopamine = quantity_field(DOPAMINE_RECEPTOR["reference_dopamine"])
    d1_half_saturation = quantity_field(DOPAMINE_RECEPTOR["d1_half_saturation"])
    d1_exponent = quantity_field(DOPAMINE_RECEPTOR["d1_exponent"])
    d2_half_saturation = quantity_field(DOPAMINE_RECEPTOR["d2_half_saturation"])

    class Meta:
        verbose_name = "dopamine receptor"
        verbose_name_plural = "dopamine receptors"
        constraints = bounds_constraints(DOPAMINE_RECEPTOR)

    def __str__(self) -> str:
        return f"Dopamine receptor of synapse {self.pk}"
