"""A learner's pages in a real browser: every state in light and dark, live, by keyboard."""

import json
import os
import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse

from learner.api import following
from learner.models import Commit, Learner, StreamJob
from learner.services import live
from learner.views import parts
from synapse.models import RunStatus
from tests.web.learner_pages import add_alarms, damage, events, taught
from tests.web.test_browser_pages import console, focus, keep, next_page, press, screen

pytestmark = [pytest.mark.browser, pytest.mark.slow]
VIEWS = [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark"), (360, "light")]
KEPT = {(1280, "light"), (390, "light"), (1280, "dark")}
WAIT = 40
"""Seconds for another process to start and learn."""
__all__ = ["screen"]


@pytest.fixture(autouse=True)
def _demo_that_is_left_behind(settings, browser, live_server):
    """A demo whose pages ask instead of listening, and are closed before it goes."""
    settings.DEMO = True
    settings.LEARNER_STREAMS = 0
    yield
    browser.get("about:blank")


@pytest.fixture
def learner(live_server) -> Any:
    """A taught learner of the site with windows, alarms, a rollback and a sleep."""
    learner = taught(2300, name="drifting prices", visibility="public")
    live.sleep(learner=learner, replays=20)
    live.rollback(learner=learner, version=learner.version - 4)
    learner.refresh_from_db()
    add_alarms(learner, 3, version=2)
    return learner


def address(live_server, name: str, learner: Learner, *more: int) -> str:
    return live_server.url + reverse(f"learner:{name}", args=[learner.pk, *more])


@pytest.fixture
def places(live_server, learner) -> dict[str, str]:
    """Every page of a learner, in its states."""
    empty = taught(0, name="empty", visibility="public")
    paused = taught(40, name="paused", visibility="public")
    Learner.objects.filter(pk=paused.pk).update(paused=True)
    failing = taught(40, name="failing", visibility="public")
    damage(failing)
    for status, title in ((RunStatus.FAILED, "broken.csv"), (RunStatus.RUNNING, "long.csv")):
        row = failing if status == RunStatus.FAILED else paused
        StreamJob.objects.create(
            learner=row, path="x", size=1, title=title, status=status, done=10, total=40,
            error="line 7 has no label" if status == RunStatus.FAILED else "",
        )  # fmt: skip
    numbers = taught(60, name="numbers", kind="regressor", visibility="public")
    salient = Commit.objects.filter(learner=learner, kind="learn").latest("number")
    wanted = {
        "learner": (learner, "learner_dashboard"), "learner-empty": (empty, "learner_dashboard"),
        "learner-paused": (paused, "learner_dashboard"),
        "learner-failing": (failing, "learner_dashboard"),
        "learner-numbers": (numbers, "learner_dashboard"),
        "learner-commits": (learner, "commit_list"),
        "learner-commits-none": (empty, "commit_list"),
        "learner-commit": (learner, "commit_detail", salient.number),
        "learner-commit-rollback": (learner, "commit_detail", learner.version),
        "learner-commit-paused": (paused, "commit_detail", 2),
        "learner-commit-failing": (failing, "commit_detail", 2),
        "learner-events": (learner, "event_list"), "learner-events-none": (empty, "event_list"),
        "learner-event": (learner, "event_detail", salient.position),
        "learner-event-first": (learner, "event_detail", 0),
        "learner-event-sleep": (learner, "event_detail", learner.position - 2),
        "learner-event-number": (numbers, "event_detail", 40),
        "learner-alarms": (learner, "alarm_list"), "learner-alarms-none": (empty, "alarm_list"),
    }  # fmt: skip
    found = {k: address(live_server, v[1], v[0], *v[2:]) for k, v in wanted.items()}
    return found | {"home-learners": live_server.url + "/"}


@pytest.mark.parametrize(("width", "scheme"), VIEWS)
def test_every_page_of_a_learner_is_accessible_and_fits_and_breaks_no_policy(
    browser, places, screen, axe_violations, csp_reports, repository, width, scheme
):
    console(browser)
    faults = []
    for name, place in places.items():
        screen(width, scheme)
        browser.get(place)
        faults += [f"{name}: {fault}" for fault in axe_violations()]
        faults += [f"{name}: policy: {report}" for report in csp_reports()]
        faults += [f"{name}: {line}" for line in console(browser, "/stream")]
        wide = browser.execute_script("return document.documentElement.scrollWidth - innerWidth")
        if wide > 0:
            faults.append(f"{name}: scrolls sideways by {wide} px")
        if (width, scheme) in KEPT:
            keep(browser, screen, repository, name, width, scheme)
    assert faults == []


def test_open_tables_and_what_a_stranger_sees_are_accessible(
    browser, places, settings, screen, axe_violations
):
    settings.DEMO = False
    screen(1280, "light")
    for name in ("learner", "learner-event", "learner-commit", "learner-empty"):
        browser.get(places[name])
        browser.execute_script("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert axe_violations() == [], name
        assert "Pause" not in browser.find_element("id", "main").text


# --- live --------------------------------------------------------------------------------


def database_url() -> str:
    """Return the address of the tests' database, for another process."""
    own = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{own['NAME']}"
    user = f"{own['USER']}:{own['PASSWORD']}" if own["PASSWORD"] else own["USER"]
    return f"postgres://{user}@{own['HOST']}:{own['PORT']}/{own['NAME']}"


@pytest.fixture
def teach(repository, settings, tmp_path) -> Any:
    """A function that lets another process teach a learner, and waits for its end."""

    def run(learner: Learner, count: int, seed: int) -> None:
        lines = [
            json.dumps({**event.features, "label": event.label}) for event in events(count, seed)
        ]
        path = tmp_path / f"stream-{seed}.jsonl"
        path.write_text("\n".join(lines))
        environment = {
            **os.environ, "DATABASE_URL": database_url(), "TRACES_DIR": str(settings.TRACES_DIR),
        }  # fmt: skip
        command = ["retrain", str(learner.pk), "--stream", str(path), "--target", "label"]
        done = subprocess.run(
            [sys.executable, "manage.py", *command], cwd=repository, env=environment, text=True,
            capture_output=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr

    return run


def until(browser, script: str) -> None:
    """Wait until a script of the page returns true."""
    from selenium.webdriver.support.wait import WebDriverWait

    WebDriverWait(browser, WAIT).until(lambda _: browser.execute_script(script))


ASKED = "performance.getEntriesByType('resource').filter(r => r.name.includes('/live/')).length"
"""How often the page has asked."""


SUMMARY = "document.querySelector('[data-summary]').textContent"


def shown(browser) -> str:
    """Return what the page says to a screen reader about the learner."""
    return browser.execute_script(f"return {SUMMARY}")


def test_the_page_shows_what_another_process_learns_and_keeps_focus_and_tables(
    browser, live_server, learner, screen, teach
):
    screen(1280, "light")
    browser.get(address(live_server, "learner_dashboard", learner))
    browser.execute_script(
        "window.sameDocument = true;"
        "document.getElementById('all-commits').focus();"
        "document.querySelectorAll('details').forEach(d => d.open = true);"
    )
    tables = browser.execute_script("return document.querySelectorAll('details[open]').length")
    before, commits = shown(browser), learner.version
    teach(learner, 300, seed=7)
    learner.refresh_from_db()
    until(browser, f"return !!document.getElementById('commit-{learner.version}')")
    assert browser.execute_script("return window.sameDocument")
    assert learner.version > commits
    assert shown(browser) != before
    assert focus(browser, "id") == "all-commits"
    still = browser.execute_script("return document.querySelectorAll('details[open]').length")
    assert still >= tables
    until(browser, "return document.querySelector('[data-say]').textContent.includes('Event')")


@pytest.mark.parametrize("name", ["sum-drive", "scroll-drive"])
def test_a_table_that_has_the_focus_keeps_it(browser, live_server, learner, screen, name):
    screen(1280, "light")
    browser.get(address(live_server, "learner_dashboard", learner))
    browser.execute_script(
        "window.before = document.getElementById('live-drive');"
        "document.getElementById('table-drive').open = true;"
        f"document.getElementById('{name}').focus();"
    )
    live.learn(learner=learner, events=events(300, seed=7))
    until(browser, "return document.getElementById('live-drive') !== window.before")
    assert focus(browser, "id") == name


def said(browser) -> str:
    """Return what a screen reader was told last."""
    return browser.execute_script("return document.querySelector('[data-say]').textContent")


def test_the_last_change_is_said_though_it_came_soon_after_another(
    browser, live_server, learner, screen, monkeypatch
):
    monkeypatch.setattr(parts, "FRESH", timedelta(0))  # or time alone changes what is said
    screen(1280, "light")
    browser.get(address(live_server, "learner_dashboard", learner))
    live.learn(learner=learner, events=events(5, seed=7))
    until(browser, "return document.querySelector('[data-say]').textContent !== ''")
    first = said(browser)
    browser.execute_script("const now = Date.now(); Date.now = () => now;")
    live.learn(learner=learner, events=events(5, seed=8))
    until(browser, f"return {SUMMARY} !== {json.dumps(first)}")
    assert said(browser) == first
    button = browser.find_element("css selector", "[data-live-toggle]")
    button.click()
    assert is_silent(browser)
    assert said(browser) == first
    button.click()
    until(browser, f"return document.querySelector('[data-say]').textContent === {SUMMARY}")


def test_a_page_that_is_held_still_or_hidden_asks_no_more(browser, live_server, learner, screen):
    screen(1280, "light")
    browser.get(address(live_server, "learner_dashboard", learner))
    until(browser, f"return ({ASKED}) > 0")
    button = browser.find_element("css selector", "[data-live-toggle]")
    button.click()
    assert button.get_attribute("aria-pressed") == "true"
    assert is_silent(browser)
    button.click()
    now = browser.execute_script(f"return {ASKED}")
    until(browser, f"return ({ASKED}) > {now}")
    browser.execute_script(
        "Object.defineProperty(document, 'hidden', {configurable: true, get: () => true});"
        "document.dispatchEvent(new Event('visibilitychange'));"
    )
    assert is_silent(browser)


def is_silent(browser) -> bool:
    """Return whether nothing is asked for longer than two turns of the page's own clock."""
    script = (
        "const done = arguments[arguments.length - 1];"
        f"const count = () => {ASKED};"
        "setTimeout(() => { const then = count();"
        "setTimeout(() => done(count() === then), 7000); }, 1000);"
    )
    browser.set_script_timeout(20)
    return browser.execute_async_script(script)


def test_the_stream_of_the_api_tells_the_page(
    browser, live_server, learner, screen, settings, monkeypatch
):
    settings.LEARNER_STREAMS = 5
    monkeypatch.setattr(following, "HEARTBEAT", 0.3)
    screen(1280, "light")
    browser.get(address(live_server, "learner_dashboard", learner))
    until(browser, "return performance.getEntriesByType('resource').length > 2")
    live.learn(learner=learner, events=events(60, seed=9))
    learner.refresh_from_db()
    until(browser, f"return !!document.getElementById('commit-{learner.version}')")
    assert following.SLOTS.taken == 1
    browser.get("about:blank")
    until_free()


def until_free() -> None:
    """Wait until the server has noticed that nobody listens any more."""
    import time

    for _ in range(100):
        if following.SLOTS.taken == 0:
            return
        time.sleep(0.1)
    pytest.fail("the stream was not closed")


def test_the_first_event_turns_the_empty_page_into_a_dashboard(browser, live_server, screen):
    empty = taught(0, name="empty", visibility="public")
    screen(1280, "light")
    browser.get(address(live_server, "learner_dashboard", empty))
    assert browser.find_elements("id", "live-empty")
    live.learn(learner=empty, events=events(10))
    until(browser, "return !!document.getElementById('live-commits')")


def test_without_scripts_the_page_is_whole(browser, live_server, learner, screen):
    screen(1280, "light")
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.get(address(live_server, "learner_dashboard", learner))
        assert "Load the page again" in browser.find_element("id", "main").text
        assert not browser.find_element("css selector", "[data-live-toggle]").is_displayed()
        assert browser.find_elements("css selector", "#live-accuracy svg")
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


# --- by keyboard -------------------------------------------------------------------------


def tab_to(browser, name: str, most: int = 120) -> None:
    """Press Tab until an element has the focus."""
    from selenium.webdriver.common.keys import Keys

    for _ in range(most):
        press(browser, Keys.TAB)
        if focus(browser, "id") == name or focus(browser, "textContent") == name:
            return
    pytest.fail(f"{name} is not reached by Tab")


def test_a_commit_is_rolled_back_by_keyboard_alone(
    browser, live_server, learner, screen, axe_violations
):
    from selenium.webdriver.common.keys import Keys

    screen(1280, "light")
    last = learner.version
    undone = Commit.objects.filter(learner=learner, kind="learn", number__lt=last - 5).latest(
        "number"
    )
    browser.get(address(live_server, "learner_dashboard", learner))
    tab_to(browser, "all-commits")
    next_page(browser, Keys.ENTER)
    tab_to(browser, f"undo-{undone.number}")
    next_page(browser, Keys.ENTER)
    assert f"Commit {undone.number}" in browser.find_element("tag name", "h1").text
    tab_to(browser, "Roll back to before this commit")
    next_page(browser, Keys.SPACE)
    said = browser.find_element("css selector", "main [role=status]").text
    assert f"back at the state right after commit {undone.number - 1}" in said
    learner.refresh_from_db()
    assert learner.version == last + 1
    assert axe_violations() == []


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_a_rollback_that_came_too_late_is_said_and_accessible(
    browser, live_server, learner, screen, axe_violations, repository, width, scheme
):
    from tests.web.test_browser_pages import follow

    screen(width, scheme)
    browser.get(address(live_server, "commit_detail", learner, 3))
    live.learn(learner=learner, events=events(40, seed=3))
    follow(browser, browser.find_element("css selector", "form .btn-main"))
    alert = browser.find_element("css selector", "[role=alert]")
    assert "Changed meanwhile" in alert.text
    assert axe_violations() == []
    keep(browser, screen, repository, "learner-commit-late", width, scheme)
    assert not Commit.objects.filter(learner=learner, number__gt=learner.version, kind="rollback")
