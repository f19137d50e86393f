"""Windows of traces and their files over the web: access, bounds, numbers of queries."""

import csv
import importlib.util
import io
import json
import tempfile
from typing import Any

import numpy as np
import pytest
from django.test import Client
from django.urls import reverse

from synapse.models import Run, Visibility
from synapse.plasticity.bounds import MINUTE
from synapse.plasticity.protocols.pairing import single_pairing
from synapse.services.runs import execute
from synapse.services.trace_sources import TraceSource
from synapse.services.traces import read_trace

VIEWS = ("trace_window", "trace_csv", "trace_png", "trace_svg", "plasticity_report")


@pytest.fixture
def private_run(own: Any, ada: Any) -> Run:
    return execute(synapse=own, protocol=single_pairing(), duration_ms=1000.0, owner=ada)


def header(data: bytes) -> dict[str, Any]:
    length = int.from_bytes(data[:4], "little")
    found: dict[str, Any] = json.loads(data[4 : 4 + length])
    return found


def window(client: Client, run: Run, **query: Any) -> dict[str, Any]:
    answer = client.get(reverse("synapse:trace_window", args=[run.pk]), query)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    return header(answer.content)


def test_a_window_holds_what_is_asked_for(client: Client, finished_run: Run) -> None:
    found = window(client, finished_run, **{"from": 0, "to": 2000, "vars": "calcium,weight"})
    trace = read_trace(finished_run).window(0.0, 2000.0)
    assert found["names"] == ["calcium", "weight"]
    assert found["samples"] == len(trace)
    assert found["summary"]["calcium"]["largest"][1] == trace.columns["calcium"].max()
    assert [row["kind"] for row in found["events"]] == ["pre", "post"]


@pytest.mark.parametrize(
    "query",
    [
        {"from": "nan", "to": "inf"}, {"from": "5", "to": "1"}, {"from": "x", "vars": "nonsense"},
        {"width": "-1"}, {"width": "1e99", "synapse": "999999"}, {"from": "-5", "to": "1e300"},
    ],
)  # fmt: skip
def test_nonsense_gives_the_whole_run(
    client: Client, finished_run: Run, query: dict[str, str]
) -> None:
    found = window(client, finished_run, **query)
    assert (found["from"], found["to"]) == (0.0, 10 * MINUTE)
    assert "weight" in found["names"]


@pytest.mark.parametrize("view", VIEWS)
def test_a_private_run_is_seen_by_its_owner_and_by_link_only(
    client: Client, private_run: Run, ada: Any, view: str
) -> None:
    address = reverse(f"synapse:{view}", args=[private_run.pk])
    assert client.get(address).status_code == 404
    Run.objects.filter(pk=private_run.pk).update(visibility=Visibility.LINK)
    assert client.get(address, {"key": "guess"}).status_code == 404
    assert client.get(address, {"key": private_run.share_key}).status_code == 200
    Run.objects.filter(pk=private_run.pk).update(visibility=Visibility.PRIVATE)
    client.force_login(ada)
    assert client.get(address).status_code == 200


