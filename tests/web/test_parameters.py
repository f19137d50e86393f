"""The page of the parameters: what it shows and saves, for whom, and what it refuses."""

import re

import pytest
from django.urls import reverse

from synapse.models import Synapse, ValueChange
from synapse.plasticity.bounds import SECOND
from synapse.plasticity.components import COMPONENTS
from synapse.plasticity.protocols import rest
from synapse.services import groups, parameters, runs, versions
from synapse.services.presets import create_from_preset
from synapse.services.values import set_values

pytestmark = pytest.mark.django_db
STORED = sum(len(c.parameters) + len(c.states) for c in COMPONENTS)


def page_of(synapse: Synapse, name: str = "parameter_page") -> str:
    return reverse(f"synapse:{name}", args=[synapse.pk])


def form_of(response) -> dict[str, str]:
    """Return what the form on a page would send."""
    text = response.content.decode()
    form = text[text.index('id="pf"') :]
    fields = re.findall(r'<input[^>]*? name="(\w+)" value="([^"]*)"', form)
    return {name: value.replace("&quot;", '"') for name, value in fields}


def change(synapse: Synapse, values, user=None) -> None:
    set_values(
        synapse=synapse, values=values, user=user, expected_versions=versions.current([synapse])
    )


def value(synapse: Synapse, accessor: str, name: str) -> float:
    return getattr(getattr(groups.load_one(synapse.pk), accessor), name)


@pytest.fixture
def demo(settings):
    settings.DEMO = True


# --- shown -----------------------------------------------------------------------------


def test_every_parameter_and_state_is_on_the_page(client, synapse, words):
    response = client.get(page_of(synapse))
    text = words(response)
    for component in COMPONENTS:
        for q in (*component.parameters, *component.states):
            assert response.content.decode().count(f'id="p-{q.name}"') == 1
            assert q.meaning.replace("'", "&#x27;") in text
    assert f"{STORED} of {STORED} shown, 0 differ from the preset" in text


def test_a_row_says_unit_range_preset_evidence_and_source(client, synapse, demo, words):
    text = words(client.get(page_of(synapse)))
    row = text[text.index(" recovery_time ") :][:420]
    assert "ms" in row
    assert "0.001 to" in row
    assert "typical 50 to 1 500" in row
    assert "preset 746" in row
    assert "fitted" in row
    assert "(from memory, to verify)" in row


def test_what_differs_and_what_is_unusual_is_marked(client, synapse, words):
    change(synapse, {"SynapticCleft": {"recovery_time": 2000.0}})
    text = words(client.get(page_of(synapse)))
    assert "outside the typical range differs" in text[text.index(" recovery_time ") :][:420]
    content = client.get(page_of(synapse)).content.decode()
    row = content[content.index('id="p-recovery_time"') : content.index('id="p-facilitation_time"')]
    assert 'class="unusual">' in row
    assert "1 differs from the preset" in text
    assert "Synaptic cleft 1 differs 16" in text


def test_the_navigation_says_where_the_reader_is(client, synapse):
    content = client.get(page_of(synapse)).content.decode()
    assert '<a href="/synapses/" aria-current="true">Synapses</a>' in content


def test_a_process_that_is_off_is_not_unusual(client, synapse):
    assert 'class="unusual">' not in client.get(page_of(synapse)).content.decode()


def test_the_filter_and_the_switch_work_on_the_server(client, synapse, words):
    change(synapse, {"SynapticCleft": {"recovery_time": 2000.0}})
    assert f"1 of {STORED} shown" in words(client.get(page_of(synapse), {"only": "1"}))
    shown = words(client.get(page_of(synapse), {"q": "tau_rec"}))
    assert f"1 of {STORED} shown" in shown
    none = client.get(page_of(synapse), {"q": "<b>nothing"})
    assert f"0 of {STORED} shown" in words(none)
    assert b"<b>nothing" not in none.content
    cited = words(client.get(page_of(synapse), {"q": "Chindemi magnesium"}))
    assert int(re.search(r"(\d+) of \d+ shown", cited)[1]) > 0


def test_a_preset_that_differs_from_the_default_shows_both(client, examples, words):
    striatum = next(s for s in examples if s.preset.name == "striatum-d1")
    names = parameters.differences(groups.load_one(striatum.pk))
    assert names == {}
    assert " default " in words(client.get(page_of(striatum)))


def test_shared_components_say_whom_they_concern(client, examples, words):
    text = words(client.get(page_of(examples[1])))
    assert text.count("also concerns CA1 neuron, synapse B and CA1 neuron, synapse C.") == 4
    assert "No other synapse shares it now." in words(client.get(page_of(examples[0])))


