"""The form of the protocol editor: texts as they were typed, with what is wrong beside them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from synapse.rendering.numbers import unit_suffix
from synapse.services.timeline.drafts import DURATION, Draft, bath_fields, read_draft
from synapse.services.timeline.fields import BATH_TITLES, DRUG, Field
from synapse.services.timeline.items import MOST_ITEMS, Fault, Item, TimelineError, fields_of
from synapse.services.timeline.kinds import KINDS, ItemKind
from synapse.services.timeline.times import time_text

KEY = re.compile(r"[a-z0-9]{1,8}")
NAMES: Mapping[str, Mapping[str, str]] = {"drug": DRUG.choices or {}, "bath": BATH_TITLES}
"""What an item may be named after."""
LONGEST_TEXT = 4000
"""Characters of any field; what is longer is cut, and refused by its own bound."""


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One input of the page."""

    field: Field
    name: str
    label: str
    text: str
    error: str = ""


@dataclass(slots=True)
class FormItem:
    """One item as it was typed."""

    key: str
    kind: ItemKind
    texts: dict[str, str]

    @property
    def values(self) -> dict[str, str]:
        """The texts that name a choice, which decide about the bounds of others."""
        return {k: v for k, v in self.texts.items() if k == "name"}

    @property
    def fields(self) -> tuple[Field, ...]:
        """The fields of the item."""
        return fields_of(self.kind, self.values)

    def plain(self, place: int, faults: list[Fault]) -> dict[str, Any]:
        """Return the item as plain data; what cannot be read is added to the faults."""
        data: dict[str, Any] = {"kind": self.kind.name}
        for one in self.fields:
            try:
                data[one.name] = one.parse(self.texts.get(one.name, ""))
            except ValueError as error:
                faults.append(Fault(place, one.name, str(error)))
        return data


