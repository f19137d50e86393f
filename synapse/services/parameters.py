"""A synapse's parameters as they are edited: what was typed, compared, saved, taken back."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from synapse.models import Synapse, ValueChange
from synapse.plasticity.components import COMPONENTS
from synapse.plasticity.quantity import Component, Quantity
from synapse.services import groups, histories, run_queue, versions
from synapse.services.conflict import StateConflict
from synapse.services.presets import rest_values
from synapse.services.values import InvalidValues, check_order, checked, set_values

Numbers = dict[str, dict[str, float]]
"""{component: {quantity: value}}."""

PARAMETERS: Mapping[str, tuple[Component, Quantity]] = {
    q.name: (component, q) for component in COMPONENTS for q in component.parameters
}
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
LONGEST_TYPED = 40
"""Characters of what was typed that an error repeats."""


def typed(value: float) -> str:
    """Return a value as it stands in an input: every digit, none too many."""
    return repr(float(value)).removesuffix(".0")


def read_number(name: str, text: str) -> float:
    """Return a typed number, or raise ``ValueError`` that says what was typed."""
    plain = text.strip().replace("\u2212", "-")
    if not NUMBER.fullmatch(plain):
        raise ValueError(f"{name} must be a number; got {plain[:LONGEST_TYPED] or 'nothing'}")
    return float(plain)


def preset_values(synapse: Synapse) -> Numbers:
    """Return the parameters of the synapse's preset, or the defaults without one."""
    rest = rest_values(synapse.preset)
    return {c.name: {q.name: rest[c.name][q.name] for q in c.parameters} for c in COMPONENTS}


def present_values(synapse: Synapse) -> Numbers:
    """Return the parameters of a synapse that was loaded with its components."""
    return histories.present(synapse, {c.name: [q.name for q in c.parameters] for c in COMPONENTS})


def differences(synapse: Synapse) -> dict[str, float]:
    """Return the parameters that differ from the preset, by name."""
    preset, present = preset_values(synapse), present_values(synapse)
    return {
        name: present[c.name][name]
        for name, (c, _) in PARAMETERS.items()
        if present[c.name][name] != preset[c.name][name]
    }


@dataclass
class Edit:
    """What a reader typed over the values that the page showed.

    ``texts`` holds every parameter as typed, ``changes`` those that differ from what was
    shown, ``errors`` a sentence for each that cannot be taken.
    """

    texts: dict[str, str] = field(default_factory=dict)
    changes: Numbers = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """Names of what was changed or refused."""
        return [*(n for part in self.changes.values() for n in part), *self.errors]


def read_edit(synapse: Synapse, given: Mapping[str, str], seen: Mapping[str, str]) -> Edit:
    """Return what was typed, compared with what the page showed.

    Parameters
    ----------
    synapse
        With its components, as stored now.
    given, seen
        Texts by name of the parameter, as typed and as shown.
    """
    edit, stored = Edit(), present_values(synapse)
    for name, (component, quantity) in PARAMETERS.items():
        shown = typed(stored[component.name][name])
        before = seen.get(name, shown)
        text = given.get(name, before).strip()
        if quantity.fixed or text == before:
            continue
        edit.texts[name] = text
        try:
            number = read_number(name, text)
            if typed(number) == before:
                continue
            own = checked({component.name: {name: number}})
            edit.changes.setdefault(component.name, {}).update(own[component.name])
        except InvalidValues as error:
            edit.errors.update(error.errors)
        except ValueError as error:
            edit.errors[name] = str(error)
    return edit


def check_edit(synapse: Synapse, edit: Edit) -> None:
    """Add the errors of pairs of which one must be the smaller, as far as both are known."""
    values = present_values(synapse)
    rows = {name: _Row(part | edit.changes.get(name, {})) for name, part in values.items()}
    try:
        check_order(rows)
    except InvalidValues as error:
        edit.errors.update({n: s for n, s in error.errors.items() if n not in edit.errors})


class _Row:
    def __init__(self, values: Mapping[str, float]) -> None:
        self.__dict__.update(values)


@transaction.atomic
def save(
    *, synapse: Synapse, changes: Numbers, expected_version: int, user: Any, reason: str = ""
) -> Synapse:
    """Store changes, if the neuron's state is still the one that was read.

    Every writer raises the version of all neurons of a group, so that one tells. What goes
    back to the preset in every value is called a reset in the history.
    """
    busy = run_queue.busy_run(synapse.pk)
    if busy:
        raise StateConflict(
            f"Run {busy} of this synapse or its group is under way; a change now would make it "
            "fail. Wait for its end, or cancel it. Nothing was saved."
        )
    preset = preset_values(synapse)
    back = all(preset[c][name] == v for c, part in changes.items() for name, v in part.items())
    kind = ValueChange.Reason.RESET if back else ValueChange.Reason.EDIT
    return set_values(
        synapse=synapse, values=changes, user=user, reason=reason or kind,
        fixed=reason == ValueChange.Reason.RESTORE,
        expected_versions=_expected(synapse, expected_version),
    )  # fmt: skip


@transaction.atomic
def restore(*, synapse: Synapse, change_id: int, expected_version: int, user: Any) -> int:
    """Bring the values back to before a change; return how many that moved.

    Raises
    ------
    ValueError
        There is no such change, or nothing to bring back.
    """
    fresh = groups.load_one(synapse.pk)
    before = histories.values_before(fresh, change_id)
    now = histories.present(fresh, before)
    changes = {
        component: {name: v for name, v in part.items() if now[component][name] != v}
        for component, part in before.items()
    }
    changes = {component: part for component, part in changes.items() if part}
    if not changes:
        raise ValueError("the values are already as they were before this change")
    save(
        synapse=fresh, changes=changes, expected_version=expected_version, user=user,
        reason=ValueChange.Reason.RESTORE,
    )  # fmt: skip
    return sum(len(part) for part in changes.values())


def _expected(synapse: Synapse, version: int) -> dict[int, int]:
    present = versions.current([synapse])
    stored = present.get(synapse.neuron_id)
    if stored != version:
        raise StateConflict(
            f"The state of {synapse.neuron.name} has changed since this page was opened, by a "
            f"run or another edit (version {version} was read, version {stored} is stored). "
            "Nothing was saved."
        )
    return present
