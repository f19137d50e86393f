"""The pages by which learners are made, set, shared, fed with files and deleted."""

import gzip
import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from learner.models import Commit, DriftAlarm, Learner, StreamJob
from learner.services import live, stream_files
from learner.services.learners import create_learner
from learner.services.messages import Incoming
from learner.views.uploading import OTHER_FIELDS
from synapse.models import RunStatus
from synapse.services import run_worker
from tests.learner_shell.rows import rows_of
from tests.web.learner_pages import damage

pytestmark = pytest.mark.django_db
ACTIONS = ("learner_pause", "learner_sleep", "learner_share", "learner_delete")


@pytest.fixture
def learner(ada) -> Learner:
    """A small learner of ada's."""
    return create_learner(name="prices", parameters={"expansion": 10}, owner=ada)


@pytest.fixture
def hers(client, ada):
    """A client of ada's."""
    client.force_login(ada)
    return client


def teach(learner: Learner, count: int = 30) -> None:
    rows = rows_of(count)
    events = [Incoming(features={"a": r["a"], "b": r["b"]}, label=r["label"]) for r in rows]
    live.learn(learner=learner, events=events)
    learner.refresh_from_db()


def page(name: str, *arguments: int) -> str:
    return reverse(f"learner:{name}", args=arguments)


def csv_of(count: int = 60) -> bytes:
    rows = rows_of(count)
    lines = [",".join(rows[0]), *(",".join(str(v) for v in row.values()) for row in rows)]
    return ("\n".join(lines) + "\n").encode()


def upload(client, learner: Learner, data: bytes, name: str = "stream.csv", **form: str) -> Any:
    file = SimpleUploadedFile(name, data)
    return client.post(page("stream_upload", learner.pk), {"file": file, "header": "on", **form})


# --- the list ------------------------------------------------------------------------------


def test_an_empty_list_says_what_would_be_there(client, words, ada):
    text = words(client.get(page("learner_list")))
    assert "No learners yet." in text
    assert "Log in to make one" in text
    client.force_login(ada)
    assert "Make a learner" in words(client.get(page("learner_list")))


def test_the_list_shows_own_and_public_learners_and_how_they_are(hers, words, learner):
    others = {
        name: create_learner(name=name, visibility="public")
        for name in ("quiet", "resting", "broken", "shifting", "busy")
    }
    create_learner(name="hidden")
    teach(learner)
    Learner.objects.filter(pk=learner.pk).update(last_event=timezone.now())
    Learner.objects.filter(name="resting").update(paused=True)
    Learner.objects.filter(name="quiet").update(
        events=7, last_event=timezone.now() - timedelta(hours=1)
    )
    StreamJob.objects.create(learner=others["broken"], path="x", size=1, status=RunStatus.LOST)
    DriftAlarm.objects.create(
        learner=others["shifting"], began=1, position=1, version=1, usual_error=0, recent_error=1
    )
    answer = hers.get(page("learner_list"))
    found = {entry.learner.name: entry.state for entry in answer.context["entries"]}
    assert found == {
        "prices": "learning", "quiet": "idle", "resting": "paused", "broken": "failed",
        "shifting": "alarm", "busy": "empty",
    }  # fmt: skip
    text = words(answer)
    for badge in ("Learning", "Idle", "Paused", "A job failed", "Drift alarm", "Nothing learned"):
        assert badge in text
    assert "30" in text


def test_a_long_list_needs_few_queries(hers, ada, django_assert_max_num_queries):
    Learner.objects.bulk_create(Learner(name=f"l{i}", owner=ada) for i in range(60))
    with django_assert_max_num_queries(4):
        answer = hers.get(page("learner_list"))
    assert len(answer.context["entries"]) == 25
    assert "Page 1 of 3" in answer.content.decode()


# --- a new one -----------------------------------------------------------------------------


