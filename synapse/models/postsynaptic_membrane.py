"""Postsynaptic membrane of one synapse."""

from django.db import models

from synapse.fields import below_constraint, bounds_constraints, quantity_field
from synapse.models.synapse import Synapse
from synapse.plasticity.components.postsynaptic_membrane import POSTSYNAPTIC_MEMBRANE


class PostsynapticMembrane(models.Model):
    """Local EPSP in the spine."""

    synapse = models.OneToOneField(
        Synapse,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="postsynaptic_membrane",
    )

    epsp_amplitude = quantity_field(POSTSYNAPTIC_MEMBRANE["epsp_amplitude"])
    epsp_decay_time = quantity_field(POSTSYNAPTIC_MEMBRANE["epsp_decay_time"])
    epsp_rise_time = quantity_field(POSTSYNAPTIC_MEMBRANE["epsp_rise_time"])
    resting_potential = quantity_field(POSTSYNAPTIC_MEMBRANE["resting_potential"])
    epsp_reversal_potential = quantity_field(POSTSYNAPTIC_MEMBRANE["epsp_reversal_potential"])

    epsp_decay = quantity_field(POSTSYNAPTIC_MEMBRANE["epsp_decay"])
    epsp_rise = quantity_field(POSTSYNAPTIC_MEMBRANE["epsp_rise"])

    class Meta:
        verbose_name = "postsynaptic membrane"
        verbose_name_plural = "postsynaptic membranes"
        constraints = [
            *bounds_constraints(POSTSYNAPTIC_MEMBRANE),
            below_constraint(
                POSTSYNAPTIC_MEMBRANE["epsp_rise_time"], POSTSYNAPTIC_MEMBRANE["epsp_decay_time"]
            ),
            below_constraint(
                POSTSYNAPTIC_MEMBRANE["resting_potential"],
                POSTSYNAPTIC_MEMBRANE["epsp_reversal_potential"],
            ),
        ]

    def __str__(self) -> str:
        return f"Postsynaptic membrane of synapse {self.pk}"
