"""Rows that a reader may see; for all others there is no such page."""

from typing import Any

from django.http import Http404, HttpRequest

from synapse.models import Run, SavedProtocol, Synapse
from synapse.services.access import may_read, may_write


def readable_synapse(request: HttpRequest, synapse_id: int) -> Synapse:
    """Return the synapse with its components, or raise ``Http404``."""
    rows = Synapse.objects.with_components().select_related("preset")
    return _readable(request, rows.filter(pk=synapse_id).first())


def readable_run(request: HttpRequest, run_id: int) -> Run:
    """Return the run with its synapse, or raise ``Http404``."""
    return _readable(request, Run.objects.select_related("synapse").filter(pk=run_id).first())


def readable_protocol(request: HttpRequest, protocol_id: int) -> SavedProtocol:
    """Return the saved protocol, or raise ``Http404``."""
    rows = SavedProtocol.objects.select_related("owner")
    return _readable(request, rows.filter(pk=protocol_id).first())


def share_query(request: HttpRequest) -> str:
    """Return the query string that keeps the key of a shared link, or nothing."""
    key = request.GET.get("key", "")
    return f"?key={key}" if key.replace("-", "").replace("_", "").isalnum() else ""


def can_write(request: HttpRequest, synapse: Synapse) -> bool:
    """Say whether the reader may run the synapse."""
    return may_write(request.user, synapse)


def _readable(request: HttpRequest, row: Any) -> Any:
    if row is None or not may_read(request.user, row, share_key=request.GET.get("key", "")):
        raise Http404
    return row
