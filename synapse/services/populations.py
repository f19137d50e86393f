"""Making a population: the same values as ``build_group``, in the tables."""

import json
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from django.apps import apps
from django.db import IntegrityError, transaction
from numpy.typing import NDArray

from synapse.models import Neuron, Population, Synapse, Visibility
from synapse.plasticity.components import COMPONENTS
from synapse.plasticity.distributions import Heterogeneity
from synapse.plasticity.group import SHARED_NAMES, Group
from synapse.plasticity.heterogeneity import build_group
from synapse.plasticity.layout import SHARED
from synapse.plasticity.quantity import Component
from synapse.services import columns
from synapse.services.columns import Progress
from synapse.services.presets import NAME_LENGTH, find_preset, rest_values

MOST_STORED = 10_000_000
"""Synapses of one stored population: about 3 kB each."""

Keys = NDArray[np.int64]


def read_heterogeneity(text: str) -> dict[str, Any]:
    """Return the JSON object in a file, or in the text itself if it begins with a brace."""
    source = "heterogeneity" if text.lstrip().startswith("{") else text
    try:
        if source == text:
            text = Path(text).read_text(encoding="utf-8")
        given = json.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{source} cannot be read: {error}") from error
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{source} is not JSON: {error}") from error
    if not isinstance(given, dict):
        raise ValueError(f"{source} must hold an object of quantities")
    return given


@transaction.atomic
def make_population(
    *,
    name: str,
    preset: str,
    synapses: int,
    neurons: int,
    heterogeneity: Heterogeneity | None = None,
    seed: int = 0,
    shared_pools: bool = False,
    owner: Any = None,
    visibility: str = Visibility.PRIVATE,
    progress: Progress = lambda rows: None,
) -> Population:
    """Return a new population at rest; all of it is stored, or nothing.

    Parameters are those of ``build_group``; ``progress`` is called with the number of
    rows just written, of ``rows_of`` in all.

    Raises
    ------
    ValueError
        No such preset, a name that is taken, or values that cannot be.
    """
    row = find_preset(preset)
    name = _free_name(name)
    if not 1 <= synapses <= MOST_STORED:
        raise ValueError(f"synapses must be 1 to {MOST_STORED}; got {synapses}")
    given = dict(heterogeneity or {})
    values = {q: value for own in rest_values(row).values() for q, value in own.items()}
    group = build_group(
        synapses=synapses, neurons=neurons, values=_parameters(values), heterogeneity=given,
        seed=seed, shared_pools=shared_pools,
    )  # fmt: skip
    try:
        population = Population.objects.create(
            name=name, preset=row, seed=seed, synapse_count=synapses, neuron_count=neurons,
            shared_pools=shared_pools, heterogeneity=given, owner=owner, visibility=visibility,
        )  # fmt: skip
    except IntegrityError as error:
        raise ValueError(f"there is already a population named {name!r}") from error
    _insert(population, group, progress)
    return population


def rows_of(*, synapses: int, neurons: int, shared_pools: bool = False) -> int:
    """Return how many rows a population has in all its tables."""
    local = sum(not component.shared for component in COMPONENTS)
    pools = 1 if shared_pools else neurons
    return synapses * (1 + local) + 2 * (neurons + pools)


def _insert(population: Population, group: Group, progress: Progress) -> None:
    """Store the group of a population, shared components first."""
    keys = {c.name: _insert_shared(c, population, group, progress) for c in SHARED}
    count = len(group.states)
    own = columns.new_keys(Synapse, count)
    links = {
        "neuron_id": keys["Neuron"][group.neuron_of],
        "astrocyte_unit_id": keys["AstrocyteUnit"][group.astrocyte_of],
        "consolidation_protein_pool_id": keys["ConsolidationProteinPool"][group.pool_of],
        "dopamine_cleft_id": keys["DopamineCleft"][group.cleft_of],
    }
    row = {
        "id": own,
        "name": _names(f"{population.name}, synapse", count),
        "preset_id": population.preset_id,
        "owner_id": population.owner_id,
        "visibility": population.visibility,
        "share_key": [secrets.token_urlsafe(24) for _ in range(count)],
    }
    columns.insert(Synapse, row | links, count, progress)
    for component in COMPONENTS:
        if not component.shared:
            values = _values(component, group.parameters, group.states)
            columns.insert(_model(component), {"synapse_id": own, **values}, count, progress)


def _insert_shared(
    component: Component, population: Population, group: Group, progress: Progress
) -> Keys:
    records = getattr(group, SHARED_NAMES[component.name])
    model, count = _model(component), len(records)
    keys = columns.new_keys(model, count)
    row: dict[str, Any] = {
        "id": keys,
        "name": _names(f"{population.name}, {component.title.lower()}", count),
    }
    if model is Neuron:
        row["population_id"] = population.pk
    columns.insert(model, row | _values(component, records, records), count, progress)
    return keys


def _values(component: Component, parameters: Any, states: Any) -> dict[str, Any]:
    own = {q.name: np.ascontiguousarray(parameters[q.name]) for q in component.parameters}
    return own | {q.name: np.ascontiguousarray(states[q.name]) for q in component.states}


def _names(title: str, count: int) -> list[str]:
    """Return a name for each row that ends in its number and fits its column."""
    width = len(str(count))
    title = title[: NAME_LENGTH - width - 1]
    return [f"{title} {i}" for i in range(1, count + 1)]


def _free_name(name: str) -> str:
    name = name.strip()
    if not 0 < len(name) <= NAME_LENGTH:
        raise ValueError(f"name must have 1 to {NAME_LENGTH} characters; got {len(name)}")
    if Population.objects.filter(name=name).exists():
        raise ValueError(f"there is already a population named {name!r}")
    return name


def _parameters(values: Mapping[str, float]) -> dict[str, float]:
    """Keep the parameters: states at rest follow from those of each synapse."""
    return {q.name: values[q.name] for c in COMPONENTS for q in c.parameters}


def _model(component: Component) -> Any:
    return apps.get_model("synapse", component.name)
