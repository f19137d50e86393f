"""Files that are learned in the background: kept, queued, computed, gone on with, removed."""

import gzip
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.tasks import TaskResultStatus
from django.utils import timezone

from learner.models import Event, Learner, Stream, StreamJob
from learner.services import job_runs, jobs, live, stream_files
from learner.services.changes import remove_learner
from learner.services.learners import create_learner, export_state
from learner.services.learning import Options, StreamLearning
from learner.services.messages import Incoming
from learner.services.overview import overview_of, with_states
from learner.services.records import Source
from learner.services.sessions import Session
from learner.services.states import digest_of
from learner.services.stream_files import StreamFile, keep_file, read_head
from synapse.models import RunStatus
from synapse.services import run_queue, run_worker, runs
from tests.learner_shell.rows import rows_of

pytestmark = pytest.mark.django_db
PARAMETERS = {"expansion": 10}


@pytest.fixture
def learner(db: None) -> Learner:
    return create_learner(name="small", parameters=PARAMETERS)


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "BATCH", 20)
    monkeypatch.setattr(job_runs, "OPEN_FOR", 0.0)


def as_csv(rows: list[dict[str, Any]]) -> bytes:
    lines = [",".join(rows[0]), *(",".join(str(v) for v in row.values()) for row in rows)]
    return ("\n".join(lines) + "\n").encode()


def rows(count: int = 100) -> list[dict[str, Any]]:
    return rows_of(count, labels=("no", "yes"))


def keep(data: bytes, name: str = "stream.csv", **options: Any) -> StreamFile:
    return keep_file(iter([data[:7], data[7:]]), name=name, **options)


def queue(learner: Learner, data: bytes | None = None, name: str = "stream.csv", **options: Any):
    file = keep(as_csv(rows()) if data is None else data, name)
    return jobs.enqueue(
        learner=learner, file=file, options=Options(**{"target": "label"} | options)
    )


def work(job: StreamJob) -> StreamJob:
    run_worker.work(once=True)
    job.refresh_from_db()
    job.learner.refresh_from_db()
    return job


def state(learner: Learner) -> str:
    return digest_of(export_state(learner=Learner.objects.get(pk=learner.pk)))


def learned_by_command(data: bytes, tmp_path: Path, **options: Any) -> str:
    """Digest of a learner that learned the same in one go."""
    other = create_learner(name="other", parameters=PARAMETERS)
    place = tmp_path / "other.csv"
    place.write_bytes(data)
    with Source(str(place)) as source, Session(other) as session:
        wanted = Options(**{"target": "label"} | options)
        for _ in StreamLearning(other, source, wanted, session=session).batches():
            pass
    return state(other)


# --- files -------------------------------------------------------------------------------


def forms() -> Iterator[tuple[str, bytes, str, int]]:
    table = rows(9)
    lines = "\n".join(json.dumps(row) for row in table).encode()
    yield "a.csv", as_csv(table), "csv", 9
    yield "without-a-suffix", as_csv(table), "csv", 9
    yield "a.jsonl", lines, "jsonl", 9
    yield "packed.bin", gzip.compress(as_csv(table)), "csv", 9
    yield "a.jsonl.gz", gzip.compress(lines), "jsonl", 9
    yield "semicolons.txt", as_csv(table).replace(b",", b";"), "csv", 9


@pytest.mark.parametrize(
    ("name", "data", "form", "records"), list(forms()), ids=lambda v: str(v)[:12]
)
def test_what_a_file_is_its_content_says(name: str, data: bytes, form: str, records: int) -> None:
    file = keep(data, name)
    assert (file.form, file.records, file.size, file.name) == (form, records, len(data), name)
    head = read_head(file)
    assert head.columns == ["a", "b", "c", "colour", "label"]
    assert len(head.rows) == 5


def test_a_parquet_file_is_taken_where_its_package_is(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    parquet.write_table(pyarrow.Table.from_pylist(rows(9)), tmp_path / "x")
    file = keep((tmp_path / "x").read_bytes(), "any")
    assert (file.form, file.records) == ("parquet", 9)
    assert read_head(file).columns == ["a", "b", "c", "colour", "label"]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "stream.csv is empty"),
        (b"a,b,label\n", "stream.csv holds no events"),
        (b"a,a,label\n1,2,3\n", "stream.csv has two columns called 'a'"),
        (b"\x80\x04\x95\x00\x00", "neither text nor Parquet"),
        (b"PK\x03\x04....", "is a zip archive"),
        (gzip.compress(b"a,b\n" * 999)[:-20], "cannot be read to its end"),
        (b"PAR1nothing", "cannot be read|needs pyarrow"),
        (b"[1, 2]", "holds no events"),
        (b"{not json}\n", "is no JSON"),
        (b"x" * 1_100_000, "has a line of more than 1,000,000 bytes"),
        (b",".join(b"c%d" % i for i in range(2001)) + b"\n1\n", "at most 2000 columns; got 2001"),
        (b"a,label\n\xff\xfe,1\n" * 3, ""),
    ],
    ids=lambda v: str(v)[:20],
)
def test_what_cannot_be_learned_from_is_refused_in_a_sentence(data: bytes, sentence: str) -> None:
    if not sentence:
        assert keep(data).records == 5
        return
    with pytest.raises(ValueError, match=sentence):
        keep(data)
    assert not list(stream_files.uploads().iterdir())


