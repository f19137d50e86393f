"""The learners' API: predict, learn, label, batches; and what odd bodies are answered."""

import json
from typing import Any

import pytest

from learner.api.values import MOST_EVENTS, MOST_FEATURES
from learner.models import Commit, Event, Learner
from learner.services.learners import create_learner, export_state
from tests.calling import Caller, problem

pytestmark = pytest.mark.django_db
UP = {"features": {"height": 1.5, "width": 0.2, "day": "monday"}, "label": "up"}
DOWN = {"features": {"height": -1.5, "width": 0.2, "day": "sunday"}, "label": "down"}


def test_events_are_predicted_and_learned(owner: Caller, own: Learner) -> None:
    address = f"/learners/{own.pk}"
    empty = owner("post", f"{address}/predict", {"features": UP["features"]}).json()
    assert (empty["prediction"], empty["probabilities"], empty["version"]) == (None, {}, 0)
    for _ in range(10):
        for event in (UP, DOWN):
            learned = owner("post", f"{address}/learn", event)
            assert learned.status_code == 200, learned.content
    outcome = learned.json()
    assert (outcome["status"], outcome["position"], outcome["id"]) == ("learned", 19, None)
    assert outcome["prediction"] == "down"
    found = owner("post", f"{address}/predict", {"features": UP["features"]}).json()
    assert found["prediction"] == "up"
    assert sum(found["probabilities"].values()) == pytest.approx(1.0)
    assert found["version"] == outcome["version"] == Commit.objects.count()
    assert 0.0 <= found["novelty"] <= 1.0
    detail = owner("get", address).json()
    assert detail["events"] == 20
    assert detail["columns"] == {"height": "number", "width": "number", "day": "text"}


def test_an_event_with_an_identifier_is_learned_once(owner: Caller, own: Learner) -> None:
    address = f"/learners/{own.pk}"
    first = owner("post", f"{address}/learn", UP | {"id": "a"}).json()
    again = owner("post", f"{address}/learn", UP | {"id": "a"}).json()
    assert (first["status"], again["status"]) == ("learned", "duplicate")
    assert (again["position"], again["commit"]) == (first["position"], first["commit"])
    other = owner("post", f"{address}/learn", UP | {"id": "a", "label": "down"})
    problem(other, 409)
    assert owner("get", address).json()["events"] == 1
    listed = owner("get", f"{address}/named-events?id=a").json()["items"]
    assert [(one["id"], one["status"], one["label"]) for one in listed] == [("a", "learned", "up")]


def test_labels_come_after_before_and_never(owner: Caller, own: Learner) -> None:
    address = f"/learners/{own.pk}"
    for name in ("late", "never"):
        kept = owner("post", f"{address}/predict", {"features": UP["features"], "id": name})
        assert (kept.json()["status"], kept.json()["id"]) == ("waiting", name)
    late = owner("post", f"{address}/label", {"id": "late", "label": "up"}).json()
    assert late["status"] == "learned"
    twice = owner("post", f"{address}/label", {"id": "late", "label": "up"}).json()
    assert twice["status"] == "duplicate"
    problem(owner("post", f"{address}/label", {"id": "late", "label": "down"}), 409)
    early = owner("post", f"{address}/label", {"id": "early", "label": "down"}).json()
    assert early["status"] == "early"
    comes = owner("post", f"{address}/predict", {"features": DOWN["features"], "id": "early"})
    assert comes.json()["status"] == "learned"
    assert owner("get", address).json()["events"] == 2
    counts = {
        status: owner("get", f"{address}/named-events?status={status}").json()["count"]
        for status in ("seen", "labelled", "learned", "early")
    }
    assert counts == {"seen": 1, "labelled": 1, "learned": 1, "early": 0}


