"""Learners that a caller may read or change; for all others there is no such thing."""

from typing import Any

from django.http import HttpRequest

from learner.models import Learner
from synapse.api.rows import readable, writable

HEAVY = ("metrics", "schema")
"""Columns that a list does not show."""


def learner_rows() -> Any:
    """Return learners with what an answer shows of each."""
    return Learner.objects.select_related("owner")


def learner_of(request: HttpRequest, key: int, *, share_key: str = "") -> Learner:
    """Return a learner that the caller may see; its owner's row is not read with it."""
    row: Learner = readable(request, Learner.objects.all(), key, share_key=share_key)
    return row


def own_learner(request: HttpRequest, key: int) -> Learner:
    """Return a learner that the caller may teach and change."""
    row: Learner = writable(request, Learner.objects.all(), key)
    return row