def test_the_source_leads_to_the_reference(client, synapse):
    content = client.get(page_of(synapse)).content.decode()
    keys = set(re.findall(r'href="/references/#(\w+)"', content))
    assert keys
    listed = client.get("/references/").content.decode()
    assert all(f'id="{key}"' in listed for key in keys)
    assert 'href="https://doi.org/10.1038/s41467-022-30214-w"' in listed


# --- queries ---------------------------------------------------------------------------


def test_one_query_reads_the_values(client, examples, django_assert_num_queries):
    """The synapse with its components; who shares them, counted and named; the history."""
    synapse = examples[1]
    with django_assert_num_queries(4) as queries:
        client.get(page_of(synapse))
    reads = [q["sql"] for q in queries.captured_queries if '"vesicle_fraction"' in q["sql"]]
    assert len(reads) == 1
    assert '"external_calcium"' in reads[0]


def test_queries_do_not_grow_with_history_or_neighbours(client, synapse, django_assert_num_queries):
    shared = {c.accessor: getattr(synapse, c.accessor) for c in COMPONENTS if c.shared}
    for i in range(8):
        create_from_preset(preset="hippocampus", name=f"more {i}", **shared)
    for i in range(30):
        change(synapse, {"SynapticCleft": {"recovery_time": 100.0 + i}})
    with django_assert_num_queries(4):
        client.get(page_of(synapse))
    with django_assert_num_queries(3):  # the synapse, how many changes, one page of them
        client.get(page_of(synapse, "parameter_history"))


# --- saved -----------------------------------------------------------------------------


def test_the_form_as_it_stands_changes_nothing(client, synapse, demo):
    sent = form_of(client.get(page_of(synapse)))
    answer = client.post(page_of(synapse), sent, follow=True)
    assert "Nothing was changed." in answer.content.decode()
    assert ValueChange.objects.count() == 0
    assert groups.load_one(synapse.pk).neuron.state_version == 0


def test_changes_are_saved_together(client, synapse, demo, words):
    sent = form_of(client.get(page_of(synapse)))
    sent |= {"release_probability": "0.3", "external_calcium": "3"}
    text = words(client.post(page_of(synapse), sent, follow=True))
    assert "Saved 2 changes: release_probability, external_calcium." in text
    assert value(synapse, "synaptic_cleft", "release_probability") == 0.3
    assert value(synapse, "neuron", "external_calcium") == 3.0
    assert "release_probability from 0.186 → to 0.3" in text


def test_a_bad_value_loses_nothing(client, synapse, demo, words):
    sent = form_of(client.get(page_of(synapse)))
    sent |= {"release_probability": "0.3", "recovery_time": "-5", "nmda_decay_time": "fast"}
    answer = client.post(page_of(synapse) + "?q=cleft", sent)
    text, html = words(answer), answer.content.decode()
    assert answer.status_code == 422
    assert "2 values cannot be saved. Nothing was saved." in text
    assert '<a href="#in-recovery_time">recovery_time must be at least 0.001 ms; got -5 ms.' in html
    assert "nmda_decay_time must be a number; got fast." in text
    again = form_of(answer)
    assert (again["release_probability"], again["recovery_time"]) == ("0.3", "-5")
    assert value(synapse, "synaptic_cleft", "release_probability") == 0.186
    row = html[html.index('id="p-nmda_decay_time"') :][:60]
    assert "hidden" not in row  # the filter does not hide what is wrong
    again |= {"recovery_time": "700", "nmda_decay_time": "50"}
    assert client.post(page_of(synapse), again).status_code == 302
    assert value(synapse, "synaptic_cleft", "release_probability") == 0.3


def test_a_newer_state_is_said_and_what_was_typed_is_kept(client, synapse, demo, words):
    sent = form_of(client.get(page_of(synapse))) | {"release_probability": "0.3"}
    runs.execute(synapse=synapse, protocol=rest(), duration_ms=SECOND)
    change(synapse, {"NMDAReceptor": {"nmda_decay_time": 50.0}})
    answer = client.post(page_of(synapse), sent)
    assert answer.status_code == 409
    assert "has changed since this page was opened" in words(answer)
    again = form_of(answer)
    assert (again["release_probability"], again["nmda_decay_time"]) == ("0.3", "50")
    assert client.post(page_of(synapse), again).status_code == 302
    assert value(synapse, "synaptic_cleft", "release_probability") == 0.3
    assert value(synapse, "nmda_receptor", "nmda_decay_time") == 50.0  # the other edit stands


