"""The figure of traces in a real browser: zoom by mouse and keyboard, address, theme, width."""

import json

import pytest
from django.urls import reverse

from synapse.plasticity.bounds import HOUR
from synapse.plasticity.protocols import PROTOCOLS
from synapse.services.runs import execute

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def run(live_server, settings, synapse):
    """Ten hours with a tetanus at their beginning."""
    settings.DEMO = True
    protocol = PROTOCOLS["tetanus"]()
    return execute(synapse=synapse, protocol=protocol, duration_ms=10 * HOUR, seed=1)


@pytest.fixture
def page(browser, live_server, run):
    """A function that opens the run's page and waits for the figure."""

    def open_page(query: str = "", width: int = 1280, scheme: str = "light"):
        metrics = {"width": width, "height": 1000, "deviceScaleFactor": 1, "mobile": False}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        address = reverse("synapse:plasticity_report", args=[run.pk])
        browser.get(live_server.url + address + query)
        settle(browser)
        return browser

    yield open_page
    browser.get("about:blank")
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def settle(browser) -> None:
    """Wait until the window that is wanted is drawn."""
    from selenium.webdriver.support.wait import WebDriverWait

    ready = (
        "const f = document.querySelector('[data-traces]').traceFigure;"
        "return Boolean(f && f.data && f.data.from === f.view.from && f.data.to === f.view.to"
        " && !f.root.hasAttribute('aria-busy'))"
    )
    WebDriverWait(browser, 20).until(lambda _: browser.execute_script(ready))


def view(browser) -> tuple[float, float]:
    """Return the window that is shown."""
    found = browser.execute_script(
        "return document.querySelector('[data-traces]').traceFigure.view"
    )
    return found["from"], found["to"]


def text(browser, part: str) -> str:
    return browser.execute_script(
        "return document.querySelector('[data-part=' + arguments[0] + ']').textContent", part
    )


@pytest.mark.parametrize(
    ("width", "scheme"), [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")]
)
def test_the_figure_is_accessible_and_fits(
    page, axe_violations, csp_reports, repository, width, scheme
):
    browser = page("?from=0&to=120000", width, scheme)
    browser.execute_script("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert axe_violations() == []
    assert csp_reports() == []
    assert browser.execute_script("return document.documentElement.scrollWidth - innerWidth") <= 0
    assert [entry["message"] for entry in browser.get_log("browser")] == []
    folder = repository / "var" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    height = browser.execute_script("return document.documentElement.scrollHeight")
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    settle(browser)
    browser.save_screenshot(str(folder / f"traces-{width}-{scheme}.png"))


def test_one_spike_of_ten_hours_is_found_by_keyboard(page):
    from selenium.webdriver.common.keys import Keys

    browser = page()
    assert view(browser) == (0.0, 10 * HOUR)
    plots = browser.find_element("css selector", "[data-part=plots]")
    peak = browser.execute_script(
        "return document.querySelector('[data-traces]').traceFigure.data.summary.calcium.largest"
    )
    plots.send_keys(Keys.HOME, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
    for _ in range(14):
        plots.send_keys("+")
        settle(browser)
        step = "const f = document.querySelector('[data-traces]').traceFigure; f.stack.point("
        browser.execute_script(step + "f.data.summary.calcium.largest[0]);")
    start, end = view(browser)
    assert end - start < 1000.0
    assert start <= peak[0] <= end
    assert "Drawn from all" in text(browser, "note")
    before = text(browser, "read")
    plots.send_keys(Keys.ARROW_LEFT, Keys.ARROW_LEFT)
    assert text(browser, "read") != before
    assert "µM" in text(browser, "read")
    plots.send_keys(Keys.ESCAPE)
    settle(browser)
    assert view(browser) == (0.0, 10 * HOUR)


def test_mouse_zooms_pans_and_the_address_opens_the_same_window(page, browser):
    from selenium.webdriver import ActionChains
    from selenium.webdriver.common.actions.wheel_input import ScrollOrigin
    from selenium.webdriver.common.keys import Keys

    page()
    over = browser.find_element("css selector", ".u-over")
    chain = ActionChains(browser).move_to_element_with_offset(over, -200, 0)
    chain.click_and_hold().move_by_offset(100, 0).release().perform()
    settle(browser)
    start, end = view(browser)
    width = over.size["width"]
    assert end - start == pytest.approx(10 * HOUR * 100 / width, rel=0.03)
    origin = ScrollOrigin.from_element(over)
    ActionChains(browser).scroll_from_origin(origin, 0, -100).perform()
    settle(browser)
    zoomed = view(browser)
    assert zoomed[1] - zoomed[0] == pytest.approx(0.8 * (end - start), rel=0.01)
    chain = ActionChains(browser).key_down(Keys.SHIFT).move_to_element(over)
    chain.click_and_hold().move_by_offset(-50, 0).release().key_up(Keys.SHIFT).perform()
    settle(browser)
    moved = view(browser)
    assert moved[0] > zoomed[0]
    browser.find_element("css selector", "input[value=activity]").click()
    settle(browser)
    address = browser.current_url
    assert "from=" in address
    assert "activity" in address
    browser.get("about:blank")
    browser.get(address)
    settle(browser)
    assert view(browser) == pytest.approx(moved, rel=1e-9)
    files = browser.find_elements("css selector", "[data-file]")
    assert all("from=" in link.get_attribute("href") for link in files)


def test_what_is_said_and_how_fast_it_is_drawn(page):
    from selenium.webdriver.support.wait import WebDriverWait

    browser = page()
    WebDriverWait(browser, 5).until(lambda _: "calcium: start" in text(browser, "say"))
    assert "peak" in text(browser, "say")
    assert "field stimulus" in text(browser, "events")
    took = json.loads(
        browser.execute_script("return document.querySelector('[data-traces]').dataset.took")
    )
    assert took["bytes"] < 300_000
    assert took["drawn"] < 2000


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (390, "dark")])
def test_the_comparison_is_accessible_and_zooms(
    page, run, browser, live_server, axe_violations, csp_reports, repository, width, scheme
):
    other = execute(
        synapse=run.synapse, protocol=PROTOCOLS["low-frequency"](), duration_ms=2 * HOUR, seed=1
    )
    page("", width, scheme)
    place = reverse("synapse:run_compare")
    browser.get(f"{live_server.url}{place}?run={run.pk}&run={other.pk}&var=weight")
    settle(browser)
    browser.execute_script("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert axe_violations() == []
    assert csp_reports() == []
    assert browser.execute_script("return document.documentElement.scrollWidth - innerWidth") <= 0
    height = browser.execute_script("return document.documentElement.scrollHeight")
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    settle(browser)
    folder = repository / "var" / "screenshots"
    browser.save_screenshot(str(folder / f"compare-{width}-{scheme}.png"))
    browser.find_element("css selector", "[data-part=plots]").send_keys("+", "+")
    settle(browser)
    start, end = view(browser)
    assert end - start == pytest.approx(2 * HOUR * 0.16, rel=0.01)
    assert "difference" not in text(browser, "note")
    assert f"run={run.pk}" in browser.current_url
    assert "from=" in browser.current_url
    browser.get(f"{live_server.url}{place}")
    assert axe_violations() == []
