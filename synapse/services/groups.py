"""Which synapses are simulated together."""

from collections.abc import Iterable, Iterator
from itertools import batched

from django.db.models import Q

from synapse.models import Neuron, Synapse

LINKS = ("neuron_id", "astrocyte_unit_id", "consolidation_protein_pool_id", "dopamine_cleft_id")
"""What synapses can share."""
BATCH = 5000
"""Keys in one query: well below the databases' limits."""


def load_one(key: int) -> Synapse:
    """Return a synapse as stored, with its components."""
    synapse: Synapse = Synapse.objects.with_components().select_related("preset").get(pk=key)
    return synapse


def closure(synapses: Iterable[Synapse]) -> list[Synapse]:
    """Return every synapse connected with the given ones, by key, with its components."""
    found: list[Synapse] = []
    for keys in batched(closure_keys(s.pk for s in synapses), BATCH, strict=False):
        found += Synapse.objects.with_components().filter(pk__in=keys).order_by("pk")
    return found


def closure_keys(keys: Iterable[int]) -> list[int]:
    """Return the keys of a group in order.

    Each round follows only the links that the last round found; there are as many
    rounds as links between the two synapses furthest apart.
    """
    members: set[int] = set()
    seen: dict[str, set[int]] = {link: set() for link in LINKS}
    new = {"pk": set(keys)}
    while any(new.values()):
        rows = list(_rows(new))
        members.update(row[0] for row in rows)
        new = {}
        for place, link in enumerate(LINKS, start=1):
            new[link] = {row[place] for row in rows} - seen[link]
            seen[link] |= new[link]
    return sorted(members)


def _rows(wanted: dict[str, set[int]]) -> Iterator[tuple[int, ...]]:
    """Return key and links of the synapses with any of the keys, in few queries."""
    pairs = [(name, key) for name, keys in wanted.items() for key in sorted(keys)]
    for batch in batched(pairs, BATCH, strict=False):
        condition = Q()
        for name in wanted:
            condition |= Q((f"{name}__in", [key for link, key in batch if link == name]))
        yield from Synapse.objects.filter(condition).order_by().values_list("pk", *LINKS)


def neurons_of(members: Iterable[Synapse]) -> dict[int, Neuron]:
    """Return the neurons of loaded synapses by key, in order."""
    neurons = {synapse.neuron_id: synapse.neuron for synapse in members}
    return dict(sorted(neurons.items()))
