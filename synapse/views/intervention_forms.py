"""What a reader may do to a synapse by hand, as forms."""

from typing import Any

from django import forms

from synapse.forms import PlainNumber
from synapse.plasticity.group import BATH
from synapse.rendering.numbers import unit_text
from synapse.services.durations import UNITS
from synapse.services.interventions import TITLES

TIMES = ("ms", "s", "min")


class EventForm(forms.Form):
    """One event, with what it takes, and for how long to simulate after it."""

    kind = forms.ChoiceField(choices=list(TITLES.items()), widget=forms.HiddenInput)
    inputs = PlainNumber(name="inputs", initial=1)
    amount = PlainNumber(name="amount", initial=1)
    duration = PlainNumber(name="duration", initial=1)
    duration_unit = forms.ChoiceField(choices=[(unit, unit) for unit in TIMES], initial="s")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.error_messages["required"] = f"{name} is missing."

    @property
    def value(self) -> float:
        """What the event is delivered with."""
        kind = self.cleaned_data["kind"]
        if kind == "pre":
            return float(self.cleaned_data["inputs"])
        return float(self.cleaned_data["amount"]) if kind not in ("field", "post") else 1.0

    @property
    def length(self) -> float:
        """How long to simulate, ms."""
        return float(self.cleaned_data["duration"] * UNITS[self.cleaned_data["duration_unit"]])


class BathForm(forms.Form):
    """A quantity of the bath and its new value."""

    name = forms.ChoiceField(
        choices=[(name, f"{name}, {unit_text(q.unit)}") for name, q in BATH.items()]
    )
    value = PlainNumber(name="value")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.error_messages["required"] = f"{name} is missing."
