"""Workers as real processes: killed, stopped, two at once; events that come meanwhile."""

import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.learner_shell.rows import drifting, write_csv
from tests.processes import starter

pytestmark = pytest.mark.slow
EVENTS = 12_000
QUEUE = """
from pathlib import Path
from learner.models import Learner
from learner.services import jobs
from learner.services.learning import Options
from learner.services.learners import create_learner
from learner.services.stream_files import keep_file
for name in {names!r}:
    found = Learner.objects.filter(name=name).first()
    learner = found or create_learner(name=name, parameters={{"expansion": 30}})
    file = keep_file([Path({path!r}).read_bytes()], name="s.csv")
    jobs.enqueue(learner=learner, file=file, options=Options(target="label"))
"""
DIGESTS = """
from learner.models import Learner
from learner.services.learners import export_state
from learner.services.states import digest_of
for learner in Learner.objects.order_by("pk"):
    windows = learner.windows.values_list(
        "first", "last", "position", "scores", "updates", "surprise", "threshold", "gate",
        "arousal", "reliability",
    )
    alarms = learner.alarms.values_list(
        "began", "ended", "position", "version", "usual_error", "recent_error", "peak"
    )
    kinds = learner.checkpoints.filter(kind__in=("always", "frozen"))
    measured = [
        learner.metrics, list(windows), list(alarms),
        list(kinds.order_by("kind").values_list("kind", "position", "digest")),
    ]
    found = digest_of(export_state(learner=learner)), digest_of(repr(measured).encode())
    print(learner.events, *found, len(windows), len(alarms), len(kinds))
"""
MEANWHILE = """
from learner.models import Learner
from learner.services import live
from learner.services.messages import Incoming
from synapse.services.conflict import StateConflict
import time
learned, refused = 0, 0
while learned < 20:
    learner = Learner.objects.get(name="one")
    event = Incoming(features={"a": 0.1 * learned, "b": 1.0}, label="no", identifier=f"m{learned}")
    try:
        live.learn(learner=learner, events=[event])
        learned += 1
    except StateConflict:
        refused += 1
        time.sleep(0.01)
print(learned)
"""
AGAIN = """
from django.contrib.auth.models import User
from learner.models import StreamJob
from learner.services import jobs
root, _ = User.objects.get_or_create(username="root", is_superuser=True)
for job in StreamJob.objects.filter(status="lost"):
    jobs.go_on(job=job, user=root)
"""


class Site:
    """A site of its own: a database, a folder, a stream, processes."""

    def __init__(self, repository: Path, folder: Path) -> None:
        self.start, self.folder = starter(repository, folder), folder
        self.stream = write_csv(folder / "s.csv", drifting(EVENTS))
        self.workers: list[subprocess.Popen[str]] = []
        self.manage("migrate", "-v", "0")

    def manage(self, *arguments: str) -> str:
        process = self.start(*arguments)
        out, errors = process.communicate(timeout=180)
        assert process.returncode == 0, errors
        return out

    def shell(self, code: str) -> str:
        return self.manage("shell", "-v", "0", "-c", code)

    def queue(self, *names: str) -> None:
        self.shell(QUEUE.format(names=names, path=str(self.stream)))

    def work(self, *arguments: str) -> "subprocess.Popen[str]":
        process = self.start("work", "--interval=0.1", *arguments)
        self.workers.append(process)
        return process

    def finish(self) -> None:
        assert self.work("--once").wait(120) == 0

    def rows(self) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.folder / "own.sqlite3")) as base:
            return base.execute(
                "SELECT status, done, worker, error FROM learner_streamjob ORDER BY id"
            ).fetchall()

    def until(self, found: Callable[[list[tuple[Any, ...]]], bool], seconds: float = 90) -> None:
        end = time.monotonic() + seconds
        while not found(rows := self.rows()):
            assert time.monotonic() < end, rows
            time.sleep(0.02)

    def digests(self) -> list[str]:
        return self.shell(DIGESTS).split("\n")[:-1]


