"""``manage.py check`` finds a misconfigured learner, and settings out of their bounds."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import time
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks
from django.db import DatabaseError

from event_driven_retraining import settings as site
from learner import checks
from learner.models import Checkpoint, CheckpointKind, DriftAlarm, Learner, Stretch
from learner.services import checkpoints, live, soundness
from learner.services.learners import create_learner
from synapse.services.conflict import StateConflict

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[2]


def found(learner: Learner | None = None) -> list[str]:
    """Return the ids of what is wrong; each has a hint, and names the learner if there is one."""
    messages = [m for m in checks.stored() if m.id != "learner.I001"]
    for message in messages:
        assert message.hint
        if learner is not None:
            assert message.msg.startswith(f"The learner {learner.name} ({learner.pk})")
    return [str(message.id) for message in messages]


@pytest.fixture
def change(own: Learner) -> Callable[..., list[str]]:
    """A function that changes the row behind the learner's back, and returns what is found."""

    def run(**values: Any) -> list[str]:
        Learner.objects.filter(pk=own.pk).update(**values)
        return found(own)

    return run


# --- learners ----------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_sound_learners_are_silent(own: Learner, teach: Callable[..., Any]) -> None:
    """New; with a ledger and no head; with a head and a ledger after it; rolled back; asleep."""
    assert found() == []
    teach(own, 40)
    assert not Checkpoint.objects.filter(learner=own, kind=CheckpointKind.HEAD).exists()
    assert found() == []
    live.rollback(learner=own, version=2)
    teach(own, 600)
    teach(own, 7)
    live.sleep(learner=own, replays=5)
    teach(own, 3)
    head = Checkpoint.objects.get(learner=own, kind=CheckpointKind.HEAD)
    assert 0 < head.position < own.position
    assert found() == []


@pytest.mark.parametrize(
    "parameters",
    [
        {"budget": 7.0}, {"bugdet": 0.2}, {"expansion": 2.5}, {"expert": [["tick", 0]]},
        {"expert": [["tock", 1]]}, {"expert": 3}, {"budget": None}, [], "budget",
    ],
)  # fmt: skip
def test_parameters_that_are_refused(change: Any, parameters: Any) -> None:
    assert change(parameters=parameters) == ["learner.E011"]


def test_parameters_for_which_there_is_no_memory(change: Any, settings: Any) -> None:
    settings.LEARNER_MEMORY = 100_000
    assert change(parameters={"expansion": 5000}) == ["learner.E011"]


def test_an_unknown_kind(change: Any) -> None:
    assert change(kind="oracle") == ["learner.E010"]


def test_an_unknown_preset(change: Any) -> None:
    assert change(preset="hippocampus") == []
    assert change(preset="cerebellum") == ["learner.W001"]


@pytest.mark.parametrize("schema", [{"price": "colour"}, ["price"], "price"])
def test_a_schema_that_is_none(change: Any, schema: Any) -> None:
    assert change(schema={"price": "number", "day": "text"}) == []
    assert change(schema=schema) == ["learner.E017"]


def test_a_sleep_in_which_nothing_is_replayed(change: Any) -> None:
    assert change(sleep_replays=0) == []
    assert change(sleep_after=60.0) == ["learner.W002"]
    assert change(sleep_after=None, sleep_at=time(3, 30)) == ["learner.W002"]
    assert change(sleep_replays=5) == []
    assert change(parameters={"expert": [["buffer", 0]]}) == ["learner.W002"]


def test_an_alarm_beyond_the_last_commit(own: Learner) -> None:
    DriftAlarm.objects.create(
        learner=own, began=9, position=8, version=5, usual_error=0.1, recent_error=0.9
    )
    assert found(own) == ["learner.W003"]
    DriftAlarm.objects.update(ended=12)
    assert found(own) == []


@pytest.fixture
def taught(own: Learner, teach: Callable[..., Any]) -> Learner:
    """A learner with a head, and operations after it."""
    teach(own, 600)
    teach(own, 3)
    teach(own, 3)
    return own


@pytest.fixture
def head(taught: Learner) -> Checkpoint:
    """Its head."""
    return Checkpoint.objects.get(learner=taught, kind=CheckpointKind.HEAD)


@pytest.mark.django_db(transaction=True)
def test_a_missing_head(taught: Learner, head: Checkpoint) -> None:
    """The whole ledger serves as well; where that has been cut, nothing does."""
    head.delete()
    assert found(taught) == []
    Stretch.objects.filter(learner=taught, first=0).delete()
    assert found(taught) == ["learner.E012"]


@pytest.mark.django_db(transaction=True)
def test_a_missing_file(taught: Learner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "LARGEST_IN_ROW", 1)
    live.sleep(learner=taught, replays=5)
    row = Checkpoint.objects.get(learner=taught, kind=CheckpointKind.HEAD)
    assert found(taught) == []
    [*checkpoints.folder().glob(Path(row.path).name)][0].unlink()
    assert found(taught) == ["learner.E013"]


@pytest.mark.django_db(transaction=True)
def test_a_head_of_another_kind(taught: Learner, head: Checkpoint, change: Any) -> None:
    assert change(kind="regressor") == ["learner.E014"]


@pytest.mark.django_db(transaction=True)
def test_a_head_beyond_the_ledger(taught: Learner, head: Checkpoint) -> None:
    Checkpoint.objects.filter(pk=head.pk).update(position=taught.position + 1)
    assert found(taught) == ["learner.E015"]


