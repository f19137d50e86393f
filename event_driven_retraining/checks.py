"""System checks of the project."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from event_driven_retraining.demo import is_loopback


@register(Tags.security)
def check_demo(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Refuse DEMO, which lets anyone write, wherever another machine could be let in."""
    if not settings.DEMO:
        return []
    errors: list[CheckMessage] = []
    if settings.PRODUCTION:
        errors.append(Error("DEMO and PRODUCTION are both on.", id="project.E002"))
    open_hosts = [host for host in settings.ALLOWED_HOSTS if not is_loopback(host)]
    if open_hosts:
        errors.append(
            Error(
                f"DEMO is on, but ALLOWED_HOSTS lets in {', '.join(map(repr, open_hosts))}.",
                hint="DEMO lets anyone write: allow only localhost, 127.0.0.1 and [::1].",
                id="project.E001",
            )
        )
    return errors
