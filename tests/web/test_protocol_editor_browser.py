"""The protocol editor in a real browser: by mouse, by keyboard alone, without scripts."""

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from synapse.models import Run, SavedProtocol
from synapse.services import saved_protocols
from synapse.services.timeline.drafts import read_draft
from tests.web.test_browser_pages import keep, screen

__all__ = ["screen"]

pytestmark = [pytest.mark.browser, pytest.mark.slow]

VIEWS = [(1280, "light"), (1280, "dark"), (820, "light"), (390, "light"), (390, "dark")]
SAID = "(document.querySelector('main > [role=status]') || document.body).textContent"
RICH = {
    "title": "Tetanus under APV, dopamine after it", "meaning": "What every kind looks like.",
    "bath": {"external_calcium": 2.5},
    "items": [
        {"kind": "pre", "start": 500.0, "count": 5},
        {"kind": "pairing", "start": 2000.0, "count": 3},
        {"kind": "field", "start": 6000.0, "repeat": 3, "period": 4000.0},
        {"kind": "theta", "start": 1000.0}, {"kind": "post", "start": 600.0},
        {"kind": "dopamine", "start": 7600.0}, {"kind": "acetylcholine", "start": 9000.0},
        {"kind": "drug", "name": "apv", "start": 4000.0, "length": 5000.0},
        {"kind": "drug", "name": "anisomycin", "start": 8000.0},
        {"kind": "bath", "name": "external_magnesium", "start": 3000.0, "value": 0.1,
         "length": 6000.0, "back": 1.0},
    ],
}  # fmt: skip


@pytest.fixture(autouse=True)
def _wide(browser, screen) -> None:
    screen(1280, "light")
    browser.get_log("browser")


@pytest.fixture
def demo(live_server, settings, examples) -> str:
    """The address of the editor in a demo."""
    settings.DEMO = True
    return live_server.url + reverse("synapse:protocol_new")


@pytest.fixture
def rich(db) -> SavedProtocol:
    return saved_protocols.create(draft=read_draft(RICH), owner=None)


@pytest.fixture
def until(browser):
    """A function that waits for a condition in the page and returns its value."""
    from selenium.webdriver.support.wait import WebDriverWait

    def wait(script: str):
        return WebDriverWait(browser, 10).until(lambda b: b.execute_script(f"return {script};"))

    return wait


def press(browser, *keys: str, hold: str = "") -> None:
    from selenium.webdriver import ActionChains

    chain = ActionChains(browser)
    if hold:
        chain.key_down(hold)
    chain.send_keys(*keys)
    if hold:
        chain.key_up(hold)
    chain.perform()


def value(browser, name: str) -> str:
    return browser.execute_script("return document.getElementsByName(arguments[0])[0].value", name)


def focus(browser, what: str) -> str:
    return browser.execute_script(f"return document.activeElement.{what} || ''")


def console(browser) -> list[str]:
    return [entry["message"] for entry in browser.get_log("browser")]


@pytest.mark.parametrize(("width", "scheme"), VIEWS)
def test_the_pages_are_accessible_and_fit_and_break_no_policy(
    browser, live_server, demo, rich, screen, axe_violations, csp_reports, repository, until,
    width, scheme,
):  # fmt: skip
    edit = live_server.url + reverse("synapse:protocol_edit", args=[rich.pk])
    tetanus = demo + "?from=tetanus"
    faults = []
    for name, place in {
        "protocols": live_server.url + reverse("synapse:protocol_list"), "protocol-new": demo,
        "protocol-tetanus": tetanus, "protocol-refused": demo + "?from=tetanus&trains=0",
        "protocol-saved": edit,
    }.items():  # fmt: skip
        screen(width, scheme)
        browser.get(place)
        if name == "protocol-saved":
            until("document.querySelectorAll('.block').length === 10")
            browser.execute_script(
                "document.querySelectorAll('details').forEach(d => { d.open = true; })"
            )
        faults += [f"{name}: {fault}" for fault in axe_violations()]
        faults += [f"{name}: policy: {report}" for report in csp_reports()]
        faults += [f"{name}: {line}" for line in console(browser) if "400 (Bad" not in line]
        wide = browser.execute_script("return document.documentElement.scrollWidth - innerWidth")
        if wide > 0:
            faults.append(f"{name}: scrolls sideways by {wide} px")
        if width in (1280, 390):
            keep(browser, screen, repository, name, width, scheme)
    assert faults == []