@pytest.mark.parametrize("form", ["json", "lines"])
def test_a_batch_is_learned_in_its_order(owner: Caller, own: Learner, form: str) -> None:
    events = [UP | {"id": "a"}, DOWN, UP | {"id": "a"}, DOWN | {"id": "b"}]
    address = f"/learners/{own.pk}/batch"
    if form == "json":
        done = owner("post", address, {"events": events})
    else:
        text = "\n".join(map(json.dumps, events)) + "\n\n"
        done = owner.send(address, text, "application/x-ndjson")
    assert done.status_code == 200, done.content
    outcomes = done.json()["outcomes"]
    assert [o["status"] for o in outcomes] == ["learned", "learned", "duplicate", "learned"]
    assert [o["position"] for o in outcomes] == [0, 1, 0, 2]
    asked = [{"features": event["features"]} for event in events]
    found = owner("post", f"{address}?mode=predict", {"events": asked}).json()
    assert len(found["predictions"]) == 4
    assert found["outcomes"] == []
    assert owner("get", f"/learners/{own.pk}").json()["events"] == 3


def test_of_a_batch_with_a_fault_nothing_is_learned(owner: Caller, own: Learner) -> None:
    address = f"/learners/{own.pk}/batch"
    before = export_state(learner=own)
    wrong = [
        ([UP, {"features": UP["features"]}], "events.1.label"),
        ([UP, DOWN | {"features": {"height": []}}], "events.1.features"),
        ([UP, DOWN | {"features": {}}], "events.1.features"),
        ([UP, DOWN | {"spin": 1}], "events.1.spin"),
        ([], "events"),
        ([UP] * (MOST_EVENTS + 1), "events"),
    ]
    for events, field in wrong:
        found = problem(owner("post", address, {"events": events}), 422)
        assert found["errors"][0]["field"] == field
    text = problem(owner("post", address, {"events": [UP, DOWN | {"features": {"height": "x"}}]}),
                   422)  # fmt: skip
    assert "height" in text["detail"]
    for extra in ({"label": "up"}, {"id": "a"}):
        asked = {"events": [{"features": UP["features"], **extra}]}
        problem(owner("post", f"{address}?mode=predict", asked), 422)
    broken = owner.send(address, json.dumps(UP) + "\n{", "application/x-ndjson")
    assert "line 2" in problem(broken, 400)["detail"]
    own.refresh_from_db()
    assert (own.events, Event.objects.count()) == (0, 0)
    assert export_state(learner=own) == before


def test_labels_may_be_text_whole_numbers_and_true_or_false(owner: Caller, own: Learner) -> None:
    for label, text in (("up", "up"), (7, "7"), (True, "true"), (False, "false"), (2.0, "2")):
        for _ in range(2):
            owner("post", f"/learners/{own.pk}/learn", {"features": {"a": 1}, "label": label})
        found = owner("post", f"/learners/{own.pk}/predict", {"features": {"a": 1}}).json()
        assert text in found["probabilities"]


def test_a_learner_of_numbers_takes_numbers(owner: Caller, users: dict[str, Any]) -> None:
    made = create_learner(
        name="numbers", kind="regressor", owner=users["owner"], parameters={"expansion": 0}
    )
    address = f"/learners/{made.pk}"
    for i in range(50):
        event = {"features": {"a": i % 5}, "label": 2.0 * (i % 5)}
        outcome = owner("post", f"{address}/learn", event).json()
    assert isinstance(outcome["prediction"], float)
    found = owner("post", f"{address}/predict", {"features": {"a": 3}}).json()
    assert (found["prediction"], found["probabilities"]) == (pytest.approx(6.0, abs=3.0), {})
    wrong = owner("post", f"{address}/learn", {"features": {"a": 1}, "label": "up"})
    assert "number" in problem(wrong, 422)["detail"]


