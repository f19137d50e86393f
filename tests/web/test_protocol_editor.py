"""The protocol editor without a browser: who may do what, what it says, what it costs."""

import io
import json
import re

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from synapse.models import Run, SavedProtocol, Visibility
from synapse.services import saved_protocols
from synapse.services.timeline.address import pack
from synapse.services.timeline.drafts import Draft, read_draft
from synapse.services.timeline.kinds import KINDS
from synapse.services.timeline.named import STARTS
from synapse.views.protocol_form import FormState
from synapse.views.protocol_page import preview_context
from tests.web.test_pages import Page

pytestmark = pytest.mark.django_db
LIST, NEW = "/protocols/", "/protocols/new/"
TRAIN = {
    "item": ["a"], "a-kind": "pre", "a-start": "1 s", "a-count": "5", "a-interval": "50 Hz",
    "a-inputs": "1", "a-repeat": "1", "a-period": "10 s", "a-synapse": "",
}  # fmt: skip


def form(action: str, **more: object) -> dict[str, object]:
    """What the editor sends for a train of five."""
    return {"title": "Five", "meaning": "", "duration": "", "action": action, **TRAIN, **more}


@pytest.fixture
def mallory(db) -> User:
    return User.objects.create_user("mallory", password="secret")


@pytest.fixture
def staff(db) -> User:
    return User.objects.create_user("staff", password="secret", is_staff=True)


@pytest.fixture
def draft() -> Draft:
    return STARTS["tetanus"].draft()


@pytest.fixture
def saved(ada, draft) -> SavedProtocol:
    """A private protocol of ada."""
    return saved_protocols.create(draft=draft, owner=ada)


def places(saved: SavedProtocol) -> list[str]:
    """Every address of a saved protocol that can be read."""
    return [
        reverse("synapse:protocol_edit", args=[saved.pk]),
        *(reverse("synapse:protocol_file", args=[saved.pk, form]) for form in
          ("json", "csv", "events")),
    ]  # fmt: skip


def manage(saved: SavedProtocol) -> str:
    return reverse("synapse:protocol_manage", args=[saved.pk])


# --- what the pages say ----------------------------------------------------------------


def test_the_list_offers_every_named_protocol_with_its_parameters(client, words):
    response = client.get(LIST)
    assert response.status_code == 200
    for start in STARTS.values():
        assert start.title in words(response)
        for field in start.fields:
            assert f'name="{field.name}"' in response.content.decode()
    assert "Nothing is saved yet." in words(response)


@pytest.mark.parametrize("name", sorted(STARTS))
def test_every_named_protocol_opens_in_the_editor(client, name):
    response = client.get(NEW, {"from": name})
    assert response.status_code == 200
    assert STARTS[name].draft().title in response.content.decode()
    assert "tickmark" in response.content.decode()


def test_the_parameters_of_a_named_protocol_are_taken_or_refused(client, words):
    page = client.get(NEW, {"from": "tetanus", "trains": "2", "frequency": "50"})
    assert "200 field pulses" in words(page)
    refused = client.get(NEW, {"from": "tetanus", "trains": "0"})
    assert refused.status_code == 400
    assert "trains must be 1 to 200; got 0" in words(refused)
    assert 'href="#f-trains"' not in refused.content.decode()  # no such input here


def test_items_are_added_duplicated_and_removed_without_scripts(client, words):
    page = client.post(NEW, form("add:dopamine"))
    assert page.status_code == 200
    text = page.content.decode()
    assert re.findall(r'name="item" value="(\w+)"', text.split("data-blanks")[0]) == ["a", "s0"]
    assert 'name="s0-start" value="3 s"' in text
    assert 'name="s0-interval" value="30 Hz"' in text
    page = client.post(NEW, form("copy:a")).content.decode()
    assert page.count('value="50 Hz"') == 2
    page = client.post(NEW, form("remove:a"))
    assert "No events yet." in words(page)


def test_a_mistake_stands_at_its_field_and_in_the_summary(client, ada, words):
    client.force_login(ada)
    page = client.post(NEW, form("save-new", **{"a-count": "0", "a-start": "soon"}))
    assert page.status_code == 422
    assert "1. Presynaptic train: count must be 1 to 20000; got 0" in words(page)
    text = page.content.decode()
    assert 'href="#f-a-count"' in text
    assert re.search(r'id="f-a-count"[^>]*aria-invalid="true"', text)
    assert 'name="a-start" value="soon"' in text  # what was typed is still there
    assert not SavedProtocol.objects.exists()


