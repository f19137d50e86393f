"""What the pages of the protocol editor show."""

from collections.abc import Mapping
from typing import Any

from django.db import models
from django.http import HttpRequest
from django.urls import reverse

from synapse.models import SavedProtocol, Synapse, Visibility
from synapse.rendering.protocol_raster import Span, build_raster
from synapse.services import saved_protocols
from synapse.services.access import may_write
from synapse.services.timeline import address
from synapse.services.timeline.drafts import DURATION, bath_fields
from synapse.services.timeline.fields import LATEST_END
from synapse.services.timeline.items import MOST_ITEMS, Fault, TimelineError, fields_of
from synapse.services.timeline.kinds import KINDS, LANES
from synapse.services.timeline.named import STARTS
from synapse.views.access import share_query
from synapse.views.protocol_exports import FORMS
from synapse.views.protocol_form import (
    FieldRow,
    FormItem,
    FormState,
    bath_rows,
    item_rows,
    summary_of,
    typed,
)

MOST_SYNAPSES = 50
"""In the list of synapses to run on."""
VERBS = (
    ("earlier", "Earlier"), ("later", "Later"), ("shorter", "Shorter"), ("longer", "Longer"),
    ("less", "Repeat less"), ("more", "Repeat more"), ("copy", "Duplicate"), ("remove", "Remove"),
)  # fmt: skip
"""What can be done to the chosen item without dragging and without a keyboard."""
WHOLE = {"title", "meaning", "duration", *(f"bath-{name}" for name in bath_fields())}
"""Inputs of the protocol itself, to which a sentence can lead."""
MOST_FAULTS = 20
"""That are listed at once."""
NO_KEY = "KEY"
"""Stands for the key of an item in the templates of new ones."""


def editor_context(
    request: HttpRequest, state: FormState, saved: SavedProtocol | None,
    refused: TimelineError | None,
) -> dict[str, Any]:  # fmt: skip
    """Return what the editor shows of a form."""
    preview = preview_context(state, request.POST)
    faults = list(refused.faults) if refused else preview["found"] if state.items else []
    return preview | {
        "saved": saved,
        "refused": fault_rows(state, refused.faults) if refused else [],
        "texts": state.texts,
        "items": [_item(one, i, faults) for i, one in enumerate(state.items)],
        "bath": bath_rows(state, faults),
        "duration": _row(state, faults),
        "kinds": list(KINDS.values()),
        "lanes": LANES.items(),
        "blanks": [_blank(kind) for kind in KINDS],
        "usual": {name: field.typed(field.default) for name, field in bath_fields().items()},
        "verbs": VERBS,
        "most": MOST_ITEMS,
        "latest": LATEST_END,
        "may_write": saved is not None and may_write(request.user, saved),
        "may_create": saved_protocols.may_create(request.user),
        "synapses": _synapses(request),
        "chosen": chosen_synapse(request),
        "visibilities": Visibility.choices,
        "link": _link(request, saved),
        "share_query": share_query(request),
        "forms": FORMS,
    }  # fmt: skip


def _row(state: FormState, faults: list[Fault]) -> FieldRow:
    error = next((f.message for f in faults if f.field == "duration" and f.place is None), "")
    text = state.texts.get("duration", "")
    return FieldRow(DURATION, "duration", "Simulate at least", text, error)


def _item(item: FormItem, place: int, faults: list[Fault]) -> dict[str, Any]:
    own = [fault for fault in faults if fault.place == place]
    return {
        "key": item.key, "kind": item.kind, "summary": summary_of(item),
        "rows": item_rows(item, own), "wrong": bool(own),
    }  # fmt: skip


def _blank(name: str) -> dict[str, Any]:
    kind = KINDS[name]
    values = kind.defaults()
    values |= {f.name: f.default for f in fields_of(kind, values) if f.name == "value"}
    return _item(FormItem(NO_KEY, kind, typed(kind, values)), 0, [])


def _synapses(request: HttpRequest) -> list[tuple[int, str]]:
    """Return the synapses that the reader may run: the one asked for first, then the oldest."""
    rows = Synapse.objects.writable_by(request.user).outside_populations()
    first = models.Case(models.When(pk=chosen_synapse(request), then=0), default=1)
    return list(rows.order_by(first, "pk").values_list("pk", "name")[:MOST_SYNAPSES])


def chosen_synapse(request: HttpRequest) -> int:
    """Return the key of the synapse that was chosen here or in the address, or 0."""
    key = request.POST.get("synapse") or request.GET.get("synapse") or ""
    return int(key) if key.isascii() and key.isdigit() and len(key) < 12 else 0


def _link(request: HttpRequest, saved: SavedProtocol | None) -> str:
    """Return the address that others can open, for whoever may give it away."""
    if saved is None or saved.visibility == Visibility.PRIVATE:
        return ""
    place = request.build_absolute_uri(reverse("synapse:protocol_edit", args=[saved.pk]))
    if saved.visibility == Visibility.PUBLIC:
        return place
    return f"{place}?key={saved.share_key}" if may_write(request.user, saved) else ""


def preview_context(state: FormState, post: Mapping[str, Any]) -> dict[str, Any]:
    """Return the raster of a form, or what is wrong with it; and its address if it is short."""
    try:
        draft = state.draft()
    except TimelineError as error:
        return {"faults": fault_rows(state, error.faults), "found": list(error.faults),
                "raster": None, "share": ""}  # fmt: skip
    packed = address.pack(draft)
    share = f"{reverse('synapse:protocol_new')}?t={packed}" if packed else ""
    window = _window(post, draft.length)
    return {"faults": [], "found": [], "raster": build_raster(draft, window), "share": share}


def _window(post: Mapping[str, Any], length: float) -> Span | None:
    """Return the window that the timeline shows, if it is a part of the protocol."""
    try:
        low, high = float(post.get("from", "")), float(post.get("to", ""))
    except (TypeError, ValueError):
        return None
    inside = 0.0 <= low < high <= LATEST_END and high - low >= 1.0
    return (low, high) if inside and (low > 0.0 or high < length) else None


def fault_rows(state: FormState, faults: Any) -> list[dict[str, str]]:
    """Return sentences with the input that each is about."""
    rows = []
    for fault in faults[:MOST_FAULTS]:
        href = f"f-{fault.field}" if fault.place is None and fault.field in WHOLE else ""
        if fault.place is not None and fault.place < len(state.items):
            item = state.items[fault.place]
            href = f"f-{item.key}-{fault.field}" if fault.field else ""
            text = f"{fault.place + 1}. {item.kind.title}: {fault.message}"
        else:
            text = str(fault)
        rows.append({"href": href, "text": text, "message": fault.message})
    return rows


def start_panels() -> list[dict[str, Any]]:
    """Return the named protocols with the inputs for their parameters."""
    return [
        {
            "start": start,
            "rows": [
                FieldRow(f, f.name, f"{f.title}, Hz" if f.unit == "Hz" else f.title,
                         f.typed(f.default))
                for f in start.fields
            ],
        }
        for start in STARTS.values()
    ]  # fmt: skip