def test_a_learner_is_made_with_a_name_alone(hers, ada):
    answer = hers.post(page("learner_new"), {"name": "prices", "kind": "classifier"})
    learner = Learner.objects.get()
    assert answer.url == page("learner_dashboard", learner.pk)
    assert (learner.owner, learner.visibility, learner.baselines) == (ada, "private", False)
    assert learner.parameters["budget"] == 0.2
    assert learner.parameters["expert"] is None


def test_parameters_and_expert_settings_are_stored(hers):
    given = {
        "name": "prices", "kind": "regressor", "baselines": "on", "budget": "0.1", "seed": "7",
        "expert-tick": "50", "expert-early_rate": "2.5",
    }  # fmt: skip
    hers.post(page("learner_new"), given)
    learner = Learner.objects.get()
    assert (learner.kind, learner.baselines) == ("regressor", True)
    assert (learner.parameters["budget"], learner.parameters["seed"]) == (0.1, 7)
    assert sorted(learner.parameters["expert"]) == [["early_rate", 2.5], ["tick", 50]]


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "", "name is missing."),
        ("name", "17", "a name must not be a number"),
        ("name", "prices", "There is a learner of this name already."),
        ("budget", "2", "budget must be a number from 0.0001 to 1; got 2.0."),
        ("budget", "much", "budget must be a number; got much."),
        ("seed", "1.5", "seed must be a whole number; got 1.5."),
        ("expert-tick", "0", "tick must be a number from 1 to 1e+06; got 0.0."),
        ("kind", "oracle", "Select a valid choice."),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(
    hers, learner, words, field, value, sentence
):
    given = {"name": "new one", "kind": "regressor", "budget": "0.3", "expert-clip": "2"}
    answer = hers.post(page("learner_new"), given | {field: value})
    assert answer.status_code == 422
    form = answer.context["form"]
    assert sentence in " ".join(form.errors[field])
    html = answer.content.decode()
    assert sentence.split(";")[0] in words(answer)
    assert f'id="id_{field}_error"' in html or field == "kind"
    for name, kept in (given | {field: value}).items():
        assert form[name].value() == kept
    assert Learner.objects.count() == 1


def test_who_may_make_a_learner(client, settings):
    for name in ("learner_new", "learner_import"):
        assert client.get(page(name)).url.startswith(reverse("login"))
        assert client.post(page(name), {"name": "x"}).url.startswith(reverse("login"))
    settings.DEMO = True
    client.post(page("learner_new"), {"name": "x", "kind": "classifier"})
    learner = Learner.objects.get()
    assert (learner.owner, learner.visibility) == (None, "public")


# --- settings ------------------------------------------------------------------------------

GIVEN = {
    "name": "rates", "budget": "0.1", "baselines": "on", "sleep_after": "600",
    "sleep_at": "03:00", "sleep_replays": "50",
}  # fmt: skip


def test_settings_are_changed(hers, learner, words):
    teach(learner)
    before = learner.state_version
    answer = hers.post(page("learner_settings", learner.pk), GIVEN, follow=True)
    assert "The settings were stored." in words(answer)
    learner.refresh_from_db()
    assert (learner.name, learner.sleep_after, learner.sleep_replays) == ("rates", 600.0, 50)
    assert str(learner.sleep_at) == "03:00:00"
    assert learner.parameters["budget"] == 0.1
    assert learner.state_version > before
    with live.read(learner) as model:
        assert model.get_params()["budget"] == 0.1
    assert "Next sleep" in words(answer)
    hers.post(page("learner_settings", learner.pk), GIVEN | {"sleep_after": "", "sleep_at": ""})
    learner.refresh_from_db()
    assert (learner.sleep_after, learner.sleep_at) == (None, None)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "other", "There is a learner of this name already."),
        ("budget", "0", "budget must be a number from 0.0001 to 1; got 0.0."),
        ("sleep_after", "0.5", "Sleep_after must be from 1 to 31536000 s; got 0.5 s."),
        ("sleep_at", "noon", "sleep_at must be a time of day, such as 03:00."),
        ("sleep_replays", "0", "sleep_replays must be 1 to 1000000; got 0."),
    ],
)
def test_settings_that_are_refused_change_nothing(hers, learner, ada, field, value, sentence):
    create_learner(name="other", owner=ada)
    answer = hers.post(page("learner_settings", learner.pk), GIVEN | {field: value})
    assert answer.status_code == 422
    form = answer.context["settings_form"]
    assert form.errors[field] == [sentence]
    assert form["sleep_replays"].value() == (value if field == "sleep_replays" else "50")
    learner.refresh_from_db()
    assert (learner.name, learner.parameters["budget"]) == ("prices", 0.2)
    assert learner.sleep_after is None


