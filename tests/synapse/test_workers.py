"""A population on several workers: the same bits, also when one is lost."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from synapse.models import Population, PopulationRun
from synapse.plasticity.cell import DOPAMINE
from synapse.plasticity.group import Group, make_group
from synapse.plasticity.heterogeneity import build_group
from synapse.plasticity.lanes.drive import Drive, Trains, constant_rates
from synapse.plasticity.population import PopulationSimulation, exchange_times
from synapse.services import population_tasks as tasks
from synapse.services import population_workers
from synapse.services.population_drives import DriveOptions
from synapse.services.population_progress import Means, RunStoppedError
from synapse.services.population_runs import Plan, begin, resume
from synapse.services.population_shares import Recording, merge, put, split, start_of
from synapse.services.population_workers import DistributedEngine, connect
from synapse.services.populations import make_population
from synapse.services.run_records import result_hash

SYNAPSES, NEURONS, UNTIL = 60, 7, 5000.0
VARIED = {"release_probability": {"distribution": "normal", "mean": 0.25, "sd": 0.05}}
RECORDING = Recording(synapses=[3, 30, 59], variables=["weight", "early_weight"], every=2)


def build(*, shared_pools: bool, **options: Any) -> Group:
    return build_group(
        synapses=SYNAPSES, neurons=NEURONS, heterogeneity=VARIED | options, seed=3,
        shared_pools=shared_pools,
    )  # fmt: skip


def poisson() -> Drive:
    return constant_rates(SYNAPSES, NEURONS, pre=3.0, post=2.0, seed=5)


def given() -> Drive:
    """Trains of some, rates of others, and pulses of dopamine for one cleft and for all."""
    random = np.random.default_rng(1)
    times = [np.sort(random.uniform(0.0, UNTIL, size=i % 4)) for i in range(SYNAPSES)]
    posts = [random.uniform(0.0, UNTIL, size=3) for _ in range(NEURONS)]
    rates = np.array([0.0 if len(train) else 4.0 for train in times])
    trains = Trains.of(times)
    return replace(
        poisson(), pre_rates=rates, pre_trains=trains, post_rates=np.zeros(NEURONS),
        post_trains=Trains.of(posts), pre_values=np.ones(len(trains.times)),
        pulses=[(1500.0, DOPAMINE, 2, 0.5), (2500.0, DOPAMINE, -1, 0.3)],
    )  # fmt: skip


def whole(group: Group, drive: Drive) -> PopulationSimulation:
    """Return the simulation of a population on this process, at its end."""
    simulation = PopulationSimulation(
        group, drive, recorded=RECORDING.synapses, variables=RECORDING.variables,
        record_every=RECORDING.every,
    )  # fmt: skip
    simulation.advance(UNTIL)
    return simulation


def stops(drive: Drive) -> list[tuple[float, float]]:
    return list(exchange_times(0.0, UNTIL, interval=1000.0, last=drive.last_event))


# --- shares, without Dask -----------------------------------------------------------------


def run_shares(group: Group, drive: Drive, parts: int) -> dict[str, Any]:
    """Run the tasks one after the other in this process; return the last checkpoint."""
    shares = split(group, drive, parts, recording=RECORDING)
    names = [f"{os.urandom(4).hex()}-{i}" for i in range(len(shares))]
    kept = start_of(group, RECORDING)
    pairs = list(zip(names, shares, strict=True))
    if not shares[0].crossing:
        found = [tasks.run_alone(name, share, None, stops(drive)) for name, share in pairs]
        return merge(shares, found, kept)
    before = [tasks.begin(name, share) for name, share in pairs]
    dt = 0.0
    for start, stop in stops(drive):
        sums = tasks.add_up(*map(tasks.brought_of, before))
        before = [
            tasks.run_interval(name, share, own, sums, dt, stop)
            for (name, share), own in zip(pairs, before, strict=True)
        ]
        dt = stop - start
    sums = tasks.add_up(*map(tasks.brought_of, before))
    done = [
        tasks.settle(name, share, own, sums, dt)
        for (name, share), own in zip(pairs, before, strict=True)
    ]
    return merge(shares, done, kept)


@pytest.mark.parametrize("drive", [poisson, given])
@pytest.mark.parametrize("shared_pools", [False, True])
def test_any_number_of_shares_has_the_same_bits(
    shared_pools: bool, drive: Callable[[], Drive]
) -> None:
    group = build(shared_pools=shared_pools)
    simulation = whole(group, drive())
    for parts in (1, 2, 3, 7):
        other = build(shared_pools=shared_pools)
        kept = run_shares(other, drive(), parts)
        put(other, kept)
        assert result_hash(other) == result_hash(group), parts
        assert kept["ticks"] == simulation.ticks
        assert (kept["recorded_rows"] == np.array(simulation.rows)).all()
        assert kept["recorded_times"].tolist() == simulation.times == [2000.0, 4000.0]


def test_optional_processes_of_one_neuron_choose_the_engine_of_all() -> None:
    def half() -> Group:
        group = build(shared_pools=False)
        group.parameters = np.array(group.parameters)
        group.base["parameters"] = np.array(group.parameters)
        group.parameters["acetylcholine_depression_gain"][-5:] = 1.0
        return group

    group, other = half(), half()
    whole(group, poisson())
    put(other, run_shares(other, poisson(), 3))
    assert result_hash(other) == result_hash(group)


def test_neurons_of_one_cleft_stay_together() -> None:
    group = make_group(6, neurons=3, neuron_of=[0, 0, 1, 1, 2, 2])
    assert len(split(group, constant_rates(6, 3), 3)) == 1
    group.clefts = np.concatenate([group.clefts, group.clefts])
    group.cleft_of = np.array([0, 0, 1, 1, 0, 0])
    found = split(group, constant_rates(6, 3), 3)
    assert sorted(share.places["neurons"].tolist() for share in found) == [[0, 2], [1]]


def test_a_share_is_small_and_refuses_other_software() -> None:
    group = build_group(synapses=100, neurons=10)
    share = split(group, constant_rates(100, 10), 2)[0]
    assert len(share.records["parameters"]) == 1
    share.signature = tasks.signature() | {"engine": "another"}
    with pytest.raises(ValueError, match="has another engine .* than the run"):
        tasks.run_alone("other", share, None, [(0.0, 1000.0)])


# --- Dask ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Three worker processes."""
    tasks.warm_up(processes=False)
    with connect(workers=3) as client:
        yield client


