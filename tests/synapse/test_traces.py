"""Windows of traces: no peak is lost at any zoom, whatever the source and however uneven time."""

import json
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st

from synapse.models import Run, Synapse
from synapse.plasticity.bounds import MINUTE, SECOND
from synapse.plasticity.protocols import pairing
from synapse.plasticity.recording import VARIABLES
from synapse.plasticity.stimulus import Event, Protocol
from synapse.services import trace_windows, traces
from synapse.services.preset_files import load_presets
from synapse.services.presets import clone, create_from_preset
from synapse.services.runs import execute
from synapse.services.trace_events import changes_in, events_in
from synapse.services.trace_packets import pack
from synapse.services.trace_sources import TraceSource, ZarrSource, open_trace
from synapse.services.trace_windows import FIRST, LARGEST, LAST, LEAST, Window, read_window
from synapse.services.traces import Trace

NAMES = ("calcium", "weight")


def uneven(samples: int, seed: int) -> Trace:
    """Return a trace of dense bursts and sparse rests, with single high and low samples."""
    rng = np.random.default_rng(seed)
    steps = np.where(rng.random(samples) < 0.01, 60_000.0, rng.exponential(0.5, samples) + 1e-3)
    steps[samples // 3 : samples // 2] = 0.05
    values = np.cumsum(rng.normal(size=samples)).astype(np.float32)
    values[rng.integers(0, samples, 5)] += 500.0
    values[rng.integers(0, samples, 5)] -= 500.0
    columns = {"calcium": values.astype(float), "weight": np.sin(values).astype(np.float32) + 0.0}
    return Trace(np.cumsum(steps), columns)


LONG = uneven(70_000, 1)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("traces") / "long.zarr"
    traces.write_zarr(folder, LONG)
    return folder


def check(window: Window, trace: Trace) -> None:
    """Compare every slice with the samples that it says it holds."""
    first = np.searchsorted(trace.time, window.first[0])
    starts = np.append(first, first + np.cumsum(window.counts))
    assert (trace.time[starts[:-1]] == window.first).all()
    assert (trace.time[starts[1:] - 1] == window.last).all()
    inside = (trace.time >= window.start) & (trace.time <= window.end)
    assert window.samples == inside.sum()
    for name, values in window.values.items():
        rows = trace.columns[name][: starts[-1]]
        if window.exact:
            assert (values[0] == rows[first:]).all()
            continue
        assert (values[LEAST] == np.minimum.reduceat(rows, starts[:-1])).all()
        assert (values[LARGEST] == np.maximum.reduceat(rows, starts[:-1])).all()
        assert (values[FIRST] == rows[starts[:-1]]).all()
        assert (values[LAST] == rows[starts[1:] - 1]).all()
    for name, found in window.summary.items():
        part, when = trace.columns[name][inside], trace.time[inside]
        assert (found.least.value, found.largest.value) == (part.min(), part.max())
        assert found.largest.time == when[part.argmax()]
        assert (found.start, found.end) == (part[0], part[-1])


@settings(max_examples=150, deadline=None)
@given(
    start=st.floats(-0.1, 1.0), length=st.floats(0.0, 1.1), slices=st.integers(1, 3000),
    zoom=st.sampled_from([1.0, 0.1, 1e-3, 1e-6]), in_memory=st.booleans(),
)  # fmt: skip
def test_no_peak_is_lost_at_any_window_and_width(
    stored: Path, start: float, length: float, slices: int, zoom: float, in_memory: bool
) -> None:
    group = zarr.open_group(stored, mode="r")
    source = TraceSource(LONG) if in_memory else ZarrSource(group, clock=0.0)
    span = LONG.time[-1]
    first = start * span
    window = read_window(source, first, first + length * zoom * span, slices=slices, names=NAMES)
    check(window, LONG)
    slice_length = max((window.end - window.start) / slices, 1e-9)
    if not window.exact:
        assert len(window.first) <= slices + 2
        assert (window.last - window.first).max() <= 2 * slice_length


def test_a_long_window_is_read_from_blocks(stored: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = ZarrSource(zarr.open_group(stored, mode="r"), clock=0.0)
    assert source.levels == traces.BLOCKS
    dense = LONG.time[24_000], LONG.time[34_000]
    read: list[int] = []
    values = ZarrSource.values
    monkeypatch.setattr(
        ZarrSource, "values",
        lambda self, name, a, b: (read.append(b - a), values(self, name, a, b))[1],
    )  # fmt: skip
    check(read_window(source, *dense, slices=50, names=("calcium",)), LONG)
    assert sum(read) < 1000


def test_an_empty_window_keeps_its_neighbours() -> None:
    trace = Trace(np.array([0.0, 10.0, 20.0]), {"calcium": np.array([1.0, 2.0, 3.0])})
    window = read_window(TraceSource(trace), 11.0, 12.0, slices=100)
    assert (window.samples, window.summary, window.first.tolist()) == (0, {}, [10.0, 20.0])


def test_a_window_in_bytes(stored: Path) -> None:
    window = read_window(TraceSource(LONG), 0.0, LONG.time[-1], slices=200, names=NAMES)
    data = pack(window, {"run": 7})
    length = int.from_bytes(data[:4], "little")
    header = json.loads(data[4 : 4 + length])
    assert (header["run"], header["names"], header["exact"]) == (7, list(NAMES), False)
    assert (4 + length) % 8 == 0
    n = header["slices"]
    assert len(data) == 4 + length + 16 * n + 2 * 16 * n
    times = np.frombuffer(data, "<f8", n, 4 + length)
    assert (times == window.first).all()
    calcium = np.frombuffer(data, "<f4", 4 * n, 4 + length + 16 * n).reshape(4, n)
    assert calcium[LARGEST].max() == LONG.columns["calcium"].max()


@pytest.fixture
def pair(db: None) -> list[Synapse]:
    load_presets()
    first = create_from_preset(preset="hippocampus", name="first")
    second = clone(synapse=first, owner=None, name="second")
    Synapse.objects.filter(pk=second.pk).update(neuron=first.neuron)
    return [first, Synapse.objects.with_components().get(pk=second.pk)]


@pytest.mark.parametrize("limit", [traces.INLINE_LIMIT, 100])
def test_every_named_synapse_keeps_its_trace(
    pair: list[Synapse], limit: int, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from synapse.services.runs import Plan, RunInProgress

    settings.TRACES_DIR = tmp_path
    monkeypatch.setattr(traces, "INLINE_LIMIT", limit)
    events = (Event(time=5.0, kind="pre", synapse=1), Event(time=10.0, kind="post"))
    protocol = Protocol(name="one", title="One", meaning="", events=events)
    work = RunInProgress(pair, Plan(protocol=protocol, duration=SECOND))
    list(work.steps())
    run = Run.objects.get(pk=work.run.pk)
    first, second = open_trace(run), open_trace(run, synapse=pair[1].pk)
    assert first is not None
    assert second is not None
    assert len(first) == len(second) == len(traces.read_trace(run))
    assert second.values("calcium", 0, len(second)).max() > first.values(
        "calcium", 0, len(first)
    ).max()  # fmt: skip
    assert open_trace(run, synapse=10**6) is None


def test_a_trace_begins_with_the_start_state(pair: list[Synapse]) -> None:
    run = execute(synapse=pair[0], protocol=pairing(count=1), duration_ms=SECOND)
    again = execute(synapse=pair[0], protocol=pairing(count=1), duration_ms=SECOND)
    source, following = open_trace(run), open_trace(again)
    assert source is not None
    assert following is not None
    assert source.names == VARIABLES
    assert trace_windows.whole(source) == (0.0, SECOND)
    assert trace_windows.whole(following) == (0.0, SECOND)
    for name in VARIABLES:
        ended = float(source.values(name, len(source) - 1, len(source))[0])
        assert float(following.values(name, 0, 1)[0]) == pytest.approx(ended, rel=1e-6), name


def test_events_of_a_window_are_counted_and_thinned() -> None:
    events = [[float(i), "pre", None, 1.0, ""] for i in range(1000)]
    events += [[3.0, "pre", 1, 1.0, ""], [5.0, "drug", None, 1.0, "apv"]]
    run = Run(protocol={"events": events}, total=MINUTE)
    pre, other, drug = events_in(run, 0.0, 499.0, slices=50)
    assert (pre.count, len(pre.times), other.count, drug.kind) == (500, 50, 1, "drug")
    assert changes_in(run, 0.0, 10.0) == [(5.0, "apv added")]


def test_events_of_ticks_are_repeated() -> None:
    protocol = {"events": [[5.0, "post", None, 1.0, ""]], "repeat": 3, "duration_ms": 100.0}
    (row,) = events_in(Run(protocol=protocol, total=300.0), 0.0, 300.0, slices=50)
    assert row.times.tolist() == [5.0, 105.0, 205.0]


def test_a_failed_write_leaves_nothing_behind_and_the_old_trace_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "run-1.zarr"
    traces.write_zarr(folder, LONG)

    def full(group: Any, trace: Trace) -> None:
        work = Path(str(group.store_path.store.root))

        def late() -> None:
            for i in range(5):
                with suppress(FileNotFoundError):  # removed between the two
                    work.mkdir(parents=True, exist_ok=True)
                    (work / f"late-{i}").write_text("still writing")
                time.sleep(0.02)

        threading.Thread(target=late).start()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(traces, "_write_group", full)
    with pytest.raises(OSError, match="No space"):
        traces.write_zarr(folder, LONG)
    time.sleep(0.2)
    assert [path.name for path in tmp_path.iterdir()] == ["run-1.zarr"]
    assert zarr.open_group(folder, mode="r")["time"].shape == LONG.time.shape
