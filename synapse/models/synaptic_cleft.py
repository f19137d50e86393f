"""Synaptic cleft of one synapse."""

from django.db import models

from synapse.fields import bounds_constraints, quantity_field
from synapse.models.synapse import Synapse
from synapse.plasticity.components.synaptic_cleft import SYNAPTIC_CLEFT


class SynapticCleft(models.Model):
    """Vesicle release and the glutamate it leaves behind."""

    synapse = models.OneToOneField(
        Synapse,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="synaptic_cleft",
    )

    release_probability = quantity_field(SYNAPTIC_CLEFT["release_probability"])
    recovery_time = quantity_field(SYNAPTIC_CLEFT["recovery_time"])
    facilitation_time = quantity_field(SYNAPTIC_CLEFT["facilitation_time"])
    release_exponent = quantity_field(SYNAPTIC_CLEFT["release_exponent"])
    release_half_saturation = quantity_field(SYNAPTIC_CLEFT["release_half_saturation"])
    glutamate_gate_time = quantity_field(SYNAPTIC_CLEFT["glutamate_gate_time"])
    release_sites = quantity_field(SYNAPTIC_CLEFT["release_sites"])

    vesicle_fraction = quantity_field(SYNAPTIC_CLEFT["vesicle_fraction"])
    utilisation = quantity_field(SYNAPTIC_CLEFT["utilisation"])
    released_fraction = quantity_field(SYNAPTIC_CLEFT["released_fraction"])
    release_memory = quantity_field(SYNAPTIC_CLEFT["release_memory"])
    release_given = quantity_field(SYNAPTIC_CLEFT["release_given"])
    glutamate_gate = quantity_field(SYNAPTIC_CLEFT["glutamate_gate"])
    ready_fraction = quantity_field(SYNAPTIC_CLEFT["ready_fraction"])
    release_key = quantity_field(SYNAPTIC_CLEFT["release_key"])
    release_events = quantity_field(SYNAPTIC_CLEFT["release_events"])

    class Meta:
        verbose_name = "synaptic cleft"
        verbose_name_plural = "synaptic clefts"
        constraints = bounds_constraints(SYNAPTIC_CLEFT)

    def __str__(self) -> str:
        return f"Synaptic cleft of synapse {self.pk}"
