"""ORM rows to arrays and back: load once, compute, store once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.apps import apps
from django.db import connection, transaction
from numpy.typing import NDArray

from synapse.models import Neuron, Synapse
from synapse.plasticity.components import COMPONENTS
from synapse.plasticity.drugs import DRUGS
from synapse.plasticity.group import SHARED_NAMES, Group
from synapse.plasticity.layout import PARAMETER, SHARED_RECORDS, STATE, Records, at_rest
from synapse.plasticity.quantity import Component
from synapse.services import versions
from synapse.services.conflict import StateConflict
from synapse.services.groups import LINKS, closure_keys

LOCAL = tuple(c for c in COMPONENTS if not c.shared)
SHARED = tuple(c for c in COMPONENTS if c.shared)
CLOCK = ("simulated_time", "last_spike", "random_state", "active_drugs", "state_version")


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
        return [self.synapse_keys.index(synapse.pk) for synapse in synapses]

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
        of = {
            "neurons": self.group.neuron_of, "clefts": self.group.cleft_of,
            "astrocytes": self.group.astrocyte_of, "pools": self.group.pool_of,
        }  # fmt: skip
        return int(of[SHARED_NAMES[component.name]][place])


# --- load ------------------------------------------------------------------------------


@transaction.atomic
def load_group(synapses: Iterable[Synapse]) -> Loaded:
    """Return the group of the given synapses, in the order of the keys.

    Raises ``ValueError`` where a synapse is missing or its neurons' clocks differ.
    """
    wanted = [synapse.pk for synapse in synapses]
    keys = closure_keys(wanted)
    missing = sorted(set(wanted) - set(keys))
    if missing or not keys:
        raise ValueError(f"there is no synapse {missing[0] if missing else ''}".rstrip())
    links = _links(keys)
    states, parameters = at_rest(STATE, len(keys)), at_rest(PARAMETER, len(keys))
    for component in LOCAL:
        _fill(component, keys, states, parameters)
    shared_keys = {
        component.name: sorted(set(links[link].tolist()))
        for component, link in zip(_linked(), LINKS, strict=True)
    }
    records = _shared_records(shared_keys)
    clocks = _clocks(shared_keys["Neuron"], records["neurons"])
    places: dict[str, Any] = {
        place: np.searchsorted(shared_keys[component.name], links[link])
        for place, component, link in zip(_PLACES, _linked(), LINKS, strict=True)
    }
    return Loaded(
        group=Group(
            states=states, parameters=parameters, drugs=_drugs(clocks), **records, **places
        ),
        synapse_keys=keys,
        shared_keys=shared_keys,
        versions={key: clock["state_version"] for key, clock in clocks.items()},
        random_state=clocks[shared_keys["Neuron"][0]]["random_state"],
    )


def _shared_records(keys: Mapping[str, list[int]]) -> dict[str, Any]:
    """Read the tables of the shared components, by the names of a group's parts."""
    parts: dict[str, Any] = {}
    for component in _linked():
        own = keys[component.name]
        records = at_rest(SHARED_RECORDS[component.name], len(own))
        _fill(component, own, records, records)
        parts[SHARED_NAMES[component.name]] = records
    return parts


_PLACES = ("neuron_of", "astrocyte_of", "pool_of", "cleft_of")


def _linked() -> list[Component]:
    """Return the shared components in the order of ``LINKS``."""
    by_accessor = {c.accessor: c for c in SHARED}
    return [by_accessor[link.removesuffix("_id")] for link in LINKS]


def _links(keys: Sequence[int]) -> dict[str, NDArray[np.int64]]:
    rows = Synapse.objects.filter(pk__in=keys).order_by("pk").values_list(*LINKS)
    columns = np.array(list(rows), dtype=np.int64).T
    return dict(zip(LINKS, columns, strict=True))


