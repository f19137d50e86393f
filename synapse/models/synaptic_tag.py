"""Synaptic tag of one synapse."""

from django.db import models

from synapse.fields import bounds_constraints, quantity_field
from synapse.models.synapse import Synapse
from synapse.plasticity.components.synaptic_tag import SYNAPTIC_TAG


class SynapticTag(models.Model):
    """Local mark that lets a synapse capture proteins."""

    synapse = models.OneToOneField(
        Synapse,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="synaptic_tag",
    )

    tag_threshold = quantity_field(SYNAPTIC_TAG["tag_threshold"])
    capture_time = quantity_field(SYNAPTIC_TAG["capture_time"])

    class Meta:
        verbose_name = "synaptic tag"
        verbose_name_plural = "synaptic tags"
        constraints = bounds_constraints(SYNAPTIC_TAG)

    def __str__(self) -> str:
        return f"Synaptic tag of synapse {self.pk}"
