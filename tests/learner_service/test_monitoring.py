"""``/metrics``: what is counted, who may read it, and how much there is of it."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from socket import socket
from typing import Any

import pytest
import requests
from django.contrib.auth import get_user_model
from django.db import DatabaseError
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from event_driven_retraining import monitoring
from learner.models import DriftAlarm, Learner, StreamJob
from learner.services import gauges, live, telemetry
from learner.services.learners import create_learner
from learner.services.live_resident import residents
from learner.services.locks import WriterLock
from learner.services.messages import Incoming
from learner.services.sessions import Session
from synapse.services.conflict import StateConflict
from synapse.services.tokens import create_token
from tests.calling import Caller

pytestmark = pytest.mark.django_db(transaction=True)
KEY = "a-long-enough-token"
Series = dict[tuple[str, tuple[tuple[str, str], ...]], float]


@pytest.fixture
def scrape(settings: Any) -> Callable[[], Series]:
    """A function that returns every sample by name and labels, as a Prometheus would read it."""
    settings.METRICS_TOKEN = KEY

    def read() -> Series:
        answer = Client().get("/metrics", headers={"Authorization": f"Bearer {KEY}"})
        assert answer.status_code == 200
        assert answer["Content-Type"].startswith("text/plain; version=0.0.4")
        families = text_string_to_metric_families(answer.content.decode())
        return {
            (s.name, tuple(sorted(s.labels.items()))): s.value for f in families for s in f.samples
        }

    return read


def risen(before: Series, after: Series, name: str, **labels: str) -> float:
    """Return by how much a counter rose."""
    key = name, tuple(sorted(labels.items()))
    return after.get(key, 0.0) - before.get(key, 0.0)


# --- what is counted ---------------------------------------------------------------------


def test_requests_are_counted_by_operation_and_status(
    owner: Caller, own: Learner, scrape: Callable[[], Series]
) -> None:
    before = scrape()
    event = {"features": {"x": 1.0}, "label": "a"}
    assert owner("post", f"/learners/{own.pk}/learn", event).status_code == 200
    assert owner("post", f"/learners/{own.pk}/learn", {"features": {}}).status_code == 422
    assert owner("patch", f"/learners/{own.pk}", {"baselines": False}).status_code == 200
    assert Client().get("/nowhere").status_code == 404
    after = scrape()
    for operation, method, status in (
        ("api_v1:learn", "POST", "200"), ("api_v1:learn", "POST", "422"),
        ("api_v1:change_learner", "PATCH", "200"), ("none", "GET", "404"),
    ):  # fmt: skip
        labels = {"operation": operation, "method": method, "status": status}
        assert risen(before, after, "edr_requests_total", **labels) == 1, operation


def test_both_faces_of_the_api_are_timed(
    owner: Caller, own: Learner, users: dict[str, Any], scrape: Callable[[], Series]
) -> None:
    before = scrape()
    features: dict[str, Any] = {"features": {"x": 1.0}}
    for name, body in (
        ("learn", features | {"label": "a"}), ("predict", features | {"id": "one"}),
        ("label", {"id": "one", "label": "a"}),
        ("batch", {"events": [features | {"label": "b"}] * 3}),
    ):  # fmt: skip
        assert owner("post", f"/learners/{own.pk}/{name}", body).status_code == 200, name
    river = {"model": own.name, "features": {"x": 1.0}}
    for path, body in (
        ("learn", river | {"ground_truth": "a"}), ("predict", river | {"identifier": "two"}),
        ("label", {"model": own.name, "identifier": "two", "label": "a"}),
    ):  # fmt: skip
        answer = owner.client.post(f"/api/{path}/", body, content_type="application/json")
        assert answer.status_code in (200, 201), answer.content
    after = scrape()
    for face, operations in (
        ("own", "predict learn label batch"),
        ("river", "predict learn label"),
    ):
        for operation in operations.split():
            name = "edr_request_seconds_count"
            assert risen(before, after, name, operation=operation, face=face) == 1, operation
    assert risen(before, after, "edr_events_total", status="learned") == 7


def test_drains_and_waits_for_the_lock_are_counted(
    own: Learner, teach: Callable[..., Any], scrape: Callable[[], Series]
) -> None:
    before = scrape()
    teach(own, 7)
    after = scrape()
    assert risen(before, after, "edr_drained_events_sum") == 7
    assert risen(before, after, "edr_drained_events_count") == 1
    assert risen(before, after, "edr_lock_seconds_count") == 1


def test_conflicts_are_counted(own: Learner, scrape: Callable[[], Series]) -> None:
    event = {"features": {"x": 1.0}, "identifier": "one"}
    live.learn(learner=own, events=[Incoming(**event, label="a")])
    before = scrape()
    with pytest.raises(StateConflict):
        live.learn(learner=own, events=[Incoming(**event, label="b")])
    own.paused = True
    with pytest.raises(StateConflict):
        live.learn(learner=own, events=[Incoming(**event, label="a")])
    assert risen(before, scrape(), "edr_conflicts_total") == 2


@pytest.mark.parametrize("writer", ["serving", "session"])
def test_whoever_does_not_get_the_lock_is_counted_once(
    own: Learner, scrape: Callable[[], Series], settings: Any, writer: str
) -> None:
    settings.LEARNER_LOCK_WAIT = 0.0
    before = scrape()
    held = WriterLock(own)
    event = Incoming(features={"x": 1.0}, label="a")
    write = {
        "serving": lambda: live.learn(learner=own, events=[event]), "session": lambda: Session(own),
    }[writer]  # fmt: skip
    with pytest.raises(StateConflict, match="Another process is writing"):
        write()
    held.release()
    assert risen(before, scrape(), "edr_conflicts_total") == 1


def test_every_operation_of_the_api_has_a_name_of_its_own() -> None:
    names = monitoring.api_operations()
    assert names["api_v1:read_learner", "GET"] == "api_v1:read_learner"
    assert names["api_v1:read_learner", "DELETE"] == "api_v1:delete_learner"
    assert len(set(names.values())) == len(names)
    served = {name for name in monitoring.SERVING if name.startswith("api_v1:")}
    assert served <= set(names.values())


# --- the learners ------------------------------------------------------------------------


def test_a_learner_is_shown_as_the_database_has_it(
    own: Learner, teach: Callable[..., Any], scrape: Callable[[], Series]
) -> None:
    teach(own, 120)
    live.predict(learner=own, features={"height": 1.0, "width": 0.0}, identifier="waits")
    DriftAlarm.objects.create(
        learner=own, began=9, position=8, version=1, usual_error=0.1, recent_error=0.9
    )
    StreamJob.objects.create(learner=own, path="x.csv", size=1)
    found = scrape()
    labels = (("learner", str(own.pk)),)
    gauge = {name: found.get((f"edr_learner_{name}", labels)) for name in gauges.MEANINGS}
    assert (gauge["events"], gauge["position"], gauge["commits"]) == (120, 120, own.version)
    assert gauge["threshold"] == own.metrics["last"][gauges.THRESHOLD]
    assert gauge["accuracy"] == own.metrics["totals"]["correct"] / 120
    assert (gauge["error"], gauge["open_alarms"], gauge["waiting"]) == (None, 1, 1)
    assert gauge["idle_seconds"] is not None
    assert gauge["idle_seconds"] >= 0
    assert gauge["paused"] == 0
    assert found["edr_jobs", (("status", "queued"),)] == 1
    assert found["edr_learners", ()] == 1
    assert found["edr_database_up", ()] == 1
    assert [name for name, _ in found if name == "edr_build_info"] == ["edr_build_info"]


def test_only_so_many_learners_have_series(
    settings: Any, own: Learner, teach: Callable[..., Any], scrape: Callable[[], Series]
) -> None:
    """However many there are, and whatever they are called; those that learned last go first."""
    for i in range(104):
        create_learner(name=f"one of many {i}", parameters={"expansion": 0})
    teach(own, 3)
    shown = {labels for name, labels in scrape() if name == "edr_learner_events"}
    assert len(shown) == 100
    settings.METRICS_LEARNERS = 1000
    assert len({labels for name, labels in scrape() if name == "edr_learner_events"}) == 100
    settings.METRICS_LEARNERS = 1
    [(_, key)] = {labels[0] for name, labels in scrape() if name == "edr_learner_events"}
    assert key == str(own.pk)


def test_a_scrape_asks_little_however_many_learners(
    own: Learner, scrape: Callable[[], Series], django_assert_max_num_queries: Any
) -> None:
    for i in range(20):
        create_learner(name=f"one of many {i}", parameters={"expansion": 0})
    with django_assert_max_num_queries(5):
        scrape()


def test_it_answers_while_the_database_does_not(
    scrape: Callable[[], Series], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> Any:
        raise DatabaseError

    monkeypatch.setattr(gauges, "of_learners", fail)
    found = scrape()
    assert found["edr_database_up", ()] == 0
    assert any(name == "edr_requests_total" for name, _ in found)


def test_no_name_value_or_label_is_shown(own: Learner, settings: Any, owner: Caller) -> None:
    settings.METRICS_TOKEN = KEY
    Learner.objects.filter(pk=own.pk).update(name="Zwischenhirn")
    event = {"features": {"Hirnstamm": 0.123456}, "label": "Kleinhirn", "id": "Stammhirn"}
    assert owner("post", f"/learners/{own.pk}/learn", event).status_code == 200
    text = Client().get("/metrics", headers={"Authorization": f"Bearer {KEY}"}).content.decode()
    assert not re.search("hirn|0.123456", text, re.IGNORECASE)


# --- who may read it ---------------------------------------------------------------------


def test_who_may_read(settings: Any, users: dict[str, Any]) -> None:
    staff = get_user_model().objects.create_user("staff", is_staff=True)
    keys = {
        user.username: create_token(user=user, name="test", days=1)[1]
        for user in (staff, users["other"])
    }
    settings.METRICS_TOKEN = KEY
    for header, status in (
        (None, 401), (f"Bearer {KEY}", 200), (f"Bearer {KEY}x", 401), ("Bearer ", 401),
        (f"Basic {KEY}", 401), (f"Bearer {keys['staff']}", 200), (f"Bearer {keys['other']}", 403),
        ("Bearer käse", 401),
    ):  # fmt: skip
        answer = Client().get("/metrics", headers={"Authorization": header} if header else {})
        assert answer.status_code == status, header
        assert ("edr_" in answer.content.decode()) == (status == 200)
    settings.METRICS_TOKEN = ""
    assert Client().get("/metrics", headers={"Authorization": "Bearer "}).status_code == 401


def test_the_demo_may_read(settings: Any) -> None:
    settings.DEMO = True
    assert Client().get("/metrics").status_code == 200


def test_whoever_is_dismissed_may_not_read(users: dict[str, Any]) -> None:
    client = Client()
    client.force_login(users["admin"])
    assert client.get("/metrics").status_code == 200
    users["admin"].is_active = False
    users["admin"].save()
    assert client.get("/metrics").status_code == 401


# --- several processes -------------------------------------------------------------------


def test_processes_count_together(tmp_path: Path) -> None:
    """Two processes that counted and ended are both in what a third one reads."""
    folder = tmp_path / "made" / "when missing"
    begin = "import django; django.setup()\nfrom learner.services import telemetry\n"
    count = f"{begin}telemetry.drained(5); telemetry.CONFLICTS.inc()"
    read = (
        f"{begin}from event_driven_retraining.metrics import exposition\n"
        "print(exposition().decode())"
    )
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "event_driven_retraining.settings", "SECRET_KEY": "x" * 50,
        "DATABASE_URL": "sqlite://:memory:", "PROMETHEUS_MULTIPROC_DIR": str(folder),
    }  # fmt: skip
    for code in (count, count):
        subprocess.run([sys.executable, "-c", code], env=environment, check=True)
    done = subprocess.run(
        [sys.executable, "-c", read], env=environment, check=True, capture_output=True, text=True
    )
    assert "edr_drained_events_sum 10.0" in done.stdout
    assert "edr_conflicts_total 2.0" in done.stdout
    assert "edr_database_up 0.0" in done.stdout
    assert "edr_build_info{" in done.stdout


@pytest.mark.slow
def test_the_processes_of_a_server_count_together(tmp_path: Path) -> None:
    """Whichever of gunicorn's processes answers, it tells of all."""
    root, folder = Path(__file__).parents[2], tmp_path / "counted"
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{free.getsockname()[1]}"
    environment = os.environ | {
        "DATABASE_URL": f"sqlite:///{tmp_path / 'own.sqlite3'}", "TRACES_DIR": str(tmp_path),
        "PROMETHEUS_MULTIPROC_DIR": str(folder), "DEMO": "1",
    }  # fmt: skip
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "-v", "0"], cwd=root, env=environment, check=True
    )
    command = [sys.executable, "-m", "gunicorn", "event_driven_retraining.wsgi", "--bind", place]
    command += ["--worker-class", "gthread", "--workers", "2", "--threads", "4"]
    server = subprocess.Popen(
        [*command, "--no-control-socket"], cwd=root, env=environment, stderr=subprocess.PIPE
    )
    try:
        until_it_answers(f"http://{place}/healthz")
        learn_there(f"http://{place}/api", 40)
        for _ in range(6):
            text = requests.get(f"http://{place}/metrics", timeout=30).text
            assert "edr_drained_events_sum 40.0" in text
            assert 'edr_learner_events{learner="1"} 40.0' in text
        assert len({path.stem.split("_")[1] for path in folder.glob("counter_*.db")}) >= 2
    finally:
        server.terminate()
        server.communicate(timeout=60)


