"""Items of the protocol editor: from items to events, to files and addresses, and back."""

import json
import math
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from synapse.plasticity.protocols import PROTOCOLS
from synapse.services.protocol_files import (
    LARGEST_UPLOAD,
    ProtocolFileError,
    parse_draft,
    parse_protocol,
)
from synapse.services.timeline.address import LONGEST, pack, unpack
from synapse.services.timeline.drafts import Draft, read_draft
from synapse.services.timeline.fields import BATH_TITLES, MOST_EVENTS, Field
from synapse.services.timeline.files import write_csv, write_events_csv, write_json
from synapse.services.timeline.gather import gather
from synapse.services.timeline.items import (
    MOST_ITEMS,
    TimelineError,
    events_of,
    read_item,
    read_items,
)
from synapse.services.timeline.kinds import KINDS
from synapse.services.timeline.named import STARTS
from synapse.services.timeline.times import read_time, time_text

MS = st.integers(0, 10_000_000).map(lambda n: n / 10)
TEXT = st.text(st.characters(blacklist_categories=["Cc", "Cs"]), max_size=30).map(str.strip)
# At the worst: 20 items of 20 x 5 repetitions of 2 events.


def _value(field: Field) -> st.SearchStrategy[Any]:
    if field.choices is not None:
        return st.sampled_from(sorted(field.choices))
    if field.name == "repeat":
        return st.integers(1, 5)
    if field.whole:
        return st.integers(int(field.minimum), min(int(field.maximum), 6))
    least = max(field.minimum, 0.5)
    return st.floats(least, max(least, min(field.maximum, 5000.0)))


@st.composite
def items(draw: Any) -> dict[str, Any]:
    """A sound item of any kind; drugs and bath changes come from ``intervals``."""
    kind = draw(st.sampled_from([k for k in KINDS.values() if k.aimed]))
    values = {f.name: draw(_value(f)) for f in kind.fields}
    values["start"] = draw(MS)
    if draw(st.booleans()):
        del values["synapse"]
    return {"kind": kind.name, **values}


@st.composite
def intervals(draw: Any) -> list[dict[str, Any]]:
    """Drugs and bath changes, each thing at most once."""
    found: list[dict[str, Any]] = []
    for name in draw(st.sets(st.sampled_from(["apv", "ttx", "anisomycin"]))):
        length = draw(st.one_of(st.none(), st.floats(0.5, 1e4)))
        found.append({"kind": "drug", "name": name, "start": draw(MS)}
                     | ({"length": length} if length else {}))  # fmt: skip
    for name in draw(st.sets(st.sampled_from(["external_calcium", "external_magnesium"]))):
        ends = draw(st.booleans())
        found.append({"kind": "bath", "name": name, "start": draw(MS), "value": 0.1}
                     | ({"length": 50.0, "back": 2.0} if ends else {}))  # fmt: skip
    return found


@st.composite
def drafts(draw: Any) -> Draft:
    """A sound protocol."""
    bath = draw(st.dictionaries(st.sampled_from(["external_calcium"]), st.floats(0.5, 5)))
    data = {
        "title": draw(TEXT), "meaning": draw(TEXT), "bath": bath,
        "items": draw(st.lists(items(), max_size=6)) + draw(intervals()),
    }  # fmt: skip
    return read_draft(data)


@given(items())
def test_every_event_of_an_item_lies_between_its_start_and_its_end(data: dict[str, Any]) -> None:
    item = read_item(data, 0)
    times = [event.time for event in item.events()]
    assert len(times) == item.number
    assert min(times) == pytest.approx(item.values["start"])
    assert max(times) == pytest.approx(item.end)


@given(drafts())
@settings(deadline=None)
def test_json_csv_and_address_give_the_same_protocol_back(draft: Draft) -> None:
    as_json = parse_draft(write_json(draft).encode(), name="mine.json")
    assert as_json.to_json() == draft.to_json()
    as_csv = parse_draft(write_csv(draft).encode(), name="mine.csv")
    assert as_csv.to_json() == draft.to_json()
    packed = pack(draft)
    assert not packed or unpack(packed).to_json() == draft.to_json()


@given(drafts())
@settings(deadline=None)
def test_gathered_events_are_the_same_events(draft: Draft) -> None:
    events = events_of(draft.items)
    once = sorted((e.kind, e.name, e.synapse or -1, e.value, e.time) for e in events)
    gathered = gather(events)
    assume(len(gathered) <= MOST_ITEMS)
    back = read_items(gathered)
    again = sorted((e.kind, e.name, e.synapse or -1, e.value, e.time) for e in events_of(back))
    assert [e[:4] for e in once if e[0] != "field"] == [e[:4] for e in again if e[0] != "field"]
    for a, b in zip(sorted(e[4] for e in once), sorted(e[4] for e in again), strict=True):
        assert math.isclose(a, b, abs_tol=1e-4)


