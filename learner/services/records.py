"""Records of a stream, one at a time: CSV, JSON lines or Parquet, gzip or not, or stdin."""

import csv
import gzip
import io
import json
import sys
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self

from learner.services.parquet_rows import LONGEST_ROW, open_parquet, rows_of

FORMATS = ("csv", "jsonl", "parquet")
SUFFIXES = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".data": "csv",
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl", ".parquet": "parquet",
}  # fmt: skip
GZIP = b"\x1f\x8b"
DELIMITERS = ",;\t|"


@dataclass(slots=True)
class Record:
    """A line of a stream: its values by column, or what is wrong with it."""

    line: int
    raw: str
    values: dict[str, Any]
    problem: str = ""


class Source:
    """A stream opened for reading. Without a header, columns are called 1, 2, 3, …"""

    def __init__(self, path: str, *, form: str | None = None, header: bool = True) -> None:
        self.is_stdin = path == "-"
        self.name = "standard input" if self.is_stdin else Path(path).name
        self.header = ""
        self.columns: list[str] = []
        self._open = ExitStack()
        if form is not None and form not in FORMATS:
            raise ValueError(f"format must be one of {', '.join(FORMATS)}; got {form!r}")
        form = form or self._form_of(path)
        if form == "parquet":
            self._records = self._parquet(path)
            return
        text = io.TextIOWrapper(
            self._bytes(path), encoding="utf-8-sig", errors="surrogateescape", newline=""
        )
        if not self.is_stdin:
            self._open.callback(text.close)
        try:
            form = form or guess_form(text_start(text))
            self._records = self._json(text) if form == "jsonl" else self._csv(text, header=header)
        except (OSError, EOFError, zlib.error) as problem:
            self.close()
            raise self._unreadable(problem) from None
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; standard input stays open."""
        self._open.close()

    def _unreadable(self, problem: Exception) -> ValueError:
        return ValueError(f"{self.name} cannot be read to its end: {problem}")

    def __iter__(self) -> Iterator[Record]:
        """Return the records; a file that cannot be read to its end is one sentence."""
        try:
            yield from self._records
        except (OSError, EOFError, zlib.error) as problem:
            raise self._unreadable(problem) from None

    def _form_of(self, path: str) -> str | None:
        if self.is_stdin:
            return None
        suffixes = [suffix.lower() for suffix in Path(path).suffixes if suffix.lower() != ".gz"]
        form = SUFFIXES.get(suffixes[-1]) if suffixes else None
        if form is None:
            known = ", ".join(SUFFIXES)
            raise ValueError(f"{self.name} must end in {known}, or --format must say what it is")
        return form

    def _bytes(self, path: str) -> IO[bytes]:
        """Open for reading; what begins like gzip is unpacked."""
        try:
            raw: Any = sys.stdin.buffer if self.is_stdin else Path(path).open("rb")  # noqa: SIM115
        except OSError as problem:
            raise ValueError(f"{path} cannot be read: {problem.strerror}") from None
        if not self.is_stdin:
            self._open.callback(raw.close)
        buffered = raw if hasattr(raw, "peek") else io.BufferedReader(raw)
        if buffered.peek(2)[:2] != GZIP:
            return buffered
        unpacked: Any = gzip.GzipFile(fileobj=buffered)
        return io.BufferedReader(unpacked)

    def _csv(self, text: Iterable[str], *, header: bool) -> Iterator[Record]:
        lines = iter(text)
        first = next((line for line in lines if line.strip()), None)
        if first is None:
            raise ValueError(f"{self.name} is empty")
        rows = csv.reader(_chain(first, lines), delimiter=guess_delimiter(first))
        try:
            names = next(rows)
        except csv.Error as problem:
            raise ValueError(f"{self.name} begins with a line that is no CSV: {problem}") from None
        if header:
            self.header = first.strip()
            self.columns = check_names([name.strip() for name in names], self.name)
            return self._rows(rows)
        self.columns = [str(n) for n in range(1, len(names) + 1)]
        return self._rows(rows, names)

    def _rows(self, rows: Any, first: list[str] | None = None) -> Iterator[Record]:
        names, width = self.columns, len(self.columns)
        if first is not None:
            yield Record(1, "\x1f".join(first), dict(zip(names, first, strict=True)))
        while True:
            try:
                row = next(rows)
            except StopIteration:
                return
            except csv.Error as problem:
                yield Record(rows.line_num, str(problem), {}, f"is no CSV: {problem}")
                continue
            if not row:
                continue
            raw = "\x1f".join(row)
            if len(row) == width:
                yield Record(rows.line_num, raw, dict(zip(names, row, strict=True)))
            else:
                wrong = f"has {len(row)} values; there are {width} columns"
                yield Record(rows.line_num, raw, {}, wrong)

    def _json(self, text: Iterable[str]) -> Iterator[Record]:
        for line, raw in enumerate(text, 1):
            raw = raw.strip()
            if not raw:
                continue
            try:
                values = json.loads(raw)
            except (ValueError, RecursionError) as problem:
                yield Record(line, raw, {}, f"is no JSON: {problem}")
                continue
            if isinstance(values, dict):
                yield Record(line, raw, values)
            else:
                yield Record(line, raw, {}, "must be a JSON object")

    def _parquet(self, path: str) -> Iterator[Record]:
        """Return the rows of a Parquet file, a group at a time."""
        if self.is_stdin:
            raise ValueError("Parquet cannot be read from standard input; name a file")
        file = self._open.enter_context(open_parquet(path, self.name))
        self.columns = check_names(file.schema_arrow.names, self.name)
        self.header = "\x1f".join(self.columns)
        return self._parquet_records(file)

    def _parquet_records(self, file: Any) -> Iterator[Record]:
        for line, row in enumerate(rows_of(file, self.columns, self.name), 1):
            raw = repr(row)
            if len(raw) > LONGEST_ROW:
                raise ValueError(f"{self.name} has a row of more than {LONGEST_ROW:,} characters")
            yield Record(line, raw, row)


def _chain(first: str, rest: Iterable[str]) -> Iterator[str]:
    yield first
    yield from rest


def text_start(text: io.TextIOWrapper) -> bytes:
    """Return the first bytes of a text without reading past them."""
    buffered: Any = text.buffer
    return bytes(buffered.peek(64)[:64])


def guess_form(start: bytes) -> str:
    """Return what a text without a name seems to be."""
    return "jsonl" if start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{" else "csv"


def guess_delimiter(line: str) -> str:
    """Return the most frequent of the usual delimiters, a comma if there is none."""
    return max(DELIMITERS, key=line.count)


def check_names(names: list[str], source: str) -> list[str]:
    """Return the names of columns; each must be there once. An empty one gets its number."""
    named = [name or str(n) for n, name in enumerate(names, 1)]
    twice = [name for name, count in Counter(named).items() if count > 1]
    if twice:
        raise ValueError(f"{source} has two columns called {min(twice)!r}")
    return named
