"""Who asks: a token, or the session of the browser, or nobody."""

from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from ninja.errors import AuthenticationError, HttpError
from ninja.security import APIKeyCookie, HttpBearer
from ninja.utils import check_csrf

from synapse.services.tokens import user_of

SAFE = ("GET", "HEAD", "OPTIONS")


class TokenAuth(HttpBearer):
    """A token of a user. A wrong one is refused, never passed on as nobody's."""

    def __call__(self, request: HttpRequest) -> Any:
        """Let a request without the header pass on to the session."""
        header = request.headers.get("Authorization")
        if header is None:
            return None
        scheme, _, key = header.partition(" ")
        if scheme.lower() != self.openapi_scheme:
            raise AuthenticationError
        return self.authenticate(request, key.strip())

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        """Make the token's user the user of the request."""
        user = user_of(token)
        if user is None:
            raise AuthenticationError
        request.user = user
        return user


class SessionAuth(APIKeyCookie):
    """The session of the browser, or nobody: to read, and in a demo to write as well."""

    param_name = settings.SESSION_COOKIE_NAME

    def __call__(self, request: HttpRequest) -> Any:
        """Refuse a change by nobody, and a change that may have been forged."""
        user = request.user
        if request.method in SAFE:
            return user
        if not may_change(user):
            raise AuthenticationError
        if check_csrf(request) is not None:
            raise HttpError(403, "The CSRF token is missing or wrong: send it as X-CSRFToken.")
        return user

    def authenticate(self, request: HttpRequest, key: str | None) -> Any:
        """Return the user of the session."""
        return request.user


def may_change(user: Any) -> bool:
    """Say whether a caller may change anything at all, or spend the machine's time."""
    return bool(user.is_authenticated or settings.DEMO)


def owner_of(user: Any) -> Any:
    """Return who owns what a caller makes; in a demo without a login, nobody."""
    return None if isinstance(user, AnonymousUser) else user
