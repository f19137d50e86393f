"""2. Pairing frequency in layer 5: depression turns into potentiation as spikes crowd."""

from synapse.plasticity.bounds import MINUTE, SECOND
from synapse.plasticity.experiments.experiment import (
    Axis,
    Condition,
    Experiment,
    Published,
    Setup,
    change,
)
from synapse.plasticity.protocols.field import SLICE_BATH
from synapse.plasticity.stimulus import Event, train

AFTER = 25 * MINUTE
PERIOD = 10 * SECOND
"""Between trains, or between single pairings."""
TRAINS, PAIRS = 15, 5
SINGLE_PAIRINGS = 50
START = SECOND

# Pairing interval (ms), frequency (Hz), ratio of EPSPs after and before, its standard
# error, n; one digitisation of the published figure.
POINTS = (
    (10.0, 0.1, 0.9639, 0.051, 7),
    (10.0, 10.0, 1.1523, 0.1021, 6),
    (10.0, 20.0, 1.3054, 0.1391, 3),
    (10.0, 40.0, 1.5395, 0.1127, 6),
    (10.0, 50.0, 1.5589, 0.2694, 6),
    (-10.0, 0.1, 0.68166, 0.07714, 7),
    (-10.0, 10.0, 0.56357, 0.10781, 3),
    (-10.0, 20.0, 0.63879, 0.09016, 4),
    (-10.0, 40.0, 1.50027, 0.30483, 5),
    (-10.0, 50.0, 1.69167, 0.185887, 10),
)


def trains(
    interval: float, frequency: float, *, count: int = TRAINS, pairs: int = PAIRS
) -> tuple[Event, ...]:
    """Return ``count`` trains of ``pairs`` pairings at ``frequency`` (Hz)."""
    gap = SECOND / frequency
    events = []
    for i in range(count):
        pre = START + i * PERIOD + max(0.0, -interval)
        events += train("pre", start=pre, interval=gap, count=pairs)
        events += train("post", start=pre + interval, interval=gap, count=pairs)
    return tuple(events)


def _condition(interval: float, frequency: float, ratio: float, error: float, n: int) -> Condition:
    single = frequency < 1.0
    count = SINGLE_PAIRINGS if single else TRAINS
    events = trains(interval, frequency, count=count, pairs=1 if single else PAIRS)
    return Condition(
        label=f"{interval:+g} ms, {frequency:g} Hz",
        x=frequency,
        setup=Setup(events=events, bath=SLICE_BATH, end=START + count * PERIOD + AFTER),
        read=change,
        published=Published(
            value=round(100.0 * (ratio - 1.0), 3), rule="sem", error=round(100.0 * error, 3), n=n
        ),
        series=f"{interval:+g} ms",
        origin="fitted",
    )


EXPERIMENT = Experiment(
    name="pairing-frequency",
    number="2",
    title="Pairing frequency, layer 5",
    question="Does the frequency of pairings decide between depression and potentiation?",
    references=("sjostrom2001",),
    preset="neocortex-l5",
    x=Axis(name="pairing frequency", unit="Hz"),
    y=Axis(name="change of weight", unit="%"),
    conditions=tuple(_condition(*point) for point in POINTS),
    rule="Each point within one standard error of the published mean.",
    fitted="Release, EPSP and after-depolarisation of the cortical preset, to all ten points.",
    prediction="None: every point was used. Sensors and gains are the hippocampal ones.",
    notes="Trains of five pairs every 10 s, 15 times; at 0.1 Hz 50 single pairings.",
)