def test_pause_and_sleep_from_the_page(hers, learner, words):
    teach(learner)
    answer = hers.post(page("learner_sleep", learner.pk), {"replays": "12"}, follow=True)
    commit = Commit.objects.filter(learner=learner, kind="sleep").get()
    assert commit.amount == 12
    assert f"prices replayed 12 events: commit {commit.number}." in words(answer)
    bad = hers.post(page("learner_sleep", learner.pk), {"replays": "many"})
    assert bad.status_code == 422
    assert "replays must be a number; got many." in words(bad)
    answer = hers.post(page("learner_pause", learner.pk), {"paused": "1"}, follow=True)
    assert "is paused: it predicts only." in words(answer)
    answer = hers.post(page("learner_sleep", learner.pk), {"replays": "12"}, follow=True)
    assert "is paused" in words(answer)
    assert Commit.objects.filter(learner=learner, kind="sleep").count() == 1
    hers.post(page("learner_pause", learner.pk), {"paused": "0"})
    learner.refresh_from_db()
    assert not learner.paused


def test_a_learner_is_shared_by_link_and_the_key_can_change(hers, learner, words):
    there = page("learner_settings", learner.pk)
    answer = hers.post(page("learner_share", learner.pk), {"visibility": "link"}, follow=True)
    assert "everyone who has the link" in words(answer)
    learner.refresh_from_db()
    assert f"?key={learner.share_key}" in answer.content.decode()
    stranger = Client()
    assert stranger.get(f"{there}?key={learner.share_key}").status_code == 200
    assert stranger.get(there).status_code == 404
    hers.post(page("learner_share", learner.pk), {"action": "rotate"})
    assert stranger.get(f"{there}?key={learner.share_key}").status_code == 404
    answer = hers.post(page("learner_share", learner.pk), {"visibility": "all"}, follow=True)
    assert "visibility must be one of" in words(answer)


@pytest.mark.django_db(transaction=True)
def test_a_learner_is_deleted_by_its_name_with_its_files(hers, learner, words):
    choose(hers, learner)
    assert list(stream_files.uploads().iterdir())
    answer = hers.post(page("learner_delete", learner.pk), {"typed": "price"})
    assert answer.status_code == 422
    assert "The learner is called prices; got price. Nothing was deleted." in words(answer)
    answer = hers.post(page("learner_delete", learner.pk), {"typed": "prices"}, follow=True)
    assert answer.redirect_chain == [(page("learner_list"), 302)]
    assert not Learner.objects.exists()
    assert not list(stream_files.uploads().iterdir())


def test_only_an_owner_does_anything(client, learner, ada, words, django_user_model):
    Learner.objects.update(visibility="public")
    settings_page = client.get(page("learner_settings", learner.pk))
    assert "<form" not in settings_page.content.decode().split("<main")[1].split("</main>")[0]
    for name in ACTIONS:
        address = page(name, learner.pk)
        assert client.get(address).status_code == 405
        assert client.post(address).url.startswith(reverse("login"))
    client.force_login(django_user_model.objects.create_user("bob"))
    for name in ACTIONS:
        assert client.post(page(name, learner.pk)).status_code == 403
    assert "Send the file" not in words(client.get(page("stream_upload", learner.pk)))
    assert upload(client, learner, csv_of()).status_code == 403
    assert not stream_files.uploads().exists()


