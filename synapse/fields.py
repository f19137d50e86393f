"""From a declared quantity to a stock Django field, its validator and its constraints."""

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.deconstruct import deconstructible

from synapse.plasticity.quantity import Component, Quantity

if TYPE_CHECKING:
    from django.apps.registry import Apps as StateApps
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.migrations import RunPython

LARGEST = 1e308
"""Stands for "finite" in a constraint: PostgreSQL holds NaN greater than every number."""


@deconstructible
class QuantityValidator:
    """Refuse what ``Quantity.check`` refuses, with its sentence.

    It carries its own numbers, so that an old migration never depends on a present
    declaration.
    """

    def __init__(
        self, *, name: str, unit: str, minimum: float | None, maximum: float | None
    ) -> None:
        self.name, self.unit, self.minimum, self.maximum = name, unit, minimum, maximum

    def __call__(self, value: float) -> None:
        quantity = Quantity(
            name=self.name, symbol="", unit=self.unit, default=0.0, minimum=self.minimum,
            maximum=self.maximum, meaning="",
        )  # fmt: skip
        try:
            quantity.check(value)
        except ValueError as error:
            raise ValidationError(str(error), code="out_of_bounds") from error

    def __eq__(self, other: object) -> bool:
        return isinstance(other, QuantityValidator) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((self.name, self.unit, self.minimum, self.maximum))


def quantity_field(quantity: Quantity) -> "models.FloatField[float, float]":
    """Return the stock ``FloatField`` that stores a declared quantity."""
    validator = QuantityValidator(
        name=quantity.name,
        unit=quantity.unit,
        minimum=quantity.minimum,
        maximum=quantity.maximum,
    )
    unit = "" if quantity.unit == "1" else f" in {quantity.unit}"
    return models.FloatField(
        default=quantity.default,
        validators=[validator],
        help_text=f"{quantity.symbol}{unit}: {quantity.meaning} ({quantity.bounds_text})",
    )


def finite_constraint(
    name: str, *, minimum: float | None = 0.0, maximum: float | None = None, text: str = ""
) -> models.CheckConstraint:
    """Return a CHECK that holds a column between two finite bounds and refuses NaN."""
    low = -LARGEST if minimum is None else minimum
    high = LARGEST if maximum is None else maximum
    return models.CheckConstraint(
        condition=models.Q((f"{name}__gte", low), (f"{name}__lte", high)),
        name=f"{name}_bounds",
        violation_error_message=text or f"{name} is outside its bounds.",
    )


def bounds_constraints(component: Component) -> list[models.BaseConstraint]:
    """Return one CHECK per stored quantity, named ``<quantity>_bounds``."""
    return [
        finite_constraint(
            quantity.name,
            minimum=quantity.minimum,
            maximum=quantity.maximum,
            text=f"{quantity.name} must be {quantity.bounds_text}.",
        )
        for quantity in stored(component)
    ]


def below_constraint(smaller: Quantity, larger: Quantity) -> models.CheckConstraint:
    """Return a CHECK that one column of a table stays below another."""
    return models.CheckConstraint(
        condition=models.Q((f"{smaller.name}__lt", models.F(larger.name))),
        name=f"{smaller.name}_below",
        violation_error_message=f"{smaller.name} must be less than {larger.name}.",
    )


def rows_for_existing_synapses(model: str) -> "RunPython":
    """Return the migration step that gives each existing synapse a row of a new component.

    Put it after ``CreateModel`` of a component that belongs to one synapse; the rows hold
    the defaults, which is the component at rest.
    """
    from django.db.migrations import RunPython

    def forwards(apps: "StateApps", schema_editor: "BaseDatabaseSchemaEditor") -> None:
        component = apps.get_model("synapse", model)
        missing = apps.get_model("synapse", "Synapse").objects.exclude(
            pk__in=component.objects.values("pk")
        )
        keys = missing.values_list("pk", flat=True)
        component.objects.bulk_create((component(pk=key) for key in keys), batch_size=1000)

    return RunPython(forwards, RunPython.noop)


def stored(component: Component) -> Iterable[Quantity]:
    """Return the quantities that have a column: parameters, then states."""
    return (*component.parameters, *component.states)


def finite(value: float) -> None:
    """Refuse NaN, infinity and negative numbers (validator of plain float columns)."""
    if not math.isfinite(value) or value < 0:
        raise ValidationError(f"must be a finite number, at least 0; got {value}")