def test_the_preview_draws_and_lists_the_events(client):
    answer = client.post("/protocols/preview/", form("preview")).json()
    assert answer["faults"] == []
    assert "5 presynaptic spikes" in answer["html"]
    assert answer["html"].count("<tr>") == 6
    assert client.get(answer["share"]).status_code == 200
    part = client.post("/protocols/preview/", form("preview", **{"from": "0", "to": "1010"}))
    assert part.json()["html"].count("<tr>") == 2
    wrong = client.post("/protocols/preview/", form("preview", **{"a-count": "x"})).json()
    assert wrong["faults"] == [{"id": "f-a-count", "text": "count must be a number; got 'x'"}]
    assert wrong["share"] == ""


def test_the_state_in_an_address_is_checked_as_an_upload(client, draft, words):
    page = client.get(NEW, {"t": pack(draft)})
    assert f'value="{draft.title}"' in page.content.decode()
    for text in ("x", "%00", "A" * 5000):
        page = client.get(NEW, {"t": text})
        assert page.status_code == 400
        assert "The protocol in the address cannot be read" in words(page)


def test_names_are_escaped_everywhere(client, ada):
    client.force_login(ada)
    evil = '<script>alert("x")</script>'
    page = client.post(NEW, form("save-new", title=evil), follow=True)
    for address in (page.redirect_chain[-1][0], LIST):
        assert "<script>alert" not in client.get(address).content.decode()


def test_a_stored_protocol_that_is_not_sound_is_said_and_not_a_traceback(client, ada, saved, words):
    SavedProtocol.objects.filter(pk=saved.pk).update(items=[{"kind": "squeeze"}])
    client.force_login(ada)
    page = client.get(places(saved)[0])
    assert page.status_code == 422
    assert "item 1: kind must be one of pre" in words(page)
    assert client.get(places(saved)[1]).status_code == 422
    assert client.post(manage(saved), {"action": "copy"}).status_code == 302
    assert SavedProtocol.objects.count() == 1


def test_every_page_is_sound_html_with_nothing_inline(client, ada, saved):
    client.force_login(ada)
    for address in (LIST, NEW, NEW + "?from=theta-burst", NEW + "?t=x", places(saved)[0]):
        page = Page(client.get(address).content.decode())
        assert page.faults == [], address
        assert page.open == [], address
        assert page.labels <= set(page.ids), address


def test_too_many_items_are_refused_without_a_traceback(client):
    many = [f"k{i}" for i in range(80)]
    data = {"title": "", "action": "preview", "item": many} | {f"{k}-kind": "post" for k in many}
    assert "may have" in client.post("/protocols/preview/", data).json()["html"]


ODD = st.sampled_from(
    ["", "0", "-1", "nan", "inf", "1e999 s", "1e300", "9" * 400, "30 Hz", "0 Hz", "1_0", "\u0663",
     "\x00", "5 min", "apv", "external_calcium", "ü", "-0", "1e-320 ms", "0x10", " 7 "]
) | st.text(max_size=8)  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from(sorted(KINDS)), st.lists(ODD, min_size=12, max_size=12)),
                max_size=4), ODD, ODD)  # fmt: skip
@settings(deadline=None)
def test_whatever_is_typed_is_a_protocol_or_sentences(typed, title, bath):
    post = QueryDict(mutable=True)
    post.update({"title": title, "meaning": title, "duration": bath, "bath-external_calcium": bath})
    post.setlist("item", [f"k{i}" for i in range(len(typed))])
    for i, (kind, texts) in enumerate(typed):
        post[f"k{i}-kind"] = kind
        for field, text in zip(KINDS[kind].fields, texts, strict=False):
            post[f"k{i}-{field.name}"] = text
    context = preview_context(FormState.of_post(post), {"from": bath, "to": title})
    assert context["faults"] or context["raster"]


# --- keeping ---------------------------------------------------------------------------


def test_save_rename_copy_share_and_delete(client, ada):
    client.force_login(ada)
    response = client.post(NEW, form("save-new"))
    saved = SavedProtocol.objects.get()
    assert response["Location"] == reverse("synapse:protocol_edit", args=[saved.pk])
    assert (saved.owner, saved.name, saved.visibility) == (ada, "Five", Visibility.PRIVATE)
    version = saved_protocols.version_of(saved)
    edit = response["Location"]
    client.post(edit, form("save", title="Six", version=version, **{"a-count": "6"}))
    saved.refresh_from_db()
    assert (saved.name, saved.items[0]["count"]) == ("Six", 6)
    client.post(manage(saved), {"action": "rename", "name": "  Half  a dozen "})
    client.post(manage(saved), {"action": "share", "visibility": "link", "new_key": "1"})
    key = saved.share_key
    saved.refresh_from_db()
    assert (saved.name, saved.visibility) == ("Half a dozen", Visibility.LINK)
    assert saved.share_key != key
    client.post(manage(saved), {"action": "copy"})
    copy = SavedProtocol.objects.exclude(pk=saved.pk).get()
    assert (copy.name, copy.visibility) == ("Half a dozen (copy)", Visibility.PRIVATE)
    client.post(manage(saved), {"action": "delete"})
    assert list(SavedProtocol.objects.all()) == [copy]


