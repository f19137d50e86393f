"""Lists in pages, and marks of a version."""

import hashlib
import json
from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Field, Path, Query, Schema

LARGEST_KEY = 2**63 - 1
Key = Annotated[int, Field(ge=1, le=LARGEST_KEY)]
"""Number of a row."""
PathKey = Annotated[int, Path(ge=1, le=LARGEST_KEY)]
ShareKey = Annotated[
    str, Query(max_length=64, description="Key of a shared link, if you came by one.")
]


class Page(Schema):
    """Which part of a list."""

    limit: int = Field(25, ge=1, le=100, description="Entries in the answer.")
    offset: int = Field(0, ge=0, le=1_000_000_000, description="Entries to leave out before.")


def paged(
    request: HttpRequest, rows: QuerySet[Any], page: Page, *, as_json: Callable[[Any], Any]
) -> dict[str, Any]:
    """Return one page of rows; ``next`` is the address of the page after it, or null."""
    count = rows.count()
    found = [as_json(row) for row in rows[page.offset : page.offset + page.limit]]
    after = page.offset + page.limit
    query = {**request.GET.dict(), "limit": page.limit, "offset": after}
    return {
        "items": found,
        "count": count,
        "limit": page.limit,
        "offset": page.offset,
        "next": f"{request.path}?{urlencode(query)}" if after < count else None,
    }


def etag_of(data: Any) -> str:
    """Return a strong entity tag of an answer."""
    text = json.dumps(data, sort_keys=True, default=str).encode()
    return f'"{hashlib.sha256(text).hexdigest()[:24]}"'
