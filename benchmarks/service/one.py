"""Measure one database, the empty one in DATABASE_URL, and write JSON to a file."""

import argparse
import json
import os
import platform
import random
import resource
import sys
import time
import urllib.request
from importlib.metadata import version
from pathlib import Path
from secrets import token_hex
from typing import Any

from benchmarks.service import floors, load
from benchmarks.service.load import Drive
from benchmarks.service.site import Site, children, cpu_of, machine_cpu

EIGHT, TAUGHT, WARM, LOADING = 8, 3_000, 1.0, 15.0
OPERATIONS = ("predict", "predict beside", "learn", "learn_named", "batch")
KEPT = "?conn_max_age=60"


def main() -> None:
    """Set up, measure, write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, required=True)
    parser.add_argument("--rounds", type=int, required=True)
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "event_driven_retraining.settings"
    import django

    django.setup()
    from benchmarks.database.one import prepare

    prepare()
    options.output.write_text(json.dumps(measure(options)))


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Measure everything of one database."""
    key, lone, eight, bare = made()
    groups = {1: (lone,), EIGHT: tuple(eight)}
    facts: dict[str, Any] = {
        "database": database(), "floors": commit_floors(), "rows": [], "others": others(),
        "seconds": options.seconds, "rounds": options.rounds, "cores": os.cpu_count(),
    }  # fmt: skip
    rows, seconds = facts["rows"], options.seconds
    with Site(key=key, processes=1, url=address()) as site:
        teach(site, (lone, *eight, bare))
        for number in range(options.rounds):
            rows += [row_of(site, Drive(w), seconds, number) for w in ("server", "session")]
            rows += table(site, groups, seconds, number)
        rows += [
            row_of(site, Drive(what, (bare,)), seconds, 0) | {"variant": "no baselines"}
            for what in ("learn", "batch")
        ]
    with Site(key=key, processes=2, url=address()) as site:
        [facts["loading"]] = run(site, [Drive("predict", (lone, *eight))], LOADING)
        rows += table(site, groups, seconds, 0)
    other = "" if KEPT in address() else KEPT
    with Site(key=key, processes=1, url=os.environ["DATABASE_URL"] + other) as site:
        named = "connection kept" if other else "connection for each request"
        rows += [
            row_of(site, Drive(what, (lone,)), seconds, 0) | {"variant": named}
            for what in ("session", "predict", "learn")
        ]
    with Site(key=key, processes=1, url=address(), timed=True) as site:
        facts["shares"] = shares_of(site, lone, seconds)
    return facts


def shares_of(site: Site, learner: int, seconds: float) -> dict[str, Any]:
    """Return where the time goes, of one client alone and of each operation."""
    alone = Drive("learn", (learner,), connections=1, threads=1)
    return {"alone": shares(site, alone, seconds)} | {
        what: shares(site, Drive(what, (learner,)), seconds) for what in OPERATIONS[::2]
    }


def address() -> str:
    """Return the address as the documents recommend it: PostgreSQL's connections are kept."""
    url = os.environ["DATABASE_URL"]
    return url + KEPT if url.startswith("postgres") else url


def made() -> tuple[str, int, list[int], int]:
    """Make a user with a token, a learner, eight more, and one without baselines."""
    from django.contrib.auth import get_user_model

    from learner.services.learners import create_learner
    from synapse.services.tokens import create_token

    user = get_user_model().objects.create_user("benchmark")
    names = ("lone", *(f"one of eight {i}" for i in range(EIGHT)), "bare")
    learners = [
        create_learner(name=name, owner=user, parameters={"seed": i})
        for i, name in enumerate(names)
    ]
    learners[-1].baselines = False
    learners[-1].save(update_fields=["baselines"])
    lone, *eight, bare = (learner.pk for learner in learners)
    return create_token(user=user, name="benchmark", days=1)[1], lone, eight, bare


def teach(site: Site, learners: tuple[int, ...]) -> None:
    """Teach each learner so much that compiled code is loaded and its labels are known."""
    chance = random.Random(1)
    for learner in learners:
        for _ in range(0, TAUGHT, 500):
            events = []
            for _ in range(500):
                values = {f"f{i}": round(chance.uniform(-1, 1), 4) for i in range(8)}
                label = "yes" if values["f0"] + values["f1"] > 0 else "no"
                events.append({"features": values, "label": label})
            request = urllib.request.Request(
                f"{site.address}/api/v1/learners/{learner}/batch",
                json.dumps({"events": events}).encode(),
                {"Authorization": f"Bearer {site.key}", "Content-Type": "application/json"},
            )
            urllib.request.urlopen(request, timeout=300).close()


def table(
    site: Site, groups: dict[int, tuple[int, ...]], seconds: float, number: int
) -> list[dict[str, Any]]:
    """Measure every operation with one learner and with eight."""
    return [
        row_of(site, Drive(what, group), seconds, number) | {"learners": count}
        for count, group in groups.items()
        for what in OPERATIONS
    ]


