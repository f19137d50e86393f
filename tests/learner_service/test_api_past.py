"""The learners' API: commits, events, rollback, sleep, explanations, measures and states."""

import pickle
from collections.abc import Callable
from typing import Any

import pytest

from learner.models import Commit, DriftAlarm, Learner
from learner.pipeline import EventDrivenClassifier
from learner.services import live
from learner.services.learners import export_state
from learner.services.locks import WriterLock
from learner.services.messages import Incoming
from tests.calling import ROOT, Caller, problem

pytestmark = pytest.mark.django_db
NPZ = "application/octet-stream"


@pytest.fixture
def taught(own: Learner, teach: Callable[..., Any]) -> Learner:
    """The owner's learner after two calls of events."""
    teach(own, 60)
    teach(own, 60)
    return own


# --- commits and events ------------------------------------------------------------------


def test_commits_are_listed_by_kind_and_explained(owner: Caller, taught: Learner) -> None:
    address = f"/learners/{taught.pk}/commits"
    listed = owner("get", f"{address}?limit=100").json()
    assert listed["count"] == taught.version == Commit.objects.count()
    assert listed["items"][0]["number"] == taught.version
    salient = owner("get", f"{address}?kind=learn&order=oldest").json()
    assert 0 < salient["count"] < listed["count"]
    assert {one["kind"] for one in salient["items"]} == {"learn"}
    number = salient["items"][-1]["number"]
    one = owner("get", f"{address}/{number}").json()
    assert one["number"] == number
    assert one["connections"]
    assert all(change["before"] != change["after"] for change in one["connections"])
    problem(owner("get", f"{address}/{taught.version + 1}"), 404)
    problem(owner("get", f"{address}/0"), 422)
    problem(owner("get", f"{address}?kind=spin"), 422)


def test_events_of_the_ledger_name_features_and_labels(owner: Caller, taught: Learner) -> None:
    address = f"/learners/{taught.pk}/events"
    listed = owner("get", f"{address}?limit=50").json()
    assert listed["count"] == 120
    assert [one["position"] for one in listed["items"]] == list(range(119, 69, -1))
    rest = owner.client.get(listed["next"]).json()
    assert [one["position"] for one in rest["items"]] == list(range(69, 19, -1))
    last = owner.client.get(rest["next"]).json()
    assert (len(last["items"]), last["next"]) == (20, None)
    assert owner("get", f"{address}?offset=110&limit=5").json()["items"][0]["position"] == 9
    for position in (0, 59, 60, 119):
        one = owner("get", f"{address}/{position}").json()
        assert one["features"].keys() == {"height", "width"}
        assert one["label"] == ("up" if one["features"]["height"] > 0 else "down")
    problem(owner("get", f"{address}/120"), 404)
    problem(owner("get", f"{address}/{10**30}"), 422)


def test_names_are_those_of_the_time_also_after_a_rollback(owner: Caller, own: Learner) -> None:
    def learn(feature: str, label: str) -> None:
        event = Incoming(features={"a": 1.0, feature: 2.0}, label=label)
        live.learn(learner=own, events=[event] * 30)
        own.refresh_from_db()

    learn("a", "one")
    first = own.version
    learn("before", "two")
    live.rollback(learner=own, version=first)
    own.refresh_from_db()
    learn("after", "three")
    learn("later", "two")
    address = f"/learners/{own.pk}/events"
    found = {p: owner("get", f"{address}/{p}").json() for p in (0, 31, 61, 99)}
    assert [found[p]["label"] for p in found] == ["one", "two", "three", "two"]
    assert [sorted(found[p]["features"]) for p in found] == [
        ["a"], ["a", "before"], ["a", "after"], ["a", "after", "later"],
    ]  # fmt: skip
    listed = owner("get", f"{address}?limit=100").json()["items"]
    assert {one["label"] for one in listed if one["position"] in range(30, 60)} == {"two"}
    assert [one["kind"] for one in listed if one["position"] == 60] == ["rollback"]
    assert listed[0]["label"] == "two"


