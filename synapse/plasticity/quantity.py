"""A quantity is declared once: symbol, unit, default, bounds, meaning and source.

Everything else that needs to know about it (database fields and constraints, array
layout, parameter page, datasheet, tests) reads the declaration.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Role = Literal["parameter", "state", "derived"]
Evidence = Literal["literature", "to verify", "fitted", "design", "protocol"]

SNAP_TOLERANCE = 1e-12
"""A value this close to a bound is taken to be the bound (round-off of an update)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """One number of the model.

    ``default`` is the value of the preset `hippocampus` for a parameter and the value
    at rest for a state. ``minimum`` and ``maximum`` are hard bounds, both inclusive;
    ``None`` means unbounded. ``typical`` is shown, never enforced. ``evidence`` says
    what kind of number it is; ``source`` is a sentence, ``reference`` a key of
    ``references.bib``. ``process`` names the optional process that alone uses it.
    """

    name: str
    symbol: str
    unit: str
    default: float
    minimum: float | None
    maximum: float | None
    meaning: str
    role: Role = "parameter"
    typical: tuple[float | None, float | None] | None = None
    evidence: Evidence = "design"
    source: str = ""
    reference: str = ""
    fixed: bool = False
    process: str = ""

    @property
    def bounds_text(self) -> str:
        """Return the hard bounds as words, with the unit."""
        unit = "" if self.unit == "1" else f" {self.unit}"
        if self.minimum is None and self.maximum is None:
            return "any value"
        if self.maximum is None:
            return f"at least {self.minimum:g}{unit}"
        if self.minimum is None:
            return f"at most {self.maximum:g}{unit}"
        return f"{self.minimum:g} to {self.maximum:g}{unit}"

    def snap(self, value: float) -> float:
        """Return ``value``, moved onto a bound that it misses by round-off only."""
        for bound in (self.minimum, self.maximum):
            if bound is not None and abs(value - bound) <= SNAP_TOLERANCE * max(1.0, abs(bound)):
                return bound
        return value

    def check(self, value: float) -> float:
        """Return the snapped value, or raise ``ValueError`` that names value, unit and bound."""
        unit = "" if self.unit == "1" else f" {self.unit}"
        if value != value or value in (float("inf"), float("-inf")):
            raise ValueError(f"{self.name} must be a finite number; got {value}")
        value = self.snap(value)
        if self.minimum is not None and value < self.minimum:
            raise ValueError(
                f"{self.name} must be at least {self.minimum:g}{unit}; got {value:g}{unit}"
            )
        if self.maximum is not None and value > self.maximum:
            raise ValueError(
                f"{self.name} must be at most {self.maximum:g}{unit}; got {value:g}{unit}"
            )
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """One biochemical component: an ORM model of the same name, and what it owns.

    ``shared`` components serve several synapses; the others belong to exactly one.
    ``accessor`` is the attribute of a ``Synapse`` under which the component is found.
    """

    name: str
    accessor: str
    title: str
    step: int
    shared: bool
    meaning: str
    quantities: tuple[Quantity, ...]

    def __getitem__(self, name: str) -> Quantity:
        for quantity in self.quantities:
            if quantity.name == name:
                return quantity
        raise KeyError(f"{self.name} has no quantity named {name}")

    def __iter__(self) -> Iterator[Quantity]:
        return iter(self.quantities)

    def with_role(self, role: Role) -> tuple[Quantity, ...]:
        """Return the component's quantities of one role, in order of declaration."""
        return tuple(q for q in self.quantities if q.role == role)

    @property
    def parameters(self) -> tuple[Quantity, ...]:
        """Numbers that are set, not computed."""
        return self.with_role("parameter")

    @property
    def states(self) -> tuple[Quantity, ...]:
        """Stored numbers that the simulation changes."""
        return self.with_role("state")

    @property
    def derived(self) -> tuple[Quantity, ...]:
        """Numbers computed when asked for, never stored."""
        return self.with_role("derived")


def state(
    name: str,
    symbol: str,
    unit: str,
    *,
    rest: float,
    minimum: float | None = 0.0,
    maximum: float | None = None,
    meaning: str,
    process: str = "",
) -> Quantity:
    """Declare a stored state variable with its value at rest."""
    return Quantity(
        name=name, symbol=symbol, unit=unit, default=rest, minimum=minimum, maximum=maximum,
        meaning=meaning, role="state", source="state of the model", process=process,
    )  # fmt: skip


def derived(
    name: str,
    symbol: str,
    unit: str,
    *,
    rest: float,
    minimum: float | None = 0.0,
    maximum: float | None = None,
    meaning: str,
) -> Quantity:
    """Declare a variable that is computed from others when asked for."""
    return Quantity(
        name=name, symbol=symbol, unit=unit, default=rest, minimum=minimum, maximum=maximum,
        meaning=meaning, role="derived", source="computed, never stored",
    )  # fmt: skip


def parameter(
    name: str,
    symbol: str,
    unit: str,
    default: float,
    bounds: tuple[float, float],
    *,
    meaning: str,
    typical: tuple[float | None, float | None] | None = None,
    evidence: Evidence = "design",
    source: str,
    reference: str = "",
    fixed: bool = False,
    process: str = "",
) -> Quantity:
    """Declare a parameter; ``bounds`` is usually one of the kinds in ``bounds.py``."""
    return Quantity(
        name=name, symbol=symbol, unit=unit, default=default, minimum=bounds[0],
        maximum=bounds[1], meaning=meaning, typical=typical, evidence=evidence,
        source=source, reference=reference, fixed=fixed, process=process,
    )  # fmt: skip
