"""The parts of a shared view as text: what differs, and the protocol."""

from dataclasses import dataclass

from synapse.rendering.numbers import Symbol, duration_text, number_text, symbol_of, unit_suffix
from synapse.services.addresses import View
from synapse.services.parameters import PARAMETERS
from synapse.services.presets import rest_values

DIGITS = 6


@dataclass(frozen=True, slots=True)
class Difference:
    """One parameter of a view that differs from the preset."""

    name: str
    symbol: Symbol
    component: str
    meaning: str
    before: str
    after: str
    unit: str


@dataclass(frozen=True, slots=True)
class ProtocolWords:
    """What the protocol of a view does."""

    title: str
    meaning: str
    bath: str
    events: int
    duration: str


def build_differences(view: View) -> list[Difference]:
    """Return the parameters that differ from the preset, in the order of the components."""
    rest = rest_values(view.preset)
    found = []
    for name, (component, q) in PARAMETERS.items():
        if name not in view.differences:
            continue
        before, after = rest[component.name][name], view.differences[name]
        found.append(
            Difference(
                name, symbol_of(q.symbol), component.title, q.meaning,
                number_text(before, DIGITS), number_text(after, DIGITS), unit_suffix(q.unit),
            )
        )  # fmt: skip
    return found


def build_protocol(view: View) -> ProtocolWords | None:
    """Return the protocol in words, or None without one."""
    protocol = view.protocol
    if protocol is None:
        return None
    bath = [
        f"{name} {number_text(v)} {unit_suffix(PARAMETERS[name][1].unit)}".rstrip()
        for name, v in protocol.bath.items()
    ]
    return ProtocolWords(
        protocol.title, protocol.meaning, ", ".join(bath), len(protocol.events),
        duration_text(protocol.duration),
    )  # fmt: skip
