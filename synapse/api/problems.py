"""Problem details (RFC 9457): the one form of every error of the API."""

import logging
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from math import isfinite
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from ninja.errors import AuthenticationError, HttpError, Throttled, ValidationError

from synapse.plasticity.quantity import Quantity
from synapse.services.conflict import StateConflict
from synapse.services.values import QUANTITIES, InvalidValues

MEDIA_TYPE = "application/problem+json"
OWN_PROBLEMS = "x-problems"
"""In ``openapi_extra``: statuses of further errors of an operation."""
LONGEST_VALUE = 200
"""Characters of a refused value that are sent back."""
WORDS = {
    401: "Log in, or send a token that is valid: Authorization: Bearer …",
    404: "There is no such thing here, or you may not see it.",
    405: "This address does not take that method.",
    413: "The body of the request is too large.",
    500: "The server failed. The failure was logged; nothing was changed.",
}
UNITS = {"_ms": "ms", "_mM": "mM", "_uM": "uM"}
"""Unit of a field by the end of its name."""
BOUNDS = {
    "ge": "minimum", "gt": "more_than", "le": "maximum", "lt": "less_than",
    "min_length": "minimum", "max_length": "maximum",
}  # fmt: skip
logger = logging.getLogger("django.request")


class Problem(Exception):
    """An error that is told to the caller; ``errors`` has one entry for each field."""

    def __init__(
        self, status: int, detail: str = "", *, errors: Iterable[Mapping[str, Any]] = (),
        retry_after: int | None = None,
    ) -> None:  # fmt: skip
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = [dict(error) for error in errors]
        self.retry_after = retry_after


class FieldProblem(Problem):
    """One field that cannot be taken as it is."""

    def __init__(self, field: str, message: str, **facts: Any) -> None:
        super().__init__(422, message, errors=[{"field": field, "message": message, **facts}])


def answer(
    request: HttpRequest,
    status: int,
    detail: str = "",
    *,
    errors: list[dict[str, Any]] | None = None,
) -> HttpResponse:
    """Return an error in the form of RFC 9457."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail or WORDS.get(status, HTTPStatus(status).phrase),
        "instance": request.path,
    }
    response = JsonResponse(body | ({"errors": errors} if errors else {}), status=status)
    response["Content-Type"] = MEDIA_TYPE
    if status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = 'Bearer realm="api"'
    return response


def quantity_error(
    quantity: Quantity, message: str, *, field: str, value: Any = None
) -> dict[str, Any]:
    """Return what is wrong with a value of a quantity, with its unit and bounds."""
    found: dict[str, Any] = {"field": field, "message": message, "unit": quantity.unit}
    for name in ("minimum", "maximum"):
        if getattr(quantity, name) is not None:
            found[name] = getattr(quantity, name)
    return found if value is None else found | {"value": shown(value)}


def shown(value: Any) -> Any:
    """Return a refused value as it may be sent back: a plain number, or a short text."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float) and abs(value) < 2**53 and isfinite(value):
        return value
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"


def clean(text: str, *, field: str) -> str:
    """Return a text without blanks around it; refuse what a database cannot hold."""
    if not text.isprintable():
        raise FieldProblem(field, f"{field} must not hold control characters.")
    return text.strip()


# --- handlers ----------------------------------------------------------------------------


def on_problem(request: HttpRequest, error: Any) -> HttpResponse:
    """Answer an error of ours."""
    return _later(answer(request, error.status, error.detail, errors=error.errors), error)


def on_http_error(request: HttpRequest, error: Any) -> HttpResponse:
    """Answer an error of the library; a body that was refused in words keeps them."""
    if isinstance(error.__cause__, Problem):
        return on_problem(request, error.__cause__)
    return answer(request, error.status_code, error.message)


def on_authentication(request: HttpRequest, error: Any) -> HttpResponse:
    """Say how to be let in."""
    return answer(request, 401)


def on_throttled(request: HttpRequest, error: Any) -> HttpResponse:
    """Say when to come again; the library adds Retry-After."""
    return answer(request, 429, f"Too many such requests; try again in {error.wait or 60:.0f} s.")


def on_not_found(request: HttpRequest, error: Any) -> HttpResponse:
    """Do not say whether it is missing or hidden."""
    return answer(request, 404)


def on_conflict(request: HttpRequest, error: Any) -> HttpResponse:
    """Another writer was first; say when to come again where that helps."""
    return _later(answer(request, 409, str(error)), error)


def on_permission(request: HttpRequest, error: Any) -> HttpResponse:
    """Something that the caller sees, but may not change."""
    return answer(request, 403, str(error))


def on_too_big(request: HttpRequest, error: Any) -> HttpResponse:
    """More than a request may send."""
    return answer(request, 413)


def on_invalid_values(request: HttpRequest, error: Any) -> HttpResponse:
    """Name each value with its unit and bounds."""
    errors = []
    for name, sentence in error.errors.items():
        quantity = QUANTITIES.get(name)
        errors.append(
            quantity_error(quantity, sentence, field=f"values.{name}")
            if quantity
            else {"field": f"values.{name}", "message": sentence}
        )
    return answer(request, 422, str(error), errors=errors)


def on_value_error(request: HttpRequest, error: Any) -> HttpResponse:
    """Pass on the sentence of a service."""
    return answer(request, 422, str(error))


def on_validation(request: HttpRequest, error: Any) -> HttpResponse:
    """Name each field that the schema refuses, with value, unit and bound."""
    errors = [_field_error(one) for one in error.errors]
    detail = "; ".join(f"{e['field']}: {e['message']}" for e in errors[:5])
    return answer(request, 422, detail, errors=errors)


def on_failure(request: HttpRequest, error: Any) -> HttpResponse:
    """Log what went wrong, and tell nothing of it."""
    logger.exception("method=%s path=%s", request.method, request.path, exc_info=error)
    return answer(request, 500)


HANDLERS: dict[type[Exception], Any] = {
    Problem: on_problem,
    HttpError: on_http_error,
    AuthenticationError: on_authentication,
    Throttled: on_throttled,
    ValidationError: on_validation,
    Http404: on_not_found,
    StateConflict: on_conflict,
    PermissionDenied: on_permission,
    RequestDataTooBig: on_too_big,
    InvalidValues: on_invalid_values,
    ValueError: on_value_error,
    Exception: on_failure,
}


def _later(response: HttpResponse, error: Any) -> HttpResponse:
    """Say when to come again, where the error knows."""
    if error.retry_after is not None:
        response["Retry-After"] = str(error.retry_after)
    return response


def _field_error(error: Mapping[str, Any]) -> dict[str, Any]:
    """Return one error of the schema in the words of the others."""
    place = [str(part) for part in error["loc"] if part not in ("body", "query", "path", "payload")]
    field = ".".join(place) or str(error["loc"][0])
    found: dict[str, Any] = {"field": field, "message": error["msg"]}
    if "input" in error:
        found["value"] = shown(error["input"])
    unit = next((unit for end, unit in UNITS.items() if field.endswith(end)), None)
    if unit:
        found["unit"] = unit
    context = error.get("ctx") or {}
    return found | {BOUNDS[name]: context[name] for name in BOUNDS if name in context}
