"""Workers as real processes: two at once, one killed, one asked to end, a full disk."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

WORKER = """
import sys
import django
from django.core.management import call_command
django.setup()
from synapse.services import simulator
simulator.COMPILED_PAYS = 1e18  # plain Python takes some seconds, and nothing is compiled
call_command("work", *sys.argv[1:])
"""
QUEUE = """
from synapse.models import Synapse
from synapse.services import run_queue
from synapse.services.runs import Plan
from synapse.plasticity.bounds import MINUTE
from synapse.plasticity.protocols.pairing import pairing
for name in {names!r}:
    plan = Plan(protocol=pairing(count={count}), duration={count} * 0.5 * MINUTE)
    run_queue.enqueue(synapse=Synapse.objects.get(name=name), plan=plan, seed=3)
"""
LONG, SHORT = 300, 6
ENDLESS = 1500
"""Pairings: not over before a signal arrives, however fast the machine."""


class Site:
    """A site of its own: a database, a folder, processes."""

    def __init__(self, repository: Path, folder: Path) -> None:
        self.repository = repository
        known = {"PATH", "HOME", "LANG"}
        self.environment = {k: v for k, v in os.environ.items() if k in known} | {
            "DATABASE_URL": f"sqlite:///{folder}/site.sqlite3",
            "TRACES_DIR": str(folder / "traces"),
            "DJANGO_SETTINGS_MODULE": "event_driven_retraining.settings",
            "PYTHONPATH": str(repository),
            "NO_COLOR": "1",
        }
        self.workers: list[subprocess.Popen[str]] = []

    def manage(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, str(self.repository / "manage.py"), *arguments],
            env=self.environment, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def shell(self, code: str) -> list[list[str]]:
        lines = self.manage("shell", "-v", "0", "-c", code).splitlines()
        return [line.split(" ", 6) for line in lines]

    def queue(self, *names: str, count: int = SHORT) -> None:
        self.shell(QUEUE.format(names=names, count=count))

    def worker(self, *arguments: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-c", WORKER, "--interval=0.1", *arguments],
            env=self.environment, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.workers.append(process)
        return process

    def rows(self) -> list[tuple[Any, ...]]:
        import sqlite3

        base = sqlite3.connect(self.environment["DATABASE_URL"].removeprefix("sqlite:///"))
        try:
            return base.execute(
                "SELECT id, status, worker, done, error FROM synapse_run ORDER BY id"
            ).fetchall()
        finally:
            base.close()

    def until(self, found: Callable[[list[tuple[Any, ...]]], bool], seconds: float = 60) -> Any:
        end = time.monotonic() + seconds
        while not found(rows := self.rows()):
            assert time.monotonic() < end, rows
            time.sleep(0.05)
        return rows


@pytest.fixture(scope="module")
def prepared(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the examples, to be copied."""
    folder = tmp_path_factory.mktemp("prepared")
    Site(repository, folder).manage("prepare", "--no-admin")
    return folder / "site.sqlite3"


@pytest.fixture
def site(repository: Path, tmp_path: Path, prepared: Path) -> Iterator[Site]:
    for file in prepared.parent.glob("site.sqlite3*"):
        shutil.copy(file, tmp_path)
    site = Site(repository, tmp_path)
    yield site
    for process in site.workers:
        if process.poll() is None:
            process.kill()
        process.wait()
        if process.stderr and not process.stderr.closed:
            process.stderr.close()


def all_are(*wanted: str) -> Callable[[list[tuple[Any, ...]]], bool]:
    return lambda rows: bool(rows) and all(row[1] in wanted for row in rows)


def under_way(rows: list[tuple[Any, ...]]) -> bool:
    return rows[0][1] == "running" and rows[0][3] > 0


def test_two_workers_never_run_the_same_run(site: Site) -> None:
    site.queue(*(["Hippocampus CA1", "Neocortex layer 5"] * 4))
    workers = [site.worker("--once") for _ in range(2)]
    assert [worker.wait(60) for worker in workers] == [0, 0]
    rows = site.until(all_are("done", "queued"), 1)
    if any(row[1] == "queued" for row in rows):  # both looked while both groups were busy
        assert site.worker("--once").wait(60) == 0
        rows = site.rows()
    assert [row[1] for row in rows] == ["done"] * 8
    times = site.shell(
        "from synapse.models import Synapse\n"
        "for s in Synapse.objects.filter(name__in=['Hippocampus CA1', 'Neocortex layer 5']):\n"
        "    print(s.neuron.simulated_time / 60000)"
    )
    assert times == [["12.0"], ["12.0"]]  # four runs of three minutes each, none twice


def test_a_killed_worker_is_noticed_and_its_run_started_again(site: Site) -> None:
    site.queue("Hippocampus CA1", count=ENDLESS)
    worker = site.worker()
    site.until(under_way)
    worker.send_signal(signal.SIGKILL)
    worker.wait(10)
    (row,) = site.rows()
    assert row[1] == "running"
    assert site.worker("--once").wait(30) == 0
    (row,) = site.rows()
    assert row[1] == "lost"
    assert "ended without a word" in row[4]
    again = (
        "from synapse.models import Run\n"
        "from synapse.services import run_queue\n"
        "from synapse.services.runs import Plan\n"
        "run = Run.objects.get()\n"
        "print(run.synapse.neuron.simulated_time)\n"
        "run_queue.enqueue(synapse=run.synapse, plan=Plan.from_json(run.protocol), based_on=run)"
    )
    assert site.shell(again) == [["0.0"]]
    assert site.worker("--once").wait(60) == 0
    assert [row[1] for row in site.rows()] == ["lost", "done"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_that_is_asked_to_end_puts_its_run_back(site: Site, number: int) -> None:
    site.queue("Hippocampus CA1", count=ENDLESS)
    worker = site.worker()
    site.until(under_way)
    worker.send_signal(number)
    assert worker.wait(20) == 0
    (row,) = site.rows()
    assert row[1:] == ("queued", "", 0.0, "")
    assert worker.communicate()[1] == ""


def test_several_processes_end_with_the_one_that_watches(site: Site) -> None:
    site.queue("Hippocampus CA1", "Neocortex layer 5")
    watch = subprocess.Popen(
        [sys.executable, str(site.repository / "manage.py"), "work", "--processes=2"],
        env=site.environment, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    site.workers.append(watch)
    rows = site.until(all_are("done"))
    watch.send_signal(signal.SIGINT)
    assert watch.wait(20) == 0
    for row in rows:
        with pytest.raises(ProcessLookupError):
            os.kill(int(row[2].split()[1]), 0)


def test_a_full_disk_costs_the_trace_alone(site: Site, tmp_path: Path) -> None:
    """A file system of 256 kB; the trace of the run needs more."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("only an administrator can make a small file system")
    try:
        site.environment["TRACES_DIR"] = str(folder)
        site.queue("Hippocampus CA1", count=LONG)
        assert site.worker("--once").wait(90) == 0
        (row,) = site.rows()
        assert row[1] == "done"
        assert "trace could not be written and is missing: No space left on device" in row[4]
        assert not list(folder.glob("*.zarr"))
    finally:
        subprocess.run(["umount", str(folder)], check=True)
