"""Processes that are killed while they learn, and two that learn the same learner at once."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.processes import starter

Start = Callable[..., subprocess.Popen[str]]
REPORT = """
import json
from collections import Counter
from learner.models import Commit, Event, Learner
from learner.services.learners import digest_of_state
from tests.learner_service.living import ledger, replayed
learner = Learner.objects.get(name="small")
operations = ledger(learner)
found = {
    "events": learner.events, "position": learner.position,
    "times": Counter(str(o.event_id) for o in operations),
    "places": {o.event_id: o.position for o in operations},
    "rows": dict(Event.objects.exclude(position=None).values_list("identifier", "position")),
    "waiting": Event.objects.filter(position=None).count(),
    "commits": list(Commit.objects.order_by("number").values_list("number", "position")),
    "versions": [[o.version, o.position] for o in operations if o.version],
    "same": replayed(learner) == digest_of_state(learner),
}
print(json.dumps(found))
"""


class World:
    """A database of its own, with one learner."""

    def __init__(self, repository: Path, folder: Path) -> None:
        self.repository, self.folder = repository, folder
        self.manage = starter(repository, folder)
        self.run("migrate", "-v0")
        self.run("create_learner", "small", "--parameter", "expansion=20")

    def run(self, *arguments: str) -> str:
        process = self.manage(*arguments)
        out, errors = process.communicate(timeout=300)
        assert process.returncode == 0, errors
        return out

    def client(self, *arguments: Any, machine: str = "traces") -> subprocess.Popen[str]:
        """Start a client, and wait until it begins."""
        script = self.repository / "tests" / "learner_service" / "client_process.py"
        environment = {
            **os.environ,
            "DATABASE_URL": f"sqlite:///{self.folder / 'own.sqlite3'}",
            "TRACES_DIR": str(self.folder / machine),
            "DJANGO_SETTINGS_MODULE": "event_driven_retraining.settings",
            "PYTHONPATH": str(self.repository),
        }
        process = subprocess.Popen(
            [sys.executable, str(script), "small", *map(str, arguments)],
            cwd=self.repository, env=environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == "begins\n"
        return process

    def report(self) -> dict[str, Any]:
        """Return what is stored."""
        found: dict[str, Any] = json.loads(self.run("shell", "-v0", "-c", REPORT))
        return found


@pytest.fixture
def world(repository: Path, tmp_path: Path) -> World:
    return World(repository, tmp_path)


def check(found: dict[str, Any], names: set[str]) -> None:
    """Each event is in the ledger once, and rows, commits and state say the same."""
    assert found["times"].keys() == names
    assert set(found["times"].values()) == {1}
    assert found["events"] == found["position"] == len(names)
    assert found["rows"] == found["places"]
    assert found["commits"] == found["versions"]
    assert [number for number, _ in found["commits"]] == list(range(1, len(found["commits"]) + 1))
    assert found["same"]
    assert found["waiting"] == 0


@pytest.mark.slow
def test_killed_again_and_again_each_event_is_learned_once(world: World) -> None:
    """The client asks for everything again each time; what was answered is there."""
    draw, answered, many = Random(7), set(), 900
    for kill in range(12):
        process = world.client(kill, 0, many)
        time.sleep(draw.uniform(0.05, 0.6 + 0.1 * kill))
        process.kill()
        out, _ = process.communicate(timeout=60)
        answered |= {name for line in out.splitlines(keepends=True) if line.endswith("\n")
                     for name in line.split()}  # fmt: skip
        if kill % 4 == 3:
            assert answered <= world.report()["times"].keys()
    process = world.client(99, 0, many)
    out, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    assert len(answered) > 50
    check(world.report(), {f"e{i}" for i in range(many)})


@pytest.mark.slow
def test_two_processes_at_once_on_one_learner(world: World) -> None:
    """A third of the events is sent by both."""
    clients = [world.client(1, 0, 400), world.client(2, 200, 600)]
    for process in clients:
        _, errors = process.communicate(timeout=300)
        assert process.returncode == 0, errors
    check(world.report(), {f"e{i}" for i in range(600)})


@pytest.mark.slow
def test_two_machines_at_once_on_one_learner(world: World) -> None:
    """Each has locks of its own; only the version of the row keeps them apart."""
    clients = [world.client(i, 100 * i, 100 * i + 200, machine=f"machine {i}") for i in range(2)]
    for process in clients:
        _, errors = process.communicate(timeout=300)
        assert process.returncode == 0, errors
    check(world.report(), {f"e{i}" for i in range(300)})


@pytest.mark.slow
def test_one_of_two_processes_is_killed(world: World) -> None:
    first, second = world.client(1, 0, 300), world.client(2, 150, 450)
    time.sleep(0.8)
    first.kill()
    first.communicate(timeout=60)
    _, errors = second.communicate(timeout=300)
    assert second.returncode == 0, errors
    again = world.client(3, 0, 300)
    _, errors = again.communicate(timeout=300)
    assert again.returncode == 0, errors
    check(world.report(), {f"e{i}" for i in range(450)})
