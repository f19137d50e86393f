"""Keys for programs: shown once, kept as a digest, with an end."""

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from django.utils import timezone

from synapse.models import ApiToken

PREFIX = "edr_"
LONGEST_LIFE = 366
"""Days."""
MOST_TOKENS = 20
"""Of one user."""
USED_EVERY = timedelta(minutes=1)
"""Between two notes of when a token was last used."""


def create_token(*, user: Any, name: str, days: int) -> tuple[ApiToken, str]:
    """Return a new token and its key, which cannot be read again.

    Raises
    ------
    ValueError
        No name, a life outside its bounds, or too many tokens.
    """
    name = name.strip()
    longest = ApiToken._meta.get_field("name").max_length
    if not 0 < len(name) <= (longest or 0):
        raise ValueError(f"name must have 1 to {longest} characters; got {len(name)}")
    if not 1 <= days <= LONGEST_LIFE:
        raise ValueError(f"days must be 1 to {LONGEST_LIFE}; got {days}")
    if ApiToken.objects.filter(user=user).count() >= MOST_TOKENS:
        raise ValueError(f"an account has at most {MOST_TOKENS} tokens; revoke one first")
    key = PREFIX + secrets.token_urlsafe(32)
    expires = timezone.now() + timedelta(days=days)
    token = ApiToken.objects.create(user=user, name=name, digest=digest(key), expires=expires)
    return token, key


def digest(key: str) -> str:
    """Return what is stored of a key; it is long and random, so one SHA-256 will do."""
    return hashlib.sha256(key.encode()).hexdigest()


def user_of(key: str) -> Any:
    """Return the user of a key that is valid now, or None."""
    tokens = ApiToken.objects.select_related("user").filter(digest=digest(key)).order_by()
    token = next(iter(tokens), None)
    now = timezone.now()
    if token is None or not token.user.is_active or (token.expires and token.expires <= now):
        return None
    if token.last_used is None or now - token.last_used > USED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used=now)
    return token.user


def revoke(*, user: Any, key: int) -> None:
    """Delete a token of a user, if it is theirs."""
    ApiToken.objects.filter(user=user, pk=key).delete()
