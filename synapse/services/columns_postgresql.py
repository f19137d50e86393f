"""Columns on PostgreSQL, in its binary formats: NumPy packs and parses them whole.

A column is read as one value, the bytes of its numbers one after the other; rows are
written by COPY. What a row costs is paid in the server only.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import psycopg
from django.db import connection

from synapse.services.columns import Keys, Numbers, Progress, column_of, quoted

ROWS = 50_000
"""Rows packed at once."""
FEW = 500
"""Rows below which an UPDATE each is quicker than a table of new values."""
HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
SENT = {"f": ("float8send", ">f8", "double precision"), "i": ("int8send", ">i8", "bigint")}
"""How a kind of number is sent, what its bytes are, and its type."""


def read(model: Any, names: Sequence[str], condition: str, dtype: Any, rows: int) -> Numbers:
    """Return the columns of the rows under a condition, in the order of the keys."""
    send, bytes_of, _ = SENT[np.dtype(dtype).kind]
    key = column_of(model, model._meta.pk.name)
    fields = [column_of(model, name) for name in names]
    sent = [f"string_agg({send}({field}), '')" for field in fields]
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(
            f"SELECT string_agg(int8send({key}), ''), {', '.join(sent)} "
            f"FROM (SELECT * FROM {quoted(model._meta.db_table)} "
            f"WHERE {condition} ORDER BY {key}) AS rows",
            binary=True,
        )
        own, *columns = cursor.fetchone() or (None,)
    if own is None:
        return np.empty((0, len(names)), dtype=dtype)
    table = np.empty((len(own) // 8, len(names)), dtype=dtype)
    for place, column in enumerate(columns):
        table[:, place] = np.frombuffer(column, dtype=bytes_of)
    return _in_order(table, np.frombuffer(own, dtype=">i8"))


def _in_order(table: Numbers, keys: Numbers) -> Numbers:
    """Sort the rows by key: an aggregate in parallel may have taken them otherwise."""
    return table if (keys[1:] > keys[:-1]).all() else table[np.argsort(keys)]


def insert(model: Any, columns: Mapping[str, Any], rows: int, progress: Progress) -> None:
    """Insert rows by COPY.

    The planner is told of many: without, it takes the table for what it was, and what
    joins the new rows within the next minute may take hours.
    """
    table = quoted(model._meta.db_table)
    target = f"{table} ({', '.join(column_of(model, name) for name in columns)})"
    if all(isinstance(values, np.ndarray) for values in columns.values()):
        for first in range(0, rows, ROWS):
            part = [values[first : first + ROWS] for values in columns.values()]
            _copy(target, part)
            progress(len(part[0]))
    else:
        _copy_row_by_row(target, model, columns)
        progress(rows)
    if rows >= FEW:
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {table}")


def _copy_row_by_row(target: str, model: Any, columns: Mapping[str, Any]) -> None:
    """Send columns of which some are not numbers."""
    types = [model._meta.get_field(name).db_type(connection).split("(")[0] for name in columns]
    listed = [v.tolist() if isinstance(v, np.ndarray) else v for v in columns.values()]
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.copy(f"COPY {target} FROM STDIN (FORMAT BINARY)") as copy,
    ):
        copy.set_types(types)
        for row in zip(*listed, strict=True):
            copy.write_row(row)


def update(model: Any, columns: Mapping[str, Numbers], keys: Keys) -> None:
    """Update rows by key: COPY into a table of the transaction, then one UPDATE."""
    if len(keys) < FEW:
        _update_few(model, columns, keys)
        return
    values = [keys, *columns.values()]
    fields = [column_of(model, name) for name in columns]
    types = [SENT[v.dtype.kind][2] for v in values]
    declared = ", ".join(
        f"{field} {kind}" for field, kind in zip(("key", *fields), types, strict=True)
    )
    pairs = ", ".join(
        f"{field} = {_or_null(model, name, f'new_values.{field}')}"
        for name, field in zip(columns, fields, strict=True)
    )
    table, key = quoted(model._meta.db_table), column_of(model, model._meta.pk.name)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE new_values ({declared}) ON COMMIT DROP")
        for first in range(0, len(keys), ROWS):
            _copy("new_values", [v[first : first + ROWS] for v in values])
        cursor.execute(
            f"UPDATE {table} SET {pairs} FROM new_values WHERE {table}.{key} = new_values.key"
        )
        cursor.execute("DROP TABLE new_values")


def _update_few(model: Any, columns: Mapping[str, Numbers], keys: Keys) -> None:
    table, key = quoted(model._meta.db_table), column_of(model, model._meta.pk.name)
    pairs = ", ".join(
        f"{column_of(model, name)} = {_or_null(model, name, '%s::double precision')}"
        for name in columns
    )
    rows = list(zip(*(v.tolist() for v in (*columns.values(), keys)), strict=True))
    with connection.cursor() as cursor:
        cursor.executemany(f"UPDATE {table} SET {pairs} WHERE {key} = %s", rows)


def new_keys(model: Any, rows: int) -> Keys:
    """Return keys taken from the table's sequence, one by one, so that nobody gets them too."""
    table, key = model._meta.db_table, model._meta.pk.column
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT array_agg(nextval(pg_get_serial_sequence(%s, %s))) FROM generate_series(1, %s)",
            [quoted(table), key, rows],
        )
        return np.sort(np.array(cursor.fetchone()[0], dtype=np.int64))


def packed(columns: Sequence[Numbers]) -> bytes:
    """Return columns of numbers as rows of COPY's binary format."""
    layout: list[tuple[str, str]] = [("fields", ">i2")]
    for place, column in enumerate(columns):
        layout += [(f"length{place}", ">i4"), (f"value{place}", SENT[column.dtype.kind][1])]
    rows = np.empty(len(columns[0]), dtype=np.dtype(layout))
    rows["fields"] = len(columns)
    for place, column in enumerate(columns):
        rows[f"length{place}"] = 8
        rows[f"value{place}"] = column
    return rows.tobytes()


def _copy(target: str, columns: Sequence[Numbers]) -> None:
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.copy(f"COPY {target} FROM STDIN (FORMAT BINARY)") as copy,
    ):
        copy.write(HEADER + packed(columns) + TRAILER)


def _or_null(model: Any, name: str, value: str) -> str:
    return f"NULLIF({value}, 'NaN')" if model._meta.get_field(name).null else value
