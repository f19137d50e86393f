"""Dopamine cleft, shared by synapses."""

from django.db import models

from synapse.fields import bounds_constraints, quantity_field
from synapse.plasticity.components.dopamine_cleft import DOPAMINE_CLEFT


class DopamineCleft(models.Model):
    """Extracellular dopamine of one volume of tissue."""

    name = models.CharField(max_length=100)

    tonic_dopamine = quantity_field(DOPAMINE_CLEFT["tonic_dopamine"])
    dopamine_decay_time = quantity_field(DOPAMINE_CLEFT["dopamine_decay_time"])
    tonic_acetylcholine = quantity_field(DOPAMINE_CLEFT["tonic_acetylcholine"])
    acetylcholine_decay_time = quantity_field(DOPAMINE_CLEFT["acetylcholine_decay_time"])

    dopamine = quantity_field(DOPAMINE_CLEFT["dopamine"])
    acetylcholine = quantity_field(DOPAMINE_CLEFT["acetylcholine"])

    class Meta:
        verbose_name = "dopamine cleft"
        verbose_name_plural = "dopamine clefts"
        ordering = ["pk"]
        constraints = bounds_constraints(DOPAMINE_CLEFT)

    def __str__(self) -> str:
        return self.name