def row_of(site: Site, drive: Drive, seconds: float, number: int) -> dict[str, Any]:
    """Warm up, measure, and count in the database what was learned."""
    both = together(drive)
    run(site, both, WARM)
    time.sleep(0.3)  # what is under way when wrk ends is answered by then
    before, was = stored(drive.learners), site.counters()
    spent = cpu_times(site)
    found = run(site, both, seconds)
    used = {name: value - spent[name] for name, value in cpu_times(site).items()}
    time.sleep(0.3)
    after, now = stored(drive.learners), site.counters()
    count = {name: now[name] - was[name] for name in now}
    row = found[0] | {
        "what": drive.what, "processes": site.processes, "round": number,
        "cores": {name: value / seconds for name, value in used.items()},
        "events_rate": found[0]["rate"] * load.EVENTS.get(drive.what, 1),
        "ledger": {name: after[name] - before[name] for name in after},
        "answered_by_site": count["answered"],
        "answered": sum(
            r["requests"] * load.EVENTS.get(r["what"], 1) for r in found if r["what"] != "predict"
        ),
        "together": mean(count, "edr_drained_events"),
        "lock_ms": 1e3 * mean(count, "edr_lock_seconds"),
    }  # fmt: skip
    if len(found) > 1:
        row["beside"] = found[1]
        row["errors"] += found[1]["errors"]
    print(f"{row['what']:15} {len(drive.learners)} learners, {site.processes} processes: "
          f"{row['rate']:7.0f}/s  p99 {row['p99']:6.1f} ms  {row['errors']} errors",
          file=sys.stderr)  # fmt: skip
    return row


def together(drive: Drive) -> list[Drive]:
    """Return what runs at the same time: half the connections predict while others learn."""
    if drive.what != "predict beside":
        return [drive]
    return [Drive(w, drive.learners, connections=4, threads=1) for w in ("predict", "learn")]


def run(site: Site, drives: list[Drive], seconds: float) -> list[dict[str, Any]]:
    """Run them at the same time."""
    running = [load.start(site, d, seconds=seconds, prefix=token_hex(4)) for d in drives]
    return [load.finish(p, drive) for p, drive in zip(running, drives, strict=True)]


def stored(learners: tuple[int, ...]) -> dict[str, int]:
    """Return what is stored of learners: events, operations of the ledger, named events."""
    from django.db import connection
    from django.db.models import Sum

    from learner.models import Event, Learner, Stretch

    rows = Learner.objects.filter(pk__in=learners).aggregate(events=Sum("events"))
    operations = Stretch.objects.filter(learner__in=learners).aggregate(n=Sum("count"))["n"]
    named = Event.objects.filter(learner__in=learners, status="learned").count()
    connection.close()
    return {"events": rows["events"] or 0, "operations": operations or 0, "named": named}


def cpu_times(site: Site) -> dict[str, float]:
    """Return the processor time so far of the site, PostgreSQL, wrk, and everything, s."""
    wrk = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "site": site.cpu(), "database": postgresql_cpu(), "wrk": wrk.ru_utime + wrk.ru_stime,
        "machine": machine_cpu(),
    }  # fmt: skip


def postgresql_cpu() -> float:
    from django.conf import settings

    place = Path(settings.DATABASES["default"].get("HOST") or "/none") / "data/postmaster.pid"
    if not place.exists():
        return 0.0
    pid = int(place.read_text().split()[0])
    return sum(cpu_of(one) for one in (pid, *children(pid)))


def mean(count: dict[str, float], name: str) -> float:
    return count[f"{name}_sum"] / count[f"{name}_count"] if count[f"{name}_count"] else 0.0


def shares(site: Site, drive: Drive, seconds: float) -> dict[str, Any]:
    """Return where the time of the site goes while it does one thing."""
    run(site, [drive], 2 * WARM)
    time.sleep(0.3)
    site.get("/shares")
    [found] = run(site, [drive], seconds)
    time.sleep(0.3)
    parts: dict[str, Any] = json.loads(site.get("/shares"))
    return parts | {"requests": found["requests"], "rate": found["rate"]}


def others(seconds: float = 3.0) -> float:
    """Return how many cores other programs use while nothing is measured."""
    before = machine_cpu()
    time.sleep(seconds)
    return (machine_cpu() - before) / seconds


def database() -> str:
    from benchmarks.database.one import version as of_database

    parts = [of_database(), f"Python {platform.python_version()}"]
    return ", ".join(
        [*parts, *(f"{n} {version(n)}" for n in ("Django", "django-ninja", "gunicorn"))]
    )


def commit_floors() -> dict[str, float]:
    """Return bare transactions a second."""
    from django.db import connection

    if connection.vendor == "sqlite":
        kinds = ("NORMAL", "FULL")
        return {f"SQLite, {k}": floors.sqlite(synchronous=k) for k in kinds}
    return {"PostgreSQL": floors.postgresql(connection.settings_dict)}


if __name__ == "__main__":
    main()
