"""AMPA trafficking of one synapse."""

from django.db import models

from synapse.fields import bounds_constraints, quantity_field
from synapse.models.synapse import Synapse
from synapse.plasticity.components.ampa_trafficking_parameters import AMPA_TRAFFICKING_PARAMETERS


class AMPATraffickingParameters(models.Model):
    """Exchange of AMPA receptors between endosome and PSD."""

    synapse = models.OneToOneField(
        Synapse,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="ampa_trafficking_parameters",
    )

    baseline_ampa = quantity_field(AMPA_TRAFFICKING_PARAMETERS["baseline_ampa"])
    psd_fraction = quantity_field(AMPA_TRAFFICKING_PARAMETERS["psd_fraction"])
    exchange_rate = quantity_field(AMPA_TRAFFICKING_PARAMETERS["exchange_rate"])
    expression_exchange_rate = quantity_field(
        AMPA_TRAFFICKING_PARAMETERS["expression_exchange_rate"]
    )
    expression_half_rate = quantity_field(AMPA_TRAFFICKING_PARAMETERS["expression_half_rate"])
    turnover_rate = quantity_field(AMPA_TRAFFICKING_PARAMETERS["turnover_rate"])
    exocytosis = quantity_field(AMPA_TRAFFICKING_PARAMETERS["exocytosis"])
    endocytosis = quantity_field(AMPA_TRAFFICKING_PARAMETERS["endocytosis"])

    class Meta:
        verbose_name = "AMPA trafficking parameters"
        verbose_name_plural = "AMPA trafficking parameters"
        constraints = bounds_constraints(AMPA_TRAFFICKING_PARAMETERS)

    def __str__(self) -> str:
        return f"AMPA trafficking of synapse {self.pk}"