@pytest.mark.django_db(transaction=True)
def test_a_gap_in_the_ledger(taught: Learner, head: Checkpoint) -> None:
    """Found before anybody wants to load it, and it cannot be loaded."""
    middle = Stretch.objects.filter(learner=taught, first__gte=head.position).first()
    assert middle is not None
    middle.delete()
    assert found(taught) == ["learner.E016"]
    live.forget(taught.pk)
    with pytest.raises(StateConflict, match="operations of its ledger are missing"):
        live.predict(learner=taught, features={"height": 1.0})


def test_the_last_operations_are_missing(taught: Learner) -> None:
    last = Stretch.objects.filter(learner=taught).order_by("first").last()
    assert last is not None
    last.delete()
    assert found(taught) == ["learner.E016"]


def test_few_queries_however_many_learners(
    own: Learner, django_assert_max_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for i in range(20):
        create_learner(name=f"one of many {i}", parameters={"expansion": 0})
    with django_assert_max_num_queries(5):
        assert found() == []
    monkeypatch.setattr(soundness, "MOST_LEARNERS", 20)
    Learner.objects.filter(pk=own.pk).update(kind="oracle")
    assert [m.id for m in checks.stored()] == ["learner.I001"]


# --- the command -------------------------------------------------------------------------


def check(database: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run ``manage.py check`` on a database."""
    return subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=ROOT, capture_output=True, text=True,
        env={**os.environ, "DATABASE_URL": database, **environment},
    )  # fmt: skip


def test_the_command_fails_and_names_the_learner(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'site.sqlite3'}"
    environment = os.environ | {"DATABASE_URL": database, "TRACES_DIR": str(tmp_path)}
    code = (
        "from learner.services.learners import create_learner\n"
        "create_learner(name='prices')\n"
        "from learner.models import Learner\n"
        "Learner.objects.update(parameters={'budget': 7.0})"
    )
    for arguments in (["migrate", "-v", "0"], ["shell", "-v", "0", "-c", code]):
        subprocess.run(
            [sys.executable, "manage.py", *arguments], cwd=ROOT, env=environment, check=True
        )
    done = check(database, TRACES_DIR=str(tmp_path))
    assert done.returncode == 1
    assert "(learner.E011) The learner prices (1) has parameters that are refused" in done.stderr
    assert "budget must be a number from 0.0001 to 1; got 7.0" in done.stderr
    assert "HINT" in done.stderr
    assert "Traceback" not in done.stderr
    other = subprocess.run(
        [sys.executable, "manage.py", "showmigrations", "learner"], cwd=ROOT, env=environment,
        capture_output=True, text=True,
    )  # fmt: skip
    assert (other.returncode, other.stderr) == (0, "")


def test_no_table_no_file_and_no_server_are_no_fault_of_a_learner(tmp_path: Path) -> None:
    missing, empty = tmp_path / "missing.sqlite3", tmp_path / "empty.sqlite3"
    empty.touch()
    for database in (f"sqlite:///{missing}", f"sqlite:///{empty}", "postgres://127.0.0.1:1/none"):
        done = check(database, TRACES_DIR=str(tmp_path))
        assert (done.returncode, done.stderr) == (0, ""), database


def test_a_database_that_fails_is_silent(own: Learner, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> Any:
        raise DatabaseError

    monkeypatch.setattr(soundness, "everything", fail)
    assert found() == []


# --- settings ----------------------------------------------------------------------------


def told(settings: Any, **values: Any) -> list[str]:
    """Return the ids of what is wrong with settings."""
    for name, value in values.items():
        setattr(settings, name, value)
    messages = run_checks(tags=[checks.TAG])
    assert all(message.hint for message in messages)
    return [str(message.id) for message in messages]


def test_settings_as_they_come_are_in_bounds(settings: Any) -> None:
    assert told(settings) == []


@pytest.mark.parametrize("name", sorted(checks.BOUNDS))
@pytest.mark.parametrize("beyond", ["below", "above", "nan"])
def test_settings_out_of_bounds(settings: Any, name: str, beyond: str) -> None:
    least, most = checks.BOUNDS[name]
    value = {"below": least - 1, "above": most + 1, "nan": float("nan")}[beyond]
    assert told(settings, **{name: value}) == ["learner.E001"]


def test_every_number_of_the_learners_has_bounds() -> None:
    names = {name for name in vars(site) if name.startswith("LEARNER_")}
    assert names - set(checks.BOUNDS) == {"LEARNER_RATE"}


@pytest.mark.parametrize("rate", ["", "10", "0/min", "10/week", "ten/min", "-1/s"])
def test_a_rate_that_is_none(settings: Any, rate: str) -> None:
    assert told(settings, LEARNER_RATE=rate) == ["learner.E002"]


def test_a_short_token(settings: Any) -> None:
    assert told(settings, METRICS_TOKEN="short") == ["learner.E003"]
    assert told(settings, METRICS_TOKEN="x" * checks.SHORTEST_TOKEN) == []


def test_a_folder_that_cannot_be_written(settings: Any, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    settings.TRACES_DIR = file / "traces"
    assert found() == ["learner.E004"]


def test_the_document_lists_every_check() -> None:
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    code = "".join((ROOT / "learner" / name).read_text(encoding="utf-8")
                   for name in ("checks.py", "services/soundness.py"))  # fmt: skip
    ids = set(re.findall(r'id="learner\.(\w+)"', code))
    assert len(ids) > 14
    assert {name for name in ids if f"{name}`" not in text} == set()
