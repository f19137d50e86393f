"""Errors as the River API tells them: a status, and a sentence as ``message``."""

import logging
from collections.abc import Mapping
from http import HTTPStatus

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpRequest, JsonResponse

from synapse.api.problems import Problem
from synapse.services.conflict import StateConflict

logger = logging.getLogger("django.request")


class Refusal(Exception):
    """Something that is not done, with the status that says why.

    ``reason`` stands in the status line: all that a quiet client shows.
    """

    def __init__(
        self, status: int, message: str, *, headers: Mapping[str, str] | None = None,
        reason: str = "",
    ) -> None:  # fmt: skip
        super().__init__(message)
        self.status = status
        self.headers = dict(headers or {})
        self.reason = reason


def refuse(
    status: int, message: str, *, headers: Mapping[str, str] | None = None, reason: str = ""
) -> JsonResponse:
    """Return an error."""
    return JsonResponse(
        {"message": message, "status": HTTPStatus(status).phrase.lower()},
        status=status, reason=reason or None, headers=dict(headers or {}),
    )  # fmt: skip


def answer_to(request: HttpRequest, error: Exception) -> JsonResponse:
    """Return the answer to an error; what nobody foresaw is logged, and nothing of it told."""
    match error:
        case Refusal():
            return refuse(error.status, str(error), headers=error.headers, reason=error.reason)
        case Problem():
            status = 400 if error.status == 422 else error.status
            return refuse(status, error.detail, headers=later(error))
        case Http404():
            return refuse(404, str(error) or "There is no such model, or you may not see it.")
        case PermissionDenied():
            return refuse(403, str(error))
        case StateConflict():
            return refuse(409, str(error), headers=later(error))
        case RequestDataTooBig():
            return refuse(413, "The body of the request is too large.")
        case ValueError():
            return refuse(400, str(error))
    logger.exception("method=%s path=%s", request.method, request.path, exc_info=error)
    return refuse(500, "The server failed. The failure was logged; nothing was changed.")


def later(error: Problem | StateConflict) -> dict[str, str]:
    """Return the header that says when to come again, where an error knows it."""
    return {"Retry-After": str(error.retry_after)} if error.retry_after else {}
