"""Field stimulation: a train of pulses that recruits several afferents at once."""

from synapse.plasticity.bounds import MINUTE, SECOND
from synapse.plasticity.stimulus import Event, Protocol, train

SLICE_BATH = {"external_calcium": 2.5, "external_magnesium": 1.0}
"""mM. The usual bath of a slice."""


def _field(name: str, title: str, meaning: str, events: list[Event], end: float) -> Protocol:
    return Protocol(
        name=name, title=title, meaning=meaning, events=tuple(events), bath=SLICE_BATH, duration=end
    )


def tetanus(
    *, trains: int = 3, pulses: int = 100, frequency: float = 100.0, start: float = SECOND
) -> Protocol:
    """Return trains of pulses at ``frequency`` (Hz), 10 min apart [frey1997]."""
    interval, gap = SECOND / frequency, 10 * MINUTE
    events = [
        event
        for i in range(trains)
        for event in train("field", start=start + i * gap, interval=interval, count=pulses)
    ]
    return _field(
        "tetanus",
        f"Tetanus, {trains} x {pulses} pulses at {frequency:g} Hz",
        "Strong tetanus: trains of field pulses, 10 min apart.",
        events,
        start + (trains - 1) * gap + pulses * interval,
    )


def theta_burst(*, bursts: int = 10, pulses: int = 4, start: float = SECOND) -> Protocol:
    """Return bursts at 5 Hz of ``pulses`` at 100 Hz [larson1986]."""
    burst_interval, interval = 200.0, 10.0
    events = [
        event
        for i in range(bursts)
        for event in train(
            "field", start=start + i * burst_interval, interval=interval, count=pulses
        )
    ]
    return _field(
        "theta-burst",
        f"Theta burst, {bursts} bursts of {pulses}",
        "Short bursts of field pulses at the rhythm of theta.",
        events,
        start + bursts * burst_interval,
    )


def low_frequency(*, pulses: int = 900, frequency: float = 1.0, start: float = SECOND) -> Protocol:
    """Return ``pulses`` field pulses at ``frequency`` (Hz) [dudek1992]."""
    interval = SECOND / frequency
    return _field(
        "low-frequency",
        f"Low frequency, {pulses} pulses at {frequency:g} Hz",
        "A long, slow train of field pulses.",
        train("field", start=start, interval=interval, count=pulses),
        start + pulses * interval,
    )


def field_test_pulses(
    *, pulses: int = 120, interval: float = 30 * SECOND, start: float = SECOND
) -> Protocol:
    """Return test pulses, which should leave the weight alone (a control)."""
    return _field(
        "test-pulses",
        f"{pulses} test pulses, one every {interval / SECOND:g} s",
        "The pulses with which an experimenter looks at a synapse.",
        train("field", start=start, interval=interval, count=pulses),
        start + pulses * interval,
    )
