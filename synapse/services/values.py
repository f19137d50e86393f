"""The one door through which parameters are edited."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import models, transaction

from synapse.models import Neuron, Synapse, ValueChange
from synapse.plasticity.components import COMPONENTS
from synapse.plasticity.ordering import ORDERED
from synapse.plasticity.quantity import Quantity
from synapse.services import groups, histories, versions
from synapse.services.access import require_write

Values = Mapping[str, Mapping[str, Any]]
"""{component: {quantity: value}}."""

BY_NAME = {component.name: component for component in COMPONENTS}
QUANTITIES = {q.name: q for component in COMPONENTS for q in component}


class InvalidValues(ValueError):
    """Values that cannot be stored: ``errors`` has a sentence for each quantity."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(" ".join(f"{sentence.rstrip('.')}." for sentence in errors.values()))
        self.errors = dict(errors)


def checked(values: Values, *, fixed: bool = False) -> dict[str, dict[str, float]]:
    """Return the values as numbers inside their bounds, or raise ``InvalidValues``.

    Parameters
    ----------
    values
        Values by component and quantity.
    fixed
        Accept values for "fixed" parameters too (a preset may set them).
    """
    errors: dict[str, str] = {}
    result: dict[str, dict[str, float]] = {}
    for component, fields in values.items():
        for name, value in fields.items():
            try:
                number = _check_one(_quantity(component, name), value, fixed=fixed)
                result.setdefault(component, {})[name] = number
            except ValueError as error:
                errors[name] = str(error)
    if errors:
        raise InvalidValues(errors)
    return result


def check_order(components: Mapping[str, Any]) -> None:
    """Refuse components that break an invariant between two of their quantities.

    Only those that are given are compared.
    """
    errors = {}
    for component, smaller, other, larger in ORDERED:
        if not {component, other} <= set(components):
            continue
        low, high = getattr(components[component], smaller), getattr(components[other], larger)
        if not low < high:
            unit = QUANTITIES[smaller].unit
            errors[smaller] = (
                f"{smaller} must be less than {larger} ({high:g} {unit}); got {low:g} {unit}"
            )
    if errors:
        raise InvalidValues(errors)


@transaction.atomic
def set_values(
    *,
    synapse: Synapse,
    values: Values,
    expected_versions: Mapping[int, int],
    user: Any,
    reason: str = ValueChange.Reason.EDIT,
    fixed: bool = False,
) -> Synapse:
    """Change parameters of a synapse's components, own and shared, in one transaction.

    What really changes is written into the history.

    Parameters
    ----------
    synapse
        The synapse, as the user saw it.
    values
        New values, {component: {quantity: value}}; the rest stays as it is.
    expected_versions
        Version of every neuron of the group when the values were read.
    user
        Who asks; ``None`` for trusted code such as a command.
    reason
        What the history says of it.
    fixed
        Accept values for "fixed" parameters too, as going back to a preset does.

    Returns
    -------
    Synapse
        The synapse as stored, with its components.

    Raises
    ------
    InvalidValues, StateConflict, PermissionDenied
        Nothing was changed.
    """
    numbers = checked(values, fixed=fixed)
    fresh = groups.load_one(synapse.pk)
    if user is not None:
        require_write(user, _affected(fresh, numbers))
    versions.claim_group(fresh, expected_versions)
    before = histories.present(fresh, numbers)
    for component, fields in numbers.items():
        row = getattr(fresh, BY_NAME[component].accessor)
        for name, number in fields.items():
            setattr(row, name, number)
    check_order({component.name: getattr(fresh, component.accessor) for component in COMPONENTS})
    for component, fields in numbers.items():
        getattr(fresh, BY_NAME[component].accessor).save(update_fields=list(fields))
    _spread_exchange_interval(fresh, numbers)
    histories.record(synapse=fresh, before=before, after=numbers, user=user, reason=reason)
    fresh.save(update_fields=["modified"])
    return fresh


@transaction.atomic
def set_shared_values(
    *, row: models.Model, values: Values, expected_versions: Mapping[int, int], user: Any
) -> None:
    """Change parameters of a shared component, whether or not a synapse uses it.

    Arguments and errors are those of ``set_values``.
    """
    synapse = Synapse.objects.filter(**{BY_NAME[type(row).__name__].accessor: row}).first()
    if synapse is not None:
        set_values(synapse=synapse, values=values, expected_versions=expected_versions, user=user)
        return
    numbers = checked(values).get(type(row).__name__, {})
    versions.claim(expected_versions)
    type(row)._default_manager.filter(pk=row.pk).update(**numbers)


def _affected(synapse: Synapse, values: Values) -> Iterable[Synapse]:
    """Return the synapses that a change of these components acts on."""
    if "pool_exchange_interval" in values.get("Neuron", {}):
        return groups.closure([synapse])
    found = {synapse.pk: synapse}
    for name in values:
        component = BY_NAME[name]
        if component.shared:
            shared = getattr(synapse, component.accessor)
            found |= {other.pk: other for other in shared.synapses.all()}
    return found.values()


def _spread_exchange_interval(synapse: Synapse, values: Values) -> None:
    """Give the interval of exchange to all neurons of a group: it must be equal there."""
    interval = values.get("Neuron", {}).get("pool_exchange_interval")
    if interval is not None:
        keys = groups.closure_keys([synapse.pk])
        neurons = Neuron.objects.filter(synapses__in=keys)
        Neuron.objects.filter(pk__in=neurons.values("pk")).update(pool_exchange_interval=interval)


def _quantity(component: str, name: str) -> Quantity:
    if component not in BY_NAME:
        raise ValueError(f"there is no component named {component}")
    try:
        return BY_NAME[component][name]
    except KeyError as error:
        raise ValueError(str(error.args[0])) from error


def _check_one(quantity: Quantity, value: Any, *, fixed: bool) -> float:
    if quantity.role != "parameter":
        raise ValueError(f"{quantity.name} is computed by the simulation and cannot be set")
    if quantity.fixed and not fixed:
        raise ValueError(f"{quantity.name} is fixed and cannot be changed")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{quantity.name} must be a number; got {value!r}")
    try:
        return quantity.check(float(value))
    except OverflowError:
        raise ValueError(f"{quantity.name} must be a finite number; got {value}") from None