def test_a_second_page_does_not_overwrite_what_the_first_has_saved(client, ada, saved, words):
    client.force_login(ada)
    old = saved_protocols.version_of(saved)
    edit = places(saved)[0]
    assert client.post(edit, form("save", version=old)).status_code == 302
    second = client.post(edit, form("save", title="Other", version=old))
    assert second.status_code == 409
    assert "has been changed since this page was opened" in words(second)
    assert not SavedProtocol.objects.filter(name="Other").exists()


def test_a_name_is_needed_and_the_number_is_bounded(client, ada, monkeypatch, words):
    client.force_login(ada)
    page = client.post(NEW, form("save-new", title="  "))
    assert page.status_code == 422
    assert "name must have 1 to 100 characters; got 0" in words(page)
    monkeypatch.setattr(saved_protocols, "MOST_SAVED", 0)
    page = client.post(NEW, form("save-new"))
    assert "0 protocols may be saved; delete one first" in words(page)


def test_in_a_demo_everyone_saves_and_everyone_sees_it(client, settings):
    settings.DEMO = True
    client.post(NEW, form("save-new"))
    saved = SavedProtocol.objects.get()
    assert (saved.owner, saved.visibility) == (None, Visibility.PUBLIC)
    assert "Five" in client.get(LIST).content.decode()
    client.post(manage(saved), {"action": "delete"})
    assert not SavedProtocol.objects.exists()


# --- who may -----------------------------------------------------------------------------


def test_without_a_login_saving_leads_to_the_login_and_back_with_the_protocol(client):
    response = client.post(NEW, form("save-new"))
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/?next=/protocols/new/%3Ft%3D")
    assert not SavedProtocol.objects.exists()


@pytest.mark.parametrize("who", ["anonymous", "mallory", "staff"])
def test_a_private_protocol_does_not_exist_for_others(client, saved, mallory, staff, who):
    if who != "anonymous":
        client.force_login({"mallory": mallory, "staff": staff}[who])
    for place in places(saved):
        assert client.get(place).status_code == 404
        assert client.get(place, {"key": saved.share_key}).status_code == 404
    assert client.post(places(saved)[0], form("save")).status_code == 404
    for verb in ("rename", "copy", "share", "delete"):
        assert client.post(manage(saved), {"action": verb}).status_code == 404
    assert saved.name not in client.get(LIST).content.decode()
    saved.refresh_from_db()


def test_a_link_opens_it_and_no_more(client, saved, mallory):
    saved.visibility = Visibility.LINK
    saved.save()
    client.force_login(mallory)
    for place in places(saved):
        assert client.get(place).status_code == 404
        assert client.get(place, {"key": saved.share_key}).status_code == 200
    key = f"?key={saved.share_key}"
    page = client.get(places(saved)[0] + key).content.decode()
    assert 'value="delete"' not in page
    for verb in ("rename", "share", "delete"):
        assert client.post(manage(saved) + key, {"action": verb, "name": "x"}).status_code == 403
    client.post(places(saved)[0] + key, form("save", title="Mine"))  # becomes a copy
    client.post(manage(saved) + key, {"action": "copy"})
    saved.refresh_from_db()
    assert saved.name != "Mine"
    assert sorted(p.name for p in SavedProtocol.objects.filter(owner=mallory)) == sorted(
        ["Mine", f"{saved.name} (copy)"]
    )


def test_a_public_one_is_read_by_everyone_and_changed_by_its_owner_and_a_superuser(
    client, saved, mallory, admin_user
):
    saved.visibility = Visibility.PUBLIC
    saved.save()
    for place in places(saved):
        assert client.get(place).status_code == 200
    assert client.post(manage(saved), {"action": "delete"}).status_code == 302
    client.force_login(mallory)
    assert client.post(manage(saved), {"action": "delete"}).status_code == 403
    assert SavedProtocol.objects.filter(pk=saved.pk).exists()
    client.force_login(admin_user)
    assert client.post(manage(saved), {"action": "delete"}).status_code == 302
    assert not SavedProtocol.objects.exists()