# --- the way back, and sleep -------------------------------------------------------------


def test_a_rollback_goes_back_exactly_and_is_a_commit(
    owner: Caller, own: Learner, teach: Callable[..., Any]
) -> None:
    teach(own, 50)
    then = own.version
    before = export_state(learner=own)
    teach(own, 50)
    done = owner("post", f"/learners/{own.pk}/rollback", {"version": then})
    assert done.status_code == 200, done.content
    own.refresh_from_db()
    assert done.json()["commit"] == done.json()["learner"]["version"] == own.version
    last = owner("get", f"/learners/{own.pk}/commits/{own.version}").json()
    assert (last["kind"], last["amount"], last["connections"]) == ("rollback", then, None)
    assert "rollback" in last["note"]
    if Commit.objects.get(number=then).event == 50:
        assert export_state(learner=own) == before
    gone = problem(owner("post", f"/learners/{own.pk}/rollback", {"version": 10**6}), 422)
    assert "1000000" in gone["detail"]


def test_a_sleep_is_a_commit(owner: Caller, taught: Learner) -> None:
    done = owner("post", f"/learners/{taught.pk}/sleep", {"replays": 30})
    assert done.status_code == 200, done.content
    row = Commit.objects.get(number=done.json()["commit"])
    assert (row.kind, row.amount) == ("sleep", 30)
    problem(owner("post", f"/learners/{taught.pk}/sleep", {"replays": 0}), 422)
    problem(owner("post", f"/learners/{taught.pk}/sleep", {"replays": 10**7}), 422)


def test_the_second_of_two_writers_is_told_to_come_again(
    owner: Caller, taught: Learner, settings: Any
) -> None:
    settings.LEARNER_LOCK_WAIT = 0.05
    lock = WriterLock(taught)
    try:
        asked = {"features": {"height": 1.0, "width": 0.0}, "label": "up"}
        refused = owner("post", f"/learners/{taught.pk}/learn", asked)
    finally:
        lock.release()
    assert taught.name in problem(refused, 409)["detail"]
    assert int(refused["Retry-After"]) > 0
    assert owner("post", f"/learners/{taught.pk}/learn", asked).status_code == 200


# --- why, and how well -------------------------------------------------------------------


def test_a_prediction_is_explained(owner: Caller, taught: Learner) -> None:
    asked = {"features": {"height": 2.0, "width": 0.1}}
    found = owner("post", f"/learners/{taught.pk}/explain", asked).json()
    assert found["prediction"] == found["label"] == "up"
    heads = found["heads"].values()
    assert all(
        head["score"] == pytest.approx(head["bias"] + sum(head["contributions"].values()))
        for head in heads
    )
    other = owner("post", f"/learners/{taught.pk}/explain", asked | {"label": "down"}).json()
    assert (other["prediction"], other["label"]) == ("up", "down")
    wrong = owner("post", f"/learners/{taught.pk}/explain", asked | {"label": "sideways"})
    assert "sideways" in problem(wrong, 422)["detail"]


def test_measures_are_read(owner: Caller, taught: Learner) -> None:
    facts = owner("get", f"/learners/{taught.pk}/metrics")
    assert facts.status_code == 200, facts.content
    assert {"events", "score", "beside", "update_share", "budget"} <= facts.json().keys()
    curves = owner("get", f"/learners/{taught.pk}/metrics/windows?points=50").json()
    assert len(curves["events"]) == len(curves["surprise"]) <= 51
    problem(owner("get", f"/learners/{taught.pk}/metrics/windows?points=1e9"), 422)
    DriftAlarm.objects.create(
        learner=taught, began=80, position=79, version=9, usual_error=0.1, recent_error=0.5
    )
    alarms = owner("get", f"/learners/{taught.pk}/alarms").json()
    assert [(one["began"], one["ended"], one["version"]) for one in alarms["items"]] == [
        (80, None, 9)
    ]


