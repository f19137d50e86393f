"""Interventions on the pages: what was done is said, listed, and can be undone where it can."""

import pytest
from django.urls import reverse

from synapse.models import Intervention, Run
from synapse.services import groups, interventions

pytestmark = pytest.mark.django_db
EVENT = {
    "do": "event", "kind": "pre", "event-inputs": "1", "event-amount": "1",
    "event-duration": "500", "event-duration_unit": "ms",
}  # fmt: skip


@pytest.fixture
def demo(settings):
    settings.DEMO = True


@pytest.fixture
def page(synapse):
    return reverse("synapse:intervention_page", args=[synapse.pk])


def test_an_event_leads_back_to_the_synapse_and_is_seen_there(client, page, demo, words):
    answer = client.post(page, EVENT, follow=True)
    text = words(answer)
    assert answer.redirect_chain == [("/synapses/1/", 302)]
    assert "Glutamate release at 0 s of simulated time. Calcium rose to" in text
    assert "Last run: By hand: glutamate release" in text
    assert "Done by hand" in text


@pytest.mark.parametrize("kind", ["pre", "field", "post", "dopamine"])
def test_every_button_for_an_event_works(client, page, demo, kind):
    assert client.post(page, EVENT | {"kind": kind}).status_code == 302
    row = Intervention.objects.get()
    assert (row.kind, row.run.status) == (kind, "done")


def test_a_drug_is_added_listed_and_washed_out(client, page, demo, words):
    text = words(client.post(page, {"do": "drug", "add": "anisomycin"}, follow=True))
    assert "Anisomycin added at 0 s of simulated time." in text
    assert "Drugs Anisomycin" in text
    row = Intervention.objects.get()
    text = words(client.post(page, {"do": "undo", "intervention": row.pk}, follow=True))
    assert "Anisomycin washed out at 0 s" in text
    assert "Drugs none" in text
    listed = words(client.get(page))
    assert "2 interventions" in listed
    assert listed.count("Add again") == 1  # of the newest only


def test_low_magnesium_and_calcium_and_back(client, page, demo, words, synapse):
    assert "set to 0.1 mM" in words(client.post(page, {"do": "bath", "low": "1"}, follow=True))
    sent = {"do": "bath", "bath-name": "external_calcium", "bath-value": "1.3"}
    text = words(client.post(page, sent, follow=True))
    assert "Bath Ca 1.3 mM, Mg 0.1 mM" in text
    assert "Back to 2.5 mM" in text
    row = Intervention.objects.get(name="external_magnesium")
    client.post(page, {"do": "undo", "intervention": row.pk})
    assert groups.load_one(synapse.pk).neuron.external_magnesium == 1.0


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        (EVENT | {"event-duration": "x"}, "duration must be a number; got x."),
        (EVENT | {"event-duration": ""}, "Duration is missing."),
        (EVENT | {"event-duration": "2000", "event-duration_unit": "min"}, "at most 1 h"),
        (EVENT | {"event-inputs": "-1"}, "Value of a pre event must be"),
        (EVENT | {"kind": "acetylcholine"}, "Acetylcholine does nothing here"),
        (EVENT | {"kind": "<b>"}, "Select a valid choice"),
        ({"do": "drug", "add": "coffee"}, "Drug must be one of"),
        ({"do": "drug", "wash": "apv"}, "APV is not in the bath."),
        ({"do": "bath", "bath-name": "external_calcium", "bath-value": "-1"}, "at least 0 mM"),
        ({"do": "bath", "bath-name": "external_calcium"}, "Value is missing."),
        ({"do": "undo", "intervention": "9" * 30}, "has no intervention"),
        ({"do": "dance"}, "Do must be one of event, bath, drug, undo."),
    ],
)  # fmt: skip
def test_what_is_refused_is_said_and_what_was_typed_is_kept(
    client, page, demo, words, sent, sentence
):
    answer = client.post(page, sent)
    text = words(answer)
    assert answer.status_code == 422
    assert "Nothing was done" in text
    assert sentence.lower() in text.lower()
    assert b"<b>" not in answer.content.replace(b"<b>This is a demo.", b"").replace(b"<b>", b"", 10)
    assert (Run.objects.count(), Intervention.objects.count()) == (0, 0)
    typed = sent.get("event-duration")
    assert not typed or f'value="{typed}"' in answer.content.decode()


def test_without_leave_there_is_no_button(client, page, words, synapse):
    assert "Log in to intervene" in words(client.get(page))
    answer = client.post(page, EVENT)
    assert (answer.status_code, "/login/" in answer.url) == (302, True)
    assert Intervention.objects.count() == 0


def test_queries_do_not_grow(client, page, synapse, django_assert_num_queries):
    for value in (1.1, 1.2, 1.3):
        interventions.set_bath(synapse=synapse, name="external_calcium", value=value, user=None)
    interventions.set_drug(synapse=synapse, name="apv", present=True, user=None)
    with django_assert_num_queries(4):  # synapse, how many, a page of them, values before
        client.get(page)
    for value in (1.4, 1.5, 1.6):
        interventions.set_bath(synapse=synapse, name="external_calcium", value=value, user=None)
        interventions.set_bath(synapse=synapse, name="external_magnesium", value=value, user=None)
    with django_assert_num_queries(4):
        client.get(page)
