"""``manage.py run_population``, as a user meets it."""

import json
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import timedelta
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.db.models import F
from django.utils import timezone

from synapse.models import Neuron, Population, PopulationRun, RunStatus
from synapse.plasticity.lanes.drive import Drive, Trains, constant_rates
from synapse.plasticity.population import PopulationSimulation
from synapse.services import population_memory, population_runs
from synapse.services.population import load_population
from synapse.services.population_drives import DriveOptions
from synapse.services.population_files import path_of, read_recording
from synapse.services.population_progress import Means, RunStoppedError, RunTakenError
from synapse.services.population_runs import Plan, begin, is_lost, mark_lost, resume
from synapse.services.populations import make_population
from synapse.services.run_records import result_hash
from tests.processes import Start, starter

SYNAPSES, NEURONS = 24, 4
VARIED = {"release_probability": {"distribution": "normal", "mean": 0.25, "sd": 0.05}}
SPIKES = [
    (0, "pre", 0.0),
    (2, "post", 0.0),
    (3, "pre", 1510.0),
    (3, "pre", 20.0),
    (0, "post", 15.0),
] + [(n, "post", 30.0 + 500.0 * i) for n in range(NEURONS) for i in range(6)]


def made(name: str = "p", **options: Any) -> Population:
    """Return a population; two made alike are alike to the last bit."""
    options = {"heterogeneity": VARIED, "seed": 4} | options
    return make_population(
        name=name, preset="hippocampus", synapses=SYNAPSES, neurons=NEURONS, **options
    )


def run(*arguments: str, **options: Any) -> str:
    output = StringIO()
    call_command("run_population", *arguments, stdout=output, stderr=StringIO(), **options)
    return output.getvalue()


def csv_file(folder: Path, rows: Any = SPIKES) -> str:
    path = folder / "spikes.csv"
    lines = ["source,kind,time_ms", *(",".join(map(str, row)) for row in rows)]
    path.write_text("\n".join(lines), encoding="utf-8")
    return str(path)


def trains(rows: Any, kind: str, count: int) -> Trains:
    return Trains.of([[t for s, k, t in rows if (s, k) == (i, kind)] for i in range(count)])


def test_a_run_is_what_the_engine_does(presets: None) -> None:
    population = made()
    group = load_population(population).group
    PopulationSimulation(
        group, constant_rates(SYNAPSES, NEURONS, pre=5.0, post=2.0, seed=8)
    ).advance(3000.0)
    said = run("p", "--until", "3s", "--pre-rate", "5", "--post-rate", "2", "--seed", "8")
    row = population.runs.get()
    assert "24 synapses of 4 neurons for 3 s on 1 thread; needs about" in said
    assert row.result_hash == result_hash(group) in said
    assert result_hash(load_population(population).group) == row.result_hash
    assert (row.status, row.done, row.seed) == (RunStatus.DONE, 3000.0, 8)
    assert row.drive == {"pre_rate": 5.0, "post_rate": 2.0}
    assert {"model", "numba", "engine"} <= set(row.versions)
    assert set(Neuron.objects.values_list("simulated_time", "state_version")) == {(3000.0, 1)}


@pytest.mark.parametrize("shared_pools", [False, True])
def test_threads_and_checkpoints_change_no_bit(presets: None, shared_pools: bool) -> None:
    for number, more in enumerate(
        [[], ["--threads", "2"], ["--threads", "4"], ["--checkpoint-every", "1s"],
         ["--checkpoint-every", "1500ms", "--threads", "2"]]
    ):  # fmt: skip
        made(f"p{number}", shared_pools=shared_pools)
        run(f"p{number}", "--until", "3500ms", "--pre-rate", "5", "--seed", "1", *more)
    assert len(set(PopulationRun.objects.values_list("result_hash", flat=True))) == 1


def test_the_next_run_has_other_spikes_and_goes_on(presets: None) -> None:
    population = made()
    run("p", "--until", "1s")
    run("p", "--until", "1s")
    second, first = population.runs.all()
    assert [first.seed, second.seed] == [0, 1]
    assert second.settings["start"] == 1000.0
    assert set(Neuron.objects.values_list("simulated_time", flat=True)) == {2000.0}