@pytest.fixture
def site(repository: Path, tmp_path: Path) -> Iterator[Site]:
    site = Site(repository, tmp_path)
    yield site
    for process in site.workers:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.fixture
def expected(site: Site) -> str:
    """Events, state and measures of a learner that learned the stream by the command, in one go."""
    site.manage("create_learner", "expected", "--parameter", "expansion=30")
    site.manage("retrain", "expected", "--stream", str(site.stream), "--target", "label")
    (line,) = site.digests()
    events, _, _, windows, alarms, baselines = line.split()
    assert (events, windows, baselines) == (str(EVENTS), str(EVENTS // 100), "2")
    assert int(alarms) > 0
    return line


def under_way(rows: list[tuple[Any, ...]]) -> bool:
    return rows[0][0] == "running" and rows[0][1] > 0


def test_a_killed_worker_leaves_a_job_that_goes_on_exactly(site: Site, expected: str) -> None:
    site.queue("one")
    for _ in range(2):
        worker = site.work()
        before = site.rows()[0][1]
        site.until(lambda rows, n=before: rows[0][0] == "running" and rows[0][1] > n)
        worker.send_signal(signal.SIGKILL)
        worker.wait(10)
        assert site.work("--once").wait(60) == 0  # notices that it is gone
        (row,) = site.rows()
        assert row[0] == "lost"
        assert "What it had learned is kept" in row[3]
        assert 0 < row[1] < EVENTS
        site.shell(AGAIN)
    site.finish()
    assert [row[:2] for row in site.rows()] == [("done", EVENTS)]
    assert site.digests() == [expected] * 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_that_is_asked_to_end_puts_its_job_back(
    site: Site, expected: str, number: int
) -> None:
    site.queue("one")
    worker = site.work()
    site.until(under_way)
    worker.send_signal(number)
    assert worker.wait(20) == 0
    (row,) = site.rows()
    assert (row[0], row[2], row[3]) == ("queued", "", "")
    assert 0 < row[1] < EVENTS
    site.finish()
    assert site.digests() == [expected] * 2


def test_two_workers_learn_two_learners_at_once_and_each_file_once(
    site: Site, expected: str
) -> None:
    site.queue("one", "two")
    workers = [site.work() for _ in range(2)]
    site.until(lambda rows: [row[0] for row in rows] == ["running"] * 2)
    assert len({row[2] for row in site.rows()}) == 2
    site.until(lambda rows: [row[0] for row in rows] == ["done"] * 2)
    for worker in workers:
        worker.send_signal(signal.SIGTERM)
    assert [worker.wait(20) for worker in workers] == [0, 0]
    assert site.digests() == [expected] * 3


def test_events_that_come_meanwhile_are_learned_beside_the_job(site: Site) -> None:
    """Another process learns twenty events while the job is at work: none waits for its end."""
    site.queue("one")
    worker = site.work()
    site.until(under_way)
    assert site.shell(MEANWHILE).strip() == "20"
    (row,) = site.rows()
    assert row[0] == "running", "the job was over before the events: the stream is too short"
    site.until(lambda rows: rows[0][0] == "done")
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(20) == 0
    assert site.digests()[0].split()[0] == str(EVENTS + 20)


def test_two_workers_look_for_sleep_at_the_same_time(site: Site) -> None:
    site.queue("one", "two", "three")
    site.finish()
    site.shell(
        "from learner.models import Learner; from django.utils import timezone\n"
        "Learner.objects.update(sleep_after=1.0, last_event='2026-01-01T00:00Z')"
    )
    workers = [site.work("--once") for _ in range(3)]
    assert [worker.wait(60) for worker in workers] == [0] * 3
    site.finish()  # who was refused because another was just writing sleeps now
    with closing(sqlite3.connect(site.folder / "own.sqlite3")) as base:
        query = "SELECT learner_id, count(*) FROM learner_commit WHERE kind='sleep' GROUP BY 1"
        assert [count for _, count in base.execute(query)] == [1, 1, 1]
