"""Running a synapse from its page: who may, what is refused and how, what comes of it."""

import pytest
from django.urls import reverse

from synapse.models import Neuron, Run, Synapse
from synapse.services import versions
from synapse.services.simulator import SynapseSimulator

pytestmark = pytest.mark.django_db


@pytest.fixture
def address(synapse):
    return reverse("synapse:plasticity_cycle", args=[synapse.pk])


@pytest.fixture
def demo(settings):
    settings.DEMO = True


def test_without_a_login_nobody_runs_anything(client, address, ten_ticks):
    page = client.get(address)
    assert b"Log in to run" in page.content
    assert b"<form" not in page.content
    response = client.post(address, ten_ticks)
    assert response.status_code == 302
    assert response.url.startswith(reverse("login"))
    assert not Run.objects.exists()


def test_a_user_does_not_run_the_synapse_of_the_site(client, address, ten_ticks, ada):
    client.force_login(ada)
    assert b"You may read it, not run it." in client.get(address).content
    assert client.post(address, ten_ticks).status_code == 302
    assert not Run.objects.exists()


def test_a_user_runs_their_own_synapse_and_owns_the_run(client, own, ada, ten_ticks):
    client.force_login(ada)
    response = client.post(reverse("synapse:plasticity_cycle", args=[own.pk]), ten_ticks)
    assert response.status_code == 302
    run = Run.objects.get()
    assert (run.owner, run.synapse, run.visibility) == (ada, own, own.visibility)


def test_a_run_that_would_move_the_synapse_of_another_is_refused(
    client, own, ada, django_user_model, ten_ticks
):
    bob = django_user_model.objects.create_user("bob")
    neighbour = Synapse.objects.exclude(pk=own.pk).first()
    Synapse.objects.filter(pk=neighbour.pk).update(
        owner=bob, visibility="private", neuron=own.neuron
    )
    client.force_login(ada)
    response = client.post(reverse("synapse:plasticity_cycle", args=[own.pk]), ten_ticks)
    assert response.status_code == 422
    assert b"You may not change a synapse of another user." in response.content
    assert not Run.objects.exists()


def test_ten_ticks_raise_the_weight_and_the_page_shows_it(
    client, demo, address, synapse, ten_ticks, words
):
    response = client.post(address, ten_ticks, follow=True)
    assert response.redirect_chain == [(address, 302)]
    text = words(response)
    run = Run.objects.get()
    assert f"Run {run.pk} simulated 10 min: the weight went from 1.000000 to 1.0" in text
    assert "10 × 1 min, one pairing in each" in text
    weight = SynapseSimulator(synapse).values()["synaptic_weight"]["weight"]
    assert f"tick 10 {weight:.6f}" in text


def test_a_seed_that_is_given_is_the_one_that_is_used(client, demo, examples, ten_ticks):
    for synapse in (examples[0], examples[1]):
        page = reverse("synapse:plasticity_cycle", args=[synapse.pk])
        client.post(page, ten_ticks | {"ticks-seed": "1949"})
    states = [run.random_state for run in Run.objects.all()]
    assert states[0] == states[1]


def test_a_protocol_runs_for_the_time_asked(client, demo, address):
    form = {
        "mode": "protocol", "protocol-protocol": "theta-burst", "protocol-duration": "2",
        "protocol-duration_unit": "h",
    }  # fmt: skip
    assert client.post(address, form).status_code == 302
    run = Run.objects.get()
    assert (run.protocol["name"], run.total, run.status) == ("theta-burst", 7.2e6, "done")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"ticks-ticks": "0"}, "ticks must be 1 to 1000; got 0."),
        ({"ticks-ticks": "-3"}, "ticks must be 1 to 1000; got -3."),
        ({"ticks-ticks": "2.5"}, "ticks must be a whole number; got 2.5."),
        ({"ticks-ticks": ""}, "ticks is missing."),
        ({"ticks-ticks": "ten"}, "ticks must be a number; got ten."),
        ({"ticks-dt": "nan"}, "dt must be a finite number; got nan."),
        ({"ticks-dt": "inf"}, "dt must be a finite number; got inf."),
        ({"ticks-dt": "0.01", "ticks-dt_unit": "ms"}, "dt must be 0.05 ms to 24 h; got 0.01 ms."),
        ({"ticks-dt": "25", "ticks-dt_unit": "h"}, "dt must be 0.05 ms to 24 h; got 25 h."),
        (
            {"ticks-dt": "6", "ticks-dt_unit": "h"},
            "ticks × dt must be at most 48 h here; got 60 h.",
        ),
        ({"ticks-seed": "-1"}, "seed must be 0 to 4294967295; got -1."),
        ({"ticks-dt_unit": "year"}, "year is not one of the available choices."),
        ({"ticks-each": "x"}, "x is not one of the available choices."),
        ({"ticks-ticks": "1000"}, "a page runs at most 1 200 000."),
    ],
)
def test_what_cannot_be_run_is_refused_in_a_sentence(
    client, demo, examples, ten_ticks, changes, sentence, words
):
    """The second example moves with two others, so that 1,000 ticks are too much work."""
    page = reverse("synapse:plasticity_cycle", args=[examples[1].pk])
    response = client.post(page, ten_ticks | changes)
    assert response.status_code == 422
    assert sentence in words(response)
    assert "Nothing was run." in words(response)
    assert not Run.objects.exists()


def test_a_wrong_protocol_or_duration_is_refused(client, demo, address, words):
    form = {
        "mode": "protocol", "protocol-protocol": "shock", "protocol-duration": "-1",
        "protocol-duration_unit": "min",
    }  # fmt: skip
    text = words(client.post(address, form))
    assert "shock is not one of the available choices" in text
    assert "duration must be 0.05 ms to 48 h here; got -1 min." in text


def test_what_was_given_stays_in_the_form_and_is_escaped(client, demo, address, ten_ticks):
    content = client.post(address, ten_ticks | {"ticks-dt": '"><script>'}).content
    assert b"&quot;&gt;&lt;script&gt;" in content
    assert b'"><script>' not in content
    assert b'aria-invalid="true"' in content


def test_of_two_writers_the_second_is_told(
    client, demo, address, synapse, ten_ticks, monkeypatch, words
):
    store = SynapseSimulator.save

    def save_late(simulator):
        versions.claim({synapse.neuron_id: Neuron.objects.get(pk=synapse.neuron_id).state_version})
        store(simulator)

    monkeypatch.setattr(SynapseSimulator, "save", save_late)
    response = client.post(address, ten_ticks)
    assert response.status_code == 409
    assert "has changed since it was read" in words(response)
    assert SynapseSimulator(synapse).values()["synaptic_weight"]["weight"] == 1.0


def test_a_form_without_a_token_is_refused(address, ten_ticks, demo):
    from django.test import Client

    response = Client(enforce_csrf_checks=True).post(address, ten_ticks)
    assert response.status_code == 403
    assert b"nothing was changed" in response.content
    assert not Run.objects.exists()


def test_a_key_cannot_be_used_to_write(client, own, ten_ticks):
    own.visibility = "link"
    own.save()
    address = reverse("synapse:plasticity_cycle", args=[own.pk])
    response = client.post(f"{address}?key={own.share_key}", ten_ticks)
    assert response.status_code == 302
    assert response.url.startswith(reverse("login"))
    assert not Run.objects.exists()
