"""(e) Cold start: imports, the first compilation, the cached one, and the command line."""

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.peers.tools import ROOT, middle, say, timed

ROUNDS = 5
IMPORT = "import synapse.plasticity.simulation"
RUN = """
import sys
from synapse.plasticity.group import make_group
from synapse.plasticity.simulation import Simulation
from synapse.plasticity.stimulus import Event, schedule
group = make_group(1)
events = schedule(group, [Event(time=1.0, kind="pre")], start=0.0, named=[0])
Simulation(group, events, compiled=sys.argv[1] == "compiled").advance(10.0)
"""
POPULATION = """
from synapse.plasticity.group import make_group
from synapse.plasticity.lanes.drive import constant_rates
from synapse.plasticity.population import PopulationSimulation
PopulationSimulation(make_group(8), constant_rates(8, 1, pre=1.0)).advance(10.0)
"""


def run() -> dict[str, Any]:
    """Return CPU and wall seconds of each, medians of ``ROUNDS`` runs in turn."""
    with tempfile.TemporaryDirectory() as folder:
        python, database = sys.executable, f"sqlite:///{Path(folder) / 'bench.sqlite3'}"
        manage = [python, "manage.py"]
        timed([*manage, "prepare", "--no-admin"], ROOT, DATABASE_URL=database)
        jobs = {
            "python": [python, "-c", "pass"],
            "import the engine": [python, "-c", IMPORT],
            "10 ms, plain Python": [python, "-c", RUN, "plain"],
            "10 ms, compiled, from the cache": [python, "-c", RUN, "compiled"],
            "population, from the cache": [python, "-c", POPULATION],
            "manage.py check": [*manage, "check"],
            "manage.py run_sim 1 --ticks 10": [*manage, "run_sim", "1", "--ticks", "10"],
        }
        say("(e) cold start")
        first = {
            "10 ms, compiled, no cache": measure([python, "-c", RUN, "compiled"], folder, database),
            "population, no cache": measure([python, "-c", POPULATION], folder, database),
        }
        rounds = [
            {name: measure(job, folder, database) for name, job in jobs.items()}
            for _ in range(ROUNDS)
        ]
    rows = {
        name: {kind: middle([r[name][kind] for r in rounds]) for kind in ("cpu", "wall")}
        for name in jobs
    }
    return {"rows": rows | first}


def measure(command: list[str], cache: str, database: str) -> dict[str, float]:
    """Return CPU and wall seconds of one run with the given cache of compiled code."""
    started = time.perf_counter()
    cpu = timed(command, ROOT, DATABASE_URL=database, SYNAPSE_CACHE_DIR=cache)
    return {"cpu": cpu, "wall": time.perf_counter() - started}
