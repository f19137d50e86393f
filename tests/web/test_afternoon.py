"""A whole afternoon in the laboratory, in a real browser: once by mouse, once by keyboard.

The runs are computed by a worker that is a process of its own, as ``make serve`` starts it.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from django.db import connection
from django.urls import reverse

from synapse.models import Run, SavedProtocol, Sweep, Synapse
from synapse.plasticity.bounds import HOUR
from tests.web.test_browser_pages import console, focus, keep, next_page, press, screen
from tests.web.test_runs_browser import until
from tests.web.test_traces_browser import settle, text, view

pytestmark = [pytest.mark.browser, pytest.mark.slow]

__all__ = ["screen"]
TEN_HOURS = 10 * HOUR
CHANGES = {"release_probability": "0.3", "calcium_decay_time": "25"}
BAR = "document.querySelector('[data-poll] progress')"
LARGEST = (
    "const d = document.querySelector('[data-traces]').traceFigure.data;"
    "return d.summary[d.names[0]].largest[0];"
)


@pytest.fixture
def worker(
    live_server: Any, settings: Any, examples: Any, repository: Path
) -> Iterator["subprocess.Popen[bytes]"]:
    """A worker on the database of the live server, as a process of its own."""
    if connection.vendor != "sqlite":
        pytest.skip("the address of the database is made for SQLite")
    settings.DEMO = True
    known = {"PATH", "HOME", "LANG"}
    environment = {k: v for k, v in os.environ.items() if k in known} | {
        "DATABASE_URL": f"sqlite:///{connection.settings_dict['NAME']}",
        "TRACES_DIR": str(settings.TRACES_DIR),
    }
    command = [sys.executable, str(repository / "manage.py"), "work", "--interval=0.2"]
    process = subprocess.Popen(command, env=environment)
    yield process
    process.send_signal(signal.SIGTERM)
    try:
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()


class Day:
    """A reader at the browser; every page that is left has been looked at."""

    def __init__(self, browser: Any, root: str, worker: Any, look: Any) -> None:
        self.browser, self.root, self.worker, self.look = browser, root, worker, look
        self.faults: list[str] = []

    def check(self, name: str) -> None:
        """Note what is wrong with the page now open."""
        self.faults += [f"{name}: {fault}" for fault in self.look()]

    def wait(self, script: str, seconds: float = 60) -> Any:
        return until(self.browser, f"return {script};", seconds)

    def words(self, part: str) -> None:
        """Wait until a page with these words has come."""
        self.wait(f"document.body.textContent.includes({json.dumps(part)})")
        self.wait("document.readyState === 'complete'")

    # --- by mouse ---

    def see(self, kind: str, where: str) -> Any:
        """Find an element and scroll to it, so that the bar does not lie over it."""
        found = self.browser.find_element(kind, where)
        centre = "arguments[0].scrollIntoView({block: 'center', behavior: 'instant'});"
        self.browser.execute_script(centre, found)
        return found

    def click(self, selector: str) -> None:
        self.see("css selector", selector).click()

    def follow(self, words: str) -> None:
        """Click a link or a button by its text, and wait for the page that it leads to."""
        path = f"//*[self::a or self::button][normalize-space()={json.dumps(words)}]"
        found = self.see("xpath", path)
        self.browser.execute_script("window.left = true;")
        found.click()
        self.wait("window.left === undefined && document.readyState === 'complete'")

    def fill(self, selector: str, words: str) -> None:
        from selenium.webdriver.common.keys import Keys

        box = self.see("css selector", selector)
        box.click()
        box.send_keys(Keys.CONTROL, "a")
        box.send_keys(words)

    def choose(self, selector: str, words: str) -> None:
        from selenium.webdriver.support.select import Select

        Select(self.browser.find_element("css selector", selector)).select_by_visible_text(words)

    # --- by keyboard ---

    def tab(self, what: str, wanted: str, most: int = 400) -> None:
        """Press Tab until the focus is where a property of its element is as wanted."""
        from selenium.webdriver.common.keys import Keys

        for _ in range(most):
            if str(focus(self.browser, what)).strip() == wanted:
                return
            press(self.browser, Keys.TAB)
        raise AssertionError(f"{wanted} is not reached by Tab on {self.browser.current_url}")

    def enter(self, words: str) -> None:
        """Go by Tab to a link or button with this text, press Enter, wait for its page."""
        from selenium.webdriver.common.keys import Keys

        self.tab("textContent", words)
        next_page(self.browser, Keys.ENTER)

    def type_into(self, what: str, wanted: str, words: str) -> None:
        """Go by Tab to a box, and write over what stands there."""
        from selenium.webdriver import ActionChains
        from selenium.webdriver.common.keys import Keys

        self.tab(what, wanted)
        chain = ActionChains(self.browser).key_down(Keys.CONTROL).send_keys("a")
        chain.key_up(Keys.CONTROL).send_keys(words).perform()

    def pick(self, what: str, wanted: str, words: str) -> None:
        """Go by Tab to a list, and type until the entry is chosen."""
        self.tab(what, wanted)
        press(self.browser, words)
        chosen = "document.activeElement.selectedOptions[0].textContent"
        assert self.wait(chosen).strip() == words


@pytest.fixture
def day(
    browser: Any, live_server: Any, worker: Any, screen: Any, axe_violations: Any, csp_reports: Any
) -> Day:  # noqa: F811
    screen(1280, "light")
    browser.get("about:blank")
    console(browser)

    def look() -> list[str]:
        reports = [f"policy: {report}" for report in csp_reports()]
        return axe_violations() + reports + [f"console: {line}" for line in console(browser)]

    return Day(browser, live_server.url, worker, look)


def newest(model: Any) -> Any:
    return model.objects.order_by("-pk").first()


def fetch(browser: Any, address: str) -> tuple[str, bytes]:
    """Return kind and content of a file, with the cookies of the browser."""
    cookies = "; ".join(f"{c['name']}={c['value']}" for c in browser.get_cookies())
    with urlopen(Request(address, headers={"Cookie": cookies}), timeout=20) as answer:
        return answer.headers["Content-Type"], answer.read()


def files_of(browser: Any) -> dict[str, str]:
    """Return the addresses of the files that a figure offers, by their names."""
    return browser.execute_script(
        "return Object.fromEntries(Array.from(document.querySelectorAll('[data-file]'))"
        ".map(link => [link.textContent.trim(), link.href]));"
    )


@contextmanager
def held(worker: "subprocess.Popen[bytes]") -> Iterator[None]:
    """Let the worker do nothing for a while, so that the queue can be looked at."""
    worker.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        worker.send_signal(signal.SIGCONT)


def is_queued(day: Day) -> None:
    day.words("is in the queue")
    day.words("Next to be run")
    day.check("run that waits")


def follow_the_run(day: Day, watched: bool) -> None:
    """Wait for the end of a run on its page; ``watched``: its progress must be seen."""
    if watched:
        said = slowed(day)
        assert said[-1].endswith("of 10 h simulated"), said
        assert " 0 s of" not in said[-1], said
    day.words("Committed weight at the end")
    settle(day.browser)


def slowed(day: Day) -> list[str]:
    """Give the worker slices of time, as on a slow machine; return what its page says.

    Nearly all events are in the first minutes of ten hours, so the bar itself stays near 0 %.
    """
    run, said, end = newest(Run), [], time.monotonic() + 30
    while Run.objects.get(pk=run.pk).status == "queued":
        assert time.monotonic() < end
        time.sleep(0.01)
    for _ in range(20):
        with held(day.worker):
            time.sleep(1.2)  # the page asks once a second
            line = day.wait(f"{BAR} && {BAR}.nextElementSibling.textContent", 5)
            said.append(line.split("simulated")[0] + "simulated")
            if " 0 s of" not in line:
                day.check("run under way")
                break
        time.sleep(0.1)
    return said


def is_one_spike(browser: Any, run: Run) -> None:
    """Check that the window is short, and shows the peak with all samples."""
    start, end = view(browser)
    assert end - start < 1000.0
    assert start <= browser.execute_script(LARGEST) <= end
    assert "Drawn from all" in text(browser, "note")
    assert (run.done, run.status) == (TEN_HOURS, "done")


def test_an_afternoon_by_mouse(day, browser, screen, repository):  # noqa: F811
    from selenium.webdriver import ActionChains

    browser.get(day.root)
    day.follow("Synapses")
    day.follow("New synapse from a preset")
    day.check("new synapse")
    make_by_mouse(day, "Changed")
    changed = newest(Synapse)

    day.follow("Parameters")
    for name, words in CHANGES.items():
        day.fill(f"#in-{name}", words)
    day.check("parameters, not saved")
    day.follow("Save 2 changes")
    day.words("2 differ from the preset")
    day.check("parameters, saved")

    day.follow("Protocols")
    day.follow("New protocol")
    day.click("[data-add=pairing]")
    palette = browser.find_element("css selector", "[data-add=dopamine]")
    lanes = browser.find_element("css selector", "[data-lanes]")
    ActionChains(browser).click_and_hold(palette).move_to_element(lanes).release().perform()
    pairs = browser.find_element("css selector", "[data-key=s0] .body")
    ActionChains(browser).drag_and_drop_by_offset(pairs, 40, 0).perform()
    day.click("[data-key=s0] .body")
    for _ in range(2):
        day.click("[data-chosen-do=more]")
    day.fill("[name=title]", "Three times sixty")
    day.choose("[name=synapse]", "Changed")
    day.wait("document.querySelector('[data-preview-html]').textContent.includes('180 presynap')")
    day.check("timeline")
    day.follow("Save, and prepare the run")
    assert [item["kind"] for item in SavedProtocol.objects.get().items] == ["pairing", "dopamine"]

    first = run_by_mouse(day, "protocol filled in", watched=True)
    assert first.synapse == changed
    for _ in range(6):
        day.click("[data-do=peak]")
        settle(browser)
    is_one_spike(browser, first)
    day.check("one spike of ten hours")
    pictures(day, screen, repository, "afternoon-spike")
    spike = browser.current_url
    export(day, first)

    day.follow("Synapses")
    day.follow("New synapse from a preset")
    make_by_mouse(day, "Unchanged")
    day.choose("[name=protocol-protocol]", "Three times sixty")
    second = run_by_mouse(day, "unchanged")
    day.follow("Compare")
    day.fill("[name=run]", f"{first.pk}, {second.pk}")
    day.click("form[aria-label='Choose runs'] button[type=submit]")
    day.words("2 parameters differ")
    settle(browser)
    day.check("comparison")
    pictures(day, screen, repository, "afternoon-compare")
    for name in CHANGES:
        assert (
            name
            in browser.find_element("css selector", "#h-par").find_element("xpath", "../..").text
        )
    assert files_of(browser).keys() >= {"PNG", "SVG"}

    browser.get(day.root + reverse("synapse:plasticity_report", args=[first.pk]))
    settle(browser)
    day.follow("Run again and compare")
    day.words(f"Compared with run {first.pk}")
    day.words("every bit of the result is the same")
    day.check("verified")

    day.follow("Open the synapse")
    day.follow("Sweep")
    sweep(day)
    day.follow("Open the synapse")
    day.follow("Share this view")
    shared = browser.current_url
    fresh(browser)
    browser.get(shared)
    day.words("2 parameters differ from the preset.")
    day.check("shared view, elsewhere")
    browser.get(spike)
    settle(browser)
    is_one_spike(browser, Run.objects.get(pk=first.pk))
    assert day.faults == []


def pictures(day: Day, screen: Any, repository: Path, name: str) -> None:  # noqa: F811
    """Keep the figure that is shown in light, dark and narrow, and look at each."""
    for width, scheme in ((1280, "dark"), (390, "light"), (1280, "light")):
        screen(width, scheme)
        settle(day.browser)
        keep(day.browser, screen, repository, name, width, scheme)
        settle(day.browser)
        day.check(f"{name}, {width}, {scheme}")


def make_by_mouse(day: Day, name: str) -> None:
    day.fill("#id_name", name)
    day.follow("Create this synapse")
    day.words(f"{name} was made, at rest.")


def run_by_mouse(day: Day, name: str, *, watched: bool = False) -> Run:
    """Run the protocol that is chosen for ten hours in the background, and follow it."""
    day.fill("[name=protocol-duration]", "10")
    day.choose("[name=protocol-duration_unit]", "h")
    day.check(f"synapse, {name}")
    button = "//section[@aria-labelledby='h-protocol']//button[@name='background']"
    with held(day.worker):
        day.see("xpath", button).click()
        is_queued(day)
    follow_the_run(day, watched)
    day.check(f"run that is done, {name}")
    return newest(Run)


def export(day: Day, run: Run) -> None:
    """Fetch every file that the run's page offers for the window that is shown."""
    found = files_of(day.browser)
    kind, content = fetch(day.browser, found["CSV"])
    assert kind.startswith("text/csv")
    assert content.count(b"\n") > 10
    kind, content = fetch(day.browser, found["SVG"])
    assert kind.startswith("image/svg+xml")
    assert f"un {run.pk}".encode() in content
    assert fetch(day.browser, found["PNG"])[1].startswith(b"\x89PNG")
    place = day.browser.find_element("link text", "Download the manifest").get_attribute("href")
    manifest = json.loads(fetch(day.browser, place)[1])
    assert run.result_hash in json.dumps(manifest)
    place = reverse("synapse:synapse_json", args=[run.synapse_id])
    stored = json.dumps(json.loads(fetch(day.browser, day.root + place)[1]))
    assert '"release_probability": 0.3' in stored


