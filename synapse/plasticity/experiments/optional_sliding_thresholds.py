"""Optional: metaplasticity. The history of firing moves the crossover of LTD and LTP."""

from synapse.plasticity.bounds import MINUTE
from synapse.plasticity.experiments.experiment import (
    Axis,
    Condition,
    Experiment,
    Published,
    Setup,
    change,
)
from synapse.plasticity.protocols.field import SLICE_BATH, low_frequency

GAIN = 0.05
AFTER = 25 * MINUTE

# Average rate before (Hz) and what to call it; direction at each frequency (Hz).
HISTORIES = (
    (0.0, "silent before", {1.0: 0.0, 3.0: -1.0, 5.0: 0.0, 10.0: 0.0, 50.0: 1.0}),
    (1.0, "at the set point", {1.0: -1.0, 3.0: -1.0, 5.0: -1.0, 10.0: 0.0, 50.0: 1.0}),
    (10.0, "active before", {1.0: -1.0, 3.0: -1.0, 5.0: -1.0, 10.0: 0.0, 50.0: 1.0}),
)


def _condition(rate: float, series: str, frequency: float, sign: float) -> Condition:
    protocol = low_frequency(frequency=frequency)
    return Condition(
        label=f"{series}, {frequency:g} Hz",
        x=frequency,
        series=series,
        setup=Setup(
            events=protocol.events,
            bath=SLICE_BATH,
            end=protocol.duration + AFTER,
            values={
                "metaplasticity_gain": GAIN,
                "postsynaptic_rate": rate,
                "resting_rate": rate,
            },
        ),
        read=change,
        published=Published(value=sign, rule="sign", grade="remembered"),
        origin="chosen",
    )


EXPERIMENT = Experiment(
    name="sliding-thresholds",
    number="O2",
    title="Metaplasticity: sliding thresholds",
    question="Does the history of firing move the frequency at which LTD turns into LTP?",
    references=("bear1996",),
    preset="hippocampus",
    x=Axis(name="frequency of 900 pulses", unit="Hz"),
    y=Axis(name="change of weight", unit="%"),
    conditions=tuple(
        _condition(rate, series, frequency, sign)
        for rate, series, signs in HISTORIES
        for frequency, sign in signs.items()
    ),
    rule="Directions: after silence the curve lies to the left, after activity to the right.",
    fitted=f"The gain, {GAIN:g}: small, because the detectors are steep.",
    prediction="The whole curves but for their direction.",
    notes="An optional process, off by default; at the set point it changes nothing. The"
    " sources say which way the curve moves, not by how much. A gain of 0.1 makes 1 Hz"
    " potentiate after silence (+25 %), which nobody has seen.",
    logarithmic_x=True,
)
