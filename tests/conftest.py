"""What every test may use: shared data, a browser, and quick passwords."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
AXE = Path(__file__).parent / "web" / "vendor" / "axe-core" / "axe.min.js"
CHROMIUM_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
)
# Filled before any script of the page runs, so that no report is missed.
COLLECT_REPORTS = """
window.cspReports = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.cspReports.push(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`);
});
"""


def find_browser() -> tuple[str, str] | None:
    """Return the paths of Chromium and its driver, or None; nothing is ever downloaded."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    driver = shutil.which("chromedriver")
    return (chromium, driver) if chromium and driver else None


def browser_required() -> bool:
    return os.environ.get("REQUIRE_BROWSER") == "1"


def pytest_configure(config: pytest.Config) -> None:
    from django.conf import settings

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def pytest_report_header(config: pytest.Config) -> list[str]:
    shared = os.environ.get("SHARED_DATA") or "not set: tests that read it are skipped"
    found = find_browser()
    browser = found[0] if found else "no Chromium with driver: browser tests are skipped"
    return [f"shared data: {shared}", f"browser: {browser}"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if find_browser() or browser_required():
        return
    skip = pytest.mark.skip(reason="no Chromium with driver on this machine")
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(skip)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep SQLite's test database in a file, so that several threads can have it open."""
    from django.db import connection

    if connection.vendor == "sqlite":
        folder = tmp_path_factory.mktemp("database")
        connection.settings_dict["TEST"]["NAME"] = str(folder / "test.sqlite3")


@pytest.fixture(scope="session")
def repository() -> Path:
    """The folder of the checkout."""
    return REPOSITORY


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with published and reference numbers; its place is in SHARED_DATA."""
    place = os.environ.get("SHARED_DATA")
    if not place:
        pytest.skip("SHARED_DATA is not set")
    folder = Path(place)
    assert folder.is_dir(), f"SHARED_DATA names no folder: {folder}"
    return folder.resolve()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """One headless Chromium for the whole test run, driven by Selenium."""
    found = find_browser()
    if not found:
        if browser_required():
            pytest.fail("REQUIRE_BROWSER=1, but there is no Chromium with driver")
        pytest.skip("no Chromium with driver on this machine")
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = found[0]
    for flag in CHROMIUM_FLAGS:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(found[1]))
    driver.implicitly_wait(10)  # a click may lead to a page that is still on its way
    driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": COLLECT_REPORTS})
    try:
        yield driver
    finally:
        driver.quit()


@pytest.fixture
def browser(chromium: Any) -> Any:
    """The browser, without the page of the test before, which might still send something."""
    chromium.get("about:blank")
    chromium.get_log("browser")
    return chromium


@pytest.fixture
def csp_reports(browser: Any) -> Any:
    """A function that returns what the policy refused on the page now open."""
    return lambda: browser.execute_script("return window.cspReports;")


@pytest.fixture
def axe_violations(browser: Any) -> Any:
    """A function that returns the accessibility faults of the page now open, one line each."""

    def run() -> list[str]:
        browser.execute_cdp_cmd("Runtime.evaluate", {"expression": AXE.read_text("utf-8")})
        result = browser.execute_async_script(
            "const done = arguments[arguments.length - 1]; axe.run().then(done, done);"
        )
        assert "violations" in result, result
        return [
            f"{fault['id']}: {fault['help']}: {node['html']}"
            for fault in result["violations"]
            for node in fault["nodes"]
        ]

    return run


@pytest.fixture(autouse=True)
def _no_worker_is_stopping() -> None:
    """A worker that a test asked to stop, in this process, stops no other test."""
    from synapse.services import run_worker

    run_worker.stopping.clear()
