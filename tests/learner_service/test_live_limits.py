"""Bounds of events and learners: each is refused in one sentence, before anything changes."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from learner.models import Learner
from learner.services import live
from learner.services.learners import (
    create_learner,
    digest_of_state,
    export_state,
    import_bytes,
    import_state,
)
from learner.services.locks import WriterLock, lock_path
from learner.services.messages import Incoming
from learner.services.states import to_json, unpack_state
from synapse.services.conflict import StateConflict
from tests.learner_service.living import events_of


@pytest.fixture
def learner(db: None) -> Learner:
    made = create_learner(name="small", parameters={"expansion": 20})
    live.learn(learner=made, events=events_of(20))
    return made


def refused(learner: Learner, *events: Incoming, sentence: str) -> None:
    before = digest_of_state(learner), learner.position
    with pytest.raises(ValueError, match=sentence) as caught:
        live.learn(learner=learner, events=events)
    assert "\n" not in str(caught.value)
    learner.refresh_from_db()
    assert (digest_of_state(learner), learner.position) == before


def event(label: Any = "yes", **features: Any) -> Incoming:
    return Incoming(features=features, label=label)


def test_events_of_one_call(learner: Learner, settings: Any) -> None:
    settings.LEARNER_EVENTS = 5
    refused(learner, *events_of(6), sentence="events must be at most 5 in one call; got 6")
    with pytest.raises(ValueError, match="events must be at most 5 in one call; got 7"):
        live.predict_many(learner=learner, rows=[{"a": 1.0}] * 7)
    assert len(live.learn(learner=learner, events=events_of(5))) == 5
    assert live.learn(learner=learner, events=[]) == []


def test_features_of_an_event_and_of_a_learner(learner: Learner, settings: Any) -> None:
    settings.LEARNER_FEATURES = 8
    wide = event(**{f"f{i}": 1.0 for i in range(9)})
    refused(learner, wide, sentence="an event must have at most 8 features; got 9")
    with pytest.raises(ValueError, match="at most 8 features; got 9"):
        live.predict(learner=learner, features=wide.features)
    more = event(**{f"f{i}": 1.0 for i in range(3)})
    refused(learner, *events_of(3), more, event(late=1.0),
            sentence="event 5: small may have at most 8 features; with these it has 9")  # fmt: skip
    live.learn(learner=learner, events=[more])
    refused(learner, event(late=1.0), sentence="may have at most 8 features")
    assert live.predict(learner=learner, features={"late": 1.0}).prediction


def test_labels_of_a_learner(learner: Learner, settings: Any) -> None:
    settings.LEARNER_LABELS = 3
    refused(learner, event("x", a=1.0), event("y", a=1.0),
            sentence="event 2: small may have at most 3 labels; with these it has 4")  # fmt: skip
    live.learn(learner=learner, events=[event("x", a=1.0), event("x", a=2.0)])


def test_memory_that_a_learner_would_take(learner: Learner, settings: Any) -> None:
    settings.LEARNER_MEMORY = 100_000
    many = [event(f"label {i}", a=1.0) for i in range(40)]
    refused(learner, *many, sentence=r"small would take \d+ MB with 5 features, \d+ labels; at")
    with pytest.raises(ValueError, match="the learner would take .* with expansion 20000 and"):
        create_learner(name="large", parameters={"expansion": 20_000})
    assert not Learner.objects.filter(name="large").exists()


@pytest.mark.parametrize(
    ("features", "sentence"),
    [
        ({"x" * 201: 1.0}, "a feature's name must have at most 200 characters; got 201"),
        ({"": 1.0}, "a feature's name must be a text of 1 character or more; got ''"),
        ({3: 1.0}, "a feature's name must be a text of 1 character or more; got 3"),
        ({"a\0": 1.0}, "must not hold a null character"),
        ({"\ud800": 1.0}, "is not UTF-8"),
        ({"colour": "r" * 201}, "colour must have at most 200 characters; got 201"),
        ({"colour": ["red"]}, "neither number nor text"),
        ({"a": {"deep": 1}}, "a must be a number"),
        ({"a": "much"}, "a must be a number; got 'much'"),
        ([1.0], "features must be names and their values; got list"),
        (None, "features must be names and their values; got NoneType"),
    ],
)
def test_features_that_cannot_be(learner: Learner, features: Any, sentence: str) -> None:
    refused(learner, Incoming(features=features, label="yes"), sentence=sentence)
    with pytest.raises(ValueError, match=sentence):
        live.predict(learner=learner, features=features)
    with pytest.raises(ValueError, match=sentence):
        live.predict(learner=learner, features=features, identifier="x")


@pytest.mark.parametrize("label", [None, float("nan"), "", "x" * 201, "a\0b", ["x"], {"x": 1}])
def test_labels_that_cannot_be(learner: Learner, label: Any) -> None:
    refused(learner, event(label, a=1.0), sentence="label|neither number nor text")
    with pytest.raises(ValueError, match="label|neither number nor text"):
        live.label(learner=learner, identifier="x", value=label)


# --- states from elsewhere ----------------------------------------------------------------


def test_a_state_comes_back(learner: Learner) -> None:
    data = export_state(learner=learner)
    for i, form in enumerate((data, to_json(data))):
        copy = import_bytes(name=f"copy {i}", data=form)
        assert digest_of_state(copy) == digest_of_state(learner)
        live.learn(learner=copy, events=events_of(30))
        assert copy.events == 50


def bomb(shape: tuple[int, ...], *, kind: str = "<f8") -> bytes:
    """Return an npz file that says it holds a large array, in few bytes."""
    file = io.BytesIO()
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": kind, "fortran_order": False, "shape": shape}
    )
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("header.json.npy", header.getvalue())
        packed.writestr("synapses.npy", header.getvalue() + b"\0" * 1000)
    return file.getvalue()


def zeros(count: int) -> bytes:
    """Return an npz file of so many zeros, which pack well."""
    file = io.BytesIO()
    np.savez_compressed(file, **{"header.json": np.zeros(2, np.uint8), "x": np.zeros(count)})
    return file.getvalue()


def edited(data: bytes, **changes: Any) -> bytes:
    """Return a state whose header was changed."""
    saved = json.loads(to_json(data))
    for path, value in changes.items():
        place = saved["header"]
        *way, last = path.split("__")
        for step in way:
            place = place[step]
        place[last] = value
    return json.dumps(saved).encode()


def test_states_that_are_none(learner: Learner, settings: Any) -> None:
    settings.LEARNER_LARGEST_STATE = 1_000_000
    good = export_state(learner=learner)
    bad = [
        b"", b"PK", b"PK\x03\x04 nothing", good[:-200], good[:1000], b"\x80\x04K\x01.", b"{}",
        b"[]", b'{"header": 3, "arrays": {}}', b'{"header": {"kind": []}, "arrays": {}}',
        bomb((10**9,)), bomb((10**6, 10**6)), bomb((-1, 5)), bomb((2,), kind="|O"), zeros(10**7),
        edited(good, kind="Other"), edited(good, parameters=3), edited(good, parameters__budget=[]),
        edited(good, features=[1, 2]), edited(good, labels=None), edited(good, state={}),
        edited(good, state__features=10**12), edited(good, state__events="many"),
        edited(good, pending=[[1]]), edited(good, format=7),
        edited(good, parameters__expansion=100_000),
    ]  # fmt: skip
    for i, data in enumerate(bad):
        with pytest.raises(ValueError, match=r"^(?!.*Traceback).+$"):
            import_bytes(name=f"bad {i}", data=data)
    with pytest.raises(ValueError, match="take more than 1000000 bytes"):
        unpack_state(zeros(10**7), largest=1_000_000)
    settings.LEARNER_LARGEST_STATE = 100
    with pytest.raises(ValueError, match="a state must have at most 100 bytes"):
        import_bytes(name="large", data=good)
    assert Learner.objects.count() == 1


def test_a_file_that_is_no_state_is_named(db: None, tmp_path: Path) -> None:
    (tmp_path / "bad.npz").write_bytes(b"PK\x03\x04")
    with pytest.raises(ValueError, match=r"bad.npz is no saved learner"):
        import_state(name="bad", path=str(tmp_path / "bad.npz"))
    with pytest.raises(ValueError, match=r"missing.npz cannot be read"):
        import_state(name="bad", path=str(tmp_path / "missing.npz"))


# --- the lock -------------------------------------------------------------------------------


def test_the_lock_tells_whether_somebody_else_had_it(learner: Learner, settings: Any) -> None:
    settings.LEARNER_LOCK_WAIT = 0.05
    mine, other = (WriterLock(learner, take=False) for _ in range(2))
    assert [mine.acquire(), mine.let_go(), mine.acquire()] == [False, None, True]
    with pytest.raises(StateConflict, match=r"small \(process \d+, .+\)\. Nothing was done"):
        other.acquire()
    mine.let_go()
    assert [other.acquire(), other.let_go()] == [False, None]
    assert [mine.acquire(), mine.let_go()] == [False, None]
    assert lock_path(learner) != lock_path(create_learner(name="other"))
    for lock in (mine, other):
        lock.release()
        lock.release()
