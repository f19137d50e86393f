"""A form over the components of a synapse: parameters to edit, states to read."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms

from synapse.fields import QuantityValidator
from synapse.models import Neuron, Synapse
from synapse.plasticity.components import COMPONENTS
from synapse.plasticity.quantity import Component, Quantity
from synapse.services import versions
from synapse.services.conflict import StateConflict
from synapse.services.datasheet import typical_text
from synapse.services.values import InvalidValues, check_order


@dataclass(frozen=True, kw_only=True)
class Line:
    """One quantity on the page: a field to edit, or only its value."""

    quantity: Quantity
    value: float
    field: forms.BoundField | None

    @property
    def typical(self) -> str:
        """Return the typical range as words, or nothing."""
        return typical_text(self.quantity)


@dataclass(frozen=True, kw_only=True)
class Table:
    """One component on the page."""

    component: Component
    row: Any
    lines: list[Line]


class ComponentsForm(forms.ModelForm):  # type: ignore[type-arg]
    """The model's own fields, one field per parameter, and the versions that were read.

    The model form saves only its own fields; the admin hands ``new_values`` to the
    services, which check and store them.
    """

    editable = True
    state_versions = forms.JSONField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows = self.component_rows() if self.instance.pk else {}
        self.current_versions = self.read_versions() if self.instance.pk else {}
        if not self.rows:
            del self.fields["state_versions"]
            return
        self.fields["state_versions"].initial = self.current_versions
        for component, quantity in self.editable_quantities():
            value = getattr(self.rows[component], quantity.name)
            self.fields[quantity.name] = parameter_field(quantity, value)

    def component_rows(self) -> dict[Component, Any]:
        """Return the rows that the page shows, by component."""
        raise NotImplementedError

    def read_versions(self) -> dict[str, int]:
        """Return the version of every neuron that the rows depend on, by key."""
        raise NotImplementedError

    def editable_quantities(self) -> Iterator[tuple[Component, Quantity]]:
        """Return what may be edited: every parameter that is not fixed."""
        if self.editable:
            for component in self.rows:
                yield from ((component, q) for q in component.parameters if not q.fixed)

    def tables(self) -> list[Table]:
        """Return the components as the page shows them."""
        return [
            Table(
                component=component,
                row=row,
                lines=[
                    Line(
                        quantity=q,
                        value=getattr(row, q.name),
                        field=self[q.name] if q.name in self.fields else None,
                    )
                    for q in (*component.parameters, *component.states)
                ],
            )
            for component, row in self.rows.items()
        ]

    def clean(self) -> dict[str, Any]:
        """Refuse a stale form, and values that do not fit together."""
        super().clean()
        if self.rows:
            if self.cleaned_data.get("state_versions") != self.current_versions:
                self.add_error(None, stale_sentence(self.instance))
            self._check_order()
        return self.cleaned_data

    def _check_order(self) -> None:
        changed = {q.name: self.cleaned_data.get(q.name) for _, q in self.editable_quantities()}
        rows = {component.name: Overlay(row, changed) for component, row in self.rows.items()}
        try:
            check_order(rows)
        except InvalidValues as error:
            for name, sentence in error.errors.items():
                if name in self.fields:
                    self.add_error(name, sentence)

    def expected_versions(self) -> dict[int, int]:
        """Return the versions that were read with the page, by key of the neuron."""
        return {int(key): version for key, version in self.current_versions.items()}

    def new_values(self) -> dict[str, dict[str, float]]:
        """Return the parameters that were changed, by component."""
        values: dict[str, dict[str, float]] = {}
        for component, quantity in self.editable_quantities():
            if quantity.name in self.changed_data:
                fields = values.setdefault(component.name, {})
                fields[quantity.name] = self.cleaned_data[quantity.name]
        return values


class SynapseForm(ComponentsForm):
    """A synapse with all its components."""

    def component_rows(self) -> dict[Component, Any]:
        return {c: getattr(self.instance, c.accessor) for c in COMPONENTS}

    def read_versions(self) -> dict[str, int]:
        return {str(key): value for key, value in versions.current([self.instance]).items()}


class SharedForm(ComponentsForm):
    """A shared component by itself."""

    def component_rows(self) -> dict[Component, Any]:
        name = type(self.instance).__name__
        return {component: self.instance for component in COMPONENTS if component.name == name}

    def read_versions(self) -> dict[str, int]:
        (component,) = self.rows
        synapse = Synapse.objects.filter(**{component.accessor: self.instance}).first()
        if synapse is not None:
            found = versions.current([synapse])
        elif isinstance(self.instance, Neuron):
            found = {self.instance.pk: self.instance.state_version}
        else:
            found = {}
        return {str(key): value for key, value in found.items()}


class Overlay:
    """A row as it would be with new values; the row itself stays as it is."""

    def __init__(self, row: Any, values: Mapping[str, Any]) -> None:
        self.row, self.values = row, values

    def __getattr__(self, name: str) -> Any:
        value = self.values.get(name)
        return getattr(self.row, name) if value is None else value


def parameter_field(quantity: Quantity, value: float) -> forms.FloatField:
    """Return the form field of a parameter, refusing what its bounds refuse."""
    field = forms.FloatField(
        initial=value,
        label=quantity.name,
        validators=[
            QuantityValidator(
                name=quantity.name,
                unit=quantity.unit,
                minimum=quantity.minimum,
                maximum=quantity.maximum,
            )
        ],
        error_messages={
            "invalid": f"{quantity.name} must be a finite number",
            "required": f"{quantity.name} must be a number; got nothing",
        },
        widget=forms.NumberInput(
            attrs={
                "step": "any",
                "aria-label": f"{quantity.name}: {quantity.meaning}",
                "title": quantity.meaning,
            }
        ),
    )
    return field


def stale_sentence(row: Any) -> str:
    """Say why a stale form is refused and what to do."""
    return str(
        StateConflict(
            f"The state of {row} has changed since this page was loaded, by a run or by another "
            "user. Nothing was saved. Load the page again and repeat the change."
        )
    )
