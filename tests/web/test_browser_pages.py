"""Every page in a real browser: accessibility, policy, width, keyboard, theme.

The screenshots lie in ``var/screenshots`` afterwards.
"""

from pathlib import Path

import pytest
from django.urls import reverse

pytestmark = [pytest.mark.browser, pytest.mark.slow]

VIEWS = [
    (1280, "light"), (1280, "dark"), (820, "light"), (390, "light"), (390, "dark"), (360, "light"),
]  # fmt: skip
KEPT = {(1280, "light"), (1280, "dark"), (390, "light")}
"""Views of which a screenshot is kept."""


@pytest.fixture
def site(live_server, settings, synapse, finished_run):
    """The addresses of all pages of a demo with one finished run."""
    settings.DEMO = True
    places = {
        "home": reverse("home"),
        "synapses": reverse("synapse:synapse_list"),
        "plasticity_cycle": reverse("synapse:plasticity_cycle", args=[synapse.pk]),
        "plasticity_cycle-empty": reverse("synapse:plasticity_cycle", args=[synapse.pk + 1]),
        "runs": reverse("synapse:run_list"),
        "plasticity_report": reverse("synapse:plasticity_report", args=[finished_run.pk]),
        "plasticity_diagram": reverse("synapse:plasticity_diagram"),
        "experiments": reverse("synapse:experiment_gallery"),
        "experiment": reverse("synapse:experiment_detail", args=["triplets"]),
        "experiment-changed": reverse("synapse:experiment_detail", args=["spine-calcium"])
        + "?set=calcium_decay_time:25&trace=0",
        "login": reverse("login"),
        "404": "/nowhere/",
    }
    return {name: live_server.url + place for name, place in places.items()}


@pytest.fixture
def screen(browser):
    """A function that sets width and colour scheme; both are put back afterwards."""

    def set_to(width: int, scheme: str, height: int = 900) -> None:
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    yield set_to
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    browser.execute_script("try { localStorage.clear(); } catch (e) { return; }")
    browser.delete_all_cookies()


def keep(browser, screen, repository: Path, name: str, width: int, scheme: str) -> None:
    """Save a picture of the whole page."""
    folder = repository / "var" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    screen(width, scheme, browser.execute_script("return document.documentElement.scrollHeight"))
    browser.save_screenshot(str(folder / f"{name}-{width}-{scheme}.png"))
    screen(width, scheme)


def console(browser, allowed: str = "") -> list[str]:
    """Return what the browser complained about since the last look."""
    lines = [entry["message"] for entry in browser.get_log("browser")]
    return [line for line in lines if not allowed or allowed not in line]


@pytest.mark.parametrize(("width", "scheme"), VIEWS)
def test_every_page_is_accessible_and_fits_and_breaks_no_policy(
    browser, site, screen, axe_violations, csp_reports, repository, width, scheme
):
    console(browser)
    faults = []
    for name, address in site.items():
        screen(width, scheme)
        browser.get(address)
        faults += [f"{name}: {fault}" for fault in axe_violations()]
        faults += [f"{name}: policy: {report}" for report in csp_reports()]
        allowed = "/nowhere/ - Failed to load resource" if name == "404" else ""
        faults += [f"{name}: console: {line}" for line in console(browser, allowed)]
        wide = browser.execute_script("return document.documentElement.scrollWidth - innerWidth")
        if wide > 0:
            faults.append(f"{name}: scrolls sideways by {wide} px")
        if (width, scheme) in KEPT:
            keep(browser, screen, repository, name, width, scheme)
    assert faults == []


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_a_refused_form_is_accessible(
    browser, site, screen, axe_violations, csp_reports, repository, width, scheme
):
    from selenium.webdriver.common.keys import Keys

    screen(width, scheme)
    browser.get(site["plasticity_cycle"])
    box = browser.find_element("name", "ticks-ticks")
    box.clear()
    box.send_keys("0")
    next_page(browser, Keys.ENTER)
    alert = browser.find_element("css selector", "[role=alert]")
    assert "ticks must be 1 to 1000; got 0." in alert.text
    assert axe_violations() == []
    assert csp_reports() == []
    keep(browser, screen, repository, "plasticity_cycle-refused", width, scheme)


def test_a_parameter_is_changed_by_keyboard_and_the_figure_shows_both(browser, site, screen):
    from selenium.webdriver.common.keys import Keys

    screen(1280, "light")
    browser.get(site["experiments"])
    browser.find_element("css selector", "#spine-calcium h3 a").send_keys(Keys.ENTER)
    browser.find_element("name", "p1").send_keys("calcium_decay_time", Keys.TAB, "25")
    next_page(browser, Keys.ENTER)
    assert browser.current_url.endswith("/experiments/spine-calcium/?set=calcium_decay_time:25")
    assert "Changed" in browser.find_element("css selector", "main [role=status]").text
    assert len(browser.find_elements("css selector", "figure .wide path.mk.d-model2")) == 2


