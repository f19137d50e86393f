"""Runs and sweeps in a real browser: every state, the page while it runs, the keyboard."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from synapse.models import Run, RunStatus, Sweep
from synapse.plasticity.bounds import MINUTE
from synapse.plasticity.protocols.pairing import pairing, single_pairing
from synapse.services import run_queue, run_worker, runs, sweeps, verify
from synapse.services.runs import Plan
from tests.web.test_browser_pages import console, keep, next_page, press, screen

pytestmark = [pytest.mark.browser, pytest.mark.slow]

__all__ = ["screen"]
VIEWS = [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")]
PLAN = Plan(protocol=single_pairing(), duration=MINUTE, repeat=3)
DECAY = sweeps.Axis(name="calcium_decay_time", start=12.0, stop=20.0, count=5)
RELEASE = sweeps.Axis(name="release_probability", start=0.2, stop=0.8, count=4)


@pytest.fixture(autouse=True)
def _leave(browser):
    """Leave a page that goes on asking, before its site is gone."""
    yield
    browser.get("about:blank")


def work() -> None:
    run_worker.stopping.clear()
    run_worker.work(once=True)


@pytest.fixture
def states(live_server, settings, synapse, finished_run):
    """A demo with a run and a sweep in every state, by name."""
    settings.DEMO = True
    queued = {s: run_queue.enqueue(synapse=synapse, plan=PLAN) for s in ("running", "lost")}
    failed = run_queue.enqueue(synapse=synapse, plan=PLAN, title="A run that failed")
    now = timezone.now()
    busy = {"heartbeat": now + timedelta(hours=1), "started": now - timedelta(seconds=40)}
    rows = Run.objects.filter
    rows(pk=queued["lost"].pk).update(status="lost", error=runs.LOST, **busy)
    rows(pk=failed.pk).update(status="failed", error="calcium must be at least 0 µM; got −1 µM.")
    again = verify.queue_again(run=finished_run, user=_root())
    for axes in ([DECAY], [DECAY, RELEASE]):
        plan = Plan(protocol=pairing(count=2), duration=MINUTE)
        sweeps.enqueue(plan=sweeps.SweepPlan(synapse=synapse, axes=axes, plan=plan))
    rows(pk=queued["running"].pk).update(status="running", done=2 * MINUTE, worker="x 1 y", **busy)
    work()
    curve, heat = Sweep.objects.order_by("pk")
    heat.results[3] = {"error": "nmda_rise_time must be less than nmda_decay_time (50); got 60"}
    Sweep.objects.filter(pk=heat.pk).update(results=heat.results)
    waiting = sweeps.enqueue(
        plan=sweeps.SweepPlan(synapse=synapse, axes=[DECAY], experiment="spine-calcium")
    )
    other = verify.queue_again(run=finished_run, user=_root())
    result = Run.objects.get(pk=again.pk).result
    result["states"]["early_weight"] = [9.0]
    rows(pk=other.pk).update(
        status="done", result=result, result_hash="0" * 64, versions={"numpy": "1.0"}
    )
    copy = run_queue.copy(run=finished_run, user=_root())
    return {
        "run-running": report(queued["running"]), "run-lost": report(queued["lost"]),
        "run-failed": report(failed), "run-same": report(again), "run-other": report(other),
        "run-queued": report(copy), "run-done": report(finished_run),
        "runs": reverse("synapse:run_list"),
        "runs-none": reverse("synapse:run_list") + "?text=nothing+of+this+name",
        "sweeps": reverse("synapse:sweep_list"), "sweep-curve": page(curve),
        "sweep-map": page(heat), "sweep-queued": page(waiting),
        "sweep-new": reverse("synapse:sweep_new", args=[synapse.pk]),
        "sweep-total": reverse("synapse:sweep_new", args=[synapse.pk])
        + "?protocol=pairing&duration=1&duration_unit=min&name1=calcium_decay_time&start1=12"
        "&stop1=20&count1=4&scale1=linear&name2=nonsense&start2=1&stop2=2&count2=2",
    }  # fmt: skip


def report(run: Run) -> str:
    return reverse("synapse:plasticity_report", args=[run.pk])


def page(sweep: Sweep) -> str:
    return reverse("synapse:sweep", args=[sweep.pk])


def _root():
    from django.contrib.auth.models import User

    return User.objects.get_or_create(username="root", is_superuser=True)[0]


@pytest.mark.parametrize(("width", "scheme"), VIEWS)
def test_every_state_is_accessible_and_fits_and_breaks_no_policy(
    browser, live_server, states, screen, axe_violations, csp_reports, repository, width, scheme
):  # noqa: F811
    console(browser)
    faults = []
    for name, place in states.items():
        screen(width, scheme)
        browser.get(live_server.url + place)
        browser.execute_script("document.querySelectorAll('details').forEach(d => d.open = true)")
        faults += [f"{name}: {fault}" for fault in axe_violations()]
        faults += [f"{name}: policy: {report}" for report in csp_reports()]
        faults += [f"{name}: console: {line}" for line in console(browser)]
        wide = browser.execute_script("return document.documentElement.scrollWidth - innerWidth")
        if wide > 0:
            faults.append(f"{name}: scrolls sideways by {wide} px")
        keep(browser, screen, repository, name, width, scheme)
    assert faults == []


def until(browser, script: str, seconds: float = 30):
    from selenium.webdriver.support.wait import WebDriverWait

    return WebDriverWait(browser, seconds, 0.1).until(lambda _: browser.execute_script(script))


def in_a_thread(function) -> threading.Thread:
    def run() -> None:
        try:
            function()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_the_page_follows_a_run_from_the_queue_to_its_end(
    browser, live_server, settings, synapse, screen, monkeypatch
):  # noqa: F811
    """By keyboard alone: queue it, watch it, and the page shows the result by itself."""
    from selenium.webdriver.common.keys import Keys

    settings.DEMO = True
    monkeypatch.setattr(runs, "HEARTBEAT", 0.0)
    gate = threading.Event()

    def hold(done: float) -> None:
        if done > 60 * MINUTE:
            gate.wait(20)

    monkeypatch.setattr(run_worker, "stop_if_asked", hold)
    screen(1280, "light")
    browser.get(live_server.url + reverse("synapse:plasticity_cycle", args=[synapse.pk]))
    ticks = browser.find_element("name", "ticks-ticks")
    ticks.clear()
    ticks.send_keys("120")
    browser.execute_script("document.querySelector('[name=background]').focus()")
    next_page(browser, Keys.ENTER)
    assert "Next to be run" in browser.find_element("css selector", "[data-poll]").text
    worker = in_a_thread(work)
    until(browser, "return document.querySelector('[data-poll] progress')?.value >= 50")
    said = until(browser, "return document.querySelector('[data-say]').textContent")
    assert "simulated" in said or "run" in said.lower()
    gate.set()
    until(browser, "return document.body.textContent.includes('Committed weight at the end')")
    worker.join()
    assert Run.objects.get().status == RunStatus.DONE


def test_two_browsers_cancel_the_same_run(browser, live_server, client, states):
    run = Run.objects.get(status=RunStatus.RUNNING)
    browser.get(live_server.url + report(run))
    client.post(reverse("synapse:run_cancel", args=[run.pk]))
    until(browser, "return document.body.textContent.includes('It is being cancelled')")
    browser.find_element("css selector", ".btn-stop").click()
    until(browser, "return document.body.textContent.includes('It was already asked to end')")


def test_the_list_follows_its_runs(browser, live_server, states):
    run = Run.objects.get(status=RunStatus.RUNNING)
    browser.get(live_server.url + states["runs"])
    row = f"document.querySelector('[data-run=\"{run.pk}\"]')"
    until(browser, f"return {row}.textContent.includes('Running')")
    Run.objects.filter(pk=run.pk).update(status=RunStatus.DONE, done=3 * MINUTE)
    until(browser, f"return {row}.textContent.includes('Done')")
    assert "3 min" in browser.execute_script(f"return {row}.textContent")
    until(browser, "return document.querySelector('[data-say]').textContent.includes('done')")


def test_a_sweep_is_asked_for_by_keyboard_and_says_its_total(browser, live_server, states, screen):  # noqa: F811
    from selenium.webdriver.common.keys import Keys

    screen(1280, "light")
    browser.get(live_server.url + states["sweep-new"])
    browser.find_element("name", "name1").send_keys("calcium_decay_time", Keys.TAB, "12", Keys.TAB)
    press(browser, "20", Keys.TAB)
    browser.find_element("name", "name2").send_keys("release_probability", Keys.TAB, "0.2")
    press(browser, Keys.TAB, "0.8", Keys.TAB)
    said = browser.find_element("css selector", "[data-total]").text
    assert said == "9 × 9 = 81 simulations."
    box = browser.find_element("name", "count2")
    box.clear()
    box.send_keys("50")
    said = browser.find_element("css selector", "[data-total]").text
    assert "more than the 400 that may be" in said
