"""A synapse as JSON, a trace as CSV."""

import io
from collections.abc import Iterator

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.views.decorators.http import require_safe

from synapse.services.presets import export
from synapse.services.traces import Trace, read_trace, write_csv
from synapse.views.access import readable_run, readable_synapse

ROWS = 2_000
"""Samples that are put into words at a time."""


@require_safe
def synapse_json(request: HttpRequest, synapse_id: int) -> HttpResponse:
    """Return a synapse's parameters, state and clock."""
    synapse = readable_synapse(request, synapse_id)
    answer = JsonResponse(export(synapse=synapse), json_dumps_params={"indent": 2})
    answer["Content-Disposition"] = f'inline; filename="synapse-{synapse.pk}.json"'
    return answer


@require_safe
def trace_csv(request: HttpRequest, run_id: int) -> StreamingHttpResponse:
    """Return every computed sample of a run, with units in the header."""
    run = readable_run(request, run_id)
    trace = read_trace(run)
    if not len(trace):
        raise Http404
    answer = StreamingHttpResponse(csv_parts(trace), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="run-{run.pk}.csv"'
    return answer


def csv_parts(trace: Trace) -> Iterator[str]:
    """Yield a trace as CSV, some rows at a time; the header comes with the first."""
    for first in range(0, len(trace), ROWS):
        part = slice(first, first + ROWS)
        text = io.StringIO()
        write_csv(text, Trace(trace.time[part], {n: c[part] for n, c in trace.columns.items()}))
        yield text.getvalue() if first == 0 else text.getvalue().partition("\n")[2]
