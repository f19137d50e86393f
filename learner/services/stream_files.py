"""Files that are sent to be learned from: kept below TRACES_DIR, bounded packed and unpacked."""

import gzip
import os
import time
import zlib
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from secrets import token_hex
from typing import IO, Any

from django.conf import settings

from learner.models import StreamJob
from learner.services.checkpoints import folder
from learner.services.parquet_rows import MOST_BYTES, largest_text
from learner.services.records import GZIP, Record, Source, guess_form

CHUNK = 1_000_000
LONGEST_LINE = 1_000_000
"""Bytes, which are held in memory at once."""
MOST_RECORDS = 20_000_000
MOST_COLUMNS = 2_000
ROOM = 20
"""So many of the largest files may wait at once."""
FORGOTTEN = 86_400.0
"""Seconds after which a file that nobody asked to learn from is removed."""
SHOWN_ROWS, SHOWN_LENGTH, LOOKED_AT = 5, 60, 500
PARQUET, ZIP = b"PAR1", b"PK\x03\x04"


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamFile:
    """A file that was kept."""

    path: str
    """Below TRACES_DIR."""
    name: str
    """What it was called by whoever sent it."""
    form: str
    """csv, jsonl or parquet."""
    size: int
    """Bytes."""
    records: int
    """About how many; a value with a line break in it counts as two."""
    header: bool = True
    """The first line of a CSV holds the names of its columns."""


@dataclass(frozen=True, slots=True)
class Head:
    """The beginning of a file, to be looked at."""

    columns: list[str]
    rows: list[list[str]]


def uploads() -> Path:
    """Return the folder of files to learn from."""
    return folder() / "uploads"


def largest_file() -> int:
    """Return how many bytes a file may have."""
    return int(settings.LEARNER_UPLOAD_BYTES)


def keep_file(chunks: Iterable[bytes], *, name: str, header: bool = True) -> StreamFile:
    """Write a file as it comes, look through it, and return where it lies.

    Raises
    ------
    ValueError
        It is too large, packed or unpacked, or nothing that can be read; then nothing is kept.
    """
    uploads().mkdir(parents=True, exist_ok=True)
    remove_forgotten()
    _check_room()
    place = uploads() / token_hex(16)
    try:
        size = _write(chunks, place, name)
        form, records = _look_through(place, name)
        kept = place.rename(place.with_suffix(f".{form}"))
    except BaseException:
        place.unlink(missing_ok=True)
        raise
    path = kept.relative_to(settings.TRACES_DIR).as_posix()
    file = StreamFile(
        path=path, name=name, form=form, size=size, header=header,
        records=max(0, records - (form == "csv" and header)),
    )  # fmt: skip
    try:
        read_head(file)
    except BaseException:
        kept.unlink(missing_ok=True)
        raise
    return file


def open_file(file: StreamFile) -> Source:
    """Open a kept file; sentences about it name it as it was sent."""
    place = Path(settings.TRACES_DIR) / file.path
    if not place.is_file():
        raise ValueError(f"{file.name} is no longer kept here: upload it again")
    source = Source(str(place), form=file.form, header=file.header)
    source.name = file.name
    return source


def read_head(file: StreamFile) -> Head:
    """Return the columns and the first rows, as text that is short enough to be shown."""
    try:
        with open_file(file) as source:
            columns, first = _look_at(source)
    except UnicodeError as problem:
        raise ValueError(f"{file.name} is no text in UTF-8: {problem}") from None
    except ValueError as problem:
        raise ValueError(str(problem).replace(Path(file.path).name, file.name)) from None
    if not first:
        raise ValueError(f"{file.name} holds no events")
    if not columns:
        raise ValueError(f"{file.name} {first[0].problem or 'has no columns'}")
    shown = [[_short(r.values.get(name)) for name in columns] for r in first]
    return Head(columns, shown)


def _look_at(source: Source) -> tuple[list[str], list[Record]]:
    """Return the names of columns and the first records; only these are held."""
    _check_count(source.columns, source.name)
    names = dict.fromkeys(source.columns)
    first: list[Record] = []
    for record in islice(source, LOOKED_AT):
        if len(first) < SHOWN_ROWS:
            first.append(record)
        names.update(dict.fromkeys(record.values))
        _check_count(names, source.name)
    return list(names), first


