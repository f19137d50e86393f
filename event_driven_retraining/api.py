"""The API root and the health check. They live here, above every app.

The root also answers ``info`` of the River API (docs/river-api.md): what runs here, and
below which prefix.
"""

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
    "learners": "learner:learner_list",
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
            "id": "event_driven_retraining",
            "status": "running",
            "description": "Synapses, and learners that retrain themselves event by event.",
            "documentationUrl": request.build_absolute_uri(reverse("api_reference")),
            "storage": connection.vendor,
            "prefix": "api",
            "links": {name: reverse(url) for name, url in LINKS.items()},
        }
    )


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when the database answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})
