"""Changes of a synapse's values as a reader sees them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from synapse.models import Synapse, ValueChange
from synapse.rendering.numbers import duration_text, number_text, unit_suffix
from synapse.services.histories import steps_of
from synapse.services.values import QUANTITIES

DIGITS = 6


@dataclass(frozen=True, slots=True)
class Step:
    """One value before and after."""

    name: str
    before: str
    after: str
    unit: str


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of the history."""

    key: int
    reason: str
    who: str
    when: datetime
    clock: str
    elsewhere: bool
    steps: tuple[Step, ...]


def build_history(synapse: Synapse, changes: Iterable[ValueChange]) -> list[Change]:
    """Return the changes as text, in the order given."""
    return [_change(synapse, change) for change in changes]


def _change(synapse: Synapse, change: ValueChange) -> Change:
    steps = [
        _step(name, old, new)
        for fields in steps_of(change, synapse).values()
        for name, (old, new) in fields.items()
        if name in QUANTITIES
    ]
    return Change(
        key=change.pk, reason=str(ValueChange.Reason(change.reason).label),
        who=change.user.get_username() if change.user else "no login",
        when=change.created, clock=duration_text(change.simulated_time),
        elsewhere=change.synapse_id != synapse.pk, steps=tuple(steps),
    )  # fmt: skip


def _step(name: str, old: float, new: float) -> Step:
    """Return a step with as many digits as it takes to tell the two apart."""
    digits = DIGITS
    while digits < 17 and number_text(old, digits) == number_text(new, digits):
        digits += 1
    unit = unit_suffix(QUANTITIES[name].unit)
    return Step(name, number_text(old, digits), number_text(new, digits), unit)