def test_the_largest_connections_are_listed(owner: Caller, taught: Learner) -> None:
    address = f"/learners/{taught.pk}/connections"
    items = owner("get", f"{address}?limit=10").json()["items"]
    sizes = [abs(one["early"]) + abs(one["tagged"]) + abs(one["late"]) for one in items]
    assert len(items) == 10
    assert sizes == sorted(sizes, reverse=True)
    heights = owner("get", f"{address}?search=HEIGHT&label=up&part=late").json()["items"]
    assert {(one["source"], one["label"]) for one in heights} == {("height", "up")}
    problem(owner("get", f"{address}?part=spin"), 422)


# --- states ------------------------------------------------------------------------------


def test_a_state_is_downloaded_and_taken_up_as_another(
    owner: Caller, taught: Learner, tmp_path: Any
) -> None:
    address = f"/learners/{taught.pk}/state"
    found = owner("get", address)
    assert (found["Content-Type"], found.content) == (NPZ, export_state(learner=taught))
    assert "attachment" in found["Content-Disposition"]
    again = owner("get", address, **{"If-None-Match": found["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    file = tmp_path / "state.npz"
    file.write_bytes(found.content)
    model = EventDrivenClassifier.load(file)
    event = {"height": 2.0, "width": 0.1}
    asked = owner("post", f"/learners/{taught.pk}/predict", {"features": event}).json()
    assert model.predict_one(event) == asked["prediction"]
    text = owner("get", f"{address}?format=json")
    for body, kind, name in (
        (found.content, NPZ, "again"),
        (text.content, "application/json", "json"),
    ):
        made = owner.send(f"/learners/import?name={name}", body, kind)
        assert made.status_code == 201, made.content
        assert (made.json()["events"], made.json()["visibility"]) == (120, "private")
        copy = owner("get", f"/learners/{made.json()['id']}/state")
        assert copy.content == found.content
        assert owner("post", f"/learners/{made.json()['id']}/learn",
                     {"features": event, "label": "up"}).json()["position"] == 0  # fmt: skip


def test_states_that_are_none_are_refused(owner: Caller, taught: Learner) -> None:
    state = export_state(learner=taught)
    address = "/learners/import?name=new"
    pickled = problem(owner.send(address, pickle.dumps([1]), NPZ), 422)
    assert "pickle" in pickled["detail"]
    problem(owner.send(address, state[: len(state) // 2], NPZ), 422)
    problem(owner.send(address, state, "text/plain"), 415)
    problem(owner.send("/learners/import", state, NPZ), 422)
    problem(owner.send("/learners/import?name=own", state, NPZ), 422)
    problem(owner("get", "/learners/import"), 405)
    assert Learner.objects.count() == 1


def test_a_state_may_be_larger_than_other_bodies_but_not_endless(
    owner: Caller, taught: Learner, settings: Any
) -> None:
    sent = owner.send("/learners/import?name=new", b"PK" + b"x" * 3_000_000, NPZ)
    problem(sent, 422)  # read, and no learner
    settings.LEARNER_STATE_BYTES = 1000
    sent = owner.send("/learners/import?name=new", export_state(learner=taught), NPZ)
    assert "1,000" in problem(sent, 413)["detail"]


def test_a_session_uploads_a_state_with_its_csrf_token(
    taught: Learner, users: dict[str, Any]
) -> None:
    from django.test import Client

    browser = Client(enforce_csrf_checks=True)
    browser.force_login(users["owner"])
    state = export_state(learner=taught)
    address = f"{ROOT}/learners/import?name=new"
    problem(browser.post(address, state, content_type=NPZ), 403)
    token = browser.get(f"{ROOT}/session").json()["csrf_token"]
    done = browser.post(address, state, content_type=NPZ, headers={"X-CSRFToken": token})
    assert done.status_code == 201