def test_a_file_is_bounded_packed_and_unpacked(settings: Any) -> None:
    settings.LEARNER_UPLOAD_BYTES = 1000
    with pytest.raises(ValueError, match="at most 1,000 bytes"):
        keep(as_csv(rows(400)))
    settings.LEARNER_UPLOAD_UNPACKED_BYTES = 100_000
    bomb = gzip.compress(b"a,label\n" + b"0,0\n" * 50_000)
    assert len(bomb) < 1000
    with pytest.raises(ValueError, match="at most 100,000 bytes unpacked"):
        keep(bomb)
    assert not list(stream_files.uploads().iterdir())


def test_files_that_nobody_asked_for_are_removed_and_have_a_bound(
    learner: Learner, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    forgotten, job = keep(as_csv(rows(5))), queue(learner)
    monkeypatch.setattr(stream_files, "FORGOTTEN", -1.0)
    kept = keep(as_csv(rows(6)))
    names = {file.name for file in stream_files.uploads().iterdir()}
    assert names == {Path(job.path).name, Path(kept.path).name}
    assert Path(forgotten.path).name not in names
    run_worker.work(once=True)  # it learns the job, and looks for what was forgotten
    assert not list(stream_files.uploads().iterdir())
    monkeypatch.setattr(stream_files, "FORGOTTEN", 9e9)
    monkeypatch.setattr(stream_files, "ROOM", 1)
    keep(as_csv(rows(50)))
    settings.LEARNER_UPLOAD_BYTES = 10
    with pytest.raises(ValueError, match="bytes of files wait already"):
        keep(b"a\n1\n")


# --- computing ---------------------------------------------------------------------------


def test_a_job_learns_what_the_command_learns(learner: Learner, tmp_path: Path) -> None:
    data = as_csv(rows())
    job = work(queue(learner, data))
    assert (job.status, job.done, job.total, job.error) == (RunStatus.DONE, 100, 100, "")
    assert job.learner.events == 100
    assert job.summary["events"] == 100
    assert job.summary["rate"] > 0
    assert job.stream == Stream.objects.get(learner=learner)
    assert state(learner) == learned_by_command(data, tmp_path)
    assert not (Path(stream_files.uploads()) / Path(job.path).name).exists()


def test_the_task_says_where_its_row_is(learner: Learner) -> None:
    job = queue(learner)
    name = f"compute_job:{job.pk}"
    assert jobs.compute_job.get_result(name).status == TaskResultStatus.READY
    work(job)
    assert jobs.compute_job.get_result(name).status == TaskResultStatus.SUCCESSFUL


@pytest.mark.parametrize(
    "options",
    [{"delay": 7}, {"limit": 55}, {"ignore": ("b",)}, {"categorical": ("b",)}],
    ids=str,
)
def test_a_job_that_is_stopped_goes_on_where_it_was(
    learner: Learner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any]
) -> None:
    """Its process is asked to end after every batch; what comes out is the same to the bit."""
    data = as_csv(rows())
    job, starts = queue(learner, data, **options), 0

    def end(done: float) -> None:
        raise runs.RunStoppedError

    monkeypatch.setattr(run_worker, "stop_if_asked", end)
    while job.status == RunStatus.QUEUED and starts < 20:
        assert job_runs.job_row(job.pk)
        job.refresh_from_db()
        starts += 1
    assert job.status == RunStatus.DONE
    assert starts > 3
    assert Learner.objects.get().events == options.get("limit", 100)
    assert state(learner) == learned_by_command(data, tmp_path, **options)