# --- states --------------------------------------------------------------------------------


def test_a_state_goes_out_and_comes_back_the_same(hers, learner, words):
    teach(learner)
    answer = hers.get(page("learner_state", learner.pk))
    assert f"prices-{learner.version}.npz" in answer["Content-Disposition"]
    file = SimpleUploadedFile("state.npz", answer.content)
    made = hers.post(page("learner_import"), {"name": "copy", "file": file}, follow=True)
    assert made.status_code == 200
    copy = Learner.objects.get(name="copy")
    assert copy.events == learner.events
    with live.read(copy) as one, live.read(learner) as other:
        x = {"a": 0.3, "b": -1.0}
        assert one.predict_proba_one(x) == other.predict_proba_one(x)


def test_a_state_that_cannot_be_read_is_said_on_the_dashboard(client, learner, words):
    teach(learner)
    damage(learner)
    Learner.objects.update(visibility="link")
    key = f"?key={learner.share_key}"
    answer = client.get(page("learner_state", learner.pk) + key, follow=True)
    assert answer.redirect_chain == [(page("learner_dashboard", learner.pk) + key, 302)]
    [message] = answer.context["messages"]
    assert "is damaged" in str(message)
    assert str(message) in words(answer)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"\x80\x04\x95", "The state is a pickle, which could run anything"),
        (b"hello", "The state must be an npz file or JSON"),
        (b"PK\x03\x04 broken", "damaged npz file"),
        (b"", "The state must be an npz file or JSON"),
    ],
)
def test_what_is_no_state_is_refused_beside_its_field(hers, words, data, sentence):
    file = SimpleUploadedFile("state.npz", data)
    answer = hers.post(page("learner_import"), {"name": "copy", "file": file})
    assert answer.status_code == 422
    assert sentence in answer.context["form"].errors["file"][0]
    assert answer.context["form"]["name"].value() == "copy"
    assert not Learner.objects.exists()


def test_what_is_too_long_is_refused_before_it_is_read(hers, learner, settings, words):
    settings.LEARNER_STATE_BYTES = settings.LEARNER_UPLOAD_BYTES = 1000
    big = io.BytesIO(b"x" * (1100 + OTHER_FIELDS))
    for address in (page("learner_import"), page("stream_upload", learner.pk)):
        big.seek(0)
        answer = hers.post(address, {"name": "copy", "file": big})
        assert answer.status_code == 413
        assert "The file may have at most 1,000 bytes." in words(answer)
    assert not stream_files.uploads().exists()


def test_an_upload_without_a_token_of_its_form_is_refused(learner, ada):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ada)
    assert upload(strict, learner, csv_of()).status_code == 403
    assert strict.post(page("learner_import"), {"name": "x"}).status_code == 403
    assert not stream_files.uploads().exists()


# --- files ---------------------------------------------------------------------------------


def choose(client, learner: Learner, data: bytes | None = None, **form: Any) -> Any:
    """Send a file and its options; return the last answer."""
    token = upload(client, learner, csv_of() if data is None else data).url.split("file=")[1]
    from urllib.parse import unquote

    given = {"token": unquote(token), "target": "label", **form}
    return client.post(page("stream_upload", learner.pk), given)


