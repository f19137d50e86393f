"""The pages that manage learners in a real browser: every state, narrow and dark, by keyboard."""

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from learner.models import DriftAlarm, Learner, StreamJob
from learner.services import job_runs, jobs, live
from learner.services.learners import create_learner
from learner.services.learning import Options
from learner.services.messages import Incoming
from learner.services.stream_files import keep_file
from synapse.models import RunStatus
from synapse.services import run_worker
from tests.learner_shell.rows import rows_of, write_csv
from tests.web.test_browser_pages import console, keep, next_page, screen

pytestmark = [pytest.mark.browser, pytest.mark.slow]

__all__ = ["screen"]
VIEWS = [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")]


@pytest.fixture(autouse=True)
def _leave(browser):
    """Leave a page that goes on asking, before its site is gone."""
    yield
    browser.get("about:blank")


@pytest.fixture
def demo(settings):
    settings.DEMO = True


def page(name: str, *arguments: int) -> str:
    return reverse(f"learner:{name}", args=arguments)


def queue(learner: Learner, path: Path) -> StreamJob:
    file = keep_file([path.read_bytes()], name=path.name)
    return jobs.enqueue(learner=learner, file=file, options=Options(target="label"))


@pytest.fixture
def stream(tmp_path: Path) -> Path:
    return write_csv(tmp_path / "stream.csv", rows_of(300))


@pytest.fixture
def places(live_server, demo, stream, examples):
    """The pages of a demo with learners and jobs in every state, by name."""
    learner = create_learner(name="prices", parameters={"expansion": 10}, visibility="public")
    empty = create_learner(name="nothing learned yet", visibility="public")
    rows = [Incoming(features={"a": r["a"], "b": r["b"]}, label=r["label"]) for r in rows_of(40)]
    live.learn(learner=learner, events=rows)
    now = timezone.now()
    Learner.objects.filter(pk=learner.pk).update(sleep_after=600.0, last_event=now)
    Learner.objects.filter(pk=empty.pk).update(paused=True)
    DriftAlarm.objects.create(
        learner=create_learner(name="shifting", visibility="public"),
        began=1, position=1, version=1, usual_error=0.1, recent_error=0.4,
    )  # fmt: skip
    found = {s: queue(learner, stream) for s in ("done", "running", "failed", "lost", "queued")}
    StreamJob.objects.exclude(pk=found["done"].pk).update(status=RunStatus.CANCELLED)
    run_worker.stopping.clear()
    run_worker.work(once=True)
    told = {"events": 120, "rate": 40.0, "updated": 0.2, "accuracy": 0.75}
    mark(found["running"], "running", done=120, summary=told, worker="x 1 y",
         started=now, heartbeat=now + timedelta(hours=1))  # fmt: skip
    mark(found["failed"], "failed", done=120, error="stream.csv line 122: a must be a number.",
         summary=told | {"skipped": 1, "problems": ["line 9: has no label"]})  # fmt: skip
    mark(found["lost"], "lost", error=jobs.LOST)
    mark(found["queued"], "queued")
    pages = {f"learner-job-{s}": page("job_detail", learner.pk, j.pk) for s, j in found.items()}
    return pages | {
        "learner-list": page("learner_list"),
        "learner-new": page("learner_new"),
        "learner-new-preset": page("learner_new") + "?preset=hippocampus&interval=60000",
        "learner-import": page("learner_import"),
        "learner-settings": page("learner_settings", learner.pk),
        "learner-settings-paused": page("learner_settings", empty.pk),
        "learner-upload": page("stream_upload", learner.pk),
        "learner-upload-none": page("stream_upload", empty.pk),
    }


def mark(job: StreamJob, status: str, **columns) -> None:
    StreamJob.objects.filter(pk=job.pk).update(status=status, **columns)


def faults_of(browser, name: str, axe_violations, csp_reports) -> list[str]:
    """Return what is wrong with the page now open."""
    browser.execute_script("document.querySelectorAll('details').forEach(d => d.open = true)")
    found = [f"{name}: {fault}" for fault in axe_violations()]
    found += [f"{name}: policy: {report}" for report in csp_reports()]
    found += [f"{name}: console: {line}" for line in console(browser, "status of 422")]
    wide = browser.execute_script("return document.documentElement.scrollWidth - innerWidth")
    return [*found, f"{name}: scrolls sideways by {wide} px"] if wide > 0 else found


@pytest.mark.parametrize(("width", "scheme"), VIEWS)
def test_every_page_is_accessible_and_fits_and_breaks_no_policy(
    browser, live_server, places, stream, screen, axe_violations, csp_reports, repository, width,
    scheme,
):  # noqa: F811  # fmt: skip
    console(browser)
    faults = []
    for name, place in places.items():
        screen(width, scheme)
        browser.get(live_server.url + place)
        faults += faults_of(browser, name, axe_violations, csp_reports)
        keep(browser, screen, repository, name, width, scheme)
    screen(width, scheme)
    browser.get(live_server.url + places["learner-upload"])
    browser.find_element("name", "file").send_keys(str(stream))
    browser.execute_script("document.querySelector('form.panel .btn-main').click()")
    until(browser, "return document.querySelector('[name=target]') !== null")
    faults += faults_of(browser, "learner-options", axe_violations, csp_reports)
    keep(browser, screen, repository, "learner-options", width, scheme)
    browser.execute_script("document.querySelector('[name=delay]').value = -1")
    browser.execute_script("document.querySelector('form.stack .btn-main').click()")
    until(browser, "return document.querySelector('[role=alert]') !== null")
    faults += faults_of(browser, "learner-options-refused", axe_violations, csp_reports)
    browser.get(live_server.url + places["learner-new"])
    browser.execute_script("document.querySelector('[name=budget]').value = 7")
    browser.execute_script("document.querySelector('form.stack .btn-main').click()")
    until(browser, "return document.querySelector('[role=alert]') !== null")
    faults += faults_of(browser, "learner-new-refused", axe_violations, csp_reports)
    keep(browser, screen, repository, "learner-new-refused", width, scheme)
    assert faults == []


def test_an_empty_list_and_what_others_see_are_accessible(
    browser, live_server, screen, axe_violations, csp_reports, db
):  # noqa: F811
    screen(390, "light")
    browser.get(live_server.url + page("learner_list"))
    assert faults_of(browser, "empty", axe_violations, csp_reports) == []
    learner = create_learner(name="public", visibility="public")
    for name in ("learner_settings", "stream_upload"):
        browser.get(live_server.url + page(name, learner.pk))
        assert faults_of(browser, name, axe_violations, csp_reports) == []


def until(browser, script: str, seconds: float = 30):
    from selenium.webdriver.support.wait import WebDriverWait

    return WebDriverWait(browser, seconds, 0.1).until(lambda _: browser.execute_script(script))


def work() -> None:
    try:
        run_worker.stopping.clear()
        run_worker.work(once=True)
    finally:
        connection.close()


def test_by_keyboard_from_a_new_learner_to_a_file_that_was_learned(
    browser, live_server, demo, stream, screen, monkeypatch
):  # noqa: F811
    """Make it, send a file, choose the label, watch the job to its end: no mouse."""
    from selenium.webdriver.common.keys import Keys

    gate = threading.Event()

    def hold(done: float) -> None:
        if StreamJob.objects.filter(done__gt=100).exists():
            gate.wait(20)

    monkeypatch.setattr(run_worker, "stop_if_asked", hold)
    monkeypatch.setattr(jobs, "BATCH", 50)
    monkeypatch.setattr(job_runs, "OPEN_FOR", 0.0)
    screen(1280, "light")
    browser.get(live_server.url + page("learner_new"))
    browser.find_element("name", "name").send_keys("prices")
    next_page(browser, Keys.ENTER)
    learner = Learner.objects.get()
    browser.get(live_server.url + page("stream_upload", learner.pk))
    browser.find_element("name", "file").send_keys(str(stream))
    focus(browser, "form.panel .btn-main")
    next_page(browser, Keys.ENTER)
    browser.find_element("name", "target").send_keys("label")
    focus(browser, "form.stack .btn-main")
    next_page(browser, Keys.ENTER)
    assert "Waits for a worker" in browser.find_element("css selector", "[data-poll]").text
    worker = threading.Thread(target=work)
    worker.start()
    until(browser, "return document.querySelector('[data-poll] progress')?.value >= 100")
    assert "records" in until(browser, "return document.querySelector('[data-say]').textContent")
    gate.set()
    until(browser, "return document.body.textContent.includes('Records read')")
    worker.join()
    assert StreamJob.objects.get().status == RunStatus.DONE
    learner.refresh_from_db()
    assert learner.events == 300


def focus(browser, selector: str) -> None:
    browser.execute_script("document.querySelector(arguments[0]).focus()", selector)


def test_a_learner_is_paused_and_deleted_by_keyboard(browser, live_server, demo, screen):  # noqa: F811
    from selenium.webdriver.common.keys import Keys

    learner = create_learner(name="prices", visibility="public")
    screen(390, "light")
    browser.get(live_server.url + page("learner_settings", learner.pk))
    focus(browser, "[aria-labelledby=h-pause] button")
    next_page(browser, Keys.ENTER)
    assert "is paused" in browser.find_element("css selector", "[role=status]").text
    focus(browser, "[aria-labelledby=h-delete] summary")
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    browser.find_element("name", "typed").send_keys("price")
    next_page(browser, Keys.ENTER)
    assert "got price" in browser.find_element("css selector", ".field-error").text
    box = browser.find_element("name", "typed")
    box.clear()
    box.send_keys("prices")
    next_page(browser, Keys.ENTER)
    assert "prices was deleted." in browser.find_element("css selector", "[role=status]").text
    assert not Learner.objects.exists()
