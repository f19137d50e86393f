"""Populations in the tables: load, store, conflict, crash, deletion."""

from typing import Any

import numpy as np
import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from synapse.models import Neuron, Population, PopulationRun, Run, Synapse
from synapse.plasticity.components import COMPONENTS
from synapse.plasticity.quantity import Quantity
from synapse.services import columns, columns_sqlite, groups, versions
from synapse.services.conflict import StateConflict
from synapse.services.population import (
    Loaded,
    load_group,
    load_population,
    snapped,
    store_group,
    store_population,
)
from synapse.services.populations import make_population
from synapse.services.presets import create_from_preset

VARIED = {
    "release_probability": {"distribution": "normal", "mean": 0.25, "sd": 0.05},
    "recovery_time": {"distribution": "lognormal", "cv": 0.5},
    "baseline_ampa": {"distribution": "uniform", "cv": 0.2},
    "bap_amplitude": {"distribution": "normal", "cv": 0.1},
}
PARTS = ("neurons", "clefts", "astrocytes", "pools", "states", "parameters")
LINKS = ("neuron_of", "cleft_of", "astrocyte_of", "pool_of")


@pytest.fixture
def population(synapse: Synapse) -> Population:
    """Twenty synapses of four neurons, beside a synapse that is none of them."""
    return make_population(
        name="grown", preset="hippocampus", synapses=20, neurons=4, heterogeneity=VARIED, seed=3
    )


def members(population: Population) -> Any:
    return Synapse.objects.filter(neuron__population=population)


def scramble(loaded: Loaded) -> None:
    """Give every state some value of its own, as a run does."""
    rng = np.random.default_rng(1)
    group = loaded.group
    for component in COMPONENTS:
        for quantity in component.states:
            records = next(
                getattr(group, part)
                for part in PARTS
                if quantity.name in getattr(group, part).dtype.names
            )
            low = 0.0 if quantity.minimum is None else quantity.minimum
            high = low + 1.0 if quantity.maximum is None else quantity.maximum
            records[quantity.name] = rng.uniform(low, high, len(records))
    group.neurons["time"] = 123.456
    group.neurons["last_spike"][1:] = 100.0 / 3.0
    group.drugs = ["apv"]


def same(first: Any, second: Any) -> bool:
    equal = [(getattr(first, name) == getattr(second, name)).all() for name in (*PARTS, *LINKS)]
    return bool(all(equal)) and first.drugs == second.drugs


def test_storing_and_loading_keeps_every_bit(population: Population) -> None:
    loaded = load_population(population)
    scramble(loaded)
    loaded.group.set_conditions({})
    store_population(loaded)
    again = load_population(population)
    assert same(again.group, loaded.group)
    assert again.versions == loaded.versions == dict.fromkeys(again.shared_keys["Neuron"], 1)
    spikes = Neuron.objects.filter(population=population).values_list("last_spike", flat=True)
    assert list(spikes) == [None, *[100.0 / 3.0] * 3]


def test_a_neuron_of_a_population_is_a_group_of_its_own(population: Population) -> None:
    first = members(population)[7]
    loaded = load_group([first])
    assert loaded.synapse_keys == list(first.neuron.synapses.values_list("pk", flat=True))
    whole = load_population(population)
    place = whole.places([first])
    assert (whole.group.states[place] == loaded.group.states[loaded.places([first])]).all()


