"""The home page."""

from django.http import HttpRequest, HttpResponse


def home(request: HttpRequest) -> HttpResponse:
    return HttpResponse("Event-driven retraining", content_type="text/plain")
