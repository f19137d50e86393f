"""From the values of records to numbers: missing values, text as one feature per category."""

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from learner.pipeline.event import LARGEST
from learner.pipeline.naming import plain_target

NUMBER, TEXT, IGNORED = "number", "text", "ignored"
MISSING = {"", "?", "NA", "N/A", "NaN", "nan", "null", "NULL", "None"}
NO_LABEL = {"", "?", "NaN", "nan"}
MOSTLY = 0.9
"""Share of a column's first values that must be numbers for it to hold numbers."""
MOST_CATEGORIES = 100
"""Categories of a column that get a feature of their own; the others share one."""
OTHER = "(other)"


class Table(NamedTuple):
    """Rows with named columns, as the estimators take them."""

    columns: list[str]
    values: np.ndarray

    def to_numpy(self) -> np.ndarray:
        """Return the values."""
        return self.values

    def row(self, i: int) -> dict[str, float]:
        """Return a row as a dict."""
        return dict(zip(self.columns, self.values[i].tolist(), strict=True))


Row = dict[str, float | str]


class Columns:
    """Knows the columns of a learner: what each holds, and the categories seen so far.

    Parameters
    ----------
    kinds
        Kind of each column; grows as columns appear.
    features
        Names of the features that the learner has already.
    """

    def __init__(self, kinds: dict[str, str], features: Iterable[str] = ()) -> None:
        self.kinds = kinds
        self.set_features(features)

    def set_features(self, features: Iterable[str]) -> None:
        """Take up the features of a learner."""
        self._places: dict[str, int] = {}
        for name in features:
            self._places[name] = len(self._places)
        texts = [column for column, kind in self.kinds.items() if kind == TEXT]
        self._categories: dict[str, set[str]] = {
            column: {n for n in self._places if n.startswith(f"{column}=") and n not in self.kinds}
            for column in texts
        }

    def learn_kinds(self, sample: Sequence[dict[str, Any]], *, leave_out: str) -> None:
        """Decide what unknown columns hold, by the values of the first records."""
        for column in {name: None for values in sample for name in values}:
            if column in self.kinds or column == leave_out:
                continue
            present = (_present(values.get(column)) for values in sample)
            found = [value for value in present if value is not None]
            if found:
                numbers = sum(_is_number(value) for value in found)
                self.kinds[column] = NUMBER if numbers >= MOSTLY * len(found) else TEXT

    def declare(self, columns: Iterable[str], kind: str) -> None:
        """Say what columns hold, before anything was learned from them."""
        for column in columns:
            if self.kinds.setdefault(column, kind) != kind:
                raise ValueError(
                    f"column {column!r} holds {self.kinds[column]} since it was first learned; "
                    f"it cannot become {kind}"
                )

    def read(self, values: dict[str, Any], *, leave_out: str) -> Row:
        """Return a record's features: numbers (NaN where missing) and text."""
        row: Row = {}
        kinds = self.kinds
        for column, value in values.items():
            if column == leave_out:
                continue
            kind = kinds.get(column)
            if kind == NUMBER:
                try:
                    row[column] = float(value)
                except (TypeError, ValueError, OverflowError):
                    row[column] = _number(column, value)
            elif kind != IGNORED:
                self._read_text(row, column, value)
        return row

    def _read_text(self, row: Row, column: str, value: Any) -> None:
        present = _present(value)
        if present is None:
            return
        if column not in self.kinds:
            self.kinds[column] = NUMBER if _is_number(present) else TEXT
            if self.kinds[column] == NUMBER:
                row[column] = float(present)
                return
        row[column] = check_text(column, text_of(present))

    def forget_kinds(self, count: int) -> None:
        """Know the first so many columns only: the others came with a row that was refused."""
        while len(self.kinds) > count:
            self.kinds.popitem()

    def tables(self, rows: Sequence[Row]) -> Iterator[tuple[slice, Table]]:
        """Return rows as tables; one that brings a new feature begins a table.

        So a learner grows at the same event however its events are cut into batches.
        """
        first = 0
        for i, row in enumerate(rows):
            new = self._new_features(row)
            if not new:
                continue
            if i > first:
                yield slice(first, i), self._table(rows[first:i])
            first = i
            self._place(new)
        if first < len(rows):
            yield slice(first, len(rows)), self._table(rows[first:])

    def event(self, row: Row) -> dict[str, float]:
        """Return a row by feature, to be predicted; what the learner has not seen is left out."""
        found = {}
        for column, value in row.items():
            if isinstance(value, float):
                found[column] = value
                continue
            name = self._category(column, value)
            found |= {n: float(n == name) for n in self._categories[column]}
        return found

    def copy(self) -> "Columns":
        """Return these columns, to be tried out."""
        return Columns(dict(self.kinds), self._places)

    @property
    def count(self) -> int:
        """How many features there are."""
        return len(self._places)

    def new_in(self, row: Row) -> list[str]:
        """Return the features of a row that are not there yet."""
        places = self._places
        return [
            name
            for column, value in row.items()
            if (name := column if isinstance(value, float) else self._category(column, value))
            not in places
        ]

    def brings_new(self, row: Row) -> bool:
        """Return whether a row has a feature that is not there yet."""
        return bool(self.new_in(row))

    def take_up(self, row: Row) -> None:
        """Take up the features of a row, as ``tables`` does."""
        self._place(self._new_features(row))

    def _place(self, names: Iterable[str]) -> None:
        for name in sorted(names):
            self._places[name] = len(self._places)

    def _new_features(self, row: Row) -> list[str]:
        new = []
        for column, value in row.items():
            name = column if isinstance(value, float) else self._category(column, value)
            if name not in self._places:
                new.append(name)
                if not isinstance(value, float):
                    self._categories[column].add(name)
        return new

    def _category(self, column: str, value: str) -> str:
        """Return the name of the feature of a category."""
        known = self._categories.setdefault(column, set())
        name = f"{column}={value}"
        full = len(known) >= MOST_CATEGORIES
        return f"{column}={OTHER}" if full and name not in known else name

    def _table(self, rows: Sequence[Row]) -> Table:
        """Return rows that bring nothing new; a category that is not the row's is 0."""
        values = np.full((len(rows), len(self._places)), math.nan)
        places = self._places
        for i, row in enumerate(rows):
            for column, value in row.items():
                if isinstance(value, float):
                    values[i, places[column]] = value
                    continue
                name = self._category(column, value)
                values[i, [places[n] for n in self._categories[column] if n in places]] = 0.0
                values[i, places[name]] = 1.0
        return Table(list(places), values)


