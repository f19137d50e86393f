"""STDP parameters of one synapse."""

from django.db import models

from synapse.fields import bounds_constraints, quantity_field
from synapse.models.synapse import Synapse
from synapse.plasticity.components.stdp_parameters import STDP_PARAMETERS


class STDPParameters(models.Model):
    """Calcium detectors, eligibility traces and the limits of the weight."""

    synapse = models.OneToOneField(
        Synapse,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="stdp_parameters",
    )

    depression_vgcc_weight = quantity_field(STDP_PARAMETERS["depression_vgcc_weight"])
    potentiation_sensor_time = quantity_field(STDP_PARAMETERS["potentiation_sensor_time"])
    potentiation_threshold = quantity_field(STDP_PARAMETERS["potentiation_threshold"])
    potentiation_exponent = quantity_field(STDP_PARAMETERS["potentiation_exponent"])
    depression_sensor_time = quantity_field(STDP_PARAMETERS["depression_sensor_time"])
    depression_threshold = quantity_field(STDP_PARAMETERS["depression_threshold"])
    depression_exponent = quantity_field(STDP_PARAMETERS["depression_exponent"])
    potentiation_veto = quantity_field(STDP_PARAMETERS["potentiation_veto"])
    labile_potentiation_time = quantity_field(STDP_PARAMETERS["labile_potentiation_time"])
    labile_reset_rate = quantity_field(STDP_PARAMETERS["labile_reset_rate"])
    potentiation_trace_time = quantity_field(STDP_PARAMETERS["potentiation_trace_time"])
    depression_trace_time = quantity_field(STDP_PARAMETERS["depression_trace_time"])
    potentiation_rate = quantity_field(STDP_PARAMETERS["potentiation_rate"])
    depression_rate = quantity_field(STDP_PARAMETERS["depression_rate"])
    trace_conversion_rate = quantity_field(STDP_PARAMETERS["trace_conversion_rate"])
    potentiation_baseline_gain = quantity_field(STDP_PARAMETERS["potentiation_baseline_gain"])
    potentiation_pka_gain = quantity_field(STDP_PARAMETERS["potentiation_pka_gain"])
    depression_baseline_gain = quantity_field(STDP_PARAMETERS["depression_baseline_gain"])
    early_weight_maximum = quantity_field(STDP_PARAMETERS["early_weight_maximum"])
    early_weight_minimum = quantity_field(STDP_PARAMETERS["early_weight_minimum"])
    early_weight_decay_time = quantity_field(STDP_PARAMETERS["early_weight_decay_time"])
    late_weight_maximum = quantity_field(STDP_PARAMETERS["late_weight_maximum"])
    late_weight_minimum = quantity_field(STDP_PARAMETERS["late_weight_minimum"])

    labile_potentiation = quantity_field(STDP_PARAMETERS["labile_potentiation"])
    potentiation_trace = quantity_field(STDP_PARAMETERS["potentiation_trace"])
    depression_trace = quantity_field(STDP_PARAMETERS["depression_trace"])

    class Meta:
        verbose_name = "STDP parameters"
        verbose_name_plural = "STDP parameters"
        constraints = bounds_constraints(STDP_PARAMETERS)

    def __str__(self) -> str:
        return f"STDP parameters of synapse {self.pk}"
