"""Every parameter and state of a synapse as rows of one page, grouped by component."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from synapse.models import Synapse
from synapse.plasticity.components import COMPONENTS
from synapse.plasticity.ordering import ORDERED
from synapse.plasticity.quantity import Component, Quantity
from synapse.rendering.numbers import Symbol, number_text, symbol_of, unit_suffix
from synapse.services.citations import cite
from synapse.services.parameters import Edit, typed
from synapse.services.presets import rest_values

BELOW = {
    smaller: " ".join(pair[3] for pair in ORDERED if pair[1] == smaller)
    for smaller in {pair[1] for pair in ORDERED}
}
"""Which quantities each must be less than."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterRow:
    """One parameter or state as text; ``typed`` is empty for a state.

    ``off`` is the value of a parameter of an optional process at which it is off: that is
    not unusual, whatever is typical when it is on.
    """

    name: str
    symbol: Symbol
    unit: str
    meaning: str
    value: str
    typed: str
    shown: str
    preset: str
    preset_words: str
    default_words: str
    bounds: str
    minimum: str
    maximum: str
    unit_plain: str
    below: str
    typical: str
    typical_low: str
    typical_high: str
    off: str
    unusual: bool
    differs: bool
    changed: bool
    fixed: bool
    is_state: bool
    evidence: str
    source: str
    reference: str
    citation: str
    process: str
    error: str
    hidden: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterGroup:
    """The rows of one component; ``serves`` says whom else it concerns."""

    name: str
    accessor: str
    title: str
    step: int
    meaning: str
    shared: bool
    rows: tuple[ParameterRow, ...]
    serves: str = ""

    @property
    def differing(self) -> int:
        """Number of parameters that differ from the preset."""
        return sum(row.differs for row in self.rows)

    @property
    def can_be_reset(self) -> bool:
        """Say whether any parameter that may be set differs."""
        return any(row.differs and not row.fixed for row in self.rows)

    @property
    def hidden(self) -> bool:
        """Say whether the filter leaves no row."""
        return all(row.hidden for row in self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sieve:
    """What the page is to show: rows with all words of ``words``, perhaps only what differs."""

    words: str = ""
    only_differing: bool = False

    def hides(self, text: str, *, differs: bool) -> bool:
        """Say whether a row is left out."""
        lower = text.lower()
        missing = any(word not in lower for word in self.words.lower().split())
        return missing or (self.only_differing and not differs)


@dataclass(frozen=True, slots=True)
class _Context:
    preset: Mapping[str, Mapping[str, float]]
    edit: Edit
    sieve: Sieve
    serves: Mapping[str, str] = field(default_factory=dict)


def build_parameter_table(
    synapse: Synapse, *, edit: Edit, sieve: Sieve, serves: Mapping[str, str]
) -> tuple[ParameterGroup, ...]:
    """Return every component of a synapse, with what was typed over the stored values."""
    context = _Context(rest_values(synapse.preset), edit, sieve, serves)
    ordered = sorted(COMPONENTS, key=lambda c: c.step)
    return tuple(_group(component, synapse, context) for component in ordered if _stored(component))


def _stored(component: Component) -> tuple[Quantity, ...]:
    return (*component.parameters, *component.states)


def _group(component: Component, synapse: Synapse, context: _Context) -> ParameterGroup:
    part = getattr(synapse, component.accessor)
    rows = tuple(
        _row(quantity, component, float(getattr(part, quantity.name)), context)
        for quantity in _stored(component)
    )
    return ParameterGroup(
        name=component.name, accessor=component.accessor, title=component.title,
        step=component.step, meaning=component.meaning, shared=component.shared, rows=rows,
        serves=context.serves.get(component.name, ""),
    )  # fmt: skip


def _row(q: Quantity, component: Component, value: float, context: _Context) -> ParameterRow:
    preset = context.preset[component.name][q.name]
    is_state = q.role == "state"
    text = context.edit.texts.get(q.name, typed(value))
    error = context.edit.errors.get(q.name, "")
    differs = not is_state and value != preset
    changed = not is_state and text != typed(value)
    citation = cite(q.reference) if q.reference else ""
    evidence = "state" if is_state else q.evidence
    searched = " ".join((
        q.symbol, symbol_of(q.symbol).plain, q.name, q.unit, q.meaning, q.source, evidence,
        citation, q.process, component.title, component.name,
    ))  # fmt: skip
    hides = context.sieve.hides(searched, differs=differs)
    low, high = q.typical or (None, None)
    return ParameterRow(
        name=q.name, symbol=symbol_of(q.symbol), unit=unit_suffix(q.unit), meaning=q.meaning,
        value=number_text(value, 6), typed="" if is_state else text, shown=typed(value),
        preset="" if is_state else typed(preset), preset_words=number_text(preset, 6),
        default_words="" if preset == q.default or is_state else number_text(q.default, 6),
        bounds=_range(q.minimum, q.maximum), minimum=_plain(q.minimum), maximum=_plain(q.maximum),
        unit_plain="" if q.unit == "1" else q.unit, below=BELOW.get(q.name, ""),
        typical=_range(low, high) if q.typical else "",
        typical_low=_plain(low), typical_high=_plain(high),
        off=typed(q.default) if q.process else "",
        unusual=_unusual(q, value),
        differs=differs, changed=changed, fixed=q.fixed, is_state=is_state,
        evidence=evidence, source="" if is_state else q.source,
        reference=q.reference, citation=citation, process=q.process, error=error,
        hidden=hides and not (error or changed),
    )  # fmt: skip


def _unusual(q: Quantity, value: float) -> bool:
    """Say whether a value is outside the typical range, and not just off."""
    low, high = q.typical or (None, None)
    if q.process and value == q.default:
        return False
    return (low is not None and value < low) or (high is not None and value > high)


def _range(low: float | None, high: float | None) -> str:
    if low is None and high is None:
        return "any"
    if high is None:
        return f"≥ {number_text(low)}"
    return f"≤ {number_text(high)}" if low is None else f"{number_text(low)} to {number_text(high)}"


def _plain(bound: float | None) -> str:
    return "" if bound is None else repr(bound)
