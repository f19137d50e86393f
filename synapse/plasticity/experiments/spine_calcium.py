"""13. Calcium in one spine: an EPSP, an action potential, and both together."""

from synapse.plasticity.bounds import SECOND
from synapse.plasticity.experiments.experiment import Axis, Condition, Experiment, Published, Setup
from synapse.plasticity.experiments.readers import calcium_decay, peak_calcium, summation
from synapse.plasticity.protocols.field import SLICE_BATH
from synapse.plasticity.stimulus import Event

FINE = {"fine_step": 0.05, "tail_step": 0.05}
"""ms: steps that resolve the peaks."""
EPSP, BAP, PAIR = 1 * SECOND, 11 * SECOND, 21 * SECOND
"""When each comes, far enough apart to be alone."""


def _setup(interval: float) -> Setup:
    """Return an EPSP, an action potential, and a pair with ``interval`` = t_post - t_pre (ms)."""
    events = (
        Event(time=EPSP, kind="pre"),
        Event(time=BAP, kind="post"),
        Event(time=PAIR + max(0.0, -interval), kind="pre"),
        Event(time=PAIR + max(0.0, interval), kind="post"),
    )
    return Setup(events=events, bath=SLICE_BATH, end=PAIR + 2 * SECOND, values=FINE, record=True)


_ALONE = _setup(10.0)

PEAKS = Experiment(
    name="spine-calcium",
    number="13a",
    title="Calcium transients of a spine",
    question="How high does calcium rise after an EPSP and after an action potential?",
    references=("sabatini2002", "chindemi2022"),
    preset="hippocampus",
    x=Axis(name="stimulus", unit=""),
    y=Axis(name="peak of calcium above rest", unit="uM"),
    conditions=(
        Condition(
            label="EPSP",
            x=0.0,
            setup=_ALONE,
            read=peak_calcium(EPSP),
            published=Published(value=0.7, rule="range", low=0.3, high=1.1),
            origin="fitted",
        ),
        Condition(
            label="action potential",
            x=1.0,
            setup=_ALONE,
            read=peak_calcium(BAP),
            published=Published(value=1.7, rule="range", low=1.1, high=2.3),
            origin="fitted",
        ),
    ),
    rule="Within one standard deviation of the published mean (standard errors are not given).",
    fitted="The influx rate was set by the EPSP; that of an action potential was bounded.",
    prediction="None.",
    notes="Read where a later model quotes them. The model's transient is that of a spike which "
    "releases a quantum: failures are left out, as an experimenter does.",
    categorical=True,
)

DECAY = Experiment(
    name="calcium-decay",
    number="13b",
    title="Decay of spine calcium",
    question="How fast does calcium fall after an action potential?",
    references=("sabatini2002", "chindemi2022"),
    preset="hippocampus",
    x=Axis(name="stimulus", unit=""),
    y=Axis(name="time from peak to 1/e", unit="ms"),
    conditions=(
        Condition(
            label="action potential",
            x=0.0,
            setup=_ALONE,
            read=calcium_decay(BAP),
            published=Published(value=14.0, rule="range", low=12.0, high=20.0),
            origin="fitted in part",
        ),
    ),
    rule="Within the published range of 12 to 20 ms.",
    fitted="The extrusion time constant is 15 ms, from the same source.",
    prediction="How far after-depolarisation prolongs the decay.",
    notes="The published value is extrapolated to a spine without indicator.",
    categorical=True,
)

# Interval (ms), preset, published direction: the far ones of layer 5, the near ones remembered.
SUMS = (
    (50.0, "neocortex-l5", 1.0, "read"),
    (-50.0, "neocortex-l5", -1.0, "read"),
    (10.0, "hippocampus", 1.0, "remembered"),
)

SUMMATION = Experiment(
    name="calcium-summation",
    number="13c",
    title="Summation of calcium",
    question="Does an EPSP before an action potential bring more calcium than both alone?",
    references=("koester1998", "sabatini2002"),
    preset="hippocampus",
    x=Axis(name="pairing interval, post after pre", unit="ms"),
    y=Axis(name="calcium beyond the sum of both alone", unit="%"),
    conditions=tuple(
        Condition(
            label=f"{interval:+g} ms, {preset}",
            x=interval,
            setup=_setup(interval),
            read=summation(PAIR, epsp=EPSP, bap=BAP),
            published=Published(value=sign, rule="sign", grade=grade),  # type: ignore[arg-type]
            preset=preset,
            series=preset,
        )
        for interval, preset, sign, grade in SUMS
    ),
    rule="More than the sum when the EPSP comes first, less when it comes 50 ms after.",
    fitted="Nothing.",
    prediction="Every point.",
    notes="Directions only. Calcium is the area of the transient, because the indicator of the "
    "experiment is slow.",
)

EXPERIMENTS = (PEAKS, DECAY, SUMMATION)
