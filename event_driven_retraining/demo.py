"""The demo: open to write for whoever sits at this machine, and to nobody else."""

from collections.abc import Callable
from ipaddress import ip_address

from django.http import HttpRequest, HttpResponse, HttpResponseForbidden


def is_loopback(host: str) -> bool:
    """Return whether ``host`` names this machine only: localhost, 127.0.0.0/8 or ::1."""
    name = host.strip().removeprefix("[").removesuffix("]").lower()
    try:
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False


class LoopbackOnlyMiddleware:
    """Refuse every request of another machine. In force only while DEMO is on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not is_loopback(request.META.get("REMOTE_ADDR", "")):
            return HttpResponseForbidden("The demo answers this machine only.")
        return self.get_response(request)
