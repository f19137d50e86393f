"""What is done in an experiment, in words: events, bath, drugs, and when it is read."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from synapse.plasticity.drugs import DRUGS
from synapse.plasticity.experiments.experiment import Experiment, Setup
from synapse.plasticity.group import BATH
from synapse.plasticity.stimulus import Event
from synapse.rendering.experiment_words import label_text
from synapse.rendering.numbers import duration_text, number_text, unit_suffix

KINDS = {
    "pre": "presynaptic spike",
    "field": "field pulse",
    "post": "postsynaptic spike",
    "dopamine": "dopamine pulse",
    "acetylcholine": "acetylcholine pulse",
}

FEW = 2
"""Events of a kind whose times are listed."""


@dataclass(frozen=True, slots=True)
class Done:
    """Conditions with one protocol, and the protocol in words."""

    conditions: tuple[str, ...]
    events: tuple[str, ...]
    bath: str
    length: str
    synapses: int


def protocols(experiment: Experiment) -> tuple[Done, ...]:
    """Return what is done in each condition; those with the same protocol share a line."""
    by_setup: dict[int, list[str]] = defaultdict(list)
    setups = {}
    for condition in experiment.conditions:
        by_setup[id(condition.setup)].append(label_text(condition))
        setups[id(condition.setup)] = condition.setup
    return tuple(_done(tuple(by_setup[key]), setup) for key, setup in setups.items())


def _done(conditions: tuple[str, ...], setup: Setup) -> Done:
    return Done(
        conditions, events_text(setup.events), bath_text(setup.bath),
        duration_text(round(setup.end, 3)), setup.synapses,
    )  # fmt: skip


def events_text(events: Iterable[Event]) -> tuple[str, ...]:
    """Return a line for each kind of event on each synapse."""
    grouped: dict[tuple[str, str, int | None], list[Event]] = defaultdict(list)
    for event in events:
        grouped[event.kind, event.name, event.synapse].append(event)
    lines = [_line(kind, name, synapse, own) for (kind, name, synapse), own in grouped.items()]
    return tuple(lines) or ("nothing",)


def _line(kind: str, name: str, synapse: int | None, events: list[Event]) -> str:
    where = "" if synapse is None else f", synapse {synapse + 1}"
    if kind == "drug":
        what = "; ".join(
            f"{'added' if event.value else 'washed out'} at {_time(event.time)}" for event in events
        )
        return f"{DRUGS[name].title} {what}{where}"
    if kind == "bath":
        unit = unit_suffix(BATH[name].unit)
        changes = (f"{number_text(e.value)} {unit} from {_time(e.time)}".strip() for e in events)
        return f"{name} {', '.join(changes)}"
    word = KINDS[kind]
    times = sorted(event.time for event in events)
    if len(times) <= FEW:
        listed = " and ".join(_time(time) for time in times)
        return f"{len(times)} {word}{'s' if len(times) > 1 else ''} at {listed}{where}"
    return f"{number_text(len(times), 6)} {word}s{_pattern(times)}, from {_time(times[0])}{where}"


def _pattern(times: list[float]) -> str:
    """Return how several times follow one another: evenly, in even bursts, or otherwise."""
    gaps = [round(b - a, 3) for a, b in zip(times, times[1:], strict=False)]
    if min(gaps) == max(gaps):
        return f", one every {_time(gaps[0])}"
    size = gaps.index(next(gap for gap in gaps if gap != gaps[0])) + 1
    starts = times[::size]
    between = {round(b - a, 3) for a, b in zip(starts, starts[1:], strict=False)}
    bursts = [times[i : i + size] for i in range(0, len(times), size)]
    alike = {tuple(round(t - burst[0], 3) for t in burst) for burst in bursts}
    if size > 1 and len(between) == 1 and len(alike) == 1:
        every = _time(between.pop())
        return f" in {len(bursts)} bursts of {size}, {_time(gaps[0])} apart, a burst every {every}"
    return f" at uneven times until {_time(times[-1])}"


def _time(milliseconds: float) -> str:
    return duration_text(round(milliseconds, 3))


def bath_text(bath: Mapping[str, float]) -> str:
    """Return the bath of a setup, or that it is the preset's."""
    words = (
        f"{name.removeprefix('external_').replace('_', ' ')} {number_text(value)} "
        f"{unit_suffix(BATH[name].unit)}".rstrip()
        for name, value in bath.items()
    )
    return ", ".join(words) or "that of the preset"
