"""The API: what each operation does, with the same services as the pages."""

import json
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from synapse.models import Run, RunStatus, Synapse, Visibility
from synapse.plasticity.bounds import MINUTE
from synapse.services.presets import create_from_preset
from synapse.services.tokens import create_token
from tests.calling import ROOT, Caller, problem

pytestmark = pytest.mark.django_db
SHORT = {"protocol": {"name": "pairing", "parameters": {"count": 3}}, "duration_ms": MINUTE}


@pytest.fixture(autouse=True)
def fresh_counts() -> None:
    cache.clear()


@pytest.fixture
def owner(users: dict[str, Any]) -> Caller:
    """The owner of things, by token."""
    return Caller(create_token(user=users["owner"], name="test", days=1)[1])


@pytest.fixture
def own(users: dict[str, Any], presets: None) -> Synapse:
    """A private synapse of the owner."""
    return create_from_preset(preset="hippocampus", name="own", owner=users["owner"])


# --- synapses ----------------------------------------------------------------------------


def test_a_synapse_is_made_read_renamed_shared_and_deleted(presets: None, owner: Caller) -> None:
    made = owner("post", "/synapses", {"preset": "hippocampus", "name": " New "})
    assert made.status_code == 201
    key, data = made.json()["id"], made.json()
    assert (data["name"], data["visibility"], data["weight"]) == ("New", "private", 1.0)
    read = owner("get", f"/synapses/{key}")
    again = owner("get", f"/synapses/{key}", **{"If-None-Match": read["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    changed = owner("patch", f"/synapses/{key}", {"name": "Old", "visibility": "link"})
    assert (changed.json()["name"], changed.json()["visibility"]) == ("Old", "link")
    stale = owner("patch", f"/synapses/{key}", {"name": "Late"}, **{"If-Match": read["ETag"]})
    problem(stale, 409)
    rotated = owner("patch", f"/synapses/{key}", {"rotate_share_key": True}).json()
    assert rotated["share_key"] != data["share_key"]
    assert owner("delete", f"/synapses/{key}").status_code == 204
    problem(owner("get", f"/synapses/{key}"), 404)


def test_lists_come_in_pages(own: Synapse, owner: Caller, users: dict[str, Any]) -> None:
    for i in range(3):
        create_from_preset(preset="hippocampus", name=f"more {i}", owner=users["owner"])
    first = owner("get", "/synapses?limit=3").json()
    assert (len(first["items"]), first["count"], first["offset"]) == (3, 4, 0)
    rest = owner.client.get(first["next"]).json()
    assert (len(rest["items"]), rest["next"]) == (1, None)
    assert owner("get", "/synapses?search=more 1").json()["count"] == 1
    errors = problem(owner("get", "/synapses?limit=1000"), 422)["errors"]
    assert errors == [
        {"field": "limit", "message": errors[0]["message"], "value": "1000", "maximum": 100}
    ]


def test_export_is_that_of_the_page(own: Synapse, owner: Caller, client: Client,
                                    users: dict[str, Any]) -> None:  # fmt: skip
    client.force_login(users["owner"])
    page = client.get(f"/synapses/{own.pk}/export.json").json()
    assert owner("get", f"/synapses/{own.pk}/export").json() == page


# --- values ------------------------------------------------------------------------------


def test_values_come_with_unit_bounds_and_source(own: Synapse, owner: Caller) -> None:
    data = owner("get", f"/synapses/{own.pk}/values").json()
    found = {q["name"]: q for q in data["quantities"]}
    one = found["calcium_decay_time"]
    assert one["unit"] == "ms"
    assert one["minimum"] <= one["value"] == one["preset"] <= one["maximum"]
    assert one["source"]
    assert found["weight"]["role"] == "derived"


def test_of_two_writers_one_is_told(own: Synapse, owner: Caller) -> None:
    address = f"/synapses/{own.pk}/values"
    version = owner("get", address).json()["version"]
    change = {"version": version, "values": {"SpineHead": {"calcium_decay_time": 25.0}}}
    first = owner("patch", address, change)
    found = {q["name"]: q["value"] for q in first.json()["quantities"]}
    assert found["calcium_decay_time"] == 25.0
    assert "changed since" in problem(owner("patch", address, change), 409)["detail"]
    del change["version"]
    problem(owner("patch", address, change), 428)
    tag = owner("get", address)["ETag"]
    assert owner("patch", address, change, **{"If-Match": tag}).status_code == 200
    reset = owner("post", f"/synapses/{own.pk}/reset", {}, **{"If-Match": "old"})
    problem(reset, 409)
    tag = owner("get", address)["ETag"]
    reset = owner("post", f"/synapses/{own.pk}/reset", {}, **{"If-Match": tag}).json()
    assert all(q["value"] == q["preset"] for q in reset["quantities"] if q["role"] == "parameter")


def test_a_value_outside_its_bounds_is_named_with_unit_and_bound(
    own: Synapse, owner: Caller
) -> None:
    address = f"/synapses/{own.pk}/values"
    change = {"values": {"SpineHead": {"calcium_decay_time": -5}}, "version": "x"}
    error = problem(owner("patch", address, change), 422)["errors"][0]
    assert error["field"] == "values.calcium_decay_time"
    assert error["unit"] == "ms"
    assert error["minimum"] > 0
    assert "-5 ms" in error["message"]


# --- runs --------------------------------------------------------------------------------


def test_a_run_now_its_result_trace_and_manifest(own: Synapse, owner: Caller) -> None:
    made = owner("post", "/runs", {"synapse": own.pk, "mode": "now", "seed": 1, **SHORT})
    assert made.status_code == 201, made.content
    run = made.json()
    assert (run["status"], run["done_ms"]) == ("done", MINUTE)
    result = owner("get", f"/runs/{run['id']}/result").json()
    assert result["result_hash"] == run["result_hash"]
    manifest = owner("get", f"/runs/{run['id']}/manifest").json()
    assert manifest["protocol"]["name"] == "pairing"
    trace = owner("get", f"/runs/{run['id']}/trace?variables=calcium,weight&width=50").json()
    calcium = trace["lines"][0]
    assert (calcium["name"], calcium["unit"], trace["reduced"]) == ("calcium", "uM", True)
    whole = owner("get", f"/runs/{run['id']}/trace?variables=calcium").json()
    assert max(calcium["values"]) == max(whole["lines"][0]["values"])
    table = owner("get", f"/runs/{run['id']}/trace?format=csv&variables=weight")
    lines = b"".join(table.streaming_content).decode().splitlines()
    assert lines[0] == "time_ms,weight"
    assert len(lines) == whole["samples"] + 1
    window = owner("get", f"/runs/{run['id']}/trace?start_ms=1000&end_ms=1100").json()
    assert all(1000 <= t <= 1100 for t in window["time_ms"])


def test_a_run_waits_in_the_queue_and_is_cancelled_and_deleted(own: Synapse, owner: Caller) -> None:
    run = owner("post", "/runs", {"synapse": own.pk, "title": "later", **SHORT})
    assert (run.status_code, run.json()["status"]) == (202, "queued")
    key = run.json()["id"]
    problem(owner("delete", f"/runs/{key}"), 409)
    assert owner("patch", f"/runs/{key}", {"title": "never"}).json()["title"] == "never"
    for _ in range(2):
        assert owner("post", f"/runs/{key}/cancel").json()["status"] == "cancelled"
    assert owner("get", "/runs?status=cancelled").json()["count"] == 1
    assert owner("delete", f"/runs/{key}").status_code == 204
    assert not Run.objects.exists()


def test_what_is_too_long_for_a_request_is_refused(own: Synapse, owner: Caller) -> None:
    long = {"synapse": own.pk, "mode": "now", "protocol": {"name": "rest"}, "duration_ms": 1e11}
    assert "mode queue" in problem(owner("post", "/runs", long), 422)["detail"]


@pytest.mark.parametrize(
    ("protocol", "field"),
    [
        ({}, "protocol"),
        ({"name": "no such"}, "protocol.name"),
        ({"name": "pairing", "parameters": {"count": 0}}, "protocol.parameters.count"),
        ({"name": "pairing", "parameters": {"spin": 1}}, "protocol.parameters.spin"),
        ({"events": [{"time_ms": 1, "kind": "tickle"}]}, "protocol.events"),
        ({"events": [{"time_ms": -1, "kind": "pre"}]}, "protocol.events.0.time_ms"),
        ({"items": [{"kind": "tickle"}]}, "protocol.items"),
    ],
)
def test_a_protocol_that_cannot_be_is_named(
    own: Synapse, owner: Caller, protocol: dict[str, Any], field: str
) -> None:
    asked = {"synapse": own.pk, "duration_ms": 1000.0, "protocol": protocol}
    errors = problem(owner("post", "/runs", asked), 422)["errors"]
    assert errors[0]["field"].startswith(field)


def test_events_and_items_are_protocols_too(own: Synapse, owner: Caller) -> None:
    for protocol in (
        {"events": [{"time_ms": 10, "kind": "pre"}, {"time_ms": 20, "kind": "post"}]},
        {"items": [{"kind": "pairing", "start": 10.0, "lag": 10.0, "count": 1}]},
    ):
        asked = {"synapse": own.pk, "duration_ms": 1000.0, "mode": "now", "protocol": protocol}
        run = owner("post", "/runs", asked)
        assert run.status_code == 201, run.content
    first, second = Run.objects.order_by("pk")
    assert [e[:2] for e in first.protocol["events"]] == [e[:2] for e in second.protocol["events"]]


def test_interventions_are_done_and_listed(own: Synapse, owner: Caller) -> None:
    address = f"/synapses/{own.pk}/interventions"
    pulse = owner("post", address, {"kind": "pre", "duration_ms": 50.0})
    assert pulse.status_code == 201, pulse.content
    assert owner("get", f"/runs/{pulse.json()['run']}").json()["total_ms"] == 50.0
    assert owner("post", address, {"kind": "drug", "name": "apv"}).status_code == 201
    assert owner("get", f"/synapses/{own.pk}").json()["drugs"] == ["apv"]
    problem(owner("post", address, {"kind": "drug", "name": "apv"}), 422)
    problem(owner("post", address, {"kind": "bath", "name": "external_calcium", "value": -1}), 422)
    assert [i["kind"] for i in owner("get", address).json()["items"]] == ["drug", "pre"]


# --- the rest ----------------------------------------------------------------------------


def test_protocols_name_their_parameters(db: None) -> None:
    data = Caller()("get", "/protocols").json()
    pairing = next(p for p in data["items"] if p["name"] == "pairing")
    interval = next(p for p in pairing["parameters"] if p["name"] == "pairing_interval")
    assert interval["unit"] == "ms"


def test_experiments_are_listed_read_and_run(owner: Caller) -> None:
    listed = owner("get", "/experiments?limit=100").json()
    assert listed["count"] == len(listed["items"]) > 10
    name = "control-rest" if any(e["name"] == "control-rest" for e in listed["items"]) else None
    name = name or listed["items"][-1]["name"]
    read = owner("get", f"/experiments/{name}").json()
    assert not read["ran"]
    assert read["results"]
    wrong = problem(owner("post", f"/experiments/{name}/run", {"values": {"no": 1}}), 422)
    assert wrong["errors"][0]["field"] == "values.no"


def test_every_error_is_a_problem(db: None, owner: Caller, monkeypatch: Any) -> None:
    problem(owner("get", "/no-such-thing"), 404)
    problem(owner("get", "/synapses/abc"), 422)
    problem(owner("get", f"/synapses/{10**30}"), 422)
    refused = owner("put", "/synapses")
    problem(refused, 405)
    assert "GET" in refused["Allow"]
    problem(Caller("wrong")("get", "/synapses"), 401)
    broken = owner.client.post(f"{ROOT}/runs", "{", content_type="application/json")
    assert broken.status_code in (400, 422)
    problem(broken, broken.status_code)
    large = owner.client.post(f"{ROOT}/runs", "x" * 2_000_001, content_type="application/json")
    problem(large, 413)
    monkeypatch.setattr("synapse.api.session.get_token", lambda request: 1 / 0)
    problem(owner("get", "/session"), 500)


def test_expensive_operations_are_throttled(own: Synapse, owner: Caller, monkeypatch: Any) -> None:
    from synapse.api.throttles import CREATE

    monkeypatch.setattr(CREATE, "num_requests", 2)
    asked = {"preset": "hippocampus", "name": "many"}
    assert [owner("post", "/synapses", asked).status_code for _ in range(2)] == [201, 201]
    refused = owner("post", "/synapses", asked)
    problem(refused, 429)
    assert int(refused["Retry-After"]) > 0


def test_queries_of_lists_do_not_grow(
    own: Synapse, owner: Caller, users: dict[str, Any], django_assert_max_num_queries: Any
) -> None:
    for i in range(10):
        create_from_preset(preset="hippocampus", name=f"more {i}", owner=users["owner"])
        Run.objects.create(synapse=own, owner=users["owner"], status=RunStatus.DONE)
    for path in ("/synapses", "/runs"):
        with django_assert_max_num_queries(5):
            assert owner("get", path).json()["count"] >= 10


# --- demo, tokens ------------------------------------------------------------------------


def test_in_a_demo_nobody_makes_what_is_public(presets: None, settings: Any) -> None:
    asked = {"preset": "hippocampus", "name": "mine"}
    problem(Caller()("post", "/synapses", asked), 401)
    settings.DEMO = True
    made = Caller()("post", "/synapses", asked)
    assert made.status_code == 201
    assert made.json()["visibility"] == Visibility.PUBLIC
    hidden = Caller()("post", "/synapses", asked | {"visibility": "private"})
    assert problem(hidden, 422)["errors"][0]["field"] == "visibility"


def test_a_change_by_a_session_needs_its_csrf_token(
    presets: None, settings: Any, users: dict[str, Any]
) -> None:
    asked = json.dumps({"preset": "hippocampus", "name": "forged"})
    for demo in (False, True):
        settings.DEMO = demo
        browser = Client(enforce_csrf_checks=True)
        if not demo:
            browser.force_login(users["owner"])
        refused = browser.post(f"{ROOT}/synapses", asked, content_type="application/json")
        problem(refused, 403)
        token = browser.get(f"{ROOT}/session").json()["csrf_token"]
        done = browser.post(
            f"{ROOT}/synapses", asked, content_type="application/json",
            headers={"X-CSRFToken": token},
        )  # fmt: skip
        assert done.status_code == 201


HOSTILE = (
    "[" * 100_000,
    '{"a":' * 100_000,
    "null",
    "[]",
    '"text"',
    "NaN",
    b"\xff\xfe",
    '{"synapse": 1e400, "duration_ms": 1, "protocol": {"name": "rest"}}',
    '{"synapse": 1, "duration_ms": NaN, "protocol": {"name": "rest"}}',
    '{"synapse": 1, "duration_ms": 1' + "0" * 400 + ', "protocol": {"name": "rest"}}',
    '{"synapse": KEY, "duration_ms": 10, "title": "\\ud800", "protocol": {"name": "rest"}}',
    '{"synapse": KEY, "duration_ms": 10, "title": "\\u0000", "protocol": {"name": "rest"}}',
    '{"synapse": KEY, "duration_ms": 10, "protocol": {"items": [{"kind": "pre", "start": NaN}]}}',
    '{"synapse": KEY, "duration_ms": 10, "protocol": {"items": [{"kind": [], "start": {}}]}}',
    '{"synapse": KEY, "duration_ms": 10, "protocol": {"items": [{"\\ud800": 1}]}}',
    '{"synapse": KEY, "duration_ms": 10, "protocol": {"name": "pairing", "parameters": '
    '{"count": 1e300}}}',
    '{"synapse": KEY, "duration_ms": 10, "protocol": {"events": [{"time_ms": 1, "kind": "pre", '
    '"count": 200000, "interval_ms": 1e300}]}}',
    '{"synapse": KEY, "duration_ms": 10, "protocol": {"events": [{"time_ms": 1, "kind": "bath", '
    '"name": "\\ud800", "value": 1}]}}',
    '{"synapse": KEY, "duration_ms": 1e11, "repeat": 1000, "protocol": {"name": "rest"}}',
)


@pytest.mark.parametrize("body", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("mode", ["now", "queue"])
def test_hostile_bodies_are_refused_in_words(
    own: Synapse, owner: Caller, body: str | bytes, mode: str
) -> None:
    if isinstance(body, str):
        body = body.replace("KEY", str(own.pk)).replace(
            '"protocol"', f'"mode": "{mode}", "protocol"'
        )
    sent = owner.client.post(f"{ROOT}/runs", body, content_type="application/json")
    assert sent.status_code in (400, 422), sent.content
    problem(sent, sent.status_code)
    assert not Run.objects.exists()


def test_hostile_names_are_refused_in_words(presets: None, owner: Caller) -> None:
    for name in ("\ud800", "\x00", "\u202e", "\n", "  ", "x" * 101):
        asked = json.dumps({"preset": "hippocampus", "name": name})
        sent = owner.client.post(f"{ROOT}/synapses", asked, content_type="application/json")
        problem(sent, 422)
    for query in ("search=%00", "search=%ed%a0%80", "preset=%00", "limit=1e9", "offset=-1"):
        sent = owner("get", f"/synapses?{query}")
        assert sent.status_code in (200, 422), query