def test_a_paused_learner_predicts_only(owner: Caller, own: Learner) -> None:
    address = f"/learners/{own.pk}"
    owner("post", f"{address}/learn", UP)
    assert owner("patch", address, {"paused": True}).json()["paused"]
    for path, body in (
        ("learn", DOWN), ("label", {"id": "a", "label": "up"}), ("batch", {"events": [UP]}),
        ("rollback", {"version": 1}), ("sleep", {}),
    ):  # fmt: skip
        refused = owner("post", f"{address}/{path}", body)
        assert "paused" in problem(refused, 409)["detail"]
        assert not refused.has_header("Retry-After")
    asked = {"features": UP["features"]}
    assert owner("post", f"{address}/predict", asked).json()["prediction"] == "up"
    owner("patch", address, {"paused": False})
    assert owner("post", f"{address}/learn", DOWN).status_code == 200


def test_whoever_sees_a_learner_may_ask_it_and_not_teach_it(
    owner: Caller, other: Caller, own: Learner
) -> None:
    address, asked = f"/learners/{own.pk}", {"features": UP["features"]}
    problem(other("post", f"{address}/predict", asked), 404)
    Learner.objects.update(visibility="link")
    problem(other("post", f"{address}/predict", asked), 404)
    assert other("post", f"{address}/predict?key={own.share_key}", asked).status_code == 200
    Learner.objects.update(visibility="public")
    assert other("post", f"{address}/predict", asked).status_code == 200
    assert other("post", f"{address}/explain", asked).status_code == 200
    kept = other("post", f"{address}/predict", asked | {"id": "a"})
    problem(kept, 403)
    problem(other("post", f"{address}/learn", UP), 403)
    problem(Caller()("post", f"{address}/predict", asked), 401)
    assert not Event.objects.exists()


HOSTILE = (
    "[" * 100_000,
    '{"a":' * 100_000,
    '{"features": ' + '{"a":' * 50_000 + "1" + "}" * 50_000 + "}",
    "null", "[]", '"text"', "NaN", "", b"\xff\xfe",
    '{"features": {"a": NaN}, "label": "up"}',
    '{"features": {"a": Infinity}, "label": "up"}',
    '{"features": {"a": -Infinity}, "label": "up"}',
    '{"features": {"a": 1e400}, "label": "up"}',
    '{"features": {"a": 1e101}, "label": "up"}',
    '{"features": {"a": 1' + "0" * 400 + '}, "label": "up"}',
    '{"features": {"a": 1' + "0" * 5000 + '}, "label": "up"}',
    '{"features": {"a": 1, "a": 2}, "label": "up"}',
    '{"features": {"a": 1}, "features": {"b": 1}, "label": "up"}',
    '{"features": {}, "label": "up"}',
    '{"features": [], "label": "up"}',
    '{"features": {"a": {}}, "label": "up"}',
    '{"features": {"a": [1]}, "label": "up"}',
    '{"features": {"": 1}, "label": "up"}',
    '{"features": {"\\ud800": 1}, "label": "up"}',
    '{"features": {"\\u0000": 1}, "label": "up"}',
    '{"features": {"a": "\\ud800"}, "label": "up"}',
    '{"features": {"a": "\\u0000"}, "label": "up"}',
    '{"features": {"' + "a" * 201 + '": 1}, "label": "up"}',
    json.dumps({"features": {f"f{i}": i for i in range(MOST_FEATURES + 1)}, "label": "up"}),
    '{"features": {"a": 1}, "label": []}',
    '{"features": {"a": 1}, "label": {}}',
    '{"features": {"a": 1}, "label": ""}',
    '{"features": {"a": 1}, "label": " "}',
    '{"features": {"a": 1}, "label": "?"}',
    '{"features": {"a": 1}, "label": "\\ud800"}',
    '{"features": {"a": 1}, "label": "\\u0000"}',
    '{"features": {"a": 1}, "label": 1e400}',
    '{"features": {"a": 1}, "label": 1' + "0" * 400 + "}",
    '{"features": {"a": 1}, "label": "up", "id": ""}',
    '{"features": {"a": 1}, "label": "up", "id": 7}',
    '{"features": {"a": 1}, "label": "up", "id": " "}',
    '{"features": {"a": 1}, "label": "up", "id": "\\ud800"}',
    '{"features": {"a": 1}, "label": "up", "id": "' + "x" * 201 + '"}',
)  # fmt: skip


