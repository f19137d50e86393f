"""What each request costs, counted on its way out; docs/operations.md lists the names."""

import logging
import time
from collections.abc import Callable
from functools import cache, partial
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from learner.services import telemetry

SERVING = {
    "river_api:predict": ("predict", "river"),
    "river_api:learn": ("learn", "river"),
    "river_api:label": ("label", "river"),
    "api_v1:predict": ("predict", "own"),
    "api_v1:learn": ("learn", "own"),
    "api_v1:label": ("label", "own"),
    "api_v1:learn_batch": ("batch", "own"),
}
"""Operations that serve a learner, what each does, and of which face of the API."""
UPLOADS = {
    "api_v1:import_state", "learner:learner_import", "learner:stream_upload",
    "river_api:model_create", "river_api:model_by_name",
}  # fmt: skip
"""Operations that take a file, or are sent one by mistake."""
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
NONE = "none"
"""The operation of an address that does not exist, or that was refused before it was known."""
UNKNOWN, TOO_LARGE = 401, 413


class MonitoringMiddleware:
    """Counts requests by operation, times those that serve a learner, and logs some.

    An operation is the name of a view, or for the site's API its operation there, of which
    there are only so many.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Count one request."""
        began = time.perf_counter_ns()
        mark = telemetry.asking.set(partial(who, request))
        try:
            response = self.get_response(request)
        finally:
            telemetry.asking.reset(mark)
        note(request, response.status_code, time.perf_counter_ns() - began)
        return response


def note(request: HttpRequest, status: int, duration: int) -> None:
    """Take note of an answered request that took so many ns."""
    operation = operation_of(request)
    method = str(request.method) if request.method in METHODS else "other"
    telemetry.requests(operation, method, status).inc()
    serving = SERVING.get(operation)
    if serving is not None:
        telemetry.request_seconds(*serving).observe(duration / 1e9)
        learner = learner_of(request)
        if learner is not None and status < 300:
            telemetry.served(learner, serving[0], duration)
    if duration >= settings.SLOW_REQUEST_MS * 1_000_000:
        tell("slow_request", request, status, duration)
    sent = operation in UPLOADS and method == "POST" and status != UNKNOWN
    if status == TOO_LARGE or (sent and 400 <= status < 500):
        tell("upload_refused", request, status, duration)


def tell(event: str, request: HttpRequest, status: int, duration: int) -> None:
    """Log an event of a request."""
    telemetry.tell(
        event, level=logging.WARNING, learner=learner_of(request), status=status,
        milliseconds=round(duration / 1e6, 1), **who(request),
    )  # fmt: skip


def who(request: HttpRequest) -> dict[str, Any]:
    """Return operation and user of a request, without asking the database."""
    user = vars(request).get("user")
    if isinstance(user, SimpleLazyObject):
        user = getattr(request, "_cached_user", None)
    return {"operation": operation_of(request), "user": getattr(user, "pk", None)}


def learner_of(request: HttpRequest) -> int | None:
    """Return the number of the learner that a request names, as far as is known."""
    match = request.resolver_match
    named = match.kwargs.get("learner_id") if match else None
    found = str(getattr(request, "learner_pk", named))
    return int(found) if found.isascii() and found.isdecimal() and len(found) < 19 else None


def operation_of(request: HttpRequest) -> str:
    """Return the name of what a request asks for."""
    match = request.resolver_match
    if match is None:
        return NONE
    view: str = match.view_name or NONE
    if not view.startswith("api_v1:"):
        return view
    asked = "GET" if request.method == "HEAD" else str(request.method)
    return api_operations().get((view, asked), view)


@cache
def api_operations() -> dict[tuple[str, str], str]:
    """Return the operations of the site's API by address and method.

    An address has one name, that of its first operation, whatever the method.
    """
    from synapse.api.application import api  # its parts are joined when the addresses are read

    names = {}
    for _, router in api._routers:
        for view in router.path_operations.values():
            first = api.get_operation_url_name(view.operations[0], router)
            for one in view.operations:
                name = one.operation_id or api.get_openapi_operation_id(one)
                names |= {(f"api_v1:{first}", method): f"api_v1:{name}" for method in one.methods}
    return names
