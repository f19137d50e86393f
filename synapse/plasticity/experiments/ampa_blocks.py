"""11. AMPA receptor traffic: blocked at one end, the weight runs down or up."""

from math import inf

from synapse.plasticity.bounds import MINUTE
from synapse.plasticity.experiments.experiment import (
    SIGN_BAND,
    Axis,
    Condition,
    Experiment,
    Published,
    Setup,
    change,
)
from synapse.plasticity.protocols.field import SLICE_BATH
from synapse.plasticity.protocols.pairing import pairing
from synapse.plasticity.stimulus import Event, Protocol

READ = 30 * MINUTE
DOWN = Published(value=-1.0, rule="sign", grade="remembered")
UP = Published(value=1.0, rule="sign", grade="remembered")
NO_LTP = Published(value=0.0, rule="range", low=-inf, high=SIGN_BAND, grade="remembered")
NO_LTD = Published(value=0.0, rule="range", low=-SIGN_BAND, high=inf, grade="remembered")


def _condition(
    place: int, label: str, drug: str, published: Published, protocol: Protocol | None = None
) -> Condition:
    block = Event(time=0.0, kind="drug", name=drug)
    return Condition(
        label=label,
        x=float(place),
        setup=Setup(
            events=(block, *(protocol.events if protocol else ())),
            bath=protocol.bath if protocol else SLICE_BATH,
            end=READ,
        ),
        read=change,
        published=published,
        series=drug,
        origin="chosen" if protocol is None else "prediction",
    )


EXPERIMENT = Experiment(
    name="ampa-blocks",
    number="11",
    title="Blocks of AMPA receptor traffic",
    question="What remains when receptors cannot reach or cannot leave the membrane?",
    references=("luscher1999",),
    preset="hippocampus",
    x=Axis(name="block for 30 min", unit=""),
    y=Axis(name="change of weight", unit="%"),
    conditions=(
        _condition(0, "no exocytosis, rest", "exocytosis-block", DOWN),
        _condition(1, "no exocytosis, +10 ms", "exocytosis-block", NO_LTP, pairing()),
        _condition(2, "no endocytosis, rest", "endocytosis-block", UP),
        _condition(
            3, "no endocytosis, -10 ms", "endocytosis-block", NO_LTD,
            pairing(pairing_interval=-10.0),
        ),
    ),
    rule="Run-down without exocytosis and no LTP; run-up without endocytosis and no LTD.",
    fitted="The exchange rate was chosen for changes within tens of minutes.",
    prediction="What pairing does during the blocks.",
    notes="From memory, directions only; pairing 60 times at 1 Hz, 3 mM calcium.",
    categorical=True,
)  # fmt: skip
