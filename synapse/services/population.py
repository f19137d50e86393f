"""Tables to arrays and back: load once, compute, store once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Any, NamedTuple

import numpy as np
from django.apps import apps
from django.db import transaction
from numpy.typing import NDArray

from synapse.models import Neuron, Population, Synapse
from synapse.plasticity.drugs import DRUGS
from synapse.plasticity.group import LINK_OF, SHARED_NAMES, Group
from synapse.plasticity.layout import LOCAL, PARAMETER, SHARED, SHARED_RECORDS, STATE, Records
from synapse.plasticity.quantity import SNAP_TOLERANCE, Component, Quantity
from synapse.services import columns, groups, versions
from synapse.services.conflict import StateConflict
from synapse.services.groups import LINKS


@dataclass
class Loaded:
    """A group with the keys of its rows and the versions that were read."""

    group: Group
    synapse_keys: list[int]
    shared_keys: dict[str, list[int]]
    versions: dict[int, int]
    random_state: dict[str, Any] | None

    def places(self, synapses: Iterable[Synapse]) -> list[int]:
        """Return the places of synapses in the group."""
        place = {key: place for place, key in enumerate(self.synapse_keys)}
        return [place[synapse.pk] for synapse in synapses]

    def component(self, component: Component, place: int) -> dict[str, float]:
        """Return parameters in force and states of one component of a synapse, by name."""
        if component.shared:
            name = SHARED_NAMES[component.name]
            record = getattr(self.group, name)[self._shared_place(component, place)]
            return {q.name: float(record[q.name]) for q in _stored(component)}
        parameters, states = self.group.parameters[place], self.group.states[place]
        return {q.name: float(parameters[q.name]) for q in component.parameters} | {
            q.name: float(states[q.name]) for q in component.states
        }

    def _shared_place(self, component: Component, place: int) -> int:
        return int(getattr(self.group, LINK_OF[SHARED_NAMES[component.name]])[place])


# --- load ------------------------------------------------------------------------------


@transaction.atomic
def load_group(synapses: Iterable[Synapse]) -> Loaded:
    """Return the group of the given synapses, in the order of the keys.

    Raises ``ValueError`` where a synapse is missing or its neurons' clocks differ.
    """
    wanted = [synapse.pk for synapse in synapses]
    rows = groups.group_rows(wanted)
    missing = sorted(set(wanted) - set(rows[:, 0].tolist()))
    if missing or not len(rows):
        raise ValueError(f"there is no synapse {missing[0] if missing else ''}".rstrip())
    return _load(rows)


@transaction.atomic
def load_population(population: Population) -> Loaded:
    """Return all neurons of a population as one group, as ``load_group`` does."""
    neurons = Neuron.objects.filter(population=population).values_list("pk", flat=True)
    rows = groups.members_of(neurons, by="neuron_id")
    if not len(rows):
        raise ValueError(f"the population {population} has no synapses")
    return _load(groups.large_closure(rows))


def _load(rows: groups.Rows) -> Loaded:
    """Read the tables of synapses, given their keys and links in order."""
    keys, links = rows[:, 0], rows[:, 1:]
    clocks = _clocks(np.unique(links[:, 0]).tolist())  # first: what changes later is a conflict
    states, parameters = np.zeros(len(keys), STATE), np.zeros(len(keys), PARAMETER)
    for component in LOCAL:
        _fill(component, keys, states, parameters)
    shared_keys: dict[str, list[int]] = {}
    parts: dict[str, Any] = {}
    for component, link in zip(_linked(), links.T, strict=True):
        part = SHARED_NAMES[component.name]
        own, parts[LINK_OF[part]] = np.unique(link, return_inverse=True)
        records = np.zeros(len(own), SHARED_RECORDS[component.name])
        _fill(component, own, records, records)
        parts[part] = records
        shared_keys[component.name] = own.tolist()
    parts["neurons"]["time"] = [clock.time for clock in clocks]
    parts["neurons"]["last_spike"] = [clock.last_spike for clock in clocks]
    return Loaded(
        group=Group(states=states, parameters=parameters, drugs=_drugs(clocks), **parts),
        synapse_keys=keys.tolist(),
        shared_keys=shared_keys,
        versions={clock.neuron: clock.version for clock in clocks},
        random_state=Neuron.objects.get(pk=clocks[0].neuron).random_state,
    )


def _linked() -> list[Component]:
    """Return the shared components in the order of ``LINKS``."""
    by_accessor = {c.accessor: c for c in SHARED}
    return [by_accessor[link.removesuffix("_id")] for link in LINKS]


def _read(model: Any, names: Sequence[str], keys: NDArray[np.int64]) -> NDArray[Any]:
    """Return columns, one row a key; raise ``ValueError`` where rows are missing."""
    table = columns.read(model, names, keys)
    if len(table) != len(keys):
        name = model.__name__
        raise ValueError(f"{len(keys) - len(table)} of {len(keys)} rows of {name} missing")
    return table


def _fill(
    component: Component, keys: NDArray[np.int64], states: Records, parameters: Records
) -> None:
    """Read one table into records, one row a key."""
    table = _read(_model(component), [q.name for q in _stored(component)], keys)
    split = len(component.parameters)
    _put(parameters, [q.name for q in component.parameters], table[:, :split])
    _put(states, [q.name for q in component.states], table[:, split:])


def _put(records: Records, names: Sequence[str], table: NDArray[np.float64]) -> None:
    """Write columns that lie side by side in records of doubles at once."""
    if not names:
        return
    fields = records.dtype.names or ()
    first = fields.index(names[0])
    if list(fields[first : first + len(names)]) != list(names):
        raise LookupError(f"{names[0]} and what follows it do not lie side by side")
    whole = records.view(np.float64).reshape(len(records), len(fields))
    whole[:, first : first + len(names)] = table


class Clock(NamedTuple):
    """What a neuron stores besides its quantities; times in ms."""

    neuron: int
    version: int
    drugs: list[str]
    time: float
    last_spike: float


def _clocks(keys: Sequence[int]) -> list[Clock]:
    """Read the neurons' clocks, in the order of the keys."""
    fields = ("pk", "state_version", "active_drugs", "simulated_time", "last_spike")
    clocks: list[Clock] = []
    for batch in batched(keys, columns.BATCH, strict=False):
        rows = Neuron.objects.filter(pk__in=batch).order_by("pk").values_list(*fields)
        for neuron, version, drugs, time, last_spike in rows:
            spike = -np.inf if last_spike is None else last_spike
            clocks.append(Clock(neuron, version, drugs, time, spike))
    return clocks