def sweep(day: Day) -> None:
    """Sweep one parameter over four values on the saved protocol, and watch it."""
    day.fill("[name=name1]", "nmda_decay_time")
    day.fill("[name=start1]", "50")
    day.fill("[name=stop1]", "80")
    day.fill("[name=count1]", "4")
    day.fill("[name=name2]", "")
    day.choose("[name=protocol]", "Three times sixty")
    day.fill("[name=duration]", "5")
    day.check("sweep, asked for")
    day.follow("Start the sweep")
    day.words("of 4 simulations")
    day.check("sweep under way")
    day.wait("!document.querySelector('[data-poll]')")
    day.words("4 of 4 simulations")
    day.check("sweep that is done")
    assert newest(Sweep).status == "done"


def fresh(browser: Any) -> None:
    """Forget everything that a reader's browser keeps."""
    browser.execute_script("localStorage.clear(); sessionStorage.clear();")
    browser.delete_all_cookies()
    browser.get("about:blank")


def test_an_afternoon_by_keyboard_alone(day, browser):
    from selenium.webdriver.common.keys import Keys

    browser.get(day.root)
    day.enter("Synapses")
    day.enter("New synapse from a preset")
    make_by_keyboard(day, "Changed")
    day.enter("Parameters")
    for name, words in CHANGES.items():
        day.type_into("id", f"in-{name}", words)
    next_page(browser, Keys.ENTER)
    day.words("2 differ from the preset")
    day.check("parameters, saved")

    day.enter("Protocols")
    day.enter("New protocol")
    day.tab("dataset.add", "pairing")
    press(browser, Keys.ENTER)
    assert focus(browser, "getAttribute('role')") == "slider"
    press(browser, Keys.ARROW_RIGHT, "+", "+")
    day.type_into("name", "title", "Three times sixty")
    day.pick("name", "synapse", "Changed")
    day.enter("Save, and prepare the run")
    assert SavedProtocol.objects.get().items[0]["repeat"] == 3

    first = run_by_keyboard(day, watched=True)
    day.tab("dataset.part", "plots")
    for _ in range(14):
        press(browser, "+")
        settle(browser)
    start, end = view(browser)
    assert end - start < 1000.0
    press(browser, Keys.ARROW_LEFT)
    assert "µM" in text(browser, "read")
    day.check("zoomed")

    day.enter("Synapses")
    day.enter("New synapse from a preset")
    make_by_keyboard(day, "Unchanged")
    day.pick("name", "protocol-protocol", "Three times sixty")
    second = run_by_keyboard(day)
    day.enter("Compare")
    day.type_into("name", "run", f"{first.pk}, {second.pk}")
    next_page(browser, Keys.ENTER)
    day.words("2 parameters differ")
    settle(browser)
    day.check("comparison")

    day.enter("Unchanged")
    day.enter("Sweep")
    for name, words in (
        ("name1", "nmda_decay_time"), ("start1", "50"), ("stop1", "80"), ("count1", "4"),
        ("duration", "1"),
    ):  # fmt: skip
        day.type_into("name", name, words)
    day.enter("Start the sweep")
    day.wait("!document.querySelector('[data-poll]')")
    day.words("4 of 4 simulations")
    day.check("sweep that is done")
    assert newest(Sweep).status == "done"
    assert day.faults == []


def make_by_keyboard(day: Day, name: str) -> None:
    from selenium.webdriver.common.keys import Keys

    day.type_into("id", "id_name", name)
    next_page(day.browser, Keys.ENTER)
    day.words(f"{name} was made, at rest.")


def run_by_keyboard(day: Day, *, watched: bool = False) -> Run:
    """Run the protocol that is chosen for ten hours in the background, and follow it."""
    from selenium.webdriver.common.keys import Keys

    day.type_into("name", "protocol-duration", "10")
    day.pick("name", "protocol-duration_unit", "h")
    with held(day.worker):
        day.tab("textContent", "In the background")
        next_page(day.browser, Keys.ENTER)
        is_queued(day)
    follow_the_run(day, watched)
    return newest(Run)
