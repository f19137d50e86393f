"""The bibliography, with the quantities that each entry stands behind."""

from dataclasses import dataclass

from synapse.plasticity.components import COMPONENTS
from synapse.services.datasheet import read_references


@dataclass(frozen=True, slots=True)
class Reference:
    """One entry of the bibliography in words; ``address`` leads to the work itself."""

    key: str
    authors: str
    title: str
    where: str
    note: str
    address: str
    quantities: tuple[str, ...]


def reference_entries() -> list[Reference]:
    """Return the entries that a quantity names first, then the rest, by key."""
    used: dict[str, list[str]] = {}
    for component in COMPONENTS:
        for quantity in component:
            if quantity.reference:
                used.setdefault(quantity.reference, []).append(quantity.name)
    entries = read_references()
    ordered = sorted(entries, key=lambda key: (key not in used, key))
    return [_entry(key, entries[key], tuple(used.get(key, ()))) for key in ordered]


def _entry(key: str, fields: dict[str, str], quantities: tuple[str, ...]) -> Reference:
    where = [fields.get("journal") or fields.get("howpublished", "")]
    where += [fields[name] for name in ("volume", "pages", "year") if name in fields]
    return Reference(
        key=key, authors=fields.get("author", "").replace(" and ", "; "),
        title=fields["title"], where=", ".join(w.replace("--", "–") for w in where if w),
        note=fields.get("note", ""), quantities=quantities,
        address=f"https://doi.org/{fields['doi']}" if "doi" in fields else "",
    )  # fmt: skip
