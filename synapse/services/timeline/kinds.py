"""The kinds of items: their fields, how long one lasts, and the events that follow from it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from synapse.plasticity.stimulus import Event, Kind, train
from synapse.services.timeline.fields import (
    AMOUNT,
    CONDITION,
    DRUG,
    INPUTS,
    LAG,
    LENGTH,
    PERIOD,
    REPEAT,
    START,
    SYNAPSE,
    Field,
    Value,
    count,
    interval,
)

Values = Mapping[str, Any]
LANES = {
    "spikes": "Spikes",
    "electrode": "Field electrode",
    "modulators": "Modulators",
    "drugs": "Drugs",
    "bath": "Bath",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemKind:
    """A kind of item. ``grows`` is the field that changes when an item is made longer."""

    name: str
    title: str
    lane: str
    meaning: str
    own: tuple[Field, ...]
    grows: str
    length: Callable[[Values], float]
    number: Callable[[Values], int]
    expand: Callable[[Values, float], list[Event]]
    aimed: bool = True

    @property
    def fields(self) -> tuple[Field, ...]:
        """All fields, those of the kind between the start and the repetition."""
        rest = (REPEAT, PERIOD, SYNAPSE) if self.aimed else (REPEAT, PERIOD)
        return (START, *self.own, *rest)

    def defaults(self) -> dict[str, Value]:
        """Return the values of a new item."""
        return {field.name: field.default for field in self.fields}


def _span(v: Values) -> float:
    return float((v["count"] - 1) * v["interval"])


def _train(kind: Kind, value: str = "") -> Callable[[Values, float], list[Event]]:
    def expand(v: Values, start: float) -> list[Event]:
        return train(
            kind, start=start, interval=v["interval"], count=v["count"], synapse=v["synapse"],
            value=v[value] if value else 1.0,
        )  # fmt: skip

    return expand


def _pairings(v: Values, start: float) -> list[Event]:
    """Return pre and post spikes; the earlier of the first two comes at ``start``."""
    events = []
    for i in range(v["count"]):
        pre = start + max(0.0, -v["lag"]) + i * v["interval"]
        events.append(Event(time=pre, kind="pre", synapse=v["synapse"], value=v["inputs"]))
        events += train(
            "post", start=max(0.0, pre + v["lag"]), interval=v["spike_interval"],
            count=v["spikes"], synapse=v["synapse"],
        )  # fmt: skip
    return events


def _pairings_length(v: Values) -> float:
    post = (v["spikes"] - 1) * v["spike_interval"]
    one = max(v["lag"] + post, 0.0) if v["lag"] >= 0 else max(-v["lag"], post)
    return float(_span(v) + one)


def _bursts(v: Values, start: float) -> list[Event]:
    return [
        event
        for i in range(v["count"])
        for event in train(
            "field", start=start + i * v["interval"], interval=v["pulse_interval"],
            count=v["pulses"], synapse=v["synapse"],
        )
    ]  # fmt: skip


def _drug(v: Values, start: float) -> list[Event]:
    events = [Event(time=start, kind="drug", name=v["name"], value=1.0)]
    if v["length"] is not None:
        events.append(Event(time=start + v["length"], kind="drug", name=v["name"], value=0.0))
    return events


def _bath(v: Values, start: float) -> list[Event]:
    events = [Event(time=start, kind="bath", name=v["name"], value=v["value"])]
    if v["length"] is not None:
        end = start + v["length"]
        events.append(Event(time=end, kind="bath", name=v["name"], value=v["back"]))
    return events


def _interval_kind(name: str, title: str, meaning: str, own: tuple[Field, ...]) -> ItemKind:
    lane = "drugs" if name == "drug" else "bath"
    return ItemKind(
        name=name, title=title, lane=lane, meaning=meaning, own=(*own, LENGTH), grows="length",
        length=lambda v: float(v["length"] or 0.0),
        number=lambda v: 1 if v["length"] is None else 2,
        expand=_drug if name == "drug" else _bath, aimed=False,
    )  # fmt: skip


def _train_kind(
    kind: Kind, title: str, lane: str, meaning: str, own: tuple[Field, ...], value: str = ""
) -> ItemKind:
    return ItemKind(
        name=kind, title=title, lane=lane, meaning=meaning, own=own, grows="count",
        length=_span, number=lambda v: v["count"], expand=_train(kind, value),
    )  # fmt: skip


VALUE = Field(name="value", title="New value", default=0.1, minimum=0.0, maximum=1e4)
BACK = Field(
    name="back", title="Then back to", default=None, minimum=0.0, maximum=1e4, optional=True,
    hint="needed with a length",
)  # fmt: skip
"""Their bounds are those of the quantity that is named; see ``items``."""

_ALL = (
    _train_kind("pre", "Presynaptic train", "spikes", "Spikes of the input.",
                (count("count", "Spikes", 10), interval(20.0), INPUTS), "inputs"),
    ItemKind(
        name="pairing", title="Pairing", lane="spikes", grows="count",
        meaning="A presynaptic spike, and postsynaptic spikes at a fixed lag from it.",
        own=(LAG, count("count", "Pairings", 60), interval(1000.0),
             count("spikes", "Post spikes in each", 1, 100),
             interval(10.0, "spike_interval", "Post spikes every"), INPUTS),
        length=_pairings_length, number=lambda v: v["count"] * (1 + v["spikes"]),
        expand=_pairings,
    ),
    _train_kind("post", "Postsynaptic train", "spikes", "Spikes of the neuron itself.",
                (count("count", "Spikes", 10), interval(20.0))),
    _train_kind("field", "Field train", "electrode",
                "Pulses of a field electrode, which reach several inputs at once.",
                (count("count", "Pulses", 100), interval(10.0))),
    ItemKind(
        name="theta", title="Theta burst", lane="electrode", grows="count",
        meaning="Short bursts of field pulses at the rhythm of theta.",
        own=(count("count", "Bursts", 10), interval(200.0),
             count("pulses", "Pulses in each", 4, 1000),
             interval(10.0, "pulse_interval", "Pulses every")),
        length=lambda v: float(_span(v) + (v["pulses"] - 1) * v["pulse_interval"]),
        number=lambda v: v["count"] * v["pulses"], expand=_bursts,
    ),
    _train_kind("dopamine", "Dopamine pulses", "modulators", "Dopamine released into the cleft.",
                (count("count", "Pulses", 10), interval(1000.0 / 30.0), AMOUNT), "amount"),
    _train_kind("acetylcholine", "Acetylcholine pulses", "modulators",
                "Acts only where acetylcholine is switched on.",
                (count("count", "Pulses", 10), interval(100.0), AMOUNT), "amount"),
    _interval_kind("drug", "Drug", "A drug washed in, and out again after its length.", (DRUG,)),
    _interval_kind("bath", "Bath change", "A condition that takes a new value.",
                   (CONDITION, VALUE, BACK)),
)  # fmt: skip

KINDS: Mapping[str, ItemKind] = {kind.name: kind for kind in _ALL}
"""By name, in the order in which they are offered."""
