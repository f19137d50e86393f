"""Controls: what must leave the weight alone."""

from collections.abc import Sequence
from dataclasses import replace

from synapse.plasticity.bounds import HOUR, MINUTE, SECOND
from synapse.plasticity.experiments.experiment import (
    Axis,
    Condition,
    Experiment,
    Origin,
    Published,
    Setup,
    change,
)
from synapse.plasticity.experiments.tagging import STRONG, placed
from synapse.plasticity.protocols.dopamine import dopamine_delayed
from synapse.plasticity.protocols.field import SLICE_BATH, field_test_pulses
from synapse.plasticity.protocols.pairing import CULTURE_BATH, pairing
from synapse.plasticity.stimulus import Event, train

AFTER = 25 * MINUTE
BOUND = 1.0
"""Per cent: the largest change that a control may show."""


def _post(count: int, frequency: float) -> list[Event]:
    return train("post", start=2 * SECOND, interval=SECOND / frequency, count=count)


def _control(
    place: int,
    label: str,
    events: Sequence[Event],
    *,
    synapses: int = 1,
    bath: dict[str, float] = CULTURE_BATH,
    after: float = AFTER,
    origin: Origin = "prediction",
    preset: str = "",
) -> Condition:
    """Return a control; with two synapses the second one, which gets nothing, is read."""
    last = max(event.time for event in events)
    return Condition(
        label=label,
        x=float(place),
        setup=Setup(events=tuple(events), bath=bath, end=last + after, synapses=synapses),
        read=lambda outcome: change(outcome, synapses - 1),
        published=Published(value=0.0, rule="bound", error=BOUND),
        origin=origin,
        preset=preset,
    )


_PULSES = field_test_pulses().events
_SINGLE = [replace(event, kind="pre") for event in _PULSES]
_PAIRED = pairing()
_NEIGHBOUR = [replace(e, synapse=0) if e.kind == "pre" else e for e in _PAIRED.events]

CONTROLS = Experiment(
    name="controls",
    number="C1",
    title="Controls",
    question="Does the weight stay where it is when nothing should change it?",
    references=(),
    preset="hippocampus",
    x=Axis(name="control", unit=""),
    y=Axis(name="change of weight", unit="%"),
    conditions=(
        _control(0, "120 field test pulses", _PULSES, bath=SLICE_BATH, origin="fitted in part"),
        _control(1, "120 test pulses, one input", _SINGLE, bath=SLICE_BATH),
        _control(2, "post only, 60 at 1 Hz", _post(60, 1.0), origin="by construction"),
        _control(3, "post only, 300 at 50 Hz", _post(300, 50.0), origin="by construction"),
        _control(
            4, "300 at 50 Hz after one pre", [Event(time=SECOND, kind="pre"), *_post(300, 50.0)]
        ),
        _control(5, "silent neighbour, pairing", _NEIGHBOUR, synapses=2),
        _control(
            6,
            "silent neighbour, strong, 8 h",
            placed(STRONG, synapse=0, at=0.0),
            synapses=2,
            bath=SLICE_BATH,
            after=8 * HOUR,
        ),
    ),
    rule=f"Each change at most {BOUND:g} %.",
    fitted="Test pulses were among the targets of the calibration.",
    prediction="Post-only trains and silent inputs follow from the equations.",
    notes="The bound is ours. 25 min after the last event unless said.",
    categorical=True,
    control=True,
)

# --- global reward -----------------------------------------------------------------------

_REWARD = dopamine_delayed()
_REWARDED = [replace(e, synapse=0) if e.kind == "pre" else e for e in _REWARD.events]
_GLOBAL = Setup(
    events=tuple(_REWARDED), bath=_REWARD.bath, end=_REWARD.duration + AFTER, synapses=2
)

GLOBAL_REWARD = Experiment(
    name="global-reward",
    number="C2",
    title="Global reward",
    question="Does dopamine that reaches two synapses change only the one that was paired?",
    references=(),
    preset="striatum-d1",
    x=Axis(name="synapse", unit=""),
    y=Axis(name="change of weight", unit="%"),
    conditions=(
        Condition(
            label="paired",
            x=0.0,
            setup=_GLOBAL,
            read=lambda outcome: change(outcome, 0),
            published=Published(value=1.0, rule="sign"),
            origin="chosen",
        ),
        Condition(
            label="silent",
            x=1.0,
            setup=_GLOBAL,
            read=lambda outcome: change(outcome, 1),
            published=Published(value=0.0, rule="bound", error=BOUND),
            origin="by construction",
        ),
    ),
    rule=f"The paired synapse grows by at least 5 %; the silent one changes at most {BOUND:g} %.",
    fitted="The time constants of the traces, for experiment 7.",
    prediction="That reward stays with the paired synapse.",
    notes="Two synapses of one neuron in one dopamine cleft; dopamine 0.6 s after the onset.",
    categorical=True,
    control=True,
)

EXPERIMENTS = (CONTROLS, GLOBAL_REWARD)