def test_recording(presets: None) -> None:
    population = made()
    loaded = load_population(population)
    simulation = PopulationSimulation(
        loaded.group, constant_rates(SYNAPSES, NEURONS, pre=5.0, post=1.0, seed=2),
        recorded=[2, 4, 20], variables=["weight", "calcium"], record_every=2,
    )  # fmt: skip
    simulation.advance(5000.0)
    run(
        "p", "--until", "5s", "--pre-rate", "5", "--seed", "2", "--record", "weight,calcium",
        "--synapses", "2:6:2,20", "--record-every", "2",
    )  # fmt: skip
    kept = read_recording(population.runs.get())
    assert kept["time"].tolist() == [2000.0, 4000.0]
    assert kept["synapses"].tolist() == [2, 4, 20]
    assert kept["keys"].tolist() == [loaded.synapse_keys[place] for place in (2, 4, 20)]
    for column, name in enumerate(("weight", "calcium")):
        assert (kept[name] == np.array(simulation.rows)[:, :, column]).all()


# --- spikes and rates from files ---------------------------------------------------------------


def test_spikes_from_csv_and_npz_count_from_the_start(presets: None, tmp_path: Path) -> None:
    hashes = []
    pre, post = trains(SPIKES, "pre", SYNAPSES), trains(SPIKES, "post", NEURONS)
    npz = tmp_path / "spikes.npz"
    arrays = {"pre_start": pre.start, "pre_times": pre.times, "post_start": post.start}
    np.savez(npz, allow_pickle=False, post_times=post.times, **arrays)
    for name, file in (("a", csv_file(tmp_path)), ("b", str(npz))):
        population = made(name)
        run(name, "--until", "1s", "--pre-rate", "3", "--seed", "5")
        run(name, "--until", "3s", "--spikes", file)
        hashes.append(population.runs.first().result_hash)
    group = load_population(made("c")).group
    drive = constant_rates(SYNAPSES, NEURONS, pre=3.0, post=1.0, seed=5)
    PopulationSimulation(group, drive).advance(1000.0)
    later = [Trains(start=t.start, times=t.times + 1000.0) for t in (pre, post)]
    nothing = Drive(
        pre_rates=np.zeros(SYNAPSES), post_rates=np.zeros(NEURONS), pre_trains=later[0],
        post_trains=later[1],
    )  # fmt: skip
    PopulationSimulation(group, nothing).advance(4000.0)
    assert hashes == [result_hash(group)] * 2
    assert population.runs.first().drive["post_spikes"] == 26


def test_rates_of_each_synapse_and_neuron(presets: None, tmp_path: Path) -> None:
    file = tmp_path / "rates.npz"
    rates = {"pre_rates": np.linspace(0.0, 20.0, SYNAPSES), "post_rates": np.arange(NEURONS)}
    np.savez(file, allow_pickle=False, **rates)
    population = made()
    run("p", "--until", "2s", "--rates", str(file), "--seed", "6")
    group = load_population(made("q")).group
    drive = Drive(
        pre_rates=rates["pre_rates"], post_rates=rates["post_rates"].astype(float), seed=6
    )
    PopulationSimulation(group, drive).advance(2000.0)
    assert population.runs.get().result_hash == result_hash(group)


BAD_LINES: list[tuple[str, str]] = [
    ("24,pre,5", "line 3: source must be a whole number 0 to 23 (synapse); got '24'"),
    ("4,post,5", "line 3: source must be a whole number 0 to 3 (neuron); got '4'"),
    ("-1,pre,5", "line 3: source must be a whole number 0 to 23 (synapse); got '-1'"),
    ("1.5,pre,5", "line 3: source must be a whole number 0 to 23 (synapse); got '1.5'"),
    ("1,both,5", "line 3: kind must be pre or post; got 'both'"),
    ("1,pre,nan", "line 3: time_ms must be 0 to 1e+12 ms; got 'nan'"),
    ("1,pre,-1", "line 3: time_ms must be 0 to 1e+12 ms; got '-1'"),
    ("1,pre,soon", "line 3: time_ms must be 0 to 1e+12 ms; got 'soon'"),
    ("1,pre", "line 3: there must be 3 fields; got 2"),
]


@pytest.mark.parametrize(("line", "sentence"), BAD_LINES)
def test_a_bad_line_is_named(presets: None, tmp_path: Path, line: str, sentence: str) -> None:
    made()
    file = csv_file(tmp_path, [(1, "pre", 3.0), line.split(",")])
    with pytest.raises(CommandError) as caught:
        run("p", "--until", "1s", "--spikes", file)
    assert str(caught.value) == f"spikes.csv, {sentence}"
    assert not PopulationRun.objects.exists()


