"""Protocols: the named ones with their parameters, saved ones, and what a request means."""

import json
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router

from synapse.api.answers import saved_json
from synapse.api.paging import Page, PathKey, ShareKey, paged
from synapse.api.problems import FieldProblem, Problem, clean, shown
from synapse.api.records import ProtocolList, SavedProtocolList, SavedProtocolOut
from synapse.api.requests import ProtocolIn
from synapse.api.rows import readable
from synapse.models import SavedProtocol
from synapse.plasticity.protocols import PROTOCOLS
from synapse.plasticity.stimulus import Protocol
from synapse.services.protocol_files import parse_protocol
from synapse.services.saved_protocols import draft_of
from synapse.services.timeline.drafts import read_draft
from synapse.services.timeline.fields import Field
from synapse.services.timeline.items import TimelineError
from synapse.services.timeline.named import STARTS

router = Router(tags=["Protocols"])
WAYS = ("name", "saved", "items", "events")


@router.get(
    "protocols", response=ProtocolList, operation_id="list_protocols", summary="Named protocols"
)
def list_protocols(request: HttpRequest, page: Query[Page]) -> dict[str, Any]:
    """Return the named protocols, and which of their parameters may be chosen."""
    names = list(PROTOCOLS)
    return {
        "items": [_protocol_json(name) for name in names[page.offset : page.offset + page.limit]],
        "count": len(names), "limit": page.limit, "offset": page.offset, "next": None,
    }  # fmt: skip


@router.get(
    "saved-protocols", response=SavedProtocolList, operation_id="list_saved_protocols",
    summary="Saved protocols",
)  # fmt: skip
def list_saved_protocols(request: HttpRequest, page: Query[Page]) -> dict[str, Any]:
    """Return the saved protocols that you may see."""
    rows = SavedProtocol.objects.visible_to(request.user).select_related("owner")
    return paged(request, rows, page, as_json=lambda row: saved_json(request.user, row))


@router.get(
    "saved-protocols/{protocol_id}", response=SavedProtocolOut,
    operation_id="read_saved_protocol", summary="One of them",
)  # fmt: skip
def read_saved_protocol(
    request: HttpRequest, protocol_id: PathKey, key: ShareKey = ""
) -> dict[str, Any]:
    """Return a saved protocol with the items on its timeline."""
    return saved_json(request.user, _saved(request, protocol_id, share_key=key))


def protocol_of(request: HttpRequest, asked: ProtocolIn) -> Protocol:
    """Return the protocol that a request means, or name the field that is wrong."""
    given = [name for name in WAYS if getattr(asked, name) is not None]
    if len(given) != 1:
        raise FieldProblem("protocol", f"Give one of {', '.join(WAYS)}; got {len(given)}.")
    makers = {"name": _named, "saved": _kept, "items": _items, "events": _events}
    try:
        return makers[given[0]](request, asked)
    except TimelineError as error:
        errors = [
            {"field": f"protocol.{given[0]}.{fault.field}".rstrip("."), "message": str(fault)}
            for fault in error.faults
        ]
        raise Problem(422, str(error), errors=errors) from error
    except ValueError as error:
        raise FieldProblem(f"protocol.{given[0]}", str(error)) from error


def _named(request: HttpRequest, asked: ProtocolIn) -> Protocol:
    name, parameters = str(asked.name), asked.parameters
    if name not in PROTOCOLS:
        raise FieldProblem("protocol.name", f"There is none; known are {', '.join(PROTOCOLS)}.",
                           value=shown(name))  # fmt: skip
    fields = {field.name: field for field in STARTS[name].fields} if name in STARTS else {}
    for key, value in parameters.items():
        where = f"protocol.parameters.{key[:40]}"
        if key not in fields:
            raise FieldProblem(where, f"{name} takes {', '.join(fields) or 'no parameters'}.")
        try:
            fields[key].check(value)
        except ValueError as error:
            facts = _field_json(fields[key])
            raise FieldProblem(
                where, str(error), value=value,
                **{fact: facts[fact] for fact in ("unit", "minimum", "maximum")},
            ) from error  # fmt: skip
    return STARTS[name].draft(parameters).protocol(name) if parameters else PROTOCOLS[name]()


def _kept(request: HttpRequest, asked: ProtocolIn) -> Protocol:
    saved = _saved(request, asked.saved or 0)
    return draft_of(saved).protocol(f"saved-{saved.pk}")


def _items(request: HttpRequest, asked: ProtocolIn) -> Protocol:
    return read_draft(
        {"title": asked.title, "bath": asked.bath or {}, "items": asked.items}
    ).protocol()


def _events(request: HttpRequest, asked: ProtocolIn) -> Protocol:
    title = clean(asked.title or "Events", field="protocol.title")
    data = {"title": title, "bath": asked.bath or {}}
    events = [event.model_dump(exclude_none=True) for event in asked.events or ()]
    text = json.dumps(data | {"events": events})
    return parse_protocol(text, name="protocol", kind=".json")


def _saved(request: HttpRequest, key: int, *, share_key: str = "") -> Any:
    rows = SavedProtocol.objects.select_related("owner")
    return readable(request, rows, key, share_key=share_key)


def _protocol_json(name: str) -> dict[str, Any]:
    protocol = PROTOCOLS[name]()
    fields = STARTS[name].fields if name in STARTS else ()
    return {
        "name": name,
        "title": protocol.title,
        "meaning": protocol.meaning,
        "duration_ms": protocol.duration,
        "events": len(protocol.events),
        "bath": dict(protocol.bath),
        "parameters": [_field_json(field) for field in fields],
    }


def _field_json(field: Field) -> dict[str, Any]:
    return {
        "name": field.name,
        "kind": "whole number" if field.whole else "number",
        "default": field.default,
        "unit": field.unit,
        "minimum": field.minimum,
        "maximum": field.maximum,
    }
