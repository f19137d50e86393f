"""From single events back to items: evenly spaced events become trains, trains repetitions."""

from collections.abc import Iterable, Sequence
from typing import Any

from synapse.plasticity.stimulus import Event
from synapse.services.timeline.fields import SHORTEST_INTERVAL

CLOSE = 1e-6
"""ms; events this close to their place in a train belong to it."""
_OWN = {"pre": "inputs", "dopamine": "amount", "acetylcholine": "amount"}
Train = tuple[float, float, int]
"""Start, interval and number."""


def gather(events: Iterable[Event]) -> list[dict[str, Any]]:
    """Return items, as plain data, from which the same events follow."""
    groups: dict[tuple[Any, ...], list[Event]] = {}
    for event in sorted(events, key=lambda e: e.time):
        value = event.value if event.kind in _OWN else None
        groups.setdefault((event.kind, event.name, event.synapse, value), []).append(event)
    items: list[dict[str, Any]] = []
    for (kind, name, synapse, value), own in groups.items():
        if kind == "drug":
            items += _drugs(name, own)
        elif kind == "bath":
            items += [{"kind": kind, "name": name, "start": e.time, "value": e.value} for e in own]
        else:
            extra = {_OWN[kind]: value} if kind in _OWN else {}
            extra |= {} if synapse is None else {"synapse": synapse}
            items += [{"kind": kind, **train, **extra} for train in _trains(own)]
    return sorted(items, key=lambda item: item["start"])


def _drugs(name: str, events: Sequence[Event]) -> list[dict[str, Any]]:
    """Return the intervals during which a drug is there."""
    items: list[dict[str, Any]] = []
    present = False
    for event in events:
        if event.value and not present:
            items.append({"kind": "drug", "name": name, "start": event.time})
        elif not event.value and present and event.time > items[-1]["start"]:
            items[-1]["length"] = event.time - items[-1]["start"]
        elif not event.value:
            raise ValueError(
                f"{name} is washed out at {event.time:g} ms, but is not there; "
                "an item of the timeline adds a drug before it washes it out"
            )
        present = bool(event.value)
    return items


def _trains(events: Sequence[Event]) -> list[dict[str, Any]]:
    runs = _runs([event.time for event in events])
    items: list[dict[str, Any]] = []
    place = 0
    while place < len(runs):
        start, interval, number = runs[place]
        item: dict[str, Any] = {"start": start, "count": number}
        if number > 1:
            item["interval"] = interval
        repeat = _repeats(runs, place)
        if repeat > 1:
            item |= {"repeat": repeat, "period": runs[place + 1][0] - start}
        items.append(item)
        place += repeat
    return items


def _runs(times: Sequence[float]) -> list[Train]:
    """Return the longest even trains, from the first time on."""
    runs: list[Train] = []
    place = 0
    while place < len(times):
        start, end, gap = times[place], place + 1, 0.0
        if end < len(times):
            gap = times[end] - start
        gap = gap if gap >= SHORTEST_INTERVAL else 0.0
        while gap > 0 and end < len(times):
            if abs(times[end] - start - (end - place) * gap) > CLOSE:
                break
            end += 1
        if end - place == 2 and _starts_a_train(times, place + 1):
            end -= 1
        runs.append((start, gap, end - place))
        place = end
    return runs


def _starts_a_train(times: Sequence[float], place: int) -> bool:
    """Say whether an event belongs to those after it rather than to the one before."""
    if place + 2 >= len(times):
        return False
    gap, before = times[place + 1] - times[place], times[place] - times[place - 1]
    return abs(times[place + 2] - times[place + 1] - gap) <= CLOSE and gap < before


def _repeats(runs: Sequence[Train], place: int) -> int:
    """Return how many trains from ``place`` on are alike and evenly apart."""
    start, interval, number = runs[place]
    if place + 1 >= len(runs):
        return 1
    period = runs[place + 1][0] - start
    found = 1
    for other, gap, size in runs[place + 1 : place + 1000]:
        same = size == number and (number == 1 or abs(gap - interval) <= CLOSE)
        if not same or abs(other - start - found * period) > CLOSE or period < SHORTEST_INTERVAL:
            break
        found += 1
    return found
