"""Protocols from files, and the mistakes that people make in them."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synapse.services.durations import format_duration, parse_duration
from synapse.services.protocol_files import (
    ProtocolFileError,
    parse_protocol,
    read_protocol_file,
)

CSV = "time_ms,kind,synapse,value,name\n1000,pre,0,,\n1010,post,,,\n5,bath,,3.0,external_calcium\n"
JSON = """{
  "title": "Two trains",
  "bath": {"external_calcium": 3.0},
  "events": [
    {"time_ms": 1000, "kind": "field", "interval_ms": 10, "count": 3},
    {"time_ms": 500, "kind": "dopamine", "value": 0.3},
    {"time_ms": 0, "kind": "drug", "name": "apv"}
  ]
}"""


def test_csv() -> None:
    protocol = parse_protocol(CSV, name="mine.csv", kind=".csv")
    assert [(e.time, e.kind, e.synapse) for e in protocol.events] == [
        (5.0, "bath", None), (1000.0, "pre", 0), (1010.0, "post", None),
    ]  # fmt: skip
    assert protocol.duration == 1010.0


def test_json_with_a_train() -> None:
    protocol = parse_protocol(JSON, name="mine.json", kind=".json")
    assert [e.time for e in protocol.events] == [0, 500, 1000, 1010, 1020]
    assert protocol.title == "Two trains"
    assert protocol.bath == {"external_calcium": 3.0}


BAD = [
    ("csv", "", "mine.csv has no events"),
    ("csv", "when,kind\n", "line 1: the header must be time_ms,kind,synapse,value,name"),
    ("csv", "time_ms,kind\nsoon,pre\n", "line 2, column 1: time_ms must be a number; got 'soon'"),
    ("csv", "time_ms,kind\n1,pre,3\n", "line 2, column 3: more cells than columns"),
    ("csv", "time_ms,kind\n1,squeeze\n", "line 2: kind must be one of pre, field"),
    ("csv", "time_ms,kind\n-1,pre\n", "line 2: time must be 0 to 1e+12 ms; got -1.0"),
    ("csv", "time_ms,kind\nnan,pre\n", "line 2: time must be 0 to 1e+12 ms; got nan"),
    ("csv", "time_ms,kind,value\n1,pre,0\n", "value of a pre event must be at least 1; got 0"),
    ("csv", "time_ms,kind,synapse\n1,pre,1.5\n", "synapse must be a whole number; got '1.5'"),
    ("csv", "time_ms,kind,name\n1,drug,aspirin\n", "drug must be one of apv"),
    ("json", "{", "line 1, column 2: Expecting property name"),
    ("json", "[]", 'must be an object with a list "events"'),
    ("json", '{"events": []}', "has no events"),
    ("json", '{"events": [1]}', "event 1: must be an object"),
    ("json", '{"events": [{"kind": "pre"}]}', "event 1: time_ms is missing"),
    ("json", '{"events": [{"time_ms": true, "kind": "pre"}]}', "time_ms must be a number"),
    ("json", '{"events": [{"time_ms": NaN, "kind": "pre"}]}', "NaN is not a number"),
    ("json", '{"events": [{"time": 1, "kind": "pre"}]}', "'time' is not known"),
    ("json", '{"events": [{"time_ms": 1, "kind": "pre", "count": 1e9}]}', "count must be a whole"),
    ("json", '{"events": [{"time_ms": 1, "kind": "pre", "count": 900000}]}', "count must be 1 to"),
    ("json", '{"events": [{"time_ms": 1, "kind": "pre"}], "bath": {"tea": 1}}', "bath must name"),
    ("json", '{"events": [{"time_ms": 1, "kind": "pre"}], "bath": 3}', "bath must be an object"),
    ("txt", "", "must end in .json or .csv"),
]


@pytest.mark.parametrize(("kind", "text", "sentence"), BAD)
def test_a_mistake_names_its_place(kind: str, text: str, sentence: str) -> None:
    with pytest.raises(ProtocolFileError) as caught:
        parse_protocol(text, name=f"mine.{kind}", kind=f".{kind}")
    assert sentence in str(caught.value)
    assert str(caught.value).startswith(f"mine.{kind}")


@given(st.text(max_size=200), st.sampled_from([".csv", ".json"]))
def test_any_text_is_a_protocol_or_a_sentence(text: str, kind: str) -> None:
    with suppress(ProtocolFileError):
        assert parse_protocol(text, name="any", kind=kind).events


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    binary = tmp_path / "binary.csv"
    binary.write_bytes(b"\xff\xfe\x00")
    for path, sentence in (
        (binary, "is not UTF-8 text"),
        (tmp_path / "none.csv", "cannot be read: No such file"),
        (tmp_path, "cannot be read: Is a directory"),
    ):
        with pytest.raises(ProtocolFileError, match=sentence):
            read_protocol_file(str(path))


@pytest.mark.parametrize(
    ("text", "ms"),
    [("500", 500), ("1.5 s", 1500), ("30min", 1.8e6), ("10h", 3.6e7), ("2d", 1.728e8)],
)
def test_durations(text: str, ms: float) -> None:
    assert parse_duration(text) == ms
    assert parse_duration(format_duration(ms)) == ms
