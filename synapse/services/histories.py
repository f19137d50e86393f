"""The history of a synapse's parameters: what was changed, and what was there before."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Q, QuerySet

from synapse.models import Synapse, ValueChange
from synapse.plasticity.components import COMPONENTS
from synapse.plasticity.layout import SHARED

Numbers = Mapping[str, Mapping[str, float]]
"""{component: {quantity: value}}."""
Steps = dict[str, dict[str, tuple[float, float]]]
"""{component: {quantity: (value before, value after)}}."""

ACCESSORS = {component.name: component.accessor for component in COMPONENTS}


def present(synapse: Synapse, names: Mapping[str, Iterable[str]]) -> dict[str, dict[str, float]]:
    """Return the stored values of some quantities of a synapse with its components."""
    return {
        component: {name: getattr(getattr(synapse, ACCESSORS[component]), name) for name in fields}
        for component, fields in names.items()
    }


def record(
    *, synapse: Synapse, before: Numbers, after: Numbers, user: Any, reason: str
) -> ValueChange | None:
    """Write down what differs; nothing where nothing does."""
    steps = {
        component: {
            name: [before[component][name], value]
            for name, value in fields.items()
            if before[component][name] != value
        }
        for component, fields in after.items()
    }
    steps = {component: fields for component, fields in steps.items() if fields}
    if not steps:
        return None
    return ValueChange.objects.create(
        synapse=synapse, reason=reason, values=steps,
        user=user if user is not None and user.pk is not None else None,
        simulated_time=synapse.neuron.simulated_time,
    )  # fmt: skip


def changes_of(synapse: Synapse) -> QuerySet[ValueChange]:
    """Return every change of the synapse's values, the newest first.

    What it shares may have been changed through another synapse.
    """
    wanted = Q(synapse=synapse)
    for component in SHARED:
        key = f"{component.accessor}_id"
        wanted |= Q((f"synapse__{key}", getattr(synapse, key)), values__has_key=component.name)
    return ValueChange.objects.filter(wanted).select_related("user").order_by("-pk")


def steps_of(change: ValueChange, synapse: Synapse) -> Steps:
    """Return the part of a change that concerns the synapse."""
    shared = {component.name for component in SHARED}
    own = change.synapse_id == synapse.pk
    return {
        component: {name: (float(old), float(new)) for name, (old, new) in fields.items()}
        for component, fields in change.values.items()
        if component in ACCESSORS and (own or component in shared)
    }


def values_before(synapse: Synapse, change_id: int) -> dict[str, dict[str, float]]:
    """Return the values as they were before a change: it and all later ones taken back.

    Raises ``ValueError`` where the synapse has no such change.
    """
    changes = list(changes_of(synapse).filter(pk__gte=change_id))
    if not changes or changes[-1].pk != change_id:
        raise ValueError(f"this synapse has no change {change_id} in its history")
    values: dict[str, dict[str, float]] = {}
    for change in changes:
        for component, fields in steps_of(change, synapse).items():
            own = values.setdefault(component, {})
            own.update({name: old for name, (old, _) in fields.items()})
    return values
