"""The tables hold what is declared, and nothing that its bounds refuse."""

import math
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import DataError, IntegrityError, connection, models, transaction

from synapse.fields import QuantityValidator, quantity_field, rows_for_existing_synapses
from synapse.models import Neuron, NMDAReceptor, Run, Synapse, SynapticCleft
from synapse.plasticity.components import COMPONENTS
from synapse.plasticity.ordering import ORDERED
from synapse.plasticity.quantity import Component, Quantity

EXTRA_FLOATS = {"Neuron": {"simulated_time", "last_spike"}}
EVERY = [(c, q) for c in COMPONENTS for q in (*c.parameters, *c.states)]
IN_ORDER = {name for _, smaller, _, larger in ORDERED for name in (smaller, larger)}
REFUSED = (IntegrityError, DataError)


def model_of(component: Component) -> Any:
    return apps.get_model("synapse", component.name)


@pytest.mark.parametrize("component", COMPONENTS, ids=lambda c: c.name)
def test_every_stored_quantity_is_a_field_and_no_other_number(component: Component) -> None:
    fields = model_of(component)._meta.get_fields()
    floats = {f.name for f in fields if isinstance(f, models.FloatField)}
    declared = {q.name for q in (*component.parameters, *component.states)}
    assert floats - EXTRA_FLOATS.get(component.name, set()) == declared


@pytest.mark.parametrize("component", COMPONENTS, ids=lambda c: c.name)
def test_fields_carry_default_bounds_and_meaning(component: Component) -> None:
    for quantity in (*component.parameters, *component.states):
        field = model_of(component)._meta.get_field(quantity.name)
        assert type(field) is models.FloatField
        assert field.default == quantity.default
        assert quantity.meaning in field.help_text
        assert quantity.bounds_text in field.help_text
        assert any(isinstance(v, QuantityValidator) for v in field.validators)


@pytest.mark.parametrize("component", COMPONENTS, ids=lambda c: c.name)
def test_a_synapse_reaches_every_component(component: Component, synapse: Synapse) -> None:
    assert type(getattr(synapse, component.accessor)) is model_of(component)


