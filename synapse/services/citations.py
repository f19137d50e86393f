"""Citations in words, from the bibliography."""

import re

from synapse.services.datasheet import read_references

PARTICLES = 3
"""With this many authors or more, only the first is named."""


def cite(key: str) -> str:
    """Return a source in short: authors, year, journal."""
    entry = read_references()[key]
    names = [name.split(",")[0] for name in re.split(r"\s+and\s+", entry.get("author", ""))]
    if len(names) >= PARTICLES or "others" in names:
        who = f"{names[0]} et al."
    else:
        who = " & ".join(name for name in names if name) or entry["title"].split(":")[0]
    where = entry.get("journal") or entry.get("howpublished", "")
    return ", ".join(part for part in (f"{who} {entry.get('year', '')}".strip(), where) if part)


def cite_all(keys: tuple[str, ...]) -> str:
    """Return several sources in short."""
    return "; ".join(cite(key) for key in keys)
