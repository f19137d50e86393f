"""The code: an event of a connection as spikes and dopamine.

|dt| = dt0 - tau ln|e|, sign(dt) = sign(phi e): the window A sign(dt) exp(-(|dt| - dt0) / tau)
is then A sign(phi) e exactly, and pairings in number make it proportional to phi e. The
learner is a gated delta rule and has no spikes; the code makes the two equal under that
exponential window, and under no other.

================================  ====================================================
in the learner                    in the synapse
================================  ====================================================
error e (largest: 1)              latency between the two spikes
sign of phi e                     their order: + is pre before post
size of the input phi             number of pairings
input that does not spike         postsynaptic spikes alone
error too small for the window    presynaptic spikes alone
commit                            R pairings for an input of 1
no commit, a trace is written     one pairing, no dopamine; the error is the late head's
gain above 1 of a commit          dopamine after the pairings
consolidation, sleep, rollback    nothing: the synapse has its own
================================  ====================================================
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import exp, log
from typing import Any, NamedTuple

from learner.pipeline.bridge.constants import BY_NAME, CONSTANTS
from learner.pipeline.bridge.moments import Moment
from synapse.plasticity.bounds import SECOND
from synapse.plasticity.protocols.pairing import CULTURE_BATH
from synapse.plasticity.stimulus import Event, Protocol

START = SECOND
"""ms before the first event."""


def _default(name: str) -> Any:
    return BY_NAME[name].default


class Spikes(NamedTuple):
    """What happens at the synapse because of one event; times in ms after its start."""

    pre: tuple[float, ...] = ()
    post: tuple[float, ...] = ()
    dopamine: tuple[tuple[float, float], ...] = ()
    """Time and amount (uM) of each pulse."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """The numbers of the code; ``constants.py`` declares them."""

    interval: float = _default("interval")
    window_time: float = _default("window_time")
    least_latency: float = _default("least_latency")
    longest_latency: float = _default("longest_latency")
    repetitions: float = _default("repetitions")
    most_repetitions: float = _default("most_repetitions")
    quiet_repetitions: float = _default("quiet_repetitions")
    pairing_period: float = _default("pairing_period")
    dopamine_amount: float = _default("dopamine_amount")
    dopamine_pulses: float = _default("dopamine_pulses")
    dopamine_interval: float = _default("dopamine_interval")
    dopamine_delay: float = _default("dopamine_delay")

    def __post_init__(self) -> None:
        for constant in CONSTANTS:
            constant.check(getattr(self, constant.name))
        if self.longest_latency <= self.least_latency:
            raise ValueError(
                f"longest_latency must exceed least_latency, {self.least_latency:g} ms; "
                f"got {self.longest_latency:g} ms"
            )
        if self.longest_latency > self.pairing_period / 2.0:
            raise ValueError(
                f"longest_latency must be at most half of pairing_period, "
                f"{self.pairing_period / 2.0:g} ms; got {self.longest_latency:g} ms"
            )
        if self.most_repetitions * self.pairing_period > self.interval:
            raise ValueError(
                f"interval must be at least most_repetitions times pairing_period, "
                f"{self.most_repetitions * self.pairing_period:g} ms; got {self.interval:g} ms"
            )

    def to_json(self) -> dict[str, float]:
        """Return the numbers by name."""
        return asdict(self)

    @property
    def least_error(self) -> float:
        """The smallest error that is paired, as a share of the largest."""
        return exp((self.least_latency - self.longest_latency) / self.window_time)


def window(code: Code, lag: float) -> float:
    """Return the exponential window at a lag (ms): 1 at the least latency."""
    size = exp((code.least_latency - abs(lag)) / code.window_time)
    return size if lag > 0.0 else -size


def latency(code: Code, error: float) -> float | None:
    """Return the lag (ms) of an error of at most 1, None for one too small to be paired."""
    size = min(1.0, abs(error))
    if size < code.least_error:
        return None
    lag = code.least_latency - code.window_time * log(size)
    return lag if error > 0.0 else -lag


def pairings(code: Code, amount: float, *, salient: bool) -> int:
    """Return how many spikes an input of this size becomes; at least one, if it spikes."""
    if not salient:
        return int(code.quiet_repetitions)
    return max(1, int(min(code.most_repetitions, code.repetitions * abs(amount) + 0.5)))


def coded_error(moment: Moment) -> float:
    """Return the error that a connection's change was made from."""
    return moment.error if moment.salient else moment.late_error


