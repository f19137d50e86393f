"""The dashboard of a learner in every state, and the pages below it."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from learner.models import Commit, Connection, Learner, StreamJob
from learner.services import live
from learner.services.learners import export_state, import_bytes
from learner.views import commits
from synapse.models import RunStatus, Visibility
from tests.web.learner_pages import add_alarms, add_windows, damage, events, taught

pytestmark = pytest.mark.django_db
PAGES = ("learner_dashboard", "learner_live", "commit_list", "event_list", "alarm_list")


def address(name: str, learner: Learner, *more: Any) -> str:
    return reverse(f"learner:{name}", args=[learner.pk, *more])


def page(client: Client, name: str, learner: Learner, *more: Any, query: str = "") -> str:
    answer = client.get(address(name, learner, *more) + query)
    assert answer.status_code == 200, (name, answer.status_code)
    return answer.content.decode()


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


@pytest.fixture
def learner(ada: Any) -> Learner:
    return taught(owner=ada)


@pytest.fixture
def owner(client: Client, ada: Any) -> Client:
    client.force_login(ada)
    return client


# --- the states of the dashboard ---------------------------------------------------------


def test_a_learner_without_events_says_how_to_send_the_first(owner: Client, ada: Any) -> None:
    empty = taught(0, owner=ada)
    for name in ("learner_dashboard", "learner_live"):
        html = page(owner, name, empty)
        assert "Waits for its first event" in html
        assert "No event yet" in html
        assert f"curl -X POST http://testserver/api/v1/learners/{empty.pk}/learn" in html
        assert address("stream_upload", empty) in html
        assert "Commit ledger" not in html


def test_a_learner_made_from_a_state_says_that_it_goes_on_from_there(
    owner: Client, learner: Learner, ada: Any
) -> None:
    copy = import_bytes(name="copy", data=export_state(learner=learner), owner=ada)
    assert (copy.events, copy.position) == (60, 0)
    text = text_of(page(owner, "learner_dashboard", copy))
    assert "Nothing measured yet It goes on from a state of 60 events" in text
    assert "Send the next event" in text
    assert "No event yet" not in text
    live.learn(learner=copy, events=events(1))
    assert "Commit ledger" in page(owner, "learner_dashboard", copy)


def test_the_command_of_the_empty_page_is_what_the_api_takes(owner: Client, ada: Any) -> None:
    empty = taught(0, owner=ada)
    html = page(owner, "learner_dashboard", empty)
    body = re.search(r"-d &#x27;(.*?)&#x27;|-d '(.*?)'", html)
    assert body
    sent = owner.post(
        f"/api/v1/learners/{empty.pk}/learn", body[1] or body[2], content_type="application/json"
    )
    assert sent.status_code == 200, sent.content
    assert "Commit ledger" in page(owner, "learner_dashboard", empty)


def test_a_taught_learner_shows_commits_events_and_the_pairing(
    owner: Client, learner: Learner
) -> None:
    text = text_of(page(owner, "learner_dashboard", learner))
    assert "Commit ledger" in text
    assert f"commit {learner.version}" in text
    assert "event 60" in text
    assert "Each stage and its biology" in text
    assert text.count("Roll back") >= 1


def test_windows_are_drawn_with_a_finding_a_caption_and_a_table(
    owner: Client, learner: Learner
) -> None:
    add_windows(learner, 30)
    add_alarms(learner, 2)
    html = page(owner, "learner_dashboard", learner)
    for chart in ("accuracy", "drive", "heads"):
        assert f'id="table-{chart}"' in html
    findings = re.findall(r'<g role="img" aria-label="([^"]+)"', html)
    assert len(findings) >= 12
    assert all(len(finding) > 30 for finding in findings)
    assert html.count('class="ev"') >= 2
    assert "drift 1" in html


def test_a_paused_learner_says_so_and_can_be_resumed(owner: Client, learner: Learner) -> None:
    Learner.objects.filter(pk=learner.pk).update(paused=True)
    html = page(owner, "learner_dashboard", learner)
    assert "This learner is paused" in html
    assert re.search(r'name="paused" value="0"><button[^>]*>Resume', html)
    assert "Sleep now" not in html
    detail = page(owner, "commit_detail", learner, 2)
    assert "Resume it first" in detail
    assert address("commit_rollback", learner, 1) not in detail


def test_a_job_under_way_and_one_that_failed_are_shown(owner: Client, learner: Learner) -> None:
    job = StreamJob.objects.create(
        learner=learner, path="x.csv", size=1, title="elec2.csv", status=RunStatus.RUNNING,
        done=1200, total=4000,
    )  # fmt: skip
    text = text_of(page(owner, "learner_dashboard", learner))
    assert "Learning from a file" in text
    assert "a worker is writing to this learner, 1 200 of 4 000 records" in text
    job.status, job.error = RunStatus.FAILED, "x.csv line 7: has no label"
    job.save()
    text = text_of(page(owner, "learner_dashboard", learner))
    assert "elec2.csv failed: x.csv line 7: has no label" in text


def test_a_job_whose_worker_is_silent_is_said_to_be_lost(owner: Client, learner: Learner) -> None:
    StreamJob.objects.create(
        learner=learner, path="x.csv", size=1, title="elec2.csv", status=RunStatus.RUNNING,
        heartbeat=timezone.now() - timedelta(minutes=2),
    )  # fmt: skip
    text = text_of(page(owner, "learner_live", learner))
    assert "elec2.csv was lost: its worker is silent" in text
    assert "Learning from a file" not in text


def test_a_damaged_checkpoint_is_said_and_the_page_still_opens(
    owner: Client, learner: Learner
) -> None:
    damage(learner)
    text = text_of(page(owner, "learner_dashboard", learner))
    assert "This learner cannot be read." in text
    assert "is damaged" in text
    assert "Cannot be read" in text
    assert "Commit ledger" in text
    for name in ("commit_list", "event_list", "alarm_list", "learner_live"):
        page(owner, name, learner)
    assert "is damaged" in page(owner, "event_detail", learner, 5)
    assert "is damaged" in page(owner, "commit_detail", learner, 2)


def test_a_learner_that_sleeps_by_schedule_says_when(owner: Client, learner: Learner) -> None:
    learner.sleep_after, learner.sleep_at = 600.0, timezone.now().time().replace(hour=3, minute=5)
    learner.save()
    assert "Sleeps after 600 s without an event and every day at 03:05 UTC" in page(
        owner, "learner_dashboard", learner
    )


def test_a_learner_of_numbers_is_told_in_errors(owner: Client, ada: Any) -> None:
    learner = taught(60, kind="regressor", owner=ada)
    text = text_of(page(owner, "learner_dashboard", learner))
    assert "Mean absolute error" in text
    assert "Error against baselines" in text
    event = text_of(page(owner, "event_detail", learner, 30))
    assert "in standard deviations" in event


def test_a_name_with_markup_is_only_text(owner: Client, ada: Any) -> None:
    learner = taught(30, name="<script>alert(1)</script>", owner=ada)
    for name in PAGES:
        assert "<script>alert" not in page(owner, name, learner)


def test_the_pairing_shows_the_synapse_of_the_connection_opened_last(
    owner: Client, learner: Learner, synapse: Any, own: Any, django_user_model: Any
) -> None:
    connection = Connection.objects.create(
        learner=learner, pathway=0, source='{"feature": "load"}', label='"up"', synapse=synapse
    )
    answer = owner.get(address("learner_dashboard", learner))
    assert answer.context["connection"].get_deferred_fields() == {"agreement", "code"}
    html = answer.content.decode()
    text = text_of(html)
    assert "Synapse, now" in text
    assert "h 1" in text
    assert "receptors" in text
    assert address("connection_detail", learner, connection.pk) in html
    Connection.objects.update(synapse=own)
    Learner.objects.update(visibility=Visibility.PUBLIC)
    other = Client()
    other.force_login(django_user_model.objects.create_user("other"))
    assert "Synapse, now" not in text_of(page(other, "learner_dashboard", learner))
    assert "Synapse, now" in text_of(page(owner, "learner_dashboard", learner))


# --- live --------------------------------------------------------------------------------


def test_the_live_part_is_not_sent_again_while_nothing_changed(
    owner: Client, learner: Learner
) -> None:
    Learner.objects.filter(pk=learner.pk).update(last_event=timezone.now() - timedelta(hours=1))
    html = page(owner, "learner_dashboard", learner)
    version = re.search(r'data-version="([^"]+)"', html)
    assert version
    known = version[1].replace("&quot;", '"').replace("&#x27;", "'")
    where = address("learner_live", learner)
    assert owner.get(where, headers={"If-None-Match": known}).status_code == 304
    live.learn(learner=learner, events=events(3, 1))
    fresh = owner.get(where, headers={"If-None-Match": known})
    assert fresh.status_code == 200
    assert fresh["ETag"] != known
    assert fresh["Cache-Control"].startswith("max-age=0")


def test_the_live_part_has_the_regions_of_the_page(owner: Client, learner: Learner) -> None:
    regions = re.compile(r'id="([\w-]+)" data-region')
    whole = regions.findall(page(owner, "learner_dashboard", learner))
    part = regions.findall(page(owner, "learner_live", learner))
    assert sorted(whole) == sorted(part)
    assert len(set(whole)) == len(whole) >= 10


def test_everything_that_takes_the_focus_in_a_region_has_a_name_of_its_own(
    owner: Client, learner: Learner
) -> None:
    add_windows(learner, 5)
    add_alarms(learner, 2)
    html = page(owner, "learner_live", learner)
    tags = re.findall(r"<(\w+)([^>]*)>", html)
    takers = ("a", "button", "details", "summary")
    named = [rest for tag, rest in tags if tag in takers or " tabindex=" in rest]
    assert len([rest for rest in named if " tabindex=" in rest]) >= 3
    without = [tag for tag in named if ' id="' not in f" {tag}"]
    allowed = [tag for tag in without if "/commits/" in tag]
    assert without == allowed
    ids = re.findall(r' id="([^"]+)"', html)
    assert len(ids) == len(set(ids))


# --- commits -----------------------------------------------------------------------------


def test_a_rollback_takes_commits_out_of_effect_and_can_be_taken_back(
    owner: Client, learner: Learner
) -> None:
    last = learner.version
    sent = owner.post(address("commit_rollback", learner, 3), {"version": last}, follow=True)
    assert "The learner is back at the state right after commit 3" in text_of(sent.content.decode())
    learner.refresh_from_db()
    assert learner.version == last + 1
    assert learner.events == Commit.objects.get(learner=learner, number=3).event
    listed = text_of(page(owner, "commit_list", learner))
    assert f"{last + 1} " in listed
    assert "rollback to 3" in listed
    assert listed.count("Rolled back") == last - 3
    assert "Restore" in listed
    restore = text_of(page(owner, "commit_detail", learner, last))
    assert f"{last - 3} commits come into effect again" in restore
    owner.post(address("commit_rollback", learner, last), {"version": last + 1})
    learner.refresh_from_db()
    assert learner.events == 60
    listed = text_of(page(owner, "commit_list", learner))
    assert listed.count("Rolled back") == 1


def test_the_form_says_what_is_lost(owner: Client, learner: Learner) -> None:
    number = learner.version - 2
    event = Commit.objects.get(learner=learner, number=number).event
    text = text_of(page(owner, "commit_detail", learner, number))
    assert f"2 commits and {60 - event} events learned since are taken out of effect" in text
    assert "3 commits and" in text


def test_a_form_sent_twice_rolls_back_once(owner: Client, learner: Learner) -> None:
    last, where = learner.version, address("commit_rollback", learner, 3)
    owner.post(where, {"version": last, "page": 4})
    again = owner.post(where, {"version": last, "page": 4})
    assert again.status_code == 409
    text = text_of(again.content.decode())
    assert "Changed meanwhile: the learner was rolled back since this page was shown" in text
    assert text_of(again.content.decode()).count("Commit 4") >= 1
    learner.refresh_from_db()
    assert learner.version == last + 1


def test_a_learner_that_moves_between_the_look_and_the_deed_is_not_rolled_back(
    owner: Client, learner: Learner, monkeypatch: pytest.MonkeyPatch
) -> None:
    last, looked = learner.version, []

    def look(*given: Any, **more: Any) -> str:
        looked.append(given)
        live.learn(learner=Learner.objects.get(pk=learner.pk), events=events(20, 4))
        return ""

    monkeypatch.setattr(commits, "_moved", look)
    sent = owner.post(address("commit_rollback", learner, 3), {"version": last})
    assert looked
    assert sent.status_code == 409
    assert f"the last commit was {last} and is" in sent.content.decode()
    assert not Commit.objects.filter(kind="rollback").exists()


def test_what_was_learned_meanwhile_is_lost_only_if_that_was_agreed(
    owner: Client, learner: Learner
) -> None:
    last, where = learner.version, address("commit_rollback", learner, 3)
    live.learn(learner=learner, events=events(40, 2))
    refused = owner.post(where, {"version": last})
    assert refused.status_code == 409
    assert "went on learning" in refused.content.decode()
    learner.refresh_from_db()
    assert learner.version > last
    owner.post(where, {"version": last, "newer": "1"})
    assert Commit.objects.filter(learner=learner).latest("number").kind == "rollback"


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 30, "٣"])
def test_a_form_without_a_version_changes_nothing(
    owner: Client, learner: Learner, version: str
) -> None:
    sent = owner.post(address("commit_rollback", learner, 3), {"version": version, "page": "x"})
    assert sent.status_code == 409
    assert not Commit.objects.filter(kind="rollback").exists()


def test_a_rollback_of_a_paused_learner_is_refused_in_a_sentence(
    owner: Client, learner: Learner
) -> None:
    Learner.objects.filter(pk=learner.pk).update(paused=True)
    sent = owner.post(address("commit_rollback", learner, 3), {"version": learner.version})
    assert sent.status_code == 409
    assert "is paused" in sent.content.decode()


def test_rolling_back_is_by_post_and_for_who_may_write(
    client: Client, owner: Client, learner: Learner, django_user_model: Any
) -> None:
    where = address("commit_rollback", learner, 3)
    assert owner.get(where).status_code == 405
    other = Client()
    Learner.objects.update(visibility=Visibility.PUBLIC)
    sent = other.post(where, {"version": learner.version})
    assert sent["Location"].startswith("/accounts/login/")
    other.force_login(django_user_model.objects.create_user("other"))
    assert other.post(where, {"version": learner.version}).status_code == 403
    read = text_of(other.get(address("commit_detail", learner, 3)).content.decode())
    assert "You may read it, not change it." in read
    assert not Commit.objects.filter(kind="rollback").exists()


def test_commits_are_listed_in_pages_and_by_cause(owner: Client, ada: Any) -> None:
    learner = taught(160, owner=ada)
    assert learner.version > 50
    first = page(owner, "commit_list", learner)
    older = re.search(r'href="\?before=(\d+)">Older', first)
    assert older
    assert int(older[1]) == learner.version - 49
    second = page(owner, "commit_list", learner, query=f"?before={older[1]}")
    assert f'id="commit-{int(older[1]) - 1}"' in second
    assert f'id="commit-{older[1]}"' not in second
    settled = page(owner, "commit_list", learner, query="?kind=consolidate")
    assert settled.count('id="commit-') == len(
        Commit.objects.filter(learner=learner, kind="consolidate")
    )
    nothing = page(owner, "commit_list", learner, query="?kind=rollback")
    assert "No commit is like that" in nothing
    for nonsense in ("?before=x", "?kind=x", "?before=" + "9" * 40, "?before=-3"):
        assert 'id="commit-' in page(owner, "commit_list", learner, query=nonsense)


def test_a_commit_shows_what_it_changed_and_leads_to_its_event(
    owner: Client, learner: Learner
) -> None:
    commit = Commit.objects.filter(learner=learner, kind="learn").latest("number")
    html = page(owner, "commit_detail", learner, commit.number)
    assert "Connections changed most" in html
    assert html.count("<td>early</td>") + html.count("<td>late</td>") > 2
    assert address("event_detail", learner, commit.position) in html


def test_there_is_no_commit_or_event_beyond_the_last(owner: Client, learner: Learner) -> None:
    for name, number in (
        ("commit_detail", 0), ("commit_detail", learner.version + 1), ("event_detail", 60),
        ("commit_detail", 10**25), ("event_detail", 10**25),
    ):  # fmt: skip
        assert owner.get(address(name, learner, number)).status_code == 404, (name, number)
    assert owner.get(f"/learners/{10**30}/").status_code == 404
    sent = owner.post(address("commit_rollback", learner, 10**6), {"version": learner.version})
    assert sent.status_code == 404


# --- events and alarms -------------------------------------------------------------------


def test_an_event_is_explained_as_it_was_predicted_then(owner: Client, ada: Any) -> None:
    learner = taught(0, owner=ada)
    outcomes = live.learn(learner=learner, events=events(50, identified=True))
    learner.refresh_from_db()
    place = outcomes[40].position
    html = page(owner, "event_detail", learner, place)
    text = text_of(html)
    assert f"Predicted {outcomes[40].prediction} probability" in text
    assert f"Surprise {outcomes[40].surprise:.3f}" in text
    assert "event-0-40" in text
    assert f"Why {outcomes[40].prediction}" in text
    assert html.count('class="multiple"') == 6
    assert "What each feature adds" in text
    assert "load" in text
    other = page(owner, "event_detail", learner, place, query="?label=1")
    assert "Why" in other


def test_the_first_event_was_predicted_by_nobody(owner: Client, learner: Learner) -> None:
    text = text_of(page(owner, "event_detail", learner, 0))
    assert "no label was known yet" in text
    assert "knew no label before this event" in text


def test_a_sleep_and_a_rollback_have_pages_without_an_explanation(
    owner: Client, learner: Learner
) -> None:
    live.sleep(learner=learner, replays=5)
    live.rollback(learner=learner, version=3)
    learner.refresh_from_db()
    rollback = text_of(page(owner, "event_detail", learner, learner.position - 1))
    assert "A rollback took up the state right after commit 3" in rollback
    slept = text_of(page(owner, "event_detail", learner, learner.position - 2))
    assert "A sleep replayed 5 kept events" in slept
    listed = text_of(page(owner, "event_list", learner))
    assert "sleep" in listed
    detail = text_of(page(owner, "commit_detail", learner, learner.version))
    assert "A rollback takes up a whole state" in detail


def test_events_are_listed_in_pages_and_by_what_they_did(owner: Client, ada: Any) -> None:
    learner = taught(120, owner=ada)
    first = page(owner, "event_list", learner)
    assert first.count('id="event-') == 50
    assert 'href="?before=70">Older' in first
    assert page(owner, "event_list", learner, query="?before=20").count('id="event-') == 20
    salient = page(owner, "event_list", learner, query="?kind=learn")
    assert "traces only</td>" not in salient
    assert "learned, salient</td>" in salient
    assert "No event is like that" in page(owner, "event_list", learner, query="?kind=sleep")


def test_alarms_say_what_they_did_and_lead_to_the_commit_before(
    owner: Client, learner: Learner
) -> None:
    add_alarms(learner, 60, version=2)
    html = page(owner, "alarm_list", learner)
    assert html.count('id="alarm-') == 50
    assert "updates up to" in html
    assert f"{address('commit_detail', learner, 2)}#rollback" in html
    older = re.search(r'href="\?before=(\d+)">Older', html)
    assert older
    second = page(owner, "alarm_list", learner, query=f"?before={older[1]}")
    assert second.count('id="alarm-') == 10


def test_the_windows_are_a_csv_file(owner: Client, learner: Learner) -> None:
    answer: Any = owner.get(address("learner_accuracy_csv", learner))
    assert answer["Content-Type"].startswith("text/csv")
    assert "attachment" in answer["Content-Disposition"]
    assert b"".join(answer.streaming_content).startswith(b"first,")


def test_a_link_opens_every_page_and_is_kept_in_the_links(client: Client, learner: Learner) -> None:
    Learner.objects.update(visibility=Visibility.LINK)
    key = f"?key={learner.share_key}"
    for name, more in (*((name, ()) for name in PAGES), ("commit_detail", (2,)),
                       ("event_detail", (3,)), ("learner_accuracy_csv", ())):  # fmt: skip
        assert client.get(address(name, learner, *more)).status_code == 404, name
        answer = client.get(address(name, learner, *more) + key)
        assert answer.status_code == 200, name
    html = page(client, "learner_dashboard", learner, query=key)
    assert address("commit_list", learner) + key in html
    assert learner.share_key not in page_without_links(html)
    assert "Pause" not in html


def page_without_links(html: str) -> str:
    return re.sub(r'(href|data-live|data-stream|value|action)="[^"]*"', "", html)


def test_learners_are_in_the_navigation_and_on_the_home_page(
    owner: Client, learner: Learner
) -> None:
    home = owner.get("/").content.decode()
    assert address("learner_dashboard", learner) in home
    assert '<a href="/learners/" aria-current="true">Learners</a>' in page(
        owner, "commit_list", learner
    )
