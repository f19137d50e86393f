"""The gallery of the experiments and their pages, without a browser."""

import json
import re
from html.parser import HTMLParser

import pytest
from django.urls import reverse

from synapse.plasticity.drugs import DRUGS
from synapse.plasticity.experiments import EXPERIMENTS
from synapse.plasticity.experiments.experiment import Condition, Experiment, verdict
from synapse.plasticity.experiments.running import run_experiment
from synapse.plasticity.stimulus import Event
from synapse.rendering.experiment_protocol import events_text
from synapse.services import experiment_runs, reproduce
from synapse.services.experiment_pages import Found, changeable, find_experiment, recorded_results

pytestmark = pytest.mark.django_db
NAMES = [experiment.name for experiment in EXPERIMENTS]
QUICK = "spine-calcium"
"""An experiment that runs in an instant, in plain Python."""
GALLERY = "/experiments/"


class Page(HTMLParser):
    """Ids, links and labels of a page, and what is not closed or stands inline."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.labels: set[str] = set()
        self.faults = re.findall(r"<style|\sstyle=|\son[a-z]+=|{{|{%|https?://(?!www.w3)", text)
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        if tag not in ("meta", "link", "input", "br"):
            self.open.append(tag)
        self.handle_startendtag(tag, attrs)

    def handle_startendtag(self, tag, attrs):
        of = dict(attrs)
        self.ids += [of["id"]] if "id" in of else []
        self.links += [of["href"]] if tag == "a" else []
        for name in ("aria-labelledby", "aria-describedby"):
            self.labels |= set(of.get(name, "").split())

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> closes nothing")


def soundly(response) -> Page:
    """Return a page that is well formed, with nothing inline and no id twice."""
    page = Page(response.content.decode())
    assert (page.faults, page.open) == ([], [])
    assert len(page.ids) == len(set(page.ids))
    assert page.labels <= set(page.ids)
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)
    assert response.content.count(b"<h1") == 1
    return page


def address(name: str, query: str = "") -> str:
    return reverse("synapse:experiment_detail", args=[name]) + query


@pytest.fixture
def no_simulation(monkeypatch):
    """Let every simulation fail."""

    def refuse(*args, **kwargs):
        raise AssertionError("a simulation was run")

    monkeypatch.setattr("synapse.plasticity.simulation.Simulation.__init__", refuse)


@pytest.fixture
def demo(settings):
    settings.DEMO = True


@pytest.fixture
def recorded(monkeypatch, tmp_path):
    """A function that writes values which stand for what was recorded."""

    def write(name: str, values: dict[str, float], version: str = reproduce.MODEL_VERSION) -> None:
        path = tmp_path / "recorded.json"
        experiments = {name: {"verdict": "pass", "held": 0, "values": values}}
        path.write_text(json.dumps({"model_version": version, "experiments": experiments}))
        monkeypatch.setattr(reproduce, "RECORDED", path)

    return write


def experiment_of(name: str) -> Experiment:
    found = find_experiment(name)
    assert found is not None
    return found


def met(condition: Condition) -> float:
    """Return a value that meets the rule of a condition."""
    p = condition.published
    if p.rule == "sign":
        return 50.0 * p.value
    if p.rule == "range":
        return (p.low + 1.0 if p.high == float("inf") else p.high) if p.low is not None else p.high
    return p.value


# --- what is shown -----------------------------------------------------------------------


def test_the_gallery_shows_every_experiment_and_runs_nothing(client, no_simulation, words):
    response = client.get(GALLERY)
    assert response.status_code == 200
    text = words(response)
    page = soundly(response)
    for experiment in EXPERIMENTS:
        assert experiment.title in text
        assert experiment.name in page.ids
        assert address(experiment.name) in page.links


def test_every_figure_says_what_it_shows(client, no_simulation):
    html = client.get(GALLERY).content.decode()
    labels = re.findall(r'role="img" aria-label="([^"]+)"', html)
    assert len(labels) == len(EXPERIMENTS)
    for experiment, label in zip(sorted(EXPERIMENTS, key=lambda e: e.control), labels, strict=True):
        assert label.startswith(experiment.title)
        assert re.search(r"passes|fails|not recorded", label)


@pytest.mark.parametrize("name", NAMES)
def test_every_experiment_has_a_sound_page_and_runs_nothing(client, no_simulation, words, name):
    response = client.get(address(name))
    assert response.status_code == 200
    soundly(response)
    text = words(response)
    assert experiment_of(name).question in text
    assert "log in to run it" in text
    assert "nan" not in re.findall(r"[a-z]+", text.lower())


def test_pages_need_no_query_without_a_login(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        client.get(GALLERY)
        client.get(address(QUICK))


@pytest.mark.parametrize("name", ["nothing", "STDP-window", "recorded"])
def test_an_unknown_experiment_has_no_page(client, name):
    assert client.get(f"/experiments/{name}/").status_code == 404


def test_pages_are_only_read(client):
    assert client.post(GALLERY).status_code == 405
    assert client.post(address(QUICK)).status_code == 405


def test_the_tally_counts_what_is_recorded(client, words):
    found = [one for one in recorded_results() if not one.experiment.control]
    passed = sum(one.verdict == "pass" for one in found)
    failed = sum(one.verdict == "fail" for one in found)
    text = words(client.get(GALLERY))
    assert f"{len(found)} experiments: {passed} pass" in text
    assert f"{failed} fail" in text


def test_badges_are_honest(client, words, recorded):
    experiment = experiment_of("triplets")
    values = {c.label: met(c) for c in experiment.conditions}
    recorded("triplets", values)
    whole = len(values)
    assert f"Passes {whole} of {whole} points hold within 0.0 SEM" in words(client.get(GALLERY))
    first = experiment.conditions[0]
    values[first.label] = first.published.value + 7.0 * first.published.error
    recorded("triplets", values)
    text = words(client.get(GALLERY))
    assert f"Fails {whole - 1} of {whole} points hold off by 7.0 SEM" in text
    assert "Not recorded" in text
    assert "published numbers are signs only" not in words(client.get(address("triplets")))


def test_signs_and_memories_are_named(client, words):
    experiment = next(e for e in EXPERIMENTS if e.signs_only and e.remembered and not e.control)
    text = words(client.get(address(experiment.name)))
    assert "published numbers are signs only" in text
    assert "remembered, to verify" in text


def test_results_of_another_model_are_called_old(client, words, recorded):
    recorded(QUICK, {}, version="of the past")
    assert "model version of the past" in words(client.get(GALLERY))


def test_a_value_that_is_no_number_never_holds():
    experiment = next(e for e in EXPERIMENTS if e.signs_only)
    values = (float("nan"),) * len(experiment.conditions)
    assert Found.of(experiment, values, ran=True).verdict == "fail"
    assert Found.of(experiment, values).verdict is None


def test_the_farthest_point_is_the_one_that_misses_most():
    experiment = experiment_of("external-calcium")
    values = [met(c) for c in experiment.conditions]
    places = [i for i, c in enumerate(experiment.conditions) if c.published.value == 0.0]
    values[places[0]], values[places[1]] = 6.0, -40.0
    far = Found.of(experiment, tuple(values)).farthest
    assert far is not None
    assert far.condition is experiment.conditions[places[1]]


def test_protocols_are_told_in_words():
    train = [Event(time=1000.0 + 10 * i, kind="pre") for i in range(3)]
    bursts = [Event(time=1000.0 + 500 * i + 5 * j, kind="post") for i in range(4) for j in (0, 1)]
    odd = [Event(time=t, kind="field", synapse=0) for t in (0.0, 10.0, 500.0, 510.0, 520.0)]
    pair = [Event(time=0.0, kind="dopamine"), Event(time=2000.0, kind="dopamine")]
    drug = [Event(time=0.0, kind="drug", name="ttx")]
    assert events_text([*train, *bursts, *odd, *pair, *drug]) == (
        "3 presynaptic spikes, one every 10 ms, from 1 s",
        "8 postsynaptic spikes in 4 bursts of 2, 5 ms apart, a burst every 500 ms, from 1 s",
        "5 field pulses at uneven times until 520 ms, from 0 s, synapse 1",
        "2 dopamine pulses at 0 s and 2 s",
        f"{DRUGS['ttx'].title} added at 0 s",
    )
    assert events_text([]) == ("nothing",)


# --- what is run -------------------------------------------------------------------------


def test_a_changed_parameter_is_run_and_shown_beside_the_recorded_one(client, demo, words):
    response = client.get(address(QUICK, "?set=calcium_decay_time:30"))
    assert response.status_code == 200
    text = words(response)
    assert "Before and after the change" in text
    expected = run_experiment(
        experiment_of(QUICK), values={"calcium_decay_time": 30.0}, compiled=False
    )
    changed = response.context["changed"]
    assert [r.got for r in changed.results] == pytest.approx([r.got for r in expected], rel=1e-9)
    assert changed.verdict == verdict(expected)
    soundly(response)
    assert response.content.count(b"mk d-model2") > len(expected)


def test_a_result_is_remembered(client, demo, monkeypatch):
    query = "?set=calcium_decay_time:29"
    first = client.get(address(QUICK, query)).context["changed"]

    def refuse(*args, **kwargs):
        raise AssertionError("it was run again")

    monkeypatch.setattr(experiment_runs, "simulate", refuse)
    assert client.get(address(QUICK, query)).context["changed"] is first


def test_the_form_leads_to_an_address_that_can_be_shared(client, demo):
    query = "?p1=recovery_time&v1=500&p2=&v2=&p3=calcium_decay_time&v3=12.5"
    response = client.get(address(QUICK, query))
    assert response.status_code == 302
    assert response["Location"] == address(
        QUICK, "?set=calcium_decay_time:12.5&set=recovery_time:500"
    )


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("?set=calcium_decay_time:-5", "calcium_decay_time must be at least 0.001 ms; got -5 ms."),
        ("?set=calcium_decay_time:soon", "calcium_decay_time must be a number; got soon."),
        ("?set=calcium_decay_time:nan", "calcium_decay_time must be a finite number; got nan."),
        ("?set=calcium_decay_time:", "The value of calcium_decay_time is missing"),
        ("?set=calcium_decay_time", "The value of calcium_decay_time is missing"),
        ("?set=calcium_decay_tim:5", "Did you mean calcium_decay_time?"),
        ("?set=:5", "got nothing"),
        ("?p1=&v1=", "Name at least one parameter."),
        ("?set=calcium_decay_time:5&set=calcium_decay_time:6", "calcium_decay_time is named twice"),
        ("?set=a:1&set=b:1&set=c:1&set=d:1", "At most 3 parameters may be set; got 4."),
        ("?set=external_calcium:2", "external_calcium cannot be changed here"),
        ("?set=fine_step:0.01", "fine_step cannot be changed here: it is fixed, or the protocol"),
        ("?set=<script>alert(1)</script>:2", "got &lt;script&gt;alert(1)&lt;/script&gt;"),
    ],
)
def test_a_bad_change_is_refused_in_a_sentence(client, demo, no_simulation, query, sentence):
    response = client.get(address(QUICK, query))
    assert response.status_code == 422
    assert sentence in response.content.decode()
    soundly(response)


def test_a_stranger_reads_and_a_user_runs(client, ada, no_simulation, words, monkeypatch):
    query = "?set=calcium_decay_time:28&trace=0"
    response = client.get(address(QUICK, query))
    assert response.status_code == 200
    assert "log in to run it" in words(response)
    asked = []
    monkeypatch.setattr(
        "synapse.views.experiments.run_changed", lambda *args: asked.append(args) or None
    )
    client.force_login(ada)
    client.get(address(QUICK, "?set=calcium_decay_time:28"))
    assert asked == [(experiment_of(QUICK), (("calcium_decay_time", 28.0),))]


def test_a_run_that_is_too_long_is_refused_before_it_starts(
    client, demo, no_simulation, words, monkeypatch
):
    monkeypatch.setattr(experiment_runs, "MOST_WORK", 10)
    response = client.get(address(QUICK, "?set=calcium_decay_time:27"))
    assert response.status_code == 422
    assert "a page runs at most 10" in words(response)


def test_a_run_that_becomes_too_long_is_stopped(client, demo, words, monkeypatch):
    monkeypatch.setattr(experiment_runs, "LONGEST", 0.0)
    for query in ("?set=calcium_decay_time:26", "?trace=1"):
        response = client.get(address(QUICK, query))
        assert response.status_code == 422
        assert "takes too long for a page" in words(response)
    assert experiment_runs._turn.acquire(timeout=1)
    experiment_runs._turn.release()


def test_a_second_run_waits_and_gives_up(client, demo, words, monkeypatch):
    monkeypatch.setattr(experiment_runs, "PATIENCE", 0.01)
    with experiment_runs._turn:
        response = client.get(address(QUICK, "?set=calcium_decay_time:25"))
    assert response.status_code == 503
    assert "Another experiment is running." in words(response)


def test_what_cannot_be_read_is_a_failure_not_a_traceback(client, demo, words):
    response = client.get(address("calcium-decay", "?set=calcium_decay_time:5000"))
    assert response.status_code == 200
    assert "1 could not be read from the run" in words(response)


def test_every_bound_of_a_parameter_can_be_run(client, demo, monkeypatch):
    """At its bounds the model may do as it likes, but the page stands."""
    monkeypatch.setattr(experiment_runs, "LONGEST", 0.5)
    for name in ("calcium_decay_time", "release_probability", "nmda_conductance"):
        quantity = changeable(experiment_of(QUICK))[name].quantity
        for bound in (quantity.minimum, quantity.maximum):
            response = client.get(address(QUICK, f"?set={name}:{bound!r}"))
            assert response.status_code in (200, 422), (name, bound)


# --- traces ------------------------------------------------------------------------------


def test_the_traces_of_a_condition_are_run_when_asked_for(client, demo, words):
    response = client.get(address("short-term-plasticity", "?trace=4"))
    text = words(response)
    assert "calcium in the spine head" in text
    assert "facilitating, pulse 2" in text
    soundly(response)


@pytest.mark.parametrize("number", ["99", "-1", "x", "١", ""])
def test_a_trace_of_nothing_is_not_shown(client, demo, no_simulation, number):
    response = client.get(address(QUICK, f"?trace={number}"))
    assert response.status_code == 200
    assert "chart" not in response.context


def test_a_trace_that_is_too_long_is_refused(client, demo, no_simulation, words, monkeypatch):
    monkeypatch.setattr(experiment_runs, "MOST_ROWS", 10)
    response = client.get(address(QUICK, "?trace=0"))
    assert response.status_code == 422
    assert "a page keeps at most 10" in words(response)
