"""A view at its address: shown, created, run, and refused in words."""

import pytest
from django.urls import reverse

from synapse.models import Run, Synapse
from synapse.plasticity.protocols import PROTOCOLS
from synapse.services import groups, parameters, versions
from synapse.services.runs import execute
from synapse.services.values import set_values

pytestmark = pytest.mark.django_db
VIEW = (
    "/laboratory/?preset=hippocampus&set=release_probability:0.3&protocol=pairing.lag:10,count:3"
    "&duration=5s&window=0:2s&seed=4"
)


@pytest.fixture
def demo(settings):
    settings.DEMO = True


def test_a_view_is_shown_and_stores_nothing(client, examples, words, django_assert_num_queries):
    with django_assert_num_queries(1):
        answer = client.get(VIEW)
    text = words(answer)
    assert "1 parameter differs from the preset." in text
    assert "release_probability" in text
    assert "0.186 0.3" in text
    assert "3 pairings at 1 Hz, +10 ms" in text
    assert "Look at 0 s to 2 s" in text
    assert Synapse.objects.count() == len(examples)


def test_a_reader_with_a_login_creates_and_runs(client, ada, examples):
    client.force_login(ada)
    answer = client.post(VIEW, {"name": "mine", "do": "run"})
    synapse = Synapse.objects.get(name="mine")
    run = Run.objects.get(synapse=synapse)
    assert answer.url.startswith(reverse("synapse:plasticity_report", args=[run.pk]))
    assert "from=0.0&to=2000.0" in answer.url
    assert client.get(answer.url).status_code == 200
    assert (synapse.owner, synapse.visibility, run.owner, run.seed) == (ada, "private", ada, 4)
    assert (run.total, run.status) == (5000.0, "done")
    assert parameters.differences(groups.load_one(synapse.pk)) == {"release_probability": 0.3}


def test_a_long_run_goes_to_the_background(client, demo, examples):
    client.post("/laboratory/?protocol=tetanus.trains:50&duration=9h", {"name": "x", "do": "run"})
    assert Run.objects.get().status == "queued"


def test_without_a_login_it_can_be_read_not_created(client, examples, words):
    assert "Log in to create it" in words(client.get(VIEW))
    answer = client.post(VIEW, {"name": "x", "do": "create"})
    assert answer.url.startswith("/accounts/login/?next=/laboratory/")
    assert "release_probability" in answer.url
    assert not Synapse.objects.filter(name="x").exists()


def test_in_a_demo_it_is_public(client, demo, examples):
    client.post(VIEW, {"name": "ours", "do": "create"})
    synapse = Synapse.objects.get(name="ours")
    assert (synapse.owner, synapse.visibility) == (None, "public")
    assert Run.objects.count() == 0


@pytest.mark.parametrize("name", ["", "  ", "x" * 101])
def test_a_name_that_cannot_be_is_said(client, demo, examples, words, name):
    answer = client.post(VIEW, {"name": name, "do": "run"})
    assert answer.status_code == 422
    assert "name must have 1 to 100 characters" in words(answer)
    assert Synapse.objects.count() == len(examples)


@pytest.mark.parametrize("method", ["get", "post"])
def test_what_cannot_be_opened_is_said(client, demo, examples, words, method):
    answer = getattr(client, method)("/laboratory/?set=foo%3Cb%3E:1&protocol=dance")
    assert answer.status_code == 422
    assert "There is no protocol named 'dance'" in answer.content.decode().replace("&#x27;", "'")
    assert b"<b>" not in answer.content.replace(b"<b>This is a demo.", b"")


def test_the_last_run_can_be_shared(client, demo, synapse, words):
    protocol = PROTOCOLS["rest"]()
    execute(synapse=synapse, protocol=protocol, duration_ms=1000.0, seed=4)
    page = reverse("synapse:plasticity_cycle", args=[synapse.pk])
    content = client.get(page).content.decode()
    assert 'href="/laboratory/?preset=hippocampus&amp;protocol=rest&amp;duration=1s' in content


def test_the_share_button_leads_to_the_same_values(client, demo, synapse):
    set_values(
        synapse=synapse, values={"SpineHead": {"calcium_decay_time": 25.0}}, user=None,
        expected_versions=versions.current([synapse]),
    )  # fmt: skip
    for page in ("parameter_page", "plasticity_cycle"):
        content = client.get(reverse(f"synapse:{page}", args=[synapse.pk])).content.decode()
        assert 'href="/laboratory/?preset=hippocampus&amp;set=calcium_decay_time:25"' in content