def _fill(component: Component, keys: Sequence[int], states: Records, parameters: Records) -> None:
    """Read one table into records, one row a key."""
    names = [q.name for q in _stored(component)]
    rows = list(_model(component).objects.filter(pk__in=keys).order_by("pk").values_list(*names))
    if len(rows) != len(keys):
        raise ValueError(f"{len(keys) - len(rows)} of {len(keys)} rows of {component.name} missing")
    columns = np.array(rows, dtype=np.float64).T
    for quantity, column in zip(_stored(component), columns, strict=True):
        (states if quantity.role == "state" else parameters)[quantity.name] = column


def _clocks(keys: Sequence[int], neurons: Records) -> dict[int, dict[str, Any]]:
    clocks = {row["pk"]: row for row in Neuron.objects.filter(pk__in=keys).values("pk", *CLOCK)}
    for place, key in enumerate(keys):
        clock = clocks[key]
        neurons["time"][place] = clock["simulated_time"]
        last = clock["last_spike"]
        neurons["last_spike"][place] = -np.inf if last is None else last
    return clocks


def _drugs(clocks: Mapping[int, Mapping[str, Any]]) -> list[str]:
    """Return the drugs of the bath: one bath holds the whole group."""
    found = dict.fromkeys(name for clock in clocks.values() for name in clock["active_drugs"])
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
    if closure_keys(loaded.synapse_keys) != loaded.synapse_keys:
        raise StateConflict(
            "Synapses joined or left the group while it was simulated. Nothing was saved. "
            "Run again."
        )
    versions.claim(loaded.versions)
    for component in LOCAL:
        columns = [q.name for q in component.states]
        _update(component, columns, loaded.synapse_keys, _snapped(component, group.states))
    for component in SHARED:
        name = SHARED_NAMES[component.name]
        records = getattr(group, name).copy()
        for column in _BATH_COLUMNS[component.name]:
            records[column] = group.base[name][column]
        columns = [*(q.name for q in component.states), *_BATH_COLUMNS[component.name]]
        _update(
            component, columns, loaded.shared_keys[component.name], _snapped(component, records)
        )
    _store_clocks(loaded)
    loaded.versions = {key: version + 1 for key, version in loaded.versions.items()}


_BATH_COLUMNS = {
    "Neuron": ["external_calcium", "external_magnesium"],
    "DopamineCleft": ["tonic_dopamine", "tonic_acetylcholine"],
    "AstrocyteUnit": ["background_activity"],
    "ConsolidationProteinPool": [],
}


def _snapped(component: Component, records: Records) -> Records:
    """Return a copy with round-off beyond a bound taken back; raise for anything more."""
    records = records.copy()
    for q in component.states:
        values = records[q.name]
        low = -np.inf if q.minimum is None else q.minimum
        high = np.inf if q.maximum is None else q.maximum
        for i in np.flatnonzero(~((values >= low) & (values <= high) & np.isfinite(values))):
            values[i] = q.check(float(values[i]))
    return records


def _update(
    component: Component, columns: Sequence[str], keys: Sequence[int], records: Records
) -> None:
    """Write columns of one table, one UPDATE a row (the floor of the driver on SQLite)."""
    if not columns:
        return
    meta = _model(component)._meta
    quote = connection.ops.quote_name
    key = quote(_column(meta.pk))
    pairs = ", ".join(f"{quote(_column(meta.get_field(name)))} = %s" for name in columns)
    rows = zip(*(records[name].tolist() for name in columns), keys, strict=True)
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {quote(meta.db_table)} SET {pairs} WHERE {key} = %s", list(rows)
        )


def _store_clocks(loaded: Loaded) -> None:
    group = loaded.group
    keys = loaded.shared_keys["Neuron"]
    for place, key in enumerate(keys):
        last = float(group.neurons["last_spike"][place])
        Neuron.objects.filter(pk=key).update(
            simulated_time=float(group.neurons["time"][place]),
            last_spike=last if np.isfinite(last) else None,
            active_drugs=list(group.drugs),
            random_state=loaded.random_state if place == 0 else None,
        )


def _stored(component: Component) -> list[Any]:
    return [*component.parameters, *component.states]


def _model(component: Component) -> Any:
    return apps.get_model("synapse", component.name)


def _column(field: Any) -> str:
    return str(field.column)
