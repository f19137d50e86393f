"""Reading streams: formats, missing values, text, new classes, bad rows."""

import gzip
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import CommandError

from learner.models import Learner, Stream
from learner.services.learners import create_learner, export_state
from learner.services.states import digest_of
from tests.learner_shell.rows import rows_of, write_csv

Retrain = Callable[..., str]
ROWS = rows_of(300)


def state(learner: Learner) -> str:
    return digest_of(export_state(learner=learner))


@pytest.fixture
def expected(learner: Learner, retrain: Retrain, tmp_path: Path) -> str:
    """Digest of the state that plain CSV leads to."""
    other = create_learner(name="other", parameters={"expansion": 20})
    retrain("--stream", str(write_csv(tmp_path / "o.csv", ROWS)), "--target", "label", name="other")
    return state(other)


def test_csv_is_learned(retrain: Retrain, learner: Learner, tmp_path: Path) -> None:
    text = retrain("--stream", str(write_csv(tmp_path / "s.csv", ROWS)), "--target", "label")
    stream = Stream.objects.get()
    assert (stream.position, stream.metrics["events"], learner.events) == (300, 300, 300)
    assert stream.metrics["correct"] > 240
    for word in ("accuracy", "kappa", "no-change", "kappa-temporal", "updated", "µs per event"):
        assert word in text
    assert learner.schema == {"a": "number", "b": "number", "c": "number", "colour": "text"}


def test_json_lines_are_the_same_stream_of_events(
    retrain: Retrain, learner: Learner, tmp_path: Path, expected: str
) -> None:
    file = tmp_path / "s.jsonl"
    file.write_text("\n\n".join(json.dumps(row) for row in ROWS), encoding="utf-8")
    retrain("--stream", str(file), "--target", "label")
    assert state(learner) == expected


