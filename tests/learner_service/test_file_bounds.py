"""Files that are small and stand for very much, or are damaged: refused in a sentence, or read."""

import tracemalloc
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from learner.services import parquet_rows, stream_files
from learner.services.records import Source, check_names
from learner.services.stream_files import StreamFile, keep_file, read_head
from synapse.api.parsing import _once
from synapse.api.problems import Problem

pytestmark = pytest.mark.django_db


def keep(data: bytes, name: str = "stream.csv") -> StreamFile:
    return keep_file(iter([data]), name=name)


class Name(str):
    """A name that counts how often it is compared."""

    compared = 0
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        Name.compared += 1
        return str.__eq__(self, other)


def test_names_that_stand_twice_are_found_in_one_pass() -> None:
    names: list[str] = [Name(f"c{i}") for i in range(1000)]
    Name.compared = 0
    assert check_names(names, "x") == names
    with pytest.raises(ValueError, match="x has two columns called 'c999'"):
        check_names([*names, Name("c999")], "x")
    with pytest.raises(Problem, match="The name 'c999' stands twice"):
        _once([(name, 1) for name in [*names, Name("c999")]])
    assert Name.compared < 10_000


def test_a_header_of_very_many_columns_is_refused_before_a_row_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Source, "__iter__", None)
    with pytest.raises(ValueError, match="may have at most 2000 columns; got 20001"):
        keep(b"," * 20_000 + b"\n1\n")


@pytest.mark.parametrize("first", ['a,"b,label', f"a,{'b' * 200_000},label"])
def test_a_first_line_that_is_no_csv_is_refused_in_a_sentence(first: str) -> None:
    with pytest.raises(ValueError, match=r"^stream.csv begins with a line that is no CSV: .*limit"):
        keep(f"{first}\n".encode() + b"1,2,3\n" * 30_000)
    assert not list(stream_files.uploads().iterdir())


# --- Parquet -----------------------------------------------------------------------------


@pytest.fixture
def pyarrow() -> Any:
    return pytest.importorskip("pyarrow")


def as_parquet(tmp_path: Path, columns: dict[str, Any], **options: Any) -> Path:
    import pyarrow
    from pyarrow import parquet

    place = tmp_path / "x.parquet"
    parquet.write_table(pyarrow.table(columns), place, compression="zstd", **options)
    return place


def test_a_long_word_in_every_row_is_in_memory_once(pyarrow: Any, tmp_path: Path) -> None:
    place = as_parquet(tmp_path, {"x": ["x" * 20_000] * 10_000, "label": [1] * 10_000})
    assert place.stat().st_size < 10_000
    usual = pyarrow.default_memory_pool()
    pool = pyarrow.proxy_memory_pool(usual)
    pyarrow.set_memory_pool(pool)
    tracemalloc.start()
    try:
        assert read_head(keep(place.read_bytes())).columns == ["x", "label"]
        taken = pool.max_memory() + tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        pyarrow.set_memory_pool(usual)
    assert taken < 30_000_000


def test_text_of_a_group_of_rows_has_a_bound(
    pyarrow: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = as_parquet(tmp_path, {f"c{i}": ["x" * 10_000] * 9 for i in range(11)})
    keep(place.read_bytes())
    monkeypatch.setattr(stream_files, "MOST_BYTES", 100_000)
    with pytest.raises(ValueError, match="has a row group of more than 100,000 bytes of text"):
        keep(place.read_bytes())
    monkeypatch.setattr(parquet_rows, "MOST_BYTES", 100_000)
    with (
        Source(str(place)) as source,
        pytest.raises(ValueError, match="has rows of more than 100,000 bytes together"),
    ):
        next(iter(source))


def columns_that_are_refused(pyarrow: Any) -> dict[str, tuple[Any, dict[str, Any], str]]:
    whole = {"use_dictionary": False, "column_encoding": {"x": "DELTA_BYTE_ARRAY"}}
    return {
        "list": ([[1]], {}, "several values in each row of column 'x'"),
        "struct": ([{"a": 1}], {}, "several values in each row of column 'x'"),
        "fixed": (pyarrow.array([b"a" * 99], pyarrow.binary(99)), {}, "nor text in column 'x'"),
        "delta": (["word"], whole, "cannot be read to its end"),
        "long": (["x" * 1_000_001], {}, "has a row of more than 1,000,000 characters"),
    }


@pytest.mark.parametrize("kind", ["list", "struct", "fixed", "delta", "long"])
def test_parquet_that_cannot_be_bounded_is_refused(pyarrow: Any, tmp_path: Path, kind: str) -> None:
    values, options, sentence = columns_that_are_refused(pyarrow)[kind]
    place = as_parquet(tmp_path, {"x": values, "label": [1]}, **options)
    with pytest.raises(ValueError, match=f"^sent .*{sentence}"):
        keep(place.read_bytes(), "sent")
    assert not list(stream_files.uploads().iterdir())


def test_values_of_parquet_are_those_that_were_written(
    pyarrow: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet_rows, "ROWS", 7)
    text = ["a", None, "b", "", "é"] * 8
    columns = {
        "text": text, "large": pyarrow.array(text, pyarrow.large_string()),
        "named": pyarrow.array(text).dictionary_encode(), "nothing": [None] * 40,
        "number": [1.5, None] * 20, "yes": [True, None] * 20, "whole": list(range(40)),
        "time": pyarrow.array(range(40), pyarrow.timestamp("us")),
        "decimal": pyarrow.array([1, 2] * 20, pyarrow.decimal128(38, 2)),
    }  # fmt: skip
    place = as_parquet(tmp_path, columns, row_group_size=17)
    expected = pyarrow.table(columns).to_pylist()
    with Source(str(place)) as source:
        found = list(islice(source, 100))
    assert [record.values for record in found] == expected
    assert [record.raw for record in found] == [repr(row) for row in expected]
