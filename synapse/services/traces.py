"""Traces: what a run computed of its synapse, at the times at which it was computed.

A small trace lies in the run's row (compressed NumPy arrays, never a pickle), a large one
as a Zarr group in a folder of its own below ``settings.TRACES_DIR``, with blocks for
drawing beside it. The arrays of the first named synapse lie at the top, those of each
other one in a part of its own. ``trace_sources`` reads parts of either.
"""

import csv
import io
import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from synapse.models import Run
from synapse.plasticity.components import COMPONENTS
from synapse.plasticity.recording import VARIABLES

Column = NDArray[np.float64]

INLINE_LIMIT = 1 << 20
"""Bytes of a compressed trace that still goes into the row."""
CHUNK = 1 << 16
"""Samples in a chunk of a Zarr array."""
PATIENCE = 0.05
"""Seconds that a thread is given to end."""
BLOCKS = (64, 4096)
"""Samples in a block of which the first, smallest, largest and last are stored as well."""
UNITS = {q.name: q.unit for c in COMPONENTS for q in c}


@dataclass(frozen=True)
class Trace:
    """Samples of one synapse: ``time`` (ms, simulated) and a column a variable.

    Times are those of the engine's ticks, so they are not evenly spaced. Columns are kept
    in single precision, time in double.
    """

    time: Column
    columns: dict[str, Column]

    def __len__(self) -> int:
        return len(self.time)

    @classmethod
    def of(cls, rows: NDArray[np.float64]) -> "Trace":
        """Return a trace from rows of time and ``VARIABLES``."""
        if not rows.size:
            rows = np.zeros((0, 1 + len(VARIABLES)))
        return cls(rows[:, 0], {name: rows[:, i + 1] for i, name in enumerate(VARIABLES)})

    def window(self, start: float, end: float) -> "Trace":
        """Return the samples from ``start`` to ``end`` (ms), both included."""
        first, last = np.searchsorted(self.time, start), np.searchsorted(self.time, end, "right")
        columns = {name: column[first:last] for name, column in self.columns.items()}
        return Trace(self.time[first:last], columns)


def read_trace(run: Run) -> Trace:
    """Return the trace of a run's first synapse; an empty one where none was kept."""
    if run.trace:
        with np.load(io.BytesIO(bytes(run.trace)), allow_pickle=False) as arrays:
            return _from_arrays({n: arrays[n] for n in arrays.files if "/" not in n})
    if run.trace_path:
        import zarr

        group = zarr.open_group(zarr_folder(run.trace_path), mode="r")
        return _from_arrays({name: np.asarray(array) for name, array in group.arrays()})
    return Trace.of(np.zeros((0, 0)))


def keep_trace(run: Run, trace: Trace, others: Mapping[int, Trace] | None = None) -> None:
    """Put a trace where it belongs; the run's row is not saved here.

    Parameters
    ----------
    run
        The run, which gets the trace or the name of its folder.
    trace
        What was computed of the run's first synapse.
    others
        What was computed of the other named synapses, by their keys.
    """
    others = others or {}
    packed = io.BytesIO()
    samples = len(trace) + sum(len(other) for other in others.values())
    if 8 * samples * (1 + len(trace.columns) / 2) < 4 * INLINE_LIMIT:
        arrays = _to_arrays(trace)
        for key, other in others.items():
            part = _to_arrays(other)
            arrays |= {f"{synapse_group(key)}/{name}": part[name] for name in part}
        np.savez_compressed(packed, allow_pickle=False, **arrays)
    if 0 < len(packed.getvalue()) <= INLINE_LIMIT:
        run.trace, run.trace_path = packed.getvalue(), ""
        return
    run.trace, run.trace_path = None, f"run-{run.pk}.zarr"
    write_zarr(zarr_folder(run.trace_path), trace, others)


def write_zarr(folder: Path, trace: Trace, others: Mapping[int, Trace] | None = None) -> None:
    """Write traces as a Zarr group, all or nothing."""
    import zarr

    folder.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".trace-"))
    try:
        group = zarr.create_group(work / "trace")
        _write_group(group, trace)
        for key, other in (others or {}).items():
            _write_group(group.create_group(synapse_group(key)), other)
        if folder.exists():
            shutil.rmtree(folder)
        os.replace(work / "trace", folder)
        work.rmdir()
    except BaseException:
        _remove(work)
        raise


def _remove(folder: Path) -> None:
    """Remove a folder into which threads of Zarr may still be writing after an error."""
    for _ in range(20):
        shutil.rmtree(folder, ignore_errors=True)
        time.sleep(PATIENCE)
        if not folder.exists():
            return


def _write_group(group: Any, trace: Trace) -> None:
    """Write the samples of one synapse, and their blocks where they are many."""
    arrays = _to_arrays(trace)
    for name, values in arrays.items():
        array = group.create_array(
            name, shape=values.shape, dtype=values.dtype, chunks=(min(CHUNK, len(values)) or 1,)
        )
        array[:] = values
        array.attrs["unit"] = "ms" if name == "time" else UNITS[name]
    for size in BLOCKS:
        if len(trace) < 16 * size:
            return
        part = group.create_group(block_group(size))
        for name, values in arrays.items():
            found = summarise(values, size)
            found = found[[0, 3]] if name == "time" else found
            array = part.create_array(
                name, shape=found.shape, dtype=found.dtype, chunks=(len(found), CHUNK)
            )
            array[:] = found


def summarise(values: NDArray[Any], size: int) -> NDArray[Any]:
    """Return first, smallest, largest and last of every full block, shape (4, n)."""
    blocks = values[: len(values) // size * size].reshape(-1, size)
    return np.stack((blocks[:, 0], blocks.min(axis=1), blocks.max(axis=1), blocks[:, -1]))


def write_csv(file: IO[str], trace: Trace) -> None:
    """Write a trace as CSV: one row a sample, units in the header."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["time_ms", *(column_title(name) for name in trace.columns)])
    columns = [column.tolist() for column in trace.columns.values()]
    for row in zip(trace.time.tolist(), *columns, strict=True):
        writer.writerow([f"{row[0]:.10g}", *(f"{value:.7g}" for value in row[1:])])


def write_csv_file(path: Path, trace: Trace) -> None:
    """Write a trace to a file as CSV, all or nothing."""
    with tempfile.NamedTemporaryFile(
        "w", dir=path.absolute().parent, prefix=".trace-", delete=False, encoding="utf-8"
    ) as file:
        try:
            write_csv(file, trace)
        except BaseException:
            Path(file.name).unlink()
            raise
    os.replace(file.name, path)


def column_title(name: str) -> str:
    """Return the name of a variable with its unit."""
    unit = UNITS[name]
    return name if unit == "1" else f"{name}_{unit.replace('/', '_per_')}"


def _to_arrays(trace: Trace) -> dict[str, NDArray[Any]]:
    return {"time": trace.time} | {n: c.astype(np.float32) for n, c in trace.columns.items()}


def _from_arrays(arrays: dict[str, NDArray[Any]]) -> Trace:
    columns = {name: arrays[name].astype(np.float64) for name in VARIABLES if name in arrays}
    return Trace(np.asarray(arrays["time"], dtype=np.float64), columns)


def zarr_folder(name: str) -> Path:
    """Return where a large trace lies."""
    return Path(settings.TRACES_DIR) / Path(name).name


def synapse_group(key: int) -> str:
    """Return the name of the part that holds another synapse's arrays."""
    return f"synapse-{key}"


def block_group(size: int) -> str:
    """Return the name of the part that holds the blocks of some size."""
    return f"blocks-{size}"
