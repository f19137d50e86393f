"""Protocols that are kept under a name: saved, renamed, copied, shared, deleted, found to run."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from synapse.models import SavedProtocol, Visibility
from synapse.models.ownership import new_share_key
from synapse.plasticity.protocols import PROTOCOLS
from synapse.plasticity.stimulus import Protocol
from synapse.services.access import may_write
from synapse.services.conflict import StateConflict
from synapse.services.timeline.drafts import LONGEST_NAME, Draft, read_draft
from synapse.services.timeline.items import Fault, TimelineError

PREFIX = "saved-"
MOST_SAVED = 500
"""Of one owner."""
MOST_OFFERED = 50
"""In a list of choices."""


def draft_of(saved: SavedProtocol) -> Draft:
    """Return a saved protocol as it is edited."""
    return read_draft(
        {
            "title": saved.name, "meaning": saved.meaning, "items": saved.items,
            "bath": saved.bath, "duration_ms": saved.duration or None,
        }
    )  # fmt: skip


def create(*, draft: Draft, owner: Any, visibility: str = Visibility.PRIVATE) -> SavedProtocol:
    """Save a draft under its name. What has no owner, as in a demo, is seen by everyone."""
    if SavedProtocol.objects.filter(owner=owner).count() >= MOST_SAVED:
        raise ValueError(f"{MOST_SAVED} protocols may be saved; delete one first")
    kept = visibility if owner is not None else Visibility.PUBLIC
    return SavedProtocol.objects.create(owner=owner, visibility=kept, **_columns(draft))


def update(*, saved: SavedProtocol, draft: Draft, user: Any, version: str) -> SavedProtocol:
    """Save a draft over an older one, unless somebody has saved another in between."""
    _require_write(user, saved)
    with transaction.atomic():
        rows = SavedProtocol.objects.filter(pk=saved.pk, modified=saved.modified)
        fresh = version == version_of(saved)
        if not fresh or not rows.update(**_columns(draft), modified=timezone.now()):
            raise StateConflict(
                f"{saved.name} has been changed since this page was opened; save a copy, "
                "or open it again"
            )
    saved.refresh_from_db()
    return saved


def version_of(saved: SavedProtocol) -> str:
    """Return what tells one saved state from another."""
    return saved.modified.isoformat()


def may_create(user: Any) -> bool:
    """Say whether a user may save protocols: with a login, and in a demo without."""
    return bool(user.is_authenticated) or bool(getattr(settings, "DEMO", False))


def rename(*, saved: SavedProtocol, name: str, user: Any) -> None:
    """Give a protocol another name."""
    _require_write(user, saved)
    saved.name = _name(name)
    saved.save(update_fields=["name", "modified"])


def copy(*, saved: SavedProtocol, user: Any) -> SavedProtocol:
    """Return a copy that belongs to the user."""
    draft = draft_of(saved)
    name = f"{draft.title[: LONGEST_NAME - 7]} (copy)"
    owner = user if user.is_authenticated else None
    return create(draft=_renamed(draft, name), owner=owner)


def share(*, saved: SavedProtocol, visibility: str, user: Any, new_key: bool = False) -> None:
    """Say who may see a protocol; a new key makes older links useless."""
    _require_write(user, saved)
    if visibility not in Visibility.values:
        raise ValueError(f"visibility must be one of {', '.join(Visibility.values)}")
    saved.visibility = visibility
    if new_key:
        saved.share_key = new_share_key()
    saved.save(update_fields=["visibility", "share_key", "modified"])


def delete(*, saved: SavedProtocol, user: Any) -> None:
    """Delete a protocol; runs keep what they ran."""
    _require_write(user, saved)
    saved.delete()


def choices(user: Any, *, also: int | None = None) -> list[tuple[str, str]]:
    """Return the user's own protocols and one other, for a list of what can be run."""
    own = Q(owner=user) if user.is_authenticated else Q(owner=None)
    rows = SavedProtocol.objects.visible_to(user).filter(own | Q(pk=also))
    names = rows.order_by("-modified").values_list("pk", "name")[:MOST_OFFERED]
    return [(f"{PREFIX}{pk}", name) for pk, name in names]


def key_of(choice: str) -> int | None:
    """Return the key in the value of a choice, or None for a named protocol."""
    digits = choice.removeprefix(PREFIX)
    plain = choice.startswith(PREFIX) and digits.isascii() and digits.isdigit()
    return int(digits) if plain and len(digits) < 12 else None


def chosen_protocol(choice: str, user: Any) -> Protocol:
    """Return the protocol of a choice: a named one, or a saved one that the user may see."""
    if choice in PROTOCOLS:
        return PROTOCOLS[choice]()
    key = key_of(choice)
    saved = SavedProtocol.objects.visible_to(user).filter(pk=key).first() if key else None
    if saved is None:
        raise ValueError("protocol must be a named one or a saved one that you may see")
    return draft_of(saved).protocol(choice)


def _columns(draft: Draft) -> Mapping[str, Any]:
    data = draft.to_json()
    return {
        "name": _name(draft.title), "meaning": draft.meaning, "items": data["items"],
        "bath": data["bath"], "duration": draft.duration or 0.0,
    }  # fmt: skip


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not 1 <= len(name) <= LONGEST_NAME:
        sentence = f"name must have 1 to {LONGEST_NAME} characters; got {len(name)}"
        raise TimelineError([Fault(None, "title", sentence)])
    return name


def _renamed(draft: Draft, name: str) -> Draft:
    return read_draft({**draft.to_json(), "title": name})


def _require_write(user: Any, saved: SavedProtocol) -> None:
    if not may_write(user, saved):
        raise PermissionDenied(f"You may not change {saved.name}.")
