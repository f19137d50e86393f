"""A connection in the laboratory: a synapse of its preset, and its events as a protocol."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from learner.models import Connection
from learner.pipeline.bridge.code import Spikes, code_from, protocol_of
from learner.services.bridge import PRESET
from learner.services.connections import place_of, place_text
from synapse.models import SavedProtocol, Synapse
from synapse.plasticity.stimulus import Protocol
from synapse.services import saved_protocols
from synapse.services.access import may_write
from synapse.services.presets import create_from_preset
from synapse.services.timeline.drafts import LONGEST_NAME, Draft, read_draft
from synapse.services.timeline.gather import gather
from synapse.services.timeline.items import MOST_ITEMS


@transaction.atomic
def laboratory(*, connection: Connection, user: Any) -> tuple[Synapse, SavedProtocol]:
    """Return a synapse of the laboratory and a saved protocol of a connection's last events.

    The synapse is made at the first time, and anew for another preset; the protocol is the
    same one while the events are. A saved protocol holds few items: the last events only.

    Raises
    ------
    PermissionDenied
        The user may not change the learner.
    ValueError
        The connection has not been computed, or nothing happened to it.
    """
    learner = connection.learner
    if not may_write(user, learner):
        raise PermissionDenied(f"You may read the learner {learner.name}, not change it.")
    draft = draft_of(connection)
    owner = user if getattr(user, "is_authenticated", False) else None
    synapse, preset = connection.synapse, connection.agreement.get("preset", PRESET)
    if synapse is None or synapse.preset is None or synapse.preset.name != preset:
        synapse = create_from_preset(
            preset=preset, owner=owner, name=title_of(connection, f"{preset} synapse")
        )
        connection.synapse = synapse
        connection.save(update_fields=["synapse", "modified"])
    return synapse, saved_of(draft, owner) or saved_protocols.create(draft=draft, owner=owner)


def saved_of(draft: Draft, owner: Any) -> SavedProtocol | None:
    """Return the saved protocol of a draft; others may have its name and differ."""
    data = draft.to_json()
    wanted = (data["items"], data["bath"], data["duration_ms"] or 0.0)
    rows = SavedProtocol.objects.filter(owner=owner, name=draft.title)
    return next((row for row in rows if (row.items, row.bath, row.duration) == wanted), None)


def draft_of(connection: Connection) -> Draft:
    """Return the last events of a connection as items that fit into a saved protocol."""
    spikes = spikes_of(connection)
    if not any(s.pre or s.post for s in spikes):
        raise ValueError("nothing happened to this connection that a synapse could be shown")
    count = fitting(connection, spikes)
    protocol = _protocol(connection, spikes[-count:])
    end = connection.computed_at or 0
    title = title_of(connection, f"operations {end - count + 1} to {end}")
    return read_draft({
        "title": title,
        "meaning": f"{protocol.meaning} The last {count} of {len(spikes)} operations: a saved "
        f"protocol holds {MOST_ITEMS} items.",
        "items": gather(protocol.events), "bath": dict(protocol.bath),
        "duration_ms": protocol.duration,
    })  # fmt: skip


def fitting(connection: Connection, spikes: list[Spikes]) -> int:
    """Return how many of the last operations fit into a saved protocol."""
    few, many = 1, len(spikes) + 1
    while many - few > 1:
        middle = (few + many) // 2
        items = gather(_protocol(connection, spikes[-middle:]).events)
        few, many = (middle, many) if len(items) <= MOST_ITEMS else (few, middle)
    return few


def whole_protocol(connection: Connection) -> Protocol:
    """Return all events of a connection, which a file can hold."""
    return _protocol(connection, spikes_of(connection))


def spikes_of(connection: Connection) -> list[Spikes]:
    """Return the spikes that are kept with a connection."""
    kept = connection.agreement.get("spikes")
    if kept is None:
        raise ValueError("the connection has not been computed yet; open it first")
    return [
        Spikes(tuple(pre), tuple(post), tuple((t, v) for t, v in dopamine))
        for pre, post, dopamine in kept
    ]


def title_of(connection: Connection, what: str) -> str:
    """Return a name in the laboratory, as it is saved: single spaces, not too long."""
    name = " ".join(f"{connection.learner.name}, {place_text(place_of(connection))}".split())
    return f"{name[: LONGEST_NAME - len(what) - 2]}, {what}"


def _protocol(connection: Connection, spikes: list[Spikes]) -> Protocol:
    code = code_from(connection.code)
    return protocol_of(code, spikes, title=title_of(connection, "events"))
