"""Endosome AMPA pool of one synapse."""

from django.db import models

from synapse.fields import bounds_constraints, quantity_field
from synapse.models.synapse import Synapse
from synapse.plasticity.components.endosome_ampa_pool import ENDOSOME_AMPA_POOL


class EndosomeAMPAPool(models.Model):
    """AMPA receptors outside the PSD."""

    synapse = models.OneToOneField(
        Synapse,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="endosome_ampa_pool",
    )

    total_ampa = quantity_field(ENDOSOME_AMPA_POOL["total_ampa"])

    class Meta:
        verbose_name = "endosome AMPA pool"
        verbose_name_plural = "endosome AMPA pools"
        constraints = bounds_constraints(ENDOSOME_AMPA_POOL)

    def __str__(self) -> str:
        return f"Endosome AMPA pool of synapse {self.pk}"
