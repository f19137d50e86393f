"""Spine head of one synapse."""

from django.db import models

from synapse.fields import bounds_constraints, quantity_field
from synapse.models.synapse import Synapse
from synapse.plasticity.components.spine_head import SPINE_HEAD


class SpineHead(models.Model):
    """Free calcium in the spine and the two sensors that read it."""

    synapse = models.OneToOneField(
        Synapse,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="spine_head",
    )

    influx_exponent = quantity_field(SPINE_HEAD["influx_exponent"])
    nmda_influx_rate = quantity_field(SPINE_HEAD["nmda_influx_rate"])
    vgcc_influx_rate = quantity_field(SPINE_HEAD["vgcc_influx_rate"])
    calcium_reversal_potential = quantity_field(SPINE_HEAD["calcium_reversal_potential"])
    vgcc_half_activation = quantity_field(SPINE_HEAD["vgcc_half_activation"])
    vgcc_activation_slope = quantity_field(SPINE_HEAD["vgcc_activation_slope"])
    calcium_decay_time = quantity_field(SPINE_HEAD["calcium_decay_time"])
    resting_calcium = quantity_field(SPINE_HEAD["resting_calcium"])
    elimination_volume = quantity_field(SPINE_HEAD["elimination_volume"])
    spine_volume_time = quantity_field(SPINE_HEAD["spine_volume_time"])
    elimination_time = quantity_field(SPINE_HEAD["elimination_time"])
    formation_time = quantity_field(SPINE_HEAD["formation_time"])

    calcium_nmda = quantity_field(SPINE_HEAD["calcium_nmda"])
    calcium_vgcc = quantity_field(SPINE_HEAD["calcium_vgcc"])
    potentiation_sensor = quantity_field(SPINE_HEAD["potentiation_sensor"])
    depression_sensor = quantity_field(SPINE_HEAD["depression_sensor"])
    spine_volume = quantity_field(SPINE_HEAD["spine_volume"])
    spine_present = quantity_field(SPINE_HEAD["spine_present"])
    structure_clock = quantity_field(SPINE_HEAD["structure_clock"])

    class Meta:
        verbose_name = "spine head"
        verbose_name_plural = "spine heads"
        constraints = bounds_constraints(SPINE_HEAD)

    def __str__(self) -> str:
        return f"Spine head of synapse {self.pk}"
