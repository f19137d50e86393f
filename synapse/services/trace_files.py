"""Traces as files: CSV and Parquet, some rows at a time, so that memory stays small."""

import importlib.util
import io
import tempfile
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from synapse.services.trace_sources import TraceSource
from synapse.services.traces import CHUNK, UNITS, Trace, write_csv

ROWS = 2_000
"""Samples that are put into words at a time."""
NO_PARQUET = (
    "Parquet needs pyarrow, which is not installed here: pip install -r "
    "requirements-extra.txt. The CSV file holds the same samples."
)


def has_parquet() -> bool:
    """Say whether Parquet can be written here."""
    return importlib.util.find_spec("pyarrow") is not None


def csv_parts(
    source: TraceSource, first: int, last: int, names: Sequence[str], *, clock: float
) -> Iterator[str]:
    """Yield samples as CSV; time is simulated time, on the synapse's own clock.

    The header comes with the first part, and alone where there are no samples.
    """
    for start in range(first, max(last, first + 1), ROWS):
        part = source.trace(start, min(last, start + ROWS), tuple(names))
        text = io.StringIO()
        write_csv(text, Trace(part.time + clock, part.columns))
        yield text.getvalue() if start == first else text.getvalue().partition("\n")[2]


def write_parquet(
    source: TraceSource, first: int, last: int, names: Sequence[str], *, facts: dict[str, str]
) -> Any:
    """Return an open temporary file with samples as Parquet, from its start.

    Raises
    ------
    ValueError
        pyarrow is not installed.
    """
    if not has_parquet():
        raise ValueError(NO_PARQUET)
    import pyarrow
    from pyarrow import parquet

    fields = [
        pyarrow.field("time", pyarrow.float64(), metadata={"unit": "ms from the start of the run"}),
        *(pyarrow.field(n, pyarrow.float32(), metadata={"unit": UNITS[n]}) for n in names),
    ]
    schema = pyarrow.schema(fields, metadata=facts)
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    try:
        with parquet.ParquetWriter(file, schema) as writer:
            for start in range(first, last, CHUNK):
                end = min(last, start + CHUNK)
                columns = [source.times(start, end)]
                columns += [np.asarray(source.values(n, start, end), np.float32) for n in names]
                writer.write_table(pyarrow.table(columns, schema=schema))
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return file