def _drugs(clocks: Sequence[Clock]) -> list[str]:
    """Return the drugs of the bath: one bath holds the whole group."""
    found = dict.fromkeys(name for clock in clocks for name in clock.drugs)
    unknown = [name for name in found if name not in DRUGS]
    if unknown:
        raise ValueError(f"active_drugs names {unknown[0]!r}, which is not a known drug")
    return list(found)


# --- store -----------------------------------------------------------------------------


@transaction.atomic
def store_group(loaded: Loaded) -> None:
    """Store the group's state, if nobody stored a newer one.

    Parameters are left alone, except the bath, which events may change for good. The
    versions in ``loaded`` are raised with those in the database.

    Raises
    ------
    StateConflict
        Another writer was first, or the group has other synapses now.
    """
    group = loaded.group
    if groups.group_rows(loaded.synapse_keys)[:, 0].tolist() != loaded.synapse_keys:
        raise StateConflict(
            "Synapses joined or left the group while it was simulated. Nothing was saved. "
            "Run again."
        )
    versions.claim(loaded.versions)
    keys = np.array(loaded.synapse_keys, dtype=np.int64)
    for component in LOCAL:
        columns.update(_model(component), _states(component, group.states), keys)
    for component in SHARED:
        name = SHARED_NAMES[component.name]
        values = _states(component, getattr(group, name))
        for column in _BATH_COLUMNS[component.name]:
            values[column] = group.base[name][column]
        if component.name == "Neuron":
            values |= _clock_columns(group)
        own = np.array(loaded.shared_keys[component.name], dtype=np.int64)
        columns.update(_model(component), values, own)
    _store_conditions(loaded)
    loaded.versions = {key: version + 1 for key, version in loaded.versions.items()}


def store_population(loaded: Loaded) -> None:
    """Store a population as ``store_group`` does."""
    store_group(loaded)


_BATH_COLUMNS = {
    "Neuron": ["external_calcium", "external_magnesium"],
    "DopamineCleft": ["tonic_dopamine", "tonic_acetylcholine"],
    "AstrocyteUnit": ["background_activity"],
    "ConsolidationProteinPool": [],
}


def _states(component: Component, records: Records) -> dict[str, NDArray[np.float64]]:
    return {q.name: snapped(q, records[q.name]) for q in component.states}


def snapped(quantity: Quantity, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a copy with round-off beyond a bound taken back; raise for anything more."""
    values = values.copy()
    low = -np.inf if quantity.minimum is None else quantity.minimum
    high = np.inf if quantity.maximum is None else quantity.maximum
    bad = np.flatnonzero(~((values >= low) & (values <= high) & np.isfinite(values)))
    for bound in (low, high):
        if len(bad) and np.isfinite(bound):
            near = np.abs(values[bad] - bound) <= SNAP_TOLERANCE * max(1.0, abs(bound))
            values[bad[near]] = bound
            bad = bad[~near]
    if len(bad):
        quantity.check(float(values[bad[0]]))
    return values


def _clock_columns(group: Group) -> dict[str, NDArray[np.float64]]:
    last = group.neurons["last_spike"]
    return {
        "simulated_time": group.neurons["time"].copy(),
        "last_spike": np.where(np.isfinite(last), last, np.nan),
    }


def _store_conditions(loaded: Loaded) -> None:
    """Store drugs and generator; the first neuron keeps the group's generator."""
    keys = loaded.shared_keys["Neuron"]
    for batch in batched(keys, columns.BATCH, strict=False):
        Neuron.objects.filter(pk__in=batch).update(
            active_drugs=list(loaded.group.drugs), random_state=None
        )
    Neuron.objects.filter(pk=keys[0]).update(random_state=loaded.random_state)


def _stored(component: Component) -> list[Any]:
    return [*component.parameters, *component.states]


def _model(component: Component) -> Any:
    return apps.get_model("synapse", component.name)
