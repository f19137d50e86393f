"""Columns on SQLite, by rows."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
from django.db import connection

from synapse.services.columns import Keys, Numbers, Progress, column_of, quoted

ROWS = 10_000
"""Rows handed to the driver at once."""


def read(model: Any, names: Sequence[str], condition: str, dtype: Any) -> Numbers:
    """Return the columns of the rows under a condition, in the order of the keys.

    The rows go straight into an array: no list of them is ever held.
    """
    fields = ", ".join(column_of(model, name) for name in names)
    order = column_of(model, model._meta.pk.name)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {fields} FROM {quoted(model._meta.db_table)} "
            f"WHERE {condition} ORDER BY {order}"
        )
        flat = np.fromiter(chain.from_iterable(cursor.cursor), dtype=dtype)
    return flat.reshape(-1, len(names))


def insert(model: Any, columns: Mapping[str, Any], rows: int, progress: Progress) -> None:
    """Insert rows, ``executemany`` by batches."""
    fields = ", ".join(column_of(model, name) for name in columns)
    marks = ", ".join(["%s"] * len(columns))
    statement = f"INSERT INTO {quoted(model._meta.db_table)} ({fields}) VALUES ({marks})"
    with connection.cursor() as cursor:
        for first in range(0, rows, ROWS):
            batch = [_listed(values[first : first + ROWS]) for values in columns.values()]
            cursor.executemany(statement, list(zip(*batch, strict=True)))
            progress(len(batch[0]))


def update(model: Any, columns: Mapping[str, Numbers], keys: Keys) -> None:
    """Update rows by key, ``executemany`` by batches; SQLite stores NaN as NULL."""
    pairs = ", ".join(f"{column_of(model, name)} = %s" for name in columns)
    key = column_of(model, model._meta.pk.name)
    statement = f"UPDATE {quoted(model._meta.db_table)} SET {pairs} WHERE {key} = %s"
    with connection.cursor() as cursor:
        for first in range(0, len(keys), ROWS):
            batch = [values[first : first + ROWS].tolist() for values in (*columns.values(), keys)]
            cursor.executemany(statement, list(zip(*batch, strict=True)))


def new_keys(model: Any, rows: int) -> Keys:
    """Return keys above every one that was ever given; the transaction holds the lock."""
    table, key = model._meta.db_table, column_of(model, model._meta.pk.name)
    with connection.cursor() as cursor:
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        given = (cursor.fetchone() or (0,))[0]
        cursor.execute(f"SELECT COALESCE(MAX({key}), 0) FROM {quoted(table)}")
        first = max(given, cursor.fetchone()[0]) + 1
    return np.arange(first, first + rows, dtype=np.int64)


def _listed(values: Any) -> list[Any]:
    return list(values.tolist() if isinstance(values, np.ndarray) else values)