def test_one_query_loads_all_components(synapse: Synapse, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        row = Synapse.objects.with_components().get(pk=synapse.pk)
        assert all(getattr(row, c.accessor).pk for c in COMPONENTS)


def outside(quantity: Quantity) -> list[float]:
    values = [math.inf, -math.inf, math.nan]
    if quantity.minimum is not None:
        values.append(quantity.minimum - max(1e-9, abs(quantity.minimum) * 1e-3))
    if quantity.maximum is not None:
        values.append(quantity.maximum + max(1e-9, abs(quantity.maximum) * 1e-3))
    return values


def test_the_database_refuses_what_is_outside_the_bounds(synapse: Synapse) -> None:
    for component, quantity in EVERY:
        rows = model_of(component).objects.all()
        for value in outside(quantity):
            with pytest.raises(REFUSED), transaction.atomic():
                rows.update(**{quantity.name: value})


def test_the_database_stores_the_bounds_themselves(synapse: Synapse) -> None:
    for component, quantity in EVERY:
        if quantity.name in IN_ORDER:
            continue
        rows = model_of(component).objects.all()
        for bound in (quantity.minimum, quantity.maximum):
            if bound is not None:
                rows.update(**{quantity.name: bound})
                assert getattr(rows.get(), quantity.name) == bound


@pytest.mark.parametrize("value", [-5.0, math.nan, math.inf])
def test_bulk_update_cannot_pass_the_bounds(synapse: Synapse, value: float) -> None:
    row = synapse.synaptic_cleft
    row.recovery_time = value
    with pytest.raises(REFUSED), transaction.atomic():
        SynapticCleft.objects.bulk_update([row], ["recovery_time"])
    assert SynapticCleft.objects.get(pk=row.pk).recovery_time == 746.0


@pytest.mark.parametrize("value", ["-1", "1e999", "NULL", "0.0009"])
def test_raw_sql_cannot_pass_the_bounds(synapse: Synapse, value: str) -> None:
    with pytest.raises(REFUSED), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE synapse_synapticcleft SET recovery_time = {value}")


def test_raw_sql_cannot_store_not_a_number(synapse: Synapse) -> None:
    # SQLite has no NaN: it stores NULL, which the column refuses.
    text = "NULL" if connection.vendor == "sqlite" else "'NaN'"
    with pytest.raises(REFUSED), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE synapse_synapticweight SET early_weight = {text}")


@pytest.mark.parametrize("pair", [p for p in ORDERED if p[0] == p[2]], ids=lambda p: p[1])
def test_the_database_keeps_two_columns_in_order(
    pair: tuple[str, str, str, str], synapse: Synapse
) -> None:
    component, smaller, _, larger = pair
    rows = apps.get_model("synapse", component).objects.all()
    with pytest.raises(REFUSED, match=f"{smaller}_below"), transaction.atomic():
        rows.update(**{smaller: models.F(larger)})


@pytest.mark.parametrize("name", ["simulated_time", "last_spike"])
@pytest.mark.parametrize("value", [-1.0, math.inf])
def test_clock_and_last_spike_are_finite_and_not_negative(
    synapse: Synapse, name: str, value: float
) -> None:
    with pytest.raises(REFUSED), transaction.atomic():
        Neuron.objects.update(**{name: value})
    with pytest.raises(ValidationError, match="finite number"):
        Neuron._meta.get_field(name).run_validators(value)


def test_progress_of_a_run_is_finite(synapse: Synapse) -> None:
    run = Run.objects.create(synapse=synapse)
    for name in ("done", "total", "clock"):
        with pytest.raises(REFUSED), transaction.atomic():
            Run.objects.filter(pk=run.pk).update(**{name: math.inf})


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("nmda_decay_time", -5.0, "nmda_decay_time must be at least 0.001 ms; got -5 ms"),
        ("quantal_occupancy", 1.5, "quantal_occupancy must be at most 1; got 1.5"),
        ("nmda_decay", math.nan, "nmda_decay must be a finite number; got nan"),
        ("nmda_decay", math.inf, "nmda_decay must be a finite number; got inf"),
    ],
)
def test_validators_name_quantity_value_unit_and_bound(
    name: str, value: float, sentence: str
) -> None:
    with pytest.raises(ValidationError) as error:
        NMDAReceptor._meta.get_field(name).run_validators(value)
    assert error.value.messages == [sentence]


def test_a_validator_survives_the_round_trip_of_a_migration() -> None:
    field = quantity_field(COMPONENTS[0]["recovery_time"])
    validator = field.validators[-1]
    path, args, kwargs = validator.deconstruct()
    assert path == "synapse.fields.QuantityValidator"
    assert QuantityValidator(*args, **kwargs) == validator
    assert len({QuantityValidator(*args, **kwargs), validator}) == 1


def test_no_migration_is_missing(db: None) -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_a_new_component_gets_a_row_for_each_existing_synapse(neighbours: list[Synapse]) -> None:
    SynapticCleft.objects.exclude(pk=neighbours[0].pk).delete()
    SynapticCleft.objects.update(recovery_time=500.0)
    rows_for_existing_synapses("SynapticCleft").code(apps, None)
    times = SynapticCleft.objects.order_by("pk").values_list("recovery_time", flat=True)
    assert list(times) == [500.0, 746.0, 746.0]


def test_rows_name_themselves(synapse: Synapse) -> None:
    assert str(synapse) == "first"
    assert str(synapse.preset) == "Hippocampus"
    assert str(synapse.nmda_receptor) == f"NMDA receptor of synapse {synapse.pk}"
    assert str(synapse.neuron) == "Neuron of first"
    assert str(Run(pk=3)) == "Run 3"
    for component in COMPONENTS:
        assert str(getattr(synapse, component.accessor))
