"""Deleting populations: a few statements a table, whatever their size."""

from collections.abc import Iterable, Iterator
from itertools import batched
from typing import Any

from django.apps import apps
from django.db import models, transaction

from synapse.models.population_run_files import remove_files
from synapse.plasticity.components import COMPONENTS

BATCH = 5000
"""Keys in one statement: well below the databases' limits."""


@transaction.atomic
def remove_populations(keys: Iterable[int]) -> tuple[int, dict[str, int]]:
    """Delete populations, their runs, neurons and synapses, and what only those share.

    Shared components that synapses outside also use are kept. Returns what a Django
    ``delete`` returns: the number of rows, and the number by model.
    """
    keys = list(keys)
    counts: dict[str, int] = {}
    synapses = _model("Synapse").objects.filter(neuron__population__in=keys).order_by()
    shared = {
        c.name: list(synapses.values_list(f"{c.accessor}_id", flat=True).distinct())
        for c in COMPONENTS
        if c.shared and c.name != "Neuron"
    }
    for name in ("Run", *(c.name for c in COMPONENTS if not c.shared)):
        _delete(counts, _model(name).objects.filter(synapse__in=synapses.values("pk")))
    _delete(counts, _model("Synapse").objects.filter(pk__in=synapses.values("pk")))
    for name, own in shared.items():
        for rows in _unused(_model(name), own):
            _delete(counts, rows)
    _delete(counts, _model("Neuron").objects.filter(population__in=keys))
    runs = _model("PopulationRun").objects.filter(population__in=keys)
    remove_files(runs.only("settings"))
    _delete(counts, runs)
    _delete(counts, _model("Population").objects.filter(pk__in=keys))
    return sum(counts.values()), counts


def _unused(model: Any, keys: Iterable[int]) -> Iterator[models.QuerySet[Any]]:
    for batch in batched(keys, BATCH, strict=False):
        yield model.objects.filter(pk__in=batch, synapses=None)


def _delete(counts: dict[str, int], rows: models.QuerySet[Any]) -> None:
    """Delete rows in one statement, without loading them."""
    label = rows.model._meta.label
    counts[label] = counts.get(label, 0) + rows.order_by()._raw_delete(rows.db)


def _model(name: str) -> Any:
    return apps.get_model("synapse", name)