def test_a_job_that_learns_again_does_so_once(
    learner: Learner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped and started again, it goes on with its second time, and begins no third."""
    data = as_csv(rows(60))
    work(queue(learner, data))
    job = queue(learner, data, again=True)
    monkeypatch.setattr(run_worker, "stop_if_asked", lambda done: _stop())
    for _ in range(9):
        job_runs.job_row(job.pk)
    job.refresh_from_db()
    assert job.status == RunStatus.DONE
    assert list(Stream.objects.values_list("number", "position")) == [(1, 60), (2, 60)]
    assert Learner.objects.get().events == 120


def _stop() -> None:
    raise runs.RunStoppedError


def test_others_learn_between_two_batches(
    learner: Learner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An event comes over HTTP after every batch: none is lost, none is learned twice."""
    job, came = queue(learner, identifier=""), []

    def meanwhile(seconds: float) -> None:
        incoming = Incoming(features={"a": 1.0, "c": float(len(came))}, label="new")
        fresh = Learner.objects.get(pk=learner.pk)
        came.append(live.learn(learner=fresh, events=[incoming])[0])

    monkeypatch.setattr(job_runs.time, "sleep", meanwhile)
    job = work(job)
    assert (job.status, job.done, job.error) == (RunStatus.DONE, 100, "")
    assert len(came) == 5
    assert job.learner.events == 105
    assert [outcome.position for outcome in came] == [20, 41, 62, 83, 104]


def test_a_file_that_another_process_learns_as_well_is_noticed(
    learner: Learner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = as_csv(rows())
    place = tmp_path / "same.csv"
    place.write_bytes(data)
    job = queue(learner, data)

    def meanwhile(seconds: float) -> None:
        monkeypatch.undo()
        fresh = Learner.objects.get(pk=learner.pk)
        wanted = Options(target="label", batch=10, limit=10)
        with Source(str(place)) as source, Session(fresh) as session:
            list(StreamLearning(fresh, source, wanted, session=session).batches())

    monkeypatch.setattr(job_runs.time, "sleep", meanwhile)
    job = work(job)
    assert job.status == RunStatus.FAILED
    assert "was learned by another process as well" in job.error
    jobs.go_on(job=job, user=_root())
    assert work(job).status == RunStatus.DONE
    assert job.learner.events == 100


def _root() -> Any:
    from django.contrib.auth.models import User

    return User.objects.get_or_create(username="root", is_superuser=True)[0]


def test_a_job_is_cancelled_between_two_batches_and_goes_on(
    learner: Learner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = as_csv(rows())
    job = queue(learner, data)
    asked = []

    def ask(done: float) -> None:
        asked.append(done)
        if len(asked) == 2:
            run_queue.cancel(StreamJob.objects.get(), user=_root())

    monkeypatch.setattr(run_worker, "stop_if_asked", ask)
    job = work(job)
    assert (job.status, job.done) == (RunStatus.CANCELLED, 40)
    assert job.error == "Cancelled by root."
    jobs.go_on(job=job, user=_root())
    job = work(job)
    assert (job.status, job.done, job.error) == (RunStatus.DONE, 100, "")
    assert state(learner) == learned_by_command(data, tmp_path)


def test_a_bad_row_ends_a_job_with_its_line_and_may_be_skipped(learner: Learner) -> None:
    table = rows()
    table[50]["a"] = "cat"
    job = work(queue(learner, as_csv(table)))
    assert (job.status, job.done) == (RunStatus.FAILED, 50)
    assert job.error.startswith("stream.csv line 52: ")
    assert "The 50 records before it were kept." in job.error
    assert "go on and skip such rows" in job.error
    jobs.go_on(job=job, user=_root(), skip_bad_rows=True)
    job = work(job)
    assert (job.status, job.done) == (RunStatus.DONE, 100)
    assert job.summary["skipped"] == 1
    assert job.summary["problems"][0].startswith("stream.csv line 52: ")
    assert job.learner.events == 99


def test_a_corrected_file_goes_on_after_the_row_that_was_bad(learner: Learner) -> None:
    table = rows()
    table[50]["a"] = "cat"
    assert work(queue(learner, as_csv(table))).status == RunStatus.FAILED
    table[50]["a"] = 0.5
    job = work(queue(learner, as_csv(table)))
    assert (job.status, job.done) == (RunStatus.DONE, 100)
    assert job.learner.events == 100


def test_a_paused_learner_keeps_its_jobs_waiting(
    learner: Learner, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = queue(learner)

    def pause(done: float) -> None:
        Learner.objects.update(paused=True)

    with monkeypatch.context() as patch:
        patch.setattr(run_worker, "stop_if_asked", pause)
        job = work(job)
    assert (job.status, job.done, job.worker) == (RunStatus.QUEUED, 20, "")
    assert not job_runs.job_row(job.pk)
    Learner.objects.update(paused=False)
    assert work(job).status == RunStatus.DONE
    assert job.learner.events == 100


def test_jobs_of_one_learner_come_one_after_the_other(learner: Learner) -> None:
    other = create_learner(name="other", parameters=PARAMETERS)
    first, second, elsewhere = queue(learner), queue(learner), queue(other)
    assert run_queue.claim(StreamJob, first.pk, worker="x 1 y")
    assert not run_queue.claim(StreamJob, second.pk, worker="x 2 y")
    assert run_queue.claim(StreamJob, elsewhere.pk, worker="x 2 y")


def test_a_silent_job_is_lost_and_goes_on(learner: Learner) -> None:
    job = queue(learner)
    run_queue.claim(StreamJob, job.pk, worker="elsewhere 1 y")
    assert runs.mark_lost(timezone.now() + timedelta(minutes=2)) == 1
    job.refresh_from_db()
    assert (job.status, job.error) == (RunStatus.LOST, jobs.LOST)
    jobs.go_on(job=job, user=_root())
    assert work(job).status == RunStatus.DONE
    with pytest.raises(ValueError, match="did not end early|no longer kept"):
        jobs.go_on(job=job, user=_root())


def test_a_silent_job_makes_no_learner_seem_to_learn(learner: Learner) -> None:
    queue(learner)
    for seconds, state in ((5, "learning"), (61, "empty")):
        beat = timezone.now() - timedelta(seconds=seconds)
        StreamJob.objects.update(status=RunStatus.RUNNING, worker="a 1 b", heartbeat=beat)
        assert overview_of(with_states(Learner.objects.all()).get()).state == state


def test_events_with_identifiers_are_learned_once_whichever_way_they_come(
    learner: Learner,
) -> None:
    table = [row | {"id": f"n{i}"} for i, row in enumerate(rows(40))]
    first = table[3]
    live.learn(
        learner=learner,
        events=[Incoming(features={"a": first["a"], "b": first["b"]}, label=first["label"],
                         identifier="n3")],
    )  # fmt: skip
    job = work(queue(learner, as_csv(table), identifier="id"))
    assert (job.status, job.summary["repeated"]) == (RunStatus.DONE, 1)
    assert job.learner.events == 40
    assert Event.objects.filter(learner=learner).count() == 40


def test_an_event_that_comes_while_a_job_keeps_it_for_its_label_is_learned_once(
    learner: Learner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the first batch the job holds events 13 to 19; event 15 comes over HTTP."""
    table = [row | {"id": f"n{i}"} for i, row in enumerate(rows(40))]
    job, came = queue(learner, as_csv(table), identifier="id", delay=7), []

    def meanwhile(seconds: float) -> None:
        if not came:
            incoming = Incoming(features={"a": 9.0}, label=table[15]["label"], identifier="n15")
            fresh = Learner.objects.get(pk=learner.pk)
            came.extend(live.learn(learner=fresh, events=[incoming]))

    monkeypatch.setattr(job_runs.time, "sleep", meanwhile)
    job = work(job)
    assert (job.status, job.done, job.summary["repeated"]) == (RunStatus.DONE, 40, 1)
    assert job.learner.events == 40
    stored = Event.objects.get(learner=learner, identifier="n15")
    assert (stored.position, came[0].position) == (13, 13)


def test_what_is_asked_for_twice_is_queued_once_and_so_many_may_wait(
    learner: Learner, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, wanted = keep(as_csv(rows())), Options(target="label")
    first = jobs.enqueue(learner=learner, file=file, options=wanted)
    assert jobs.enqueue(learner=learner, file=file, options=wanted) == first
    monkeypatch.setattr(jobs, "MOST_WAITING", 1)
    with pytest.raises(ValueError, match="1 jobs of this learner wait; at most 1 may"):
        queue(learner)


@pytest.mark.django_db(transaction=True)
def test_files_go_with_their_job_and_with_their_learner(learner: Learner) -> None:
    job, other = queue(learner), queue(learner)
    with pytest.raises(ValueError, match="cancel it first"):
        jobs.remove(job=job, user=_root())
    run_queue.cancel(job, user=_root())
    jobs.remove(job=job, user=_root())
    live.learn(learner=learner, events=[Incoming(features={"a": 1.0}, label="no")])
    assert list(stream_files.folder().glob("*.lock"))
    assert [f.name for f in stream_files.uploads().iterdir()] == [Path(other.path).name]
    remove_learner(learner=learner)
    assert not list(stream_files.uploads().iterdir())
    assert not list(stream_files.folder().glob("*.lock"))
    assert not StreamJob.objects.exists()
