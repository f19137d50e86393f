"""Where the samples of a trace lie, and how any part of them is read.

A source knows the samples of one synapse in the order of the engine's ticks, with time
from the start of the run. A large one also has blocks: the first, smallest, largest and
last of every 64 and every 4096 samples, stored beside the samples.
"""

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synapse.models import Run
from synapse.plasticity.recording import VARIABLES
from synapse.services.traces import BLOCKS, CHUNK, Trace, block_group, synapse_group, zarr_folder

Floats = NDArray[Any]


class TraceSource:
    """Samples that lie in memory; time in ms from the start of the run."""

    levels: tuple[int, ...] = ()
    """Sizes of the blocks that are stored, from small to large."""

    def __init__(self, trace: Trace, *, clock: float = 0.0) -> None:
        self._time = trace.time - clock if clock else trace.time
        self._columns = trace.columns
        self.names = tuple(trace.columns)

    def __len__(self) -> int:
        return len(self._time)

    def times(self, first: int, last: int) -> Floats:
        """Return the times of samples ``first`` to before ``last``, ms."""
        return self._time[first:last]

    def values(self, name: str, first: int, last: int) -> Floats:
        """Return one variable of samples ``first`` to before ``last``."""
        return self._columns[name][first:last]

    def block_times(self, size: int) -> Floats:
        """Return first and last time of every full block of ``size`` samples, shape (2, n)."""
        raise LookupError(f"no blocks of {size}")

    def block_values(self, size: int, name: str) -> Floats:
        """Return first, smallest, largest and last of every full block, shape (4, n)."""
        raise LookupError(f"no blocks of {size}")

    def find(self, start: float, end: float) -> tuple[int, int]:
        """Return the first sample at or after ``start`` and the first after ``end``."""
        first = int(np.searchsorted(self._time, start))
        return first, max(first, int(np.searchsorted(self._time, end, "right")))

    def trace(self, first: int, last: int, names: tuple[str, ...] | None = None) -> Trace:
        """Return samples as a trace in double precision."""
        columns = {
            name: np.asarray(self.values(name, first, last), dtype=np.float64)
            for name in names or self.names
        }
        return Trace(np.asarray(self.times(first, last), dtype=np.float64), columns)


class ZarrSource(TraceSource):
    """Samples in a Zarr group, read as they are needed."""

    def __init__(self, group: Any, *, clock: float) -> None:
        self._group = group
        self._clock = clock
        self._arrays: dict[str, Any] = {"time": group["time"]}
        self._chunks: dict[str, tuple[int, Floats]] = {}
        self._blocks: dict[str, Floats] = {}
        self.names = tuple(name for name in VARIABLES if name in group)
        self.levels = tuple(size for size in BLOCKS if block_group(size) in group)

    def __len__(self) -> int:
        return int(self._arrays["time"].shape[0])

    def times(self, first: int, last: int) -> Floats:
        return self._read("time", first, last) - self._clock

    def values(self, name: str, first: int, last: int) -> Floats:
        return self._read(name, first, last)

    def block_times(self, size: int) -> Floats:
        return self._block(size, "time") - self._clock

    def block_values(self, size: int, name: str) -> Floats:
        return self._block(size, name)

    def find(self, start: float, end: float) -> tuple[int, int]:
        first = self._search(start, "left")
        return first, max(first, self._search(end, "right"))

    def _search(self, time: float, side: Any) -> int:
        """Return where a time belongs; blocks tell which samples have to be read."""
        low, high = 0, len(self)
        if self.levels:
            size = self.levels[0]
            block = int(np.searchsorted(self.block_times(size)[0], time, side))
            low, high = max(0, block - 1) * size, min(high, block * size + size)
        return low + int(np.searchsorted(self.times(low, high), time, side))

    def _block(self, size: int, name: str) -> Floats:
        key = f"{block_group(size)}/{name}"
        if key not in self._blocks:
            self._blocks[key] = np.asarray(self._group[key][:])
        return self._blocks[key]

    def _read(self, name: str, first: int, last: int) -> Floats:
        """Return part of an array; a chunk that is asked for piece by piece is read once."""
        if name not in self._arrays:
            self._arrays[name] = self._group[name]
        chunk = first // CHUNK
        if first >= last or (last - 1) // CHUNK != chunk:
            return np.asarray(self._arrays[name][first:last])
        if self._chunks.get(name, (-1,))[0] != chunk:
            part = np.asarray(self._arrays[name][chunk * CHUNK : (chunk + 1) * CHUNK])
            self._chunks[name] = (chunk, part)
        start = chunk * CHUNK
        return self._chunks[name][1][first - start : last - start]


class _Lazy(Mapping[str, Floats]):
    """Columns of a compressed file that are unpacked when they are asked for."""

    def __init__(self, arrays: Any, prefix: str) -> None:
        self._arrays, self._prefix = arrays, prefix
        self._names = [name for name in VARIABLES if prefix + name in arrays.files]
        self._found: dict[str, Floats] = {}

    def __getitem__(self, name: str) -> Floats:
        if name not in self._found:
            self._found[name] = self._arrays[self._prefix + name]
        return self._found[name]

    def __iter__(self) -> Any:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def open_trace(run: Run, *, synapse: int | None = None) -> TraceSource | None:
    """Return the samples of a run's synapse (its key; the first one by default), or None."""
    source: TraceSource | None = None
    other = "" if synapse in (None, run.synapse_id) else synapse_group(synapse or 0)
    if run.trace:
        arrays = np.load(io.BytesIO(bytes(run.trace)), allow_pickle=False)
        prefix = f"{other}/" if other else ""
        if f"{prefix}time" in arrays.files:
            columns: Any = _Lazy(arrays, prefix)
            source = TraceSource(Trace(arrays[f"{prefix}time"], columns), clock=run.clock)
    elif run.trace_path:
        source = _open_zarr(run, other)
    return source if source is not None and len(source) else None


def _open_zarr(run: Run, other: str) -> TraceSource | None:
    import zarr

    try:
        group = zarr.open_group(zarr_folder(run.trace_path), mode="r", path=other)
        return ZarrSource(group, clock=run.clock)
    except (FileNotFoundError, KeyError):
        return None
