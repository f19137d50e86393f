"""Learners that a reader may see and change; for all others there is no such page."""

from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse

from learner.models import Learner
from synapse.services.access import may_read, may_write
from synapse.views.access import share_query

__all__ = ["can_write", "may_create", "readable_learner", "refusal", "share_query"]


def readable_learner(request: HttpRequest, learner_id: int) -> Learner:
    """Return the learner, or raise ``Http404``."""
    row: Any = Learner.objects.select_related("owner").filter(pk=learner_id).first()
    if row is None or not may_read(request.user, row, share_key=request.GET.get("key", "")):
        raise Http404
    found: Learner = row
    return found


def can_write(request: HttpRequest, learner: Learner) -> bool:
    """Say whether the reader may teach and change the learner."""
    return may_write(request.user, learner)


def may_create(request: HttpRequest) -> bool:
    """Say whether the reader may make a learner."""
    return request.user.is_authenticated or bool(getattr(settings, "DEMO", False))


def refusal(request: HttpRequest, learner: Learner, here: str) -> HttpResponse | None:
    """Return nothing where the reader may change the learner; otherwise the way to log in.

    Raises
    ------
    PermissionDenied
        Whoever is logged in, and may not.
    """
    if can_write(request, learner):
        return None
    if request.user.is_authenticated:
        raise PermissionDenied(f"You may read the learner {learner.name}, not change it.")
    return redirect_to_login(here)
