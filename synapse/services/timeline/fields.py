"""The fields of an item: what they take, and a sentence where they are given something else."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from synapse.plasticity.bounds import HOUR
from synapse.plasticity.components import DOPAMINE_CLEFT, NEURON
from synapse.plasticity.drugs import DRUGS
from synapse.plasticity.group import BATH
from synapse.services.timeline.times import is_number, read_time, time_text

Value = float | int | str | None

MOST_EVENTS = 20_000
"""Of a protocol that is made here; a file for `run_sim` may have more."""
LATEST_END = 30 * 24 * HOUR
SHORTEST_INTERVAL = 0.1
LONGEST_GIVEN = 40
LARGEST_WHOLE = 2**53


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One setting of an item; ``unit`` is ms, uM, mM or 1, and empty for a choice."""

    name: str
    title: str
    unit: str = "1"
    default: Value = None
    minimum: float = 0.0
    maximum: float = 0.0
    whole: bool = False
    optional: bool = False
    choices: Mapping[str, str] | None = None
    hint: str = ""

    @property
    def column(self) -> str:
        """The name of the field in a table: with its unit."""
        return self.name if self.unit in ("", "1", "mM") else f"{self.name}_{self.unit}"

    def check(self, value: Any) -> Value:
        """Return a value from outside, or raise ``ValueError`` that names field and bound."""
        if value is None or value == "":
            if self.optional:
                return None
            raise ValueError(f"{self.name} is missing")
        if self.choices is not None:
            if not isinstance(value, str) or value not in self.choices:
                known = ", ".join(self.choices)
                raise ValueError(f"{self.name} must be one of {known}; got {shown(value)}")
            return value
        return self._number(value)

    def _number(self, value: Any) -> float | int:
        if not is_number(value):
            kind = "a whole number" if self.whole else "a number"
            raise ValueError(f"{self.name} must be {kind}; got {shown(value)}")
        if not self.minimum <= value <= self.maximum:
            low, high = self.text(self.minimum), self.text(self.maximum)
            raise ValueError(f"{self.name} must be {low} to {high}; got {self.text(value)}")
        if not self.whole:
            return float(value)
        if value != int(value):
            raise ValueError(f"{self.name} must be a whole number; got {value:g}")
        return int(value)

    def parse(self, text: str) -> Value:
        """Return the value of a typed text, or raise ``ValueError``."""
        text = text.strip()
        if not text or self.choices is not None:
            return self.check(text)
        try:
            number = read_time(text) if self.unit == "ms" else float(text.replace("\u2212", "-"))
        except (ValueError, OverflowError):
            kind = f"a time such as 10 {'ms' if self.unit == 'ms' else ''}".rstrip()
            kind = kind if self.unit == "ms" else "a number"
            raise ValueError(f"{self.name} must be {kind}; got {shown(text)}") from None
        return self.check(number)

    def text(self, value: Value) -> str:
        """Return a value with its unit, as a sentence says it."""
        if value is None or isinstance(value, str):
            return value or ""
        if self.unit == "ms":
            return time_text(float(value))
        return f"{value:.12g} {self.unit}" if self.unit not in ("", "1") else f"{value:.12g}"

    def typed(self, value: Value) -> str:
        """Return a value as it stands in an input: times with their unit, others without."""
        if value is None or isinstance(value, str):
            return value or ""
        return time_text(float(value)) if self.unit == "ms" else f"{value!r}".removesuffix(".0")


def shown(value: Any) -> str:
    """Return something that was given, cut short."""
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= LONGEST_GIVEN else text[:LONGEST_GIVEN] + "…"


def time(name: str, title: str, default: float | None = 0.0, **more: Any) -> Field:
    """Return a field for a time."""
    given = {"minimum": 0.0, "maximum": LATEST_END, **more}
    return Field(name=name, title=title, unit="ms", default=default, **given)


def count(name: str, title: str, default: int, most: int = MOST_EVENTS, **more: Any) -> Field:
    """Return a field for a number of things."""
    return Field(
        name=name, title=title, default=default, minimum=1, maximum=most, whole=True, **more
    )


def interval(default: float, name: str = "interval", title: str = "One every") -> Field:
    """Return a field for the time between two things."""
    return time(name, title, default, minimum=SHORTEST_INTERVAL, hint="a time, or 30 Hz")


START = time("start", "Starts at")
REPEAT = count("repeat", "Times in all", 1, 1000)
PERIOD = time("period", "Begun anew every", 10_000.0, minimum=SHORTEST_INTERVAL, hint="if repeated")
SYNAPSE = Field(
    name="synapse", title="Only synapse", minimum=0, maximum=LARGEST_WHOLE, whole=True,
    optional=True, hint="from 0; empty: each",
)  # fmt: skip
INPUTS = Field(
    name="inputs", title="Inputs active together", default=1.0,
    minimum=NEURON["field_cooperativity"].minimum or 0.0,
    maximum=NEURON["field_cooperativity"].maximum or 0.0,
)  # fmt: skip
LAG = time("lag", "Post after pre by", 10.0, minimum=-1000.0, maximum=1000.0,
           hint="negative: post first")  # fmt: skip
AMOUNT = Field(
    name="amount", title="Each adds", unit="uM", default=0.3,
    minimum=DOPAMINE_CLEFT["dopamine"].minimum or 0.0, maximum=1e4,
)  # fmt: skip
LENGTH = time("length", "For", None, minimum=SHORTEST_INTERVAL, optional=True,
              hint="empty: it stays")  # fmt: skip
DRUG = Field(
    name="name", title="Drug", unit="", default="apv",
    choices={name: drug.title for name, drug in DRUGS.items()},
)  # fmt: skip
BATH_TITLES = {
    "external_calcium": "external calcium",
    "external_magnesium": "external magnesium",
    "tonic_dopamine": "tonic dopamine",
    "tonic_acetylcholine": "tonic acetylcholine",
    "background_activity": "background activity",
}
CONDITION = Field(
    name="name", title="Quantity", unit="", default="external_magnesium",
    choices={
        name: title if BATH[name].unit == "1" else f"{title}, {BATH[name].unit}".replace("uM", "µM")
        for name, title in BATH_TITLES.items()
    },
)  # fmt: skip


def bath_field(name: str, *, key: str = "value", title: str = "New value") -> Field:
    """Return the field for a value of a bath quantity, with that quantity's own bounds."""
    quantity = BATH[name]
    return Field(
        name=key, title=title, unit=quantity.unit, default=quantity.default,
        minimum=quantity.minimum or 0.0, maximum=quantity.maximum or 0.0,
    )  # fmt: skip
