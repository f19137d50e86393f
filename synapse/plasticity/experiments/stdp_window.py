"""1. The window of spike-timing-dependent plasticity in cultured hippocampal neurons."""

from synapse.plasticity.bounds import MINUTE
from synapse.plasticity.experiments.experiment import (
    Axis,
    Condition,
    Experiment,
    Published,
    Setup,
    change,
)
from synapse.plasticity.protocols.pairing import pairing

AFTER = 25 * MINUTE

# Mean, standard error and number of the digitised single synapses of figure 7, in bins of
# the pairing interval (ms): mean interval, change in per cent, error, n. Synapses between
# -4 and +2 ms are left out: their time axis is off by a few ms.
BINS = (
    (-71.3, -4.4, 2.3, 7),
    (-19.1, -14.6, 3.7, 6),
    (-5.3, -20.4, 5.1, 7),
    (5.9, 49.6, 8.4, 13),
    (21.0, 24.4, 9.0, 4),
    (70.2, 4.2, 5.0, 5),
)


def _condition(interval: float, mean: float, error: float, n: int) -> Condition:
    protocol = pairing(pairing_interval=interval)
    return Condition(
        label=f"{interval:+g} ms",
        x=interval,
        setup=Setup(events=protocol.events, bath=protocol.bath, end=protocol.duration + AFTER),
        read=change,
        series="pre before post" if interval > 0 else "post before pre",
        published=Published(value=mean, rule="sem", error=error, n=n),
        origin="fitted",
    )


EXPERIMENT = Experiment(
    name="stdp-window",
    number="1",
    title="STDP window",
    question="How do order and distance of two spikes set sign and size of the change?",
    references=("bi1998",),
    preset="hippocampus",
    x=Axis(name="pairing interval, post after pre", unit="ms"),
    y=Axis(name="change of weight", unit="%"),
    conditions=tuple(_condition(*row) for row in BINS),
    rule="Each bin within one standard error of the mean of its single synapses.",
    fitted="Detector, sensor and trace parameters were fitted to the published window.",
    prediction="None: every point was used.",
)
