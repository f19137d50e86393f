"""Parameters, interventions and shared views in a real browser, by mouse and by keyboard."""

import pytest
from django.urls import reverse

from synapse.models import Synapse
from synapse.services import interventions, parameters, versions
from synapse.services.values import set_values
from tests.web.test_browser_pages import focus, follow, keep, next_page, press, screen

pytestmark = [pytest.mark.browser, pytest.mark.slow]

__all__ = ["screen"]
VIEWS = [(1280, "light"), (1280, "dark"), (820, "light"), (390, "light"), (390, "dark")]
SHARED = (
    "/laboratory/?preset=hippocampus&set=release_probability:0.3&set=nmda_decay_time:50"
    "&protocol=pairing.lag:10,count:3&duration=5s&window=0:2s"
)


@pytest.fixture
def demo(live_server, settings, examples):
    """A demo in which a synapse of a neuron has a history and interventions."""
    settings.DEMO = True
    synapse = examples[1]
    set_values(
        synapse=synapse, values={"SynapticCleft": {"release_probability": 0.3}}, user=None,
        expected_versions=versions.current([synapse]),
    )  # fmt: skip
    interventions.deliver(synapse=synapse, kind="pre", duration=500.0, user=None)
    interventions.set_drug(synapse=synapse, name="apv", present=True, user=None)
    interventions.set_bath(synapse=synapse, name="external_magnesium", value=0.1, user=None)
    return synapse


@pytest.fixture
def places(live_server, demo):
    """The addresses of the pages."""
    own = [demo.pk]
    return {
        "parameters": reverse("synapse:parameter_page", args=own),
        "parameters-none": reverse("synapse:parameter_page", args=own) + "?q=nothing+at+all",
        "parameters-only": reverse("synapse:parameter_page", args=own) + "?only=1",
        "parameter-history": reverse("synapse:parameter_history", args=own),
        "parameter-history-empty": reverse("synapse:parameter_history", args=[demo.pk + 3]),
        "interventions": reverse("synapse:intervention_page", args=own),
        "synapse-intervened": reverse("synapse:plasticity_cycle", args=own),
        "references": reverse("synapse:reference_list"),
        "laboratory": SHARED,
        "laboratory-plain": reverse("synapse:laboratory"),
        "laboratory-refused": "/laboratory/?preset=nope&set=releas_probability:2&protocol=dance",
    }


@pytest.mark.parametrize(("width", "scheme"), VIEWS)
def test_the_pages_are_accessible_and_fit_and_break_no_policy(
    browser, live_server, places, screen, axe_violations, csp_reports, repository, width, scheme
):  # noqa: F811
    faults = []
    browser.get("about:blank")
    browser.get_log("browser")
    for name, place in places.items():
        screen(width, scheme)
        browser.get(live_server.url + place)
        faults += [f"{name}: {fault}" for fault in axe_violations()]
        faults += [f"{name}: policy: {report}" for report in csp_reports()]
        said = [
            e["message"] for e in browser.get_log("browser") if "status of 422" not in e["message"]
        ]
        faults += [f"{name}: console: {line}" for line in said]
        wide = browser.execute_script("return document.documentElement.scrollWidth - innerWidth")
        if wide > 0:
            faults.append(f"{name}: scrolls sideways by {wide} px")
        if (width, scheme) in {(1280, "light"), (1280, "dark"), (390, "light")}:
            keep(browser, screen, repository, name, width, scheme)
    assert faults == []


def box_of(browser, name: str):
    return browser.find_element("id", f"in-{name}")


def retype(browser, name: str, text: str) -> None:
    """Type over what stands in a box, as a reader does."""
    from selenium.webdriver.common.keys import Keys

    box = box_of(browser, name)
    box.send_keys(Keys.CONTROL, "a")
    box.send_keys(text)


def error_of(browser, name: str) -> str:
    return browser.find_element("id", f"e-{name}").text


TEXTS = [
    "-5", "0", "0.001", "0.0009", "1e12", "2e12", "1e999", "-1e999", "fast", "", "0,3", "1_0", ".5",
    "5.", "1e-300", "123456.7", "1234567.8", "-0.00001234567", "1e5", "1e6", "0.95", "0.9500001",
    "0.1", "99999.95", "999999.5", "nan", "Infinity", "0x10", "\u22123", " 7 ", "x" * 60,
]  # fmt: skip


