"""Run the benchmark: ``python -m benchmarks.peers [--only a,b] [--force]``.

Each part writes var/bench/PART.json; a part that has one is not run again unless it is
named or ``--force`` is given. ``make bench`` makes the peers' environment first and writes
docs/performance.md afterwards.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from typing import Any

from benchmarks.peers import cold, full_model, ours, scaling, tagging
from benchmarks.peers.tools import FOLDER, ROOT, load, machine, save, say, timed

SIZES = (10_000, 100_000)
"""Synapses that are loaded and stored."""


def database() -> dict[str, Any]:
    """(c) Load and store, as ``benchmarks.database`` measures them."""
    if not (ROOT / "benchmarks" / "database").is_dir():
        return {}
    results = []
    for size in SIZES:
        say(f"(c) {size} synapses")
        target = FOLDER / "jobs" / f"database-{size}.json"
        target.parent.mkdir(parents=True, exist_ok=True)
        timed(
            [sys.executable, "-m", "benchmarks.database", "--synapses", str(size),
             "--repeats", "3", "--json", str(target)],
            ROOT,
        )  # fmt: skip
        results += json.loads(target.read_text())
    return {"results": results}


PARTS: dict[str, Callable[[], dict[str, Any]]] = {
    "a": full_model.run,
    "b": tagging.run,
    "c": database,
    "d": scaling.run,
    "e": cold.run,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="parts, such as a,c; these are run again")
    parser.add_argument("--force", action="store_true", help="run every part again")
    options = parser.parse_args()
    wanted = [part for part in options.only.split(",") if part]
    unknown = sorted(set(wanted) - set(PARTS))
    if unknown:
        parser.error(f"there is no part {', '.join(unknown)}; known are {', '.join(PARTS)}")
    for part, run in PARTS.items():
        if wanted and part not in wanted:
            continue
        if not wanted and not options.force and load(part):
            say(f"({part}) was run before: {FOLDER.name}/{part}.json is kept")
            continue
        started = time.perf_counter()
        found = run()
        if found:
            save(part, {**found, "machine": {**machine(), **ours.versions()}})
        say(f"({part}) {'took' if found else 'has nothing to run:'} "
            f"{time.perf_counter() - started:.0f} s")  # fmt: skip


if __name__ == "__main__":
    main()
