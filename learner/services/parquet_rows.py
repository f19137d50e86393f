"""Rows of a Parquet file, some at a time. A small file may stand for very much: memory is bounded.

Text is read as a dictionary, so a word that every row repeats is in memory once, as in the file.
"""

from collections.abc import Iterator
from typing import Any

ROWS, CELLS = 10_000, 1_000_000
"""Rows, and values of all columns, that are read at once."""
BYTES = 20_000_000
"""About how many bytes are read at once."""
MOST_BYTES = 100_000_000
"""Bytes that may be read at once, where rows are of very different lengths."""
LONGEST_ROW = 1_000_000
"""Characters."""
TEXT = "BYTE_ARRAY"
WIDEST = 32
"""Bytes of a value that has a fixed width; a decimal number has so many."""


def open_parquet(path: str, name: str) -> Any:
    """Open a Parquet file whose columns are numbers, text or times.

    Raises
    ------
    ValueError
        pyarrow is not installed, or the file cannot be read, or has other columns.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise ValueError(
            "Parquet needs pyarrow: install it with pip install -r requirements-extra.txt"
        ) from None
    try:
        told = parquet.read_metadata(path)
        names = [told.schema.column(i).path for i in range(told.num_columns)]
        file = parquet.ParquetFile(
            path, metadata=told, read_dictionary=names, arrow_extensions_enabled=False
        )
    except (OSError, pyarrow.ArrowException) as problem:
        raise ValueError(f"{path} cannot be read: {problem}") from None
    try:
        _check_columns(file, name)
    except BaseException:
        file.close()
        raise
    return file


def largest_text(told: Any) -> int:
    """Return how many bytes of text a file has in a group of rows, at most."""
    groups = [told.row_group(i) for i in range(told.num_row_groups)]
    text = [i for i in range(told.num_columns) if told.schema.column(i).physical_type == TEXT]
    sizes = (sum(group.column(i).total_uncompressed_size for i in text) for group in groups)
    return max(sizes, default=0)


def rows_of(file: Any, names: list[str], source: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of an open file, with these names of its columns."""
    import pyarrow

    try:
        for batch in file.iter_batches(_rows_at_once(file.metadata)):
            if batch.nbytes > MOST_BYTES:
                raise ValueError(f"{source} has rows of more than {MOST_BYTES:,} bytes together")
            columns = [_values(column) for column in batch.columns]
            for row in zip(*columns, strict=True):
                yield dict(zip(names, row, strict=True))
    except pyarrow.ArrowException as problem:
        raise ValueError(f"{source} cannot be read to its end: {problem}") from None


def _check_columns(file: Any, name: str) -> None:
    """Refuse columns that hold many values in each row, or values of any width."""
    from pyarrow import types

    schema, fields = file.schema, list(file.schema_arrow)
    for field in fields:
        if types.is_nested(field.type):
            raise ValueError(f"{name} has several values in each row of column {field.name!r}")
    for i, field in enumerate(fields):
        told = schema.column(i)
        unbounded = told.physical_type == TEXT and not types.is_dictionary(field.type)
        if unbounded or told.length > WIDEST:
            raise ValueError(f"{name} has neither numbers nor text in column {field.name!r}")


def _rows_at_once(told: Any) -> int:
    size = sum(int(told.row_group(i).total_byte_size) for i in range(told.num_row_groups))
    long, wide = size // max(1, int(told.num_rows)), int(told.num_columns)
    return max(1, min(ROWS, CELLS // max(1, wide), BYTES // max(1, long)))


def _values(column: Any) -> list[Any]:
    """Return a column's values; rows with the same word share it."""
    from pyarrow import types

    if not types.is_dictionary(column.type):
        return list(column.to_pylist())
    used = column.indices.unique().drop_null()
    words = dict(zip(used.to_pylist(), column.dictionary.take(used).to_pylist(), strict=True))
    return [words.get(place) for place in column.indices.to_pylist()]
