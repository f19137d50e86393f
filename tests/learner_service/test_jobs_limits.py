"""Bounds of learners hold for files as well: a row beyond them is a bad row."""

import json
import re
from typing import Any

import pytest
from django.contrib.auth.models import User

from learner.models import Learner, StreamJob
from learner.services import job_runs, jobs, live
from learner.services.learners import create_learner
from learner.services.learning import Options
from learner.services.messages import Incoming
from learner.services.stream_files import keep_file
from synapse.models import RunStatus
from synapse.services import run_worker

pytestmark = pytest.mark.django_db
Row = dict[str, Any]
LONG = "x" * 201


@pytest.fixture
def learner(db: None) -> Learner:
    return create_learner(name="small", parameters={"expansion": 10})


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "BATCH", 10)
    monkeypatch.setattr(job_runs, "OPEN_FOR", 0.0)


def work(learner: Learner, rows: list[Row], **options: Any) -> StreamJob:
    """Learn rows in the background, as JSON lines."""
    data = "\n".join(json.dumps(row) for row in rows).encode()
    file = keep_file(iter([data]), name="s.jsonl")
    jobs.enqueue(learner=learner, file=file, options=Options(target="label", **options))
    run_worker.work(once=True)
    return StreamJob.objects.select_related("learner").latest("pk")


def go_on(job: StreamJob) -> None:
    """Go on with a job, without its bad rows."""
    root = User.objects.create_superuser("root")
    jobs.go_on(job=job, user=root, skip_bad_rows=True)
    run_worker.work(once=True)
    job.refresh_from_db()


def row(label: str = "no", **features: Any) -> Row:
    return {"a": 1.0, **features, "label": label}


def names_of(learner: Learner) -> tuple[list[str], list[str]]:
    """Return the features and the labels that a learner has."""
    with live.read(Learner.objects.get(pk=learner.pk)) as model:
        return [str(name) for name in model._features], list(model._labels)


@pytest.mark.parametrize(
    ("setting", "bound", "extra", "sentence"),
    [
        ("labels", 2, row("third"), "small may have at most 2 labels; with these it has 3"),
        ("features", 2, row(late=1.0), "small may have at most 2 features; with these it has 3"),
        ("features", 2, row(c="red"), "small may have at most 2 features; with these it has 3"),
        ("features", 2, row(b=1.0, c=1.0), "an event must have at most 2 features; got 3"),
        ("memory", 1, row("third"), "small would take .* with 2 features, 3 labels; at most"),
        ("name", 200, row(LONG), "the label must have at most 200 characters; got 201"),
        ("name", 200, row(**{LONG: 1}), "a feature's name must have at most 200 characters"),
        ("name", 200, row(c=LONG), "c must have at most 200 characters; got 201"),
    ],
)
def test_a_row_beyond_a_bound_is_a_bad_row(
    learner: Learner, settings: Any, setting: str, bound: int, extra: Row, sentence: str
) -> None:
    work(learner, [row("yes", b=2.0), row("no", b=1.0)])
    before = names_of(learner)
    setattr(settings, f"LEARNER_{setting.upper()}", bound)
    table = [*[row(b=3.0)] * 15, extra, *[row("yes")] * 5]
    job = work(learner, table)
    assert (job.status, job.done) == (RunStatus.FAILED, 15)
    assert re.match(f"s.jsonl line 16: {sentence}", job.error)
    go_on(job)
    assert (job.status, job.summary["skipped"]) == (RunStatus.DONE, 1)
    assert names_of(learner) == before
    assert Learner.objects.get().events == 22


@pytest.mark.parametrize("delay", [0, 15])
def test_what_one_batch_brings_counts_together(learner: Learner, settings: Any, delay: int) -> None:
    settings.LEARNER_LABELS, settings.LEARNER_FEATURES = 3, 4
    table = [row(f"label {i % 5}", **{f"f{i // 5 % 5}": 1.0}) for i in range(50)]
    job = work(learner, table, delay=delay, skip_bad_rows=True)
    assert (job.status, job.summary["skipped"]) == (RunStatus.DONE, 32)
    assert names_of(learner) == (["a", "f0", "f1", "f2"], ["label 0", "label 1", "label 2"])
    learner.refresh_from_db()
    assert learner.events == 18
    assert set(learner.schema) == {"a", "f0", "f1", "f2", "f3", "f4"}  # among the first records


def test_a_row_that_is_refused_leaves_no_column_behind(
    learner: Learner, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("learner.services.learning.SAMPLE", 1)
    settings.LEARNER_FEATURES = 2
    table = [row(b=1.0), *[row(**{f"f{i}": 1.0}) for i in range(5)]]
    assert work(learner, table, skip_bad_rows=True).summary["skipped"] == 5
    learner.refresh_from_db()
    assert learner.schema == {"a": "number", "b": "number"}


@pytest.mark.parametrize("skip", [True, False])
def test_what_waits_is_refused_where_others_took_the_last_place(
    learner: Learner, settings: Any, monkeypatch: pytest.MonkeyPatch, skip: bool
) -> None:
    """Row 9 waits with a new label while an event with another one comes over HTTP."""
    settings.LEARNER_LABELS = 2
    table, came = [*[row()] * 8, row("late"), *[row()] * 11], []

    def meanwhile(seconds: float) -> None:
        if not came:
            fresh = Learner.objects.get(pk=learner.pk)
            came.extend(
                live.learn(learner=fresh, events=[Incoming(features={"a": 1.0}, label="first")])
            )

    monkeypatch.setattr(job_runs.time, "sleep", meanwhile)
    job = work(learner, table, delay=5, skip_bad_rows=skip)
    told = job.summary["problems"][0] if skip else job.error
    assert told == "s.jsonl line 9: small may have at most 2 labels; with these it has 3"
    assert job.status == (RunStatus.DONE if skip else RunStatus.FAILED)
    if not skip:
        go_on(job)
    assert (job.status, job.done, job.summary["skipped"]) == (RunStatus.DONE, 20, 1)
    assert names_of(learner)[1] == ["no", "first"]
    assert Learner.objects.get().events == 20