@dataclass(slots=True)
class FormState:
    """The whole form."""

    texts: dict[str, str] = field(default_factory=dict)
    items: list[FormItem] = field(default_factory=list)

    @classmethod
    def of_draft(cls, draft: Draft) -> "FormState":
        """Return the form that shows a draft."""
        texts = {
            "title": draft.title,
            "meaning": draft.meaning,
            "duration": DURATION.typed(draft.duration),
        }
        fields = bath_fields()
        texts |= {f"bath-{name}": fields[name].typed(value) for name, value in draft.bath.items()}
        return cls(texts, [form_item(f"s{i}", item) for i, item in enumerate(draft.items)])

    @classmethod
    def of_post(cls, post: QueryDict) -> "FormState":
        """Return the form that was sent."""
        names = ("title", "meaning", "duration", *(f"bath-{name}" for name in BATH_TITLES))
        texts = {name: post.get(name, "")[:LONGEST_TEXT] for name in names}
        items = []
        for key in dict.fromkeys(post.getlist("item")[: MOST_ITEMS + 1]):
            kind = KINDS.get(post.get(f"{key}-kind", ""))
            if KEY.fullmatch(key) and kind is not None:
                own = {f.name: post.get(f"{key}-{f.name}", "")[:100] for f in kind.fields}
                items.append(FormItem(key, kind, own))
        return cls(texts, items)

    def draft(self) -> Draft:
        """Return the draft that was typed, or raise ``TimelineError`` with all that is wrong."""
        faults: list[Fault] = []
        if len(self.items) > MOST_ITEMS:
            sentence = f"a protocol may have {MOST_ITEMS} items; got more"
            raise TimelineError([Fault(None, "items", sentence)])
        data = {
            "title": self.texts.get("title", ""),
            "meaning": self.texts.get("meaning", "").replace("\r\n", "\n"),
            "bath": self._bath(faults),
            "duration_ms": self._parsed(DURATION, "duration", faults),
            "items": [item.plain(i, faults) for i, item in enumerate(self.items)],
        }
        if faults:
            raise TimelineError(faults)
        return read_draft(data)

    def _bath(self, faults: list[Fault]) -> dict[str, Any]:
        typed = {n: f for n, f in bath_fields().items() if self.texts.get(f"bath-{n}", "").strip()}
        return {n: self._parsed(f, f"bath-{n}", faults) for n, f in typed.items()}

    def _parsed(self, one: Field, name: str, faults: list[Fault]) -> Any:
        try:
            return one.parse(self.texts.get(name, ""))
        except ValueError as error:
            faults.append(Fault(None, name, str(error)))
            return None

    def add(self, kind: ItemKind) -> FormItem:
        """Add an item of a kind after those that are there, and return it."""
        try:
            end = self.draft().end
        except TimelineError:
            end = 0.0
        values = kind.defaults() | {"start": float(-(-end // 1000) * 1000) + 1000.0}
        values |= {f.name: f.default for f in fields_of(kind, values) if f.name == "value"}
        item = FormItem(self.free_key(), kind, typed(kind, values))
        self.items.append(item)
        return item

    def repeat(self, key: str) -> None:
        """Add a copy of an item."""
        for item in [one for one in self.items if one.key == key]:
            self.items.append(FormItem(self.free_key(), item.kind, dict(item.texts)))

    def remove(self, key: str) -> None:
        """Remove an item."""
        self.items = [item for item in self.items if item.key != key]

    def free_key(self) -> str:
        """Return a key that no item has."""
        taken = {item.key for item in self.items}
        return next(f"s{i}" for i in range(len(taken) + 1) if f"s{i}" not in taken)


def form_item(key: str, item: Item) -> FormItem:
    """Return an item as it is typed."""
    return FormItem(key, item.kind, typed(item.kind, item.values))


def typed(kind: ItemKind, values: Mapping[str, Any]) -> dict[str, str]:
    """Return values as they stand in the inputs."""
    return {f.name: f.typed(values.get(f.name)) for f in kind.fields}


def item_rows(item: FormItem, faults: Iterable[Fault] = ()) -> list[FieldRow]:
    """Return the inputs of an item, with the faults of each."""
    said = {fault.field: fault.message for fault in faults}
    return [
        FieldRow(one, f"{item.key}-{one.name}", _label(one), item.texts.get(one.name, ""),
                 said.get(one.name, ""))
        for one in item.fields
    ]  # fmt: skip


def _label(one: Field) -> str:
    unit = "" if one.unit in ("ms", "", "1") else unit_suffix(one.unit)
    return f"{one.title}, {unit}" if unit and one.name != "value" else one.title


def bath_rows(state: FormState, faults: Iterable[Fault]) -> list[FieldRow]:
    """Return the inputs for the bath of the whole protocol."""
    said = {fault.field: fault.message for fault in faults}
    rows = []
    for name, one in bath_fields().items():
        unit = unit_suffix(one.unit)
        label = BATH_TITLES[name].capitalize() + (f", {unit}" if unit else "")
        key = f"bath-{name}"
        rows.append(FieldRow(one, key, label, state.texts.get(key, ""), said.get(key, "")))
    return rows


def summary_of(item: FormItem) -> str:
    """Return when and how much in a few words, from the texts as they are."""
    t = item.texts
    named = NAMES.get(item.kind.name, {}).get(t.get("name", ""), "")
    words = [f"{named} at {t.get('start') or '?'}".strip()]
    if item.kind.grows == "count":
        words.append(f"{t.get('count') or '?'} every {t.get('interval') or '?'}")
    elif t.get("length"):
        words.append(f"for {t['length']}")
    if t.get("repeat", "1") != "1":
        words.append(f"{t['repeat']} times, every {t.get('period') or '?'}")
    return ", ".join(words)


def run_length(draft: Draft) -> tuple[str, str]:
    """Return for how long to simulate a draft: number and unit."""
    wanted = draft.duration or max(draft.end, 30 * 60_000.0)
    number, _, unit = time_text(float(round(wanted))).partition(" ")
    return number, unit
