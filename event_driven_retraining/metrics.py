"""``/metrics``: what this site counted, in the text format of Prometheus."""

import platform
from collections.abc import Iterator
from hmac import compare_digest

import django
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import InfoMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from event_driven_retraining import __version__
from learner.services.gauges import LearnerCollector
from learner.services.telemetry import REGISTRY, SHARED
from synapse.services.tokens import user_of


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer those who watch over the site: see docs/operations.md."""
    status = refusal(request)
    if status:
        text = "Send the token of a staff account, or METRICS_TOKEN: Authorization: Bearer …\n"
        answer = HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
        if status == 401:
            answer["WWW-Authenticate"] = 'Bearer realm="metrics"'
        return answer
    answer = HttpResponse(exposition(), content_type=CONTENT_TYPE_PLAIN_0_0_4)
    answer["Cache-Control"] = "no-store"
    return answer


def refusal(request: HttpRequest) -> int:
    """Return the status of who may not read, 0 for who may."""
    header = request.headers.get("Authorization")
    if header is not None:
        scheme, _, key = header.partition(" ")
        if scheme.lower() != "bearer":
            return 401
        if is_metrics_token(key.strip()):
            return 0
        user = user_of(key.strip())
        return 401 if user is None else 0 if user.is_staff else 403
    if settings.DEMO:  # then only this machine gets as far as here
        return 0
    if not request.user.is_authenticated:
        return 401
    return 0 if request.user.is_staff else 403


def is_metrics_token(key: str) -> bool:
    """Say whether a key is METRICS_TOKEN; it takes as long for any that is not."""
    wanted = settings.METRICS_TOKEN
    return bool(wanted) and compare_digest(key.encode(), wanted.encode())


def exposition() -> bytes:
    """Return every metric: those of all processes, where they count together."""
    counted = REGISTRY
    if SHARED:
        counted = CollectorRegistry()
        MultiProcessCollector(counted, path=SHARED)  # type: ignore[no-untyped-call]
    return generate_latest(counted) + generate_latest(_read_now())


def _read_now() -> CollectorRegistry:
    """Return what is not counted but looked up."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    for collector in (LearnerCollector(), BuildCollector()):
        registry.register(collector)
    return registry


class BuildCollector(Collector):
    """Says what runs here."""

    def collect(self) -> Iterator[InfoMetricFamily]:
        """Return the versions."""
        versions = {
            "version": __version__, "python": platform.python_version(),
            "django": django.get_version(), "database": connection.vendor,
        }  # fmt: skip
        yield InfoMetricFamily("edr_build", "What runs here.", value=versions)
