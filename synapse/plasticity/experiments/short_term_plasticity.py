"""12. Short-term plasticity: depression and facilitation in a train of ten pulses."""

from math import exp

from synapse.plasticity.bounds import SECOND
from synapse.plasticity.experiments.experiment import (
    Axis,
    Condition,
    Experiment,
    Origin,
    Published,
    Setup,
)
from synapse.plasticity.experiments.readers import release_change
from synapse.plasticity.protocols.field import SLICE_BATH
from synapse.plasticity.stimulus import train

INTERVAL = 50.0
"""ms: 20 Hz."""
PULSES = 10
RECOVERY_PULSE = 7 * INTERVAL + 550.0
"""ms after the first of eight pulses, as in the recorded train."""
SHOWN = (2, 3, 5, 10)
BOUND = 0.05
"""Of the release: the closed form should be met this closely."""

# U, recovery and facilitation time (ms) of the two textbook synapses.
DEPRESSING = (0.5, 800.0, 1.0)
FACILITATING = (0.05, 130.0, 530.0)


def closed_form(pulse: int, *, constants: tuple[float, float, float]) -> float:
    """Return the release by a pulse against the first [tsodyks1997].

    ``u`` is geometric in the number of pulses; the vesicles recover exponentially.
    """
    use, recovery, facilitation = constants
    shrink = (1.0 - use) * exp(-INTERVAL / facilitation)
    kept = exp(-INTERVAL / recovery)
    vesicles = 1.0
    for n in range(1, pulse):
        vesicles = 1.0 - kept * (1.0 - vesicles * (1.0 - _utilisation(n, use, shrink)))
    return _utilisation(pulse, use, shrink) * vesicles / use


def _utilisation(pulse: int, use: float, shrink: float) -> float:
    return use * (1.0 - shrink**pulse) / (1.0 - shrink)


def _setup(times: tuple[float, ...]) -> Setup:
    events = tuple(train("pre", start=SECOND, interval=INTERVAL, count=len(times)))
    return Setup(events=events, bath=SLICE_BATH, end=SECOND + 1_000.0, samples=times)


_TRAIN = _setup(tuple(SECOND + i * INTERVAL for i in range(PULSES)))


def _pulse(pulse: int, constants: tuple[float, float, float], preset: str) -> Condition:
    expected = closed_form(pulse, constants=constants)
    return Condition(
        label=f"{preset.removeprefix('release-')}, pulse {pulse}",
        x=float(pulse),
        setup=_TRAIN,
        read=release_change(_TRAIN.samples[pulse - 1], SECOND),
        published=Published(
            value=round(100.0 * (expected - 1.0), 2), rule="bound", error=100.0 * BOUND * expected
        ),
        series=preset.removeprefix("release-"),
        origin="by construction",
        preset=preset,
    )


SHORT_TERM = Experiment(
    name="short-term-plasticity",
    number="12a",
    title="Short-term depression and facilitation",
    question="Does release follow the classic model of a depressing and a facilitating synapse?",
    references=("tsodyks1997", "tsodyks1998"),
    preset="release-depressing",
    x=Axis(name="pulse of a train at 20 Hz", unit=""),
    y=Axis(name="change of release since the first pulse", unit="%"),
    conditions=(
        *(_pulse(n, DEPRESSING, "release-depressing") for n in SHOWN),
        *(_pulse(n, FACILITATING, "release-facilitating") for n in SHOWN),
    ),
    rule=f"Each pulse within {100 * BOUND:g} % of the closed form of the published model.",
    fitted="Nothing: both presets have the constants of the model.",
    prediction="None: the equations are those of the model.",
    notes="The target is a model, not a measurement. Its facilitating synapse has U 0.03; the "
    "preset has 0.05, from memory.",
)

# --- 12b: a recorded train ---------------------------------------------------------------

_RECORDED_TIMES = (*(SECOND + i * INTERVAL for i in range(8)), SECOND + RECOVERY_PULSE)
_RECORDED = Setup(
    events=(
        *train("pre", start=SECOND, interval=INTERVAL, count=8),
        *train("pre", start=SECOND + RECOVERY_PULSE, interval=INTERVAL, count=1),
    ),
    bath=SLICE_BATH,
    end=SECOND + RECOVERY_PULSE + INTERVAL,
    samples=_RECORDED_TIMES,
)


def _recorded(place: int, label: str, read: tuple[float, float], sign: float) -> Condition:
    origin: Origin = "fitted in part"
    return Condition(
        label=label,
        x=float(place),
        setup=_RECORDED,
        read=release_change(*read),
        published=Published(value=sign, rule="sign", n=1),
        origin=origin,
    )


_FIRST, _SECOND, _EIGHTH = _RECORDED_TIMES[0], _RECORDED_TIMES[1], _RECORDED_TIMES[7]

RECORDED_TRAIN = Experiment(
    name="recorded-train",
    number="12b",
    title="A recorded train, layer 5",
    question="Does a layer 5 connection depress within a train and recover half a second later?",
    references=("bluepyopt_trace",),
    preset="neocortex-l5",
    x=Axis(name="pulses compared", unit=""),
    y=Axis(name="difference of release", unit="%"),
    conditions=(
        _recorded(0, "2nd against 1st", (_SECOND, _FIRST), -1.0),
        _recorded(1, "8th against 1st", (_EIGHTH, _FIRST), -1.0),
        _recorded(2, "550 ms later against 8th", (_RECORDED_TIMES[8], _EIGHTH), 1.0),
        _recorded(3, "550 ms later against 1st", (_RECORDED_TIMES[8], _FIRST), -1.0),
    ),
    rule="Each difference in the recorded direction.",
    fitted="Release probability within published limits; its recovery time is from the literature.",
    prediction="Not kept apart.",
    notes="One averaged trace of one connection, in which earlier responses still decay: "
    "directions only.",
    categorical=True,
)

EXPERIMENTS = (SHORT_TERM, RECORDED_TRAIN)
