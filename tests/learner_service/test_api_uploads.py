"""A state that somebody sends: taken up to the last bit, or refused in one sentence."""

import io
import json
import pickle
import zipfile
from typing import Any

import numpy as np
import pytest

from learner.models import Learner
from learner.services.learners import create_learner, export_state
from learner.services.states import from_json, pack, to_json, unpack
from learner.services.uploads import create_from_state, read_state

pytestmark = pytest.mark.django_db


@pytest.fixture
def taught(teach: Any) -> Learner:
    """A learner that has learned a little."""
    learner = create_learner(name="taught", parameters={"expansion": 20, "seed": 3})
    teach(learner, 60)
    return learner


@pytest.fixture
def state(taught: Learner) -> bytes:
    return export_state(learner=taught)


def changed(saved: bytes, part: str, name: str, value: Any) -> bytes:
    """Return a state in which one thing is another; None of an array leaves it out."""
    header, arrays = unpack(saved)
    {"header": header, "numbers": header["state"], "arrays": arrays}[part][name] = value
    return pack(header, {key: a for key, a in arrays.items() if a is not None})


@pytest.mark.parametrize("form", ["npz", "json", "deflated"])
def test_a_state_comes_back_to_the_last_bit(state: bytes, taught: Learner, form: str) -> None:
    sent = {"npz": lambda: state, "json": lambda: to_json(state), "deflated": deflated(state)}
    made = create_from_state(name="again", data=sent[form]())
    assert export_state(learner=made) == state
    assert (made.kind, made.events, made.schema) == (taught.kind, taught.events, taught.schema)


def deflated(state: bytes) -> Any:
    def make() -> bytes:
        header, arrays = unpack(state)
        file = io.BytesIO()
        np.savez_compressed(
            file, **{"header.json": np.frombuffer(json.dumps(header).encode(), np.uint8)}, **arrays
        )
        return file.getvalue()

    return make


def test_a_pickle_is_refused(state: bytes) -> None:
    with pytest.raises(ValueError, match="is a pickle"):
        read_state(pickle.dumps({"a": 1}))
    text = io.BytesIO()
    np.save(text, np.array([1, 2]))
    with pytest.raises(ValueError, match="must be an npz file or JSON"):
        read_state(text.getvalue())


def test_objects_are_never_unpickled(state: bytes) -> None:
    class Bomb:
        def __reduce__(self) -> Any:
            raise AssertionError("unpickled")

    header, arrays = unpack(state)
    file = io.BytesIO()
    np.savez(file, **arrays, extra=np.array([{"a": 1}], dtype=object))
    with pytest.raises(ValueError, match="holds objects"):
        read_state(file.getvalue())


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("synapses.npy", b"\0" * 60_000_000)
    assert len(file.getvalue()) < 100_000
    with pytest.raises(ValueError, match="unpacked; this has 60,000,000"):
        read_state(file.getvalue())


def test_an_archive_that_understates_itself_is_refused(state: bytes) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("synapses.npy", b"\0" * 1_000_000)
        archive.getinfo("synapses.npy").file_size = 10
    with pytest.raises(ValueError, match=r"damaged|magic"):
        read_state(file.getvalue())


def test_a_truncated_file_is_refused(state: bytes) -> None:
    for length in (0, 1, 10, len(state) // 2, len(state) - 1):
        with pytest.raises(ValueError, match="state"):
            read_state(state[:length])


def test_damaged_bytes_are_refused(state: bytes, rng: np.random.Generator) -> None:
    for place in rng.integers(0, len(state), 60).tolist():
        data = bytearray(state)
        data[place] ^= 0xFF
        try:
            create_from_state(name=f"damaged {place}", data=bytes(data))
        except ValueError:
            continue  # a byte of padding or of a date may change without harm


WRONG: dict[tuple[str, str], list[Any]] = {
    ("header", "kind"): ["EventDrivenForest", "EventDrivenRegressor", None, [], {"a": 1}],
    ("header", "format"): [2, None],
    ("header", "parameters"): [
        {"spin": 1}, [], {"expansion": 21}, {"expert": [["spin", 1]]}, {"expert": 1},
        {"seed": "x"}, {"budget": []},
    ],
    ("header", "features"): [
        [{"str": "a"}], [1], None, [{"list": []}, {"str": "a"}], [{"str": "a"}] * 2,
        [{}, {}], [{"tuple": 1}, {"str": "a"}], [{"str": "a\0"}, {"str": "b"}],
    ],
    ("header", "labels"): [[], [{"str": ""}] * 2, [{"str": "up"}] * 2, [{"float": None}], "ab"],
    ("header", "state"): [None, {}, []],
    ("numbers", "classes"): [-1, 0, 3, 10**12, 2**70, "2", None, 1e308, True],
    ("numbers", "features"): [-1, 3, 10**15],
    ("numbers", "events"): [None, "7", -1],
    ("numbers", "threshold"): [None, "high"],
    ("numbers", "hidden"): [21],
    ("numbers", "buffered"): [-1, 10**6],
    ("numbers", "random_1"): [0],
    ("arrays", "synapses"): [np.zeros((2, 2)), np.zeros(0), np.zeros((2, 5, 25, 2), int), None],
    ("arrays", "features"): [np.zeros((2, 10**5)), np.zeros(4), None],
    ("arrays", "buffer"): [np.zeros((10**4, 2)), None],
    ("arrays", "sources"): [np.full((2, 20, 6), 10**6), None],
    ("arrays", "heads"): [np.full((2, 6), np.nan), np.full((2, 6), np.inf)],
}  # fmt: skip


@pytest.mark.parametrize("place", WRONG, ids=".".join)
def test_a_state_that_cannot_be_is_refused(state: bytes, place: tuple[str, str]) -> None:
    for value in WRONG[place]:
        data = changed(state, *place, value)
        with pytest.raises(ValueError, match=r"\w"):
            create_from_state(name="wrong", data=data)
    assert not Learner.objects.filter(name="wrong").exists()


@pytest.mark.parametrize(
    "text",
    [
        b"{}", b"{", b'{"header": {}, "arrays": {}}', b'{"header": 1, "arrays": 2}',
        b'{"a":' * 100_000, b'{"header": NaN}', b"{\xff}",
        b'{"header": {}, "arrays": {"a": {"dtype": "|O", "shape": [1], "values": [1]}}}',
        b'{"header": {}, "arrays": {"a": {"dtype": "<f8", "shape": [2], "values": [1]}}}',
        b'{"header": {}, "arrays": {"a": {"dtype": "<f8", "shape": [1], "values": [[1]]}}}',
        b'{"header": {}, "arrays": {"a": {"dtype": "<i8", "shape": [1], "values": [1e99]}}}',
    ],
)  # fmt: skip
def test_json_that_is_no_state_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read_state(text)


def test_json_keeps_every_bit(state: bytes) -> None:
    assert pack(**from_json(to_json(state))) == state
