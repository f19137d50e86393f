"""Every page without a browser: who may see it, what it says, what it costs."""

import csv
import io
import json
import re
from html.parser import HTMLParser

import pytest
from django.urls import reverse

from synapse.models import Run, RunStatus, Synapse, Visibility
from synapse.plasticity.bounds import HOUR
from synapse.plasticity.components import COMPONENTS
from synapse.services.examples import load_examples
from synapse.services.traces import read_trace

pytestmark = pytest.mark.django_db
VOID = {"meta", "link", "input", "br", "hr", "img"}
SVG_ALONE = {"path", "rect", "circle", "polyline", "polygon"}


class Page(HTMLParser):
    """What a browser would forgive and a reader would not."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.labels: set[str] = set()
        self.links: list[str] = []
        self.faults: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)
        self._look(tag, dict(attrs))

    def handle_startendtag(self, tag, attrs):
        self._look(tag, dict(attrs))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> closes nothing")

    def _look(self, tag, attrs):
        if "style" in attrs or any(name.startswith("on") for name in attrs):
            self.faults.append(f"<{tag}> has an inline style or handler")
        if tag == "style" or (tag == "script" and "src" not in attrs):
            self.faults.append(f"inline <{tag}>")
        if "id" in attrs:
            self.ids.append(attrs["id"])
        self.labels |= set((attrs.get("aria-labelledby") or "").split())
        self.labels |= set((attrs.get("aria-describedby") or "").split())
        if tag == "a":
            self.links.append(attrs.get("href", ""))
        if any(
            str(v).startswith(("http:", "https:", "//")) for k, v in attrs.items() if k != "xmlns"
        ):
            self.faults.append(f"<{tag}> asks another host")


@pytest.fixture
def pages(synapse, finished_run):
    """The address of every page, by name."""
    return {
        "home": reverse("home"),
        "login": reverse("login"),
        "synapses": reverse("synapse:synapse_list"),
        "cycle": reverse("synapse:plasticity_cycle", args=[synapse.pk]),
        "other cycle": reverse("synapse:plasticity_cycle", args=[synapse.pk + 1]),
        "runs of a synapse": reverse("synapse:synapse_runs", args=[synapse.pk]),
        "diagram of a synapse": reverse("synapse:synapse_diagram", args=[synapse.pk]),
        "runs": reverse("synapse:run_list"),
        "report": reverse("synapse:plasticity_report", args=[finished_run.pk]),
        "diagram": reverse("synapse:plasticity_diagram"),
        "experiments": reverse("synapse:experiment_gallery"),
        "experiment": reverse("synapse:experiment_detail", args=["late-ltp"]),
    }


def test_every_page_is_sound_html_with_nothing_inline_and_nothing_from_elsewhere(client, pages):
    for name, address in pages.items():
        response = client.get(address)
        assert response.status_code == 200, name
        page = Page(response.content.decode())
        assert page.faults == [], name
        assert page.open == [], name
        assert len(page.ids) == len(set(page.ids)), name
        assert page.labels <= set(page.ids), name
        assert response.content.count(b"<h1") == 1, name
        assert b"{{" not in response.content, name
        assert b"{%" not in response.content, name


def test_no_link_on_any_page_is_dead(client, pages):
    links = set()
    for address in pages.values():
        page = Page(client.get(address).content.decode())
        fragments = {link[1:] for link in page.links if link.startswith("#")}
        assert fragments <= set(page.ids), address
        links |= {link.split("#")[0] for link in page.links if not link.startswith("#")}
    for link in sorted(links):
        answer = client.get(link)
        assert answer.status_code == 200, link
        assert b"".join(answer), link  # a file is closed once it is read


def test_every_page_has_its_template(client, pages):
    for name, template in (
        ("cycle", "synapse/plasticity_cycle_result.html"),
        ("report", "synapse/plasticity_report.html"),
        ("diagram", "synapse/plasticity_diagram.html"),
    ):
        assert template in [t.name for t in client.get(pages[name]).templates]


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("home", 3),
        ("synapses", 3),
        ("runs", 3),
        ("report", 2),
        ("diagram", 0),
        ("cycle", 30),
        ("experiments", 0),
        ("experiment", 0),
    ],
)
def test_a_page_needs_few_queries(client, pages, name, most, django_assert_max_num_queries):
    with django_assert_max_num_queries(most):
        client.get(pages[name])


def test_a_list_needs_no_more_queries_for_more_synapses(
    client, examples, django_assert_num_queries
):
    address = reverse("synapse:synapse_list")
    with django_assert_num_queries(2):
        client.get(address)
    Synapse.objects.filter(pk=examples[0].pk).update(visibility=Visibility.PRIVATE)
    with django_assert_num_queries(2):
        client.get(address)


def test_pages_can_only_be_read_except_the_cycle(client, pages):
    for name, address in pages.items():
        if name not in ("cycle", "other cycle", "login"):
            assert client.post(address).status_code == 405, name


# --- empty ------------------------------------------------------------------------------


def test_an_empty_site_says_what_would_be_there(client, words):
    assert "No synapses yet." in words(client.get(reverse("home")))
    assert "No runs yet." in words(client.get(reverse("home")))
    assert "No synapses yet." in words(client.get(reverse("synapse:synapse_list")))
    assert "No runs to show yet." in words(client.get(reverse("synapse:run_list")))


def test_a_synapse_without_runs_says_so(client, synapse, words):
    address = reverse("synapse:plasticity_cycle", args=[synapse.pk])
    assert "No runs of this synapse to show yet." in words(client.get(address))


def test_pages_that_do_not_exist_are_not_found(client, examples):
    for address in ("/synapses/999/", "/runs/999/", "/runs/999/trace.csv", "/nowhere"):
        response = client.get(address)
        assert response.status_code == 404
        assert b"There is no such page" in response.content


# --- who may see what -------------------------------------------------------------------


def addresses_of(synapse: Synapse) -> list[str]:
    names = ("plasticity_cycle", "synapse_runs", "synapse_diagram", "synapse_json")
    return [reverse(f"synapse:{name}", args=[synapse.pk]) for name in names]


def test_a_private_synapse_is_there_for_its_owner_only(client, own, ada, django_user_model):
    for address in addresses_of(own):
        assert client.get(address).status_code == 404
    client.force_login(django_user_model.objects.create_user("bob"))
    for address in addresses_of(own):
        assert client.get(address).status_code == 404
    assert own.name.encode() not in client.get(reverse("synapse:synapse_list")).content
    client.force_login(ada)
    for address in addresses_of(own):
        assert client.get(address).status_code == 200
    assert b"Ada&#x27;s synapse" in client.get(reverse("synapse:synapse_list")).content


def test_a_shared_link_opens_a_synapse_and_is_kept_by_its_links(client, own):
    own.visibility = Visibility.LINK
    own.save()
    for address in addresses_of(own):
        assert client.get(address).status_code == 404
        assert client.get(f"{address}?key=wrong").status_code == 404
        assert client.get(f"{address}?key={own.share_key}").status_code == 200
    page = client.get(f"{addresses_of(own)[0]}?key={own.share_key}")
    assert f"runs/?key={own.share_key}".encode() in page.content


def test_a_private_run_is_there_for_its_owner_only(client, finished_run, ada):
    Run.objects.filter(pk=finished_run.pk).update(owner=ada, visibility=Visibility.PRIVATE)
    for name in ("plasticity_report", "trace_csv"):
        address = reverse(f"synapse:{name}", args=[finished_run.pk])
        assert client.get(address).status_code == 404
        client.force_login(ada)
        assert client.get(address).status_code == 200
        client.logout()
    cycle = client.get(reverse("synapse:plasticity_cycle", args=[finished_run.synapse_id]))
    assert b"Open run" not in cycle.content


def test_names_are_escaped_everywhere(client, synapse, finished_run, pages):
    bad = '<script>alert("x")</script>'
    Synapse.objects.filter(pk=synapse.pk).update(name=bad)
    Run.objects.filter(pk=finished_run.pk).update(title=bad, error=bad)
    for name, address in pages.items():
        content = client.get(address).content
        assert b"<script>alert" not in content, name
    assert b"&lt;script&gt;alert" in client.get(pages["cycle"]).content


# --- what the pages say -----------------------------------------------------------------


def test_the_cycle_shows_every_variable_of_every_component(client, pages):
    content = client.get(pages["cycle"]).content.decode()
    for component in COMPONENTS:
        for quantity in (*component.states, *component.derived):
            assert f">{quantity.name}</code>" in content
        assert content.count(f">{component.title}<") or component.accessor in content


def test_the_drawing_and_the_list_of_the_cascade_hold_the_same_numbers(client, pages):
    content = client.get(pages["cycle"]).content.decode()
    drawing, _, rest = content.partition('<ol class="cascade-list">')
    listed = re.findall(r'<span class="v"><span>.*?</span><span>([^<]*)</span>', rest)
    drawn = re.findall(r'<text class="(?:val e|bigv)"[^>]*>([^<]*)</text>', drawing)
    assert sorted(listed) == sorted(drawn)
    assert len(listed) > 30


def test_the_cycle_shows_the_weight_after_each_tick_of_the_last_run(client, pages, finished_run):
    content = client.get(pages["cycle"]).content.decode()
    shown = re.findall(r"tick (\d+)</th><td class=\"num\">([\d.]+)</td>", content)
    assert [int(number) for number, _ in shown] == list(range(1, 11))
    weights = [float(weight) for _, weight in shown]
    assert weights == sorted(weights)
    assert weights[-1] == pytest.approx(read_trace(finished_run).columns["weight"][-1], abs=5e-7)


def test_the_report_names_what_is_needed_to_run_again(client, pages, finished_run, words):
    text = words(client.get(pages["report"]))
    for part in (finished_run.result_hash, "plain Python", "numpy", "Simulated 10 min", "PCG64"):
        assert part in text
    assert "computed samples" in text
    assert "The committed weight rises from" in text


def test_a_run_of_hours_is_reduced_and_says_so(client, synapse, words):
    from synapse.plasticity.protocols import PROTOCOLS
    from synapse.services.runs import execute

    run = execute(
        synapse=synapse, protocol=PROTOCOLS["pairing"](), duration_ms=2 * HOUR, back_end="python"
    )
    response = client.get(reverse("synapse:plasticity_report", args=[run.pk]))
    assert "minimum and maximum of" in words(response)
    assert len(response.content) < 400_000


@pytest.mark.parametrize("status", RunStatus.values)
def test_a_run_in_any_state_has_a_page(client, synapse, status, words):
    run = Run.objects.create(
        synapse=synapse, visibility=Visibility.PUBLIC, status=status, total=1e6, done=3e5,
        error="calcium_decay_time must be at least 0.001 ms; got −5 ms" * (status == "failed"),
    )  # fmt: skip
    for name, args in (
        ("plasticity_report", [run.pk]),
        ("run_list", []),
        ("plasticity_cycle", [synapse.pk]),
    ):
        response = client.get(reverse(f"synapse:{name}", args=args))
        assert response.status_code == 200
        assert Page(response.content.decode()).faults == []
    if status == "failed":
        assert "got −5 ms" in words(response)


def test_the_csv_holds_every_sample_with_units(client, finished_run):
    response = client.get(reverse("synapse:trace_csv", args=[finished_run.pk]))
    rows = list(csv.reader(io.StringIO(response.getvalue().decode())))
    assert rows[0][:2] == ["time_ms", "calcium_uM"]
    assert len(rows) == 1 + len(read_trace(finished_run))
    assert f'filename="run-{finished_run.pk}.csv"' in response["Content-Disposition"]


def test_the_json_holds_every_stored_quantity(client, synapse):
    response = client.get(reverse("synapse:synapse_json", args=[synapse.pk]))
    assert response["Content-Type"] == "application/json"
    components = json.loads(response.content)["components"]
    for component in COMPONENTS:
        assert set(components[component.name]["states"]) == {q.name for q in component.states}


def test_the_home_page_opens_the_chosen_synapse_with_the_protocol_filled_in(
    client, examples, settings
):
    settings.DEMO = True
    chosen = {"synapse": examples[4].pk, "protocol": "tetanus", "duration": "10"}
    response = client.get(reverse("synapse:synapse_list"), chosen, follow=True)
    assert response.request["PATH_INFO"] == f"/synapses/{examples[4].pk}/"
    assert b'<option value="tetanus" selected>' in response.content
    odd = {"synapse": examples[4].pk, "protocol": "<script>", "duration": '"><u>'}
    response = client.get(reverse("synapse:synapse_list"), odd, follow=True)
    assert response.status_code == 200
    assert b'"><u>' not in response.content


def test_a_long_list_has_pages(client, synapse):
    Run.objects.bulk_create(
        Run(synapse=synapse, visibility=Visibility.PUBLIC, share_key=f"k{i}") for i in range(30)
    )
    first = client.get(reverse("synapse:run_list"))
    assert b"Page 1 of 2" in first.content
    assert b"Page 2 of 2" in client.get(reverse("synapse:run_list"), {"page": 2}).content
    assert client.get(reverse("synapse:run_list"), {"page": "no"}).status_code == 200


def test_examples_may_be_loaded_twice_without_new_entries(client, examples):
    load_examples()
    assert client.get(reverse("synapse:synapse_list")).content.count(b'data-l="Synapse"') == len(
        examples
    )


@pytest.mark.parametrize("demo", [True, False])
def test_the_demo_says_that_it_is_one(client, settings, demo):
    settings.DEMO = demo
    assert (b"This is a demo." in client.get(reverse("home")).content) is demo


def test_logging_in_leads_back_and_logging_out_home(client, ada, synapse):
    cycle = reverse("synapse:plasticity_cycle", args=[synapse.pk])
    login = f"{reverse('login')}?next={cycle}"
    wrong = client.post(login, {"username": "ada", "password": "wrong", "next": cycle})
    assert b"do not belong together" in wrong.content
    right = client.post(login, {"username": "ada", "password": "secret", "next": cycle})
    assert right.url == cycle
    assert b"Logged in as ada" in client.get(cycle).content
    assert client.post(reverse("logout")).url == reverse("home")


def test_an_error_on_our_side_has_a_page_that_needs_nothing(rf):
    from django.views.defaults import server_error

    response = server_error(rf.get("/"))
    assert response.status_code == 500
    assert b"The error is on our side" in response.content
    assert Page(response.content.decode()).faults == []


def test_the_pages_are_loaded_without_the_compiler():
    import subprocess
    import sys

    code = (
        "import os, sys, django\n"
        "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'event_driven_retraining.settings')\n"
        "django.setup()\n"
        "import event_driven_retraining.urls\n"
        "print('numba' in sys.modules, 'zarr' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_a_window_of_a_report_draws_the_beginning_only(client, finished_run, words):
    address = reverse("synapse:plasticity_report", args=[finished_run.pk])
    whole, part = client.get(address), client.get(address, {"window": "first minute"})
    assert whole.context["chart"].drawings[0].time_title == "time (min)"
    assert part.context["chart"].drawings[0].time_title == "time (s)"
    assert whole.context["last"] == part.context["last"]
    assert whole.context["windows"] == ["first minute", "first 2 s"]
    assert client.get(address, {"window": "nonsense"}).context["window"] == ""
    linked = client.get(address, {"window": "first minute", "key": "abc"}).content
    assert b"?key=abc#h-tr" in linked
