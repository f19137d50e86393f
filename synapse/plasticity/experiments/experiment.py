"""What an experiment is: a declaration of what was done, what was found, and what counts.

An experiment has conditions. Each condition sets a group up, runs it, reads one number
and compares it with one published number under a rule. Nothing here knows a model value.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from synapse.plasticity.group import Group
from synapse.plasticity.simulation import Trace
from synapse.plasticity.stimulus import Event

Grade = Literal["read", "remembered"]
Rule = Literal["sem", "sign", "range", "bound"]
Origin = Literal["fitted", "fitted in part", "prediction", "by construction", "chosen"]
Verdict = Literal["pass", "part", "fail"]

SIGN_BAND = 5.0
"""Per cent: a smaller change counts as none where only signs are published."""
OPEN = 2.0
"""Standard errors: a mean closer to zero than this has no published direction."""


@dataclass(frozen=True, kw_only=True)
class Published:
    """One published number with its worth.

    ``rule`` says how it is compared: ``sem`` within one standard error; ``sign`` the
    value is -1, 0 or 1 and a change inside ``SIGN_BAND`` is 0; ``range`` between ``low``
    and ``high``; ``bound`` at most ``error`` away from ``value``. ``grade`` says whether
    the number was read in a source or is only remembered.
    """

    value: float
    rule: Rule
    error: float | None = None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    grade: Grade = "read"

    def distance(self, got: float) -> float | None:
        """Return the distance in standard errors, where one is published."""
        if self.rule != "sem" or not self.error:
            return None
        return (got - self.value) / self.error

    def holds(self, got: float) -> bool:
        """Return whether a result meets the rule."""
        if self.rule == "sem":
            distance = self.distance(got)
            return distance is not None and abs(distance) <= 1.0
        if self.rule == "sign":
            return sign_of(got) == self.value
        if self.rule == "range":
            low = -float("inf") if self.low is None else self.low
            high = float("inf") if self.high is None else self.high
            return low <= got <= high
        return abs(got - self.value) <= (self.error or 0.0)

    def sign_holds(self, got: float) -> bool:
        """Return whether a result at least has the right direction.

        A published mean inside ``SIGN_BAND``, or less than ``OPEN`` standard errors from
        zero, has no sure direction: then a result that close to the mean will do as well.
        """
        distance = self.distance(got)
        if distance is None or self.error is None or self.holds(got):
            return self.holds(got)
        if sign_of(got) == sign_of(self.value):
            return True
        unsure = sign_of(self.value) == 0.0 or abs(self.value) < OPEN * self.error
        return unsure and abs(distance) <= OPEN


def sign_of(change: float) -> float:
    """Return -1, 0 or 1: the direction of a change in per cent."""
    if abs(change) < SIGN_BAND:
        return 0.0
    return 1.0 if change > 0 else -1.0


@dataclass(frozen=True, kw_only=True)
class Setup:
    """What is done: a group, its events and its end (ms), without the parameters.

    ``values`` are overrides by name on top of the preset; ``samples`` are times (ms) at
    which a copy of the group is kept beside the one at the end.
    """

    events: tuple[Event, ...]
    end: float
    bath: Mapping[str, float] = field(default_factory=dict)
    values: Mapping[str, float] = field(default_factory=dict)
    synapses: int = 1
    per_synapse: tuple[Mapping[str, float], ...] = ()
    samples: tuple[float, ...] = ()
    record: bool = False


@dataclass(frozen=True)
class Outcome:
    """What came out: the group at the end and at the samples, and the trace."""

    end: Group
    samples: dict[float, Group]
    trace: Trace | None


@dataclass(frozen=True, kw_only=True)
class Condition:
    """One condition: a label, its place on the x axis, what is done, read and published.

    Conditions with the same ``Setup`` object are read from one run. ``preset`` replaces
    that of the experiment.
    """

    label: str
    x: float
    setup: Setup
    read: Callable[[Outcome], float]
    published: Published
    series: str = ""
    origin: Origin = "prediction"
    preset: str = ""


@dataclass(frozen=True, kw_only=True)
class Axis:
    """Name and unit of an axis."""

    name: str
    unit: str


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """One experiment of the literature, or a control.

    Where ``categorical`` is set, the x axis shows the labels of the conditions.
    """

    name: str
    number: str
    title: str
    question: str
    references: tuple[str, ...]
    preset: str
    x: Axis
    y: Axis
    conditions: tuple[Condition, ...]
    rule: str
    fitted: str
    prediction: str
    notes: str = ""
    logarithmic_x: bool = False
    categorical: bool = False
    control: bool = False

    def preset_of(self, condition: Condition) -> str:
        """Return the preset of a condition."""
        return condition.preset or self.preset

    @property
    def remembered(self) -> bool:
        """Whether every published number is only remembered."""
        return all(c.published.grade == "remembered" for c in self.conditions)

    @property
    def signs_only(self) -> bool:
        """Whether only directions are published."""
        return all(c.published.rule == "sign" for c in self.conditions)

    @property
    def has_errors(self) -> bool:
        """Whether standard errors are published."""
        return any(c.published.rule == "sem" for c in self.conditions)


@dataclass(frozen=True)
class Result:
    """What one condition gave."""

    condition: Condition
    got: float

    @property
    def holds(self) -> bool:
        """Whether the condition meets its rule."""
        return self.condition.published.holds(self.got)

    @property
    def distance(self) -> float | None:
        """Distance in standard errors, where published."""
        return self.condition.published.distance(self.got)


def verdict(results: list[Result]) -> Verdict:
    """Return pass (every condition holds), part (right directions), or fail."""
    if all(r.holds for r in results):
        return "pass"
    if all(r.condition.published.sign_holds(r.got) for r in results):
        return "part"
    return "fail"


# --- what is read ----------------------------------------------------------------------


def weight(group: Group, synapse: int = 0) -> float:
    """Return the committed weight (1 at rest)."""
    p = group.parameters[synapse]
    return float(group.states["psd_ampa"][synapse] / (p["psd_fraction"] * p["baseline_ampa"]))


def change(outcome: Outcome, synapse: int = 0) -> float:
    """Return the change of the committed weight at the end, per cent."""
    return 100.0 * (weight(outcome.end, synapse) - 1.0)


def change_at(time: float, synapse: int = 0) -> Callable[[Outcome], float]:
    """Return a reader of the change at a sample time (ms), per cent."""
    return lambda outcome: 100.0 * (weight(outcome.samples[time], synapse) - 1.0)
