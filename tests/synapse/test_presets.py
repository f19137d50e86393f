"""Presets, examples, copies, resets and exports."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from synapse.models import Neuron, Preset, Synapse
from synapse.plasticity.components import COMPONENTS
from synapse.services import versions
from synapse.services.conflict import StateConflict
from synapse.services.examples import EXAMPLES, load_examples
from synapse.services.preset_files import load_presets, read_presets
from synapse.services.presets import clone, create_from_preset, export, reset_to_preset
from synapse.services.values import set_values

NAMES = {
    "hippocampus", "neocortex-l5", "striatum-d1", "release-depressing", "release-facilitating",
}  # fmt: skip
SYMBOLS = {q.symbol: (c.name, q.name) for c in COMPONENTS for q in c}


def run(command: str) -> str:
    out = StringIO()
    call_command(command, stdout=out)
    return out.getvalue()


def test_loading_presets_twice_changes_nothing(db: None) -> None:
    assert run("load_presets").count(": created") == len(NAMES)
    assert run("load_presets").count(": unchanged") == len(NAMES)
    assert set(Preset.objects.values_list("name", flat=True)) == NAMES


def test_a_newer_file_updates_an_older_preset(presets: None) -> None:
    Preset.objects.filter(name="neocortex-l5").update(version=0, values={})
    assert dict(load_presets())["neocortex-l5"] == "updated"
    assert Preset.objects.get(name="neocortex-l5").values["SynapticCleft"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "bad.json: Expecting"),
        ("[]", "bad.json: missing or unknown"),
        ('{"name": "x"}', "bad.json: missing or unknown: description"),
        (
            '{"name": "x", "title": "", "version": 1, "description": "", "source": "",'
            ' "values": {"SynapticCleft": {"recovery_time": -1}}}',
            "bad.json: recovery_time must be at least 0.001 ms",
        ),
    ],
)
def test_a_bad_preset_file_is_named(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "bad.json").write_text(text)
    with pytest.raises(ValueError, match=sentence):
        read_presets(tmp_path)


def test_a_bad_preset_file_is_a_plain_error_of_the_command(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise ValueError("bad.json: broken")

    for command in ("load_presets", "load_examples"):
        monkeypatch.setattr(f"synapse.management.commands.{command}.{command}", fail)
        with pytest.raises(CommandError, match="bad.json: broken"):
            call_command(command)


def test_every_preset_says_where_its_values_come_from() -> None:
    presets = {preset["name"]: preset for preset in read_presets()}
    assert set(presets) == NAMES
    assert presets["hippocampus"]["values"] == {}
    assert all(preset["source"] and preset["description"] for preset in presets.values())


def test_neocortex_has_the_calibrated_differences(shared_data: Path) -> None:
    path = shared_data / "calibration" / "neocortex_L5_differences.json"
    expected: dict[str, dict[str, float]] = {}
    for symbol, value in json.loads(path.read_text()).items():
        component, name = SYMBOLS[symbol]
        expected.setdefault(component, {})[name] = value
    preset = next(p for p in read_presets() if p["name"] == "neocortex-l5")
    assert preset["values"] == expected


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_new_synapse_has_the_values_of_its_preset_and_is_at_rest(
    name: str, presets: None
) -> None:
    synapse = create_from_preset(preset=name, name="new")
    for component, fields in Preset.objects.get(name=name).values.items():
        row = getattr(synapse, next(c.accessor for c in COMPONENTS if c.name == component))
        assert {field: getattr(row, field) for field in fields} == fields
    ampa = synapse.ampa_trafficking_parameters
    assert synapse.endosome_ampa_pool.total_ampa == ampa.baseline_ampa
    assert synapse.psd_ampa_pool.psd_ampa == ampa.psd_fraction * ampa.baseline_ampa
    assert synapse.dopamine_cleft.dopamine == synapse.dopamine_cleft.tonic_dopamine
    assert synapse.synaptic_weight.early_weight == 1.0


def test_an_unknown_preset_is_named_with_the_known_ones(db: None) -> None:
    with pytest.raises(ValueError, match="load_presets"):
        create_from_preset(preset="cerebellum", name="new")
    load_presets()
    with pytest.raises(ValueError, match=r"no preset 'cerebellum'; known are hippocampus, "):
        create_from_preset(preset="cerebellum", name="new")


@pytest.mark.parametrize("name", ["", "  ", "x" * 101])
def test_a_name_has_a_sensible_length(name: str, presets: None) -> None:
    with pytest.raises(ValueError, match="name must have 1 to 100 characters"):
        create_from_preset(preset="hippocampus", name=name)
    assert not Neuron.objects.exists()


def test_the_longest_name_fits(presets: None) -> None:
    assert create_from_preset(preset="hippocampus", name="x" * 100).neuron.name.endswith("…")


def test_a_new_neuron_joins_at_the_time_of_its_group(synapse: Synapse) -> None:
    Neuron.objects.update(simulated_time=5e3, pool_exchange_interval=500.0)
    other = create_from_preset(
        preset="hippocampus", name="other", astrocyte_unit=synapse.astrocyte_unit
    )
    assert other.neuron_id != synapse.neuron_id
    assert other.neuron.simulated_time == 5e3
    assert other.neuron.pool_exchange_interval == 500.0


def test_groups_at_different_times_cannot_be_joined(synapse: Synapse) -> None:
    Neuron.objects.update(simulated_time=5e3)
    other = create_from_preset(preset="hippocampus", name="other")
    with pytest.raises(ValueError, match="simulated_time must be equal"):
        create_from_preset(
            preset="hippocampus",
            name="bridge",
            neuron=synapse.neuron,
            astrocyte_unit=other.astrocyte_unit,
        )
    assert Synapse.objects.count() == 2


def test_reset_restores_parameters_state_and_clock(synapse: Synapse) -> None:
    before = export(synapse=synapse)
    set_values(
        synapse=synapse,
        values={"NMDAReceptor": {"nmda_decay_time": 50}},
        expected_versions=versions.current([synapse]),
        user=None,
    )
    type(synapse.synaptic_weight).objects.update(early_weight=2.0)
    Neuron.objects.update(simulated_time=1e3, last_spike=5.0, active_drugs=["apv"])
    assert export(synapse=reset_to_preset(synapse=synapse, expected_version=1)) == before


def test_reset_leaves_shared_components_and_the_clock_alone(neighbours: list[Synapse]) -> None:
    first, second = neighbours[:2]
    type(first.synaptic_weight).objects.update(early_weight=2.0)
    Neuron.objects.update(simulated_time=1e3, external_calcium=3.0)
    version = Neuron.objects.get().state_version
    reset = reset_to_preset(synapse=first, expected_version=version)
    assert reset.synaptic_weight.early_weight == 1.0
    assert reset.neuron.simulated_time == 1e3
    assert reset.neuron.external_calcium == 3.0
    assert type(second.synaptic_weight).objects.get(pk=second.pk).early_weight == 2.0


def test_reset_keeps_the_clock_of_a_group_of_neurons(synapse: Synapse) -> None:
    create_from_preset(preset="hippocampus", name="b", astrocyte_unit=synapse.astrocyte_unit)
    Neuron.objects.update(simulated_time=1e3, pool_exchange_interval=500.0)
    version = Neuron.objects.get(pk=synapse.neuron_id).state_version
    reset = reset_to_preset(synapse=synapse, expected_version=version)
    assert reset.neuron.simulated_time == 1e3
    assert reset.neuron.pool_exchange_interval == 500.0


def test_a_stale_reset_is_refused(synapse: Synapse) -> None:
    versions.claim({synapse.neuron_id: 0})
    with pytest.raises(StateConflict):
        reset_to_preset(synapse=synapse, expected_version=0)


def test_without_a_preset_there_is_nothing_to_reset_to(synapse: Synapse) -> None:
    Synapse.objects.update(preset=None)
    with pytest.raises(ValueError, match="first has no preset"):
        reset_to_preset(synapse=synapse, expected_version=0)


def test_a_clone_has_the_same_values_and_shares_nothing(
    neighbours: list[Synapse], users: dict[str, Any]
) -> None:
    original = neighbours[0]
    type(original.synaptic_weight).objects.update(early_weight=1.5)
    Neuron.objects.update(simulated_time=1e3)
    copy = clone(synapse=original, owner=users["owner"], name="copy")
    same = export(synapse=copy)
    assert same.pop("name") == "copy"
    expected = export(synapse=original)
    expected.pop("name")
    assert same == expected
    assert copy.owner == users["owner"]
    assert copy.visibility == "private"
    for component in COMPONENTS:
        if component.shared:
            assert getattr(copy, component.accessor).synapses.get() == copy
    assert Synapse.objects.count() == 4


def test_an_export_is_json_with_every_stored_quantity(synapse: Synapse) -> None:
    data = json.loads(json.dumps(export(synapse=synapse), allow_nan=False))
    assert data["preset"] == {"name": "hippocampus", "version": 2}
    for component in COMPONENTS:
        exported = data["components"][component.name]
        assert set(exported["parameters"]) == {q.name for q in component.parameters}
        assert set(exported["states"]) == {q.name for q in component.states}


@pytest.mark.django_db(transaction=True, reset_sequences=True)
def test_examples_are_numbered_from_1_in_an_empty_database() -> None:
    lines = run("load_examples").splitlines()
    assert lines[0] == "synapse 1 Hippocampus CA1: created"
    assert [int(line.split()[1]) for line in lines] == list(range(1, len(EXAMPLES) + 1))


def test_examples_are_public_and_belong_to_nobody(presets: None) -> None:
    made = [synapse for synapse, _ in load_examples()]
    assert len(made) >= 6
    assert {(s.visibility, s.owner) for s in made} == {("public", None)}
    assert {s.preset.name for s in made if s.preset} == NAMES


def test_three_examples_share_a_neuron_and_its_proteins(presets: None) -> None:
    made = [synapse for synapse, _ in load_examples()]
    assert len({s.neuron_id for s in made[1:4]}) == 1
    assert len({s.consolidation_protein_pool_id for s in made[1:4]}) == 1
    assert len({s.neuron_id for s in made}) == len(made) - 2


def test_loading_examples_twice_changes_nothing(presets: None) -> None:
    load_examples()
    assert run("load_examples").count(": unchanged") == len(EXAMPLES)
    Synapse.objects.get(name="CA1 neuron, synapse A").delete()
    assert run("load_examples").count(": created") == 1
    neurons = Synapse.objects.filter(name__startswith="CA1 neuron").values_list("neuron_id")
    assert len(set(neurons)) == 1
