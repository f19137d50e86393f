"""A process of its own: killed or interrupted anywhere, nothing is lost or learned twice."""

import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.learner_shell.rows import drifting, rows_of, write_csv
from tests.processes import starter

EVENTS = 10_000
Manage = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def manage(tmp_path: Path, repository: Path) -> Manage:
    """A function that starts manage.py on a database of its own with two equal learners."""
    start = starter(repository, tmp_path)
    assert finish(start("migrate", "-v0"))[0] == 0
    for name in ("undisturbed", "disturbed"):
        assert finish(start("create_learner", name, "--parameter", "expansion=40"))[0] == 0
    return start


def finish(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, errors = process.communicate(timeout=300)
    return process.returncode, out, errors


def table(tmp_path: Path, query: str, *values: str) -> list[Any]:
    with closing(sqlite3.connect(tmp_path / "own.sqlite3")) as database:
        assert database.execute("pragma integrity_check").fetchone() == ("ok",)
        return database.execute(query, values).fetchall()


def facts(tmp_path: Path, learner: str) -> list[Any]:
    """Return digests of states, commits, operations and everything measured of a learner."""
    of = "from learner_{} t join learner_learner l on t.learner_id = l.id where l.name = ?"
    queries = (
        f"select t.kind, t.digest, t.position, t.version {of.format('checkpoint')} "
        "and t.kind in ('head', 'always', 'frozen') order by t.kind",
        "select t.number, t.position, t.kind, t.event, t.event_id, t.surprise, t.gate, t.size "
        f"{of.format('commit')} order by t.number",
        f"select t.first, t.count, t.operations {of.format('stretch')} order by t.first",
        f"select t.position, t.digest, t.seen {of.format('stream')}",
        "select t.first, t.last, t.position, t.scores, t.updates, t.surprise, t.threshold, t.gate, "
        f"t.arousal, t.reliability {of.format('metric')} order by t.first",
        "select t.began, t.ended, t.position, t.version, t.usual_error, t.recent_error, t.peak "
        f"{of.format('driftalarm')} order by t.began",
        "select metrics from learner_learner where name = ?",
    )
    return [table(tmp_path, query, learner) for query in queries]


@pytest.mark.slow
def test_killed_at_twenty_random_moments_the_state_is_the_undisturbed_one(
    manage: Manage, tmp_path: Path
) -> None:
    """Ten thousand events with a drift: same states, ledger and measures, to the last bit."""
    file = write_csv(tmp_path / "s.csv", drifting(EVENTS))
    arguments = ("--stream", str(file), "--target", "label", "--batch", "100")
    undisturbed = manage("retrain", "undisturbed", *arguments)
    assert undisturbed.stdout is not None
    undisturbed.stdout.readline()  # from here on it learns
    started = time.monotonic()
    assert finish(undisturbed)[0] == 0
    usual = time.monotonic() - started
    draw, positions = Random(20), []
    while len(positions) < 20:
        process = manage("retrain", "disturbed", *arguments)
        wait_for_learning(tmp_path, process)
        time.sleep(draw.uniform(0.0, 0.1) * usual)
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=60)
        positions += [row[0] for row in table(tmp_path, POSITION)] or [0]
        assert positions == sorted(positions)
    assert len(set(positions)) > 5
    code, _, errors = finish(manage("retrain", "disturbed", *arguments))
    assert (code, errors) == (0, "")
    mine, its = facts(tmp_path, "disturbed"), facts(tmp_path, "undisturbed")
    assert mine == its
    assert mine[2][-1][0] + mine[2][-1][1] == EVENTS
    assert [row[0] for row in mine[0]] == ["always", "frozen", "head"]
    assert [row[:2] for row in mine[4]] == [(n + 1, n + 100) for n in range(0, EVENTS, 100)]
    assert any(EVENTS // 2 < row[0] < EVENTS // 2 + 200 for row in mine[5])


POSITION = (
    "select s.position from learner_stream s join learner_learner l on s.learner_id = l.id "
    "where l.name = 'disturbed'"
)


def wait_for_learning(tmp_path: Path, process: subprocess.Popen[str]) -> None:
    """Wait until a process has said what it will do: from then on it learns."""
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("Learner 2 (disturbed)"), line


@pytest.mark.slow
def test_ctrl_c_keeps_what_was_stored(manage: Manage, tmp_path: Path) -> None:
    file = write_csv(tmp_path / "s.csv", rows_of(EVENTS))
    arguments = ("--stream", str(file), "--target", "label", "--batch", "100")
    process = manage("retrain", "disturbed", *arguments, "--every", "100")
    assert process.stdout is not None
    for line in process.stdout:
        if line.lstrip().startswith("300 events"):
            break
    process.send_signal(signal.SIGINT)
    code, _, errors = finish(process)
    assert code == 130
    assert errors.startswith("CommandError: Interrupted: all batches stored so far are kept.")
    ((position,),) = table(tmp_path, POSITION)
    assert position >= 300
    assert position % 100 == 0
    assert finish(manage("retrain", "disturbed", *arguments))[0] == 0
    assert table(tmp_path, POSITION) == [(EVENTS,)]


@pytest.mark.slow
def test_the_second_of_two_processes_is_refused(manage: Manage, tmp_path: Path) -> None:
    file = write_csv(tmp_path / "s.csv", rows_of(EVENTS))
    arguments = ("--stream", str(file), "--target", "label")
    first = manage("retrain", "disturbed", *arguments, "--batch", "50")
    wait_for_learning(tmp_path, first)
    first.send_signal(signal.SIGSTOP)
    code, out, errors = finish(manage("retrain", "disturbed", *arguments))
    first.send_signal(signal.SIGCONT)
    assert finish(first)[0] == 0
    assert (code, out) == (1, "")
    assert errors == (
        "CommandError: Another process is writing to the learner disturbed "
        f"(process {first.pid}, retrain). Nothing was done; wait until it has ended.\n"
    )
    assert table(tmp_path, POSITION) == [(EVENTS,)]
