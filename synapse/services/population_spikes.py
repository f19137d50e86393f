"""Spikes and rates of a population from a file, read with care.

CSV has the columns ``source,kind,time_ms``: the number of the synapse (kind ``pre``) or
neuron (kind ``post``), counted from 0 in the order of their keys, and the time after the
start of the run. NumPy's ``.npz`` has ``pre_start`` and ``pre_times``, ``post_start`` and
``post_times``: the times of source i are ``times[start[i]:start[i + 1]]``.
"""

import csv
import zipfile
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synapse.plasticity.bounds import LATEST
from synapse.plasticity.lanes.drive import HIGHEST_RATE, Trains

KINDS = ("pre", "post")
COLUMNS = ("source", "kind", "time_ms")
LARGEST_CSV = 500_000_000
"""Bytes."""
LARGEST_ARRAYS = 8_000_000_000
"""Bytes, unpacked."""
MOST_SPIKES = 500_000_000
MOST_LINES = 20_000_000

Found = dict[str, Trains]


def read_spikes(path: str, *, sources: dict[str, int]) -> Found:
    """Return the trains in a file by kind; ``sources`` says how many of each there are.

    Raises ``ValueError`` that names the file, and line, field, value and bound.
    """
    file = Path(path)
    if file.suffix == ".csv":
        return _read_csv(file, sources)
    if file.suffix == ".npz":
        names = tuple(f"{kind}_{part}" for kind in KINDS for part in ("start", "times"))
        arrays = read_arrays(file, names)
        return {kind: _trains(file.name, kind, arrays, sources) for kind in _kinds(file, arrays)}
    raise ValueError(f"a file of spikes must end in .csv or .npz; got {file.name!r}")


def read_rates(path: str, *, sources: dict[str, int]) -> dict[str, NDArray[np.float64]]:
    """Return rates (Hz) by kind from ``pre_rates`` and ``post_rates`` in an ``.npz`` file."""
    file = Path(path)
    if file.suffix != ".npz":
        raise ValueError(f"a file of rates must end in .npz; got {file.name!r}")
    arrays = read_arrays(file, tuple(f"{kind}_rates" for kind in KINDS))
    if not arrays:
        raise ValueError(f"{file.name} has neither pre_rates nor post_rates")
    found = {}
    for kind in KINDS:
        name = f"{kind}_rates"
        if name in arrays:
            values = _numbers(file.name, name, arrays[name])
            if len(values) != sources[kind]:
                raise ValueError(
                    f"{file.name}: {name} must have {sources[kind]} values, one a "
                    f"{source_of(kind)}; got {len(values)}"
                )
            _check(file.name, name, values, 0.0, HIGHEST_RATE, "Hz")
            found[kind] = values
    return found


def read_arrays(file: Path, names: tuple[str, ...]) -> dict[str, NDArray[Any]]:
    """Return the arrays of an ``.npz`` file, which may have no others."""
    try:
        with zipfile.ZipFile(file) as packed:
            size = sum(member.file_size for member in packed.infolist())
        if size > LARGEST_ARRAYS:
            raise ValueError(f"larger than {LARGEST_ARRAYS // 10**9} GB unpacked")
        with file.open("rb") as opened, np.load(opened, allow_pickle=False) as arrays:
            unknown = [name for name in arrays.files if name not in names]
            if unknown:
                raise ValueError(f"arrays may be {', '.join(names)}; got {unknown[0]!r}")
            return {name: arrays[name] for name in arrays.files}
    except OSError as error:
        raise ValueError(f"{file.name} cannot be read: {error.strerror or error}") from error
    except (ValueError, zipfile.BadZipFile, EOFError, NotImplementedError) as error:
        raise ValueError(f"{file.name} cannot be read: {error}") from error


# --- arrays --------------------------------------------------------------------------------


def _kinds(file: Path, arrays: dict[str, NDArray[Any]]) -> list[str]:
    """Return which kinds of trains a file has."""
    for kind in KINDS:
        have = [f"{kind}_{part}" in arrays for part in ("start", "times")]
        if any(have) and not all(have):
            raise ValueError(f"{file.name} must have both {kind}_start and {kind}_times, or none")
    kinds = [kind for kind in KINDS if f"{kind}_start" in arrays]
    if not kinds:
        raise ValueError(f"{file.name} has neither pre_start nor post_start")
    return kinds


