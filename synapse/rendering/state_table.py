"""Every variable of a synapse as rows: symbol, name, value, unit, value at rest, bounds."""

from collections.abc import Mapping
from dataclasses import dataclass

from synapse.plasticity.components import COMPONENTS
from synapse.plasticity.quantity import Component, Quantity
from synapse.rendering.numbers import Symbol, number_text, symbol_of, unit_text
from synapse.rendering.rest import Values, values_at_rest

WORDS = {"tag": "−1, 0, 1"}
"""Bounds that a range cannot say."""


@dataclass(frozen=True, slots=True)
class StateRow:
    """One variable as text."""

    symbol: Symbol
    name: str
    meaning: str
    value: str
    unit: str
    rest: str
    bounds: str
    derived: bool


@dataclass(frozen=True, slots=True)
class StateGroup:
    """The variables of one component."""

    accessor: str
    title: str
    shared: bool
    rows: tuple[StateRow, ...]


def build_state_table(values: Values) -> tuple[tuple[StateGroup, ...], tuple[StateGroup, ...]]:
    """Return the groups of all components that have variables, in two columns of like length."""
    rest = values_at_rest(values)
    groups = [
        _group(component, values, rest)
        for component in sorted(COMPONENTS, key=lambda c: c.step)
        if component.states or component.derived
    ]
    total = sum(len(group.rows) for group in groups)
    split, seen = 0, 0
    while seen < total / 2:
        seen += len(groups[split].rows)
        split += 1
    return tuple(groups[:split]), tuple(groups[split:])


def _group(component: Component, values: Values, rest: Mapping[str, float]) -> StateGroup:
    """Return one component's variables."""
    rows = tuple(
        _row(q, values[component.accessor][q.name], rest.get(q.name, q.default))
        for q in (*component.states, *component.derived)
    )
    return StateGroup(component.accessor, component.title, component.shared, rows)


def _row(quantity: Quantity, value: float, rest: float) -> StateRow:
    """Return one variable as text."""
    return StateRow(
        symbol_of(quantity.symbol), quantity.name, quantity.meaning, number_text(value),
        unit_text(quantity.unit), number_text(rest, 3),
        WORDS.get(quantity.name, _bounds(quantity)), quantity.role == "derived",
    )  # fmt: skip


def _bounds(quantity: Quantity) -> str:
    """Return the hard bounds without their unit, which has a column of its own."""
    low, high = quantity.minimum, quantity.maximum
    if low is None and high is None:
        return "any"
    if high is None:
        return f"≥ {number_text(low)}"
    return (
        f"{number_text(low)} to {number_text(high)}"
        if low is not None
        else (f"≤ {number_text(high)}")
    )
