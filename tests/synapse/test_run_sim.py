"""manage.py run_sim, as a user meets it."""

import json
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from synapse.models import Run, RunStatus, Synapse
from synapse.plasticity.bounds import MINUTE
from synapse.services.simulator import SynapseSimulator
from tests.processes import starter


@pytest.fixture
def run_sim(synapse: Synapse, capsys: pytest.CaptureFixture[str]) -> Callable[..., list[str]]:
    """A function that runs the command and returns the lines that it prints."""

    def run(*arguments: str, synapse_id: int | None = None) -> list[str]:
        call_command("run_sim", str(synapse_id or synapse.pk), *arguments)
        return capsys.readouterr().out.splitlines()

    return run


def test_ten_rising_weights(run_sim: Callable[..., list[str]], synapse: Synapse) -> None:
    header, *lines, footer = run_sim("--ticks", "10")
    assert "one pairing a tick of 1 min" in header
    assert "external calcium 3 mM" in header
    assert lines[0] == "tick 1  weight 1.000218"
    weights = [float(line.split()[-1]) for line in lines]
    assert weights == sorted(set(weights))
    assert len(weights) == 10
    assert "stored" in footer
    assert SynapseSimulator(synapse).time == 10 * MINUTE


def test_rest_changes_nothing(run_sim: Callable[..., list[str]]) -> None:
    lines = run_sim("--ticks", "3", "--dt", "24h", "--protocol", "rest")
    assert lines[1:4] == [f"tick {i}  weight 1.000000" for i in (1, 2, 3)]


def test_a_named_protocol_by_time(run_sim: Callable[..., list[str]]) -> None:
    lines = run_sim("--protocol", "pairing", "--until", "26min", "--every", "13min")
    assert [line.split("  ")[0] for line in lines[1:3]] == ["13 min", "26 min"]
    assert float(lines[2].split()[-1]) == pytest.approx(1.378, abs=2e-3)


def test_printing_less_changes_no_bit(run_sim: Callable[..., list[str]], synapse: Synapse) -> None:
    often = run_sim("--ticks", "6", "--dry-run")[-2]
    seldom = run_sim("--ticks", "6", "--every", "4", "--dry-run")
    assert [line.split()[1] for line in seldom[1:-1]] == ["4", "6"]
    assert seldom[-2] == often


def test_a_dry_run_stores_nothing(run_sim: Callable[..., list[str]], synapse: Synapse) -> None:
    assert "nothing stored" in run_sim("--ticks", "2", "--dry-run")[-1]
    assert SynapseSimulator(synapse).time == 0.0
    assert not Run.objects.exists()


def test_json(run_sim: Callable[..., list[str]]) -> None:
    data = json.loads("\n".join(run_sim("--ticks", "3", "--json")))
    assert [row["tick"] for row in data["ticks"]] == [1, 2, 3]
    assert Run.objects.get().result_hash == data["result_hash"]


@pytest.mark.parametrize("suffix", ["csv", "zarr"])
def test_output(run_sim: Callable[..., list[str]], tmp_path: Path, suffix: str) -> None:
    target = tmp_path / f"trace.{suffix}"
    run_sim("--ticks", "2", "--output", str(target))
    rows = Run.objects.get().ticks + 1  # the start state comes first
    if suffix == "csv":
        lines = target.read_text().splitlines()
        assert lines[0].startswith("time_ms,calcium_uM,membrane_potential_mV")
        assert len(lines) == 1 + rows
    else:
        import zarr

        weights = zarr.open_array(target / "weight", mode="r")
        assert weights.shape == (rows,)


BAD: list[tuple[list[str], str]] = [
    (["--ticks", "-3"], "ticks must be 1 to 1e+06; got -3"),
    (["--dt", "nan"], "a duration is a number and one of ms, s, min, h, d"),
    (["--dt", "0.01ms"], "dt must be 0.05 to 8.64e+07 ms; got 0.01 ms"),
    (["--dt", "1e300h"], "dt must be 0.05 to 8.64e+07 ms; got 3.6e+306 ms"),
    (["--until", "90s"], "1.5 min is not a whole number of ticks of 1 min"),
    (["--until=-5min"], "until must be 0.05 to 1e+11 ms; got -300000 ms"),
    (["--seed", "-1"], "seed must be at least 0; got -1"),
    (["--every", "0"], "every must be 1 to 1e+06; got 0"),
    (["--output", "trace.txt"], "output must end in .csv or .zarr; got 'trace.txt'"),
    (["--output", "/nowhere/trace.csv"], "there is no folder /nowhere"),
    (["--protocol-file", "missing.json"], "missing.json cannot be read: No such file"),
]