def _trains(
    name: str, kind: str, arrays: dict[str, NDArray[Any]], sources: dict[str, int]
) -> Trains:
    start, times = arrays[f"{kind}_start"], _numbers(name, f"{kind}_times", arrays[f"{kind}_times"])
    if start.ndim != 1 or start.dtype.kind not in "iu" or len(start) != sources[kind] + 1:
        raise ValueError(
            f"{name}: {kind}_start must have {sources[kind] + 1} whole numbers, one a "
            f"{source_of(kind)} and the end; got {start.shape} of {start.dtype}"
        )
    start = start.astype(np.int64)
    if start[0] != 0 or start[-1] != len(times) or (np.diff(start) < 0).any():
        raise ValueError(
            f"{name}: {kind}_start must rise from 0 to the number of {kind}_times ({len(times)}); "
            f"got {start[0]} to {start[-1]}"
        )
    _check(name, f"{kind}_times", times, 0.0, LATEST, "ms")
    source = np.repeat(np.arange(sources[kind]), np.diff(start))
    return Trains(start=start, times=times[np.lexsort((times, source))])


def _numbers(name: str, array_name: str, values: NDArray[Any]) -> NDArray[np.float64]:
    if values.ndim != 1 or values.dtype.kind not in "iuf":
        raise ValueError(
            f"{name}: {array_name} must be a row of numbers; got {values.shape} of {values.dtype}"
        )
    if len(values) > MOST_SPIKES:
        raise ValueError(f"{name}: {array_name} must have at most {MOST_SPIKES}; got {len(values)}")
    return values.astype(np.float64)


def _check(
    name: str, array_name: str, values: NDArray[np.float64], low: float, high: float, unit: str
) -> None:
    wrong = np.flatnonzero(~((values >= low) & (values <= high)))
    if len(wrong):
        raise ValueError(
            f"{name}: {array_name}[{wrong[0]}] must be {low:g} to {high:g} {unit}; "
            f"got {values[wrong[0]]:g} {unit}"
        )


def source_of(kind: str) -> str:
    return "synapse" if kind == "pre" else "neuron"


# --- CSV -----------------------------------------------------------------------------------


def _read_csv(file: Path, sources: dict[str, int]) -> Found:
    try:
        if file.stat().st_size > LARGEST_CSV:
            raise ValueError(
                f"{file.name} is larger than {LARGEST_CSV // 10**6} MB; use .npz for so many spikes"
            )
        with file.open(encoding="utf-8-sig", newline="") as text:
            return _collect(file.name, csv.reader(text), sources)
    except OSError as error:
        raise ValueError(f"{file.name} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"{file.name} is not UTF-8 text") from error


def _collect(name: str, reader: Any, sources: dict[str, int]) -> Found:
    """Read all lines; return the trains of both kinds that occur."""
    found = {kind: (array("q"), array("d")) for kind in KINDS}
    for source, kind, time in _lines(name, reader, sources):
        found[kind][0].append(source)
        found[kind][1].append(time)
    if not any(len(times) for _, times in found.values()):
        raise ValueError(f"{name} has no spikes")
    return {
        kind: _sorted(np.array(source), np.array(times), sources[kind])
        for kind, (source, times) in found.items()
        if len(times)
    }


def _sorted(source: NDArray[np.int64], times: NDArray[np.float64], count: int) -> Trains:
    start = np.concatenate([[0], np.cumsum(np.bincount(source, minlength=count))])
    return Trains(start=start.astype(np.int64), times=times[np.lexsort((times, source))])


def _lines(name: str, reader: Any, sources: dict[str, int]) -> Iterator[tuple[int, str, float]]:
    """Yield the spikes; raise ``ValueError`` that names the line."""
    try:
        header = [cell.strip() for cell in next(reader, [])]
        if sorted(header) != sorted(COLUMNS):
            raise ValueError(f"the columns must be {','.join(COLUMNS)}; got {','.join(header)!r}")
        places = [header.index(column) for column in COLUMNS]
        for row in reader:
            if not row:
                continue
            if len(row) != len(COLUMNS):
                raise ValueError(f"there must be {len(COLUMNS)} fields; got {len(row)}")
            if reader.line_num > MOST_LINES:
                raise ValueError(f"at most {MOST_LINES} lines; use .npz for so many spikes")
            source, kind, time = (row[place].strip() for place in places)
            yield _spike(source, kind, time, sources)
    except (ValueError, csv.Error) as error:
        raise ValueError(f"{name}, line {reader.line_num}: {error}") from error


def _spike(source: str, kind: str, time: str, sources: dict[str, int]) -> tuple[int, str, float]:
    if kind not in KINDS:
        raise ValueError(f"kind must be pre or post; got {kind!r}")
    last = sources[kind] - 1
    number = int(source) if source.isascii() and source.isdigit() and len(source) < 19 else -1
    if not 0 <= number <= last:
        raise ValueError(
            f"source must be a whole number 0 to {last} ({source_of(kind)}); got {source!r}"
        )
    try:
        at = float(time)
    except ValueError:
        at = -1.0
    if not 0.0 <= at <= LATEST:
        raise ValueError(f"time_ms must be 0 to {LATEST:g} ms; got {time!r}")
    return number, kind, at
