"""5. NMDA receptors: without them no change; without their magnesium block potentiation."""

from synapse.plasticity.bounds import MINUTE
from synapse.plasticity.experiments.experiment import (
    Axis,
    Condition,
    Experiment,
    Published,
    Setup,
    change,
)
from synapse.plasticity.protocols.pairing import CULTURE_BATH, pairing
from synapse.plasticity.stimulus import Event

AFTER = 25 * MINUTE
LOW_MAGNESIUM = 0.1
"""mM."""


def _condition(place: int, interval: float, *, blocked: bool, sign: float) -> Condition:
    protocol = pairing(pairing_interval=interval)
    block = (Event(time=0.0, kind="drug", name="apv"),) if blocked else ()
    bath = CULTURE_BATH if blocked else {**CULTURE_BATH, "external_magnesium": LOW_MAGNESIUM}
    return Condition(
        label=f"{'APV' if blocked else 'low Mg'}, {interval:+g} ms",
        x=float(place),
        setup=Setup(events=(*block, *protocol.events), bath=bath, end=protocol.duration + AFTER),
        read=change,
        published=Published(value=sign, rule="sign", grade="remembered"),
        series="APV" if blocked else "low magnesium",
        origin="by construction" if blocked else "prediction",
    )


EXPERIMENT = Experiment(
    name="nmda-block",
    number="5",
    title="NMDA receptor block and low magnesium",
    question="Does plasticity need NMDA receptors, and does their magnesium block hold it back?",
    references=("bi1998",),
    preset="hippocampus",
    x=Axis(name="drug or bath, pairing interval", unit=""),
    y=Axis(name="change of weight", unit="%"),
    conditions=(
        _condition(0, 10.0, blocked=True, sign=0.0),
        _condition(1, -10.0, blocked=True, sign=0.0),
        _condition(2, 10.0, blocked=False, sign=1.0),
        _condition(3, -10.0, blocked=False, sign=1.0),
    ),
    rule="APV abolishes both changes; with 0.1 mM magnesium both pairings potentiate.",
    fitted="Nothing.",
    prediction="The directions in low magnesium. The block follows from the equations.",
    notes="From memory, directions only. The size in low magnesium is not credible: the fast "
    "detector is not saturated there.",
    categorical=True,
)
