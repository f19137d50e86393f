"""Rows that a caller may read or change; for all others there is no such thing."""

import hashlib
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest

from synapse.models import Run, Synapse
from synapse.services import versions
from synapse.services.access import may_read, may_write

HEAVY = ("trace", "start_state", "parameters", "random_state", "result")
"""Columns of a run that most answers do not need."""


def synapse_rows() -> Any:
    """Return synapses with what an answer shows of each."""
    return Synapse.objects.select_related(
        "preset", "owner", "neuron", "psd_ampa_pool", "ampa_trafficking_parameters"
    )


def run_rows() -> Any:
    """Return runs without their heavy columns."""
    return Run.objects.select_related("owner", "synapse").defer(*HEAVY)


def trace_rows() -> Any:
    """Return runs with their small traces, but without their states."""
    return Run.objects.select_related("owner", "synapse").defer(*HEAVY[1:])


def readable(request: HttpRequest, rows: Any, key: int, *, share_key: str = "") -> Any:
    """Return a row that the caller may see, or raise ``Http404``."""
    row = next(iter(rows.filter(pk=key).order_by()), None)  # one row needs no order
    if row is None or not may_read(request.user, row, share_key=share_key):
        raise Http404
    return row


def writable(request: HttpRequest, rows: Any, key: int) -> Any:
    """Return a row that the caller may change.

    Raises ``Http404`` where the caller does not see it, ``PermissionDenied`` where they
    see it only.
    """
    row = readable(request, rows, key)
    if not may_write(request.user, row):
        raise PermissionDenied("You may read this, but not change it.")
    return row


def synapse_of(request: HttpRequest, key: int, *, share_key: str = "") -> Synapse:
    """Return a synapse that the caller may see."""
    row: Synapse = readable(request, synapse_rows(), key, share_key=share_key)
    return row


def run_of(request: HttpRequest, key: int, *, share_key: str = "", rows: Any = None) -> Run:
    """Return a run that the caller may see."""
    found: Run = readable(request, rows or run_rows(), key, share_key=share_key)
    return found


def version_of(synapse: Synapse) -> tuple[str, dict[int, int]]:
    """Return the version of a group's state as a short text, and that of each neuron."""
    found = versions.current([synapse])
    text = " ".join(f"{key}:{version}" for key, version in found.items())
    return hashlib.sha256(text.encode()).hexdigest()[:16], found
