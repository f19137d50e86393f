"""Who may see a row, and the link by which it is shared."""

from typing import Any

from django.db import transaction

from synapse.models import Run, Visibility
from synapse.models.ownership import new_share_key


def set_visibility(*, row: Any, visibility: str) -> None:
    """Change who may see a row.

    Raises ``ValueError`` for a row without an owner: hidden, nobody could find it again.
    """
    known = [str(value) for value in Visibility.values]
    if visibility not in known:
        raise ValueError(f"visibility must be one of {', '.join(known)}; got {visibility!r}")
    if row.owner_id is None and visibility != Visibility.PUBLIC:
        raise ValueError(f"visibility must be public for what has no owner; got {visibility}")
    row.visibility = visibility
    type(row)._default_manager.filter(pk=row.pk).update(visibility=visibility)


def rotate_key(*, row: Any) -> str:
    """Give a row a new key: links that were shared before lead nowhere."""
    row.share_key = new_share_key()
    type(row)._default_manager.filter(pk=row.pk).update(share_key=row.share_key)
    return str(row.share_key)


@transaction.atomic
def share_runs(*, synapse: Any, user: Any) -> int:
    """Give the caller's own runs of a synapse the synapse's visibility; return how many."""
    runs = Run.objects.writable_by(user).filter(synapse=synapse)
    return runs.update(visibility=synapse.visibility)


def share_path(row: Any, address: str) -> str:
    """Return the address that others may open, or nothing while the row is private."""
    if row.visibility == Visibility.PUBLIC:
        return address
    return f"{address}?key={row.share_key}" if row.visibility == Visibility.LINK else ""
