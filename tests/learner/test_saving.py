"""State in and out: exact, versioned, and nothing in a file is executed."""

import io
import json
import pickle
import subprocess
import sys

import numpy as np
import pytest

from learner.pipeline import EventDrivenClassifier, EventDrivenRegressor
from tests.learner.conftest import same_state, teach


@pytest.fixture
def taught(small, events):
    return teach(small(expert=(("sleep_every", 40),)), events[:200])


def test_saved_and_loaded_goes_on_as_if_nothing_had_happened(taught, events, tmp_path):
    taught.observe("later", events[5][0])
    taught.save(tmp_path / "learner.npz")
    other = EventDrivenClassifier.load(tmp_path / "learner.npz")
    assert same_state(taught, other)
    assert other.get_params() == taught.get_params()
    other.label("later", "class 1")
    taught.label("later", "class 1")
    assert same_state(teach(taught, events[200:300]), teach(other, events[200:300]))


def test_another_process_goes_on_with_the_same_bits(taught, events, tmp_path):
    taught.save(tmp_path / "learner.npz")
    (tmp_path / "events.json").write_text(json.dumps(events[200:260]))
    code = (
        "import json, sys; from learner.pipeline import EventDrivenClassifier as C\n"
        "m = C.load(sys.argv[1] + '/learner.npz')\n"
        "for x, y in json.load(open(sys.argv[1] + '/events.json')): m.learn_one(x, y)\n"
        "m.save(sys.argv[1] + '/after.npz')"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)
    after = EventDrivenClassifier.load(tmp_path / "after.npz")
    assert same_state(teach(taught, events[200:260]), after)


def test_header_is_plain_json(taught):
    header = taught.state_dict()["header"]
    assert json.loads(json.dumps(header, allow_nan=False))["format"] == 1


def test_names_keep_their_types(small, tmp_path):
    model = small()
    for n in range(30):
        model.learn_one({1: n, "1": -n, (2, "a"): 1.0}, bool(n % 2))
    model.save(tmp_path / "m.npz")
    other = EventDrivenClassifier.load(tmp_path / "m.npz")
    assert set(other._features) == {1, "1", (2, "a")}
    assert [type(label) for label in other._labels] == [bool, bool]


def test_a_pickle_is_refused(tmp_path):
    path = tmp_path / "evil.npz"
    path.write_bytes(pickle.dumps({"a": 1}))
    with pytest.raises(ValueError, match="no saved learner"):
        EventDrivenClassifier.load(path)


def test_objects_inside_a_file_are_refused(taught, tmp_path):
    saved = taught.state_dict()
    text = np.frombuffer(json.dumps(saved["header"]).encode(), np.uint8)
    arrays = saved["arrays"] | {"pools": np.array([{"a": 1}], dtype=object)}
    buffer = io.BytesIO()
    np.savez(buffer, **{"header.json": text}, **arrays)
    (tmp_path / "m.npz").write_bytes(buffer.getvalue())
    with pytest.raises(ValueError, match="no saved learner"):
        EventDrivenClassifier.load(tmp_path / "m.npz")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s["header"].update(format=99), "format must be 1"),
        (lambda s: s["header"].update(kind="Other"), "is of 'Other'"),
        (lambda s: s["header"]["state"].update(features=1000), "features and classes"),
        (lambda s: s["header"]["state"].update(hidden=1), "hidden must be 20"),
        (lambda s: s["header"]["state"].update(buffered=10**6), "buffered must be from"),
        (lambda s: s["header"]["state"].update(random_1=0), "random_1 must be from"),
        (lambda s: s["arrays"]["sources"].fill(77), "sources"),
        (lambda s: s["arrays"]["synapses"].fill(np.nan), "finite numbers"),
        (lambda s: s["arrays"].update(heads=np.zeros((2, 3))), "array heads must be"),
    ],
)
def test_a_state_that_would_lead_outside_the_arrays_is_refused(taught, change, message):
    saved = taught.state_dict()
    change(saved)
    with pytest.raises(ValueError, match=message):
        EventDrivenClassifier().load_state(saved)


def test_a_classifier_is_no_regressor(taught, tmp_path):
    taught.save(tmp_path / "m.npz")
    with pytest.raises(ValueError, match="not of EventDrivenRegressor"):
        EventDrivenRegressor.load(tmp_path / "m.npz")


def test_copies_and_pickles_go_on_alike(taught, events):
    copied, pickled = taught.clone(include_attributes=True), pickle.loads(pickle.dumps(taught))
    for model in (taught, copied, pickled):
        teach(model, events[200:260])
    assert same_state(taught, copied)
    assert same_state(taught, pickled)
