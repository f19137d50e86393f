"""Populations: many neurons with their synapses, made and simulated together."""

from typing import Any

from django.db import models

from synapse.fields import finite
from synapse.models.ownership import Owned, OwnedQuerySet
from synapse.models.population_removal import remove_populations
from synapse.models.preset import Preset
from synapse.models.run import Work


class PopulationQuerySet(OwnedQuerySet):
    """Populations; deleting them deletes what they are made of."""

    def delete(self) -> tuple[int, dict[str, int]]:
        """Delete the populations with neurons, synapses and runs, in bulk."""
        return remove_populations(self.order_by().values_list("pk", flat=True))

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]


class Population(Owned):
    """How a population was made; its neurons point here."""

    name = models.CharField(max_length=100, unique=True)
    preset = models.ForeignKey(Preset, on_delete=models.PROTECT, related_name="populations")
    seed = models.PositiveBigIntegerField(default=0)
    synapse_count = models.PositiveIntegerField(default=0)
    neuron_count = models.PositiveIntegerField(default=0)
    shared_pools = models.BooleanField(
        default=False,
        help_text="One astrocyte unit and one protein pool for all neurons, instead of one each.",
    )
    heterogeneity = models.JSONField(
        default=dict, blank=True, help_text="{quantity: distribution}; the rest is the preset's."
    )
    created = models.DateTimeField(auto_now_add=True)

    objects = PopulationQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.name

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Delete the population with neurons, synapses and runs, in bulk."""
        removed = remove_populations([self.pk])
        self.pk = None
        return removed


class PopulationRun(Owned, Work):
    """One simulation of a population; large results lie in files, named here."""

    population = models.ForeignKey(Population, on_delete=models.CASCADE, related_name="runs")
    done = models.FloatField(default=0.0, validators=[finite], help_text="Simulated so far, ms.")
    total = models.FloatField(default=0.0, validators=[finite], help_text="To simulate, ms.")

    seed = models.PositiveBigIntegerField(default=0)
    drive = models.JSONField(
        default=dict, blank=True, help_text="Rates, or name and hash of a file of spikes."
    )
    settings = models.JSONField(default=dict, blank=True, help_text="How it was run.")
    versions = models.JSONField(
        default=dict, blank=True, help_text="Versions of the software that computed the run."
    )

    checkpoint = models.TextField(blank=True, help_text="Where the last checkpoint lies.")
    recording = models.TextField(blank=True, help_text="Where the recorded variables lie.")
    result_hash = models.CharField(max_length=64, blank=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q((f"{name}__gte", 0.0), (f"{name}__lte", 1e308)),
                name=f"population_run_{name}_bounds",
                violation_error_message=f"{name} must be a finite number, at least 0.",
            )
            for name in ("done", "total")
        ]

    def __str__(self) -> str:
        return self.title or f"Run {self.pk} of {self.population.name}"
