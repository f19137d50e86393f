"""What is done by hand: with its time, through a run or at once, and taken back where it can be."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from synapse.models import Intervention, Run, RunStatus, Synapse, ValueChange
from synapse.plasticity.bounds import MINUTE, SECOND
from synapse.plasticity.drugs import DRUGS
from synapse.plasticity.protocols import rest
from synapse.services import groups, interventions, runs
from synapse.services.interventions import deliver, set_bath, set_drug, undo
from synapse.services.traces import read_trace


def peak(run: Run, name: str) -> float:
    return float(read_trace(run).columns[name].max())


@pytest.mark.parametrize(
    ("kind", "column", "least"),
    [
        ("pre", "calcium", 0.071),
        ("field", "calcium", 0.071),
        ("post", "membrane_potential", -65.0),
        ("dopamine", "dopamine", 0.5),
    ],
)  # fmt: skip
def test_an_event_runs_and_its_effect_is_seen(
    kind: Any, column: str, least: float, synapse: Synapse, users: Any
) -> None:
    runs.execute(synapse=synapse, protocol=rest(), duration_ms=MINUTE)
    row = deliver(synapse=synapse, kind=kind, duration=SECOND, user=None)
    assert (row.kind, row.simulated_time) == (kind, MINUTE)
    assert row.run.status == RunStatus.DONE
    assert row.run.title.startswith("By hand: ")
    assert peak(row.run, column) > least
    assert groups.load_one(synapse.pk).neuron.simulated_time == MINUTE + SECOND


def test_who_did_it_is_written_down(synapse: Synapse, users: Any) -> None:
    Synapse.objects.filter(pk=synapse.pk).update(owner=users["owner"])
    row = deliver(synapse=synapse, kind="post", duration=100.0, user=users["owner"])
    assert (row.user, row.run.owner) == (users["owner"], users["owner"])


def test_acetylcholine_only_where_it_acts(synapse: Synapse) -> None:
    with pytest.raises(ValueError, match="acetylcholine does nothing here"):
        deliver(synapse=synapse, kind="acetylcholine", duration=SECOND, user=None)
    synapse.modulatory_cascade.acetylcholine_depression_gain = 1.0
    synapse.modulatory_cascade.save()
    row = deliver(synapse=synapse, kind="acetylcholine", duration=10.0, user=None, value=2.0)
    assert row.value == 2.0
    assert groups.load_one(synapse.pk).dopamine_cleft.acetylcholine > 1.0


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ({"kind": "pre", "duration": -1.0}, "duration must be"),
        ({"kind": "pre", "duration": 1e8}, "at most 1 h"),
        ({"kind": "pre", "duration": 10.0, "value": -1.0}, "value of a pre event must be"),
        ({"kind": "dopamine", "duration": 10.0, "value": 1e9}, "value of a dopamine event"),
        ({"kind": "bath", "duration": 10.0}, "kind must be one of"),
    ],
)  # fmt: skip
def test_a_refused_event_does_nothing(how: Any, sentence: str, synapse: Synapse) -> None:
    with pytest.raises(ValueError, match=sentence):
        deliver(synapse=synapse, user=None, **how)
    assert (Run.objects.count(), Intervention.objects.count()) == (0, 0)


@pytest.mark.parametrize("name", list(DRUGS))
def test_every_drug_goes_in_and_out_at_the_present_time(name: str, synapse: Synapse) -> None:
    before = groups.load_one(synapse.pk)
    row = set_drug(synapse=synapse, name=name, present=True, user=None)
    assert groups.load_one(synapse.pk).neuron.active_drugs == [name]
    with pytest.raises(ValueError, match="already in the bath"):
        set_drug(synapse=synapse, name=name, present=True, user=None)
    gone = undo(synapse=synapse, key=row.pk, user=None)
    after = groups.load_one(synapse.pk)
    assert (gone.kind, gone.name, gone.value) == ("drug", name, 0.0)
    assert after.neuron.active_drugs == []
    assert after.neuron.simulated_time == before.neuron.simulated_time
    assert after.nmda_receptor.nmda_conductance == before.nmda_receptor.nmda_conductance


def test_a_drug_acts_on_the_next_event(synapse: Synapse) -> None:
    free = peak(deliver(synapse=synapse, kind="pre", duration=SECOND, user=None).run, "calcium")
    set_drug(synapse=synapse, name="apv", present=True, user=None)
    blocked = peak(deliver(synapse=synapse, kind="pre", duration=SECOND, user=None).run, "calcium")
    assert blocked < free


def test_low_magnesium_opens_the_receptors(synapse: Synapse) -> None:
    first = peak(deliver(synapse=synapse, kind="pre", duration=MINUTE, user=None).run, "calcium")
    row = set_bath(synapse=synapse, name="external_magnesium", value=0.1, user=None)
    assert groups.load_one(synapse.pk).neuron.external_magnesium == 0.1
    low = peak(deliver(synapse=synapse, kind="pre", duration=SECOND, user=None).run, "calcium")
    assert low > first
    assert row.simulated_time == MINUTE


def test_a_bath_is_in_both_histories_and_can_be_brought_back(neighbours: list[Synapse]) -> None:
    first, second, _ = neighbours
    row = set_bath(synapse=first, name="external_calcium", value=1.3, user=None)
    assert ValueChange.objects.get().values == {"Neuron": {"external_calcium": [2.5, 1.3]}}
    assert list(interventions.interventions_of(second)) == [row]
    undo(synapse=second, key=row.pk, user=None)
    assert groups.load_one(first.pk).neuron.external_calcium == 2.5


def test_a_bath_that_is_already_so_is_refused(synapse: Synapse) -> None:
    with pytest.raises(ValueError, match="external_calcium is already 2.5 mM"):
        set_bath(synapse=synapse, name="external_calcium", value=2.5, user=None)
    with pytest.raises(ValueError, match="external_calcium must be at most"):
        set_bath(synapse=synapse, name="external_calcium", value=1e9, user=None)
    with pytest.raises(ValueError, match="bath must name one of"):
        set_bath(synapse=synapse, name="temperature", value=1.0, user=None)


def test_an_event_cannot_be_undone_nor_what_is_not_there(synapse: Synapse) -> None:
    row = deliver(synapse=synapse, kind="pre", duration=10.0, user=None)
    with pytest.raises(ValueError, match="cannot be taken back"):
        undo(synapse=synapse, key=row.pk, user=None)
    with pytest.raises(ValueError, match="has no intervention"):
        undo(synapse=synapse, key=row.pk + 1, user=None)


def test_leave_of_the_whole_group_is_needed(neighbours: list[Synapse], users: Any) -> None:
    first = neighbours[0]
    Synapse.objects.filter(pk=first.pk).update(owner=users["owner"])
    for act in (
        lambda user: deliver(synapse=first, kind="pre", duration=10.0, user=user),
        lambda user: set_drug(synapse=first, name="apv", present=True, user=user),
        lambda user: set_bath(synapse=first, name="external_calcium", value=3.0, user=user),
    ):
        with pytest.raises(PermissionDenied):
            act(users["owner"])
    assert Intervention.objects.count() == 0


def test_nothing_is_done_under_a_run(synapse: Synapse) -> None:
    Run.objects.create(
        synapse=synapse, status=RunStatus.RUNNING, heartbeat=timezone.now(), total=1.0
    )
    with pytest.raises(ValueError, match="is under way"):
        set_drug(synapse=synapse, name="apv", present=True, user=None)