def class_of(value: Any) -> str:
    """Return a label as text, the same for CSV, JSON and Parquet."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        raise ValueError("has no label")
    text = text_of(value)
    if text in NO_LABEL:
        raise ValueError("has no label")
    return check_text("the label", text)


def check_text(name: str, text: str) -> str:
    """Return a text that a database can keep."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{name} is not UTF-8") from None
    if "\0" in text:
        raise ValueError(f"{name} must not hold a null character")
    return text


def number_of(value: Any) -> float:
    """Return a number to be predicted."""
    present = _present(value)
    if present is None:
        raise ValueError("has no label")
    return plain_target(present, LARGEST)


def text_of(value: Any) -> str:
    """Return a value as text; whole numbers without a point."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dict | list):
        raise ValueError(f"has a value that is neither number nor text: {value!r:.60}")
    return str(value)


def _present(value: Any) -> Any:
    """Return a value, None where it is missing."""
    if isinstance(value, str):
        value = value.strip()
        return None if value in MISSING else value
    return None if isinstance(value, float) and math.isnan(value) else value


def _is_number(value: Any) -> bool:
    if isinstance(value, dict | list):
        return False
    try:
        float(value)
    except OverflowError:
        return True
    except (TypeError, ValueError):
        return False
    return True


def _number(column: str, value: Any) -> float:
    """Return a number that is not plainly one; NaN where it is missing."""
    present = _present(value)
    if present is None:
        return math.nan
    if isinstance(present, int):
        return math.copysign(math.inf, present)
    raise ValueError(f"{column} must be a number; got {value!r:.60}")
