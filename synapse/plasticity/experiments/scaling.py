"""10. Homeostatic scaling: a silenced network strengthens all its synapses by one factor."""

from math import inf

from synapse.plasticity.bounds import HOUR
from synapse.plasticity.experiments.experiment import Axis, Condition, Experiment, Published, Setup
from synapse.plasticity.experiments.readers import mean_change, spread
from synapse.plasticity.stimulus import Event

LATE_WEIGHTS = (-0.2, 0.0, 0.2, 0.4, 0.6)
"""Of the five synapses, so that they start from different strengths."""
SPREAD_BOUND = 1.0
"""Per cent: larger differences between the synapses' factors are not multiplicative."""


def _treated(drug: str) -> Setup:
    return Setup(
        events=(Event(time=0.0, kind="drug", name=drug),),
        end=48 * HOUR,
        synapses=len(LATE_WEIGHTS),
        per_synapse=tuple({"late_weight": z} for z in LATE_WEIGHTS),
        samples=(0.0, 24 * HOUR),
    )


_SILENCED, _EXCITED = _treated("ttx"), _treated("bicuculline")
_UP = Published(value=1.0, rule="sign")

SCALING = Experiment(
    name="synaptic-scaling",
    number="10a",
    title="Homeostatic scaling",
    question="Do synapses grow when the network is silenced and shrink when it is overactive?",
    references=("turrigiano1998", "wierenga2005", "steinmetz2010"),
    preset="hippocampus",
    x=Axis(name="treatment", unit=""),
    y=Axis(name="mean change of weight", unit="%"),
    conditions=(
        Condition(
            label="TTX, 24 h", x=0.0, setup=_SILENCED, read=mean_change(24 * HOUR), published=_UP
        ),
        Condition(
            label="TTX, 48 h",
            x=1.0,
            setup=_SILENCED,
            read=mean_change(),
            published=Published(value=100.0, rule="range", low=100.0, high=inf),
            origin="fitted",
        ),
        Condition(
            label="bicuculline, 48 h",
            x=2.0,
            setup=_EXCITED,
            read=mean_change(),
            published=Published(value=-1.0, rule="sign", grade="remembered"),
            origin="chosen",
        ),
    ),
    rule="Growth after 24 h of TTX, more than a doubling after 48 h, shrinkage in bicuculline.",
    fitted="The time constant of scaling to more than a doubling after 48 h; the activity in "
    "bicuculline was chosen.",
    prediction="The growth after 24 h.",
    notes="More than doubled: strength of connections in cortical cultures after one or two days. "
    "The 192 and 70 % of the classic paper are from memory, so only their directions count.",
    categorical=True,
)

MULTIPLICATIVE = Experiment(
    name="multiplicative-scaling",
    number="10b",
    title="Scaling is multiplicative",
    question="Do weak and strong synapses change by the same factor?",
    references=("turrigiano1998",),
    preset="hippocampus",
    x=Axis(name="treatment", unit=""),
    y=Axis(name="spread of the factors over five synapses", unit="%"),
    conditions=tuple(
        Condition(
            label=label,
            x=float(i),
            setup=setup,
            read=spread,
            published=Published(value=0.0, rule="bound", error=SPREAD_BOUND, grade="remembered"),
            origin="by construction",
        )
        for i, (label, setup) in enumerate(
            (("TTX, 48 h", _SILENCED), ("bicuculline, 48 h", _EXCITED))
        )
    ),
    rule=f"The factors of five synapses differ by at most {SPREAD_BOUND:g} %.",
    fitted="Nothing.",
    prediction="None: one factor per astrocyte unit is built in.",
    notes="From memory; the bound is ours.",
    categorical=True,
)

EXPERIMENTS = (SCALING, MULTIPLICATIVE)
