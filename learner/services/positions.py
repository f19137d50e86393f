"""How a stream is recognised: by what was read of it, whatever its name is now."""

import hashlib
from collections.abc import Iterator
from itertools import islice
from typing import Any

from learner.models import Learner, Stream
from learner.services.records import Record, Source


class Position:
    """Counts records and keeps the SHA-256 of all of them."""

    def __init__(self) -> None:
        self.records = 0
        self._hash: Any = hashlib.sha256()

    def advance(self, record: Record) -> None:
        """Pass one record."""
        self.records += 1
        self._hash.update(record.raw.encode("utf-8", "surrogateescape"))
        self._hash.update(b"\x1e")

    def copy(self) -> "Position":
        """Return this position, to be kept."""
        new = Position()
        new.records, new._hash = self.records, self._hash.copy()
        return new

    @property
    def digest(self) -> str:
        """SHA-256 of all records up to here."""
        return str(self._hash.hexdigest())


def beginning_of(source: Source, first: Record) -> str:
    """Return the SHA-256 of the header and the first record."""
    text = f"{source.header}\x1d{first.raw}"
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def find_stream(learner: Learner, source: Source, first: Record, *, again: bool) -> Stream:
    """Return the row of a stream that begins like this, or a new one.

    With ``again`` it is a new one in any case, so that a stream is learned once more.
    """
    beginning = beginning_of(source, first)
    last = Stream.objects.filter(learner=learner, beginning=beginning).order_by("number").last()
    if last is not None and not again:
        return last
    number = last.number + 1 if last else 1
    return Stream(
        learner=learner, name=source.name[:200], beginning=beginning, number=number,
        digest=Position().digest,
    )  # fmt: skip


def go_to(stream: Stream, records: Iterator[Record]) -> Position:
    """Pass the records that were learned before, and make sure that they are the same."""
    position = Position()
    for record in islice(records, stream.position):
        position.advance(record)
    if position.digest != stream.digest:
        raise ValueError(
            f"{stream.name} begins like a stream of which {stream.position} records were learned, "
            "but these records have changed since. With --again it is learned as a new stream."
        )
    return position


def find_target(learner: Learner, source: Source, sample: list[Record], wanted: str) -> str:
    """Return the column of the label; a negative number counts from the last column."""
    columns = source.columns or list(dict.fromkeys(n for r in sample for n in r.values))
    target = wanted or learner.target
    if not target:
        raise ValueError("name the column of the label with --target")
    if target not in columns and not source.header:
        place = int(target) if target.lstrip("-").isdigit() else 0
        if -len(columns) <= place < 0:
            target = columns[place]
    if target not in columns:
        known = ", ".join(columns[:20])
        raise ValueError(f"{source.name} has no column {target!r}; it has {known}")
    if learner.target not in ("", target):
        raise ValueError(
            f"{learner.name} learns the column {learner.target!r}; got {target!r}. "
            "Create another learner for another target."
        )
    learner.target = target
    return target
