"""Modulatory cascade of one synapse."""

from django.db import models

from synapse.fields import bounds_constraints, quantity_field
from synapse.models.synapse import Synapse
from synapse.plasticity.components.modulatory_cascade import MODULATORY_CASCADE


class ModulatoryCascade(models.Model):
    """cAMP and PKA behind the dopamine receptors."""

    synapse = models.OneToOneField(
        Synapse,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="modulatory_cascade",
    )

    d2_gain = quantity_field(MODULATORY_CASCADE["d2_gain"])
    pka_time = quantity_field(MODULATORY_CASCADE["pka_time"])
    pka_half_saturation = quantity_field(MODULATORY_CASCADE["pka_half_saturation"])
    pka_exponent = quantity_field(MODULATORY_CASCADE["pka_exponent"])
    calcium_sensitivity_gain = quantity_field(MODULATORY_CASCADE["calcium_sensitivity_gain"])
    muscarinic_half_saturation = quantity_field(MODULATORY_CASCADE["muscarinic_half_saturation"])
    acetylcholine_depression_gain = quantity_field(
        MODULATORY_CASCADE["acetylcholine_depression_gain"]
    )
    acetylcholine_potentiation_loss = quantity_field(
        MODULATORY_CASCADE["acetylcholine_potentiation_loss"]
    )

    pka_activity = quantity_field(MODULATORY_CASCADE["pka_activity"])

    class Meta:
        verbose_name = "modulatory cascade"
        verbose_name_plural = "modulatory cascades"
        constraints = bounds_constraints(MODULATORY_CASCADE)

    def __str__(self) -> str:
        return f"Modulatory cascade of synapse {self.pk}"
