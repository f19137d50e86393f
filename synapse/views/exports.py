"""A synapse as JSON, a trace as CSV."""

import tempfile

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from synapse.services.presets import export
from synapse.services.traces import read_trace, write_csv
from synapse.views.access import readable_run, readable_synapse


@require_safe
def synapse_json(request: HttpRequest, synapse_id: int) -> HttpResponse:
    """Return a synapse's parameters, state and clock."""
    synapse = readable_synapse(request, synapse_id)
    answer = JsonResponse(export(synapse=synapse), json_dumps_params={"indent": 2})
    answer["Content-Disposition"] = f'inline; filename="synapse-{synapse.pk}.json"'
    return answer


@require_safe
def trace_csv(request: HttpRequest, run_id: int) -> FileResponse:
    """Return every computed sample of a run, with units in the header."""
    run = readable_run(request, run_id)
    trace = read_trace(run)
    if not len(trace):
        raise Http404
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    with open(file.fileno(), "w", encoding="utf-8", newline="", closefd=False) as text:
        write_csv(text, trace)
    file.seek(0)
    return FileResponse(
        file, as_attachment=True, filename=f"run-{run.pk}.csv", content_type="text/csv"
    )
