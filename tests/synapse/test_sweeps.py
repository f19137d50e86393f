"""Sweeps: what may be asked for, what each point gives, and what ends one early."""

from typing import Any

import pytest

from synapse.models import Run, RunStatus, Sweep, Synapse
from synapse.plasticity.bounds import MINUTE
from synapse.plasticity.protocols.pairing import pairing
from synapse.services import groups, run_queue, run_worker, sweep_runs, sweeps, values, verify
from synapse.services import versions as state_versions
from synapse.services.manifests import manifest_of
from synapse.services.presets import clone
from synapse.services.runs import Plan, execute
from synapse.services.simulator import SynapseSimulator
from synapse.services.sweeps import Axis, SweepPlan

PLAN = Plan(protocol=pairing(count=3), duration=MINUTE)
DECAY = Axis(name="calcium_decay_time", start=12.0, stop=20.0, count=3)
RELEASE = Axis(name="release_probability", start=0.2, stop=0.8, count=2)


def queue(synapse: Synapse, *axes: Axis, **options: Any) -> Sweep:
    options.setdefault("plan", None if "experiment" in options else PLAN)
    return sweeps.enqueue(plan=SweepPlan(synapse=synapse, axes=axes, **options))


def test_an_axis_is_linear_or_logarithmic_with_both_ends() -> None:
    assert DECAY.values == [12.0, 16.0, 20.0]
    log = Axis(name="calcium_decay_time", start=10.0, stop=40.0, count=3, scale="log")
    assert log.values == pytest.approx([10.0, 20.0, 40.0])


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": "nonsense"}, "there is no parameter named nonsense"),
        ({"count": 1}, "must be 2 to 50; got 1"),
        ({"count": 51}, "must be 2 to 50; got 51"),
        ({"stop": -1.0}, "calcium_decay_time must be"),
        ({"stop": 12.0}, "must go from one value to another"),
        ({"scale": "square"}, "must be linear or log"),
        ({"name": "resting_potential", "start": -80.0, "stop": -60.0, "scale": "log"},
         "must be above 0"),
    ],
)  # fmt: skip
def test_an_impossible_axis_is_said_in_a_sentence(change: dict[str, Any], sentence: str) -> None:
    good = {"name": "calcium_decay_time", "start": 12.0, "stop": 20.0, "count": 3}
    with pytest.raises(ValueError, match=sentence):
        Axis(**(good | change))


