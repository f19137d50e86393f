"""The numbers of the code, each declared once: unit, bounds, meaning, and where it is from."""

from dataclasses import dataclass
from math import isfinite
from typing import Any

from synapse.plasticity.bounds import HOUR, MINUTE, SECOND
from synapse.plasticity.protocols.dopamine import DOPAMINE_FREQUENCY, PULSE_AMOUNT, PULSES

CHOSEN = "chosen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant:
    """One number of the code: default, bounds (inclusive), meaning and source."""

    name: str
    symbol: str
    default: float
    unit: str
    minimum: float
    maximum: float
    meaning: str
    source: str

    def check(self, value: Any) -> float:
        """Return the value as a number within the bounds."""
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = float("nan")
        if not isfinite(number) or not self.minimum <= number <= self.maximum:
            unit = "" if self.unit == "1" else f" {self.unit}"
            raise ValueError(
                f"{self.name} must be {self.minimum:g} to {self.maximum:g}{unit}; got {value!r}"
            )
        return number


CONSTANTS = (
    Constant(
        name="interval", symbol="T", default=1 * MINUTE, unit="ms", minimum=1 * SECOND,
        maximum=24 * HOUR, meaning="from one event of the learner to the next",
        source=f"{CHOSEN}: 300 events are then five hours, in which tags and proteins can act",
    ),
    Constant(
        name="window_time", symbol="τ", default=20.0, unit="ms", minimum=1.0, maximum=1 * SECOND,
        meaning="time constant of the exponential window: the size of an error as a latency",
        source=f"{CHOSEN}, of the order of the measured window [bi1998]",
    ),
    Constant(
        name="least_latency", symbol="Δ0", default=5.0, unit="ms", minimum=0.0, maximum=50.0,
        meaning="latency of the largest error; it keeps the order of the two spikes known",
        source=f"{CHOSEN}: the window of the hippocampal preset is highest at 5 to 10 ms",
    ),
    Constant(
        name="longest_latency", symbol="Δmax", default=100.0, unit="ms", minimum=10.0,
        maximum=400.0, meaning="a smaller error, which would need a longer latency, is not paired",
        source=f"{CHOSEN}: the measured window has ended by then [bi1998]",
    ),
    Constant(
        name="repetitions", symbol="R", default=20.0, unit="1", minimum=1.0, maximum=60.0,
        meaning="pairings of a committed event for an input of 1 (one standard deviation)",
        source=f"{CHOSEN}, so that the synapse can respond: one pairing moves it by less than 1 %",
    ),
    Constant(
        name="most_repetitions", symbol="Rmax", default=60.0, unit="1", minimum=1.0, maximum=60.0,
        meaning="most pairings of one event; the largest standardised input is 3",
        source="60 pairings [bi1998], which the presets were calibrated on"
    ),
    Constant(
        name="quiet_repetitions", symbol="Rq", default=1.0, unit="1", minimum=0.0, maximum=60.0,
        meaning="pairings of an event that is not salient: it leaves a trace, no commit",
        source=f"{CHOSEN}; 0 leaves such events out",
    ),
    Constant(
        name="pairing_period", symbol="Tp", default=1 * SECOND, unit="ms", minimum=200.0,
        maximum=10 * SECOND, meaning="from one pairing of an event to the next",
        source="pairings at 1 Hz [bi1998], which the presets were calibrated on",
    ),
    Constant(
        name="dopamine_amount", symbol="v", default=PULSE_AMOUNT, unit="uM", minimum=0.0,
        maximum=10.0, meaning="of one pulse, for each 1 by which the gate's gain exceeds 1",
        source=f"{CHOSEN}: a gain of 2 is the dose of the protocol dopamine-delayed",
    ),
    Constant(
        name="dopamine_pulses", symbol="nDA", default=float(PULSES), unit="1", minimum=1.0,
        maximum=100.0, meaning="pulses of dopamine after a committed event",
        source="10 pulses [yagishita2014]",
    ),
    Constant(
        name="dopamine_interval", symbol="TDA", default=SECOND / DOPAMINE_FREQUENCY, unit="ms",
        minimum=1.0, maximum=1 * SECOND, meaning="from one pulse to the next",
        source="30 Hz [yagishita2014]",
    ),
    Constant(
        name="dopamine_delay", symbol="dDA", default=600.0, unit="ms", minimum=0.0,
        maximum=1 * MINUTE, meaning="from the last pairing of an event to its dopamine",
        source="0.6 s, inside the effective window [yagishita2014]",
    ),
)  # fmt: skip
BY_NAME = {constant.name: constant for constant in CONSTANTS}