def test_changes_need_post_and_a_token(ada, saved):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ada)
    for place in (NEW, places(saved)[0], manage(saved), "/protocols/import/"):
        assert strict.post(place, {"action": "delete"}).status_code == 403
    for place in (manage(saved), "/protocols/import/", "/protocols/preview/"):
        assert strict.get(place).status_code == 405


# --- files -------------------------------------------------------------------------------


def upload(client, text: str, name: str):
    file = SimpleUploadedFile(name, text.encode())
    return client.post("/protocols/import/", {"file": file})


@pytest.mark.parametrize("kind", ["json", "csv", "events"])
def test_what_is_exported_can_be_imported(client, kind):
    sent = client.post(NEW, form(f"export:{kind}"))
    assert "attachment" in sent["Content-Disposition"]
    ending = "json" if kind == "json" else "csv"
    page = upload(client, sent.content.decode(), f"mine.{ending}")
    assert page.status_code == 200
    text = page.content.decode().split("data-blanks")[0]
    assert 'value="20 ms"' in text
    assert re.search(r'name="\w+-count" value="5"', text)


def test_a_bad_file_names_line_and_field(client, words):
    page = upload(client, "item,start_ms,count\npre,5,0\n", "mine.csv")
    assert page.status_code == 422
    assert "mine.csv, line 2, field count: count must be 1 to 20000; got 0." in words(page)
    assert client.post("/protocols/import/").status_code == 422
    page = upload(client, " " * 2_000_001, "mine.json")
    assert "mine.json is larger than 2 MB" in words(page)


def test_the_saved_files_are_what_was_saved(client, ada, saved, draft):
    client.force_login(ada)
    found = client.get(places(saved)[1])
    assert read_draft(json.loads(found.content)).to_json() == draft.to_json()
    events = client.get(places(saved)[3]).content.decode()
    assert len(list(io.StringIO(events))) == 1 + 2 + 300
    assert client.get(reverse("synapse:protocol_file", args=[saved.pk, "pdf"])).status_code == 404


# --- running -----------------------------------------------------------------------------


def test_a_saved_protocol_is_a_choice_of_the_run_form_and_runs(client, ada, own):
    client.force_login(ada)
    response = client.post(NEW, form("run", synapse=str(own.pk)))
    saved = SavedProtocol.objects.get()
    assert f"/synapses/{own.pk}/?protocol=saved-{saved.pk}&duration=30" in response["Location"]
    page = client.get(response["Location"]).content.decode()
    assert f'value="saved-{saved.pk}" selected>Five' in page
    place = reverse("synapse:plasticity_cycle", args=[own.pk])
    data = {"mode": "protocol", "protocol-protocol": f"saved-{saved.pk}",
            "protocol-duration": "2", "protocol-duration_unit": "s"}  # fmt: skip
    assert client.post(place, data).status_code == 302
    run = Run.objects.get()
    assert [event[0] for event in run.protocol["events"]] == [1000, 1020, 1040, 1060, 1080]
    assert run.title == "Five"


def test_a_synapse_in_the_address_is_chosen(client, ada, own):
    client.force_login(ada)
    page = client.get(NEW, {"synapse": own.pk}).content.decode()
    assert f'<option value="{own.pk}" selected>' in page
    assert client.get(NEW, {"synapse": "9" * 30}).status_code == 200


def test_a_protocol_of_somebody_else_is_no_choice(client, ada, own, mallory, draft):
    hidden = saved_protocols.create(draft=draft, owner=mallory)
    client.force_login(ada)
    place = reverse("synapse:plasticity_cycle", args=[own.pk])
    page = client.get(f"{place}?protocol=saved-{hidden.pk}")
    assert f'value="saved-{hidden.pk}"' not in page.content.decode()
    data = {"mode": "protocol", "protocol-protocol": f"saved-{hidden.pk}",
            "protocol-duration": "2", "protocol-duration_unit": "s"}  # fmt: skip
    assert client.post(place, data).status_code == 422
    assert not Run.objects.exists()
    response = client.post(NEW, form("run", synapse="999999"))
    assert "Choose a synapse that you may run." in client.get(response["Location"]).content.decode()


# --- cost --------------------------------------------------------------------------------


def test_pages_need_few_queries_however_much_is_saved(
    client, ada, own, draft, django_assert_max_num_queries
):
    for _ in range(30):
        saved = saved_protocols.create(draft=draft, owner=ada)
    client.force_login(ada)
    with django_assert_max_num_queries(4):  # session, user, count, page
        client.get(LIST)
    with django_assert_max_num_queries(4):  # session, user, protocol, synapses
        client.get(places(saved)[0])
    client.logout()
    with django_assert_max_num_queries(0):
        client.post("/protocols/preview/", form("preview"))
