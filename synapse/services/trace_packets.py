"""A window of a trace as bytes: a header in JSON, then numbers that a browser reads in place.

All numbers are little-endian. First the length of the header (uint32), then the header in
UTF-8, padded with spaces so that the rest begins at a multiple of 8 bytes. Then float64
times of the first samples of all slices and, unless the samples are exact, of the last
ones; then, for each variable, float32 values: one a slice, or four (first, smallest,
largest, last).
"""

import json
from collections.abc import Mapping
from typing import Any

from synapse.services.trace_windows import Extreme, Window

CONTENT_TYPE = "application/octet-stream"


def pack(window: Window, facts: Mapping[str, Any]) -> bytes:
    """Return the bytes of a window; ``facts`` go into its header."""
    header = {
        **facts,
        "from": window.start, "to": window.end, "samples": window.samples,
        "exact": window.exact, "slices": len(window.first), "names": list(window.values),
        "summary": {
            name: {
                "start": s.start, "end": s.end,
                "least": _pair(s.least), "largest": _pair(s.largest),
            }
            for name, s in window.summary.items()
        },
    }  # fmt: skip
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-(len(text) + 4) % 8)
    parts = [len(text).to_bytes(4, "little"), text, window.first.astype("<f8").tobytes()]
    if not window.exact:
        parts.append(window.last.astype("<f8").tobytes())
    parts += [values.astype("<f4").tobytes() for values in window.values.values()]
    return b"".join(parts)


def _pair(extreme: Extreme) -> list[float]:
    return [extreme.time, extreme.value]