def test_a_window_takes_one_query(
    client: Client, finished_run: Run, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        window(client, finished_run)
    with django_assert_num_queries(1):
        client.get(reverse("synapse:trace_svg", args=[finished_run.pk]))


def test_a_run_without_a_trace_has_no_window(client: Client, finished_run: Run) -> None:
    Run.objects.filter(pk=finished_run.pk).update(trace=None, trace_path="run-999.zarr")
    for view in VIEWS[:4]:
        answer = client.get(reverse(f"synapse:{view}", args=[finished_run.pk]))
        assert answer.status_code == 404, view
    page = client.get(reverse("synapse:plasticity_report", args=[finished_run.pk]))
    assert "No trace of this run was kept." in page.content.decode()


def test_the_csv_of_a_window(client: Client, finished_run: Run) -> None:
    query = {"from": "60000", "to": "61000", "vars": "calcium"}
    answer = client.get(reverse("synapse:trace_csv", args=[finished_run.pk]), query)
    rows = list(csv.reader(io.StringIO(answer.getvalue().decode())))
    part = read_trace(finished_run).window(MINUTE, MINUTE + 1000.0)
    assert rows[0] == ["time_ms", "calcium_uM"]
    assert [float(row[1]) for row in rows[1:]] == pytest.approx(part.columns["calcium"], rel=1e-6)
    assert f"run-{finished_run.pk}-60000-61000-ms.csv" in answer["Content-Disposition"]


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_a_figure_says_run_units_and_window(client: Client, finished_run: Run, kind: str) -> None:
    Run.objects.filter(pk=finished_run.pk).update(title="5 $ and <b>")
    query = {"from": "60000", "to": "61000", "vars": "calcium,weight"}
    answer = client.get(reverse(f"synapse:trace_{kind}", args=[finished_run.pk]), query)
    if kind == "png":
        assert answer.content.startswith(b"\x89PNG")
        return
    text = answer.content.decode()
    for words in (
        f"Run {finished_run.pk}: 5 $ and &lt;b&gt;", "calcium in the spine head (µM)",
        "committed w", "60\u202f000 to 61\u202f000 ms", "time (s)", "presynaptic (1)",
    ):  # fmt: skip
        assert words in text


def test_parquet(client: Client, finished_run: Run, tmp_path: Any) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    answer = client.get(reverse("synapse:trace_parquet", args=[finished_run.pk]))
    (tmp_path / "run.parquet").write_bytes(answer.getvalue())
    table = parquet.read_table(tmp_path / "run.parquet")
    trace = read_trace(finished_run)
    assert np.array_equal(table["time"].to_numpy(), trace.time)
    assert np.array_equal(table["calcium"].to_numpy(), trace.columns["calcium"])
    assert table.schema.metadata[b"run"] == str(finished_run.pk).encode()
    assert table.schema.field("calcium").metadata[b"unit"] == b"uM"


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The temporary files that were made."""
    made: list[Any] = []
    make = tempfile.TemporaryFile
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda: made.append(make()) or made[-1])
    return made


def test_the_file_of_parquet_is_closed_also_where_nobody_reads_it_to_its_end(
    client: Client, finished_run: Run, temporary: list[Any]
) -> None:
    pytest.importorskip("pyarrow")
    address = reverse("synapse:trace_parquet", args=[finished_run.pk])
    client.get(address).getvalue()
    left: Any = client.get(address)
    next(iter(left))
    assert [file.closed for file in temporary] == [True, False]
    left.close()
    assert [file.closed for file in temporary] == [True, True]


def test_the_file_of_parquet_is_closed_where_it_cannot_be_written(
    client: Client, finished_run: Run, temporary: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pyarrow")

    def damaged(*asked: object) -> None:
        raise OSError("damaged")

    monkeypatch.setattr(TraceSource, "values", damaged)
    with pytest.raises(OSError, match="damaged"):
        client.get(reverse("synapse:trace_parquet", args=[finished_run.pk]))
    assert [file.closed for file in temporary] == [True]


def test_parquet_without_pyarrow_says_what_to_do(
    client: Client, finished_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec",
        lambda name, *rest: None if name == "pyarrow" else find(name, *rest),
    )  # fmt: skip
    answer = client.get(reverse("synapse:trace_parquet", args=[finished_run.pk]))
    assert answer.status_code == 501
    assert b"pip install -r requirements-extra.txt" in answer.content
    page = client.get(reverse("synapse:plasticity_report", args=[finished_run.pk]))
    assert b"Parquet needs pyarrow" in page.content
    assert len(page.content) < 150_000


def test_the_page_without_a_script_draws_the_window(client: Client, finished_run: Run) -> None:
    address = reverse("synapse:plasticity_report", args=[finished_run.pk])
    page = client.get(address, {"from": "60000", "to": "61000"})
    text = page.content.decode()
    assert "time after 1 min (s)" in text
    assert "Calcium peaks at" in text
    assert client.get(address, {"from": "60000", "to": "60000.1"}).status_code == 200
