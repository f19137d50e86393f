"""Protocols as files to keep."""

import re
from collections.abc import Callable, Mapping

from django.http import Http404, HttpResponse

from synapse.services.timeline.drafts import Draft
from synapse.services.timeline.files import write_csv, write_events_csv, write_json

FORMS: Mapping[str, tuple[str, str, Callable[[Draft], str]]] = {
    "json": (".json", "application/json", write_json),
    "csv": (".csv", "text/csv; charset=utf-8", write_csv),
    "events": ("-events.csv", "text/csv; charset=utf-8", write_events_csv),
}
"""Ending, content type and writer, by name."""


def download(draft: Draft, form: str) -> HttpResponse:
    """Return a draft as a file, or raise ``Http404`` where there is no such form."""
    if form not in FORMS:
        raise Http404
    ending, kind, write = FORMS[form]
    name = re.sub(r"[^a-z0-9]+", "-", draft.title.lower()).strip("-")[:60] or "protocol"
    disposition = f'attachment; filename="{name}{ending}"'
    return HttpResponse(write(draft), kind, headers={"Content-Disposition": disposition})