def test_bad_files(presets: None, tmp_path: Path) -> None:
    made()
    start, times = np.zeros(SYNAPSES + 1, dtype=np.int64), np.array([5.0])
    start[1:] = 1
    bad: list[tuple[dict[str, Any], str]] = [
        ({"pre_start": start}, "must have both pre_start and pre_times, or none"),
        ({"other": start}, "arrays may be pre_start, pre_times, post_start, post_times; got"),
        ({"pre_start": start[1:], "pre_times": times}, "pre_start must have 25 whole numbers"),
        ({"pre_start": start * 2, "pre_times": times}, "must rise from 0 to the number of pre_ti"),
        ({"pre_start": start, "pre_times": -times}, "pre_times[0] must be 0 to 1e+12 ms; got"),
        ({"pre_start": start, "pre_times": np.array([None])}, "Object arrays cannot be loaded"),
    ]
    for arrays, sentence in bad:
        file = tmp_path / "bad.npz"
        np.savez(file, **arrays)
        with pytest.raises(CommandError) as caught:
            run("p", "--until", "1s", "--spikes", str(file))
        assert sentence in str(caught.value)
        assert str(caught.value).startswith("bad.npz")
    for name, content, sentence in (
        ("a.csv", "source,time\n", "a.csv, line 1: the columns must be source,kind,time_ms; got"),
        ("b.csv", "source,kind,time_ms\n", "b.csv has no spikes"),
        ("c.npz", "no archive", "c.npz cannot be read: File is not a zip file"),
        ("d.txt", "", "a file of spikes must end in .csv or .npz; got 'd.txt'"),
    ):
        (tmp_path / name).write_text(content)
        with pytest.raises(CommandError, match="(?s).*") as caught:
            run("p", "--until", "1s", "--spikes", str(tmp_path / name))
        assert sentence in str(caught.value)


def test_mistakes_are_one_sentence(presets: None, tmp_path: Path) -> None:
    made()
    both = csv_file(tmp_path)
    bad: list[tuple[list[str], str]] = [
        (["q", "--until", "1s"], "There is no population 'q'; known are p."),
        (["p"], "--until says how long to run"),
        (["p", "--until", "0"], "until must be 0.05 to 1e+11 ms; got 0 ms"),
        (["p", "--until", "1s", "--pre-rate", "1001"], "pre-rate must be 0 to 1000 Hz; got 1001"),
        (["p", "--until", "1s", "--pre-rate", "nan"], "pre-rate must be 0 to 1000 Hz; got nan Hz"),
        (["p", "--until", "1s", "--seed", "-1"], "seed must be 0 to 9223372036854775807; got -1"),
        (["p", "--until", "1s", "--threads", "0"], "threads must be 1 to 1024; got 0"),
        (["p", "--until", "1s", "--record", "mood"], "record must be of calcium, membrane"),
        (["p", "--until", "1s", "--synapses", "0:3"], "--record says which variables to record"),
        (
            ["p", "--until", "1s", "--record", "weight", "--synapses", "20:30"],
            "synapses must be 0 to 23; got 29",
        ),
        (
            ["p", "--until", "1s", "--record", "weight", "--synapses", "5:2"],
            "synapses are numbers and ranges such as 0:100; got '5:2'",
        ),
        (["p", "--until", "1s", "--spikes", "none.csv"], "there is no file none.csv"),
        (
            ["p", "--until", "1s", "--spikes", both, "--pre-rate", "1"],
            "synapse 0 has spikes in spikes.csv, so its pre rate must be 0; got 1 Hz",
        ),
        (["p", "--resume", "7"], "There is no run 7 of a population."),
        (["p", "--resume", "7", "--seed", "0"], "--seed cannot be changed by --resume"),
        (["p", "--until", "1s", "--checkpoint-every", "0s"], "checkpoint-every must be 0.05 to"),
    ]
    for arguments, sentence in bad:
        with pytest.raises(CommandError) as caught:
            run(*arguments)
        assert sentence in str(caught.value)
        assert "\n" not in str(caught.value)
    assert not PopulationRun.objects.exists()


