"""Synapse: the row that everything else belongs to."""

from typing import Self

from django.db import models

from synapse.models.astrocyte_unit import AstrocyteUnit
from synapse.models.consolidation_protein_pool import ConsolidationProteinPool
from synapse.models.dopamine_cleft import DopamineCleft
from synapse.models.neuron import Neuron
from synapse.models.ownership import Owned, OwnedQuerySet
from synapse.models.preset import Preset
from synapse.plasticity.components import COMPONENTS


class SynapseQuerySet(OwnedQuerySet):
    """Synapses, with their components if wanted."""

    def with_components(self) -> Self:
        """Load all components in the same query."""
        return self.select_related(*(component.accessor for component in COMPONENTS))

    def outside_populations(self) -> Self:
        """Leave out the synapses of populations, of which there may be very many."""
        return self.filter(neuron__in=Neuron.objects.filter(population=None))


class Synapse(Owned):
    """One synapse. Its own components are one-to-one, the shared ones foreign keys."""

    name = models.CharField(max_length=100)
    preset = models.ForeignKey(
        Preset, null=True, blank=True, on_delete=models.PROTECT, related_name="synapses"
    )

    neuron = models.ForeignKey(Neuron, on_delete=models.PROTECT, related_name="synapses")
    astrocyte_unit = models.ForeignKey(
        AstrocyteUnit, on_delete=models.PROTECT, related_name="synapses"
    )
    consolidation_protein_pool = models.ForeignKey(
        ConsolidationProteinPool, on_delete=models.PROTECT, related_name="synapses"
    )
    dopamine_cleft = models.ForeignKey(
        DopamineCleft, on_delete=models.PROTECT, related_name="synapses"
    )

    created = models.DateTimeField(auto_now_add=True)
    modified = models.DateTimeField(auto_now=True)

    objects = SynapseQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name
