"""Who may see and who may change a synapse or a run.

The owner and a superuser may change a row. A public row is seen by everyone, a row with a
link by everyone who has its key. In a demo everyone may change what has no owner.
"""

import secrets
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied

from synapse.models import Synapse, Visibility


def may_read(user: Any, row: Any, *, share_key: str = "") -> bool:
    """Say whether a user sees a row, given the key of the link it came by."""
    if row.visibility == Visibility.PUBLIC or may_write(user, row) or _owns(user, row):
        return True
    has_key = secrets.compare_digest(share_key.encode(), row.share_key.encode())
    return row.visibility == Visibility.LINK and has_key


def may_write(user: Any, row: Any) -> bool:
    """Say whether a user may change a row."""
    if user.is_superuser or _owns(user, row):
        return True
    return bool(getattr(settings, "DEMO", False)) and row.owner_id is None


def require_write(user: Any, rows: Iterable[Synapse]) -> None:
    """Raise ``PermissionDenied`` unless the user may change all of the rows.

    A run moves its whole group, so it needs this for the whole group.
    """
    refused = [row for row in rows if not may_write(user, row)]
    if refused:
        names = ", ".join(_name(user, row) for row in refused[:3])
        more = f" and {len(refused) - 3} more" if len(refused) > 3 else ""
        raise PermissionDenied(f"You may not change {names}{more}.")


def _name(user: Any, row: Synapse) -> str:
    return row.name if may_read(user, row) else "a synapse of another user"


def _owns(user: Any, row: Any) -> bool:
    return bool(user.is_authenticated) and row.owner_id == user.pk
