"""Runs: what is kept, and what happens to those that do not end well."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.utils import timezone

from synapse.models import Run, RunStatus, Synapse
from synapse.plasticity.bounds import HOUR, MINUTE
from synapse.plasticity.protocols import PROTOCOLS
from synapse.plasticity.protocols.pairing import pairing, single_pairing
from synapse.services import runs, traces
from synapse.services.conflict import StateConflict
from synapse.services.presets import clone
from synapse.services.runs import Plan, RunInProgress, execute, mark_lost
from synapse.services.simulator import SynapseSimulator


def test_a_run_keeps_what_is_needed_to_repeat_it(synapse: Synapse) -> None:
    twin = clone(synapse=synapse, owner=None, name="twin")
    first = execute(synapse=synapse, protocol=pairing(), duration_ms=30 * MINUTE, seed=3)
    again = execute(synapse=twin, protocol=pairing(), duration_ms=30 * MINUTE, seed=3)
    assert first.status == RunStatus.DONE
    assert first.done == first.total == 30 * MINUTE
    assert first.result_hash == again.result_hash
    assert len(first.result_hash) == 64
    assert first.start_state["states"]["early_weight"] == [1.0]
    assert first.result["states"]["early_weight"] != [1.0]
    assert first.parameters["parameters"]["calcium_decay_time"] == [15.0]
    assert first.parameters["neurons"]["external_calcium"] == [2.5]
    assert first.protocol["duration_ms"] == 30 * MINUTE
    assert first.versions["model"] == runs.MODEL_VERSION
    assert first.ticks > 20_000


def test_a_repeated_protocol_is_tick_after_tick(synapse: Synapse) -> None:
    twin = clone(synapse=synapse, owner=None, name="twin")
    run = execute(synapse=synapse, protocol=single_pairing(), duration_ms=MINUTE, repeat=5)
    simulator = SynapseSimulator(twin)
    for _ in range(5):
        simulator.tick(protocol=single_pairing())
    assert run.result_hash == runs.result_hash(simulator.group)
    assert run.total == 5 * MINUTE


def test_the_trace_comes_back(synapse: Synapse) -> None:
    run = execute(synapse=synapse, protocol=pairing(count=5), duration_ms=MINUTE)
    trace = traces.read_trace(Run.objects.get(pk=run.pk))
    assert len(trace) == 1 + run.ticks
    assert (np.diff(trace.time) > 0).all()
    assert trace.time[-1] == MINUTE
    assert trace.columns["calcium"].max() > 2.0
    assert trace.columns["weight"][-1] == pytest.approx(
        SynapseSimulator(synapse).weights()[0], rel=1e-6
    )


def test_a_large_trace_goes_to_a_folder(
    synapse: Synapse, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.TRACES_DIR = tmp_path / "traces"
    monkeypatch.setattr(traces, "INLINE_LIMIT", 1000)
    run = execute(synapse=synapse, protocol=pairing(count=5), duration_ms=MINUTE)
    stored = Run.objects.get(pk=run.pk)
    assert stored.trace is None
    assert [p.name for p in settings.TRACES_DIR.iterdir()] == [f"run-{run.pk}.zarr"]
    assert len(traces.read_trace(stored)) == 1 + run.ticks


def test_a_window_of_a_trace(synapse: Synapse) -> None:
    run = execute(synapse=synapse, protocol=pairing(count=5), duration_ms=MINUTE)
    part = traces.read_trace(run).window(1000.0, 1010.0)
    assert part.time[0] >= 1000.0
    assert part.time[-1] == 1010.0
    assert set(part.columns) == set(traces.read_trace(run).columns)


def test_cancelling_leaves_the_state_and_keeps_the_trace(
    synapse: Synapse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "HEARTBEAT", 0.0)
    plan = Plan(protocol=PROTOCOLS["low-frequency"](), duration=HOUR)
    work = RunInProgress(synapse, plan, back_end="python")
    Run.objects.filter(pk=work.run.pk).update(cancel_requested=True)
    with pytest.raises(runs.RunCancelledError):
        list(work.steps())
    run = Run.objects.get(pk=work.run.pk)
    assert run.status == RunStatus.CANCELLED
    assert 0 < run.done < run.total
    assert len(traces.read_trace(run)) > 0
    assert SynapseSimulator(synapse).time == 0.0


def test_a_beaten_run_is_kept_as_failed_with_the_reason(synapse: Synapse) -> None:
    plan = Plan(protocol=single_pairing(), duration=MINUTE)
    slow = RunInProgress(synapse, plan)
    steps = slow.steps()
    next(steps)
    execute(synapse=synapse, protocol=single_pairing(), duration_ms=MINUTE)
    with pytest.raises(StateConflict):
        list(steps)
    run = Run.objects.get(pk=slow.run.pk)
    assert run.status == RunStatus.FAILED
    assert "has changed since it was read" in run.error
    assert SynapseSimulator(synapse).time == MINUTE


def test_a_silent_run_is_marked_as_lost(synapse: Synapse) -> None:
    work = RunInProgress(synapse, Plan(protocol=single_pairing(), duration=MINUTE))
    assert mark_lost() == 0
    assert mark_lost(timezone.now() + timedelta(minutes=2)) == 1
    assert Run.objects.get(pk=work.run.pk).status == RunStatus.LOST


def test_an_impossible_plan_is_named() -> None:
    with pytest.raises(ValueError, match="repeat must be at least 1; got 0"):
        Plan(protocol=single_pairing(), duration=MINUTE, repeat=0)
    with pytest.raises(ValueError, match="simulated time of the run must be"):
        Plan(protocol=single_pairing(), duration=1e9, repeat=1000)
