"""How every address of the River API is asked: by a token, in JSON, and never by a cookie."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt

from learner.api.river.refusals import Refusal, answer_to, refuse
from synapse.api.parsing import parse
from synapse.services.tokens import user_of

View = Callable[..., HttpResponseBase]
FOREIGN = ("cross-site", "same-site")
"""What a browser says of a request that a page of another origin makes."""


def endpoint(*, for_all: bool = False, **views: View) -> View:
    """Return one view for an address, from a function for each method.

    These views ignore the cookie of the session: a page of another site has nothing to ride
    on, so they need no CSRF token. In the demo nobody has to log in, and any page that is
    open at this machine could write to it. Therefore a body must be ``application/json``,
    which a browser sends to another origin only after a preflight, which is never granted
    here; and what a browser itself calls the request of another site is refused.
    ``for_all`` is for the address that hands out no more than it is given.
    """

    @csrf_exempt
    def view(request: HttpRequest, **arguments: Any) -> HttpResponseBase:
        method = "GET" if request.method == "HEAD" else str(request.method)
        try:
            if method not in views:
                allowed = {"Allow": ", ".join(views)}
                return refuse(405, f"This address takes {allowed['Allow']}.", headers=allowed)
            if not for_all:
                admit(request)
            return views[method](request, **arguments)
        except Exception as error:
            return answer_to(request, error)

    return view


def admit(request: HttpRequest) -> None:
    """Say who asks, by the token alone; without one, only the demo goes on."""
    request.user = AnonymousUser()
    header = request.headers.get("Authorization")
    if header is not None:
        scheme, _, key = header.partition(" ")
        user = user_of(key.strip()) if scheme.lower() == "bearer" else None
        if user is None:
            raise unknown(request)
        request.user = user
    elif not settings.DEMO:
        raise unknown(request)
    elif request.headers.get("Sec-Fetch-Site", "") in FOREIGN:
        raise Refusal(403, "A page of another site may not ask this server.")


def unknown(request: HttpRequest) -> Refusal:
    """Return the refusal that tells the client where name and token become a bearer token."""
    service = f"{request.scheme}://{request.get_host()}"
    realm = service + reverse("river_api:token")
    return Refusal(
        401, "Send a token of your account: as RIVER_ML_TOKEN, with your name as RIVER_ML_USER.",
        headers={"WWW-Authenticate": f'Bearer realm="{realm}", service="{service}"'},
    )  # fmt: skip


def is_json(request: HttpRequest) -> bool:
    """Say whether the body is declared to be JSON."""
    return request.content_type == "application/json"


def read_json(request: HttpRequest) -> dict[str, Any]:
    """Return the object in the body."""
    if not is_json(request):
        raise Refusal(415, "Send the body as application/json.")
    found = parse(request.body)
    if not isinstance(found, dict):
        raise Refusal(400, "The body must be a JSON object.")
    return found


def field(body: dict[str, Any], name: str, kind: type, *, default: Any = None) -> Any:
    """Return a field of the body, of the kind it must have."""
    value = body.get(name)
    if value is None and default is not None:
        return default
    if not isinstance(value, kind) or (not value and default is None):
        words = {str: "a text", dict: "an object"}
        raise Refusal(400, f"{name} is required: {words[kind]} that is not empty.")
    return value
