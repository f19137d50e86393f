"""8. Dopamine turns depression into potentiation, during and after pairing."""

from synapse.plasticity.bounds import MINUTE, SECOND
from synapse.plasticity.components import DOPAMINE_CLEFT
from synapse.plasticity.experiments.experiment import (
    Axis,
    Condition,
    Experiment,
    Grade,
    Published,
    Setup,
    change,
)
from synapse.plasticity.protocols.pairing import pairing
from synapse.plasticity.stimulus import Event, Protocol

AFTER = 25 * MINUTE
READ = 70 * MINUTE
DOSE = 10.0
"""uM in the bath."""
TONIC = DOPAMINE_CLEFT["tonic_dopamine"].default
WASH_IN = 10 * MINUTE
POST_PRE = pairing(pairing_interval=-20.0, count=100, period=5 * SECOND)


def bath(start: float, duration: float) -> tuple[Event, ...]:
    """Return dopamine in the bath from ``start`` for ``duration`` (ms)."""
    return (
        Event(time=start, kind="bath", name="tonic_dopamine", value=DOSE),
        Event(time=start + duration, kind="bath", name="tonic_dopamine", value=TONIC),
    )


def _after(place: int, delay: float | None, sign: float, grade: Grade) -> Condition:
    dopamine = () if delay is None else bath(POST_PRE.duration + delay * MINUTE, WASH_IN)
    return Condition(
        label="none" if delay is None else "at once" if not delay else f"after {delay:g} min",
        x=float(place),
        setup=Setup(
            events=(*POST_PRE.events, *dopamine), bath=POST_PRE.bath, end=POST_PRE.duration + READ
        ),
        read=change,
        published=Published(value=sign, rule="sign", grade=grade),
        origin="fitted in part" if delay is None else "chosen",
    )


def _during(place: int, label: str, protocol: Protocol, sign: float, *, dose: bool) -> Condition:
    dopamine = bath(0.0, WASH_IN) if dose else ()
    return Condition(
        label=f"{label}, dopamine" if dose else label,
        x=float(place),
        setup=Setup(
            events=(*dopamine, *protocol.events), bath=protocol.bath, end=protocol.duration + AFTER
        ),
        read=change,
        published=Published(value=sign, rule="sign", grade="remembered"),
        series="with dopamine" if dose else "without",
    )


AFTER_PAIRING = Experiment(
    name="dopamine-conversion",
    number="8a",
    title="Dopamine after pairing",
    question="Does dopamine after post-before-pre pairing turn depression into potentiation?",
    references=("brzosko2015",),
    preset="hippocampus",
    x=Axis(name="dopamine, 10 min in the bath", unit=""),
    y=Axis(name="change of weight", unit="%"),
    conditions=(
        _after(0, None, -1.0, "read"),
        _after(1, 0.0, 1.0, "read"),
        _after(2, 30.0, -1.0, "remembered"),
    ),
    rule="Depression without dopamine and with late dopamine; potentiation if it comes at once.",
    fitted="The conversion rate of the depression trace was chosen for the sign.",
    prediction="That late dopamine does nothing follows from the decay of the trace.",
    notes="100 pairings at 0.2 Hz. A delay of 10 min is left out: what is stored of the paper does "
    "not settle its sign.",
    categorical=True,
)

_SHORT = pairing(count=10)
DURING_PAIRING = Experiment(
    name="dopamine-during-pairing",
    number="8b",
    title="Dopamine during pairing",
    question="Does dopamine widen the window of potentiation and make fewer pairings suffice?",
    references=("zhang2009",),
    preset="hippocampus",
    x=Axis(name="pairings", unit=""),
    y=Axis(name="change of weight", unit="%"),
    conditions=(
        _during(0, "60 x -10 ms", pairing(pairing_interval=-10.0), -1.0, dose=False),
        _during(1, "60 x -10 ms", pairing(pairing_interval=-10.0), 1.0, dose=True),
        _during(2, "10 x +10 ms", _SHORT, 0.0, dose=False),
        _during(3, "10 x +10 ms", _SHORT, 1.0, dose=True),
    ),
    rule="Depression becomes potentiation; ten pairings potentiate with dopamine only.",
    fitted="Nothing beyond 8a.",
    prediction="Every point with dopamine.",
    notes="From memory, directions only. Dopamine is in the bath for 10 min from the start.",
    categorical=True,
)

EXPERIMENTS = (AFTER_PAIRING, DURING_PAIRING)
