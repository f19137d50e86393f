"""9. Tagging and capture: what lasts, and what a strong neighbour can save."""

from dataclasses import replace
from math import inf

from synapse.plasticity.bounds import HOUR, MINUTE, SECOND
from synapse.plasticity.experiments.experiment import (
    Axis,
    Condition,
    Experiment,
    Grade,
    Origin,
    Published,
    Setup,
    change,
    change_at,
)
from synapse.plasticity.protocols.field import SLICE_BATH, tetanus
from synapse.plasticity.stimulus import Event, Protocol, train

KEPT, DECAYED = 20.0, 10.0
"""Per cent of change. The sources say only whether an input kept its change to the end of
the recording. Here it kept it above the first bound, and lost it below the second."""
RECORDING = 8 * HOUR
"""After the weak tetanus, or after the only one."""
WEAK, STRONG = tetanus(trains=1, pulses=21), tetanus()
LAST_TRAIN = STRONG.events[-1].time
DEPRESSING_PULSES = 900


def kept(*, grade: Grade = "read", n: int | None = None) -> Published:
    """Return the outcome "kept to the end of the recording"."""
    return Published(value=1.0, rule="range", low=KEPT, high=inf, grade=grade, n=n)


def lost(*, below: float = DECAYED, grade: Grade = "read", n: int | None = None) -> Published:
    """Return the outcome "decayed"; ``below`` is ``KEPT`` where it was only weaker."""
    return Published(value=0.0, rule="range", low=-DECAYED, high=below, grade=grade, n=n)


def placed(protocol: Protocol, *, synapse: int, at: float) -> tuple[Event, ...]:
    """Return a protocol's events on one synapse, ``at`` ms later."""
    return tuple(replace(e, synapse=synapse, time=e.time + at) for e in protocol.events)


# --- 9a: one input ----------------------------------------------------------------------

_END = RECORDING + MINUTE
_WEAK = Setup(events=WEAK.events, bath=SLICE_BATH, end=_END, samples=(HOUR, 3 * HOUR, RECORDING))
_STRONG = Setup(
    events=STRONG.events, bath=SLICE_BATH, end=LAST_TRAIN + _END, samples=(6 * HOUR, RECORDING)
)
_INHIBITED = Setup(
    events=(Event(time=0.0, kind="drug", name="anisomycin"), *STRONG.events),
    bath=SLICE_BATH,
    end=LAST_TRAIN + _END,
    samples=(RECORDING,),
)


def _late(
    place: int, what: str, setup: Setup, hours: float, outcome: Published, *, series: str
) -> Condition:
    return Condition(
        label=f"{what}, {hours:g} h",
        x=float(place),
        setup=setup,
        read=change_at(hours * HOUR),
        published=outcome,
        series=series,
        origin="fitted in part",
    )


_CHANGE = Axis(name="change of weight", unit="%")
_CRITERION = f"Kept means at least {KEPT:g} % of change, decayed at most {DECAYED:g} %"

LATE_LTP = Experiment(
    name="late-ltp",
    number="9a",
    title="Early and late LTP",
    question="Which tetanus leaves a change that lasts, and does it need new proteins?",
    references=("huang1994", "frey1997", "beyond_boundaries2025"),
    preset="hippocampus",
    x=Axis(name="tetanus, time after it", unit=""),
    y=_CHANGE,
    conditions=(
        _late(0, "weak", _WEAK, 1, kept(), series="weak"),
        _late(1, "weak", _WEAK, 3, lost(), series="weak"),
        _late(2, "weak", _WEAK, 8, lost(n=7), series="weak"),
        _late(3, "strong", _STRONG, 6, kept(), series="strong"),
        _late(4, "strong", _STRONG, 8, kept(grade="remembered"), series="strong"),
        _late(5, "strong + anisomycin", _INHIBITED, 8, lost(grade="remembered"), series="strong"),
    ),
    rule=f"{_CRITERION}, at the time named.",
    fitted="Time constants are those of a published model; LTP size and decay were among the "
    "targets.",
    prediction="Not kept apart in the calibration.",
    notes="Weak: 21 pulses at 100 Hz. Strong: 3 x 100, 10 min apart. The criterion is ours: the "
    "sources give kept or decayed.",
    categorical=True,
)

# --- 9b: two inputs of one neuron -------------------------------------------------------

# Interval (h), outcome of the weak input; negative: the weak input came first.
INTERVALS = (
    (-4.0, lost(below=KEPT)),
    (-3.0, lost(n=7)),
    (-2.0, lost(below=KEPT)),
    (-1.0, kept()),
    (-0.5, kept(n=7)),
    (-0.083, kept()),
    (0.5, kept(n=8)),
    (3.0, kept(n=7)),
    (6.0, kept(n=7)),
    (9.0, kept(n=7)),
)


