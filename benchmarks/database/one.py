"""Measure one database, the one in DATABASE_URL, and print JSON."""

import argparse
import gc
import io
import json
import os
import platform
import sqlite3
import sys
from collections.abc import Callable
from statistics import median
from time import perf_counter, process_time
from typing import Any

PAIRS = (
    ("load", "load, driver, one join"),
    ("load", "load, driver, by table"),
    ("store", "store, driver"),
)
"""What is compared: ours over the driver's."""
VARIED = {
    "release_probability": {"distribution": "normal", "mean": 0.25, "sd": 0.05},
    "recovery_time": {"distribution": "lognormal", "cv": 0.3},
    "bap_amplitude": {"distribution": "normal", "cv": 0.1},
}


def heterogeneity(*, everything: bool) -> dict[str, Any]:
    """Return how the parameters vary: three of them, or every one that can."""
    from synapse.plasticity.components import COMPONENTS
    from synapse.plasticity.distributions import EQUAL

    if not everything:
        return VARIED
    names = [q.name for c in COMPONENTS for q in c.parameters if not q.fixed]
    return {name: {"distribution": "normal", "cv": 0.01} for name in names if name not in EQUAL}


def shake(group: Any) -> None:
    """Give every state of every row a value of its own, as a long run might."""
    import numpy as np

    from synapse.plasticity.components import COMPONENTS
    from synapse.plasticity.heterogeneity import PART_OF

    rng = np.random.default_rng(1)
    for quantity in (q for c in COMPONENTS for q in c.states):
        records = getattr(group, PART_OF[quantity.name])
        low = quantity.minimum or 0.0
        high = low + 1.0 if quantity.maximum is None else quantity.maximum
        records[quantity.name] = rng.uniform(low, high, len(records))


def main() -> None:
    """Make a population, measure, delete it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--synapses", type=int, required=True)
    parser.add_argument("--neurons", type=int, required=True)
    parser.add_argument("--repeats", type=int, required=True)
    parser.add_argument("--everything", action="store_true")
    options = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "event_driven_retraining.settings"
    import django

    django.setup()
    prepare()
    json.dump(measure(options), sys.stdout)


def prepare() -> None:
    """Make the tables, in an empty database only: a benchmark touches nobody's rows."""
    from django.core.management import call_command
    from django.db import connection

    if connection.introspection.table_names():
        raise SystemExit("The database of the benchmark must be empty; this one has tables.")
    call_command("migrate", verbosity=0)
    call_command("load_presets", stdout=io.StringIO())


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Return medians and ratios of interleaved rounds."""
    from benchmarks.database import floors
    from synapse.services.population import load_population, store_population
    from synapse.services.populations import make_population

    once: dict[str, list[float]] = {}
    made = timed(once, "make", lambda: make_population(
        name="benchmark", preset="hippocampus", synapses=options.synapses,
        neurons=options.neurons, seed=1,
        heterogeneity=heterogeneity(everything=options.everything),
    ))  # fmt: skip
    loaded = load_population(made)
    shake(loaded.group)
    store_population(loaded)
    tidy()
    raw = floors.connect()
    work: dict[str, Callable[[], Any]] = {
        **floors.work_of(raw, loaded),
        "load": lambda: load_population(made),
        "store": lambda: store_population(loaded),
    }
    rounds = interleaved(work, options.repeats)
    raw.close()
    timed(once, "delete", made.delete)
    return summary(rounds, once) | {
        **vars(options), "database": version(),
        "python": platform.python_version(), "machine": platform.processor() or platform.machine(),
    }  # fmt: skip


def tidy() -> None:
    """Let PostgreSQL clear away the rows that are no longer there."""
    from django.db import connection

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")


def interleaved(work: dict[str, Callable[[], Any]], repeats: int) -> list[dict[str, list[float]]]:
    """Do all the work in turn, several times; return the times of each round."""
    rounds: list[dict[str, list[float]]] = []
    for _ in range(repeats):
        rounds.append({})
        for name, act in work.items():
            timed(rounds[-1], name, act)
    return rounds


def timed(rows: dict[str, list[float]], name: str, act: Callable[[], Any]) -> Any:
    """Call and keep CPU time of this process and time on the clock, s."""
    gc.collect()
    cpu, wall = process_time(), perf_counter()
    result = act()
    rows[name] = [process_time() - cpu, perf_counter() - wall]
    return result


def summary(rounds: list[dict[str, list[float]]], once: dict[str, list[float]]) -> dict[str, Any]:
    """Return medians of the times, and medians of the ratios within each round."""
    kinds = list(enumerate(("cpu", "wall")))
    times = {
        name: {kind: median(r[name][place] for r in rounds) for place, kind in kinds}
        for name in rounds[0]
    }
    times |= {name: {kind: row[place] for place, kind in kinds} for name, row in once.items()}
    ratios = {
        f"{ours} over {floor}": {
            kind: median(r[ours][place] / r[floor][place] for r in rounds) for place, kind in kinds
        }
        for ours, floor in PAIRS
    }
    return {"times": times, "ratios": ratios}


def version() -> str:
    from django.db import connection

    if connection.vendor == "sqlite":
        return f"SQLite {sqlite3.sqlite_version}"
    number = connection.pg_version
    return f"PostgreSQL {number // 10000}.{number % 10000}"


if __name__ == "__main__":
    main()
