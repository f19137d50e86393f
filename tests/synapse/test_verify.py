"""A run is done again from its manifest: the same bits, or why not."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from synapse.models import Run, RunStatus, Synapse
from synapse.plasticity.bounds import MINUTE
from synapse.plasticity.protocols.pairing import pairing, single_pairing
from synapse.services import run_worker, verify
from synapse.services.manifests import fingerprint, manifest_of, read_manifest
from synapse.services.runs import execute
from synapse.services.simulator import SynapseSimulator


@pytest.fixture
def run(synapse: Synapse) -> Run:
    """A run that does not begin at rest, with a seed and a drug in the bath."""
    from synapse.models import Neuron

    Neuron.objects.filter(pk=synapse.neuron_id).update(active_drugs=["anisomycin"])
    execute(synapse=synapse, protocol=pairing(count=3), duration_ms=MINUTE)
    return execute(synapse=synapse, protocol=single_pairing(), duration_ms=MINUTE, repeat=3, seed=8)


def test_a_run_is_reproduced_bit_by_bit_and_moves_nothing(synapse: Synapse, run: Run) -> None:
    time = SynapseSimulator(synapse).time
    comparison = verify.verify(manifest_of(run))
    assert comparison.same
    assert (comparison.changes, comparison.differences) == ((), ())
    assert SynapseSimulator(synapse).time == time


def test_a_group_with_shared_pools_is_reproduced(neighbours: list[Synapse]) -> None:
    run = execute(synapse=neighbours[1], protocol=pairing(count=3), duration_ms=MINUTE)
    assert verify.verify(manifest_of(Run.objects.get(pk=run.pk))).same


def test_vesicles_drawn_at_random_are_the_same_again(synapse: Synapse) -> None:
    cleft = synapse.synaptic_cleft
    type(cleft).objects.filter(pk=cleft.pk).update(release_sites=5)
    runs = [
        execute(synapse=synapse, protocol=pairing(count=3), duration_ms=MINUTE, seed=seed)
        for seed in (1, None)
    ]
    assert all(verify.verify(manifest_of(Run.objects.get(pk=r.pk))).same for r in runs)


def test_a_manifest_is_a_file_that_verifies_anywhere(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(manifest_of(run), indent=1), encoding="utf-8")
    Run.objects.all().delete()
    out = StringIO()
    call_command("verify_run", str(path), stdout=out)
    assert "Reproduced: every bit of the result is the same." in out.getvalue()
    assert out.getvalue().count(run.result_hash) == 2


def test_an_edited_manifest_says_what_was_edited(run: Run, tmp_path: Path) -> None:
    data = json.loads(json.dumps(manifest_of(run)))
    data["parameters"]["parameters"]["calcium_decay_time"] = [16.0]
    path = tmp_path / "edited.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    out = StringIO()
    with pytest.raises(CommandError, match="Not reproduced: .* quantities differ, most of all"):
        call_command("verify_run", str(path), stdout=out)
    text = out.getvalue()
    assert f"edited after it was written: the parameters not as stored with run {run.pk}" in text
    assert "Largest differences:" in text
    comparison = verify.verify(read_manifest(str(path)))
    assert not comparison.same
    assert comparison.differences[0].size > 0


def test_other_versions_and_back_ends_are_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    data = manifest_of(run)
    data |= {"versions": data["versions"] | {"numpy": "1.0", "model": "2"}}
    data |= {"manifest_hash": fingerprint(data)}
    comparison = verify.verify(data)
    assert comparison.same
    assert comparison.changes[0].startswith("calibration of the model: 2 then")
    assert comparison.changes[1].startswith("NumPy: 1.0 then")
    other = verify.compare(
        data, result=run.result, found="0" * 64, now=data["versions"], back_end="compiled"
    )
    assert other.changes == ("back end: python then, compiled now",)
    assert other.sentence == "Not reproduced: the hashes differ, though no stored value does."


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"format": "x"}, "is not a manifest of a run"),
        ({"format_version": 9}, "has format version 9; this program reads 1"),
        ({"protocol": {}}, "the protocol cannot be read"),
        ({"start_state": {}}, "the start state cannot be read"),
        ({"back_end": "cloud"}, "back_end must be python or compiled"),
        ({"parameters": {"parameters": {"nonsense": [1]}}}, "there is no quantity named nonsense"),
        ({"parameters": {"parameters": {"calcium_decay_time": [1, 2]}}}, "has 2 values instead"),
    ],
)
def test_what_is_no_manifest_is_said_in_a_sentence(
    run: Run, tmp_path: Path, change: dict[str, Any], sentence: str
) -> None:
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(manifest_of(run) | change), encoding="utf-8")
    with pytest.raises(CommandError, match=sentence):
        call_command("verify_run", str(path))


def test_a_missing_run_or_file_is_said_in_a_sentence(db: None, tmp_path: Path) -> None:
    for name, sentence in (
        ("12", "there is no run 12"),
        (str(tmp_path / "none.json"), "cannot be read: No such file"),
    ):
        with pytest.raises(CommandError, match=sentence):
            call_command("verify_run", name)
    path = tmp_path / "broken.json"
    path.write_text("{", encoding="utf-8")
    with pytest.raises(CommandError, match="is not JSON"):
        call_command("verify_run", str(path))


def test_a_repetition_is_a_run_that_stores_no_state(
    synapse: Synapse, run: Run, users: dict[str, Any]
) -> None:
    time = SynapseSimulator(synapse).time
    again = verify.queue_again(run=run, user=users["admin"])
    run_worker.work(once=True)
    again.refresh_from_db()
    assert (again.status, again.error, again.based_on) == (RunStatus.DONE, "", run)
    assert again.result_hash == run.result_hash
    comparison = verify.comparison_of(again)
    assert comparison is not None
    assert comparison.same
    assert list(verify.repetitions(run)) == [again]
    assert SynapseSimulator(synapse).time == time
    with pytest.raises(ValueError, match="has no manifest"):
        manifest_of(again)
    Run.objects.filter(pk=again.pk).update(result_hash="0" * 64, result={"states": {}})
    again.refresh_from_db()
    comparison = verify.comparison_of(again)
    assert comparison is not None
    assert not comparison.same
