"""The API root and the health check. They live here, above every app."""

from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from event_driven_retraining import __version__

LINKS = {
    "home": "home",
    "synapses": "synapse:synapse_list",
    "runs": "synapse:run_list",
    "diagram": "synapse:plasticity_diagram",
    "login": "login",
    "reference": "api_reference",
    "schema": "api_v1:openapi-json",
    "session": "api_v1:read_session",
    "health": "healthz",
}
"""Name of a link in the API's answer, and the name of its URL."""


@require_safe
def root(request: HttpRequest) -> JsonResponse:
    """Say what this site is and where its parts are."""
    return JsonResponse(
        {
            "name": "event-driven-retraining",
            "version": __version__,
            "links": {name: reverse(url) for name, url in LINKS.items()},
        }
    )


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when the database answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})