def test_the_sentences_as_you_type_are_those_of_the_server(browser, live_server, places, demo):
    from synapse.services import groups

    browser.get(live_server.url + places["parameters"])
    synapse, differing = groups.load_one(demo.pk), []
    for name in ("recovery_time", "release_probability", "resting_potential", "nmda_rise_time"):
        for text in TEXTS:
            browser.execute_script(
                "const box = document.getElementById('in-' + arguments[0]);"
                " box.value = arguments[1]; box.dispatchEvent(new Event('input'));",
                name,
                text,
            )
            said = browser.execute_script(f"return document.getElementById('e-{name}').textContent")
            edit = parameters.read_edit(synapse, {name: text}, {})
            parameters.check_edit(synapse, edit)
            expected = f"{edit.errors[name]}." if name in edit.errors else ""
            if said != expected:
                differing.append((name, text, said, expected))
        browser.refresh()
    assert differing == []


def test_values_are_changed_by_mouse(
    browser, live_server, places, demo, screen, axe_violations, repository
):
    screen(1280, "light")
    browser.get(live_server.url + places["parameters"])
    retype(browser, "recovery_time", "-5")
    assert error_of(browser, "recovery_time") == (
        "recovery_time must be at least 0.001 ms; got -5 ms."
    )
    browser.find_element("css selector", ".head-row [data-save]").click()
    assert focus(browser, "name") == "recovery_time"  # kept on the page, at what is wrong
    assert axe_violations() == []
    retype(browser, "recovery_time", "700")
    assert error_of(browser, "recovery_time") == ""
    unusual = browser.find_element("css selector", "#p-recovery_time .unusual")
    assert not unusual.is_displayed()
    retype(browser, "recovery_time", "2000")
    assert unusual.is_displayed()
    retype(browser, "recovery_time", "700")
    retype(browser, "nmda_rise_time", "60")
    assert "must be less than nmda_decay_time (42.3 ms); got 60 ms" in error_of(
        browser, "nmda_rise_time"
    )
    retype(browser, "nmda_decay_time", "80")
    assert error_of(browser, "nmda_rise_time") == ""
    save = browser.find_element("css selector", ".head-row [data-save]")
    assert save.text == "Save 3 changes"
    keep(browser, screen, repository, "parameters-edited", 1280, "light")
    follow(browser, save)
    said = browser.find_element("css selector", "main [role=status]").text
    assert "Saved 3 changes" in said
    assert "changed" in browser.find_element("id", "p-recovery_time").get_attribute("class")
    browser.find_element("css selector", "#p-recovery_time [data-fill]").click()
    assert box_of(browser, "recovery_time").get_property("value") == "746"
    browser.find_element("css selector", "[data-fill=all]").click()
    assert browser.find_element("css selector", ".head-row [data-save]").text == "Save 5 changes"


def test_values_are_found_and_changed_by_keyboard_alone(browser, live_server, places, demo, screen):
    from selenium.webdriver.common.keys import Keys

    screen(1280, "light")
    browser.get(live_server.url + places["parameters"])
    for _ in range(40):
        press(browser, Keys.TAB)
        if focus(browser, "type") == "search":
            break
    press(browser, *"tau_rec")
    count = browser.find_element("css selector", "[data-count]").text
    assert count.startswith("0 of") or count.startswith("1 of")
    press(browser, *[Keys.BACKSPACE] * 7, *"recovery_time")
    assert browser.find_element("css selector", "[data-count]").text.startswith("1 of ")
    assert browser.current_url.endswith("?q=recovery_time")
    for _ in range(40):
        press(browser, Keys.TAB)
        if focus(browser, "name") == "recovery_time":
            break
    press(browser, *"690")  # Tab has selected what was there
    next_page(browser, Keys.ENTER)
    assert (
        "Saved 1 change: recovery_time."
        in browser.find_element("css selector", "main [role=status]").text
    )
    assert browser.current_url.endswith("?q=recovery_time")
    browser.find_element("partial link text", "All changes").send_keys(Keys.ENTER)
    for _ in range(40):
        press(browser, Keys.TAB)
        if focus(browser, "textContent").startswith("Go back to before"):
            break
    next_page(browser, Keys.SPACE)
    assert (
        "Brought back 1 value." in browser.find_element("css selector", "main [role=status]").text
    )