def test_a_protocol_is_built_by_mouse_saved_and_run(browser, live_server, demo, screen, until):
    from selenium.webdriver import ActionChains

    browser.get(demo)
    browser.find_element("css selector", "[data-add=theta]").click()
    assert value(browser, "s0-start") == "1 s"
    palette = browser.find_element("css selector", "[data-add=dopamine]")
    svg = browser.find_element("css selector", "[data-lanes]")
    ActionChains(browser).click_and_hold(palette).move_to_element(svg).release().perform()
    dropped = value(browser, "s1-start")
    assert dropped not in ("", "0 ms")
    block = browser.find_element("css selector", "[data-key=s1] .body")
    ActionChains(browser).drag_and_drop_by_offset(block, 200, 0).perform()
    moved = value(browser, "s1-start")
    assert moved != dropped
    grip = browser.find_element("css selector", "[data-key=s0] .grip")
    ActionChains(browser).drag_and_drop_by_offset(grip, 120, 0).perform()
    assert int(value(browser, "s0-count")) > 10
    undo = browser.find_element("css selector", "[data-undo]")
    undo.click()
    assert value(browser, "s0-count") == "10"
    browser.find_element("css selector", "[data-redo]").click()
    assert int(value(browser, "s0-count")) > 10
    undo.click()
    until("document.querySelector('[data-preview-html]').textContent.includes('40 field pulses')")
    before = value(browser, "s1-start")
    for verb in ("later", "more", "earlier", "less"):
        browser.find_element("css selector", f"[data-chosen-do={verb}]").click()
    assert (value(browser, "s1-start"), value(browser, "s1-repeat")) == (before, "1")
    browser.find_element("name", "title").send_keys("By mouse")
    browser.find_element("css selector", "button[value=run]").click()
    until(f"{SAID}.includes('By mouse is saved.')")
    saved = SavedProtocol.objects.get()
    assert [item["kind"] for item in saved.items] == ["theta", "dopamine"]
    assert value(browser, "protocol-protocol") == f"saved-{saved.pk}"
    minutes = browser.find_element("name", "protocol-duration")
    minutes.clear()
    minutes.send_keys("1")
    browser.find_element("xpath", "//button[text()='Run protocol']").click()
    until(f"{SAID}.includes('simulated 1 min')")
    assert len(Run.objects.get().protocol["events"]) == 50
    assert console(browser) == []


def test_a_protocol_is_built_by_keyboard_alone(browser, demo, screen, until, csp_reports):
    from selenium.webdriver.common.keys import Keys

    browser.get(demo)
    while focus(browser, "dataset.add") != "pairing":
        press(browser, Keys.TAB)
    press(browser, Keys.ENTER)
    assert focus(browser, "getAttribute('role')") == "slider"
    press(browser, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ARROW_LEFT)
    assert value(browser, "s0-start") == "2 s"
    press(browser, Keys.ARROW_LEFT, hold=Keys.SHIFT)
    assert value(browser, "s0-count") == "59"
    press(browser, Keys.PAGE_UP)
    assert value(browser, "s0-start") == "12 s"
    press(browser, Keys.HOME, "+")
    assert (value(browser, "s0-start"), value(browser, "s0-repeat")) == ("0 ms", "2")
    until(
        "document.querySelector('[data-live]').textContent === '1. Pairing: 2 times, every 1 min.'"
    )
    press(browser, "d")
    assert focus(browser, "dataset.key") == "s1"
    press(browser, Keys.DELETE)
    assert focus(browser, "dataset.key") == "s0"
    press(browser, "z", hold=Keys.CONTROL)
    assert len(browser.find_elements("css selector", ".block")) == 2
    press(browser, "y", hold=Keys.CONTROL)
    assert len(browser.find_elements("css selector", ".block")) == 1
    press(browser, Keys.ENTER)
    assert focus(browser, "name") == "s0-start"
    press(browser, Keys.TAB, "-5", Keys.TAB)  # the lag, written over
    until("document.querySelector('[data-key=s0]').getAttribute('aria-label') === '1. Pairing'")
    while focus(browser, "name") != "title":
        press(browser, Keys.TAB)
    press(browser, "By keyboard", Keys.TAB, Keys.TAB, Keys.TAB, Keys.TAB, "3 min")
    preview = "document.querySelector('[data-preview-html]').textContent"
    until(preview + ".includes('118 presynaptic spikes')")
    while focus(browser, "value") not in ("save", "save-new"):
        press(browser, Keys.TAB)
    press(browser, Keys.ENTER)
    until("location.pathname !== '/protocols/new/' && document.readyState === 'complete'")
    item = SavedProtocol.objects.get().items[0]
    assert (item["kind"], item["lag"], item["count"], item["repeat"]) == ("pairing", -5.0, 59, 2)
    while focus(browser, "value") != "run":
        press(browser, Keys.TAB)
    press(browser, Keys.ENTER)
    until("location.pathname.startsWith('/synapses/') && document.readyState === 'complete'")
    while focus(browser, "textContent") != "Run protocol":
        press(browser, Keys.TAB)
    press(browser, Keys.ENTER)
    until(f"{SAID}.includes('simulated 3 min')")
    assert len(Run.objects.get().protocol["events"]) == 236
    assert csp_reports() == []
    assert console(browser) == []


