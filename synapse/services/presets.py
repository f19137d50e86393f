"""Making, resetting, copying and exporting a synapse."""

from collections.abc import Mapping
from typing import Any

from django.apps import apps
from django.db import transaction

from synapse.models import (
    AstrocyteUnit,
    ConsolidationProteinPool,
    DopamineCleft,
    Neuron,
    Preset,
    Synapse,
    ValueChange,
    Visibility,
)
from synapse.plasticity.components import COMPONENTS
from synapse.plasticity.quantity import Component
from synapse.services import groups, histories, versions
from synapse.services.values import check_order, checked, set_values

__all__ = [
    "clone",
    "create_from_preset",
    "export",
    "find_preset",
    "remove",
    "reset_to_preset",
    "set_values",
]

NAME_LENGTH = 100
EXPORT_FORMAT = 1


def find_preset(name: str) -> Preset:
    """Return a preset by name, or raise ``ValueError`` that lists the known ones."""
    preset = Preset.objects.filter(name=name).first()
    if preset is None:
        known = ", ".join(Preset.objects.values_list("name", flat=True))
        hint = f"known are {known}" if known else "load them with `manage.py load_presets`"
        raise ValueError(f"there is no preset {name!r}; {hint}")
    return preset


@transaction.atomic
def create_from_preset(
    *,
    preset: str,
    name: str,
    owner: Any = None,
    visibility: str = Visibility.PRIVATE,
    neuron: Neuron | None = None,
    astrocyte_unit: AstrocyteUnit | None = None,
    consolidation_protein_pool: ConsolidationProteinPool | None = None,
    dopamine_cleft: DopamineCleft | None = None,
) -> Synapse:
    """Return a new synapse at rest, with all its components.

    A shared component that is given keeps its own values and gets one synapse more;
    the others are made from the preset. The caller has checked that the owner may
    change what is given.

    Raises
    ------
    ValueError
        No such preset, no name, or the given components cannot be in one group.
    """
    row = find_preset(preset)
    name = _checked_name(name)
    given: dict[str, Any] = {
        "neuron": neuron,
        "astrocyte_unit": astrocyte_unit,
        "consolidation_protein_pool": consolidation_protein_pool,
        "dopamine_cleft": dopamine_cleft,
    }
    values = rest_values(row)
    rows = {
        c.name: given[c.accessor] or _new(c, f"{c.title} of {name}", values)
        for c in COMPONENTS
        if c.shared
    }
    shared = {c.accessor: rows[c.name] for c in COMPONENTS if c.shared}
    synapse = Synapse.objects.create(
        name=name, preset=row, owner=owner, visibility=visibility, **shared
    )
    for component in COMPONENTS:
        if not component.shared:
            rows[component.name] = _model(component).objects.create(
                synapse=synapse, **values[component.name]
            )
    check_order(rows)
    if any(given.values()):
        _join(synapse, is_new_neuron=neuron is None)
    return groups.load_one(synapse.pk)


def rest_values(preset: Preset | None) -> dict[str, dict[str, float]]:
    """Return every stored quantity at rest under a preset, by component and name."""
    differences = checked(preset.values, fixed=True) if preset else {}
    values = {
        c.name: {q.name: q.default for q in (*c.parameters, *c.states)}
        | differences.get(c.name, {})
        for c in COMPONENTS
    }
    ampa = values["AMPATraffickingParameters"]
    values["EndosomeAMPAPool"]["total_ampa"] = ampa["baseline_ampa"]
    values["PSDAMPAPool"]["psd_ampa"] = ampa["psd_fraction"] * ampa["baseline_ampa"]
    for name in ("dopamine", "acetylcholine"):
        values["DopamineCleft"][name] = values["DopamineCleft"][f"tonic_{name}"]
    values["Neuron"]["postsynaptic_rate"] = values["Neuron"]["resting_rate"]
    values["AstrocyteUnit"]["activity"] = values["AstrocyteUnit"]["target_activity"]
    return values


