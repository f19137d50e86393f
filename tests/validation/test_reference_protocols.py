"""The protocols of an independent implementation, and the declared defaults.

``reference_protocols.json`` holds events and final states of the second calibration,
computed by another program that does not locate threshold crossings of a rising weight.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from synapse.plasticity.bounds import HOUR
from synapse.plasticity.components import COMPONENTS
from synapse.plasticity.stimulus import Event
from tests.validation.conftest import Note
from tests.validation.truth import run, tick_throughout, weights

pytestmark = pytest.mark.validation

TOLERANCE = 2e-3
"""In the weight: the stated tolerance of both programs."""
CROSSING_TOLERANCE = 4e-3
"""Where proteins start or tags are set late in the reference (one capped leap, 30 s)."""
STATE_TOLERANCE = 1e-6
"""Of every state, where no threshold is crossed: the same equations and the same ticks, but
for one tick that ends where a tag is set or lost (2e-7 measured)."""
RECEPTOR_TOLERANCE = 1e-4
"""Relative, of the receptors: the reference takes their target as linear over a leap, an
error it states as below 1e-4; here the target is a parabola."""
LATE = ("tetanus_strong", "capture_weak_then_strong_30min")
"""Protocols with such crossings: proteins start while the traces still lift h."""

NAMES = (
    "pairing_+10ms", "pairing_-10ms", "pairing_+5ms", "pairing_-20ms",
    "pairing_+10ms_nmda_block", "tetanus_weak", "tetanus_strong", "tetanus_strong_no_proteins",
    "capture_weak_then_strong_30min", "low_frequency_900", "test_pulses", "rest_100h",
)  # fmt: skip
THIRD = {"th_pro": 0.5, "tau_H": 50 * HOUR}
"""What the third calibration changed (docs/decisions/0015)."""
SYMBOLS = {q.symbol: q.name for c in COMPONENTS for q in c}


@pytest.fixture(scope="module")
def reference(shared_data: Path) -> dict[str, Any]:
    folder = shared_data / "calibration"
    calibrated = json.loads((folder / "hippocampus.json").read_text("utf-8"))["parameters"]
    protocols = json.loads((folder / "reference_protocols.json").read_text("utf-8"))["protocols"]
    return {name: {**p, "parameters": calibrated} for name, p in protocols.items()}


def events_of(protocol: dict[str, Any]) -> list[Event]:
    """Return the events, written out or generated."""
    given = protocol["events"]
    rows = given.get("rows") or [
        [g["first_time_ms"] + k * g["interval_ms"], g["kind"], g["synapse"], g["n_co"]]
        for g in given.get("generators", ())
        for k in range(g["count"])
    ]
    return [
        Event(time=time, kind=kind, synapse=synapse, value=1.0 if value is None else value)
        for time, kind, synapse, value in rows
    ]


def settings_of(protocol: dict[str, Any]) -> dict[str, float]:
    """Return the second calibration, with which the reference was computed."""
    given = {**protocol["parameters"], **protocol["overrides"]}
    return {SYMBOLS[symbol]: value for symbol, value in given.items()}


def test_every_reference_protocol_is_compared(reference: dict[str, Any]) -> None:
    assert set(reference) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_reference_protocol_ends_with_the_same_weight(
    name: str, reference: dict[str, Any], measured: Note
) -> None:
    protocol = reference[name]
    count = protocol["synapses"]
    sim = run(events_of(protocol), protocol["end_ms"], synapses=count, **settings_of(protocol))
    expected = np.array([final["w"] for final in protocol["final"]["synapses"]])
    off = weights(sim.group) - expected
    measured(
        f"reference {name}",
        "  ".join(f"w {w:.6f} ({d:+.1e})" for w, d in zip(expected + off, off, strict=True)),
    )
    assert abs(off).max() < (CROSSING_TOLERANCE if name in LATE else TOLERANCE)
    if name not in LATE:
        assert_same_states(sim.group, protocol)


def assert_same_states(group: Any, protocol: dict[str, Any]) -> None:
    """Compare every stored state of every synapse with the reference."""
    for i, final in enumerate(protocol["final"]["synapses"]):
        for symbol, value in final.items():
            name = SYMBOLS.get(symbol)
            if name in (group.states.dtype.names or ()):
                tolerance = RECEPTOR_TOLERANCE if name == "psd_ampa" else STATE_TOLERANCE
                near = pytest.approx(value, rel=tolerance, abs=STATE_TOLERANCE)
                assert float(group.states[name][i]) == near, symbol


@pytest.mark.slow
def test_plain_python_ends_with_the_same_states(reference: dict[str, Any], measured: Note) -> None:
    """Compiled and plain over every protocol: round-off of up to 3e5 ticks, 1e-9 at most."""
    for name, protocol in reference.items():
        events, end, count = events_of(protocol), protocol["end_ms"], protocol["synapses"]
        values = settings_of(protocol)
        groups = [
            run(events, end, synapses=count, compiled=compiled, **values).group
            for compiled in (False, True)
        ]
        plain, fast = (group.states for group in groups)
        off = max(float(abs(fast[field] - plain[field]).max()) for field in plain.dtype.names or ())
        measured(f"compiled against plain {name}", f"{off:.1e}")
        assert off < 1e-9, name


@pytest.mark.slow
def test_where_crossings_are_late_in_the_reference_we_are_the_closer(
    reference: dict[str, Any], measured: Note
) -> None:
    """The strong tetanus with every tick 1 ms at most, and influx, for 3 h; then leaps.

    By then every crossing of a rising weight lies behind. The same is shown for
    ``capture_…`` over all of its 8 h in ``test_tagging.py``.
    """
    protocol = reference["tetanus_strong"]
    events, end, values = events_of(protocol), protocol["end_ms"], settings_of(protocol)
    ours = weights(run(events, end, **values).group)[0]
    truth = weights(tick_throughout(events, end, values=values, asleep=3 * HOUR).group)[0]
    theirs = protocol["final"]["synapses"][0]["w"]
    measured(
        "truth tetanus_strong",
        f"w {truth:.6f}  ours {ours - truth:+.1e}  reference {theirs - truth:+.1e}",
    )
    assert abs(ours - truth) < TOLERANCE
    assert abs(ours - truth) < abs(theirs - truth)


def test_the_declared_defaults_are_the_calibrated_ones(shared_data: Path) -> None:
    """By symbol: those of the second calibration, but for what the third one changed."""
    text = (shared_data / "calibration" / "hippocampus.json").read_text("utf-8")
    calibrated = json.loads(text)["parameters"]
    declared = {q.symbol: q.default for c in COMPONENTS for q in c.parameters if not q.process}
    assert set(declared) == set(calibrated)
    for symbol, value in {**calibrated, **THIRD}.items():
        assert declared[symbol] == pytest.approx(value, rel=1e-12), symbol