@pytest.mark.parametrize("seen", ["", "[]", "{", "null", '{"release_probability": 1}', "[" * 9000])
def test_a_damaged_memory_of_the_page_is_survived(client, synapse, demo, seen):
    sent = form_of(client.get(page_of(synapse))) | {"seen": seen, "release_probability": "0.3"}
    assert client.post(page_of(synapse), sent).status_code == 302
    assert value(synapse, "synaptic_cleft", "release_probability") == 0.3


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 40])
def test_a_damaged_version_is_a_conflict(client, synapse, demo, version):
    sent = form_of(client.get(page_of(synapse))) | {"version": version, "recovery_time": "700"}
    assert client.post(page_of(synapse), sent).status_code == 409


@pytest.mark.parametrize(
    ("what", "filled"),
    [("recovery_time", 1), ("component:SynapticCleft", 2), ("all", 3), ("colour", 0)],
)
def test_resets_fill_in_the_preset_and_keep_what_was_typed(
    client, synapse, demo, words, what, filled
):
    change(
        synapse,
        {"SynapticCleft": {"recovery_time": 700.0, "facilitation_time": 30.0},
         "Neuron": {"external_calcium": 3.0}},
    )  # fmt: skip
    sent = form_of(client.get(page_of(synapse))) | {"nmda_decay_time": "50"}
    answer = client.post(page_of(synapse), sent | {"fill": what})
    again = form_of(answer)
    assert answer.status_code == 200
    typed = {"recovery_time": "746", "facilitation_time": "29.3", "external_calcium": "2.5"}
    assert sum(again[name] == text for name, text in typed.items()) == filled
    assert again["nmda_decay_time"] == ("42.3" if what == "all" else "50")
    assert value(synapse, "synaptic_cleft", "recovery_time") == 700.0


def test_history_shows_the_difference_and_goes_back(client, synapse, demo, words):
    change(synapse, {"SynapticCleft": {"recovery_time": 700.0}})
    change(synapse, {"SynapticCleft": {"recovery_time": 600.0}})
    address = page_of(synapse, "parameter_history")
    assert "recovery_time from 746 → to 700 ms" in words(client.get(address))
    first = ValueChange.objects.last()
    version = groups.load_one(synapse.pk).neuron.state_version
    answer = client.post(address, {"change": first.pk, "version": version}, follow=True)
    assert "Brought back 1 value." in words(answer)
    assert "Restored from the history" in words(answer)
    assert value(synapse, "synaptic_cleft", "recovery_time") == 746.0
    stale = client.post(address, {"change": first.pk, "version": version})
    assert (stale.status_code, b"Nothing was brought back" in stale.content) == (422, True)


# --- who may ---------------------------------------------------------------------------

PAGES = ("parameter_page", "parameter_history", "intervention_page")


@pytest.mark.parametrize("name", PAGES)
def test_who_may_see_and_change(client, own, ada, django_user_model, name):
    """The private synapse of ada, for nobody, somebody else, ada, and an administrator."""
    make = django_user_model.objects
    other = make.create_user("other", password="secret")
    clerk = make.create_user("clerk", password="secret", is_staff=True)
    admin = make.create_superuser("admin", password="secret")
    address = page_of(own, name)
    for user in (None, other, clerk):
        client.logout() if user is None else client.force_login(user)
        assert client.get(address).status_code == 404
        assert client.post(address, {"release_probability": "0.3"}).status_code == 404
    for user in (ada, admin):
        client.force_login(user)
        assert client.get(address).status_code == 200
        assert client.post(address, {"version": "0"}).status_code != 404
    own.refresh_from_db()
    Synapse.objects.filter(pk=own.pk).update(visibility="link")
    client.force_login(other)
    assert client.get(address).status_code == 404
    linked = client.get(address, {"key": own.share_key})
    assert linked.status_code == 200
    assert f"?key={own.share_key}" in linked.content.decode()
    refused = client.post(f"{address}?key={own.share_key}", {"recovery_time": "700"})
    assert (refused.status_code, "/login/" in refused.url) == (302, True)
    assert value(own, "synaptic_cleft", "recovery_time") == 746.0


def test_without_leave_the_page_has_no_inputs(client, synapse, words):
    response = client.get(page_of(synapse))
    assert "data-shown" not in response.content.decode()
    assert "Reading needs no login. Changing a value does." in words(response)
    client.post(page_of(synapse), {"recovery_time": "700"})
    assert value(synapse, "synaptic_cleft", "recovery_time") == 746.0


def test_a_shared_part_of_somebody_else_is_refused_in_words(client, own, django_user_model, words):
    other = django_user_model.objects.create_user("other", password="secret")
    create_from_preset(preset="hippocampus", name="theirs", owner=other, neuron=own.neuron)
    client.force_login(own.owner)
    sent = form_of(client.get(page_of(own))) | {"external_calcium": "3"}
    answer = client.post(page_of(own), sent)
    assert answer.status_code == 403
    assert "You may not change a synapse of another user." in words(answer)
    assert form_of(answer)["external_calcium"] == "3"
    assert "theirs" not in words(answer)
