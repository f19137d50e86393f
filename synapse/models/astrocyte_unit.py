"""Astrocyte unit, shared by synapses."""

from django.db import models

from synapse.fields import bounds_constraints, quantity_field
from synapse.plasticity.components.astrocyte_unit import ASTROCYTE_UNIT


class AstrocyteUnit(models.Model):
    """Slow activity estimate and the scaling signal it sends."""

    name = models.CharField(max_length=100)

    activity_time = quantity_field(ASTROCYTE_UNIT["activity_time"])
    target_activity = quantity_field(ASTROCYTE_UNIT["target_activity"])
    background_activity = quantity_field(ASTROCYTE_UNIT["background_activity"])
    scaling_time = quantity_field(ASTROCYTE_UNIT["scaling_time"])
    scaling_minimum = quantity_field(ASTROCYTE_UNIT["scaling_minimum"])
    scaling_maximum = quantity_field(ASTROCYTE_UNIT["scaling_maximum"])
    postsynaptic_spike_weight = quantity_field(ASTROCYTE_UNIT["postsynaptic_spike_weight"])
    presynaptic_release_weight = quantity_field(ASTROCYTE_UNIT["presynaptic_release_weight"])
    d_serine_dependence = quantity_field(ASTROCYTE_UNIT["d_serine_dependence"])
    d_serine_half_saturation = quantity_field(ASTROCYTE_UNIT["d_serine_half_saturation"])
    d_serine_time = quantity_field(ASTROCYTE_UNIT["d_serine_time"])
    d_serine_release = quantity_field(ASTROCYTE_UNIT["d_serine_release"])
    adenosine_inhibition = quantity_field(ASTROCYTE_UNIT["adenosine_inhibition"])
    adenosine_half_saturation = quantity_field(ASTROCYTE_UNIT["adenosine_half_saturation"])
    adenosine_time = quantity_field(ASTROCYTE_UNIT["adenosine_time"])
    adenosine_release = quantity_field(ASTROCYTE_UNIT["adenosine_release"])

    activity = quantity_field(ASTROCYTE_UNIT["activity"])
    log_scaling = quantity_field(ASTROCYTE_UNIT["log_scaling"])
    d_serine = quantity_field(ASTROCYTE_UNIT["d_serine"])
    adenosine = quantity_field(ASTROCYTE_UNIT["adenosine"])

    class Meta:
        verbose_name = "astrocyte unit"
        verbose_name_plural = "astrocyte units"
        ordering = ["pk"]
        constraints = bounds_constraints(ASTROCYTE_UNIT)

    def __str__(self) -> str:
        return self.name
