"""Columns on SQLite, by rows."""

import sqlite3
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
from django.db import connection

from synapse.services.columns import Keys, Numbers, Progress, column_of, quoted

ROWS = 10_000
"""Rows handed to the driver at once."""
MANY = 2000
"""Rows from which it pays to look for columns that are the same everywhere."""


def read(model: Any, names: Sequence[str], condition: str, dtype: Any, rows: int) -> Numbers:
    """Return the columns of the rows under a condition, in the order of the keys.

    Handing a number to Python takes four times as long as reading it. Where there are
    many rows, columns that are the same in all of them are handed over once.
    """
    if rows < MANY:
        return _fetch(model, names, condition, dtype)
    start, varying = _varying(model, names, condition)
    if not start:
        return np.empty((0, len(names)), dtype=dtype)
    places = [names.index(name) for name in varying]
    fetched = _fetch(model, varying, condition, dtype) if varying else None
    count = _count(model, condition) if fetched is None else len(fetched)
    table = np.empty((count, len(names)), dtype=dtype)
    table[:] = start
    if fetched is not None:
        table[:, places] = fetched
    return table


def _fetch(model: Any, names: Sequence[str], condition: str, dtype: Any) -> Numbers:
    """Return all rows; they go straight into an array, no list of them is ever held."""
    fields = ", ".join(column_of(model, name) for name in names)
    with connection.cursor() as cursor:
        cursor.execute(_select(model, fields, condition))
        flat = np.fromiter(chain.from_iterable(cursor.cursor), dtype=dtype)
    return flat.reshape(-1, len(names))


def _count(model: Any, condition: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM {quoted(model._meta.db_table)} WHERE {condition}")
        return int(cursor.fetchone()[0])


def _varying(model: Any, names: Sequence[str], condition: str) -> tuple[tuple[Any, ...], list[str]]:
    """Return the first row, and the columns that are not the same in every row.

    Each query goes on from the row where the last one found a difference.
    """
    key = column_of(model, model._meta.pk.name)
    same = {name: column_of(model, name) for name in names}
    fields = f"{key}, {', '.join(same.values())}"
    with connection.cursor() as cursor:
        cursor.execute(_select(model, fields, condition) + " LIMIT 1")
        last, *first = cursor.fetchone() or (None,)
        start = dict(zip(names, first, strict=False))
        while same and first:
            other = " OR ".join(f"{column} IS NOT %s" for column in same.values())
            further = f"{condition} AND {key} > %s AND ({other})"
            values = [last, *(start[name] for name in same)]
            cursor.execute(_select(model, fields, further) + " LIMIT 1", values)
            row = cursor.fetchone()
            if row is None:
                break
            last, *found = row
            for name, value in zip(names, found, strict=True):
                if value != start[name]:
                    same.pop(name, None)
    return tuple(first), [name for name in names if name not in same]


def _select(model: Any, fields: str, condition: str) -> str:
    table, key = quoted(model._meta.db_table), column_of(model, model._meta.pk.name)
    return f"SELECT {fields} FROM {table} WHERE {condition} ORDER BY {key}"


def insert(model: Any, columns: Mapping[str, Any], rows: int, progress: Progress) -> None:
    """Insert rows, ``executemany`` by batches."""
    fields = ", ".join(column_of(model, name) for name in columns)
    marks = ", ".join("?" * len(columns))
    statement = f"INSERT INTO {quoted(model._meta.db_table)} ({fields}) VALUES ({marks})"
    for first in range(0, rows, ROWS):
        batch = [_listed(values[first : first + ROWS]) for values in columns.values()]
        _execute_many(statement, batch)
        progress(len(batch[0]))


def update(model: Any, columns: Mapping[str, Numbers], keys: Keys) -> None:
    """Update rows by key, ``executemany`` by batches; SQLite stores NaN as NULL."""
    pairs = ", ".join(f"{column_of(model, name)} = ?" for name in columns)
    key = column_of(model, model._meta.pk.name)
    statement = f"UPDATE {quoted(model._meta.db_table)} SET {pairs} WHERE {key} = ?"
    for first in range(0, len(keys), ROWS):
        batch = [values[first : first + ROWS].tolist() for values in (*columns.values(), keys)]
        _execute_many(statement, batch)


def _execute_many(statement: str, columns: Sequence[Sequence[Any]]) -> None:
    """Hand rows to the driver itself, one at a time: Django would hold a list of them."""
    with connection.cursor() as cursor, connection.wrap_database_errors:
        sqlite3.Cursor.executemany(cursor.cursor, statement, zip(*columns, strict=True))


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