def test_a_conflict_and_a_refusal_are_accessible(
    browser, live_server, places, demo, screen, axe_violations, repository
):
    from synapse.services.interventions import set_drug

    for width, scheme in ((1280, "light"), (390, "dark")):
        screen(width, scheme)
        browser.get(live_server.url + places["parameters"])
        retype(browser, "recovery_time", f"{width}")
        present = "ttx" not in Synapse.objects.get(pk=demo.pk).neuron.active_drugs
        set_drug(synapse=demo, name="ttx", present=present, user=None)
        follow(browser, browser.find_element("css selector", ".head-row [data-save]"))
        alert = browser.find_element("css selector", "[role=alert]")
        assert "has changed since this page was opened" in alert.text
        assert box_of(browser, "recovery_time").get_property("value") == f"{width}"
        assert axe_violations() == []
        keep(browser, screen, repository, "parameters-conflict", width, scheme)
        browser.get(live_server.url + places["interventions"])
        browser.find_element("name", "event-duration").clear()
        follow(browser, browser.find_element("css selector", "button[value=pre]"))
        assert "Duration is missing." in browser.find_element("css selector", "[role=alert]").text
        assert axe_violations() == []
        keep(browser, screen, repository, "interventions-refused", width, scheme)


def test_interventions_by_keyboard_alone(browser, live_server, places, demo, screen):
    from selenium.webdriver.common.keys import Keys

    screen(1280, "light")
    browser.get(live_server.url + places["synapse-intervened"])

    def to(text: str) -> None:
        for _ in range(120):
            press(browser, Keys.TAB)
            if focus(browser, "textContent") == text:
                return
        raise AssertionError(text)

    to("Release glutamate")
    next_page(browser, Keys.SPACE)
    assert (
        "Glutamate release at 500 ms"
        in browser.find_element("css selector", "main [role=status]").text
    )
    to("Wash out")
    next_page(browser, Keys.ENTER)
    assert "APV washed out" in browser.find_element("css selector", "main [role=status]").text
    to("Back to 1 mM")
    next_page(browser, Keys.SPACE)
    assert (
        "external_magnesium set to 1 mM"
        in browser.find_element("css selector", "main [role=status]").text
    )


def test_a_view_is_shared_created_and_run(browser, live_server, places, demo, screen):
    screen(1280, "light")
    browser.get(live_server.url + places["parameters"])
    follow(browser, browser.find_element("link text", "Share this view"))
    assert browser.find_element("id", "id_address").get_property("value") == browser.current_url
    assert "set=release_probability:0.3" in browser.current_url
    browser.find_element("css selector", "[data-copy]").click()
    browser.get(live_server.url + SHARED)
    follow(browser, browser.find_element("css selector", "button[value=run]"))
    assert "run " in browser.find_element("css selector", "main > [role=status]").text
    assert Synapse.objects.get(name__startswith="Hippocampus, release").runs.get().status == "done"


def test_without_scripts_values_are_changed_and_reset(browser, live_server, places, demo, screen):
    from selenium.webdriver.support.wait import WebDriverWait

    screen(1280, "light")
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.get(live_server.url + places["parameters"])
        follow(browser, browser.find_element("css selector", "#p-release_probability button"))
        assert box_of(browser, "release_probability").get_attribute("value") == "0.186"
        assert "1 value of the preset is filled in." in browser.find_element("id", "main").text
        follow(browser, browser.find_element("css selector", ".head-row [data-save]"))
        assert "Saved 1 change: release_probability." in browser.find_element("id", "main").text
        browser.find_element("id", "flt").send_keys("magnesium")
        browser.find_element("css selector", "[data-no-script]").click()
        WebDriverWait(browser, 20).until(lambda _: "q=magnesium" in browser.current_url)
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
