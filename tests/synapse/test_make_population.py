"""``manage.py make_population``."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from synapse.models import Neuron, Population, Synapse
from synapse.plasticity.components import COMPONENTS
from synapse.plasticity.heterogeneity import build_group
from synapse.plasticity.parameter_sets import preset_values
from synapse.services import columns, populations
from synapse.services.population import load_population
from synapse.services.populations import make_population, rows_of
from synapse.services.presets import create_from_preset

VARIED: dict[str, Any] = {
    "release_probability": {"distribution": "normal", "mean": 0.25, "sd": 0.05},
    "recovery_time": {"distribution": "lognormal", "cv": 0.5},
    "target_activity": {"distribution": "uniform", "cv": 0.1},
}


def make(*arguments: str, **options: Any) -> str:
    output = StringIO()
    call_command("make_population", *arguments, stdout=output, **options)
    return output.getvalue()


@pytest.mark.parametrize("shared_pools", [False, True])
@pytest.mark.parametrize("preset", ["hippocampus", "striatum-d1"])
def test_the_tables_hold_what_build_group_builds(
    presets: None, preset: str, shared_pools: bool
) -> None:
    population = make_population(
        name="p", preset=preset, synapses=23, neurons=5, heterogeneity=VARIED, seed=9,
        shared_pools=shared_pools,
    )  # fmt: skip
    stored = load_population(population).group
    built = build_group(
        synapses=23, neurons=5, heterogeneity=VARIED, seed=9, values=preset_values(preset),
        shared_pools=shared_pools,
    )  # fmt: skip
    for name in ("neurons", "clefts", "astrocytes", "pools", "states", "parameters"):
        assert (getattr(stored, name) == getattr(built, name)).all(), name
    for name in ("neuron_of", "cleft_of", "astrocyte_of", "pool_of"):
        assert (getattr(stored, name) == getattr(built, name)).all(), name


def test_without_heterogeneity_a_synapse_is_as_from_its_preset(presets: None) -> None:
    make("same", "--preset", "striatum-d1", "--synapses", "3", "--neurons", "1")
    single = create_from_preset(preset="striatum-d1", name="single")
    for row in Synapse.objects.with_components().exclude(pk=single.pk):
        for component in COMPONENTS:
            for q in (*component.parameters, *component.states):
                values = [getattr(getattr(s, component.accessor), q.name) for s in (row, single)]
                assert values[0] == values[1], q.name


def test_a_file_of_distributions_and_what_is_said(presets: None, tmp_path: Path) -> None:
    path = tmp_path / "varied.json"
    path.write_text(json.dumps(VARIED))
    said = make("p", "--synapses", "12", "--neurons", "3", "--heterogeneity", str(path))
    population = Population.objects.get()
    assert f"Population {population.pk} (p): 12 synapses of 3 neurons, 168 rows in" in said
    assert population.heterogeneity == VARIED
    assert rows_of(synapses=12, neurons=3) == 168
    assert len({s.share_key for s in Synapse.objects.all()}) == 12
    assert Synapse.objects.last().name == "p, synapse 12"
    assert Neuron.objects.filter(population=population).count() == 3
    connection.check_constraints()


def test_the_example_in_the_documents_can_be_built(repository: Path) -> None:
    text = (repository / "docs" / "populations.md").read_text(encoding="utf-8")
    given = json.loads(text.split("```json\n")[1].split("```")[0])
    group = build_group(synapses=50, neurons=5, heterogeneity=given)
    assert set(group.parameters["calcium_decay_time"]) == {14.0}
    assert len(set(group.parameters["baseline_ampa"])) == 50


def test_an_owner_owns_every_row(presets: None, users: dict[str, Any]) -> None:
    make("p", synapses=4, neurons=2, owner="owner", visibility="link")
    assert Synapse.objects.filter(owner=users["owner"], visibility="link").count() == 4
    assert Population.objects.get().owner == users["owner"]


def test_keys_are_never_given_twice(presets: None) -> None:
    make("first", synapses=3, neurons=1)
    newest = max(Synapse.objects.values_list("pk", flat=True))
    Population.objects.all().delete()
    make("second", synapses=3, neurons=1)
    single = create_from_preset(preset="hippocampus", name="single")
    keys = sorted(Synapse.objects.values_list("pk", flat=True))
    assert min(keys) > newest
    assert keys[-1] == single.pk


def test_rows_are_counted_as_they_are_written(presets: None) -> None:
    written: list[int] = []
    make_population(name="p", preset="hippocampus", synapses=8, neurons=2, progress=written.append)
    assert sum(written) == rows_of(synapses=8, neurons=2)


@pytest.mark.parametrize("after", [1, 5, 9])
def test_a_crash_in_the_middle_leaves_nothing(
    presets: None, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    insert, calls = columns.insert, []

    def crash(*arguments: Any) -> None:
        calls.append(arguments)
        if len(calls) > after:
            raise KeyboardInterrupt
        insert(*arguments)

    monkeypatch.setattr(columns, "insert", crash)
    with pytest.raises(CommandError, match="Interrupted: nothing was stored"):
        make("p", synapses=4, neurons=2)
    assert not Population.objects.exists()
    assert not Neuron.objects.exists()
    assert not Synapse.objects.exists()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"preset": "nope"}, "there is no preset 'nope'; known are hippocampus"),
        ({"synapses": 0}, "synapses must be 1 to 10000000; got 0"),
        ({"synapses": 10**8}, "synapses must be 1 to 10000000; got 100000000"),
        ({"neurons": 0}, r"neurons must be 1 to the number of synapses \(20\); got 0"),
        ({"seed": -1}, "seed must be 0 to 9223372036854775807; got -1"),
        ({"owner": "nobody"}, "there is no user 'nobody'"),
        ({"heterogeneity": "{"}, "heterogeneity is not JSON"),
        ({"heterogeneity": "no-such.json"}, "no-such.json cannot be read"),
        (
            {"heterogeneity": '{"recovery_time": -5}'},
            "recovery_time must be at least 0.001 ms; got -5 ms",
        ),
        (
            {"heterogeneity": '{"recovery_time": {"distribution": "normal", "mean": NaN}}'},
            "recovery_time: mean must be a finite number; got nan",
        ),
    ],
)
def test_mistakes_are_one_sentence(presets: None, options: Any, sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        make("p", **{"synapses": 20, "neurons": 2} | options)
    assert not Population.objects.exists()


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("", "name must have 1 to 100 characters; got 0"), ("x" * 101, "got 101"), ("p", "already")],
)
def test_names_are_checked(presets: None, name: str, sentence: str) -> None:
    make("p", synapses=2, neurons=1)
    with pytest.raises(CommandError, match=sentence):
        make(name, synapses=2, neurons=1)


def test_long_names_fit_their_columns(presets: None) -> None:
    make("n" * 100, synapses=11, neurons=1)
    names = list(Synapse.objects.values_list("name", flat=True))
    assert len(set(names)) == 11
    assert max(map(len, names)) <= 100


def test_a_list_is_no_heterogeneity(tmp_path: Path) -> None:
    path = tmp_path / "list.json"
    path.write_text("[]")
    with pytest.raises(ValueError, match="must hold an object of quantities"):
        populations.read_heterogeneity(str(path))
