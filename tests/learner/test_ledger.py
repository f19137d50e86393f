"""The ledger: every change numbered, every state found again exactly."""

import hashlib

import numpy as np
import pytest

from learner.pipeline import EventDrivenRegressor, Ledger
from tests.learner.conftest import make_events, same_state, teach


@pytest.fixture
def kept(small, events):
    """A learner with a ledger, and copies of it right after some commits."""
    model, states = small(), {}
    model.keep_ledger(Ledger(snapshot_every=60))
    for n, (x, y) in enumerate(events[:300]):
        x = x | ({"new": float(n)} if n > 150 else {})
        model.learn_one(x, "class 9" if n > 200 and n % 7 == 0 else y)
        if n == 120:
            model.sleep(15)
        version = model._ledger.version
        if version not in states:
            states[version] = model.clone(include_attributes=True)
    return model, states


def test_rollback_to_every_commit_is_exact(kept):
    model, states = kept
    assert len(states) > 70
    last = model._ledger.version
    for version in sorted(set(states) - {0}, reverse=True):
        model.rollback(version)
        assert same_state(model, states[version]), version
    assert model._ledger.version == last + len(states) - 1


@pytest.mark.slow
def test_rollback_to_any_of_a_thousand_commits_is_exact(small):
    model, digests = small(), {}
    model.keep_ledger(Ledger(snapshot_every=200))
    for x, y in make_events(5000):
        model.learn_one(x, y)
        digests.setdefault(model._ledger.version, digest(model))
    versions = sorted(set(digests) - {0})
    assert len(versions) >= 1000
    for version in np.random.default_rng(4).permutation(versions):
        model.rollback(int(version))
        assert digest(model) == digests[version], version


def digest(model):
    saved = model.state_dict()
    told = hashlib.sha256(repr(saved["header"]).encode())
    for name in sorted(saved["arrays"]):
        told.update(saved["arrays"][name].tobytes())
    return told.digest()


def test_a_rollback_is_a_commit_that_can_be_undone(kept):
    model, states = kept
    last = model._ledger.version
    now = model.clone(include_attributes=True)
    new = model.rollback(10)
    assert new == last + 1
    assert model.commits()[-1].kind == "rollback"
    assert model.commits()[-1].amount == 10
    model.rollback(last)
    assert same_state(model, states[last])
    model.rollback(new)
    assert same_state(model, states[10])
    assert not same_state(model, now)


def test_learning_after_a_rollback_equals_never_having_learned_more(kept, small, events):
    model, states = kept
    model.rollback(30)
    teach(model, events[400:460])
    assert same_state(model, teach(states[30], events[400:460]))
    other_way = model._ledger.version
    model.rollback(31)  # still there, on the way that was left
    assert same_state(model, states[31])
    model.rollback(other_way)
    assert model._core.state.events == states[30]._core.state.events


def test_batches_write_the_same_ledger(small, events):
    one, many = small(), small()
    for model in (one, many):
        model.keep_ledger(Ledger(snapshot_every=50))
    x = np.array([list(x.values()) for x, _ in events[:200]])
    y = [y for _, y in events[:200]]
    for row, label in zip(x, y, strict=True):
        one.learn_one(dict(enumerate(row.tolist())), label)
    many.learn_many(x, y)
    assert one.commits() == many.commits()
    one.rollback(20)
    many.rollback(20)
    assert same_state(one, many)


def test_commits_say_which_event_and_how_much(small, events):
    model = small()
    model.keep_ledger()
    for n, (x, y) in enumerate(events[:150]):
        model.observe(f"event {n}", x)
        model.label(f"event {n}", y)
    commits = model.commits()
    assert [c.version for c in commits] == list(range(1, len(commits) + 1))
    learned = [c for c in commits if c.kind == "learn"]
    assert len(learned) == model._core.state.commits
    for commit in learned:
        assert commit.event_id == f"event {commit.event - 1}"
        assert 0.0 <= commit.surprise <= 1.0
        assert commit.size > 0.0
        assert commit.gate >= 1.0


def test_a_batch_writes_down_its_identifiers(small, events):
    model = small()
    model.keep_ledger()
    x = np.array([list(x.values()) for x, _ in events[:50]])
    names = [f"event {n}" for n in range(50)]
    model.progress_many(x, [y for _, y in events[:50]], event_ids=names)
    assert all(c.event_id == f"event {c.event - 1}" for c in model.commits())


def test_a_change_is_explained_by_its_connections(kept):
    model, states = kept
    commit = next(c for c in model.commits(60) if c.kind == "learn")
    told = model.explain_change(commit.version, largest=5)
    assert told["commit"] == commit
    sizes = [abs(c["after"] - c["before"]) for c in told["connections"]]
    assert len(sizes) == 5
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > 0.0
    assert same_state(model, model)  # and the learner is as it was
    with pytest.raises(ValueError, match="is a rollback"):
        model.explain_change(model.rollback(3))


def test_the_size_of_a_commit_is_the_length_of_its_change(small, events):
    model = small(expert=(("tick", 10**6),))
    model.keep_ledger()
    teach(model, events[:60])
    for commit in model.commits()[5:15]:
        told = model.explain_change(commit.version, largest=10**6)
        total = sum((c["after"] - c["before"]) ** 2 for c in told["connections"])
        assert commit.size == pytest.approx(total**0.5, rel=1e-9)


def test_compaction_keeps_what_it_says(kept):
    model, states = kept
    middle = sorted(states)[len(states) // 2]
    model._ledger.compact(middle)
    with pytest.raises(ValueError, match="commit that is kept"):
        model.rollback(1)
    model.rollback(middle)
    assert same_state(model, states[middle])


def test_without_a_ledger_there_is_a_plain_error(small):
    with pytest.raises(ValueError, match="call keep_ledger"):
        small().rollback(1)


def test_numbers_roll_back_too():
    model = EventDrivenRegressor(expansion=20)
    model.keep_ledger()
    states = {}
    for x, _ in make_events(100):
        model.learn_one(x, 10.0 * x["f0"])
        states.setdefault(model._ledger.version, model.clone(include_attributes=True))
    for version in (5, 17, 11):
        model.rollback(version)
        assert same_state(model, states[version])
