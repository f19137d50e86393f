"""The learners' API: making, reading, changing and deleting learners."""

from typing import Any

import pytest
from django.test import Client

from learner.models import Learner
from learner.pipeline.settings import EXPERT, USER
from learner.services.learners import create_learner
from tests.calling import ROOT, Caller, problem

pytestmark = pytest.mark.django_db


def test_a_learner_is_made_read_changed_and_deleted(owner: Caller) -> None:
    made = owner("post", "/learners", {"name": " New ", "parameters": {"budget": 0.3, "tick": 50}})
    assert made.status_code == 201, made.content
    key, data = made.json()["id"], made.json()
    assert (data["name"], data["kind"], data["visibility"]) == ("New", "classifier", "private")
    assert data["parameters"]["budget"] == 0.3
    assert data["parameters"]["expert"] == [["tick", 50]]
    assert (data["events"], data["version"], data["paused"]) == (0, 0, False)
    read = owner("get", f"/learners/{key}")
    assert read.json() == data
    again = owner("get", f"/learners/{key}", **{"If-None-Match": read["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    change = {
        "name": "Old", "visibility": "link", "budget": 0.1, "baselines": False,
        "sleep_after": 60, "sleep_at": "03:30", "sleep_replays": 10,
    }  # fmt: skip
    changed = owner("patch", f"/learners/{key}", change)
    assert changed.status_code == 200, changed.content
    found = changed.json()
    assert (found["name"], found["visibility"], found["baselines"]) == ("Old", "link", False)
    assert (found["sleep_after"], found["sleep_at"], found["sleep_replays"]) == (60, "03:30", 10)
    assert found["parameters"]["budget"] == 0.1
    stale = owner("patch", f"/learners/{key}", {"name": "Late"}, **{"If-Match": read["ETag"]})
    problem(stale, 409)
    never = owner("patch", f"/learners/{key}", {"sleep_after": None, "sleep_at": None}).json()
    assert (never["sleep_after"], never["sleep_at"], never["sleep_replays"]) == (None, None, 10)
    assert owner("delete", f"/learners/{key}").status_code == 204
    problem(owner("get", f"/learners/{key}"), 404)
    assert not Learner.objects.exists()


def test_what_cannot_be_made_is_named_with_its_bounds(owner: Caller, own: Learner) -> None:
    wrong = {
        "parameters.budget": {"parameters": {"budget": 2}},
        "parameters.tick": {"parameters": {"tick": 1.5}},
        "parameters.spin": {"parameters": {"spin": 1}},
        "kind": {"kind": "clusterer"},
        "name": {"name": ""},
        "speed": {"speed": 3},
    }
    for field, change in wrong.items():
        found = problem(owner("post", "/learners", {"name": "new", **change}), 422)
        assert found["errors"][0]["field"] == field
    errors = problem(owner("post", "/learners", {"name": "x", "parameters": {"budget": 2}}), 422)
    assert errors["errors"][0] | {"message": ""} == {
        "field": "parameters.budget", "message": "", "value": 2, "minimum": 1e-4, "maximum": 1.0,
    }  # fmt: skip
    assert "already" in problem(owner("post", "/learners", {"name": "own"}), 422)["detail"]
    assert "number" in problem(owner("post", "/learners", {"name": "17"}), 422)["detail"]
    for change in ({"sleep_after": 0.5}, {"sleep_replays": 0}, {"budget": 0}, {"name": "  "},
                   {"sleep_at": "25:00"}, {"sleep_at": "03:30Z"}):  # fmt: skip
        problem(owner("patch", f"/learners/{own.pk}", change), 422)


def test_settings_follow_from_a_preset_of_the_laboratory(owner: Caller) -> None:
    asked = {"name": "derived", "preset": "hippocampus", "parameters": {"budget": 0.5, "tick": 7}}
    made = owner("post", "/learners", asked)
    assert made.status_code == 201, made.content
    found = made.json()
    assert found["preset"] == "hippocampus"
    assert found["parameters"]["budget"] == 0.5
    expert = dict(found["parameters"]["expert"])
    assert expert["tick"] == 7
    assert len(expert) > 1
    other = owner("post", "/learners", {**asked, "name": "slow", "interval_ms": 1000.0}).json()
    assert other["parameters"] != found["parameters"]
    for field, change in (
        ("preset", {"preset": "no such"}),
        ("interval_ms", {"interval_ms": -1.0}),
        ("interval_ms", {"preset": None, "interval_ms": 1000.0}),
    ):
        refused = problem(owner("post", "/learners", asked | {"name": "x"} | change), 422)
        assert refused["errors"][0]["field"] == field


def test_settings_are_listed_with_bounds_and_meaning() -> None:
    items = Caller()("get", "/learners/settings").json()["items"]
    assert len(items) == len(USER) + len(EXPERT)
    found = {one["name"]: one for one in items}
    assert found["budget"] == {
        "name": "budget", "group": "user", "kind": "number", "default": 0.2,
        "default_of_regressor": 0.2, "minimum": 1e-4, "maximum": 1.0,
        "meaning": "share of events that may change weights", "changeable": True,
    }  # fmt: skip
    assert found["hedge"]["default_of_regressor"] == 30.0
    assert found["tick"]["kind"] == "whole number"


def test_lists_come_in_pages_and_show_what_may_be_seen(
    owner: Caller, other: Caller, own: Learner, users: dict[str, Any]
) -> None:
    create_learner(name="theirs", owner=users["other"], visibility="public")
    create_learner(name="numbers", owner=users["owner"], kind="regressor")
    assert [row["name"] for row in other("get", "/learners").json()["items"]] == ["theirs"]
    assert owner("get", "/learners").json()["count"] == 3
    first = owner("get", "/learners?limit=2").json()
    assert len(owner.client.get(first["next"]).json()["items"]) == 1
    assert owner("get", "/learners?mine=true&kind=regressor").json()["count"] == 1
    assert owner("get", "/learners?search=THEIR").json()["count"] == 1
    assert Caller()("get", "/learners").json()["items"][0]["share_key"] is None


def test_a_listing_takes_as_many_queries_for_many_as_for_one(
    owner: Caller, users: dict[str, Any], django_assert_max_num_queries: Any
) -> None:
    for i in range(5):
        create_learner(name=f"learner {i}", owner=users["owner"])
    with django_assert_max_num_queries(4):  # two of the token, count, rows
        assert owner("get", "/learners").json()["count"] == 5


def test_in_a_demo_nobody_makes_what_is_public(db: None, settings: Any) -> None:
    problem(Caller()("post", "/learners", {"name": "mine"}), 401)
    settings.DEMO = True
    made = Caller()("post", "/learners", {"name": "mine"})
    assert made.json()["visibility"] == "public"
    key = made.json()["id"]
    hidden = Caller()("post", "/learners", {"name": "hid", "visibility": "private"})
    assert problem(hidden, 422)["errors"][0]["field"] == "visibility"
    hidden = Caller()("patch", f"/learners/{key}", {"visibility": "private", "name": "x"})
    assert problem(hidden, 422)["errors"][0]["field"] == "visibility"
    event = {"features": {"a": 1}, "label": "up"}
    assert Caller()("post", f"/learners/{key}/learn", event).status_code == 200
    assert Learner.objects.get().name == "mine"


def test_the_making_of_learners_is_throttled(owner: Caller, monkeypatch: Any) -> None:
    from learner.api.throttles import MAKE

    monkeypatch.setattr(MAKE, "num_requests", 1)
    assert owner("post", "/learners", {"name": "one"}).status_code == 201
    refused = owner("post", "/learners", {"name": "two"})
    problem(refused, 429)
    assert int(refused["Retry-After"]) > 0


def test_every_operation_says_what_it_may_refuse() -> None:
    paths = Client().get(f"{ROOT}/openapi.json").json()["paths"]
    learn = paths["/api/v1/learners/{learner_id}/learn"]["post"]
    assert {"400", "401", "403", "404", "409", "413", "422", "429"} <= learn["responses"].keys()
    follow = paths["/api/v1/learners/{learner_id}/stream"]["get"]
    assert "503" in follow["responses"]
    assert "text/event-stream" in follow["responses"]["200"]["content"]
    batch = paths["/api/v1/learners/{learner_id}/batch"]["post"]
    assert batch["requestBody"]["content"].keys() == {"application/json", "application/x-ndjson"}
    ours = [o for path, ms in paths.items() if "/learners" in path for o in ms.values()]
    assert len(ours) > 20
    assert all(operation["description"] for operation in ours)
    assert "x-problems" not in str(paths)


def test_the_reference_shows_every_operation() -> None:
    page = Client().get(f"{ROOT}/docs/").content.decode()
    for part in ("Learners", "Learning", "Past of a learner", "Measures of a learner", "States"):
        assert f">{part}</h2>" in page
    for name in ("predict", "learn_batch", "follow_learner", "import_state", "rollback"):
        assert f'id="{name}"' in page
