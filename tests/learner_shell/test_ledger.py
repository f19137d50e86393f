"""Commits in the database: the way back, two writers, exactly once."""

import os
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from learner.models import Checkpoint, Commit, Event, EventStatus, Learner, Stream
from learner.pipeline import EventDrivenClassifier
from learner.pipeline.batches import learn_rows
from learner.services import checkpoints, live, storage
from learner.services.columns import Table
from learner.services.explain import explain_commit
from learner.services.learners import (
    change_parameters,
    compact,
    create_learner,
    export_state,
    import_state,
)
from learner.services.live import rollback, sleep
from learner.services.sessions import Session, load_model
from learner.services.states import digest_of, from_json, pack_state, to_json
from synapse.services.conflict import StateConflict
from tests.learner_shell.rows import rows_of, write_csv

Retrain = Callable[..., str]


def state(learner: Learner) -> str:
    return digest_of(export_state(learner=learner))


def learn_noting_states(learner: Learner, count: int) -> dict[int, str]:
    """Learn random events in batches of 50; return the digest of the state at each commit."""
    rows, states = rows_of(count, labels=("no", "yes")), {}
    for first in range(0, count, 50):
        with Session(learner) as session:
            for i, row in enumerate(rows[first : first + 50]):
                table = Table(["a", "b"], _array(row))
                learn_rows(session.model, table, [row["label"]], [f"event {first + i}"])
                states[session.ledger.version] = digest_of(pack_state(session.model.state_dict()))
            with session.saving():
                pass
    return states


def _array(row: dict[str, Any]) -> Any:
    import numpy as np

    return np.array([[row["a"], row["b"]]])


