"""What a reader may ask of a synapse: ticks, or a named protocol."""

import difflib
import math
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from synapse.plasticity.bounds import HOUR
from synapse.plasticity.components import COMPONENTS
from synapse.plasticity.protocols import PROTOCOLS
from synapse.services import saved_protocols
from synapse.services.durations import UNITS
from synapse.services.experiment_pages import Changeable

SHORTEST_TICK = 0.05
LONGEST_TICK = 24 * HOUR
MOST_TICKS = 1000
LONGEST_RUN = 48 * HOUR
LARGEST_SEED = 2**32 - 1
PLACES = (1, 2, 3)
"""Of the parameters that may be changed at once."""
LONGEST_GIVEN = 40
DECLARED = frozenset(q.name for component in COMPONENTS for q in component.parameters)
NAME_ATTRIBUTES = {
    "list": "parameters", "autocomplete": "off", "autocapitalize": "none", "spellcheck": "false",
}  # fmt: skip

PROTOCOL_CHOICES = [(name, make().title) for name, make in PROTOCOLS.items()]


class PlainNumber(forms.FloatField):
    """A number; anything else is named with what was given."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})

    def __init__(self, *, name: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.name = name

    def to_python(self, value: Any) -> float | None:
        text = str(value or "").strip().replace("\u2212", "-")
        if text in self.empty_values:
            return None
        try:
            number = float(text)
        except ValueError:
            raise forms.ValidationError(f"{self.name} must be a number; got {text[:40]}.") from None
        if not math.isfinite(number):
            raise forms.ValidationError(f"{self.name} must be a finite number; got {text}.")
        return number


class PlainInteger(PlainNumber):
    """A whole number between two bounds."""

    def __init__(self, *, name: str, least: int, most: int, **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)
        self.least, self.most = least, most

    def to_python(self, value: Any) -> int | None:  # type: ignore[override]
        number = super().to_python(value)
        if number is None:
            return None
        given = f"{number:.12g}"
        if number != math.floor(number):
            raise forms.ValidationError(f"{self.name} must be a whole number; got {given}.")
        if not self.least <= number <= self.most:
            raise forms.ValidationError(
                f"{self.name} must be {self.least} to {self.most}; got {given}."
            )
        return int(number)


class RunForm(forms.Form):
    """What both ways to run share: a seed, and sentences for what is missing."""

    seed = PlainInteger(name="seed", least=0, most=LARGEST_SEED, required=False)

    def __init__(self, *args: Any, user: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        for name, field in self.fields.items():
            field.error_messages["required"] = f"{name} is missing."

    def clean_length(self, name: str, unit: str) -> float | None:
        """Return a number times its unit, in ms, once both are valid."""
        number, size = self.cleaned_data.get(name), UNITS.get(self.cleaned_data.get(unit, ""))
        return None if number is None or size is None else number * size

    def given(self, name: str, unit: str) -> str:
        """Return what was given, with its unit."""
        return f"{self.cleaned_data[name]:g} {self.cleaned_data[unit]}"


class TicksForm(RunForm):
    """So many ticks of so much simulated time, with or without a pairing in each."""

    ticks = PlainInteger(name="ticks", least=1, most=MOST_TICKS, initial=10)
    dt = PlainNumber(name="dt", initial=1)
    dt_unit = forms.ChoiceField(choices=[(unit, unit) for unit in UNITS], initial="min")
    each = forms.ChoiceField(
        choices=[("pairing", "one pairing, +10 ms"), ("rest", "nothing")], initial="pairing"
    )

    def clean(self) -> dict[str, Any]:
        """Add ``tick`` (ms), or say what is wrong with dt."""
        tick = self.clean_length("dt", "dt_unit")
        if tick is None:
            return self.cleaned_data
        if not SHORTEST_TICK <= tick <= LONGEST_TICK:
            given = self.given("dt", "dt_unit")
            self.add_error("dt", f"dt must be 0.05 ms to 24 h; got {given}.")
        elif tick * self.cleaned_data.get("ticks", 0) > LONGEST_RUN:
            total = f"{tick * self.cleaned_data['ticks'] / HOUR:g} h"
            self.add_error("ticks", f"ticks × dt must be at most 48 h here; got {total}.")
        return self.cleaned_data | {"tick": tick}


class ProtocolForm(RunForm):
    """A named or saved protocol, and for how long to simulate from its start.

    ``made`` of the cleaned data is the protocol itself. Without a user only the named ones
    are offered.
    """

    protocol = forms.ChoiceField(choices=PROTOCOL_CHOICES, initial="pairing")
    duration = PlainNumber(name="duration", initial=30)
    duration_unit = forms.ChoiceField(choices=[(unit, unit) for unit in UNITS], initial="min")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.user is not None:
            chosen = self.data.get(self.add_prefix("protocol"), self.initial.get("protocol", ""))
            also = saved_protocols.key_of(str(chosen))
            saved = saved_protocols.choices(self.user, also=also)
            self.fields["protocol"].choices = PROTOCOL_CHOICES + saved  # type: ignore[attr-defined]

    def clean_protocol(self) -> str:
        """Make the protocol, from its items where it is a saved one."""
        choice: str = self.cleaned_data["protocol"]
        try:
            self.cleaned_data["made"] = saved_protocols.chosen_protocol(choice, self.user)
        except ValueError as error:
            raise forms.ValidationError(f"{error}.") from error
        return choice

    def clean(self) -> dict[str, Any]:
        """Add ``span`` (ms), or say what is wrong with the duration."""
        span = self.clean_length("duration", "duration_unit")
        if span is None:
            return self.cleaned_data
        if not SHORTEST_TICK <= span <= LONGEST_RUN:
            given = self.given("duration", "duration_unit")
            self.add_error("duration", f"duration must be 0.05 ms to 48 h here; got {given}.")
        return self.cleaned_data | {"span": span}


class ChangeForm(forms.Form):
    """Up to three parameters of an experiment, and the values that they get instead.

    The fields are ``p1``, ``v1`` and so on. ``overrides`` holds what a valid form means.
    """

    def __init__(self, data: Any = None, *, known: Mapping[str, Changeable], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.known = known
        self.overrides: tuple[tuple[str, float], ...] = ()
        for i in PLACES:
            self.fields[f"p{i}"] = forms.CharField(
                required=False, label=f"Parameter {i}", widget=forms.TextInput(NAME_ATTRIBUTES)
            )
            self.fields[f"v{i}"] = forms.CharField(
                required=False, label=f"New value {i}", widget=PlainNumber.widget
            )

    @classmethod
    def of_address(cls, pairs: Sequence[str], *, known: Mapping[str, Changeable]) -> "ChangeForm":
        """Return the form that an address with ``set=name:value`` fills in."""
        data = {}
        for i, pair in zip(PLACES, pairs, strict=False):
            data[f"p{i}"], _, data[f"v{i}"] = pair.partition(":")
        form = cls(data, known=known)
        if len(pairs) > len(PLACES):
            form.add_error(None, f"At most {len(PLACES)} parameters may be set; got {len(pairs)}.")
        return form

    def clean(self) -> dict[str, Any]:
        """Check every pair, and that there is one and none twice."""
        found: dict[str, float] = {}
        for i in PLACES:
            name, text = (self.cleaned_data.get(f"{letter}{i}", "").strip() for letter in "pv")
            if not (name or text):
                continue
            value = self._checked(i, name, text)
            if name in found:
                self.add_error(f"p{i}", f"{name} is named twice.")
            elif value is not None:
                found[name] = value
        if not (found or self.errors):
            self.add_error("p1", "Name at least one parameter.")
        self.overrides = tuple(sorted(found.items()))
        return self.cleaned_data

    def _checked(self, i: int, name: str, text: str) -> float | None:
        """Return the value of a pair, or None once an error has been added."""
        if name not in self.known:
            self.add_error(f"p{i}", unknown_parameter(name, self.known))
            return None
        quantity = self.known[name].quantity
        try:
            value = PlainNumber(name=name, required=False).to_python(text)
            if value is not None:
                return quantity.check(value)
            self.add_error(f"v{i}", f"The value of {name} is missing: {quantity.bounds_text}.")
        except forms.ValidationError as error:
            self.add_error(f"v{i}", f"{error.messages[0]} {name} takes {quantity.bounds_text}.")
        except ValueError as error:
            self.add_error(f"v{i}", f"{error}.")
        return None

    @property
    def pairs(self) -> list[tuple[forms.BoundField, forms.BoundField, Changeable | None]]:
        """The fields of each parameter, and what is known of it."""
        rows = []
        for i in PLACES:
            name, value = self[f"p{i}"], self[f"v{i}"]
            rows.append((name, value, self.known.get(str(name.value() or "").strip())))
        return rows


def unknown_parameter(name: str, known: Mapping[str, Changeable]) -> str:
    """Say that a name is no parameter that may be changed, and which one may be meant."""
    if name in DECLARED:
        return f"{name} cannot be changed here: it is fixed, or the protocol sets it."
    given = name[:LONGEST_GIVEN] or "nothing"
    close = difflib.get_close_matches(given, known, n=1)
    hint = f" Did you mean {close[0]}?" if close else ""
    return f"parameter must be one that may be changed here; got {given}.{hint}"
