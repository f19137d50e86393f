"""Which part of a trace a request asks for: ``?from=&to=&vars=&synapse=&width=``."""

import math
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest

from synapse.models import Run, Synapse
from synapse.services.access import may_read
from synapse.services.trace_sources import TraceSource, open_trace
from synapse.services.trace_windows import whole

USUAL = (
    "calcium", "early_weight", "late_weight", "weight", "tag", "plasticity_proteins", "dopamine",
    "pka_activity",
)  # fmt: skip
"""Variables that are drawn unless others are asked for."""
NARROWEST, WIDEST = 16, 4000
SHORTEST = 1e-3
"""The shortest window, ms."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A window (ms from the start of the run), variables, and the synapse that is shown."""

    source: TraceSource
    start: float
    end: float
    names: tuple[str, ...]
    synapse: int
    place: int
    length: float

    @property
    def is_whole(self) -> bool:
        """Say whether the window is the whole run."""
        return self.start <= 0.0 and self.end >= self.length


def asked_of(request: HttpRequest, run: Run) -> Asked:
    """Return what is asked for, put within bounds, or raise ``Http404`` without a trace."""
    named = named_synapses(run)
    key = request.GET.get("synapse", "")
    synapse = int(key) if key.isdigit() and int(key) in named else named[0]
    source = open_trace(run, synapse=synapse)
    if source is None:
        raise Http404
    length = max(whole(source)[1], SHORTEST)
    start, end = window_of(request, length)
    return Asked(
        source=source, start=start, end=end, names=variables_of(request, source),
        synapse=synapse, place=named.index(synapse), length=length,
    )  # fmt: skip


def window_of(request: HttpRequest, length: float) -> tuple[float, float]:
    """Return the window that is asked for; all of it where that makes no sense."""
    start, end = _number(request, "from", 0.0), _number(request, "to", length)
    start, end = max(0.0, start), min(length, end)
    return (start, end) if end - start >= SHORTEST else (0.0, length)


def variables_of(request: HttpRequest, source: TraceSource) -> tuple[str, ...]:
    """Return the variables that are asked for, ``vars=a,b`` or ``vars=a&vars=b``."""
    wanted = ",".join(request.GET.getlist("vars")).split(",")
    names = tuple(name for name in source.names if name in wanted)
    return names or tuple(name for name in source.names if name in USUAL)


def width_of(request: HttpRequest) -> int:
    """Return into how many slices a window is to be cut."""
    return int(min(WIDEST, max(NARROWEST, _number(request, "width", 1000.0))))


def named_synapses(run: Run) -> list[int]:
    """Return the keys of the synapses that a run traced, the first one first."""
    found = [int(key) for key in run.protocol.get("synapses", [])]
    return found if run.synapse_id in found else [run.synapse_id]


def choices_of(request: HttpRequest, run: Run) -> list[tuple[int, str]]:
    """Return the traced synapses that the reader may see, with their names."""
    named = named_synapses(run)
    if len(named) < 2:
        return []
    others = Synapse.objects.filter(pk__in=named)
    names = {row.pk: row.name for row in others if may_read(request.user, row)}
    return [(key, names.get(key, f"synapse {key}")) for key in named]


def _number(request: HttpRequest, name: str, default: Any) -> float:
    try:
        value = float(request.GET.get(name, ""))
    except ValueError:
        return float(default)
    return value if math.isfinite(value) else float(default)