def test_the_exported_files_can_be_run(tmp_path: Any) -> None:
    draft = STARTS["dopamine-delayed"].draft()
    for text, kind in ((write_json(draft), ".json"), (write_csv(draft), ".csv")):
        protocol = parse_protocol(text, name=f"mine{kind}", kind=kind)
        assert protocol.events == draft.protocol().events
        assert protocol.bath == draft.bath
    events = parse_protocol(write_events_csv(draft), name="mine.csv", kind=".csv")
    assert len(events.events) == len(draft.protocol().events) + len(draft.bath)


@pytest.mark.parametrize("name", sorted(STARTS))
def test_a_named_protocol_as_items_has_the_same_events(name: str) -> None:
    named, draft = PROTOCOLS[name](), STARTS[name].draft()
    key = [(round(e.time, 6), e.kind, e.value) for e in named.events]
    assert sorted(key) == sorted(
        (round(e.time, 6), e.kind, e.value) for e in events_of(draft.items)
    )
    assert draft.bath == dict(named.bath)
    assert draft.title == named.title
    assert draft.length >= named.duration


def test_the_parameters_of_a_named_protocol_are_checked() -> None:
    draft = STARTS["tetanus"].draft({"trains": "2", "pulses": "5", "frequency": "50"})
    assert [(e.time, e.kind) for e in events_of(draft.items)][4:6] == [
        (1080.0, "field"), (601_000.0, "field"),
    ]  # fmt: skip
    with pytest.raises(TimelineError, match="trains must be 1 to 200; got 0"):
        STARTS["tetanus"].draft({"trains": "0"})
    with pytest.raises(TimelineError, match="delay must be a time such as 10 ms; got 'soon'"):
        STARTS["dopamine-delayed"].draft({"delay": "soon"})


BAD = [
    ([{"kind": "pre", "count": 0}], "item 1: count must be 1 to 20000; got 0"),
    ([{"kind": "pre", "interval": -1}], "interval must be 0.1 ms to 30 d; got -1 ms"),
    ([{"kind": "pre", "start": True}], "start must be a number; got True"),
    ([{"kind": "pre", "start": float("nan")}], "start must be a number; got nan"),
    ([{"kind": "pre", "start": 10**400}], "start must be a number"),
    ([{"kind": "pre", "count": 1.5}], "count must be a whole number; got 1.5"),
    ([{"kind": "pre", "start": 1}, {"kind": "pre", "start": "x"}], "item 2: start must be"),
    ([{"kind": "pre", "tempo": 3}], "'tempo' is not known"),
    ([{"kind": "squeeze"}], "kind must be one of pre, pairing"),
    ([{"kind": ["pre"]}], "kind must be one of"),
    ([7], "item 1: must be an object"),
    ([{"kind": "pre", "count": 20_000, "repeat": 2}], "an item may have 20000 events; got 40000"),
    ([{"kind": "pre", "count": 15_000}] * 2, "a protocol may have 20000 events; got 30000"),
    ([{"kind": "pre"}] * (MOST_ITEMS + 1), f"may have {MOST_ITEMS} items; got {MOST_ITEMS + 1}"),
    ([{"kind": "pre", "start": 2.592e9, "count": 2}], "the item must end by 30 d"),
    ([{"kind": "drug", "name": "tea"}], "name must be one of apv"),
    ([{"kind": "drug", "length": 9, "repeat": 2, "period": 5}], "period must be more than the"),
    ([{"kind": "drug", "repeat": 2}], "length is missing: what is repeated must end"),
    ([{"kind": "drug", "length": 9}, {"kind": "drug", "start": 5}], "apv is there already from 0"),
    ([{"kind": "drug"}, {"kind": "drug", "start": 5}], "already from 0 ms on (item 1)"),
    ([{"kind": "bath", "value": 2000}], "value must be 0 mM to 1000 mM; got 2000 mM"),
    ([{"kind": "bath", "value": 1, "length": 5}], "back is missing: a bath change that ends"),
    ([{"kind": "bath", "value": 1, "back": 5}], "length is missing"),
    ([{"kind": "bath", "name": 3, "value": 1}], "name must be one of external_calcium"),
    ({"kind": "pre"}, "items must be a list"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "sentence"), BAD)
def test_a_mistake_names_item_field_value_unit_and_bound(data: Any, sentence: str) -> None:
    with pytest.raises(TimelineError) as caught:
        read_items(data)
    assert sentence in str(caught.value)


WHOLE = [
    ({"duration_ms": 5, "items": [{"kind": "pre", "start": 10}]}, "at least 190 ms, the end"),
    ({"bath": {"tea": 1}}, "bath must name one of external_calcium"),
    ({"bath": {"external_calcium": -1}}, "external_calcium must be 0 mM to 1000 mM; got -1 mM"),
    ({"bath": [1]}, "bath must be an object"),
    ({"title": "x" * 101}, "title may have 100 characters; got 101"),
    ({"title": "a\0b"}, "title must not hold control characters"),
    ({"title": 5}, "title must be text; got 5"),
    ({"colour": 5}, "'colour' is not known"),
    ([], "a protocol must be an object"),
]


@pytest.mark.parametrize(("data", "sentence"), WHOLE)
def test_a_mistake_of_the_whole_is_named(data: Any, sentence: str) -> None:
    with pytest.raises(TimelineError) as caught:
        read_draft(data)
    assert sentence in str(caught.value)