def test_gzip(retrain: Retrain, learner: Learner, tmp_path: Path, expected: str) -> None:
    file = tmp_path / "s.csv.gz"
    file.write_bytes(gzip.compress(write_csv(tmp_path / "s.csv", ROWS).read_bytes()))
    retrain("--stream", str(file), "--target", "label")
    assert state(learner) == expected


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_standard_input(
    retrain: Retrain, learner: Learner, tmp_path: Path, expected: str, form: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    data = write_csv(tmp_path / "s.csv", ROWS).read_bytes()
    if form == "jsonl":
        data = "\n".join(json.dumps(row) for row in ROWS).encode()
    stdin = SimpleNamespace(buffer=io.BufferedReader(io.BytesIO(data)))  # type: ignore[type-var]
    monkeypatch.setattr(sys, "stdin", stdin)
    retrain("--stream", "-", "--target", "label")
    assert state(learner) == expected


def test_parquet(retrain: Retrain, learner: Learner, tmp_path: Path, expected: str) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    parquet.write_table(pyarrow.Table.from_pylist(ROWS), tmp_path / "s.parquet")
    retrain("--stream", str(tmp_path / "s.parquet"), "--target", "label")
    assert state(learner) == expected


def test_parquet_without_pyarrow(
    retrain: Retrain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(CommandError, match=r"^Parquet needs pyarrow: .*requirements-extra\.txt$"):
        retrain("--stream", str(tmp_path / "s.parquet"), "--target", "label")


def test_without_a_header(retrain: Retrain, learner: Learner, tmp_path: Path) -> None:
    file = write_csv(tmp_path / "s.csv", ROWS, header=False)
    retrain("--stream", str(file), "--no-header", "--target", "-1")
    assert (learner.target, learner.events) == ("5", 300)
    assert learner.schema["4"] == "text"


def test_missing_values_and_a_class_never_seen_before(
    retrain: Retrain, learner: Learner, tmp_path: Path
) -> None:
    rows = [dict(row) for row in ROWS]
    for i in range(0, 300, 7):
        rows[i]["a"] = ["", "NA", "?", "nan"][i % 4]
        rows[i]["colour"] = ""
    rows[250]["label"] = rows[260]["label"] = "perhaps"
    retrain("--stream", str(write_csv(tmp_path / "s.csv", rows)), "--target", "label")
    metrics = Stream.objects.get().metrics
    assert metrics["labels"]["perhaps"] == 2
    assert learner.events == 300


def test_many_categories_share_one_feature(
    retrain: Retrain, learner: Learner, tmp_path: Path
) -> None:
    rows = [row | {"colour": f"colour {i % 150}"} for i, row in enumerate(ROWS)]
    retrain("--stream", str(write_csv(tmp_path / "s.csv", rows)), "--target", "label")
    meta = learner.checkpoints.get(kind="head").meta
    assert meta["features"] == 3 + 100 + 1


def test_columns_may_come_and_go(retrain: Retrain, learner: Learner, tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [dict(row) for row in ROWS]
    del rows[10]["a"]
    rows[20] = {"label": "yes"}
    rows[150]["late"] = 3.5
    rows[160]["late"] = None
    rows[200]["word"] = "x"
    rows[201]["flag"] = True
    file = tmp_path / "s.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    retrain("--stream", str(file), "--target", "label")
    assert learner.events == 300
    assert learner.schema["late"] == learner.schema["flag"] == "number"
    assert learner.schema["word"] == "text"


BAD = {
    "line 101: a must be a number; got 'much'": "much,1,1,red,yes",
    "line 101: has 3 values; there are 5 columns": "1,2,3",
    "line 101: has no label": "1,2,3,red,",
    "line 101: the label is not UTF-8": "1,2,3,red,\udcff",
    "line 101: colour must not hold a null character": "1,2,3,r\0d,yes",
}


@pytest.mark.parametrize("sentence", BAD)
def test_a_bad_row_is_refused_and_nothing_before_it_is_lost(
    retrain: Retrain, learner: Learner, tmp_path: Path, sentence: str, expected: str
) -> None:
    file = write_csv(tmp_path / "s.csv", ROWS)
    good = file.read_text()
    lines = good.splitlines()
    lines[100] = BAD[sentence]
    file.write_text("\n".join(lines), encoding="utf-8", errors="surrogateescape")
    with pytest.raises(CommandError) as caught:
        retrain("--stream", str(file), "--target", "label")
    assert sentence in str(caught.value)
    assert "The 99 records before it were kept." in str(caught.value)
    assert "\n" not in str(caught.value)
    learner.refresh_from_db()
    assert learner.events == 99
    file.write_text(good)
    retrain("--stream", str(file))
    assert state(learner) == expected


def test_bad_rows_are_skipped_when_asked(
    retrain: Retrain, learner: Learner, tmp_path: Path, expected: str
) -> None:
    file = write_csv(tmp_path / "s.csv", ROWS)
    lines = file.read_text().splitlines()
    for place, bad in zip((50, 150, 250), BAD.values(), strict=False):
        lines.insert(place, bad)
    file.write_text("\n".join(lines))
    text = retrain("--stream", str(file), "--target", "label", "--skip-bad-rows")
    assert text.count("Skipped: s.csv line") == 3
    assert "3 bad rows were skipped." in text
    learner.refresh_from_db()
    assert learner.events == 300
    assert Stream.objects.get(learner=learner).position == 303


def test_bad_json(retrain: Retrain, learner: Learner, tmp_path: Path) -> None:
    file = tmp_path / "s.jsonl"
    bad = ['{"a": 1', "[1, 2]", '{"a": [1], "label": "x"}', '{"a": {"b": 1}, "label": "x"}']
    good = [json.dumps(row) for row in ROWS[:20]]
    file.write_text("\n".join([*good, *bad]), encoding="utf-8")
    text = retrain("--stream", str(file), "--target", "label", "--skip-bad-rows")
    assert "4 bad rows were skipped." in text
    learner.refresh_from_db()
    assert learner.events == 20


MISTAKES = [
    (["--stream", "missing.csv"], "missing.csv cannot be read: No such file or directory"),
    (["--stream", "stream.xml"], "stream.xml must end in .csv"),
    (["--stream", "{empty}"], "empty.csv is empty"),
    (["--stream", "{header}"], "header.csv holds no events"),
    (["--stream", "{good}", "--target", "colours"], "has no column 'colours'; it has a, b, c"),
    (["--stream", "{good}", "--delay", "-1"], "delay must be from 0 to 100000 events; got -1"),
    (["--stream", "{good}", "--budget", "2"], "budget must be a number from 0.0001 to 1; got 2.0"),
    (["--stream", "{good}", "--limit", "0"], "limit must be from 1"),
    (["--stream", "{broken}"], "broken.csv.gz cannot be read to its end"),
    (["--stream", "{twice}"], "twice.csv has two columns called 'a'"),
    (["--stream", "{good}", "--compare", "linear"], "compare must be river:NAME"),
]


@pytest.mark.parametrize(("arguments", "sentence"), MISTAKES)
def test_a_mistake_is_one_sentence(
    retrain: Retrain, learner: Learner, tmp_path: Path, arguments: list[str], sentence: str
) -> None:
    files = {name: tmp_path / f"{name}.csv" for name in ("empty", "header", "good", "twice")}
    files["empty"].write_text("")
    files["header"].write_text("a,b,label\n")
    files["twice"].write_text("a,a,label\n1,2,x\n")
    write_csv(files["good"], ROWS)
    files["broken"] = tmp_path / "broken.csv.gz"
    files["broken"].write_bytes(gzip.compress(files["good"].read_bytes())[:-200])
    arguments = [a.format(**files) for a in arguments]
    if "--target" not in arguments:
        arguments += ["--target", "label"]
    with pytest.raises(CommandError) as caught:
        retrain(*arguments)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.returncode == 1


def test_numbers_are_learned(db: None, retrain: Retrain, tmp_path: Path) -> None:
    numbers = create_learner(name="numbers", kind="regressor", parameters={"expansion": 20})
    rows = [row | {"label": 3.0 * row["a"] + 1.0} for row in ROWS]
    file = write_csv(tmp_path / "n.csv", rows)
    text = retrain("--stream", str(file), "--target", "label", name="numbers")
    assert "mean absolute error" in text
    metrics = Stream.objects.get(learner=numbers).metrics
    assert metrics["error"] < 0.5 * metrics["unchanged_error"]
    with file.open("a") as more:
        more.write("1,2,3,red,x\n")
    with pytest.raises(CommandError, match="line 302: the target must be a number; got 'x'"):
        retrain("--stream", str(file), name="numbers")