def test_a_file_is_sent_looked_at_and_learned(hers, learner, words):
    answer = upload(hers, learner, gzip.compress(csv_of()), "data.csv.gz")
    assert answer.status_code == 302
    shown = hers.get(answer.url)
    text = words(shown)
    assert "data.csv.gz" in text
    assert "about 60 records" in text
    first = rows_of(1)[0]
    assert f"{first['a']}, " in text
    form = {"token": shown.context["token"], "target": "label", "ignore": ["c"], "delay": "5"}
    answer = hers.post(page("stream_upload", learner.pk), form)
    job = StreamJob.objects.get()
    assert answer.url == page("job_detail", learner.pk, job.pk)
    assert "Waits for a worker." in words(hers.get(answer.url))
    run_worker.work(once=True)
    learner.refresh_from_db()
    assert learner.events == 60
    assert set(learner.schema) == {"a", "b", "c", "colour"}
    text = words(hers.get(answer.url))
    for said in ("Done", "Records read 60", "Accuracy", "records a second", "Left out c"):
        assert said in text
    assert "data.csv.gz" in words(hers.get(page("stream_upload", learner.pk)))


@pytest.mark.parametrize(
    ("form", "field", "sentence"),
    [
        ({"target": ""}, "target", "Choose the column of the label."),
        ({"target": "price"}, "target", "Select a valid choice."),
        ({"delay": "-1"}, "delay", "delay must be 0 to 100000; got -1."),
        ({"limit": "some"}, "limit", "limit must be a number; got some."),
        ({"identifier": "label"}, "target", "The label cannot be left out"),
        ({"ignore": ["label"]}, "target", "The label cannot be left out"),
        ({"ignore": ["a"], "categorical": ["a"]}, "__all__", "a cannot hold text and be left out"),
    ],
)
def test_options_that_are_refused_keep_the_file_and_what_was_given(
    hers, learner, words, form, field, sentence
):
    answer = choose(hers, learner, **{"categorical": ["b"], "limit": "9", **form})
    assert answer.status_code == 422
    assert sentence in answer.context["form"].errors[field][0]
    columns = {name: (text, out) for name, _, text, out in answer.context["columns"]}
    assert columns["b"] == (form.get("categorical", ["b"]) == ["b"], False)
    assert not StreamJob.objects.exists()
    again = {"token": answer.context["token"], "target": "label"}
    assert hers.post(page("stream_upload", learner.pk), again).status_code == 302


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "Stream.csv is empty."),
        (b"a,a\n1,2\n", "Stream.csv has two columns called 'a'."),
        (b"PK\x03\x04x", "Stream.csv is a zip archive"),
    ],
)
def test_a_file_that_is_refused_says_why(hers, learner, words, data, sentence):
    answer = upload(hers, learner, data)
    assert answer.status_code == 422
    assert sentence in answer.context["form"].errors["file"][0]
    answer = hers.post(page("stream_upload", learner.pk), {"header": "on"})
    assert answer.context["form"].errors["file"] == ["Choose a file."]


def test_a_token_is_for_its_learner_and_cannot_be_made_up(hers, learner, ada, words):
    address = upload(hers, learner, csv_of()).url
    other = create_learner(name="other", owner=ada)
    elsewhere = address.replace(f"/{learner.pk}/", f"/{other.pk}/")
    assert "sent for another learner" in words(hers.get(elsewhere))
    assert "no longer kept here" in words(hers.get(f"{address}x"))
    Learner.objects.update(visibility="public")
    assert Client().get(address).url.startswith(reverse("login"))


def test_another_label_than_the_learners_is_refused(hers, learner):
    choose(hers, learner)
    run_worker.work(once=True)
    answer = choose(hers, learner, csv_of(70), target="colour")
    assert answer.context["form"].errors["target"] == [
        "This learner learns the column label; got colour."
    ]


