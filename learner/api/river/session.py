"""From name and token to a bearer token, as the client of the River API asks for it."""

import base64
import binascii
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.utils import timezone

from learner.api.river.refusals import Refusal
from synapse.models import ApiToken
from synapse.services.tokens import digest, user_of


def exchange(request: HttpRequest) -> JsonResponse:
    """Return the token that came as a password: it is a bearer token already."""
    name, key = _credentials(request.headers.get("Authorization", ""))
    user: Any = user_of(key) if key else None
    if user is None or user.get_username() != name:
        raise Refusal(403, "The name and the token do not belong together, or the token ended.")
    expires = ApiToken.objects.values_list("expires", flat=True).get(digest=digest(key))
    left = (expires - timezone.now()).total_seconds() if expires else None
    return JsonResponse(
        {"token": key, "expires_in": left and int(left), "issued_at": str(timezone.now())}
    )


def _credentials(header: str) -> tuple[str, str]:
    scheme, _, coded = header.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        name, _, key = base64.b64decode(coded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return name, key
