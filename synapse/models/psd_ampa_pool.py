"""PSD AMPA pool of one synapse."""

from django.db import models

from synapse.fields import bounds_constraints, quantity_field
from synapse.models.synapse import Synapse
from synapse.plasticity.components.psd_ampa_pool import PSD_AMPA_POOL


class PSDAMPAPool(models.Model):
    """AMPA receptors in the postsynaptic density."""

    synapse = models.OneToOneField(
        Synapse,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="psd_ampa_pool",
    )

    psd_ampa = quantity_field(PSD_AMPA_POOL["psd_ampa"])

    class Meta:
        verbose_name = "PSD AMPA pool"
        verbose_name_plural = "PSD AMPA pools"
        constraints = bounds_constraints(PSD_AMPA_POOL)

    def __str__(self) -> str:
        return f"PSD AMPA pool of synapse {self.pk}"
