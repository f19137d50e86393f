"""How fast long traces are sent, drawn and zoomed; the numbers stand in docs/traces.md.

``pytest tests/web/test_traces_speed.py -s`` prints them.
"""

import json
import time
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from synapse.models import Run, Synapse
from synapse.plasticity.bounds import HOUR, MINUTE, SECOND
from synapse.plasticity.experiments.tagging import STRONG, WEAK, placed
from synapse.plasticity.stimulus import Protocol, train
from synapse.services.presets import create_from_preset
from synapse.services.runs import Plan, RunInProgress

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ONE_SPIKE = 200.0
"""A window (ms) that shows one spike."""


def tagging(first: Synapse) -> Run:
    """A weak tetanus, and a strong one on a neighbour half an hour later; 10 h."""
    names = ("neuron", "astrocyte_unit", "consolidation_protein_pool", "dopamine_cleft")
    shared: Any = {name: getattr(first, name) for name in names}
    second = create_from_preset(preset="hippocampus", name="strong", **shared)
    events = (*placed(WEAK, synapse=0, at=0.0), *placed(STRONG, synapse=1, at=30 * MINUTE))
    protocol = Protocol(name="tagging", title="Tagging and capture", meaning="", events=events)
    return done([first, second], protocol, 10 * HOUR)


def a_million(synapse: Synapse) -> Run:
    """A stimulus each second for most of an hour: a million ticks."""
    events = tuple(train("field", start=SECOND, interval=1000.0, count=3400))
    protocol = Protocol(name="slow", title="Field, 1 Hz", meaning="", events=events)
    return done([synapse], protocol, HOUR)


def done(synapses: list[Synapse], protocol: Protocol, duration: float) -> Run:
    work = RunInProgress(synapses, Plan(protocol=protocol, duration=duration), seed=1)
    for _ in work.steps():
        pass
    return Run.objects.get(pk=work.run.pk)


@pytest.fixture
def runs(live_server, settings, examples) -> dict[str, Run]:
    settings.DEMO = True
    first, other = (create_from_preset(preset="hippocampus", name=n) for n in ("weak", "slow"))
    Synapse.objects.filter(pk__in=[first.pk, other.pk]).update(visibility="public")
    rows = Synapse.objects.with_components()
    return {
        "tagging": tagging(rows.get(pk=first.pk)), "a million": a_million(rows.get(pk=other.pk))
    }  # fmt: skip


def served(run: Run, **query: Any) -> tuple[float, int]:
    """Return the shortest of three server times (ms) of a window, and its bytes."""
    client, address, times = Client(), reverse("synapse:trace_window", args=[run.pk]), []
    for _ in range(3):
        start = time.perf_counter()
        answer = client.get(address, {"width": 1200, **query})
        times.append(1000 * (time.perf_counter() - start))
    assert answer.status_code == 200
    return min(times), len(answer.content)


def settled(browser: Any) -> dict[str, Any]:
    """Wait for the figure; return how long fetching and drawing took."""
    from selenium.webdriver.support.wait import WebDriverWait

    ready = (
        "const f = document.querySelector('[data-traces]').traceFigure;"
        "return Boolean(f && f.data && f.data.from === f.view.from && f.data.to === f.view.to"
        " && !f.root.hasAttribute('aria-busy'))"
    )
    WebDriverWait(browser, 30, 0.02).until(lambda _: browser.execute_script(ready))
    took: dict[str, Any] = json.loads(
        browser.execute_script("return document.querySelector('[data-traces]').dataset.took")
    )
    return took


def shown(browser: Any) -> float:
    """Return how long the window is that is shown, ms."""
    view = "const v = document.querySelector('[data-traces]').traceFigure.view;"
    return float(browser.execute_script(f"{view} return v.to - v.from"))


def test_long_traces_are_served_and_drawn_quickly(browser, live_server, runs):
    for name, run in runs.items():
        Run.objects.filter(pk=run.pk).update(visibility="public")
        address = reverse("synapse:plasticity_report", args=[run.pk])
        whole_ms, whole_bytes = served(run)
        part_ms, part_bytes = served(run, **{"from": 0, "to": 2 * SECOND})
        start = time.perf_counter()
        page = Client().get(address)
        page_ms = 1000 * (time.perf_counter() - start)
        browser.get(live_server.url + address)
        first = settled(browser)
        drawn = browser.execute_script(
            "return +document.querySelector('[data-part=plots]').dataset.drawn"
        )
        browser.find_element("css selector", "[data-do=peak]").click()
        zoom = [settled(browser)]
        while (span := shown(browser)) > ONE_SPIKE:
            browser.find_element("css selector", "[data-do=in]").click()
            zoom.append(settled(browser))
        slowest = max(step["drawn"] for step in zoom)
        print(
            f"\n{name}: {run.ticks} ticks, {'zarr' if run.trace_path else 'row'}\n"
            f"  page {len(page.content)} bytes, {page_ms:.0f} ms on the server\n"
            f"  whole window {whole_bytes} bytes, {whole_ms:.0f} ms on the server\n"
            f"  first 2 s {part_bytes} bytes, {part_ms:.0f} ms on the server\n"
            f"  first drawing {drawn:.0f} ms after the navigation, of it "
            f"{first['drawn']:.0f} ms for fetching and drawing {first['bytes']} bytes\n"
            f"  zoom to {span:.0f} ms in {len(zoom)} steps, the slowest {slowest:.0f} ms, "
            f"together {sum(step['drawn'] for step in zoom):.0f} ms"
        )
        assert whole_bytes < 300_000
        assert whole_ms < 1000
        assert slowest < 2000
    browser.get("about:blank")
    assert runs["a million"].ticks > 1_000_000
