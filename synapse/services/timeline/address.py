"""A draft in the address of a page: short ones can be shared without being stored."""

import base64
import json
import zlib

from synapse.services.timeline.drafts import Draft, read_draft
from synapse.services.timeline.items import Fault, TimelineError

LONGEST = 1800
"""Characters of an address that every browser and mail program passes on."""
MOST_BYTES = 100_000
"""That an address may unfold to."""


def pack(draft: Draft) -> str:
    """Return a draft as text for an address, or nothing where it would be too long."""
    plain = json.dumps(draft.to_json(), separators=(",", ":"), ensure_ascii=False)
    packed = base64.urlsafe_b64encode(zlib.compress(plain.encode(), 9)).decode().rstrip("=")
    return packed if len(packed) <= LONGEST else ""


def unpack(text: str) -> Draft:
    """Return the draft in an address, checked as any upload; or raise ``TimelineError``."""
    if len(text) > LONGEST:
        raise _refused(f"it may have {LONGEST} characters; got {len(text)}")
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        opened = zlib.decompressobj()
        plain = opened.decompress(data, MOST_BYTES)
        if opened.unconsumed_tail or not opened.eof:
            raise _refused("it is cut off, or holds too much")
        return read_draft(json.loads(plain.decode()))
    except TimelineError:
        raise
    except (ValueError, zlib.error, RecursionError) as error:
        raise _refused("it is not complete") from error


def _refused(why: str) -> TimelineError:
    return TimelineError([Fault(None, "", f"The protocol in the address cannot be read: {why}")])
