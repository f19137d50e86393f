"""A connection opened as a synapse in a real browser: accessible, narrow and wide, by keyboard.

The screenshots lie in ``var/screenshots`` afterwards.
"""

import pytest
from django.urls import reverse
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from learner.models import Learner
from learner.services import live
from learner.services.learners import create_learner
from learner.services.messages import Incoming
from synapse.services.preset_files import load_presets
from tests.learner_shell.rows import rows_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]
VIEWS = [(1280, "light"), (1280, "dark"), (820, "light"), (390, "dark"), (360, "light")]
PATIENCE = 60


@pytest.fixture
def learner(live_server, settings) -> Learner:
    """A learner of a demo, so that everyone may open its connections."""
    settings.DEMO = True
    load_presets()
    made = create_learner(name="prices", parameters={"expansion": 10}, visibility="public")
    events = [Incoming(features={"a": r["a"], "b": r["b"]}, label=r["label"]) for r in rows_of(400)]
    live.learn(learner=made, events=events)
    live.rollback(learner=made, version=made.version - 5)
    live.learn(learner=made, events=events[:150])
    return made


def look(browser, width: int, scheme: str, height: int = 900) -> None:
    """Set width and colour scheme."""
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


@pytest.fixture
def looks(browser):
    yield lambda *given: look(browser, *given)
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def heading(browser, text: str) -> None:
    """Wait for a page with this heading."""
    path = f"//h2[contains(., '{text}')]"
    WebDriverWait(browser, PATIENCE).until(lambda b: b.find_elements(By.XPATH, path))


def test_a_connection_is_opened_read_and_taken_to_the_laboratory(
    browser, live_server, learner, looks, axe_violations, csp_reports, repository
):
    looks(1280, "light")
    browser.get_log("browser")
    browser.get(live_server.url + reverse("learner:connection_list", args=[learner.pk]))
    buttons = browser.find_elements(By.CSS_SELECTOR, "tbody form button")
    buttons[0].send_keys(Keys.ENTER)
    heading(browser, "One axis for both")
    place = browser.current_url
    folder = repository / "var" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    faults = []
    for name, address in (
        ("connections", live_server.url + reverse("learner:connection_list", args=[learner.pk])),
        ("connection", place),
    ):
        for width, scheme in VIEWS:
            looks(width, scheme)
            browser.get(address)
            found = [f"{name} {width} {scheme}: {fault}" for fault in axe_violations()]
            found += [f"{name} {width} {scheme}: policy: {r}" for r in csp_reports()]
            sideways = "return document.documentElement.scrollWidth - innerWidth"
            if browser.execute_script(sideways) > 0:
                found.append(f"{name} {width} {scheme}: scrolls sideways")
            faults += found
            full = browser.execute_script("return document.documentElement.scrollHeight")
            looks(width, scheme, full)
            browser.save_screenshot(str(folder / f"learner-{name}-{width}-{scheme}.png"))
    assert faults == []
    assert [e["message"] for e in browser.get_log("browser")] == []
    looks(1280, "light")
    browser.get(place)
    for summary in browser.find_elements(By.TAG_NAME, "summary"):
        summary.send_keys(Keys.ENTER)
    assert axe_violations() == []
    browser.find_element(By.XPATH, "//button[.='Open in the laboratory']").send_keys(Keys.ENTER)
    WebDriverWait(browser, PATIENCE).until(lambda b: "protocol=saved-" in b.current_url)
    chosen = browser.find_element(By.CSS_SELECTOR, "select[name='protocol-protocol']")
    assert chosen.get_attribute("value").startswith("saved-")