def test_too_little_memory_is_refused(presets: None, monkeypatch: pytest.MonkeyPatch) -> None:
    made()
    monkeypatch.setattr(population_memory, "free_memory", lambda: 10_000_000)
    with pytest.raises(CommandError, match="the machine has 10 MB free; --force runs it all the"):
        run("p", "--until", "1s")
    assert "of 10 MB free" in run("p", "--until", "1s", "--force")


# --- stopped, lost, resumed ---------------------------------------------------------------------


def stopped_after(population: Population, seconds: int, **options: Any) -> PopulationRun:
    """Return a run that was asked to end after some intervals of 1 s, of 6 in all."""
    plan = Plan(duration=6000.0, **options)
    work = begin(population=population, plan=plan, means=Means())
    steps = work.steps()
    for _ in range(seconds):
        next(steps)
    work.stop_requested = True
    with pytest.raises(RunStoppedError):
        next(steps)
    work.run.refresh_from_db()
    return work.run


@pytest.mark.parametrize("from_file", [False, True])
@pytest.mark.parametrize("seconds", [1, 4])
def test_a_stopped_run_ends_in_the_same_bits(
    presets: None, tmp_path: Path, from_file: bool, seconds: int
) -> None:
    options = ["--pre-rate", "5"]
    drive = DriveOptions(pre_rate=5.0)
    if from_file:
        drive = DriveOptions(spikes=csv_file(tmp_path))
        options = ["--spikes", drive.spikes]
    whole = made("whole")
    run("whole", "--until", "6s", *options, "--seed", "3", "--record", "weight")
    recording = population_runs.Recording(synapses=range(SYNAPSES))
    row = stopped_after(made("cut"), seconds, drive=drive, seed=3, recording=recording)
    assert (row.status, row.done) == (RunStatus.CANCELLED, 1000.0 * seconds)
    (tmp_path / "spikes.csv").unlink(missing_ok=True)  # the run has its own copy
    assert f"Run {row.pk} goes on after {seconds} s." in run("cut", "--resume", str(row.pk))
    row.refresh_from_db()
    assert row.result_hash == whole.runs.get().result_hash
    found, expected = read_recording(row), read_recording(whole.runs.get())
    assert (found["time"] == expected["time"]).all()
    assert (found["weight"] == expected["weight"]).all()
    assert not path_of(row, "checkpoint.npz").exists()
    with pytest.raises(CommandError, match=f"run {row.pk} is done"):
        run("--resume", str(row.pk))


def test_a_run_whose_population_has_changed_is_not_stored(presets: None) -> None:
    population = made()
    row = stopped_after(population, 2)
    work = begin(population=population, plan=Plan(duration=2000.0), means=Means())
    next(steps := work.steps())
    Neuron.objects.update(state_version=F("state_version") + 1)
    with pytest.raises(ValueError, match="has changed since it was read"):
        list(steps)
    work.run.refresh_from_db()
    assert work.run.status == RunStatus.FAILED
    with pytest.raises(CommandError, match=f"the population has changed since run {row.pk} began"):
        run("--resume", str(row.pk))


def test_a_silent_run_is_lost_and_whoever_lost_it_stops(presets: None) -> None:
    population = made()
    work = begin(population=population, plan=Plan(duration=5000.0, seed=1), means=Means())
    next(steps := work.steps())
    with pytest.raises(CommandError, match="is still running"):
        run("--resume", str(work.run.pk))
    rows = PopulationRun.objects.filter(pk=work.run.pk)
    rows.update(heartbeat=timezone.now() - timedelta(seconds=61))
    assert mark_lost() == 1
    list(resume(run=rows.get(), means=Means()).steps())
    work._beat = 0.0
    with pytest.raises(RunTakenError, match="taken over by another process"):
        list(steps)
    assert rows.get().status == RunStatus.DONE
    assert set(Neuron.objects.values_list("simulated_time", flat=True)) == {5000.0}


def test_a_process_that_is_gone_is_known_at_once(presets: None) -> None:
    row = stopped_after(made(), 1)
    row.status, row.heartbeat = RunStatus.RUNNING, timezone.now()
    assert not is_lost(row)
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    row.settings["process"] = process.pid
    assert is_lost(row)
    row.settings["host"] = "elsewhere"
    assert not is_lost(row)


