"""Settings of a learner from the parameters of a synapse, by a map that is stated.

Every row says from which quantities, by which formula, and how much of it is choice:
``derived`` where the two mean the same (a share, a time), ``analogy`` where they only stand
for the same, ``none`` where there is no common unit and the learner keeps its default.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import exp, isfinite, log
from typing import Any

from learner.pipeline.bridge.constants import BY_NAME
from learner.pipeline.consolidation import POOL_KEPT
from learner.pipeline.settings import EXPERT, USER, WHOLE, Setting
from synapse.plasticity.layout import DEFAULTS

Values = Mapping[str, float]
INTERVAL = BY_NAME["interval"]
SETTINGS: dict[str, Setting] = {setting.name: setting for setting in (*USER, *EXPERT)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One setting: how it follows from the synapse; ``compute`` gets values and interval, ms."""

    setting: str
    formula: str
    quantities: tuple[str, ...]
    reason: str
    status: str
    compute: Callable[[Values, float], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """One setting, computed; ``note`` says if it was cut to its bounds or left alone."""

    setting: str
    value: float
    default: float
    formula: str
    quantities: tuple[str, ...]
    reason: str
    status: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a learner is made with, and the table that it came from."""

    interval: float
    rows: tuple[Derived, ...]

    @property
    def parameters(self) -> dict[str, Any]:
        """The settings as an estimator takes them."""
        values = {row.setting: row.value for row in self.rows if row.status != "none"}
        user = {s.name: _plain(s.name, values[s.name]) for s in USER if s.name in values}
        pairs = [[s.name, _plain(s.name, values[s.name])] for s in EXPERT if s.name in values]
        return user | ({"expert": pairs} if pairs else {})


def _plain(name: str, value: float) -> float:
    return int(value) if name in WHOLE else value


def _events(name: str) -> Callable[[Values, float], float]:
    return lambda v, interval: v[name] / interval


def _kept(name: str) -> Callable[[Values, float], float]:
    return lambda v, interval: exp(-interval / v[name])


def _tick(v: Values, interval: float) -> float:
    """Return after how many events proteins have decayed to ``POOL_KEPT``."""
    return max(1.0, float(round(-log(POOL_KEPT) * v["protein_decay_time"] / interval)))


def _captured(v: Values, interval: float) -> float:
    spent = v["protein_synthesis"] * _tick(v, interval) * interval
    return 1.0 - exp(-spent / v["capture_time"])


def _dopamine(v: Values, interval: float) -> float:
    base = v["potentiation_baseline_gain"]
    return v["potentiation_pka_gain"] / base if base > 0.0 else float("nan")


MAP = (
    Row(
        setting="budget",
        formula="U",
        quantities=("release_probability",),
        status="derived",
        reason="both are the share of events that come through: salience is release",
        compute=lambda v, interval: v["release_probability"],
    ),
    Row(
        setting="tick",
        formula="-ln(0.9) tau_p / T",
        quantities=("protein_decay_time",),
        status="derived",
        compute=_tick,
        reason="a learner's pool keeps 0.9 a tick, a synapse's decays with tau_p",
    ),
    Row(
        setting="capture_rate",
        formula="1 - exp(-alpha_p tick T / tau_z)",
        status="derived",
        quantities=("protein_synthesis", "capture_time", "protein_decay_time"),
        reason="the share of the way to its goal that a late weight goes in a tick of full "
        "proteins",
        compute=_captured,
    ),
    Row(
        setting="error_gain",
        formula="g_P1 / g_P0",
        status="derived",
        compute=_dopamine,
        quantities=("potentiation_pka_gain", "potentiation_baseline_gain"),
        reason="by how much a full signal (dopamine; prediction error) raises potentiation",
    ),
    Row(
        setting="fast_time",
        formula="tau_eP / T",
        quantities=("potentiation_trace_time",),
        status="analogy",
        compute=_events("potentiation_trace_time"),
        reason="the memory of what happened just now: eligibility; recent error",
    ),
    Row(
        setting="slow_time",
        formula="tau_A / T",
        quantities=("activity_time",),
        status="analogy",
        compute=_events("activity_time"),
        reason="the memory of what is usual: the astrocyte's activity; usual error",
    ),
    Row(
        setting="stiffness_kept",
        formula="exp(-T / tau_H)",
        quantities=("scaling_time",),
        status="analogy",
        compute=_kept("scaling_time"),
        reason="the slowest memory of past activity that changes how much changes",
    ),
    Row(
        setting="presence_kept",
        formula="exp(-T / tau_h)",
        status="analogy",
        quantities=("early_weight_decay_time",),
        compute=_kept("early_weight_decay_time"),
        reason="how long something lasts that nothing renews: the early weight; a class",
    ),
    Row(
        setting="first_threshold",
        formula="th_tag / (h_max - 1)",
        status="analogy",
        quantities=("tag_threshold", "early_weight_maximum"),
        reason="the share of the possible change from which an event leaves a mark",
        compute=lambda v, interval: v["tag_threshold"] / max(1e-9, v["early_weight_maximum"] - 1.0),
    ),
)
UNMAPPED = (
    ("bound", "a weight of the learner is in log odds, one of the synapse in units of rest"),
    ("plasticity", "rates are per unit of input and error, which the code chooses"),
    ("least_threshold", "the synapse has no threshold of surprise"),
    ("arousal_onset", "in standard deviations of the error, which a synapse does not know"),
)
"""Settings that have no honest counterpart, and why."""


def derive(parameters: Values, *, event_interval_ms: float = INTERVAL.default) -> Settings:
    """Return a learner's settings from a synapse's parameters.

    Parameters
    ----------
    parameters
        By name, over the declared defaults, as a preset has them.
    event_interval_ms
        What time one event of the learner stands for, ms: a choice that nothing dictates.

    Raises
    ------
    ValueError
        A quantity that there is not, or an interval out of bounds.
    """
    interval = INTERVAL.check(event_interval_ms)
    unknown = sorted(parameters.keys() - DEFAULTS.keys())
    if unknown:
        raise ValueError(f"there is no quantity {unknown[0]!r} in a synapse")
    values = DEFAULTS | dict(parameters)
    mapped = [_derived(row, row.compute(values, interval)) for row in MAP]
    unmapped = [
        Derived(
            setting=name,
            value=SETTINGS[name].default,
            default=SETTINGS[name].default,
            formula="",
            quantities=(),
            reason=why,
            status="none",
        )  # fmt: skip
        for name, why in UNMAPPED
    ]
    return Settings(interval, (*mapped, *unmapped))


def _derived(row: Row, value: float) -> Derived:
    setting = SETTINGS[row.setting]
    note, status = "", row.status
    if not isfinite(value):
        value, status = setting.default, "none"
        note = "the synapse does nothing without the signal, which no finite gain expresses"
    cut = min(setting.maximum, max(setting.minimum, value))
    if cut != value:
        note = f"cut from {value:g} to its bound {cut:g}"
    return Derived(
        setting=row.setting, value=cut, default=setting.default, formula=row.formula,
        quantities=row.quantities, reason=row.reason, status=status, note=note,
    )  # fmt: skip
