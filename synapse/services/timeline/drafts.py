"""A whole protocol as it is edited: name, meaning, items, bath and length."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from synapse.plasticity.group import BATH
from synapse.plasticity.stimulus import Protocol
from synapse.services.timeline.fields import Field, bath_field, shown, time
from synapse.services.timeline.items import (
    Fault,
    Item,
    TimelineError,
    events_of,
    read_items,
)
from synapse.services.timeline.times import time_text

LONGEST_NAME = 100
LONGEST_MEANING = 2000
KEYS = ("title", "meaning", "items", "bath", "duration_ms")
DURATION = time("duration", "Simulate at least", None, optional=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A protocol whose parts have been checked; ``duration`` None is the end of the items."""

    title: str = ""
    meaning: str = ""
    items: tuple[Item, ...] = ()
    bath: Mapping[str, float] = field(default_factory=dict)
    duration: float | None = None

    @property
    def end(self) -> float:
        """When the last item is over, ms."""
        return max((item.end for item in self.items), default=0.0)

    @property
    def length(self) -> float:
        """How long the protocol is, ms."""
        return max(self.end, self.duration or 0.0)

    def to_json(self) -> dict[str, Any]:
        """Return the draft as plain data, as ``read_draft`` reads it."""
        return {
            "title": self.title, "meaning": self.meaning, "bath": dict(self.bath),
            "duration_ms": self.duration, "items": [item.to_json() for item in self.items],
        }  # fmt: skip

    def protocol(self, name: str = "timeline") -> Protocol:
        """Return what the engine runs."""
        return Protocol(
            name=name, title=self.title or "Protocol", meaning=self.meaning,
            events=events_of(self.items), bath=self.bath, duration=self.length,
        )  # fmt: skip


def bath_fields() -> dict[str, Field]:
    """Return the fields of the bath during the whole protocol, by name of the quantity."""
    return {name: bath_field(name, key=name, title=name) for name in BATH}


def read_draft(data: Any) -> Draft:
    """Return a draft from plain data, or raise ``TimelineError`` with all that is wrong."""
    if not isinstance(data, Mapping):
        raise TimelineError([Fault(None, "", "a protocol must be an object")])
    unknown = sorted(str(key) for key in data if key not in KEYS)
    faults = [Fault(None, "", f"{shown(unknown[0])} is not known")] if unknown else []
    texts = {"title": LONGEST_NAME, "meaning": LONGEST_MEANING}
    faults += [f for name, most in texts.items() for f in _text_faults(data, name, most)]
    bath = _bath(data.get("bath") or {}, faults)
    duration = _duration(data.get("duration_ms"), faults)
    items: tuple[Item, ...] = ()
    try:
        items = read_items(data.get("items", ()))
    except TimelineError as error:
        faults += error.faults
    draft = Draft(
        title=str(data.get("title") or "").strip(), meaning=str(data.get("meaning") or "").strip(),
        items=items, bath=bath, duration=duration,
    )  # fmt: skip
    if not faults and duration is not None and duration < draft.end:
        faults.append(Fault(None, "duration", f"duration must be at least {_end(draft)}, the end "
                            f"of the last item; got {time_text(duration)}"))  # fmt: skip
    if faults:
        raise TimelineError(faults)
    return draft


def _end(draft: Draft) -> str:
    return time_text(round(draft.end, 3))


def _text_faults(data: Mapping[str, Any], name: str, most: int) -> list[Fault]:
    text = data.get(name) or ""
    if not isinstance(text, str):
        return [Fault(None, name, f"{name} must be text; got {shown(text)}")]
    if len(text) > most:
        return [Fault(None, name, f"{name} may have {most} characters; got {len(text)}")]
    if any(ord(c) < 32 and c not in "\n\r\t" for c in text):
        return [Fault(None, name, f"{name} must not hold control characters")]
    return []


def _bath(data: Any, faults: list[Fault]) -> dict[str, float]:
    if not isinstance(data, Mapping):
        faults.append(Fault(None, "bath", f"bath must be an object; got {shown(data)}"))
        return {}
    bath, fields = {}, bath_fields()
    for name, value in data.items():
        try:
            if name not in fields:
                raise ValueError(f"bath must name one of {', '.join(fields)}; got {shown(name)}")
            bath[name] = float(fields[name].check(value) or 0.0)
        except ValueError as error:
            faults.append(Fault(None, f"bath-{shown(name)}", str(error)))
    return bath


def _duration(value: Any, faults: list[Fault]) -> float | None:
    try:
        found = DURATION.check(value)
    except ValueError as error:
        faults.append(Fault(None, "duration", str(error)))
        return None
    return None if found is None else float(found)
