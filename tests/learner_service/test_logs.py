"""What is logged: what happened, to which learner and by whom; never what was learned."""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from event_driven_retraining.logs import JsonFormatter
from learner.models import DriftAlarm, Learner
from learner.services import live
from learner.services.messages import Incoming
from synapse.services.tokens import create_token
from tests.calling import Caller

pytestmark = pytest.mark.django_db(transaction=True)
Told = Callable[[str], list[dict[str, Any]]]


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Told:
    """A function that returns the events of a kind that were logged, as JSON has them."""
    caplog.set_level(logging.INFO, logger="learner.operations")

    def read(kind: str) -> list[dict[str, Any]]:
        lines = [json.loads(JsonFormatter().format(record)) for record in caplog.records]
        return [
            {k: v for k, v in line.items() if k not in ("time", "logger", "milliseconds")}
            for line in lines
            if line.get("event") == kind
        ]

    return read


def test_a_rollback_and_a_sleep_say_who(
    owner: Caller, own: Learner, teach: Callable[..., Any], told: Told
) -> None:
    teach(own, 60)
    assert owner("post", f"/learners/{own.pk}/rollback", {"version": 2}).status_code == 200
    own.refresh_from_db()
    line = {"event": "rollback", "level": "INFO", "learner": own.pk, "user": own.owner_id}
    assert told("rollback") == [
        line | {"back_to": 2, "commit": own.version, "operation": "api_v1:rollback"}
    ]
    number = live.sleep(learner=own, replays=7)
    assert told("sleep") == [
        {"event": "sleep", "level": "INFO", "learner": own.pk, "replays": 7, "commit": number}
    ]


def test_a_conflict_is_told(owner: Caller, own: Learner, told: Told) -> None:
    Learner.objects.filter(pk=own.pk).update(paused=True)
    event = {"features": {"x": 1.0}, "label": "a"}
    assert owner("post", f"/learners/{own.pk}/learn", event).status_code == 409
    assert told("conflict") == [
        {
            "event": "conflict", "level": "INFO", "learner": own.pk, "user": own.owner_id,
            "operation": "api_v1:learn",
        }
    ]  # fmt: skip


def test_an_alarm_is_told_once_when_it_opens(
    own: Learner, rng: np.random.Generator, told: Told
) -> None:
    for turned in (False, True):
        for _ in range(4):
            values = rng.normal(size=(250, 2)).tolist()
            events = [
                Incoming(features={"a": a, "b": b}, label="up" if (a > 0) != turned else "down")
                for a, b in values
            ]
            live.learn(learner=own, events=events)
    began = list(DriftAlarm.objects.order_by("began").values_list("began", flat=True))
    assert began
    assert [line["at"] for line in told("alarm_opened")] == began
    assert {line["learner"] for line in told("alarm_opened")} == {own.pk}


def test_slow_requests_are_told(owner: Caller, own: Learner, told: Told, settings: Any) -> None:
    assert owner("get", f"/learners/{own.pk}").status_code == 200
    assert told("slow_request") == []
    settings.SLOW_REQUEST_MS = 0
    assert owner("get", f"/learners/{own.pk}").status_code == 200
    assert Client().get("/nowhere").status_code == 404
    line = {"event": "slow_request", "level": "WARNING"}
    assert told("slow_request") == [
        line | {
            "operation": "api_v1:read_learner", "learner": own.pk, "status": 200,
            "user": own.owner_id,
        },
        line | {"operation": "none", "status": 404},
    ]  # fmt: skip


def test_refused_uploads_are_told(
    owner: Caller, own: Learner, told: Told, users: dict[str, Any]
) -> None:
    pickled = owner.client.post("/api/model/binary/", b"\x80\x04.", content_type="text/plain")
    assert pickled.status_code == 415
    assert (
        owner.send("/learners/import", b"PK no state", "application/octet-stream").status_code > 399
    )
    client = Client()
    client.force_login(users["owner"])
    file = SimpleUploadedFile("state.npz", b"no state")
    assert client.post("/learners/import/", {"name": "new", "file": file}).status_code == 422
    found = told("upload_refused")
    assert [line["operation"] for line in found] == [
        "river_api:model_by_name", "api_v1:import_state", "learner:learner_import",
    ]  # fmt: skip
    assert {line["user"] for line in found} == {users["owner"].pk}


def test_no_value_label_or_token_is_logged(
    own: Learner, users: dict[str, Any], caplog: pytest.LogCaptureFixture, settings: Any
) -> None:
    """Whatever goes wrong: every request is slow here, and half of them are refused."""
    caplog.set_level(logging.DEBUG)
    settings.SLOW_REQUEST_MS = 0
    key = create_token(user=users["owner"], name="test", days=1)[1]
    caller, path = Caller(key), f"/learners/{own.pk}"
    event = {"features": {"Hirnstamm": 0.123456}, "label": "Kleinhirn", "id": "Stammhirn"}
    caller("post", f"{path}/learn", event)
    caller("post", f"{path}/learn", event | {"label": "Zwischenhirn"})
    caller("post", f"{path}/learn", {"features": {"Hirnstamm": "Kleinhirn"}, "label": "x"})
    caller("post", f"{path}/predict?key=Mittelhirn", {"features": {"Hirnstamm": "Kleinhirn"}})
    caller("post", f"{path}/learn", {"features": "Hirnstamm", "label": {"Kleinhirn": 1}})
    caller("post", f"{path}/batch", {"events": [event] * 1001})
    caller.send(f"{path}/learn", "Kleinhirn")
    Caller(key + "x")("post", f"{path}/learn", event)
    river = {"model": own.name, "features": {"Hirnstamm": "Kleinhirn"}, "ground_truth": []}
    caller.client.post("/api/learn/", river, content_type="application/json")
    live.forget(own.pk)
    lines = "\n".join(JsonFormatter().format(record) for record in caplog.records)
    assert lines.count("slow_request") == 9
    assert "conflict" in lines
    assert "hirn" not in lines.lower()
    assert "0.123456" not in lines
    assert key[4:] not in lines


@pytest.mark.parametrize("kind", ["line", "json"])
def test_both_formats_say_the_same(kind: str) -> None:
    code = (
        "import django; django.setup()\nfrom learner.services import telemetry\nimport logging\n"
        "telemetry.tell('sleep', learner=3, commit=None, replays=7)\n"
        "try:\n    1 / 0\nexcept ZeroDivisionError:\n    logging.exception('two\\nlines')\n"
    )
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "event_driven_retraining.settings", "SECRET_KEY": "x" * 50,
        "LOG_FORMAT": kind, "LOG_LEVEL": "INFO", "DATABASE_URL": "sqlite://:memory:",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True
    )
    first, *rest = done.stderr.splitlines()
    if kind == "line":
        assert first.endswith(
            "level=INFO logger=learner.operations event=sleep learner=3 replays=7"
        )
        return
    sleep, [failure] = json.loads(first), [json.loads(line) for line in rest]
    assert sleep.pop("time").endswith("+00:00")
    assert sleep == {
        "level": "INFO", "logger": "learner.operations", "event": "sleep", "learner": 3,
        "replays": 7,
    }  # fmt: skip
    assert failure["message"] == "two\nlines"
    assert "ZeroDivisionError" in failure["traceback"]


def test_another_format_is_refused() -> None:
    environment = os.environ | {"SECRET_KEY": "x" * 50, "LOG_FORMAT": "xml"}
    code = "import event_driven_retraining.settings"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True
    )
    assert "LOG_FORMAT must be line or json; got 'xml'" in done.stderr