def until_it_answers(address: str) -> None:
    """Wait until a server is there."""
    for _ in range(600):
        with suppress(requests.ConnectionError):
            assert requests.get(address, timeout=30).status_code == 200
            return
        time.sleep(0.1)
    raise AssertionError("the server did not start")


def learn_there(root: str, events: int) -> None:
    """Let a new learner learn so many events, four clients at a time."""
    body: dict[str, Any] = {"parameters": {"expansion": 0}}
    made = requests.post(f"{root}/model/binary/prices/", json=body, timeout=30)
    assert made.status_code == 201

    def learn(i: int) -> int:
        event = {"model": "prices", "features": {"x": i}, "ground_truth": bool(i % 2)}
        return requests.post(f"{root}/learn/", json=event, timeout=30).status_code

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(learn, range(events))) == {201}


def test_the_document_names_every_metric() -> None:
    text = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
    names = [f"edr_learner_{name}" for name in gauges.MEANINGS]
    for family in (*telemetry.REGISTRY.collect(), *gauges.LearnerCollector().collect()):
        names.append(family.name + "_total" * (family.type == "counter"))
    assert len(names) > 15
    assert [name for name in names if f"`{name}`" not in text] == []


def test_the_durations_of_a_learner_go_with_it(own: Learner) -> None:
    telemetry.served(own.pk, "learn", 1000)
    assert telemetry.durations_of(own.pk)["learn"]["n_calls"] == 1
    telemetry.forget(own.pk)
    assert telemetry.durations_of(own.pk)["learn"]["n_calls"] == 0
    residents.forget(own.pk)


@pytest.mark.parametrize("named", ["-1e-05", "٣", "9" * 40, "x"])
def test_an_address_that_names_no_learner_is_counted_all_the_same(client: Any, named: str) -> None:
    """What came as a number may be none: the schema refuses it, and the count goes on."""
    answer = client.post(f"/api/v1/learners/{named}/predict", {}, content_type="application/json")
    assert answer.status_code in (401, 404, 422)
