"""Optional: acetylcholine biases pairing to depression; dopamine turns it round."""

from synapse.plasticity.bounds import MINUTE, SECOND
from synapse.plasticity.components import DOPAMINE_CLEFT
from synapse.plasticity.experiments.experiment import (
    Axis,
    Condition,
    Experiment,
    Published,
    Setup,
    change,
)
from synapse.plasticity.protocols.pairing import CULTURE_BATH
from synapse.plasticity.stimulus import Event, train

GAINS = {"acetylcholine_depression_gain": 2.0, "acetylcholine_potentiation_loss": 1.0}
OFF = dict.fromkeys(GAINS, 0.0)
DOSE = 10.0
"""uM, of either modulator."""
TONIC = DOPAMINE_CLEFT["tonic_dopamine"].default
START = 5 * SECOND
PERIOD = 5 * SECOND
COUNT = 100
END = START + COUNT * PERIOD
REWARD = 10 * MINUTE
STAY = 30 * MINUTE
"""ms that acetylcholine stays after pairing, where it stays."""
READOUT = END + 60 * MINUTE


def _bath(name: str, start: float, end: float, rest: float) -> list[Event]:
    return [
        Event(time=start, kind="bath", name=name, value=DOSE),
        Event(time=end, kind="bath", name=name, value=rest),
    ]


def _condition(
    place: int,
    label: str,
    interval: float | None,
    sign: float,
    *,
    cholinergic: float | None = None,
    reward: bool = False,
    values: dict[str, float] = GAINS,
) -> Condition:
    """Return one condition; ``cholinergic`` is how long (ms) acetylcholine stays afterwards."""
    events: list[Event] = []
    if interval is not None:
        events += train("pre", start=START, interval=PERIOD, count=COUNT)
        events += train("post", start=START + interval, interval=PERIOD, count=COUNT)
    if cholinergic is not None:
        events += _bath("tonic_acetylcholine", 0.0, END + cholinergic, 0.0)
    if reward:
        events += _bath("tonic_dopamine", END, END + REWARD, TONIC)
    return Condition(
        label=label,
        x=float(place),
        setup=Setup(
            events=tuple(sorted(events, key=lambda event: event.time)),
            bath=CULTURE_BATH,
            end=READOUT,
            values=values,
        ),
        read=change,
        published=Published(value=sign, rule="sign"),
        origin="chosen",
    )


EXPERIMENT = Experiment(
    name="acetylcholine",
    number="O4",
    title="Acetylcholine on the gate",
    question="Does acetylcholine bias pairing to depression, and can dopamine turn that round?",
    references=("brzosko2017", "kirkwood1999"),
    preset="hippocampus",
    x=Axis(name="condition", unit=""),
    y=Axis(name="change of weight", unit="%"),
    conditions=(
        _condition(0, "+10 ms", 10.0, 1.0),
        _condition(1, "+10 ms, acetylcholine", 10.0, -1.0, cholinergic=STAY),
        _condition(2, "+10 ms, acetylcholine, off", 10.0, 1.0, cholinergic=STAY, values=OFF),
        _condition(3, "+10 ms, acetylcholine, dopamine", 10.0, 1.0, cholinergic=0.0, reward=True),
        _condition(4, "-20 ms", -20.0, -1.0),
        _condition(5, "-20 ms, acetylcholine", -20.0, -1.0, cholinergic=STAY),
        _condition(6, "-20 ms, acetylcholine, dopamine", -20.0, 1.0, cholinergic=0.0, reward=True),
        _condition(7, "acetylcholine alone", None, 0.0, cholinergic=STAY),
    ),
    rule="Directions.",
    fitted="Both gains, so that +10 ms depresses.",
    prediction="That dopamine given afterwards turns both orders into potentiation.",
    notes="An optional process, off by default. It acts while the traces are expressed, as"
    " dopamine does. Traces last 5 min here, so that +10 ms still potentiates (+16 %) when"
    " acetylcholine is washed out at the end of pairing. Sizes are not compared.",
    categorical=True,
)
