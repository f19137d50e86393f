"""The floor: the same rows through the driver alone, without Django.

Loading is one query that joins every table of a synapse and fetches every column of
numbers (``join``), or one query a table (``tables``). Storing is ``executemany`` UPDATE of
every column that the population stores, from lists made beforehand, in one transaction.
"""

import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

from django.apps import apps
from django.db import connection

from synapse.plasticity.components import COMPONENTS
from synapse.plasticity.quantity import Component
from synapse.services.population import Loaded

LINKS = ("neuron_id", "astrocyte_unit_id", "consolidation_protein_pool_id", "dopamine_cleft_id")
LOCAL = tuple(c for c in COMPONENTS if not c.shared)
SHARED = tuple(c for c in COMPONENTS if c.shared)


def connect() -> Any:
    """Return a connection of the driver itself to the database that Django uses."""
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        raw = sqlite3.connect(settings["NAME"])
        raw.execute("PRAGMA synchronous=NORMAL")
        return raw
    import psycopg

    return psycopg.connect(
        host=settings["HOST"], dbname=settings["NAME"], user=settings["USER"],
        password=settings["PASSWORD"], port=settings["PORT"] or None,
    )  # fmt: skip


def table_of(component: Component) -> str:
    return str(apps.get_model("synapse", component.name)._meta.db_table)


def columns_of(component: Component) -> list[str]:
    return [q.name for q in (*component.parameters, *component.states)]


def join(keys: tuple[int, int]) -> str:
    """Return the query for all columns of all components of the synapses, in one."""
    tables = [table_of(c) for c in LOCAL]
    fields = [f"{table_of(c)}.{name}" for c in LOCAL for name in columns_of(c)]
    links = [f"synapse_synapse.{link}" for link in LINKS]
    joined = " ".join(f"JOIN {t} ON {t}.synapse_id = synapse_synapse.id" for t in tables)
    return (
        f"SELECT {', '.join([*links, *fields])} FROM synapse_synapse {joined} "
        f"WHERE synapse_synapse.id BETWEEN {keys[0]} AND {keys[1]} ORDER BY synapse_synapse.id"
    )


def per_table(loaded: Loaded) -> Iterator[str]:
    """Give a query for each table."""
    first, last = loaded.synapse_keys[0], loaded.synapse_keys[-1]
    yield (
        f"SELECT {', '.join(LINKS)} FROM synapse_synapse "
        f"WHERE id BETWEEN {first} AND {last} ORDER BY id"
    )
    for component in LOCAL:
        fields = ", ".join(columns_of(component))
        yield (
            f"SELECT {fields} FROM {table_of(component)} "
            f"WHERE synapse_id BETWEEN {first} AND {last} ORDER BY synapse_id"
        )
    yield from shared_tables(loaded)


def shared_tables(loaded: Loaded) -> Iterator[str]:
    for component in SHARED:
        own = loaded.shared_keys[component.name]
        fields = ", ".join(columns_of(component))
        yield (
            f"SELECT {fields} FROM {table_of(component)} "
            f"WHERE id BETWEEN {own[0]} AND {own[-1]} ORDER BY id"
        )


def fetch(raw: Any, queries: list[str]) -> None:
    """Fetch all rows of all queries and keep them, as a program that wants them must."""
    kept = [raw.execute(query).fetchall() for query in queries]
    raw.rollback()
    assert kept


def updates(loaded: Loaded) -> list[tuple[str, list[tuple[Any, ...]]]]:
    """Return an UPDATE and its rows for each table with states."""
    mark = "?" if connection.vendor == "sqlite" else "%s"
    group = loaded.group
    parts = {
        "Neuron": group.neurons, "DopamineCleft": group.clefts,
        "AstrocyteUnit": group.astrocytes, "ConsolidationProteinPool": group.pools,
    }  # fmt: skip
    result = []
    for component in (c for c in COMPONENTS if c.states):
        records = parts.get(component.name, group.states)
        keys = loaded.shared_keys.get(component.name, loaded.synapse_keys)
        names = [q.name for q in component.states]
        pairs = ", ".join(f"{name} = {mark}" for name in names)
        own = "id" if component.shared else "synapse_id"
        rows = list(zip(*(records[name].tolist() for name in names), keys, strict=True))
        statement = f"UPDATE {table_of(component)} SET {pairs} WHERE {own} = {mark}"
        result.append((statement, rows))
    return result


def execute_updates(raw: Any, work: list[tuple[str, list[tuple[Any, ...]]]]) -> None:
    """Run the updates in one transaction."""
    cursor = raw.cursor()
    for statement, rows in work:
        cursor.executemany(statement, rows)
    raw.commit()


def work_of(raw: Any, loaded: Loaded) -> dict[str, Callable[[], None]]:
    """Return what is measured as the floor, by name."""
    keys = loaded.synapse_keys[0], loaded.synapse_keys[-1]
    wide, tables = [join(keys), *shared_tables(loaded)], list(per_table(loaded))
    stored = updates(loaded)
    return {
        "load, driver, one join": lambda: fetch(raw, wide),
        "load, driver, by table": lambda: fetch(raw, tables),
        "store, driver": lambda: execute_updates(raw, stored),
    }