def test_details_and_tables_are_accessible_when_open(browser, site, screen, axe_violations):
    screen(1280, "light")
    for name in ("plasticity_report", "plasticity_diagram", "experiment", "experiment-changed"):
        browser.get(site[name])
        browser.execute_script("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert axe_violations() == [], name


def press(browser, *keys: str) -> None:
    """Press keys, one after the other, wherever the focus is."""
    from selenium.webdriver import ActionChains

    ActionChains(browser).send_keys(*keys).perform()


def arrive(browser, leave) -> None:
    """Do what leads to another page, and wait until that has come."""
    from selenium.common.exceptions import WebDriverException
    from selenium.webdriver.support.wait import WebDriverWait

    browser.execute_script("window.left = true;")
    leave()
    arrived = "return window.left === undefined && document.readyState === 'complete'"
    # Between two pages the browser may have none that a script could ask.
    wait = WebDriverWait(browser, 20, ignored_exceptions=[WebDriverException])
    wait.until(lambda _: browser.execute_script(arrived))


def next_page(browser, *keys: str) -> None:
    """Press keys and wait for the page that they lead to."""
    arrive(browser, lambda: press(browser, *keys))


def follow(browser, element) -> None:
    """Click what leads to another page, and wait for it."""
    arrive(browser, element.click)


def focus(browser, what: str) -> str:
    """Return a property of the element that has the focus."""
    return browser.execute_script(f"return document.activeElement.{what} || ''")


def test_a_synapse_is_run_by_keyboard_alone(browser, site, screen, synapse):
    from selenium.webdriver.common.keys import Keys

    screen(1280, "light")
    browser.get(site["plasticity_cycle"])
    press(browser, Keys.TAB)
    assert focus(browser, "className") == "skip"
    press(browser, Keys.ENTER)
    assert focus(browser, "id") == "main"
    order = []
    while focus(browser, "name") != "ticks-ticks" and len(order) < 60:
        press(browser, Keys.TAB)
        order.append(focus(browser, "textContent"))
    steps = [text for text in order if "cleft" in text or "Endosome" in text or "tag" in text]
    assert [text.split()[0][:8] for text in steps] == [
        "Synaptic",
        "Dopamine",
        "Endosome",
        "Synaptic",
    ]
    press(browser, "3")  # Tab has selected what was there
    for _ in range(10):
        press(browser, Keys.TAB)
        if focus(browser, "type") == "submit":
            break
    next_page(browser, Keys.SPACE)
    said = browser.find_element("css selector", "main [role=status]").text
    assert "simulated 3 min: the weight went from" in said
    assert len(browser.find_elements("css selector", ".after th")) == 3
    assert synapse.runs.count() == 2


def test_a_component_of_the_cascade_leads_to_its_variables(browser, site, screen):
    screen(1280, "light")
    browser.get(site["plasticity_cycle"])
    for link in browser.find_elements("css selector", ".cascade svg a"):
        target = browser.execute_script("return arguments[0].href.baseVal", link)
        assert browser.find_elements("css selector", target), target
    assert not browser.find_element("css selector", ".cascade-list").is_displayed()
    screen(390, "light")
    assert browser.find_element("css selector", ".cascade-list").is_displayed()
    assert not browser.find_element("css selector", ".cascade svg").is_displayed()


def test_a_chosen_theme_is_kept_and_auto_follows_the_system(browser, site, screen):
    from selenium.webdriver.support.select import Select

    def background() -> str:
        return browser.execute_script("return getComputedStyle(document.body).backgroundColor")

    screen(1280, "light")
    browser.get(site["home"])
    light = background()
    Select(browser.find_element("css selector", "[data-theme]")).select_by_value("dark")
    dark = background()
    assert dark != light
    browser.get(site["runs"])
    assert background() == dark
    Select(browser.find_element("css selector", "[data-theme]")).select_by_value("auto")
    assert background() == light
    screen(1280, "dark")
    assert background() == dark


def test_without_scripts_every_page_works_and_shows_no_dead_control(browser, site, screen):
    screen(1280, "light")
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.get(site["plasticity_cycle"])
        assert not browser.find_element("css selector", "[data-theme]").is_displayed()
        browser.find_element("css selector", "form[method=post] button").click()
        assert "simulated 10 min" in browser.find_element("css selector", "[role=status]").text
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


@pytest.mark.parametrize(("width", "scheme"), [(1280, "dark"), (390, "light")])
def test_without_a_login_or_without_data_pages_are_accessible(
    browser, live_server, screen, axe_violations, csp_reports, repository, width, scheme, request
):
    screen(width, scheme)
    for name in ("home", "synapse:synapse_list", "synapse:run_list"):
        browser.get(live_server.url + reverse(name))
        assert axe_violations() == [], name
    keep(browser, screen, repository, "runs-empty", width, scheme)
    synapse = request.getfixturevalue("synapse")
    browser.get(live_server.url + reverse("synapse:plasticity_cycle", args=[synapse.pk]))
    assert "Log in to run" in browser.find_element("id", "run").text
    assert axe_violations() == []
    assert csp_reports() == []
    keep(browser, screen, repository, "plasticity_cycle-anonymous", width, scheme)
    browser.get(live_server.url + reverse("synapse:experiment_detail", args=["triplets"]))
    assert "log in to run it" in browser.find_element("id", "change").text
    assert axe_violations() == []
    keep(browser, screen, repository, "experiment-anonymous", width, scheme)


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_a_refused_change_of_a_parameter_is_accessible(
    browser, site, screen, axe_violations, csp_reports, repository, width, scheme
):
    screen(width, scheme)
    browser.get(site["experiment"] + "?set=calcium_decay_time:-5&set=calcium:1")
    alert = browser.find_element("css selector", "[role=alert]")
    assert "calcium_decay_time must be at least 0.001 ms; got -5 ms." in alert.text
    assert axe_violations() == []
    assert csp_reports() == []
    keep(browser, screen, repository, "experiment-refused", width, scheme)
