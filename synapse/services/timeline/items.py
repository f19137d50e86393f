"""Items from outside, checked; and the events that follow from them."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from synapse.plasticity.stimulus import Event
from synapse.services.timeline.fields import (
    BATH_TITLES,
    CONDITION,
    LATEST_END,
    MOST_EVENTS,
    Field,
    Value,
    bath_field,
    shown,
)
from synapse.services.timeline.kinds import KINDS, ItemKind
from synapse.services.timeline.times import time_text

MOST_ITEMS = 75
_ORDER = {"bath": 0, "drug": 0, "pre": 1, "field": 1, "post": 2, "dopamine": 3,
          "acetylcholine": 4}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a field of an item; ``place`` counts from 0, None is the protocol."""

    place: int | None
    field: str
    message: str

    def __str__(self) -> str:
        return self.message if self.place is None else f"item {self.place + 1}: {self.message}"


class TimelineError(ValueError):
    """Items that cannot be accepted; ``faults`` says what is wrong, each by itself."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(str(fault) for fault in faults[:5]))
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class Item:
    """Something on the timeline, its values checked."""

    kind: ItemKind
    values: Mapping[str, Any]

    @property
    def starts(self) -> list[float]:
        """When each repetition begins, ms."""
        start, period = self.values["start"], self.values["period"]
        return [start + i * period for i in range(self.values["repeat"])]

    @property
    def length(self) -> float:
        """How long one repetition lasts, ms."""
        return self.kind.length(self.values)

    @property
    def end(self) -> float:
        """When the last repetition is over, ms."""
        v = self.values
        return float(v["start"] + (v["repeat"] - 1) * v["period"] + self.length)

    @property
    def number(self) -> int:
        """How many events follow."""
        return int(self.kind.number(self.values) * self.values["repeat"])

    def events(self) -> list[Event]:
        """Return the events of all repetitions."""
        return [event for start in self.starts for event in self.kind.expand(self.values, start)]

    def to_json(self) -> dict[str, Value]:
        """Return the item as plain data, without what is empty."""
        given = {k: v for k, v in self.values.items() if v is not None}
        if given["repeat"] == 1:
            del given["period"]
        return {"kind": self.kind.name, **given}


def fields_of(kind: ItemKind, values: Mapping[str, Any]) -> tuple[Field, ...]:
    """Return the fields of an item; those of a bath change have its quantity's bounds."""
    name = values.get("name", CONDITION.default)
    if kind.name != "bath" or not isinstance(name, str) or name not in BATH_TITLES:
        return kind.fields
    own = {"value": bath_field(name)}
    own["back"] = replace(bath_field(name, key="back", title="Then back to"), optional=True,
                          default=None, hint="needed with a length")  # fmt: skip
    return tuple(own.get(field.name, field) for field in kind.fields)


def read_item(data: Any, place: int) -> Item:
    """Return an item from plain data, or raise ``TimelineError`` with all that is wrong."""
    if not isinstance(data, Mapping):
        raise TimelineError([Fault(place, "", "must be an object")])
    name = data.get("kind")
    kind = KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        message = f"kind must be one of {', '.join(KINDS)}; got {shown(name)}"
        raise TimelineError([Fault(place, "kind", message)])
    return _checked(kind, data, place)


def _checked(kind: ItemKind, data: Mapping[str, Any], place: int) -> Item:
    fields = fields_of(kind, data)
    known = {"kind", *(field.name for field in fields)}
    faults = [
        Fault(place, "", f"{shown(name)} is not known; a {kind.name} item has {', '.join(known)}")
        for name in sorted(map(str, data))
        if name not in known
    ][:1]
    values: dict[str, Any] = {}
    for field in fields:
        try:
            values[field.name] = field.check(data.get(field.name, field.default))
        except ValueError as error:
            faults.append(Fault(place, field.name, str(error)))
    if not faults:
        faults = list(_together(Item(kind, values), place))
    if faults:
        raise TimelineError(faults)
    return Item(kind, values)


def _together(item: Item, place: int) -> Iterable[Fault]:
    """Yield what is wrong with fields that are right by themselves."""
    v = item.values
    if item.end > LATEST_END:
        yield Fault(place, "start", f"the item must end by {time_text(LATEST_END)}; "
                    f"got {time_text(round(item.end, 3))}")  # fmt: skip
    if item.number > MOST_EVENTS:
        yield Fault(place, item.kind.grows, f"an item may have {MOST_EVENTS} events; "
                    f"got {item.number}")  # fmt: skip
    if item.kind.name == "bath" and (v["length"] is None) != (v["back"] is None):
        missing = "back" if v["back"] is None else "length"
        yield Fault(place, missing, f"{missing} is missing: a bath change that ends needs both")
    if item.kind.lane in ("drugs", "bath") and v["repeat"] > 1:
        if v["length"] is None:
            yield Fault(place, "length", "length is missing: what is repeated must end")
        elif v["period"] <= v["length"]:
            yield Fault(place, "period", f"period must be more than the length, "
                        f"{time_text(v['length'])}; got {time_text(v['period'])}")  # fmt: skip


def read_items(data: Any) -> tuple[Item, ...]:
    """Return items from plain data, or raise ``TimelineError`` with all that is wrong."""
    if not isinstance(data, list | tuple):
        raise TimelineError([Fault(None, "items", "items must be a list")])
    if len(data) > MOST_ITEMS:
        sentence = f"a protocol may have {MOST_ITEMS} items; got {len(data)}"
        raise TimelineError([Fault(None, "items", sentence)])
    items: list[Item] = []
    faults: list[Fault] = []
    for place, one in enumerate(data):
        try:
            items.append(read_item(one, place))
        except TimelineError as error:
            faults += error.faults
    faults = faults or _among(items)
    if faults:
        raise TimelineError(faults)
    return tuple(items)


def _among(items: Sequence[Item]) -> list[Fault]:
    """Return what is wrong with items that are right by themselves."""
    total = sum(item.number for item in items)
    if total > MOST_EVENTS:
        sentence = f"a protocol may have {MOST_EVENTS} events; got {total}"
        return [Fault(None, "items", sentence)]
    spans: dict[tuple[str, str], list[tuple[float, float, int]]] = {}
    for place, item in enumerate(items):
        if item.kind.lane in ("drugs", "bath"):
            own = spans.setdefault((item.kind.name, item.values["name"]), [])
            own += [(s, _until(item, s), place) for s in item.starts]
    return [fault for (_, name), own in spans.items() for fault in _overlaps(name, own)][:5]


def _until(item: Item, start: float) -> float:
    """Return until when another item may not act on the same drug or bath quantity."""
    length = item.values["length"]
    if length is None:
        return math.inf if item.kind.name == "drug" else math.nextafter(start, math.inf)
    return float(start + length)


def _overlaps(name: str, spans: list[tuple[float, float, int]]) -> Iterable[Fault]:
    spans.sort()
    for (start, end, first), (begin, _, place) in zip(spans, spans[1:], strict=False):
        if begin < end:
            until = "on" if end == math.inf else f"to {time_text(round(end, 3))}"
            yield Fault(place, "start", f"{name} is there already from {time_text(start)} {until} "
                        f"(item {first + 1})")  # fmt: skip


def events_of(items: Iterable[Item]) -> tuple[Event, ...]:
    """Return the events of all items, in the order in which they happen."""
    events = [event for item in items for event in item.events()]
    return tuple(sorted(events, key=lambda event: (event.time, _ORDER[event.kind])))