def _check_count(names: Collection[str], source: str) -> None:
    if len(names) > MOST_COLUMNS:
        raise ValueError(f"{source} may have at most {MOST_COLUMNS} columns; got {len(names)}")


def remove_forgotten() -> None:
    """Remove files that nobody asked to learn from; workers do it now and then."""
    if not uploads().is_dir():
        return
    before = time.time() - FORGOTTEN
    old = [file for file, told in _waiting() if told.st_mtime < before]
    if not old:
        return
    known = {Path(path).name for path in StreamJob.objects.values_list("path", flat=True)}
    for file in old:
        if file.name not in known:
            file.unlink(missing_ok=True)


def _check_room() -> None:
    """Refuse another file where very many wait."""
    waiting = sum(told.st_size for _, told in _waiting())
    if waiting > ROOM * largest_file():
        raise ValueError(f"{waiting:,} bytes of files wait already: delete jobs, or wait")


def _waiting() -> Iterator[tuple[Path, os.stat_result]]:
    for file in uploads().iterdir():
        with suppress(FileNotFoundError):  # it was just learned
            yield file, file.stat()


def _write(chunks: Iterable[bytes], place: Path, name: str) -> int:
    size = 0
    with place.open("xb") as file:
        for chunk in chunks:
            size += len(chunk)
            if size > largest_file():
                raise ValueError(f"{name} may have at most {largest_file():,} bytes")
            file.write(chunk)
    if size == 0:
        raise ValueError(f"{name} is empty")
    return size


def _look_through(place: Path, name: str) -> tuple[str, int]:
    """Return what a file is and about how many records it has."""
    with place.open("rb") as raw:
        start = raw.read(64)
    if start.startswith(PARQUET):
        return "parquet", _parquet_rows(place, name)
    if start.startswith(ZIP):
        raise ValueError(f"{name} is a zip archive: send the file in it, or pack it with gzip")
    packed = start.startswith(GZIP)
    try:
        opened: Any = gzip.open(place) if packed else place.open("rb")  # noqa: SIM115
        with opened as file:
            return _count(_pieces(file), name)
    except (OSError, EOFError, zlib.error) as problem:
        raise ValueError(f"{name} cannot be read to its end: {problem}") from None


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    while piece := file.read(CHUNK):
        yield piece


def _count(pieces: Iterable[bytes], name: str) -> tuple[str, int]:
    """Count lines without ever holding more than a piece."""
    most = int(settings.LEARNER_UPLOAD_UNPACKED_BYTES)
    form, size, lines, line = "", 0, 0, 0
    for piece in pieces:
        form = form or guess_form(piece[:64])
        size += len(piece)
        lines += piece.count(b"\n")
        first, last = piece.find(b"\n"), piece.rfind(b"\n")
        longest = line + (len(piece) if first < 0 else first)
        line = longest if first < 0 else len(piece) - last - 1
        if b"\0" in piece:
            raise ValueError(f"{name} is neither text nor Parquet: it holds null characters")
        if size > most:
            raise ValueError(f"{name} may have at most {most:,} bytes unpacked")
        if longest > LONGEST_LINE:
            raise ValueError(f"{name} has a line of more than {LONGEST_LINE:,} bytes")
    if lines > MOST_RECORDS:
        raise ValueError(f"{name} may have at most {MOST_RECORDS:,} lines; got {lines:,}")
    return form or "csv", lines + (line > 0)


def _parquet_rows(place: Path, name: str) -> int:
    """Return the rows that a Parquet file says it has, within the bounds."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise ValueError(f"{name} is Parquet, which needs pyarrow here: send CSV") from None
    most = int(settings.LEARNER_UPLOAD_UNPACKED_BYTES)
    try:
        told = parquet.read_metadata(place)
    except (OSError, pyarrow.ArrowException) as problem:
        raise ValueError(f"{name} cannot be read: {problem}") from None
    groups = (told.row_group(i).total_byte_size for i in range(told.num_row_groups))
    if sum(groups) > most or 8 * told.num_rows * told.num_columns > 4 * most:
        raise ValueError(f"{name} may have at most {most:,} bytes unpacked")
    if largest_text(told) > MOST_BYTES:
        raise ValueError(f"{name} has a row group of more than {MOST_BYTES:,} bytes of text")
    return int(told.num_rows)


def _short(value: Any) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= SHOWN_LENGTH else f"{text[: SHOWN_LENGTH - 1]}…"
