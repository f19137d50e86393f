"""Optional: D-serine of the astrocyte gates pairing, and adenosine depresses release."""

from synapse.plasticity.bounds import HOUR, MINUTE
from synapse.plasticity.components import ASTROCYTE_UNIT, SYNAPTIC_CLEFT
from synapse.plasticity.experiments.experiment import (
    Axis,
    Condition,
    Experiment,
    Outcome,
    Published,
    Setup,
    change,
)
from synapse.plasticity.protocols.field import SLICE_BATH
from synapse.plasticity.protocols.pairing import CULTURE_BATH, pairing
from synapse.plasticity.stimulus import Event

DEPENDENCE = 1.0
INHIBITION = 0.6
WAIT = HOUR
DAY = 24 * HOUR
AFTER = 25 * MINUTE


def release_change(outcome: Outcome) -> float:
    """Return the release of the last spike against that of a rested synapse, per cent."""
    rested = SYNAPTIC_CLEFT["release_probability"].default
    return 100.0 * (float(outcome.end.states["released_fraction"][0]) / rested - 1.0)


def _pairing(place: int, label: str, drug: str, dependence: float, sign: float) -> Condition:
    protocol = pairing()
    moved = [Event(time=WAIT + e.time, kind=e.kind, value=e.value) for e in protocol.events]
    given = [Event(time=0.0, kind="drug", name=drug)] if drug else []
    return Condition(
        label=label,
        x=float(place),
        series="pairing",
        setup=Setup(
            events=(*given, *moved),
            bath=CULTURE_BATH,
            end=WAIT + protocol.duration + AFTER,
            values={"d_serine_dependence": dependence},
        ),
        read=change,
        published=Published(value=sign, rule="sign"),
        origin="chosen",
    )


def _release(place: int, label: str, drug: str, inhibition: float, sign: float) -> Condition:
    given = [Event(time=0.0, kind="drug", name=drug)] if drug else []
    return Condition(
        label=label,
        x=float(place),
        series="release",
        setup=Setup(
            events=(*given, Event(time=DAY, kind="pre")),
            bath=SLICE_BATH,
            end=DAY + 1.0,
            values={"adenosine_inhibition": inhibition},
        ),
        read=release_change,
        published=Published(value=sign, rule="sign", grade="remembered"),
        origin="chosen",
    )


EXPERIMENT = Experiment(
    name="gliotransmission",
    number="O3",
    title="Gliotransmission: D-serine and adenosine",
    question="Does pairing need D-serine of the astrocyte, and does ATP from it depress release?",
    references=("henneberger2010", "panatier2006", "halassa2009"),
    preset="hippocampus",
    x=Axis(name="condition", unit=""),
    y=Axis(name="change of weight, or of release", unit="%"),
    conditions=(
        _pairing(0, "pairing, process off", "", 0.0, 1.0),
        _pairing(1, "pairing", "", DEPENDENCE, 1.0),
        _pairing(2, "pairing, D-serine destroyed", "daao", DEPENDENCE, 0.0),
        _release(3, "release, process off, network active", "bicuculline", 0.0, 0.0),
        _release(4, "release, network active for a day", "bicuculline", INHIBITION, -1.0),
        _release(5, "release, network silent for a day", "ttx", INHIBITION, 1.0),
        _release(6, "release, A1 receptors blocked", "dpcpx", INHIBITION, 1.0),
    ),
    rule="Directions.",
    fitted="Nothing; dependence and inhibition are chosen.",
    prediction="None: the directions are built in.",
    notes="An optional process, off by default. The astrocyte's activity is a slow estimate,"
    f" time constant {ASTROCYTE_UNIT['activity_time'].default / HOUR:g} h: depression within"
    " seconds of a burst of ATP is not in the model.",
    categorical=True,
)