FILES = [
    ("a.json", '{"items": [\n {"kind": "pre"},\n {"kind": "pre",\n "count": 0}]}',
     "a.json, line 3, item 2, field count: count must be 1 to 20000; got 0"),
    ("a.csv", "item,start_ms,count\npre,5,2\npre,5,0\n", "a.csv, line 3, field count: count must"),
    ("a.csv", "item,start_ms\npre,soon\n", "a.csv, line 2, field start_ms: start_ms must be a num"),
    ("a.csv", "item,begin\n", "a.csv, line 1: the header must be some of item, start_ms"),
    ("a.csv", "item,start_ms\npre,1,2\n", "a.csv, line 2, column 3: more cells than columns"),
    ("a.csv", "item,start_ms\n" + "pre,1\n" * 200, "has more than 95 lines"),
    ("a.csv", "item,name,value\nbath,tea,1\n", "bath must name one of"),
    ("a.csv", "time_ms,kind,value,name\n5,drug,0,apv\n", "apv is washed out at 5 ms, but is not"),
    ("a.txt", "", "a.txt must end in .json or .csv"),
    ("a.json", "[" * 100_000, "a.json"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "sentence"), FILES)
def test_a_mistake_in_a_file_names_line_and_field(name: str, text: str, sentence: str) -> None:
    with pytest.raises(ProtocolFileError) as caught:
        parse_draft(text.encode(), name=name)
    assert sentence in str(caught.value)


def test_files_that_are_too_large_or_no_text() -> None:
    with pytest.raises(ProtocolFileError, match="is larger than 2 MB"):
        parse_draft(b" " * (LARGEST_UPLOAD + 1), name="a.json")
    with pytest.raises(ProtocolFileError, match="is not UTF-8 text"):
        parse_draft(b"\xff\xfe", name="a.json")
    rows = "".join(f"{i * i},pre\n" for i in range(1000))
    with pytest.raises(ProtocolFileError, match=f"may have {MOST_ITEMS} items; got"):
        parse_draft(f"time_ms,kind\n{rows}".encode(), name="a.csv")


def test_even_events_become_one_train() -> None:
    rows = "".join(f"{1000 + i * 10},pre\n" for i in range(100))
    draft = parse_draft(f"time_ms,kind\n{rows}".encode(), name="train.csv")
    assert draft.title == "train"
    assert [item.to_json() for item in draft.items] == [
        {"kind": "pre", "start": 1000.0, "count": 100, "interval": 10.0, "inputs": 1.0, "repeat": 1}
    ]


@given(st.binary(max_size=200), st.sampled_from(["a.csv", "a.json"]))
def test_any_bytes_are_a_protocol_or_a_sentence(data: bytes, name: str) -> None:
    with suppress(ProtocolFileError):
        assert isinstance(parse_draft(data, name=name), Draft)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["kind", "start", "count", "items", "bath", "title", "duration_ms"]),
            inner,
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_any_data_is_a_protocol_or_a_sentence(data: Any) -> None:
    with suppress(TimelineError):
        assert isinstance(read_draft(data), Draft)


@pytest.mark.parametrize("text", ["", "x", "é", "A" * (LONGEST + 1), "eJw", "eJwDAAAAAAE"])
def test_an_address_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(TimelineError, match="The protocol in the address cannot be read"):
        unpack(text)


def test_an_address_cannot_unfold_to_more_than_its_bound() -> None:
    import base64
    import zlib

    bomb = base64.urlsafe_b64encode(zlib.compress(b" " * 1_000_000)).decode().rstrip("=")
    assert len(bomb) <= LONGEST
    with pytest.raises(TimelineError, match="holds too much"):
        unpack(bomb)
    noise = [math.sin(i * i) ** 2 for i in range(4 * MOST_ITEMS)]
    many = [
        {"kind": "pairing", "start": 1e6 * a, "lag": b, "interval": 1 + c, "spike_interval": 1 + d}
        for a, b, c, d in zip(*[iter(noise)] * 4, strict=True)
    ]
    assert pack(read_draft({"items": many})) == ""


@given(st.floats(0.0, 2.6e9))
def test_a_time_in_a_field_loses_nothing(ms: float) -> None:
    assert read_time(time_text(ms)) == ms


@pytest.mark.parametrize(
    ("ms", "text"),
    [(0, "0 ms"), (10, "10 ms"), (601_000, "601 s"), (600_000, "10 min"), (1000 / 30, "30 Hz"),
     (-10, "-10 ms"), (90_000, "1.5 min"), (0.5, "0.5 ms")],
)  # fmt: skip
def test_times_as_they_are_shown(ms: float, text: str) -> None:
    assert time_text(ms) == text


def test_limits_and_titles_agree_with_the_engine() -> None:
    from synapse.plasticity.group import BATH

    assert set(BATH_TITLES) == set(BATH)
    assert len(json.dumps(STARTS["tetanus"].draft().to_json())) < LONGEST
    assert MOST_EVENTS <= 20_000
