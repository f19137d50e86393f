"""Learners by the name that a client of the River API calls a model by."""

from collections import Counter
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, QueryDict

from learner.api.river.endpoint import is_json, read_json
from learner.api.river.refusals import Refusal
from learner.models import Learner
from synapse.services.access import may_write

MOST_LISTED = 10_000
"""Names in the list of models."""


def seen_by(user: Any) -> Any:
    """Return the learners that a user sees; in a demo those of nobody as well."""
    rows = Learner.objects.select_related("owner")
    return rows.visible_to(user) | rows.writable_by(user)


def model_named(request: HttpRequest) -> Learner:
    """Return the learner that a request names as ``model``: in the address or the body."""
    name = request.GET.get("model")
    if name is None and is_json(request):
        name = read_json(request).get("model")
    elif name is None:
        name = QueryDict(request.body).get("model")
    if not isinstance(name, str) or not name:
        raise Refusal(400, "model is required: the name of a model.")
    return model_of(request, name)


def model_of(request: HttpRequest, name: str) -> Learner:
    """Return a learner by name or number, of those that the caller sees.

    Of several with one name the caller's own is meant, then the one without an owner.
    """
    found = list(_called(seen_by(request.user), name))
    for owner in (request.user.pk, None):
        for row in found:
            if row.owner_id == owner:
                return row
    if not found:
        raise Http404(f"There is no model {name!r}, or you may not see it.")
    if len(found) > 1:
        numbers = ", ".join(str(row.pk) for row in found[:10])
        raise Refusal(409, f"Several models are called {name!r}; use a number: {numbers}.")
    only: Learner = found[0]
    return only


def _called(rows: Any, name: str) -> Any:
    if name.isascii() and name.isdigit() and len(name) < 19:
        return rows.filter(pk=int(name))
    return rows.filter(name=name)[:100] if name.isprintable() else rows.none()


def may_change(request: HttpRequest, learner: Learner) -> bool:
    """Say whether the caller may change a learner."""
    return may_write(request.user, learner)


def changeable(request: HttpRequest, learner: Learner) -> Learner:
    """Return the learner to somebody who may change it."""
    if not may_change(request, learner):
        raise PermissionDenied(f"You may read the model {learner.name!r}, but not change it.")
    return learner


def names_of(user: Any) -> list[str]:
    """Return what to call each learner that a user sees; a number where a name is not enough."""
    rows = list(seen_by(user).values_list("pk", "name", "owner_id")[:MOST_LISTED])
    counts = Counter(name for _, name, _ in rows)
    return sorted(
        name if counts[name] == 1 or owner == user.pk else str(key) for key, name, owner in rows
    )
