"""Which other synapses a shared component serves."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q

from synapse.models import Synapse
from synapse.plasticity.layout import SHARED

MOST_NAMED = 5
MOST_READ = 50


@dataclass(frozen=True, slots=True)
class Served:
    """The other synapses of a component: those a reader may see by name, and all by number."""

    names: tuple[str, ...]
    others: int

    @property
    def words(self) -> str:
        """Return them as a list in words; nothing where there are none."""
        more = self.others - len(self.names)
        parts = list(self.names)
        if more:
            parts.append(f"{more} more" if parts else f"{more} other synapse{'s' * (more != 1)}")
        *first, last = parts or [""]
        return f"{', '.join(first)} and {last}" if first else last


def served_with(synapse: Synapse, user: Any) -> dict[str, Served]:
    """Return the other synapses of each shared component, by its name; two queries at most."""
    links = {c.name: f"{c.accessor}_id" for c in SHARED}
    mine = {name: Q((link, getattr(synapse, link))) for name, link in links.items()}
    wanted = Q()
    for condition in mine.values():
        wanted |= condition
    others = Synapse.objects.filter(wanted).exclude(pk=synapse.pk)
    counts = others.aggregate(**{name: Count("pk", filter=q) for name, q in mine.items()})
    if not any(counts.values()):
        return {name: Served((), 0) for name in links}
    seen = list(others.visible_to(user).order_by("pk").values("name", *links.values())[:MOST_READ])
    return {
        name: Served(
            tuple(s["name"] for s in seen if s[link] == getattr(synapse, link))[:MOST_NAMED],
            counts[name],
        )
        for name, link in links.items()
    }
