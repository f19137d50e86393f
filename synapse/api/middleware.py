"""What every answer of the API has, also where no operation was reached."""

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers

from synapse.api.problems import MEDIA_TYPE, answer

PREFIX = "/api/v1/"
LARGEST_BODY = 2_000_000
"""Bytes of a request."""
LARGER: dict[re.Pattern[str], Callable[[], int]] = {}
"""Addresses, below the prefix, that take a larger body, and how large: see ``allow_larger``."""
CARRIED = ("Allow", "Retry-After", "WWW-Authenticate", "Location")
"""Headers that an error keeps when it is put into the form of the API."""


class ApiMiddleware:
    """Limit bodies, answer HEAD and If-None-Match, and give every error the same form."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass on what is not for the API."""
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        largest = largest_body(request.path_info)
        if too_large(request, largest):
            return answer(request, 413, f"A request may have at most {largest:,} bytes here.")
        if request.method == "HEAD":
            request.method = "GET"  # the server leaves the body out
        response = self.get_response(request)
        patch_vary_headers(response, ["Authorization", "Cookie"])
        response.setdefault("Cache-Control", "private, no-cache")
        if response.status_code >= 400:
            return _as_problem(request, response)
        if request.method == "GET" and response.has_header("ETag"):
            return get_conditional_response(request, etag=response["ETag"], response=response)
        return response


def allow_larger(pattern: str, largest: Callable[[], int]) -> None:
    """Let an address take more: its operation reads the body in pieces, and only so much."""
    LARGER[re.compile(pattern)] = largest


def largest_body(path: str) -> int:
    """Return how many bytes a request to an address may have."""
    rest = path.removeprefix(PREFIX)
    return next((most() for p, most in LARGER.items() if p.fullmatch(rest)), LARGEST_BODY)


def too_large(request: HttpRequest, largest: int) -> bool:
    """Say whether the length that is announced is above the limit, or is no length."""
    length = request.headers.get("Content-Length") or "0"
    return not length.isdecimal() or int(length) > largest


def _as_problem(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    if response["Content-Type"].startswith(MEDIA_TYPE):
        return response
    problem = answer(request, response.status_code)
    for name in CARRIED:
        if response.has_header(name):
            problem[name] = response[name]
    return problem