def test_a_damaged_checkpoint_is_one_sentence(presets: None) -> None:
    row = stopped_after(made(), 2)
    file = path_of(row, "checkpoint.npz")
    whole = file.read_bytes()
    file.write_bytes(whole[:-100])
    with pytest.raises(CommandError, match=r"the checkpoint checkpoint\.npz cannot be read"):
        run("--resume", str(row.pk))
    with np.load(file if file.write_bytes(whole) else file) as arrays:
        kept = dict(arrays)
    np.savez(file, **kept | {"states": kept["states"][:-1]})
    with pytest.raises(CommandError, match=r"does not fit the population \(states\)"):
        run("--resume", str(row.pk))
    file.write_bytes(whole)
    assert "stored" in run("--resume", str(row.pk))


def test_other_software_does_not_go_on(presets: None) -> None:
    row = stopped_after(made(), 2)
    row.versions["engine"] = "another"
    row.save()
    with pytest.raises(CommandError, match="was computed with engine another, and this is"):
        run("--resume", str(row.pk))


@pytest.mark.parametrize("what", ["run", "population", "runs"])
def test_files_go_with_the_run(
    presets: None, what: str, django_capture_on_commit_callbacks: Any
) -> None:
    row = stopped_after(made(), 2)
    folder = path_of(row, "")
    assert folder.is_dir()
    with django_capture_on_commit_callbacks(execute=True):
        {
            "run": row.delete,
            "population": row.population.delete,
            "runs": PopulationRun.objects.all().delete,
        }[what]()
    assert not folder.exists()


# --- a process of its own ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def two_populations(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> Path:
    """A database with two populations that are alike."""
    folder = tmp_path_factory.mktemp("populations")
    size = ("--synapses", "300", "--neurons", "6", "--heterogeneity", json.dumps(VARIED))
    for command in (
        ["migrate", "-v0"], ["load_presets"],
        ["make_population", "whole", *size], ["make_population", "cut", *size],
    ):  # fmt: skip
        _, errors = finish(starter(repository, folder)(*command))
        assert errors == ""
    return folder / "own.sqlite3"


@pytest.fixture
def manage(tmp_path: Path, repository: Path, two_populations: Path) -> Start:
    """A function that starts manage.py with a database of its own and two populations."""
    connect = sqlite3.connect
    with (
        closing(connect(two_populations)) as old,
        closing(connect(tmp_path / "own.sqlite3")) as new,
    ):
        old.backup(new)
    return starter(repository, tmp_path)


def finish(process: subprocess.Popen[str]) -> tuple[str, str]:
    out, errors = process.communicate(timeout=120)
    return out, errors


RUN = ("--until", "60s", "--pre-rate", "20", "--post-rate", "5", "--seed", "9")


@pytest.mark.slow
def test_killed_at_random_moments(manage: Any, tmp_path: Path) -> None:
    out, errors = finish(manage("run_population", "whole", *RUN))
    assert errors == ""
    expected = out.split("result ")[1].split(".")[0]
    random = Random()
    arguments = ["cut", *RUN]
    for _ in range(3):
        process = manage("run_population", *arguments, "--checkpoint-every", "1s")
        process.stdout.readline()
        assert process.stdout.readline().startswith("Run 2"), process.stderr.read()
        time.sleep(random.uniform(0.0, 0.8))
        process.send_signal(signal.SIGKILL)
        finish(process)
        arguments = ["--resume", "2"]
    _, errors = finish(manage("run_population", *arguments, "--threads", "2"))
    assert errors in ("", "CommandError: run 2 is done\n")
    with closing(sqlite3.connect(tmp_path / "own.sqlite3")) as database:
        found = database.execute("select distinct result_hash from synapse_populationrun")
        assert found.fetchall() == [(expected,)]


def status(folder: Path) -> str:
    with closing(sqlite3.connect(folder / "own.sqlite3")) as database:
        found = database.execute("select status from synapse_populationrun order by id desc")
        return str(found.fetchone()[0])


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_keeps_a_checkpoint(manage: Any, tmp_path: Path, number: signal.Signals) -> None:
    process = manage("run_population", "cut", "--until", "1h", "--pre-rate", "20")
    assert process.stdout.readline()
    assert process.stdout.readline().startswith("Run 1")
    time.sleep(1.0)
    process.send_signal(number)
    _, errors = finish(process)
    assert process.returncode == 130
    assert "Interrupted: the population is as it was, and a checkpoint at" in errors
    assert errors.endswith("To go on: manage.py run_population --resume 1\n")
    assert status(tmp_path) == "cancelled"
