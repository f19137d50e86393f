"""Neuron, shared by synapses."""

from django.db import models

from synapse.fields import bounds_constraints, finite, finite_constraint, quantity_field
from synapse.plasticity.components.neuron import NEURON


class Neuron(models.Model):
    """Back-propagating action potential, bath, clock and numerics of one neuron."""

    name = models.CharField(max_length=100)
    population = models.ForeignKey(
        "synapse.Population",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="neurons",
        help_text="The population that the neuron was made for, if any.",
    )

    external_calcium = quantity_field(NEURON["external_calcium"])
    reference_calcium = quantity_field(NEURON["reference_calcium"])
    field_cooperativity = quantity_field(NEURON["field_cooperativity"])
    bap_amplitude = quantity_field(NEURON["bap_amplitude"])
    bap_decay_time = quantity_field(NEURON["bap_decay_time"])
    bap_slow_amplitude = quantity_field(NEURON["bap_slow_amplitude"])
    bap_slow_decay_time = quantity_field(NEURON["bap_slow_decay_time"])
    bap_slow_maximum = quantity_field(NEURON["bap_slow_maximum"])
    external_magnesium = quantity_field(NEURON["external_magnesium"])
    fine_step = quantity_field(NEURON["fine_step"])
    tail_step = quantity_field(NEURON["tail_step"])
    fine_step_duration = quantity_field(NEURON["fine_step_duration"])
    trace_step_fraction = quantity_field(NEURON["trace_step_fraction"])
    step_growth = quantity_field(NEURON["step_growth"])
    maximum_step = quantity_field(NEURON["maximum_step"])
    pool_exchange_interval = quantity_field(NEURON["pool_exchange_interval"])
    metaplasticity_gain = quantity_field(NEURON["metaplasticity_gain"])
    metaplasticity_time = quantity_field(NEURON["metaplasticity_time"])
    metaplasticity_rate = quantity_field(NEURON["metaplasticity_rate"])
    resting_rate = quantity_field(NEURON["resting_rate"])

    bap_fast = quantity_field(NEURON["bap_fast"])
    bap_slow = quantity_field(NEURON["bap_slow"])
    postsynaptic_rate = quantity_field(NEURON["postsynaptic_rate"])

    simulated_time = models.FloatField(
        default=0.0, validators=[finite], help_text="Simulated time in ms since the start."
    )
    last_spike = models.FloatField(
        null=True,
        blank=True,
        validators=[finite],
        help_text="Simulated time of the last spike in ms; empty if there was none.",
    )
    random_state = models.JSONField(
        null=True, blank=True, help_text="State of the random number generator."
    )
    active_drugs = models.JSONField(
        default=list, blank=True, help_text="Names of the drugs present in the bath."
    )
    state_version = models.PositiveBigIntegerField(
        default=0, editable=False, help_text="Raised by every change, so that none is lost."
    )

    class Meta:
        verbose_name = "neuron"
        verbose_name_plural = "neurons"
        ordering = ["pk"]
        constraints = [
            *bounds_constraints(NEURON),
            finite_constraint("simulated_time"),
            finite_constraint("last_spike"),
        ]

    def __str__(self) -> str:
        return self.name
