"""Tables read and written by column, at the speed of the driver.

Rows are named by their sorted keys. A run of keys without gaps is one range, any other
choice goes in batches: no statement is longer than a database takes.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

BATCH = 5000
"""Keys in one statement: well below the databases' limits."""

Keys = NDArray[np.int64]
Numbers = NDArray[Any]
Progress = Callable[[int], None]
"""Called with the number of rows just written."""


def read(
    model: Any, names: Sequence[str], keys: Keys, *, dtype: Any = np.float64, by: str = ""
) -> Numbers:
    """Return columns of numbers, one row a key of the table or all rows of a link.

    Parameters
    ----------
    model, names
        The table and its fields.
    keys
        Sorted keys.
    by
        Field whose value must be one of the keys; the primary key if not given.

    Returns
    -------
    NDArray
        (rows, fields), in the order of the primary keys within each batch. Fewer rows
        than keys mean that some do not exist.
    """
    column = column_of(model, by) if by else column_of(model, model._meta.pk.name)
    chosen = list(conditions(column, keys))
    rows = len(keys) // max(1, len(chosen))
    parts = [_driver().read(model, names, condition, dtype, rows) for condition in chosen]
    return np.concatenate(parts) if parts else np.empty((0, len(names)), dtype=dtype)


def count(model: Any, link: str, keys: Keys) -> int:
    """Return how many rows of a table have one of the keys in a link."""
    table = quoted(model._meta.db_table)
    total = 0
    with connection.cursor() as cursor:
        for condition in conditions(column_of(model, link), keys):
            cursor.execute(f"SELECT COUNT(*) FROM {table} WHERE {condition}")
            total += cursor.fetchone()[0]
    return total


def insert(model: Any, values: Mapping[str, Any], rows: int, progress: Progress) -> None:
    """Insert rows: a value is an array or list with one entry a row, or one for all.

    Fields that are not given get their default.
    """
    columns = {}
    for field in model._meta.concrete_fields:
        value = values.get(field.attname)
        if not isinstance(value, np.ndarray | list):
            if field.attname not in values:
                value = field.pre_save(model(), add=True)
            value = [field.get_db_prep_save(value, connection=connection)] * rows
        columns[field.name] = value
    _driver().insert(model, columns, rows, progress)


def update(model: Any, columns: Mapping[str, Numbers], keys: Keys) -> None:
    """Write columns of numbers, one row a key; in a column that may be empty, NaN is NULL."""
    if columns:
        _driver().update(model, columns, keys)


def new_keys(model: Any, rows: int) -> Keys:
    """Return primary keys that nobody else has or gets."""
    keys: Keys = _driver().new_keys(model, rows)
    return keys


def conditions(column: str, keys: Keys) -> Iterator[str]:
    """Return the conditions that pick rows by the sorted keys of a column."""
    if len(keys) and keys[-1] - keys[0] + 1 == len(keys):
        yield f"{column} BETWEEN {keys[0]} AND {keys[-1]}"
        return
    for first in range(0, len(keys), BATCH):
        yield f"{column} IN ({','.join(map(str, keys[first : first + BATCH].tolist()))})"


def column_of(model: Any, name: str) -> str:
    """Return the quoted column of a field, or of a link by its column's name."""
    return quoted(model._meta.get_field(name.removesuffix("_id")).column)


def quoted(name: str) -> str:
    """Return a name quoted for the database."""
    return str(connection.ops.quote_name(name))


def _driver() -> Any:
    if connection.vendor == "postgresql":
        from synapse.services import columns_postgresql

        return columns_postgresql
    from synapse.services import columns_sqlite

    return columns_sqlite
