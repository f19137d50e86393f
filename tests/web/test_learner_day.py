"""A learner's day in a real browser: made, taught elec2 live, spoilt, rolled back, looked into.

What it learns from the file is computed by a worker that is a process of its own.
"""

import csv
import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from learner.models import Commit, Connection, DriftAlarm, Learner, StreamJob
from learner.services.measures import summary
from tests.web.test_afternoon import Day, day, newest, worker
from tests.web.test_browser_pages import keep, screen

pytestmark = [pytest.mark.browser, pytest.mark.slow]

__all__ = ["day", "screen", "worker"]
GOOD, BAD = 20_000, 1_500
"""Events of elec2 that are learned as they are, and then with their labels exchanged."""


@pytest.fixture
def files(shared_data: Path, tmp_path: Path) -> dict[str, Path]:
    """Elec2 in parts: good, the next with wrong labels, and the one after that."""
    with gzip.open(shared_data / "streams" / "elec2.csv.gz", "rt", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    header, events = rows[0], rows[1:]
    wrong = [[*row[:-1], other(row[-1], events)] for row in events[GOOD : GOOD + BAD]]
    parts = {
        "elec2": events[:GOOD], "spoilt": wrong,
        "after": events[GOOD + BAD : GOOD + 3 * BAD],
    }  # fmt: skip
    return {name: write(tmp_path / f"{name}.csv.gz", header, part) for name, part in parts.items()}


def other(label: str, events: list[list[str]]) -> str:
    """Return the other of two labels."""
    first, second = sorted({row[-1] for row in events[:1000]})
    return second if label == first else first


def write(path: Path, header: list[str], rows: list[list[str]]) -> Path:
    with gzip.open(path, "wt", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


@pytest.fixture(autouse=True)
def _leave(browser: Any, settings: Any, live_server: Any) -> Iterator[None]:
    """Pages ask instead of listening, and are left before their site is gone."""
    settings.LEARNER_STREAMS = 0
    yield
    browser.get("about:blank")


def teach(day: Day, path: Path, *, first: bool = False, watched: bool = False) -> None:
    """Send a file by its form, let the worker learn from it, and come back."""
    day.follow("Learn from a file")
    day.browser.find_element("name", "file").send_keys(str(path))
    day.follow("Send the file")
    day.check("head of the file")
    if first:
        day.choose("[name=target]", "class")
    day.follow("Learn from it")
    if watched:
        day.follow("Watch it on the dashboard")
        day.wait("document.querySelector('#live-facts') !== null")  # it comes by itself
        day.check("dashboard of a learner that learns")
        day.browser.back()
    day.wait("!document.querySelector('[data-poll]')", 120)
    assert newest(StreamJob).status == "done", newest(StreamJob).error
    day.check(f"job of {path.name}, done")
    day.follow("Open the dashboard")
    day.wait("document.readyState === 'complete'")


def test_a_day_with_a_learner(day, browser, screen, repository, files):  # noqa: F811
    browser.get(day.root)
    day.follow("Learners")
    day.check("no learners")
    day.follow("New learner")
    day.check("new learner")
    day.fill("[name=name]", "electricity")
    day.follow("Make the learner")
    day.check("learner that is empty")
    learner = Learner.objects.get()

    teach(day, files["elec2"], first=True, watched=True)
    learner.refresh_from_db()
    assert learner.events == GOOD
    day.words("Prequential accuracy")
    day.check("dashboard")
    keep(browser, screen, repository, "day-taught", 1280, "light")
    good = summary(learner)
    assert good.score > 0.8 > good.beside["majority"].score
    place = Commit.objects.filter(learner=learner).latest("number").number

    teach(day, files["spoilt"])
    learner.refresh_from_db()
    assert summary(learner).score < good.score
    assert DriftAlarm.objects.filter(learner=learner, began__gt=GOOD).exists()
    day.check("dashboard after a bad stretch")
    keep(browser, screen, repository, "day-spoilt", 1280, "light")

    browser.get(f"{day.root}/learners/{learner.pk}/commits/{place}/")
    day.check("commit to go back to")
    day.follow("Go back to right after it")
    day.check("after the rollback")
    learner.refresh_from_db()
    back = Commit.objects.filter(learner=learner).latest("number")
    assert (back.kind, back.amount) == ("rollback", place)
    assert GOOD - 25 <= learner.events <= GOOD  # consolidation alone is a commit every 25 events

    browser.get(f"{day.root}/learners/{learner.pk}/")
    teach(day, files["after"])
    learner.refresh_from_db()
    assert learner.events >= GOOD + 2 * BAD - 25

    day.click("[id^=open-]")
    day.words("One axis for both")
    day.words("How far both agree")
    day.check("connection as a synapse")
    keep(browser, screen, repository, "day-connection", 1280, "light")
    assert Connection.objects.get().agreement
    day.follow("Open in the laboratory")
    day.check("synapse of a connection in the laboratory")
    assert Connection.objects.get().synapse is not None
    assert [fault for fault in day.faults if "/stream" not in fault] == []