@pytest.mark.slow
def test_clusters_of_two_processes_do_not_meet(cluster: Any) -> None:
    """Each listens to this machine alone, on ports of its own: no warning (an error here)."""
    with connect(workers=1) as other:
        for client in (cluster, other):
            address = client.cluster.scheduler.http_server.address
            assert address == "127.0.0.1"
        assert other.submit(abs, -1).result() == 1


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestWarning")
@pytest.mark.parametrize("killed", [False, True])
@pytest.mark.parametrize("shared_pools", [False, True])
def test_three_workers_and_a_lost_one(cluster: Any, shared_pools: bool, killed: bool) -> None:
    group, other = build(shared_pools=shared_pools), build(shared_pools=shared_pools)
    simulation = whole(group, poisson())
    engine = DistributedEngine(other, poisson(), client=cluster, shares=3, recording=RECORDING)
    lost: list[float] = []
    for number, batch in enumerate((stops(poisson())[:2], stops(poisson())[2:])):
        for done in engine.run(batch):
            if killed and number == 1 and not lost:
                # Each worker holds what the end needs, also where its own share is done.
                victim = next(iter(cluster.cluster.workers.values()))
                os.kill(victim.pid, signal.SIGKILL)
                lost.append(done)
    assert len(lost) == killed
    assert result_hash(other) == result_hash(group)
    assert engine.ticks == simulation.ticks
    assert (engine.kept["recorded_rows"] == np.array(simulation.rows)).all()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestWarning")
def test_the_command_on_a_scheduler(presets: None, cluster: Any) -> None:
    hashes = set()
    for name, more in (
        ("a", []),
        ("b", ["--scheduler", cluster.scheduler.address, "--checkpoint-every", "2s"]),
    ):
        make_population(name=name, preset="hippocampus", synapses=30, neurons=5, seed=1)
        call_command("run_population", name, "--until", "4s", "--seed", "2", *more)
        hashes.add(PopulationRun.objects.get(population__name=name).result_hash)
    assert len(hashes) == 1
    assert "dask" in PopulationRun.objects.first().versions


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestWarning")
@pytest.mark.parametrize("every", [None, 1000.0])
def test_a_run_stopped_on_workers_goes_on_here(
    presets: None, cluster: Any, every: float | None
) -> None:
    means = Means(scheduler=cluster.scheduler.address, checkpoint_every=every)
    plan = Plan(duration=4000.0, seed=2, drive=DriveOptions(pre_rate=30.0))
    for name in ("a", "b"):
        make_population(name=name, preset="hippocampus", synapses=200, neurons=5, seed=1)
    work = begin(population=Population.objects.get(name="a"), plan=plan, means=means)
    work.stop_requested = True  # at the first moment, mostly before anything is done
    with pytest.raises(RunStoppedError):
        list(work.steps())
    run = PopulationRun.objects.get()
    list(resume(run=run, means=Means()).steps())
    list(begin(population=Population.objects.get(name="b"), plan=plan, means=Means()).steps())
    first, second = PopulationRun.objects.values_list("result_hash", flat=True)
    assert first == second


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nonsense", "what://ever"])
def test_an_unreachable_scheduler_is_one_sentence(
    presets: None, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setattr(population_workers, "CONNECT", 1)
    make_population(name="p", preset="hippocampus", synapses=3, neurons=1)
    with pytest.raises(CommandError) as caught:
        call_command("run_population", "p", "--until", "1s", "--scheduler", address)
    assert str(caught.value) == (f"there is no Dask scheduler at {address} (no answer within 1 s)")
    assert not PopulationRun.objects.exists()


def test_without_dask_one_sentence_says_what_to_install(
    presets: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_population(name="p", preset="hippocampus", synapses=3, neurons=1)
    for module in ("dask", "distributed"):
        monkeypatch.setitem(sys.modules, module, None)
    for option in (["--workers", "2"], ["--scheduler", "tcp://127.0.0.1:1"]):
        with pytest.raises(CommandError, match=r"pip install -r requirements-extra\.txt"):
            call_command("run_population", "p", "--until", "1s", *option)


def test_a_worker_needs_no_django(repository: Path) -> None:
    code = (
        "import sys, synapse.services.population_tasks;"
        "assert not {'django', 'dask'} & set(sys.modules), 'loaded'"
    )
    subprocess.run([sys.executable, "-c", code], cwd=repository, check=True)