def test_progress_of_a_job_and_what_may_be_done(hers, learner, words):
    choose(hers, learner)
    job = StreamJob.objects.get()
    now = timezone.now()
    running = {
        "status": RunStatus.RUNNING, "worker": "elsewhere 1 x", "heartbeat": now, "started": now,
        "done": 20, "summary": {"events": 20, "rate": 10.0, "updated": 0.2, "accuracy": 0.5},
    }  # fmt: skip
    StreamJob.objects.filter(pk=job.pk).update(**running)
    address = page("job_progress", learner.pk, job.pk)
    answer = hers.get(address)
    assert answer["X-Active"] == "1"
    assert "no-store" in answer["Cache-Control"]
    assert "20 of about 60 records, 10 a second, 4 s left." in words(answer)
    text = words(hers.post(page("job_cancel", learner.pk, job.pk), follow=True))
    assert "It will end within a second or two" in text
    assert "It is being cancelled." in words(hers.get(address))
    assert "did not end early" in words(
        hers.post(page("job_again", learner.pk, job.pk), follow=True)
    )
    assert "cancel it first" in words(
        hers.post(page("job_delete", learner.pk, job.pk), follow=True)
    )
    StreamJob.objects.filter(pk=job.pk).update(status=RunStatus.FAILED, error="Line 3 is bad.")
    assert hers.get(address)["X-Active"] == "0"
    text = words(hers.get(page("job_detail", learner.pk, job.pk)))
    assert "Line 3 is bad." in text
    assert "Go on" in text
    hers.post(page("job_again", learner.pk, job.pk), {"skip_bad_rows": "1"})
    run_worker.work(once=True)
    job.refresh_from_db()
    assert (job.status, job.options["learn"]["skip_bad_rows"]) == (RunStatus.DONE, True)
    answer = hers.post(page("job_delete", learner.pk, job.pk), follow=True)
    assert "what it learned stays learned" in words(answer)
    assert not StreamJob.objects.exists()


def test_a_silent_job_is_shown_as_lost(hers, learner, words):
    choose(hers, learner)
    job = StreamJob.objects.get()
    StreamJob.objects.update(
        status=RunStatus.RUNNING, worker="a 1 b", heartbeat=timezone.now() - timedelta(minutes=2)
    )
    text = words(hers.get(page("job_detail", learner.pk, job.pk)))
    assert "No heartbeat" in text
    assert "What it had learned is kept" in text


def test_jobs_of_others_are_not_found(hers, learner, ada, django_user_model):
    choose(hers, learner)
    job = StreamJob.objects.get()
    other = create_learner(name="other", owner=ada)
    assert hers.get(page("job_detail", other.pk, job.pk)).status_code == 404
    bob = Client()
    bob.force_login(django_user_model.objects.create_user("bob"))
    for name in ("job_cancel", "job_again", "job_delete"):
        assert bob.post(page(name, learner.pk, job.pk)).status_code == 404
    assert bob.get(page("job_progress", learner.pk, job.pk)).status_code == 404


# --- parameters from a preset ----------------------------------------------------------------


def test_parameters_are_derived_from_a_preset_and_may_be_changed(hers, examples, words):
    from learner.services.bridge_presets import parameters_from_preset

    asked = {"preset": "hippocampus", "interval": "1000"}
    answer = hers.get(page("learner_new"), asked)
    derived = parameters_from_preset("hippocampus", 1000.0).parameters
    form = answer.context["form"]
    assert form["budget"].value() == derived["budget"]
    expert = dict(derived["expert"])
    assert form["expert-tick"].value() == expert["tick"]
    assert "How they follow from the preset" in words(answer)
    sent = {name: str(form[name].value() or "") for name in form.fields if name != "baselines"}
    hers.post(page("learner_new"), sent | {"name": "like CA1", "budget": "0.3"})
    learner = Learner.objects.get()
    assert (learner.preset, learner.parameters["budget"]) == ("hippocampus", 0.3)
    assert dict(learner.parameters["expert"]) == expert


def test_an_interval_out_of_bounds_is_refused_beside_its_field(hers, examples):
    answer = hers.get(page("learner_new"), {"preset": "hippocampus", "interval": "-1"})
    assert "interval" in answer.context["chosen"].errors
    assert answer.context["form"]["budget"].value() == 0.2
    made = hers.post(
        page("learner_new"), {"name": "x", "kind": "classifier", "preset": "no such preset"}
    )
    assert made.status_code == 302
    assert Learner.objects.get().preset == ""
