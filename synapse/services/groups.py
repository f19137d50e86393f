"""Which synapses are simulated together."""

from collections.abc import Iterable, Iterator
from itertools import batched

import numpy as np
from django.db.models import Q
from numpy.typing import NDArray

from synapse.models import Neuron, Synapse
from synapse.services import columns

LINKS = ("neuron_id", "astrocyte_unit_id", "consolidation_protein_pool_id", "dopamine_cleft_id")
"""What synapses can share."""
BATCH = 5000
"""Keys in one query: well below the databases' limits."""
Rows = NDArray[np.int64]
"""Key and links, one row a synapse."""


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
    rounds as links between the two synapses furthest apart. Large groups are followed
    by column.
    """
    members: set[int] = set(keys)
    if len(members) > BATCH:
        return _listed(large_closure(members_of(members)))
    members, keys = set(), members
    seen: dict[str, set[int]] = {link: set() for link in LINKS}
    new = {"pk": set(keys)}
    while any(new.values()):
        rows = list(_rows(new))
        members.update(row[0] for row in rows)
        if len(members) > BATCH:
            return _listed(large_closure(members_of(members)))
        new = {}
        for place, link in enumerate(LINKS, start=1):
            new[link] = {row[place] for row in rows} - seen[link]
            seen[link] |= new[link]
    return sorted(members)


def members_of(keys: Iterable[int], *, by: str = "") -> Rows:
    """Return key and links of synapses by their keys, or by those of a link, in order."""
    sought = np.array(sorted(keys), dtype=np.int64)
    rows = columns.read(Synapse, ["id", *LINKS], sought, dtype=np.int64, by=by)
    return rows[np.argsort(rows[:, 0], kind="stable")]


def large_closure(rows: Rows) -> Rows:
    """Return key and links of the group of many synapses, given theirs, in order.

    A link is closed when as many synapses have its values as are known: then only their
    number is asked for. A statement goes over all synapses that the group has.
    """
    while True:
        for place, link in enumerate(LINKS, start=1):
            values = np.unique(rows[:, place])
            if columns.count(Synapse, link, values) > len(rows):
                found = columns.read(Synapse, ["id"], values, dtype=np.int64, by=link)
                rows = members_of(np.union1d(rows[:, 0], found[:, 0]).tolist())
                break
        else:
            return rows


def group_rows(keys: Iterable[int]) -> Rows:
    """Return key and links of every synapse of a group, in order."""
    wanted = list(keys)
    if len(wanted) > BATCH:
        return large_closure(members_of(wanted))
    return members_of(closure_keys(wanted))


def _listed(rows: Rows) -> list[int]:
    return [int(key) for key in rows[:, 0].tolist()]


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
