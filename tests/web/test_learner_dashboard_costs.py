"""What the pages of a learner cost after a long life: bounded in queries and bytes.

With ``PAGE_COSTS=1`` the table of docs/pages.md is printed as well.
"""

import os
import statistics
import time
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from learner.models import CheckpointKind, Commit, Learner, Stretch
from learner.pipeline.ledger import Operation
from learner.services.checkpoints import store_checkpoint
from learner.services.learners import create_learner
from learner.services.states import new_model
from learner.services.storage import pack_operations
from tests.web.learner_pages import add_alarms, add_windows, taught

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

EVENTS, WINDOWS, COMMITS, ALARMS = 1_000_000, 10_000, 200_000, 1_000
FEATURES, LABELS = 2_000, 1_000
KEPT = 1_000
"""Operations of the ledger that are kept."""
MOST_QUERIES = 20
MOST_BYTES = 500_000
REPEATS = 5


def huge(owner: Any) -> Learner:
    """Return a learner as a year of events leaves it."""
    learner = create_learner(name="huge", owner=owner, parameters={"expansion": 0})
    model: Any = new_model(learner)
    model._add_features([f"feature {i}" for i in range(FEATURES)])
    model._add_labels([f"label {i}" for i in range(LABELS)])
    model._core.arrays["synapses"][:, :3, :FEATURES, :LABELS] = np.random.default_rng(0).normal(
        size=(1, 3, FEATURES, LABELS)
    )
    Learner.objects.filter(pk=learner.pk).update(events=EVENTS, position=EVENTS, version=COMMITS)
    learner.refresh_from_db()
    for kind in (CheckpointKind.SNAPSHOT, CheckpointKind.HEAD):
        place = EVENTS - KEPT if kind == CheckpointKind.SNAPSHOT else EVENTS
        store_checkpoint(learner, model.state_dict(), kind=kind, position=place, version=COMMITS)
    add_windows(learner, WINDOWS, heads=3)
    add_alarms(learner, ALARMS)
    add_commits(learner)
    add_ledger(learner)
    return learner


def add_commits(learner: Learner) -> None:
    """Add commits, with a rollback among every fifty of them."""
    now = timezone.now()
    Commit.objects.bulk_create(
        (
            Commit(
                learner=learner, number=n, position=5 * n - 1, event=5 * n, created=now,
                kind="rollback" if n % 50 == 0 else "learn", surprise=0.5, gate=1.5, size=0.1,
                amount=n - 3 if n % 50 == 0 else 0, connections=[],
            )
            for n in range(1, COMMITS + 1)
        ),
        batch_size=5000,
    )  # fmt: skip


def add_ledger(learner: Learner) -> None:
    """Add the last operations: half of them came one by one, the others in one call."""
    values = np.random.default_rng(1).normal(size=FEATURES)
    made = [
        Operation(
            position=EVENTS - KEPT + i, version=0, kind="event", event=EVENTS - KEPT + i + 1,
            event_id=None, surprise=0.1, gate=0.0, size=0.0, values=values, target=float(i % 9),
        )
        for i in range(KEPT)
    ]  # fmt: skip
    half = KEPT // 2
    parts = [made[:half], *([one] for one in made[half:])]
    for part in parts:
        Stretch.objects.create(
            learner=learner, first=part[0].position, count=len(part),
            operations=pack_operations(part),
        )  # fmt: skip


def addresses(learner: Learner, last: int, commit: int) -> dict[str, str]:
    """Return the pages of a learner by name."""

    def at(name: str, *more: int, query: str = "") -> str:
        return reverse(f"learner:{name}", args=[learner.pk, *more]) + query

    return {
        "dashboard": at("learner_dashboard"),
        "live": at("learner_live"),
        "commits": at("commit_list"),
        "commits, old": at("commit_list", query=f"?before={max(2, commit // 100)}"),
        "commits of a kind": at("commit_list", query="?kind=sleep"),
        "commit": at("commit_detail", commit),
        "events": at("event_list"),
        "events, old": at("event_list", query=f"?before={last - 20}"),
        "event": at("event_detail", last),
        "alarms": at("alarm_list"),
        "csv": at("learner_accuracy_csv"),
    }


def cost(client: Client, address: str) -> tuple[int, int, float]:
    """Return queries, bytes and milliseconds; the first answer, which fills caches, is left out."""
    client.get(address)
    took = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        read(client.get(address))
        took.append(1000 * (time.perf_counter() - start))
    with CaptureQueriesContext(connection) as queries:
        size = read(client.get(address))
    return len(queries), size, statistics.median(took)


def read(answer: Any) -> int:
    assert answer.status_code == 200, answer.status_code
    parts = answer.streaming_content if answer.streaming else [answer.content]
    return sum(len(part) for part in parts)


def test_no_page_of_a_learner_grows_with_its_life(client: Client, ada: Any) -> None:
    client.force_login(ada)
    small = taught(200, owner=ada)
    add_windows(small, 2)
    large = huge(ada)
    few = {n: cost(client, a) for n, a in addresses(small, 199, small.version - 1).items()}
    many = {n: cost(client, a) for n, a in addresses(large, EVENTS - 1, COMMITS - 1).items()}
    if os.environ.get("PAGE_COSTS"):
        print("\n| Page | Queries | ms | kB | Queries, huge | ms | kB |")
        print("|---|--:|--:|--:|--:|--:|--:|")
        for name in few:
            a, b = few[name], many[name]
            print(f"| {name} | {a[0]} | {a[2]:.0f} | {a[1] / 1000:.1f} "
                  f"| {b[0]} | {b[2]:.0f} | {b[1] / 1000:.1f} |")  # fmt: skip
    faults = [
        f"{name}: {found}"
        for name, found in many.items()
        if found[0] > max(MOST_QUERIES, few[name][0] + 2)
        or (found[1] > MOST_BYTES and name != "csv")
    ]
    assert faults == []


def test_what_is_too_large_for_a_page_is_said(client: Client, ada: Any) -> None:
    client.force_login(ada)
    large = huge(ada)
    Commit.objects.filter(learner=large, number=COMMITS - 1).update(connections=None)
    for address in (
        reverse("learner:event_detail", args=[large.pk, EVENTS - 1]),
        reverse("learner:commit_detail", args=[large.pk, COMMITS - 1]),
    ):
        assert "too large for a page" in client.get(address).content.decode(), address
