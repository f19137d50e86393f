"""Timed events and protocols: the only things that happen to a synapse from outside."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple

import numpy as np

from synapse.plasticity.bounds import LATEST
from synapse.plasticity.cell import ACETYLCHOLINE, DOPAMINE, POST, PRE, Events
from synapse.plasticity.components import DOPAMINE_CLEFT, NEURON
from synapse.plasticity.drugs import DRUGS
from synapse.plasticity.group import BATH, Group

Kind = Literal["pre", "field", "post", "dopamine", "acetylcholine", "bath", "drug"]
KINDS: tuple[Kind, ...] = ("pre", "field", "post", "dopamine", "acetylcholine", "bath", "drug")

_ORDER = {"bath": 0, "drug": 0, "pre": 1, "field": 1, "post": 2, "dopamine": 3,
          "acetylcholine": 4}  # fmt: skip
"""At one instant: conditions change first, then pre, post and the modulators act."""
_COOPERATIVITY = NEURON["field_cooperativity"]
_DOPAMINE = DOPAMINE_CLEFT["dopamine"]
_MODULATORS = {"dopamine": DOPAMINE, "acetylcholine": ACETYLCHOLINE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happens at ``time`` (ms after the protocol starts).

    =============  ===============================================  =================
    kind           acts on                                          value
    =============  ===============================================  =================
    pre            a synapse                                        co-active inputs
    field          a synapse, as a field electrode does             (its neuron's own)
    post           the neuron of a synapse                          (none)
    dopamine       the dopamine cleft of a synapse                  pulse, uM
    acetylcholine  the same volume, where it is switched on         pulse, uM
    bath           the group: ``name`` of ``BATH``                  new value
    drug           the group: ``name`` of ``DRUGS``                 1 add, 0 wash out
    =============  ===============================================  =================

    ``synapse`` counts the synapses that were named for the run, from 0; ``None`` means
    each of them.
    """

    time: float
    kind: Kind
    synapse: int | None = None
    value: float = 1.0
    name: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}; got {self.kind!r}")
        if not 0.0 <= self.time <= LATEST:
            raise ValueError(f"time must be 0 to {LATEST:g} ms; got {self.time!r}")
        if self.synapse is not None and self.synapse < 0:
            raise ValueError(f"synapse must be at least 0; got {self.synapse}")
        if self.kind == "pre":
            replace(_COOPERATIVITY, name="value of a pre event").check(self.value)
        elif self.kind in _MODULATORS:
            name = f"value of a {self.kind} event"
            replace(_DOPAMINE, name=name, maximum=1e4).check(self.value)
        elif self.kind == "bath":
            if self.name not in BATH:
                raise ValueError(f"bath must name one of {', '.join(BATH)}; got {self.name!r}")
            BATH[self.name].check(self.value)
        elif self.kind == "drug":
            if self.name not in DRUGS:
                raise ValueError(f"drug must be one of {', '.join(DRUGS)}; got {self.name!r}")
            if self.value not in (0.0, 1.0):
                raise ValueError(
                    f"value of a drug must be 1 (add) or 0 (wash out); got {self.value!r}"
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """Named events with the bath they need; ``duration`` is when the last one is over, ms."""

    name: str
    title: str
    meaning: str
    events: tuple[Event, ...]
    bath: Mapping[str, float] = field(default_factory=dict)
    duration: float = 0.0

    def __post_init__(self) -> None:
        for name, value in self.bath.items():
            if name not in BATH:
                raise ValueError(f"bath must name one of {', '.join(BATH)}; got {name!r}")
            BATH[name].check(value)

    def to_json(self) -> dict[str, Any]:
        """Return the protocol as plain data, as ``from_json`` reads it."""
        rows = [[e.time, e.kind, e.synapse, e.value, e.name] for e in self.events]
        return {
            "name": self.name, "title": self.title, "meaning": self.meaning,
            "bath": dict(self.bath), "duration": self.duration, "events": rows,
        }  # fmt: skip

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Protocol":
        """Return the protocol that ``to_json`` wrote."""
        events = tuple(
            Event(time=time, kind=kind, synapse=synapse, value=value, name=name)
            for time, kind, synapse, value, name in data["events"]
        )
        return cls(
            name=data["name"], title=data["title"], meaning=data["meaning"], events=events,
            bath=dict(data["bath"]), duration=data["duration"],
        )  # fmt: skip


def train(
    kind: Kind,
    *,
    start: float,
    interval: float,
    count: int,
    synapse: int | None = None,
    value: float = 1.0,
) -> list[Event]:
    """Return ``count`` events every ``interval`` ms from ``start`` (ms)."""
    return [
        Event(time=start + i * interval, kind=kind, synapse=synapse, value=value)
        for i in range(count)
    ]


class Change(NamedTuple):
    """A change of conditions at a time (ms, simulated)."""

    time: float
    kind: str
    name: str
    value: float


class Schedule(NamedTuple):
    """What will happen to a group: the events of each neuron, and changes of conditions."""

    cells: tuple[Events, ...]
    changes: tuple[Change, ...]


def schedule(
    group: Group, events: Iterable[Event], *, start: float, named: Sequence[int]
) -> Schedule:
    """Place events on a group from ``start`` (ms); ``named`` are places of synapses in it.

    Raises ``ValueError`` where an event counts a synapse that was not named.
    """
    rows: list[list[tuple[float, int, int, float]]] = [[] for _ in group.neurons]
    changes = []
    ordered = sorted(events, key=lambda e: (e.time, _ORDER[e.kind]))
    local = local_places(group)
    for event in ordered:
        if event.kind in ("bath", "drug"):
            changes.append(Change(start + event.time, event.kind, event.name, event.value))
            continue
        for neuron, kind, target, value in _targets(group, event, named, local):
            rows[neuron].append((start + event.time, kind, target, value))
    return Schedule(tuple(_columns(cell) for cell in rows), tuple(changes))


def local_places(group: Group) -> list[int]:
    """Return each synapse's place among those of its own neuron."""
    seen = [0] * len(group.neurons)
    places = []
    for neuron in group.neuron_of:
        places.append(seen[neuron])
        seen[neuron] += 1
    return places


def _targets(
    group: Group, event: Event, named: Sequence[int], local: Sequence[int]
) -> list[tuple[int, int, int, float]]:
    """Return (neuron, kind, target in the neuron, value) for each place an event reaches."""
    if event.synapse is not None and event.synapse >= len(named):
        raise ValueError(
            f"synapse must be 0 to {len(named) - 1}, the synapses of this run; got {event.synapse}"
        )
    reached = list(named) if event.synapse is None else [named[event.synapse]]
    if event.kind in ("pre", "field"):
        return [
            (int(group.neuron_of[i]), PRE, local[i], _cooperativity(group, event, i))
            for i in reached
        ]
    if event.kind == "post":
        neurons = sorted({int(group.neuron_of[i]) for i in reached})
        return [(neuron, POST, 0, 0.0) for neuron in neurons]
    clefts = sorted({int(group.cleft_of[i]) for i in reached})
    targets = []
    for neuron in range(len(group.neurons)):
        own = clefts_of(group, neuron)
        kind = _MODULATORS[event.kind]
        targets += [(neuron, kind, own.index(c), event.value) for c in clefts if c in own]
    return targets


def clefts_of(group: Group, neuron: int) -> list[int]:
    """Return the places of the dopamine clefts that a neuron's synapses lie in."""
    return sorted({int(c) for c in group.cleft_of[group.neuron_of == neuron]})


def _cooperativity(group: Group, event: Event, synapse: int) -> float:
    if event.kind == "pre":
        return event.value
    return float(group.neurons["field_cooperativity"][group.neuron_of[synapse]])


def _columns(rows: list[tuple[float, int, int, float]]) -> Events:
    times, kinds, targets, values = zip(*rows, strict=True) if rows else ((), (), (), ())
    return Events(
        np.array(times, dtype=np.float64),
        np.array(kinds, dtype=np.int64),
        np.array(targets, dtype=np.int64),
        np.array(values, dtype=np.float64),
    )
