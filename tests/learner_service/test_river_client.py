"""The River API, driven by its independent client, which nobody has changed."""

import io
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests
from asgiref.sync import async_to_sync, sync_to_async
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import AsyncClient

from learner.api.following import SLOTS
from learner.api.river import creation
from learner.api.throttles import EVENTS
from learner.models import Event, EventStatus, Learner
from learner.services import live
from learner.services.live import read
from learner.services.messages import Incoming
from learner.services.states import unpack_state
from synapse.services.tokens import create_token
from tests.learner_service.river_client import client_of, make_learner

pytestmark = pytest.mark.django_db(transaction=True)
ROWS = [({"price": i / 10, "night": i % 2}, bool(i % 2)) for i in range(30)]


@pytest.fixture(autouse=True)
def place(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep states out of the checkout, downloads too, and counts of others away."""
    settings.TRACES_DIR = tmp_path / "traces"
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RIVER_ML_USER", raising=False)
    monkeypatch.delenv("RIVER_ML_TOKEN", raising=False)
    cache.clear()
    EVENTS.clear()


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada", password="secret")


@pytest.fixture
def demo(settings: Any, live_server: Any) -> Any:
    """A client of the demo, which wants no login."""
    settings.DEMO = True
    return client_of(live_server.url)


@pytest.fixture
def member(ada: User, live_server: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A client that has a name and a token, as its documents say."""
    key = create_token(user=ada, name="river", days=1)[1]
    monkeypatch.setenv("RIVER_ML_USER", "ada")
    monkeypatch.setenv("RIVER_ML_TOKEN", key)
    return client_of(live_server.url)


@pytest.fixture(params=["demo", "member"])
def client(request: pytest.FixtureRequest) -> Any:
    """Each of the two."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def model(client: Any) -> str:
    """A model that the client created by JSON, which it can send though it has no verb for it."""
    body = {"parameters": {"expansion": 20, "tick": 10}}
    name: str = client.post("/model/binary/prices/", json=body)["name"]
    return name


def test_info_says_that_the_specification_is_kept(client: Any) -> None:
    info = client.info()
    assert info["status"] == "running"
    assert info["version"]
    client.check()
    assert client.apiroot.endswith("/api")
    assert client.models() == {"models": []}


def test_the_client_learns_predicts_and_labels(client: Any, model: str) -> None:
    for x, y in ROWS:
        told = client.learn(model, x=x, y=y)
        assert told["message"] == "Successful learn."
    predicted = client.predict(model, {"price": 0.3, "night": 1})
    assert predicted["model"] == model
    assert predicted["prediction"] == "true"
    assert sum(predicted["probabilities"].values()) == pytest.approx(1.0)
    event = Event.objects.get()
    assert (event.identifier, event.status) == (predicted["identifier"], EventStatus.SEEN)
    told = client.label(True, predicted["identifier"], model)
    assert told["message"] == "Successful label."
    event.refresh_from_db()
    assert event.status == EventStatus.LABELLED
    assert Learner.objects.get().events == len(ROWS) + 1


def test_the_same_label_twice_is_learned_once(client: Any, model: str) -> None:
    client.learn(model, x={"price": 1.0}, y="up")
    identifier = client.predict(model, {"price": 0.3})["identifier"]
    client.label("up", identifier, model)
    assert client.label("up", identifier, model)["status"] == "duplicate"
    assert Learner.objects.get().events == 2
    with pytest.raises(SystemExit):
        client.label("down", identifier, model)
    assert Learner.objects.get().events == 2


def test_metrics_stats_and_the_model_as_json(client: Any, model: str) -> None:
    for x, y in ROWS:
        client.learn(model, x=x, y=y)
    client.predict(model, ROWS[0][0])
    found = client.metrics(model)
    assert 0.5 < found["Accuracy"] <= 1.0
    stats = client.stats(model)
    assert stats["learn"]["n_calls"] == len(ROWS)
    assert stats["predict"]["n_calls"] == 1
    assert stats["learn"]["mean_duration"] > 0
    assert stats["learn"]["mean_duration_human"]
    shown = client.get_model_json(model)
    assert shown["parameters"]["expansion"] == 20
    assert ["tick", 10] in shown["parameters"]["expert"]
    assert shown["events"] == len(ROWS)
    assert client.models() == {"models": [model]}


def test_a_regression_has_errors_for_metrics(client: Any) -> None:
    made = client.post("/model/regression/", json={"parameters": {"expansion": 0}})
    name = made["name"]
    assert name.startswith("regression-")
    for i in range(20):
        client.learn(name, x={"x": i}, y=2.0 * i)
    assert isinstance(client.predict(name, {"x": 3})["prediction"], float)
    assert client.metrics(name)["MAE"] > 0
    assert client.get_model_json(name)["flavor"] == "regression"


def test_a_download_is_the_state_and_no_pickle(client: Any, model: str, tmp_path: Path) -> None:
    for x, y in ROWS:
        client.learn(model, x=x, y=y)
    place = client.download_model(model, dest=str(tmp_path / "state.npz"))
    data = Path(place).read_bytes()
    with np.load(io.BytesIO(data), allow_pickle=False) as file:
        assert file.files
    with read(Learner.objects.get()) as present:
        loaded = type(present)().load_state(unpack_state(data))
        assert loaded.predict_one(ROWS[3][0]) == present.predict_one(ROWS[3][0])


def test_a_model_is_deleted_with_all_it_learned(client: Any, model: str) -> None:
    client.learn(model, x={"price": 1.0}, y="up")
    assert client.delete_model(model)["message"] == f"Deleted {model}."
    assert not Learner.objects.exists()
    with pytest.raises(SystemExit):
        client.delete_model(model)


def test_an_uploaded_pickle_is_refused_and_never_loaded(
    client: Any, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    told: list[dict[str, str]] = []
    monkeypatch.setattr("riverapi.main.logger.log_handler", [told.append])
    with pytest.raises(SystemExit):
        client.upload_model(Bomb(), "regression")
    with pytest.raises(SystemExit):
        client.upload_model(Bomb(), "regression", "named")
    assert not Path("exploded").exists()
    assert not Learner.objects.exists()
    said = " ".join(message["msg"] for message in told)
    assert "415" in said
    assert "create by JSON, never by a pickle" in said


def test_a_large_upload_hears_the_refusal_as_well(live_server: Any, settings: Any) -> None:
    settings.DEMO = True
    answer = requests.post(f"{live_server.url}/api/model/binary/", data=b"\x80" * 5_000_000)
    assert answer.status_code == 415
    assert answer.json()["message"] == creation.NO_PICKLE


class Bomb:
    """What leaves a file behind wherever it is unpickled."""

    def __reduce__(self) -> Any:
        return (open, ("exploded", "w"))


# --- streams -----------------------------------------------------------------------------


@pytest.fixture
def listening(client: Any, model: str) -> Iterator[Any]:
    """A function that reads a stream in a thread of its own until it has so many lines."""
    threads = []

    def listen(stream: Iterator[str], count: int) -> tuple[threading.Thread, list[str]]:
        lines: list[str] = []

        def read() -> None:
            for line in stream:
                lines.append(line)
                if len(lines) == count:
                    break
            stream.close()  # type: ignore[attr-defined]

        thread = threading.Thread(target=read)
        threads.append(thread)
        thread.start()
        return thread, lines

    client.models()  # with a login: from now on the client has its token
    yield listen
    for thread in threads:
        thread.join(30)


def test_the_client_hears_of_events(client: Any, model: str, listening: Any) -> None:
    wait_until_streams(opened=False)  # those of other tests
    thread, lines = listening(client.stream_events(), 6)
    wait_until_streams(opened=True)
    client.learn(model, x={"price": 1.0}, y="up")
    identifier = client.predict(model, {"price": 0.5})["identifier"]
    client.label("down", identifier, model)
    thread.join(30)
    heard = list(zip(lines[::2], lines[1::2], strict=True))
    kinds = [kind.removeprefix("event: ") for kind, _ in heard]
    assert sorted(kinds) == ["label", "learn", "predict"]
    data = {k: json.loads(d.removeprefix("data: ")) for k, (_, d) in zip(kinds, heard, strict=True)}
    assert data["predict"]["features"] == {"price": 0.5}
    assert data["label"]["ground_truth"] == "down"
    assert data["label"]["identifier"] == identifier
    assert data["learn"]["ground_truth"] == "up"
    assert {d["model"] for d in data.values()} == {model}


def test_the_client_hears_of_metrics(client: Any, model: str, listening: Any) -> None:
    wait_until_streams(opened=False)
    thread, lines = listening(client.stream_metrics(), 1)
    wait_until_streams(opened=True)
    client.learn(model, x={"price": 1.0}, y="up")
    thread.join(30)
    data = json.loads(lines[0].removeprefix("data: "))
    assert data["model"] == model
    assert "Accuracy" in data


def wait_until_streams(*, opened: bool) -> None:
    """Wait until the server has begun a stream, or has ended all."""
    for _ in range(600):
        if bool(SLOTS.taken) == opened:
            return
        threading.Event().wait(0.05)
    raise AssertionError(f"{SLOTS.taken} streams are open")


def test_too_many_streams_are_refused(demo: Any, settings: Any, live_server: Any) -> None:
    settings.LEARNER_STREAMS = 0
    with pytest.raises(SystemExit):
        list(demo.stream_events())
    refused = requests.get(f"{live_server.url}/api/stream/events/")
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")


def test_a_server_of_one_loop_streams_as_well(settings: Any) -> None:
    settings.DEMO = True
    learner = make_learner("prices", visibility="public")
    wait_until_streams(opened=False)
    learn = sync_to_async(live.learn)

    async def read() -> str:
        answer: Any = await AsyncClient().get("/api/stream/events/")
        assert answer.is_async
        parts = aiter(answer.streaming_content)
        assert (await anext(parts)).isspace()
        assert SLOTS.taken == 1
        await learn(learner=learner, events=[Incoming(features={"price": 1.0}, label="up")])
        text: str = (await anext(parts)).decode()
        await parts.aclose()  # as a server does when the client has gone
        return text

    kind, data = async_to_sync(read)().split("\n\n")[0].split("\n")
    assert kind == "event: learn"
    assert json.loads(data.removeprefix("data: "))["ground_truth"] == "up"
    assert SLOTS.taken == 0


# --- whose model -------------------------------------------------------------------------


def test_a_wrong_token_and_no_token_are_refused(
    ada: User, live_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SystemExit):
        client_of(live_server.url).models()
    monkeypatch.setenv("RIVER_ML_USER", "ada")
    monkeypatch.setenv("RIVER_ML_TOKEN", "edr_wrong")
    with pytest.raises(SystemExit):
        client_of(live_server.url).models()
    monkeypatch.setenv("RIVER_ML_TOKEN", create_token(user=ada, name="a", days=1)[1])
    monkeypatch.setenv("RIVER_ML_USER", "eve")
    with pytest.raises(SystemExit):
        client_of(live_server.url).models()


def test_what_belongs_to_others_is_not_there(member: Any, ada: User) -> None:
    eve = User.objects.create_user("eve")
    make_learner("secret", owner=eve)
    make_learner("shown", owner=eve, visibility="public")
    assert member.models() == {"models": ["shown"]}
    for ask in (member.get_model_json, member.metrics, member.stats, member.delete_model):
        with pytest.raises(SystemExit):
            ask("secret")
    assert "identifier" not in member.predict("shown", {"x": 1.0})
    with pytest.raises(SystemExit):
        member.learn("shown", x={"x": 1.0}, y="up")
    with pytest.raises(SystemExit):
        member.delete_model("shown")
    assert Learner.objects.count() == 2


def test_a_name_means_the_callers_own_model_first(member: Any, ada: User) -> None:
    eve = User.objects.create_user("eve")
    other = make_learner("prices", owner=eve, visibility="public")
    own = make_learner("prices", owner=ada)
    assert member.get_model_json("prices")["id"] == own.pk
    assert member.get_model_json(str(other.pk))["id"] == other.pk
    assert member.models() == {"models": sorted(["prices", str(other.pk)])}