@pytest.mark.parametrize("body", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_bodies_are_refused_in_words(
    owner: Caller, own: Learner, body: str | bytes
) -> None:
    for path in ("learn", "predict", "label", "explain", "batch", "batch?mode=predict"):
        sent = owner.send(f"/learners/{own.pk}/{path}", body)
        assert sent.status_code in (400, 422), (path, sent.content)
        problem(sent, sent.status_code)
    if isinstance(body, str):
        sent = owner.send(f"/learners/{own.pk}/batch", body, "application/x-ndjson")
        problem(sent, sent.status_code)
        assert sent.status_code in (400, 422), sent.content
    own.refresh_from_db()
    assert (own.events, own.position, Event.objects.count()) == (0, 0, 0)


def test_a_missing_label_is_named(owner: Caller, own: Learner) -> None:
    for body in ({"features": {"a": 1}}, {"features": {"a": 1}, "label": None}):
        found = problem(owner("post", f"/learners/{own.pk}/learn", body), 422)
        assert found["errors"][0]["field"] == "label"


def test_odd_numbers_of_json_are_answered_with_422(owner: Caller, own: Learner) -> None:
    for text in ("NaN", "Infinity", "1e999", "1" * 5000, "[" * 100_000, '{"a":' * 100_000):
        sent = owner.send(f"/learners/{own.pk}/learn", f'{{"features": {{"a": {text}}}}}')
        problem(sent, 422)
    twice = owner.send(f"/learners/{own.pk}/learn", '{"features": {"a": 1, "a": 2}}')
    assert "'a' stands twice" in problem(twice, 422)["detail"]


def test_values_at_the_edge_are_learned(owner: Caller, own: Learner) -> None:
    for value in (0, -0.0, 5e-324, 1e100, -1e100, 2**53, True, False, None, "", "?", "1e5"):
        done = owner("post", f"/learners/{own.pk}/learn", {"features": {"a": value}, "label": "é"})
        assert done.status_code == 200, (value, done.content)
    found = owner("post", f"/learners/{own.pk}/predict", {"features": {"unknown": "x"}})
    assert found.json()["prediction"] == "é"


def test_a_body_may_have_two_megabytes(owner: Caller, own: Learner) -> None:
    large = owner.send(f"/learners/{own.pk}/batch", "x" * 2_000_001)
    assert "2,000,000" in problem(large, 413)["detail"]


def test_events_are_counted_and_too_many_refused(
    owner: Caller, other: Caller, own: Learner, settings: Any
) -> None:
    settings.LEARNER_RATE = "5/h"
    own.visibility = "public"
    own.save()
    asked = {"features": {"a": 1}}
    address = f"/learners/{own.pk}"
    assert owner("post", f"{address}/predict", asked).status_code == 200
    done = owner("post", f"{address}/batch?mode=predict", {"events": [asked] * 8})
    assert done.status_code == 200  # the bucket may be overdrawn, then it must be paid
    refused = owner("post", f"{address}/predict", asked)
    problem(refused, 429)
    assert 3600 * 4 / 5 < int(refused["Retry-After"]) <= 3600
    assert other("post", f"{address}/predict", asked).status_code == 200


def test_a_rate_that_cannot_be_read_is_named() -> None:
    from learner.api.throttles import parse_rate

    assert parse_rate("100000/min") == (100_000, 60)
    for rate in ("", "5", "0/s", "-1/s", "5/week", "five/s"):
        with pytest.raises(ValueError, match="LEARNER_RATE"):
            parse_rate(rate)


def test_a_prediction_asks_the_database_for_caller_and_learner_only(
    owner: Caller, own: Learner, django_assert_max_num_queries: Any
) -> None:
    owner("post", f"/learners/{own.pk}/learn", UP)
    asked = {"features": UP["features"]}
    owner("post", f"/learners/{own.pk}/predict", asked)
    with django_assert_max_num_queries(2):
        assert owner("post", f"/learners/{own.pk}/predict", asked).status_code == 200