def _rescue(hours: float, outcome: Published) -> Condition:
    """Return a rescue; the interval ends or starts at the nearest train of the strong input."""
    weak_first = hours < 0
    weak_at = 0.0 if weak_first else LAST_TRAIN + hours * HOUR
    strong_at = -hours * HOUR if weak_first else 0.0
    events = (
        *placed(WEAK, synapse=0, at=weak_at),
        *placed(STRONG, synapse=1, at=strong_at),
    )
    return Condition(
        label=f"{'weak' if weak_first else 'strong'} first, {_spoken(abs(hours))}",
        x=hours,
        setup=Setup(events=events, bath=SLICE_BATH, end=weak_at + RECORDING, synapses=2),
        read=change,
        published=outcome,
        series="weak first" if weak_first else "strong first",
        origin="fitted in part" if abs(hours) <= 1.0 else "prediction",
    )


def _spoken(hours: float) -> str:
    return f"{hours:g} h" if hours >= 0.5 else f"{hours * 60:.0f} min"


TAGGING_CAPTURE = Experiment(
    name="tagging-capture",
    number="9b",
    title="Tagging and capture",
    question="Within which time does a strongly tetanised neighbour save a weak input?",
    references=("frey1998", "beyond_boundaries2025", "luboeinski2021"),
    preset="hippocampus",
    x=Axis(name="weak input after strong input", unit="h"),
    y=Axis(name="change of the weak input, 8 h after it", unit="%"),
    conditions=tuple(_rescue(*row) for row in INTERVALS),
    rule=f"{_CRITERION}, 8 h after the weak tetanus; 'weaker or none' means below {KEPT:g} %.",
    fitted="Capture constants are those of a published model; rescue within 1 h was a target.",
    prediction="Intervals above 1 h.",
    notes="Rescue 3 to 9 h after the strong input is a report of 2025; proteins that decay "
    "within hours cannot give it. The criterion is ours: the sources give kept or decayed.",
)

# --- 9c: low frequency ------------------------------------------------------------------


def _slow(pulses: int) -> Setup:
    """Return 900 stimuli at 1 Hz, each of some pulses at 20 Hz."""
    events = tuple(
        event
        for i in range(DEPRESSING_PULSES)
        for event in train("field", start=SECOND * (1 + i), interval=50.0, count=pulses)
    )
    over = (1 + DEPRESSING_PULSES) * SECOND
    return Setup(
        events=events, bath=SLICE_BATH, end=over + _END,
        samples=(over + 25 * MINUTE, over + RECORDING),
    )  # fmt: skip


def _depressed(
    place: int, label: str, setup: Setup, *, late: bool, sign: float, origin: Origin
) -> Condition:
    published = Published(value=sign, rule="sign", grade="remembered")
    return Condition(
        label=label, x=float(place), setup=setup, read=change_at(setup.samples[late]),
        published=published, series="strong" if "strong" in label else "weak", origin=origin,
    )  # fmt: skip


_WEAK_SLOW, _STRONG_SLOW = _slow(1), _slow(3)

LATE_LTD = Experiment(
    name="late-ltd",
    number="9c",
    title="Early and late LTD",
    question="Does strong low-frequency stimulation leave a depression that lasts?",
    references=("sajikumar2003",),
    preset="hippocampus",
    x=Axis(name="low-frequency stimulation, time after it", unit=""),
    y=_CHANGE,
    conditions=(
        _depressed(0, "weak, 25 min", _WEAK_SLOW, late=False, sign=-1.0, origin="fitted"),
        _depressed(1, "weak, 8 h", _WEAK_SLOW, late=True, sign=0.0, origin="chosen"),
        _depressed(2, "strong, 25 min", _STRONG_SLOW, late=False, sign=-1.0, origin="prediction"),
        _depressed(3, "strong, 8 h", _STRONG_SLOW, late=True, sign=-1.0, origin="chosen"),
    ),
    rule="Both depress; after 8 h only the strong one still does. Less than 5 % counts as none.",
    fitted="The threshold of protein synthesis by depression was chosen for this experiment.",
    prediction="The early depression by strong stimulation.",
    notes="From memory, directions only. Weak: 900 pulses at 1 Hz. Strong: 900 bursts of 3 at "
    "20 Hz.",
    categorical=True,
)

EXPERIMENTS = (LATE_LTP, TAGGING_CAPTURE, LATE_LTD)
