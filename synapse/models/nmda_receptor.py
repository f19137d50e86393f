"""NMDA receptor of one synapse."""

from django.db import models

from synapse.fields import below_constraint, bounds_constraints, quantity_field
from synapse.models.synapse import Synapse
from synapse.plasticity.components.nmda_receptor import NMDA_RECEPTOR


class NMDAReceptor(models.Model):
    """Glutamate gate and magnesium block of the NMDA receptors."""

    synapse = models.OneToOneField(
        Synapse,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="nmda_receptor",
    )

    nmda_decay_time = quantity_field(NMDA_RECEPTOR["nmda_decay_time"])
    nmda_rise_time = quantity_field(NMDA_RECEPTOR["nmda_rise_time"])
    quantal_occupancy = quantity_field(NMDA_RECEPTOR["quantal_occupancy"])
    magnesium_block_concentration = quantity_field(NMDA_RECEPTOR["magnesium_block_concentration"])
    magnesium_block_slope = quantity_field(NMDA_RECEPTOR["magnesium_block_slope"])
    nmda_conductance = quantity_field(NMDA_RECEPTOR["nmda_conductance"])

    nmda_decay = quantity_field(NMDA_RECEPTOR["nmda_decay"])
    nmda_rise = quantity_field(NMDA_RECEPTOR["nmda_rise"])

    class Meta:
        verbose_name = "NMDA receptor"
        verbose_name_plural = "NMDA receptors"
        constraints = [
            *bounds_constraints(NMDA_RECEPTOR),
            below_constraint(NMDA_RECEPTOR["nmda_rise_time"], NMDA_RECEPTOR["nmda_decay_time"]),
        ]

    def __str__(self) -> str:
        return f"NMDA receptor of synapse {self.pk}"