def test_the_number_of_simulations_is_bounded(
    synapse: Synapse, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = [
        Axis(name="calcium_decay_time", start=10.0, stop=20.0, count=30),
        Axis(name="release_probability", start=0.1, stop=0.9, count=30),
    ]
    with pytest.raises(ValueError, match="30 × 30 is 900 simulations; at most 400 may be"):
        SweepPlan(synapse=synapse, axes=many, plan=PLAN)
    with pytest.raises(ValueError, match="is named twice"):
        SweepPlan(synapse=synapse, axes=[DECAY, DECAY], plan=PLAN)
    monkeypatch.setattr(sweeps, "MOST_WORK", 1000)
    with pytest.raises(ValueError, match="would take about .* synapse-ticks"):
        SweepPlan(synapse=synapse, axes=[DECAY], plan=PLAN)


def test_each_point_is_the_run_with_that_value_edited_in(synapse: Synapse) -> None:
    twin = clone(synapse=synapse, owner=None, name="twin")
    sweep = queue(synapse, DECAY, RELEASE)
    assert (sweep.total, sweep.status, sweep.readout) == (6, RunStatus.QUEUED, "weight")
    run_worker.work(once=True)
    sweep.refresh_from_db()
    assert (sweep.status, sweep.done, sweep.error) == (RunStatus.DONE, 6, "")
    points = list(sweeps.results_of(sweep))
    assert [p for p, _ in points][1] == {"calcium_decay_time": 12.0, "release_probability": 0.8}
    changes, entry = points[3]
    values.set_values(
        synapse=twin, user=None, expected_versions=state_versions.current([twin]),
        values={"SpineHead": {"calcium_decay_time": changes["calcium_decay_time"]},
                "SynapticCleft": {"release_probability": changes["release_probability"]}},
    )  # fmt: skip
    execute(synapse=groups.load_one(twin.pk), protocol=PLAN.protocol, duration_ms=MINUTE)
    simulator = SynapseSimulator(groups.load_one(twin.pk))
    assert entry["values"]["weight"] == simulator.weights()[0]
    assert entry["values"]["largest_calcium"] > 1.0
    assert SynapseSimulator(synapse).time == 0.0


def test_a_shared_parameter_is_changed_for_the_whole_group(neighbours: list[Synapse]) -> None:
    axis = Axis(name="external_calcium", start=1.0, stop=3.0, count=2)
    plan = Plan(protocol=pairing(count=1), duration=MINUTE)
    sweep = queue(neighbours[1], axis, plan=Plan(
        protocol=type(plan.protocol).from_json(plan.protocol.to_json() | {"bath": {}}),
        duration=MINUTE,
    ))  # fmt: skip
    run_worker.work(once=True)
    sweep.refresh_from_db()
    low, high = (entry["values"]["largest_calcium"] for _, entry in sweeps.results_of(sweep))
    assert low < high


def test_a_point_that_cannot_be_run_says_why_and_the_others_go_on(synapse: Synapse) -> None:
    axis = Axis(name="nmda_rise_time", start=2.0, stop=100.0, count=2)
    sweep = queue(synapse, axis)
    run_worker.work(once=True)
    sweep.refresh_from_db()
    first, second = (entry for _, entry in sweeps.results_of(sweep))
    assert "values" in first
    assert second["error"].startswith("nmda_rise_time must be less than nmda_decay_time")
    assert sweep.status == RunStatus.DONE


def test_an_experiment_is_swept(synapse: Synapse) -> None:
    sweep = queue(synapse, DECAY, experiment="spine-calcium")
    assert sweep.readout == "held"
    run_worker.work(once=True)
    sweep.refresh_from_db()
    assert sweep.status == RunStatus.DONE, sweep.error
    entries = [entry["values"] for _, entry in sweeps.results_of(sweep)]
    assert len({entry["condition_0"] for entry in entries}) == 3
    assert set(entries[0]) == set(sweeps.readouts_of("spine-calcium"))
    with pytest.raises(ValueError, match="there is no experiment named x"):
        SweepPlan(synapse=synapse, axes=[DECAY], experiment="x")


def test_a_cancelled_sweep_keeps_its_points_and_goes_on(
    synapse: Synapse, users: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    computed: list[dict[str, float]] = []
    point = sweep_runs.point

    def counted(job: Any, changes: Any, *, progress: Any = None) -> Any:
        computed.append(changes)
        if len(computed) == 2:
            run_queue.cancel(sweep, user=users["admin"])
        return point(job, changes, progress=None)

    monkeypatch.setattr(sweep_runs, "point", counted)
    monkeypatch.setattr(sweep_runs, "EVERY", 0.0)
    sweep = queue(synapse, DECAY)
    run_worker.work(once=True)
    sweep.refresh_from_db()
    assert (sweep.status, sweep.done) == (RunStatus.CANCELLED, 2)
    assert sweep.error == "Cancelled by admin."
    sweeps.go_on(sweep=sweep, user=users["admin"])
    run_worker.work(once=True)
    sweep.refresh_from_db()
    assert (sweep.status, sweep.done, len(computed)) == (RunStatus.DONE, 3, 3)
    with pytest.raises(ValueError, match="did not end early"):
        sweeps.go_on(sweep=sweep, user=users["admin"])


def test_a_point_becomes_a_run_that_can_be_verified(
    synapse: Synapse, users: dict[str, Any]
) -> None:
    sweep = queue(synapse, DECAY)
    run_worker.work(once=True)
    sweep.refresh_from_db()
    run = sweeps.open_point(sweep=sweep, number=2, user=users["admin"])
    run_worker.work(once=True)
    run = Run.objects.get(pk=run.pk)
    assert (run.status, run.error) == (RunStatus.DONE, "")
    assert run.parameters["parameters"]["calcium_decay_time"] == [20.0]
    late = run.result["states"]["late_weight"][0]
    assert late == sweep.results[2]["values"]["late_weight"]
    assert verify.verify(manifest_of(run)).same
    assert SynapseSimulator(synapse).time == 0.0
    with pytest.raises(ValueError, match="has no run for point 3"):
        sweeps.open_point(sweep=sweep, number=3, user=users["admin"])


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.filterwarnings("ignore")
def test_a_cluster_gives_the_same_bits(
    presets: None, synapse: Synapse, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("distributed")
    here = queue(synapse, DECAY, RELEASE)
    run_worker.work(once=True)
    monkeypatch.setattr(sweep_runs, "CLUSTER_PAYS", 0)
    there = queue(synapse, DECAY, RELEASE)
    run_worker.work(once=True)
    here.refresh_from_db()
    there.refresh_from_db()
    assert (there.status, there.error) == (RunStatus.DONE, "")
    assert there.results == here.results


def test_a_scheduler_that_does_not_answer_is_said_in_a_sentence(
    synapse: Synapse, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from synapse.services import population_workers

    pytest.importorskip("distributed")
    monkeypatch.setattr(population_workers, "CONNECT", 1)
    settings.DASK_SCHEDULER = "tcp://127.0.0.1:1"
    sweep = queue(synapse, DECAY)
    run_worker.work(once=True)
    sweep.refresh_from_db()
    assert sweep.status == RunStatus.FAILED
    assert "there is no Dask scheduler at tcp://127.0.0.1:1" in sweep.error
