"""The pages of connections: what they show in each state, and to whom."""

import csv
import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from learner.models import Connection, Learner
from learner.services import live
from learner.services.bridge import compute
from learner.services.connections import open_connection
from learner.services.learners import compact, create_learner
from learner.services.messages import Incoming
from synapse.models import SavedProtocol, Synapse, Visibility
from synapse.services.preset_files import load_presets
from tests.learner_shell.rows import rows_of

pytestmark = pytest.mark.django_db
KEYS = {"pathway": 0, "source": '{"feature": {"str": "a"}}', "label": '{"str": "left"}'}
FAST = {"interval": "10", "repetitions": "2"}
"""Few pairings, which plain Python runs quickly."""


@pytest.fixture
def learner(ada) -> Learner:
    """A small learner of ada's that has learned a little."""
    made = create_learner(name="prices", parameters={"expansion": 10}, owner=ada)
    teach(made, 60)
    return made


@pytest.fixture
def hers(client, ada):
    """A client of ada's."""
    client.force_login(ada)
    return client


@pytest.fixture
def opened(learner, ada) -> Connection:
    """A connection of hers, not computed yet."""
    return open_connection(learner=learner, user=ada, **(KEYS | {"label": label_of(learner)}))


@pytest.fixture
def computed(opened, ada) -> Connection:
    values = {"interval": 10_000, "repetitions": 2, "most_repetitions": 6}
    compute(opened, last=60, values=values, user=ada)
    return opened


def teach(learner: Learner, count: int) -> None:
    rows = rows_of(count)
    events = [Incoming(features={"a": r["a"], "b": r["b"]}, label=r["label"]) for r in rows]
    live.learn(learner=learner, events=events)
    learner.refresh_from_db()


def label_of(learner: Learner) -> str:
    with live.read(learner) as model:
        return json.dumps({"str": str(model._labels[0])})


def page(name: str, *arguments: int) -> str:
    return reverse(f"learner:{name}", args=arguments)


def test_the_list_has_the_largest_connections_and_a_button_each(hers, learner, words) -> None:
    answer = hers.get(page("connection_list", learner.pk))
    text = words(answer)
    assert "a to" in text
    assert text.count("Open as a synapse") > 5
    assert "not looked at" in text


def test_who_may_only_read_sees_no_buttons(client, learner, words) -> None:
    Learner.objects.update(visibility=Visibility.PUBLIC)
    text = words(client.get(page("connection_list", learner.pk)))
    assert "a to" in text
    assert "Open as a synapse" not in text


def test_the_list_is_filtered_and_says_when_nothing_is_left(hers, learner, words) -> None:
    found = words(hers.get(page("connection_list", learner.pk), {"text": "bias"}))
    assert "bias to" in found
    assert "a to" not in found
    none = words(hers.get(page("connection_list", learner.pk), {"text": "nothing", "part": "x"}))
    assert "No connection is like that" in none


def test_a_learner_that_has_learned_nothing_says_so(hers, ada, words) -> None:
    empty = create_learner(name="empty", owner=ada)
    text = words(hers.get(page("connection_list", empty.pk)))
    assert "No connection has a weight yet" in text


def test_opening_computes_and_leads_to_the_page(hers, learner, words) -> None:
    data = KEYS | {"label": label_of(learner), "last": "60"} | FAST
    answer = hers.post(page("connection_open", learner.pk), data, follow=True)
    connection = Connection.objects.get()
    assert answer.redirect_chain == [(page("connection_detail", learner.pk, connection.pk), 302)]
    text = words(answer)
    assert "One axis for both" in text
    assert "How far both agree" in text
    assert "Where they do not, and why" in text
    assert "The learner is a gated delta rule; nothing in it spikes." in text
    assert connection.code["interval"] == 10_000
    listed = words(hers.get(page("connection_list", learner.pk)))
    assert "See the synapse" in listed
    assert "Opened as synapses" in listed


def test_the_code_can_be_changed_and_what_does_not_fit_is_said_at_the_form(
    hers, learner, computed, words
) -> None:
    data = {"pathway": 0, "source": computed.source, "label": computed.label, "last": "20"}
    hers.post(page("connection_open", learner.pk), data | FAST | {"quiet_repetitions": "0"})
    computed.refresh_from_db()
    assert computed.code["quiet_repetitions"] == 0.0
    assert computed.agreement["operations"] == 20
    for wrong, sentence in (
        ({"repetitions": "0"}, "repetitions must be 1 to 60; got 0.0."),
        ({"interval": "0.5"}, "greater than or equal to 1"),
        ({"last": "5000"}, "less than or equal to 1000"),
        ({"preset": "liver"}, "not one of the available choices"),
    ):
        answer = hers.post(page("connection_open", learner.pk), data | wrong)
        assert answer.status_code == 422
        assert sentence in words(answer)


@pytest.mark.parametrize(
    ("kept", "shown"), [({"last": 300}, 300), ({"last": 3000}, 1000), ({}, 300)]
)
def test_run_again_asks_for_as_many_operations_as_were_asked_for(
    hers, learner, opened, ada, kept, shown
) -> None:
    values = {"interval": 10_000, "repetitions": 2, "most_repetitions": 6}
    found = compute(opened, values=values, user=ada, **kept)
    assert found["asked"] == 60
    if not kept:
        opened.agreement.pop("last")
        opened.save()
    form = hers.get(page("connection_detail", learner.pk, opened.pk)).context["form"]
    assert int(form["last"].value()) == shown
    sent = {name: form[name].value() for name in form.fields}
    data = sent | {"pathway": 0, "source": opened.source, "label": opened.label}
    assert hers.post(page("connection_open", learner.pk), data).status_code == 302


