"""What a page costs: its queries and bytes do not grow with what the database holds.

With ``PAGE_COSTS=1`` the table of docs/pages.md is printed as well:
``PAGE_COSTS=1 pytest tests/web/test_page_costs.py -s``.
"""

import os
import statistics
import time
from copy import copy
from typing import Any, NamedTuple

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from synapse.models import Run, Synapse
from synapse.plasticity.components import COMPONENTS
from tests.web.access_rules import PAGES
from tests.web.test_access import PARAMETERS, World

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

FEW, SOME, MANY = 10, 100, 1000
"""Synapses and runs; ``SOME`` fill the first page of every list."""
MOST_QUERIES = 12
OF_A_GROUP = 30
"""The pages that compute with a whole group read each of its tables of components once."""
OF_A_LEARNER = 20
"""The pages that show a learner from all sides ask for each of them once."""
LEARNERS = ("learner:learner_dashboard", "learner:learner_live", "learner:event_detail")
GROUPS = ("synapse:plasticity_cycle", "synapse:synapse_diagram")
MOST_BYTES = 500_000
GROWTH = 1.02
"""How much larger a page may be with ``MANY`` than with ``SOME``: longer numbers."""
SHOWN = [n for n, rule in PAGES.items() if rule.gets and rule.kind != "token"]
REPEATS = 5


class Cost(NamedTuple):
    """What one answer costs."""

    queries: int
    size: int
    milliseconds: float


def _copies(row: Any, count: int, **changes: Any) -> list[Any]:
    """Return unsaved copies of a row."""
    made = []
    for place in range(count):
        one = copy(row)
        one._state = copy(row._state)
        one._state.adding, one._state.fields_cache, one.pk = True, {}, None
        for name, value in changes.items():
            setattr(one, name, value[place] if isinstance(value, list) else value)
        made.append(one)
    return made


def fill(world: World, count: int) -> None:
    """Add copies of the owner's synapse and run until there are ``count`` of each."""
    synapse, run = world.rows["synapse_id"], world.rows["run_id"]
    missing = count - Synapse.objects.count()
    key = Synapse._meta.get_field("share_key").get_default
    parts: dict[str, Any] = {"share_key": [key() for _ in range(missing)]}
    for component in COMPONENTS:
        if component.shared:
            model: Any = apps.get_model("synapse", component.name)
            rows = _copies(getattr(synapse, component.accessor), missing)
            parts[component.accessor] = model.objects.bulk_create(rows)
    made = Synapse.objects.bulk_create(_copies(synapse, missing, **parts))
    for component in COMPONENTS:
        if not component.shared:
            model = apps.get_model("synapse", component.name)
            rows = _copies(getattr(synapse, component.accessor), missing, synapse=made)
            model.objects.bulk_create(rows)
    missing = count - Run.objects.count()
    keys = [key() for _ in range(missing)]
    Run.objects.bulk_create(_copies(run, missing, share_key=keys), batch_size=200)


def address_of(world: World, name: str) -> str:
    rule = PAGES[name]
    given = {k: row.pk for k, row in world.rows.items() if k in PARAMETERS[name]}
    asked = f"?{world.query}" if rule.query else ""
    return reverse(name, kwargs=given | rule.arguments) + asked


def read(answer: Any) -> int:
    """Read an answer to its end; return how many bytes it has."""
    parts = answer.streaming_content if answer.streaming else [answer.content]
    return sum(len(part) for part in parts)


def measure(world: World, name: str, repeats: int = 1) -> Cost:
    """Ask for a page as its owner, or staff; the first answer fills caches and does not count."""
    who = "staff" if PAGES[name].kind == "staff" else "owner"
    client, address, times = world.client(who), address_of(world, name), []
    read(client.get(address))  # a file is closed once it is read
    for _ in range(repeats):
        start = time.perf_counter()
        read(client.get(address))
        times.append(1000 * (time.perf_counter() - start))
    with CaptureQueriesContext(connection) as queries:
        answer: Any = client.get(address)
        size = read(answer)
    assert answer.status_code in (200, 302, 501), (name, answer.status_code)
    return Cost(len(queries), size, statistics.median(times))


def table(world: World, costs: dict[str, Cost]) -> str:
    """Return the table of docs/pages.md."""
    lines = ["| Page | Queries | ms | kB |", "|---|--:|--:|--:|"]
    for name, (queries, size, took) in costs.items():
        lines.append(
            f"| `{address_of(world, name)}` | {queries} | {took:.0f} | {size / 1000:.1f} |"
        )
    return "\n".join(lines)


def test_no_page_costs_more_where_there_is_more(settings: Any) -> None:
    world = World()
    fill(world, FEW)
    few = {name: measure(world, name) for name in SHOWN}
    fill(world, SOME)
    some = {name: measure(world, name) for name in SHOWN}
    fill(world, MANY)
    assert (Synapse.objects.count(), Run.objects.count()) == (MANY, MANY)
    many = {name: measure(world, name, REPEATS) for name in SHOWN}
    if os.environ.get("PAGE_COSTS"):
        print(f"\n{table(world, many)}")
    faults = []
    for name in SHOWN:
        cost = many[name]
        if not few[name].queries == some[name].queries == cost.queries:
            faults.append(f"{name}: {few[name].queries}, {some[name].queries}, {cost.queries}")
        most = OF_A_LEARNER if name in LEARNERS else MOST_QUERIES
        if cost.queries > (OF_A_GROUP if name in GROUPS else most):
            faults.append(f"{name}: {cost.queries} queries")
        if cost.size > min(MOST_BYTES, GROWTH * some[name].size + 500):
            faults.append(f"{name}: {some[name].size} and {cost.size} bytes")
    assert faults == []
