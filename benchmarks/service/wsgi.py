"""The site's application with an address that does nothing; with TIMED, it keeps times."""

import json
import os
from collections.abc import Callable, Iterable
from typing import Any

from event_driven_retraining import wsgi

whole: Callable[..., Any] = wsgi.application
if os.environ.get("TIMED"):
    from benchmarks.service import shares

    whole = shares.watch(whole)


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer ``/nothing`` and ``/shares`` here, everything else by the site."""
    path = environ["PATH_INFO"]
    if path not in ("/nothing", "/shares"):
        answer: Iterable[bytes] = whole(environ, start_response)
        return answer
    body = json.dumps(shares.taken()).encode() if path == "/shares" else b"{}"
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]
