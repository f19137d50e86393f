"""Compare-and-swap on the version of a state, so that of two writers one is told."""

from collections.abc import Iterable, Mapping
from itertools import batched

from django.db import transaction
from django.db.models import F

from synapse.models import Neuron, Synapse
from synapse.services.conflict import StateConflict
from synapse.services.groups import BATCH, closure_keys


def claim(neuron_versions: Mapping[int, int]) -> None:
    """Raise the version of each neuron, or raise ``StateConflict`` and change nothing.

    Parameters
    ----------
    neuron_versions
        Version that was read with the state, by key of the neuron.
    """
    claimed = sorted(neuron_versions.items())
    with transaction.atomic():
        for batch in batched(claimed, BATCH, strict=False):
            _claim(dict(batch))


def _claim(expected: Mapping[int, int]) -> None:
    """Lock the neurons in the order of their keys, compare, and raise their versions."""
    rows = Neuron.objects.filter(pk__in=expected)
    locked = rows.select_for_update().order_by("pk")
    present = dict(locked.values_list("pk", "state_version"))
    for neuron, version in expected.items():
        if present.get(neuron) != version:
            raise StateConflict(_sentence(neuron, version))
    rows.update(state_version=F("state_version") + 1)


def current(synapses: Iterable[Synapse]) -> dict[int, int]:
    """Return the present version of every neuron of the synapses' group, by key."""
    keys = closure_keys(synapse.pk for synapse in synapses)
    found: dict[int, int] = {}
    for batch in batched(keys, BATCH, strict=False):
        rows = Neuron.objects.filter(synapses__in=batch).distinct()
        found |= dict(rows.values_list("pk", "state_version"))
    return dict(sorted(found.items()))


def claim_group(synapse: Synapse, expected: Mapping[int, int]) -> None:
    """Claim every neuron of the synapse's group at the versions that were read."""
    group = current([synapse])
    if set(group) != set(expected):
        raise StateConflict(
            f"The group of {synapse.name} has changed since it was read: it now has "
            f"{len(group)} neuron(s). Nothing was saved. Load it again and repeat the change."
        )
    claim(expected)


def _sentence(neuron: int, version: int) -> str:
    row = Neuron.objects.filter(pk=neuron).values_list("name", "state_version").first()
    if row is None:
        return f"Neuron {neuron} has been deleted since it was read. Nothing was saved."
    name, present = row
    return (
        f"The state of {name} has changed since it was read "
        f"(version {version} was read, version {present} is stored). "
        "Nothing was saved. Load it again and repeat the change."
    )