@transaction.atomic
def reset_to_preset(*, synapse: Synapse, expected_version: int, user: Any = None) -> Synapse:
    """Return the synapse at rest, with the parameters of its preset.

    Components that it shares with other synapses stay as they are. The clock goes back
    to 0 if no other synapse runs by it. ``user`` is named in the history.

    Raises
    ------
    StateConflict
        Its neuron's state is newer than ``expected_version``.
    ValueError
        It has no preset.
    """
    fresh = groups.load_one(synapse.pk)
    if fresh.preset is None:
        raise ValueError(f"{fresh.name} has no preset to go back to")
    alone = len(groups.closure_keys([fresh.pk])) == 1
    versions.claim(versions.current([fresh]) | {fresh.neuron_id: expected_version})
    after: dict[str, dict[str, float]] = {}
    for name, values in rest_values(fresh.preset).items():
        component = next(c for c in COMPONENTS if c.name == name)
        row = getattr(fresh, component.accessor)
        if component.shared and row.synapses.count() > 1:
            continue
        if isinstance(row, Neuron):
            values = _neuron_at_rest(values, alone=alone)
        after[name] = {q.name: values[q.name] for q in component.parameters if q.name in values}
        type(row).objects.filter(pk=row.pk).update(**values)
    histories.record(
        synapse=fresh, before=histories.present(fresh, after), after=after, user=user,
        reason=ValueChange.Reason.RESET,
    )  # fmt: skip
    fresh.save(update_fields=["modified"])
    return groups.load_one(fresh.pk)


@transaction.atomic
def clone(*, synapse: Synapse, owner: Any, name: str) -> Synapse:
    """Return a private copy, state and clock included, that shares nothing."""
    source = groups.load_one(synapse.pk)
    name = _checked_name(name)
    shared = {}
    for component in COMPONENTS:
        if component.shared:
            row = getattr(source, component.accessor)
            row.name = _short(f"{component.title} of {name}")
            if isinstance(row, Neuron):
                row.state_version, row.population = 0, None
            shared[component.accessor] = _insert(row, None)
    copy = Synapse.objects.create(name=name, preset=source.preset, owner=owner, **shared)
    for component in COMPONENTS:
        if not component.shared:
            _insert(getattr(source, component.accessor), copy.pk)
    return groups.load_one(copy.pk)


@transaction.atomic
def remove(*, synapse: Synapse) -> None:
    """Delete a synapse and its history; a run of its group cannot be stored any more."""
    versions.claim(versions.current([synapse]))
    synapse.delete()


def export(*, synapse: Synapse) -> dict[str, Any]:
    """Return a synapse's parameters, state and clock, ready for JSON."""
    row = groups.load_one(synapse.pk)
    components = {
        c.name: {
            "parameters": {q.name: getattr(part, q.name) for q in c.parameters},
            "states": {q.name: getattr(part, q.name) for q in c.states},
        }
        for c in COMPONENTS
        for part in [getattr(row, c.accessor)]
    }
    clock = ("simulated_time", "last_spike", "random_state", "active_drugs")
    preset = row.preset and {"name": row.preset.name, "version": row.preset.version}
    return {
        "format": EXPORT_FORMAT,
        "name": row.name,
        "preset": preset,
        "components": components,
        "clock": {name: getattr(row.neuron, name) for name in clock},
    }


def _join(synapse: Synapse, *, is_new_neuron: bool) -> None:
    """Make a new synapse part of the group whose components it was given.

    The version of every neuron is raised, so that a run that does not know the new
    synapse cannot store its result.
    """
    neurons = groups.neurons_of(groups.closure([synapse]))
    if is_new_neuron:
        own = neurons.pop(synapse.neuron_id)
        first = next(iter(neurons.values()), own)
        Neuron.objects.filter(pk=own.pk).update(
            simulated_time=first.simulated_time,
            pool_exchange_interval=first.pool_exchange_interval,
        )
    for name in ("simulated_time", "pool_exchange_interval"):
        found = {getattr(neuron, name) for neuron in neurons.values()}
        if len(found) > 1:
            times = ", ".join(f"{time:g} ms" for time in sorted(found))
            raise ValueError(f"{name} must be equal for all neurons of a group; got {times}")
    versions.claim(versions.current([synapse]))


def _neuron_at_rest(values: Mapping[str, Any], *, alone: bool) -> dict[str, Any]:
    """Return what a reset writes; clock and interval of exchange belong to the group."""
    rest = {**values, "last_spike": None, "random_state": None, "active_drugs": []}
    if alone:
        return rest | {"simulated_time": 0.0}
    rest.pop("pool_exchange_interval")
    return rest


def _checked_name(name: str) -> str:
    name = name.strip()
    if not 0 < len(name) <= NAME_LENGTH:
        raise ValueError(f"name must have 1 to {NAME_LENGTH} characters; got {len(name)}")
    return name


def _short(name: str) -> str:
    return name if len(name) <= NAME_LENGTH else name[: NAME_LENGTH - 1] + "…"


def _model(component: Component) -> Any:
    return apps.get_model("synapse", component.name)


def _new(component: Component, name: str, values: dict[str, dict[str, float]]) -> Any:
    return _model(component).objects.create(name=_short(name), **values[component.name])


def _insert(row: Any, key: int | None) -> Any:
    """Store a loaded row again as a new one."""
    row.pk = key
    row._state.adding = True
    row.save(force_insert=True)
    return row