@pytest.mark.parametrize(
    "wrong", [{"pathway": "x"}, {"source": "]"}, {"label": '{"str": "nowhere"}'}, {"pathway": "7"}]
)
def test_what_is_no_connection_is_said_in_the_list(hers, learner, wrong) -> None:
    data = KEYS | {"label": label_of(learner)} | wrong
    answer = hers.post(page("connection_open", learner.pk), data, follow=True)
    assert answer.redirect_chain[0][0] == page("connection_list", learner.pk)
    assert len(list(answer.context["messages"])) == 1
    assert Connection.objects.count() == 0


def test_states_are_told_in_words(hers, learner, opened, computed, ada, words) -> None:
    address = page("connection_detail", learner.pk, opened.pk)
    assert "was opened, but no synapse" not in words(hers.get(address))
    teach(learner, 5)
    assert "The learner has moved on" in words(hers.get(address))
    live.rollback(learner=learner, version=learner.version - 2)
    teach(learner, 3)
    compute(opened, last=40, values={"interval": 60_000, "repetitions": 1}, user=ada)
    assert "1 rollback among these operations" in words(hers.get(address))


def test_a_connection_that_was_not_computed_says_so(hers, learner, opened, words) -> None:
    text = words(hers.get(page("connection_detail", learner.pk, opened.pk)))
    assert "was opened, but no synapse has run its events yet" in text
    for name in ("connection_csv", "connection_json"):
        assert hers.get(page(name, learner.pk, opened.pk)).status_code == 200


def test_a_connection_that_never_moved_says_so(hers, learner, ada, words) -> None:
    with live.read(learner) as model:
        label = json.dumps({"str": str(model._labels[0])})
    units = [
        open_connection(learner=learner, pathway=1, source=f'{{"unit": {n}}}', label=label,
                        user=ada)
        for n in range(10)
    ]  # fmt: skip
    for unit in units:
        compute(unit, last=1, values={"interval": 60_000}, user=ada)
    texts = [words(hers.get(page("connection_detail", learner.pk, u.pk))) for u in units]
    still = [text for text in texts if "This connection never moved in these operations" in text]
    few = [text for text in texts if "too few to say how far both agree" in text]
    assert len(still) + len(few) == 10
    assert still


def test_a_compacted_ledger_is_said(hers, learner, opened, ada, words) -> None:
    for _ in range(4):
        teach(learner, 300)
    compact(learner=learner, version=learner.version - 1)
    teach(learner, 10)
    compute(opened, last=1000, values={"interval": 60_000, "repetitions": 1,
                                       "quiet_repetitions": 0}, user=ada)  # fmt: skip
    text = words(hers.get(page("connection_detail", learner.pk, opened.pk)))
    assert "The ledger was compacted: of 1" in text


def test_both_series_can_be_downloaded(hers, learner, computed) -> None:
    answer: Any = hers.get(page("connection_csv", learner.pk, computed.pk))
    rows = list(csv.DictReader(b"".join(answer.streaming_content).decode().splitlines()))
    assert len(rows) == 60
    assert float(rows[-1]["learner_early"]) == computed.agreement["learner"]["early"][-1]
    assert float(rows[-1]["biology_calcium_uM"]) > 0.0
    data = hers.get(page("connection_json", learner.pk, computed.pk)).json()
    assert data["compare"] == computed.agreement["compare"]
    assert data["code"]["window_time"] == 20.0


def test_the_laboratory_opens_with_the_protocol_chosen(hers, learner, computed, words) -> None:
    load_presets()
    answer = hers.post(page("connection_laboratory", learner.pk, computed.pk), follow=True)
    synapse, saved = Synapse.objects.get(), SavedProtocol.objects.get()
    assert answer.redirect_chain == [
        (f"{reverse('synapse:plasticity_cycle', args=[synapse.pk])}?protocol=saved-{saved.pk}", 302)
    ]
    assert f'value="saved-{saved.pk}" selected' in answer.content.decode()
    text = words(hers.get(page("connection_detail", learner.pk, computed.pk)))
    assert f"It was opened as {synapse.name}" in text


def test_nobody_else_opens_or_sends_to_the_laboratory(learner, computed, django_user_model) -> None:
    Learner.objects.update(visibility=Visibility.PUBLIC)
    other = Client()
    other.force_login(django_user_model.objects.create_user("bob"))
    detail = other.get(page("connection_detail", learner.pk, computed.pk))
    assert detail.status_code == 200
    assert b"Run again" not in detail.content
    data = KEYS | {"label": computed.label}
    assert other.post(page("connection_open", learner.pk), data).status_code == 403
    address = page("connection_laboratory", learner.pk, computed.pk)
    assert other.post(address).status_code == 403
    assert Client().post(address).status_code == 302
    assert Synapse.objects.count() == 0


def test_a_connection_of_another_learner_is_not_found(hers, learner, computed, ada) -> None:
    other = create_learner(name="other", owner=ada)
    for name in ("connection_detail", "connection_csv", "connection_json"):
        assert hers.get(page(name, other.pk, computed.pk)).status_code == 404