@pytest.mark.parametrize(("arguments", "sentence"), BAD)
def test_a_mistake_is_one_sentence(
    run_sim: Callable[..., list[str]], synapse: Synapse, arguments: list[str], sentence: str
) -> None:
    with pytest.raises(CommandError) as caught:
        run_sim(*arguments)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.returncode == 1
    assert not Run.objects.exists()


@pytest.mark.parametrize("key", [0, -1, 99_999, 10**30])
def test_an_unknown_synapse(run_sim: Callable[..., list[str]], key: int) -> None:
    with pytest.raises(CommandError, match=f"There is no synapse {key}; known are"):
        run_sim(synapse_id=key or None) if key else call_command("run_sim", "0")


# --- a process of its own: exit codes, signals, imports -----------------------------------


@pytest.fixture
def manage(tmp_path: Path, repository: Path) -> Callable[..., subprocess.Popen[str]]:
    """A function that starts manage.py with a database of its own, with examples."""
    start = starter(repository, tmp_path)
    for command in (["migrate", "-v0"], ["load_presets"], ["load_examples"]):
        process = start(*command)
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
    return start


def finish(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, errors = process.communicate(timeout=120)
    return process.returncode, out, errors


@pytest.mark.slow
def test_exit_codes_and_imports(manage: Callable[..., Any], tmp_path: Path) -> None:
    code, out, errors = finish(manage("run_sim", "1", "--ticks", "2"))
    assert (code, errors) == (0, "")
    assert "tick 2" in out
    code, out, errors = finish(manage("run_sim", "1", "--ticks", "-2"))
    assert (code, out) == (1, "")
    assert errors.count("\n") == 1
    code, out, errors = finish(manage("run_sim", "1", "--ticks", "many"))
    assert code == 2
    loaded = (
        "import sys; from django.core.management import execute_from_command_line as go;"
        "go(['manage.py', 'run_sim', '1', '--ticks', '10']);"
        "print(sorted({'numba', 'zarr', 'rich'} & set(sys.modules)))"
    )
    code, out, errors = finish(manage("shell", "--no-imports", "-c", loaded))
    assert code == 0, errors
    assert out.splitlines()[-1] == "[]"


@pytest.mark.slow
def test_ctrl_c_leaves_the_state_and_keeps_the_trace(
    manage: Callable[..., Any], tmp_path: Path
) -> None:
    trace = tmp_path / "partial.csv"
    process = manage(
        "run_sim", "1", "--ticks", "2000", "--output", str(trace)
    )  # about seconds of work
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("tick 20 "):
            break
    process.send_signal(signal.SIGINT)
    code, _, errors = finish(process)
    assert code == 130
    assert "Interrupted: the state is as it was before the run." in errors
    assert len(trace.read_text().splitlines()) > 1000
    with closing(sqlite3.connect(tmp_path / "own.sqlite3")) as database:
        assert database.execute("select simulated_time from synapse_neuron").fetchone() == (0.0,)
        assert database.execute("select status from synapse_run").fetchall() == [
            (RunStatus.CANCELLED,)
        ]


@pytest.mark.slow
def test_killed_at_random_moments_the_state_is_one_that_was_committed(
    manage: Callable[..., Any], tmp_path: Path
) -> None:
    """Twenty times SIGKILL; the clock, every state and the last finished run agree."""
    draw = Random(20)
    started = time.monotonic()
    assert finish(manage("run_sim", "1", "--ticks", "3"))[0] == 0
    usual = time.monotonic() - started
    for _ in range(20):
        process = manage("run_sim", "1", "--ticks", "3")
        time.sleep(draw.uniform(0.2, 1.1) * usual)
        process.kill()
        process.communicate(timeout=60)
        with closing(sqlite3.connect(tmp_path / "own.sqlite3")) as database:
            assert database.execute("pragma integrity_check").fetchone() == ("ok",)
            clock, weight = database.execute(
                "select simulated_time, early_weight from synapse_neuron n, synapse_synapse s,"
                " synapse_synapticweight w where s.id = 1 and n.id = s.neuron_id"
                " and w.synapse_id = s.id"
            ).fetchone()
            result, total, begun = database.execute(
                "select result, total, clock from synapse_run where status = 'done'"
                " order by id desc limit 1"
            ).fetchone()
            assert clock == begun + total
            assert json.loads(result)["states"]["early_weight"] == [weight]