def test_large_groups_load_as_small_ones(
    population: Population, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = load_population(population)
    for module in (groups, columns, versions):
        monkeypatch.setattr(module, "BATCH", 3)
    assert same(load_population(population).group, small.group)
    members(population)[4].delete()
    gap = load_population(population)
    store_group(gap)
    assert len(gap.synapse_keys) == 19
    assert (gap.group.states[4:] == small.group.states[5:]).all()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite reads so")
def test_columns_that_are_the_same_everywhere_are_read_once(
    population: Population, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = load_population(population)
    loaded.group.states["late_weight"][13] = 0.25
    loaded.group.states["early_weight"][[2, 19]] = 1.5
    store_group(loaded)
    monkeypatch.setattr(columns_sqlite, "MANY", 1)
    again = load_population(population)
    assert same(again.group, loaded.group)
    model = apps.get_model("synapse", "SynapticWeight")
    nobody = columns.read(model, ["late_weight"], np.array([10**9]))
    assert nobody.shape == (0, 1)


def test_a_large_closure_follows_every_link(
    population: Population, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(groups, "BATCH", 3)
    bridge = members(population)[0]
    second = create_from_preset(
        preset="hippocampus", name="second", astrocyte_unit=bridge.astrocyte_unit
    )
    third = create_from_preset(
        preset="hippocampus", name="third", dopamine_cleft=second.dopamine_cleft
    )
    loaded = load_population(population)
    assert loaded.synapse_keys[-2:] == [second.pk, third.pk]
    assert len(loaded.synapse_keys) == 22


def test_loading_and_storing_take_few_statements(
    population: Population, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(30):
        loaded = load_population(population)
    with django_assert_max_num_queries(90):
        store_group(loaded)


def test_of_two_writers_the_second_is_told(population: Population) -> None:
    first, second = load_population(population), load_population(population)
    store_group(first)
    scramble(second)
    with pytest.raises(StateConflict, match="has changed since it was read"):
        store_group(second)
    assert same(load_population(population).group, first.group)


def test_a_synapse_that_joined_is_a_conflict(population: Population) -> None:
    loaded = load_population(population)
    create_from_preset(
        preset="hippocampus", name="new", neuron=Neuron.objects.filter(population=population)[0]
    )
    with pytest.raises(StateConflict):
        store_group(loaded)


def test_a_value_outside_its_bounds_leaves_all_as_it_was(population: Population) -> None:
    loaded, before = load_population(population), load_population(population)
    scramble(loaded)
    loaded.group.pools["plasticity_proteins"][2] = -1.0
    with pytest.raises(ValueError, match="plasticity_proteins must be at least 0; got -1"):
        store_group(loaded)
    assert same(load_population(population).group, before.group)


def test_a_crash_in_the_middle_of_storing_leaves_all_as_it_was(
    population: Population, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded, before = load_population(population), load_population(population)
    scramble(loaded)
    update, calls = columns.update, []

    def crash(*arguments: Any) -> None:
        calls.append(arguments)
        if len(calls) == 9:
            raise MemoryError
        update(*arguments)

    monkeypatch.setattr(columns, "update", crash)
    with pytest.raises(MemoryError):
        store_group(loaded)
    assert same(load_population(population).group, before.group)
    assert set(load_population(population).versions.values()) == {0}


def test_the_constraints_hold_for_written_columns(population: Population) -> None:
    keys = np.array(members(population).values_list("pk", flat=True))
    model = apps.get_model("synapse", "SynapticWeight")
    for value in (-1e9, np.nan, np.inf):
        with pytest.raises(IntegrityError), transaction.atomic():
            columns.update(model, {"late_weight": np.full(len(keys), value)}, keys)


def test_round_off_beyond_a_bound_is_taken_back() -> None:
    quantity = Quantity(
        name="share", symbol="", unit="1", default=0.0, minimum=0.0, maximum=1.0, meaning=""
    )
    values = np.array([-1e-13, 0.5, 1.0 + 1e-13])
    assert snapped(quantity, values).tolist() == [0.0, 0.5, 1.0]
    assert values[0] == -1e-13
    for wrong, sentence in ((1.1, "share must be at most 1; got 1.1"), (np.nan, "finite number")):
        with pytest.raises(ValueError, match=sentence):
            snapped(quantity, np.array([0.5, wrong]))


@pytest.mark.parametrize("bulk", [True, False])
def test_deleting_a_population_deletes_all_of_it_and_nothing_else(
    population: Population, synapse: Synapse, bulk: bool
) -> None:
    Run.objects.create(synapse=members(population)[0])
    PopulationRun.objects.create(population=population)
    kept = create_from_preset(
        preset="hippocampus", name="kept", dopamine_cleft=members(population)[0].dopamine_cleft
    )
    rows = Population.objects.filter(pk=population.pk)
    count, models = rows.delete() if bulk else population.delete()
    assert count == sum(models.values())
    assert models["synapse.Synapse"] == 20
    assert set(Synapse.objects.all()) == {synapse, kept}
    for component in COMPONENTS:
        assert apps.get_model("synapse", component.name).objects.count() == 2, component.name
    assert not Run.objects.exists()
    assert not PopulationRun.objects.exists()
    connection.check_constraints()


def test_deleting_the_owner_deletes_the_synapses(presets: None, users: dict[str, Any]) -> None:
    make_population(name="owned", preset="hippocampus", synapses=6, neurons=2, owner=users["owner"])
    users["owner"].delete()
    assert not Population.objects.exists()
    assert not Synapse.objects.exists()


def test_lists_leave_populations_out(
    population: Population, synapse: Synapse, client: Client
) -> None:
    Synapse.objects.update(visibility="public")
    answer = client.get(reverse("synapse:synapse_list"))
    assert list(answer.context["page"]) == [synapse]
    assert list(client.get(reverse("home")).context["synapses"]) == [synapse]
    one = members(population)[0]
    assert client.get(reverse("synapse:plasticity_cycle", args=[one.pk])).status_code == 200


def test_the_admin_stays_small(
    population: Population, client: Client, users: dict[str, Any]
) -> None:
    client.force_login(users["admin"])
    run = PopulationRun.objects.create(population=population)
    for address in (
        reverse("admin:synapse_synapse_add"),
        reverse("admin:synapse_synapse_changelist"),
        reverse("admin:synapse_neuron_changelist"),
        reverse("admin:synapse_population_changelist"),
        reverse("admin:synapse_population_change", args=[population.pk]),
        reverse("admin:synapse_populationrun_change", args=[run.pk]),
    ):
        page = client.get(address)
        assert page.status_code == 200
        option = b'<option value="%d">grown, neuron' % population.neurons.all()[0].pk
        assert option not in page.content
    address = reverse("admin:synapse_population_delete", args=[population.pk])
    assert client.post(address, {"post": "yes"}).status_code == 302
    assert not Population.objects.exists()
    assert not Neuron.objects.filter(name__startswith="grown").exists()


def test_many_rows_are_written_as_few_are(presets: None) -> None:
    """On PostgreSQL few rows are written otherwise than many."""
    population = make_population(name="p", preset="hippocampus", synapses=600, neurons=599)
    loaded = load_population(population)
    scramble(loaded)
    loaded.group.set_conditions({})
    store_group(loaded)
    assert same(load_population(population).group, loaded.group)
    assert Neuron.objects.filter(population=population, last_spike=None).count() == 1


@pytest.mark.skipif(connection.vendor != "postgresql", reason="only PostgreSQL is told")
def test_the_planner_knows_of_new_rows(presets: None) -> None:
    """Or deleting them again joins tables that it takes for empty, row by row."""
    make_population(name="known", preset="hippocampus", synapses=500, neurons=10)
    with connection.cursor() as cursor:
        for table in ("synapse_synapse", "synapse_synapticcleft", "synapse_synaptictag"):
            cursor.execute("SELECT reltuples FROM pg_class WHERE relname = %s", [table])
            assert cursor.fetchone()[0] >= 500, table


@pytest.mark.slow
def test_twenty_thousand_synapses_through_the_tables(presets: None) -> None:
    population = make_population(
        name="large", preset="hippocampus", synapses=20_000, neurons=400, heterogeneity=VARIED
    )
    loaded = load_population(population)
    scramble(loaded)
    store_group(loaded)
    again = load_population(population)
    assert (again.group.states == loaded.group.states).all()
    assert population.delete()[1]["synapse.Synapse"] == 20_000