def test_rollback_is_exact_at_every_commit(
    learner: Learner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thousand commits by events; each is found again to the last bit."""
    monkeypatch.setattr(storage, "SNAPSHOT_EVERY", 100)
    with Session(learner) as session:
        change_parameters(learner, session.model, {"budget": 1.0})
        session.ledger.add_snapshot(session.model.state_dict())
        with session.saving():
            pass
    noted: dict[int, str] = {}
    states = learn_noting_states(learner, 1200)
    commits = list(Commit.objects.filter(learner=learner).values_list("number", flat=True))
    assert commits == list(range(1, len(commits) + 1))
    assert len(commits) >= 1000
    # What follows a commit without changing weights moves statistics; note the state at it.
    model = load_model(learner)
    model.go_on(storage.StoredLedger(learner))
    for number in Random(3).sample(commits, 60) + [1, 1000]:
        model.rollback(number)
        noted[number] = digest_of(pack_state(model.state_dict()))
    fresh = create_learner(name="fresh", parameters={"expansion": 20, "budget": 1.0})
    again = states_at(fresh, rows_of(1200), set(noted))
    assert noted == again
    assert set(states) <= {0, *commits}


def states_at(learner: Learner, rows: list[dict[str, Any]], wanted: set[int]) -> dict[int, str]:
    """Learn without a database; return the digest of the state right after each commit."""
    model = load_model(learner)
    ledger = model.keep_ledger()
    found: dict[int, str] = {}
    for row in rows:
        before = ledger.version
        learn_rows(model, Table(["a", "b"], _array(row)), [row["label"]])
        if ledger.version > before and ledger.version in wanted:
            found[ledger.version] = digest_of(pack_state(model.state_dict()))
    return found


def test_rollback_is_a_commit_and_can_be_undone(learner: Learner) -> None:
    learn_noting_states(learner, 150)
    last, before = learner.version, state(learner)
    sleep(learner=learner, replays=20)
    slept = state(learner)
    assert rollback(learner=learner, version=last // 2) == last + 2
    assert Commit.objects.get(learner=learner, number=last + 2).kind == "rollback"
    assert state(learner) not in (before, slept)
    rollback(learner=learner, version=last + 1)
    assert state(learner) == slept
    learn_noting_states(learner, 100)
    rollback(learner=learner, version=last + 2)
    rollback(learner=learner, version=last + 1)
    assert state(learner) == slept


def test_compaction_gives_up_the_way_back_only(
    learner: Learner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "SNAPSHOT_EVERY", 50)
    learn_noting_states(learner, 300)
    last, before = learner.version, state(learner)
    rows = Checkpoint.objects.filter(learner=learner).count()
    compact(learner=learner, version=last - 5)
    assert Checkpoint.objects.filter(learner=learner).count() < rows
    assert state(learner) == before
    with pytest.raises(ValueError, match="version must be a commit that is kept"):
        rollback(learner=learner, version=1)
    rollback(learner=learner, version=last - 5)
    learn_noting_states(learner, 50)
    assert Commit.objects.filter(learner=learner, number=1).exists()


def test_the_second_of_two_writers_is_refused(learner: Learner) -> None:
    with Session(learner) as first:
        second = Learner.objects.get(pk=learner.pk)
        with pytest.raises(StateConflict, match="Another process is writing to the learner small"):
            Session(second)
        with first.saving():
            pass
    with Session(second):
        pass


def test_without_the_lock_the_second_to_store_is_refused(
    learner: Learner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Any
) -> None:
    """As where two machines share a database."""
    with Session(learner) as first:
        settings.TRACES_DIR = tmp_path / "another machine"
        with Session(Learner.objects.get(pk=learner.pk)) as second:
            learn_rows(second.model, Table(["a", "b"], _array(rows_of(1)[0])), ["yes"])
            with second.saving():
                pass
        before = state(learner)
        learn_rows(first.model, Table(["a", "b"], _array(rows_of(2)[1])), ["no"])
        with pytest.raises(StateConflict, match="was changed by another writer"), first.saving():
            pass
    assert state(learner) == before
    assert Learner.objects.get(pk=learner.pk).position == 1


def test_a_failure_while_storing_stores_nothing(retrain: Retrain, learner: Learner,
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    file = write_csv(tmp_path / "s.csv", rows_of(200))
    retrain("--stream", str(file), "--target", "label", "--limit", "100")
    before = state(learner), Commit.objects.count()

    def fail(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Stream, "save", fail)
        with pytest.raises(CommandError, match="Interrupted: all batches") as caught:
            retrain("--stream", str(file))
    assert caught.value.returncode == 130
    assert (state(learner), Commit.objects.count()) == before
    assert "Going on after record 100" in retrain("--stream", str(file))
    assert learner.events == 200


def test_cutting_a_stream_changes_no_bit(
    retrain: Retrain, learner: Learner, tmp_path: Path
) -> None:
    whole = create_learner(name="whole", parameters={"expansion": 20})
    file = write_csv(tmp_path / "s.csv", rows_of(400))
    retrain("--stream", str(file), "--target", "label", name="whole")
    for limit in (1, 2, 37, 160, 200):
        retrain("--stream", str(file), "--target", "label", "--limit", str(limit), "--batch", "33")
    assert learner.events == 400
    assert state(learner) == state(whole)
    assert "nothing new" in retrain("--stream", str(file))
    assert learner.events == 400


def test_a_stream_is_known_by_what_it_holds(
    retrain: Retrain, learner: Learner, tmp_path: Path
) -> None:
    rows = rows_of(120)
    file = write_csv(tmp_path / "s.csv", rows[:100])
    retrain("--stream", str(file), "--target", "label")
    retrain("--stream", str(write_csv(tmp_path / "renamed.csv", rows)))
    assert learner.events == 120
    rows[40]["a"] = 9.0
    changed = write_csv(tmp_path / "changed.csv", rows)
    with pytest.raises(CommandError, match="120 records were learned, but these records have"):
        retrain("--stream", str(changed))
    assert "Learning it again, time 2" in retrain("--stream", str(changed), "--again")
    assert learner.events == 240


@pytest.mark.parametrize("delay", [1, 30, 1000])
def test_late_labels(retrain: Retrain, learner: Learner, tmp_path: Path, delay: int) -> None:
    """Cut anywhere, a delayed stream is the same; every label arrives at last."""
    whole = create_learner(name="whole", parameters={"expansion": 20})
    file = write_csv(tmp_path / "s.csv", rows_of(150))
    arguments = ("--stream", str(file), "--target", "label", "--delay", str(delay))
    retrain(*arguments, name="whole")
    retrain(*arguments, "--limit", "70")
    assert learner.events == max(0, 70 - delay)
    for limit in (1, 50, 20):
        retrain(*arguments, "--limit", str(limit), "--batch", "7")
    assert learner.events == max(0, 141 - delay)
    retrain(*arguments)
    assert learner.events == 150
    assert state(learner) == state(whole)
    mine, its = (Stream.objects.get(learner=each).metrics for each in (learner, whole))
    assert mine["events"] == its["events"] == 150
    assert mine["correct"] == its["correct"]
    assert measured(learner) == measured(whole)
    totals = learner.metrics["totals"]
    assert totals.get("correct", 0) == mine["correct"]  # as it came, not as it was learned


def measured(learner: Learner) -> list[Any]:
    """Return counts, windows and digests of the baselines of a learner."""
    learner.refresh_from_db()
    kinds = ("always", "frozen")
    return [
        learner.metrics,
        list(learner.windows.values_list("first", "last", "position", "scores", "reliability")),
        list(learner.checkpoints.filter(kind__in=kinds).values_list("kind", "digest", "position")),
    ]


def test_an_identifier_is_learned_once(retrain: Retrain, learner: Learner, tmp_path: Path) -> None:
    rows = [row | {"key": f"k{i % 80}"} for i, row in enumerate(rows_of(100))]
    file = write_csv(tmp_path / "s.csv", rows)
    text = retrain("--stream", str(file), "--target", "label", "--id", "key", "--batch", "30")
    assert learner.events == Event.objects.filter(status=EventStatus.LEARNED).count() == 80
    assert "20 events were known by their identifier" in text
    other = write_csv(tmp_path / "t.csv", rows[::-1])
    retrain("--stream", str(other), "--id", "key")
    assert learner.events == 80


def test_identifiers_and_late_labels(retrain: Retrain, learner: Learner, tmp_path: Path) -> None:
    rows = [row | {"key": f"k{i % 80}"} for i, row in enumerate(rows_of(100))]
    file = write_csv(tmp_path / "s.csv", rows)
    arguments = ("--stream", str(file), "--target", "label", "--id", "key", "--delay", "30")
    for limit in (20, 40, 30):
        retrain(*arguments, "--limit", str(limit))
    assert Event.objects.count() == learner.events == 50
    retrain(*arguments)
    assert Event.objects.count() == learner.events == 80


def test_a_label_that_comes_later(retrain: Retrain, learner: Learner, tmp_path: Path) -> None:
    file = write_csv(tmp_path / "s.csv", rows_of(100))
    retrain("--stream", str(file), "--target", "label")
    before = state(learner)
    event = live.predict(learner=learner, identifier="x1", features={"a": 2.0, "colour": "red"})
    assert event.prediction == "yes"
    assert state(learner) == before
    with pytest.raises(StateConflict, match="'x1' came with other features before"):
        live.predict(learner=learner, identifier="x1", features={})
    live.label(learner=learner, identifier="x1", value="yes")
    learner.refresh_from_db()
    assert learner.events == 101
    with pytest.raises(StateConflict, match="'x1' has the label 'yes'; it cannot become 'no'"):
        live.label(learner=learner, identifier="x1", value="no")


def test_the_budget_may_change_and_the_way_back_stays_exact(
    retrain: Retrain, learner: Learner, tmp_path: Path
) -> None:
    file = write_csv(tmp_path / "s.csv", rows_of(300))
    retrain("--stream", str(file), "--target", "label", "--limit", "100", "--seed", "7")
    assert learner.parameters["seed"] == 7
    kept, version = state(learner), sleep(learner=learner, replays=1)
    slept = state(learner)
    retrain("--stream", str(file), "--budget", "0.9")
    assert learner.parameters["budget"] == 0.9
    rollback(learner=learner, version=version)
    assert state(learner) == slept != kept
    assert Learner.objects.get(pk=learner.pk).parameters["budget"] == 0.2
    with pytest.raises(CommandError, match="seed can be set before the first event only"):
        retrain("--stream", str(file), "--seed", "8")


def test_evaluate_stores_nothing(retrain: Retrain, learner: Learner, tmp_path: Path) -> None:
    file = write_csv(tmp_path / "s.csv", rows_of(100))
    text = retrain("--stream", str(file), "--target", "label", "--evaluate", "--budget", "0.5")
    assert "Evaluated: nothing was stored." in text
    assert (learner.state_version, Stream.objects.count(), learner.target) == (0, 0, "")


def test_a_paused_learner_is_evaluated_only(
    retrain: Retrain, learner: Learner, tmp_path: Path
) -> None:
    file = write_csv(tmp_path / "s.csv", rows_of(50))
    Learner.objects.update(paused=True)
    with pytest.raises(CommandError, match="The learner small is paused: it predicts only"):
        retrain("--stream", str(file), "--target", "label")
    assert "Evaluated" in retrain("--stream", str(file), "--target", "label", "--evaluate")


def test_compare_with_river(retrain: Retrain, learner: Learner, tmp_path: Path) -> None:
    pytest.importorskip("river")
    file = write_csv(tmp_path / "s.csv", rows_of(400))
    text = retrain(
        "--stream", str(file), "--target", "label", "--evaluate",
        "--compare", "river:LogisticRegression", "--compare", "river:HoeffdingTreeClassifier",
    )  # fmt: skip
    found = [line for line in text.splitlines() if line.startswith("river:")]
    assert len(found) == 2
    assert all(float(line.split("accuracy ")[1].split()[0]) > 75 for line in found)
    with pytest.raises(CommandError, match="River has no classifier called 'Nothing'"):
        retrain("--stream", str(file), "--target", "label", "--compare", "river:Nothing")


def test_explanations(retrain: Retrain, learner: Learner, tmp_path: Path) -> None:
    retrain("--stream", str(write_csv(tmp_path / "s.csv", rows_of(100))), "--target", "label")
    commit = explain_commit(learner=learner, number=3)
    assert commit.connections
    assert Commit.objects.get(pk=commit.pk).connections == commit.connections
    out = StringIO()
    call_command("explain", "small", "--event", '{"a": 1, "colour": "red"}', stdout=out)
    call_command("explain", "small", "--commit", "3", stdout=out)
    assert "Prediction yes" in out.getvalue()
    assert "colour=red" in out.getvalue()
    assert "Commit 3: learn" in out.getvalue()
    with pytest.raises(CommandError, match="has no commit 9999"):
        call_command("explain", "small", "--commit", "9999")
    with pytest.raises(CommandError, match="event is no JSON"):
        call_command("explain", "small", "--event", "{")


def test_export_and_import(retrain: Retrain, learner: Learner, tmp_path: Path) -> None:
    file = write_csv(tmp_path / "s.csv", rows_of(100))
    retrain("--stream", str(file), "--target", "label")
    data = export_state(learner=learner)
    assert pack_state(from_json(to_json(data))) == data
    for suffix in ("npz", "json"):
        target = tmp_path / f"state.{suffix}"
        call_command("export_learner", "small", str(target), stdout=StringIO())
        copy = import_state(name=f"from {suffix}", path=str(target))
        assert state(copy) == state(learner)
        if suffix == "npz":
            loaded = EventDrivenClassifier.load(target)
            assert digest_of(pack_state(loaded.state_dict())) == state(learner)
        retrain("--stream", str(file), "--target", "label", name=copy.name)
    (tmp_path / "bad.npz").write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(ValueError, match="is no saved learner"):
        import_state(name="bad", path=str(tmp_path / "bad.npz"))


def test_a_large_state_is_a_file(
    retrain: Retrain, learner: Learner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:  # fmt: skip
    monkeypatch.setattr(checkpoints, "LARGEST_IN_ROW", 1000)
    file = write_csv(tmp_path / "s.csv", rows_of(100))
    with django_capture_on_commit_callbacks(execute=True):
        retrain("--stream", str(file), "--target", "label", "--batch", "20")
    files = list(checkpoints.folder().glob("*.npz"))
    rows = Checkpoint.objects.filter(learner=learner)
    assert len(files) == rows.count() == rows.exclude(path="").count()
    before = state(learner)
    rollback(learner=learner, version=1)
    rollback(learner=learner, version=learner.version - 1)
    assert state(learner) == before
    head = rows.get(kind="head")
    (checkpoints.folder().parent / head.path).write_bytes(b"other")
    with pytest.raises(ValueError, match="is damaged"):
        load_model(learner)


@pytest.mark.skipif(os.name == "nt", reason="a folder cannot be opened")
def test_a_large_state_has_its_name_on_the_disk(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.TRACES_DIR = tmp_path
    written: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "fsync", lambda opened: written.append(identity(os.fstat(opened))))
    kept = tmp_path / checkpoints.write_file(b"state")
    assert written == [identity(kept.stat()), identity(kept.parent.stat())]


def identity(told: os.stat_result) -> tuple[int, int]:
    return told.st_dev, told.st_ino


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["small"], "There is a learner of this name already."),
        (["12"], "a name must not be a number"),
        (["new", "--parameter", "budget=x"], "budget must be a number; got 'x'"),
        (["new", "--parameter", "budget=7"], "budget must be a number from 0.0001 to 1; got 7"),
        (["new", "--parameter", "speed=7"], "there is no parameter 'speed'"),
        (["new", "--parameter", "speed"], "a parameter is written name=value; got 'speed'"),
        (["new", "--owner", "nobody"], "there is no user 'nobody'"),
        (["new", "--from", "nowhere.npz"], "nowhere.npz cannot be read"),
    ],
)
def test_mistakes_in_making_one(learner: Learner, arguments: list[str], sentence: str) -> None:
    with pytest.raises(CommandError) as caught:
        call_command("create_learner", *arguments)
    assert sentence in str(caught.value)


def test_an_unknown_learner(learner: Learner) -> None:
    with pytest.raises(CommandError, match=r"There is no learner 'big'; known are \d+ \(small\)"):
        call_command("replay", "big")
    with pytest.raises(CommandError, match="version must be a commit that is kept, up to 0"):
        call_command("rollback", "small", "5")