def test_a_mistake_is_said_at_its_field_and_put_right(browser, demo, screen, until, axe_violations):
    from selenium.webdriver.common.keys import Keys

    browser.get(demo)
    browser.find_element("css selector", "[data-add=drug]").click()
    browser.find_element("css selector", "[data-key=s0]").click()
    box = browser.find_element("name", "s0-start")
    box.clear()
    box.send_keys("soon", Keys.TAB)
    said = "start must be a time such as 10 ms; got 'soon'"
    until(f'document.getElementById("e-s0-start").textContent === "{said}"')
    assert box.get_attribute("aria-invalid") == "true"
    assert axe_violations() == []
    box.clear()
    box.send_keys("2 s", Keys.TAB)
    until("document.getElementById('e-s0-start').textContent === ''")
    until("document.querySelector('[data-preview-html]').textContent.includes('APV')")


def test_the_link_that_holds_the_protocol_opens_it_elsewhere(browser, demo, screen, until):
    browser.get(demo + "?from=dopamine-delayed")
    share = until("document.querySelector('[data-share]').href")
    browser.delete_all_cookies()
    browser.get(share)
    assert len(browser.find_elements("css selector", ".block")) == 2
    assert value(browser, "s1-interval") == "30 Hz"


def test_zoom_and_window_are_those_of_the_preview(browser, demo, screen, until):
    browser.get(demo + "?from=tetanus")
    for _ in range(3):
        browser.find_element("css selector", "[data-zoom=in]").click()
    until("document.querySelector('[data-preview-html]').textContent.includes('Shown: ')")
    browser.find_element("css selector", "[data-zoom=fit]").click()
    until("document.querySelector('[data-preview-html]').textContent.includes('whole protocol')")


@pytest.mark.parametrize("kind", ["pairing", "theta", "drug"])
def test_drawing_and_server_agree_where_an_item_ends(browser, demo, screen, until, kind):
    browser.get(demo)
    browser.find_element("css selector", f"[data-add={kind}]").click()
    text = browser.find_element("css selector", "[data-end]").text
    ends = {"pairing": "ends at 60.01 s", "theta": "ends at 2.83 s", "drug": "ends at 1 s"}
    assert text == ends[kind]


def test_without_scripts_a_protocol_is_made_and_saved(browser, live_server, demo, screen):
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.get(demo)
        assert not browser.find_element("css selector", "[data-timeline]").is_displayed()
        browser.find_element("css selector", "[data-add=field]").click()
        box = browser.find_element("name", "s0-count")
        box.clear()
        box.send_keys("7")
        browser.find_element("css selector", ".btn[value=preview]").click()
        browser.find_element("xpath", "//li[starts-with(., '7 field pulses')]")
        browser.find_element("name", "title").send_keys("Without scripts")
        browser.find_element("css selector", "[value=save-new]").click()
        browser.find_element("xpath", "//p[text()='Without scripts is saved.']")
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    assert SavedProtocol.objects.get().items[0]["count"] == 7
    assert User.objects.count() == 0