def encode(code: Code, moment: Moment, *, largest_error: float = 1.0) -> Spikes:
    """Return one event of a connection as spikes and dopamine."""
    if not moment.is_event:
        return Spikes()
    silent = moment.input == 0.0
    share = coded_error(moment) / largest_error
    lag = latency(code, share if silent or moment.input > 0.0 else -share)
    amount = 1.0 if silent else moment.input
    count = pairings(code, amount, salient=moment.salient)
    starts = [i * code.pairing_period for i in range(count)]
    pre = () if silent else tuple(t + max(0.0, -(lag or 0.0)) for t in starts)
    post = () if lag is None else tuple(t + max(0.0, lag) for t in starts)
    return Spikes(pre, post, pulses(code, moment, starts))


def pulses(code: Code, moment: Moment, starts: Sequence[float]) -> tuple[tuple[float, float], ...]:
    """Return the dopamine of a commit: its amount is by how much the gain exceeds 1."""
    amount = code.dopamine_amount * (moment.gain - 1.0)
    if not moment.salient or amount <= 0.0 or not starts:
        return ()
    first = starts[-1] + code.dopamine_delay
    return tuple(
        (first + i * code.dopamine_interval, amount) for i in range(int(code.dopamine_pulses))
    )


def decode(code: Code, spikes: Spikes) -> float:
    """Return sign(phi) e as a share of the largest error, read from the spikes; 0 for no pair."""
    if not spikes.pre or not spikes.post:
        return 0.0
    return window(code, spikes.post[0] - spikes.pre[0])


def decode_gain(code: Code, spikes: Spikes) -> float:
    """Return the gate's gain, read from the dopamine."""
    return 1.0 + (spikes.dopamine[0][1] / code.dopamine_amount if spikes.dopamine else 0.0)


def ideal(code: Code, spikes: Spikes) -> float:
    """Return the change that the exponential window gives, in units of A."""
    return len(spikes.pre) * decode(code, spikes)


def starts_of(code: Code, count: int) -> list[float]:
    """Return when each operation begins on the time axis, ms; last, the end of the axis."""
    return [START + i * code.interval for i in range(count + 1)]


def stimuli(code: Code, coded: Sequence[Spikes]) -> list[Event]:
    """Return the events of the synapse, by time."""
    events = [event for start, s in _placed(code, coded) for event in _events(start, s)]
    return sorted(events, key=lambda event: event.time)


def protocol_of(code: Code, coded: Sequence[Spikes], *, title: str) -> Protocol:
    """Return a connection's events as a protocol of the laboratory, in the bath of the code."""
    return Protocol(
        name="connection", title=title,
        meaning="Events of a learner's connection: error as latency, gate as dopamine.",
        events=tuple(stimuli(code, coded)), bath=CULTURE_BATH,
        duration=starts_of(code, len(coded))[-1],
    )  # fmt: skip


def _placed(code: Code, coded: Sequence[Spikes]) -> Iterator[tuple[float, Spikes]]:
    yield from zip(starts_of(code, len(coded)), coded, strict=False)


def _events(start: float, spikes: Spikes) -> Iterator[Event]:
    yield from (Event(time=start + t, kind="pre") for t in spikes.pre)
    yield from (Event(time=start + t, kind="post") for t in spikes.post)
    yield from (Event(time=start + t, kind="dopamine", value=v) for t, v in spikes.dopamine)


def code_from(values: Mapping[str, Any]) -> Code:
    """Return a code from numbers by name; what is not named keeps its default."""
    unknown = values.keys() - BY_NAME.keys()
    if unknown:
        raise ValueError(f"the code has no {sorted(unknown)[0]!r}; it has {', '.join(BY_NAME)}")
    return Code(**{name: BY_NAME[name].check(value) for name, value in values.items()})
