"""Interventions as a reader sees them: what was done, when, by whom, and what undoes it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from synapse.models import Intervention, Synapse
from synapse.plasticity.drugs import DRUGS
from synapse.plasticity.group import BATH
from synapse.rendering.numbers import duration_text, number_text, unit_suffix
from synapse.services.interventions import COMPONENT_OF, TITLES, values_before

AMOUNTS = ("dopamine", "acetylcholine")


@dataclass(frozen=True, slots=True)
class Entry:
    """One intervention as text; ``undo`` is the text of its button, or empty."""

    key: int
    clock: str
    what: str
    who: str
    when: datetime
    run: int | None
    undo: str
    elsewhere: bool


@dataclass(frozen=True, slots=True)
class DrugEntry:
    """One drug, and whether it is in the bath."""

    name: str
    title: str
    meaning: str
    present: bool


def build_drugs(present: Sequence[str]) -> list[DrugEntry]:
    """Return every known drug."""
    return [DrugEntry(d.name, d.title, d.meaning, d.name in present) for d in DRUGS.values()]


def build_interventions(synapse: Synapse, rows: Sequence[Intervention]) -> list[Entry]:
    """Return the interventions, in the order given: the latest first."""
    latest: dict[tuple[str, str], int] = {}
    for row in rows:
        if row.kind in ("drug", "bath"):
            latest.setdefault((row.kind, row.name), row.pk)
    newest = [row for row in rows if row.pk in latest.values()]
    before = values_before(synapse, newest)
    in_force = {row.pk for row in newest if _in_force(synapse, row)}
    return [_entry(synapse, row, before, row.pk in in_force) for row in rows]


def words_of(row: Intervention) -> str:
    """Say what was done."""
    if row.kind == "drug":
        title = DRUGS[row.name].title if row.name in DRUGS else row.name
        return f"{title} {'added' if row.value else 'washed out'}"
    if row.kind == "bath":
        return f"{row.name} set to {bath_text(row.name, row.value)}"
    title = TITLES.get(row.kind, row.kind)
    if row.kind in AMOUNTS:
        return f"{title}, {number_text(row.value)} µM"
    if row.kind == "pre" and row.value != 1.0:
        return f"{title}, {number_text(row.value)} inputs"
    return title


def bath_text(name: str, value: float) -> str:
    """Return a value of the bath with its unit."""
    unit = unit_suffix(BATH[name].unit) if name in BATH else ""
    return f"{number_text(value)} {unit}".rstrip()


def _in_force(synapse: Synapse, row: Intervention) -> bool:
    """Say whether what a drug or bath was set to is what there is now."""
    if row.kind == "drug":
        return (row.name in synapse.neuron.active_drugs) == bool(row.value)
    component: Any = COMPONENT_OF.get(row.name)
    return bool(component) and getattr(getattr(synapse, component.accessor), row.name) == row.value


def _entry(
    synapse: Synapse, row: Intervention, before: Mapping[int, float], in_force: bool
) -> Entry:
    undo = ""
    if in_force and row.kind == "drug":
        undo = "Wash out" if row.value else "Add again"
    elif in_force and row.pk in before:
        undo = f"Back to {bath_text(row.name, before[row.pk])}"
    return Entry(
        row.pk, duration_text(row.simulated_time), words_of(row),
        row.user.get_username() if row.user else "no login", row.created, row.run_id, undo,
        row.synapse_id != synapse.pk,
    )  # fmt: skip
