"""Settings, each declared once; the eight of the user and those of the expert.

One setting serves every stream. It was tuned on the development streams of
benchmarks/streams only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf, isfinite
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True)
class Setting:
    """One number: its default, hard bounds (inclusive) and meaning."""

    name: str
    default: float
    minimum: float
    maximum: float
    meaning: str
    for_numbers: float | None = None
    """Default of the regressor, where it differs."""

    def check(self, value: Any) -> float:
        """Return the value as a number within the bounds."""
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = inf
        if not isfinite(number) or not self.minimum <= number <= self.maximum:
            raise ValueError(
                f"{self.name} must be a number from {self.minimum:g} to {self.maximum:g}; "
                f"got {value!r}"
            )
        return number


USER = (
    Setting("budget", 0.2, 1e-4, 1.0, "share of events that may change weights"),
    Setting("plasticity", 1.0, 0.0, 10.0, "factor on all rates of change"),
    Setting("stability", 1.0, 1e-3, 1e3, "how fast used connections stiffen"),
    Setting("arousal_gain", 1.0, 0.0, 10.0, "factor on neuromodulation"),
    Setting("expansion", 300, 0, 100_000, "hidden units of the expansion; 0 leaves it out"),
    Setting("capture_rate", 0.05, 0.0, 1.0, "share captured per consolidation"),
    Setting("bound", 100.0, 1.0, 1e6, "soft bound of a weight"),
    Setting("seed", 0, 0, 2**31 - 1, "of the learner's own generator"),
)

EXPERT = (
    # event
    Setting("memory", 2000.0, 2.0, 1e15, "events over which means and variances are taken"),
    Setting("clip", 3.0, 0.1, 100.0, "largest standardised value"),
    Setting("active_share", 0.15, 0.0, 1.0, "share of hidden units that spike"),
    Setting("inhibition_rate", 0.05, 0.0, 10.0, "of the inhibition of hidden units"),
    Setting("expansions", 1, 1, 8, "expansions side by side"),
    Setting("input_scale", 1.98, 0.0, 100.0, "norm of the weights of a hidden unit"),
    Setting("bias_scale", 1.0, 0.0, 100.0, "spread of its bias"),
    # watcher
    Setting("largest_weight", 20.0, 1.0, 1e6, "of an unlikely salient event"),
    Setting("tag", 1, 0, 1, "1: every event writes the traces; 0: only a salient one"),
    Setting("every_event", 0, 0, 1, "1: every event is salient, whatever the budget"),
    # neuromodulatory gate
    Setting("slow_time", 1500.0, 1.0, 1e9, "events of usual error"),
    Setting("fast_time", 60.0, 1.0, 1e9, "events of recent error"),
    Setting("arousal_onset", 1.0, 0.0, 100.0, "standard deviations at which arousal begins"),
    Setting("error_gain", 2.0, 0.0, 100.0, "of prediction error on early weights"),
    Setting("arousal_budget", 2.0, 0.0, 100.0, "growth of the budget with arousal"),
    # weaver
    Setting("early_rate", 6.0, 0.0, 100.0, "of features' early weights", 1.0),
    Setting("tagged_rate", 0.01, 0.0, 10.0, "of features' tagged weights"),
    Setting("late_rate", 0.05, 0.0, 10.0, "of features' late weights", 0.02),
    Setting("early_rate_wide", 2.0, 0.0, 100.0, "early rate beside the expansion", 1.0),
    Setting("tagged_rate_wide", 0.0, 0.0, 10.0, "tagged rate beside the expansion", 0.002),
    Setting("late_rate_wide", 0.03, 0.0, 10.0, "late rate beside the expansion"),
    Setting("stiffening", 30.0, 1e-6, 1e12, "past activity that halves the square of a step"),
    Setting("presence_kept", 0.99, 0.0, 1.0, "of a class's presence, per event without it"),
    Setting("stiffness_kept", 0.9999, 0.0, 1.0, "share of past activity kept"),
    # binder
    Setting("largest_change", 1.0, 1e-6, 1e6, "of one weight in one commit"),
    # homeostasis
    Setting("largest_share", 0.6, 1e-4, 1.0, "of salient events, however aroused"),
    Setting("first_threshold", 0.5, 1e-6, 1e6, "of surprise, before the first event"),
    Setting("threshold_rate", 0.01, 0.0, 1.0, "of the threshold"),
    Setting("least_threshold", 0.05, 1e-9, 1e6, "below it nothing is surprising"),
    Setting("largest_threshold", 1e6, 1e-6, 1e12, "of the threshold"),
    Setting("reliability_time", 50.0, 1.0, 1e9, "events over which heads are rated"),
    Setting("hedge", 10.0, 0.0, 1e3, "how strictly the better head is preferred", 30.0),
    Setting("share", 0.0, 0.0, 1.0, "of reliability given to all heads alike"),
    Setting("norm_cap", 50.0, 1e-3, 1e9, "of the weights of a class"),
    # consolidation
    Setting("tick", 25, 1, 1_000_000, "events between consolidations"),
    Setting("buffer", 200, 0, 1_000_000, "salient events kept for sleep"),
    Setting("sleep_every", 0, 0, 1_000_000_000, "events between sleeps; 0: never by itself"),
    Setting("sleep_replays", 20, 0, 1_000_000, "events replayed in one sleep"),
)

DERIVED = ("budget", "arousal_gain", "capture_rate", "bound", "active")
"""Settings of the compiled part that come from those of the user."""
DTYPE = np.dtype([(name, float) for name in (*DERIVED, *(s.name for s in EXPERT))])
RATES = (
    "early_rate", "tagged_rate", "late_rate",
    "early_rate_wide", "tagged_rate_wide", "late_rate_wide",
)  # fmt: skip
WHOLE = {
    "expansion", "seed", "expansions", "tag", "every_event", "tick", "buffer", "sleep_every",
    "sleep_replays",
}  # fmt: skip


def check_user(values: Mapping[str, Any]) -> dict[str, float]:
    """Return the user's settings as numbers, in bounds."""
    checked = {setting.name: setting.check(values[setting.name]) for setting in USER}
    return check_whole(checked)


def check_whole(values: dict[str, float]) -> dict[str, float]:
    """Return the values; those that count something must be whole."""
    for name in WHOLE & values.keys():
        if values[name] != int(values[name]):
            raise ValueError(f"{name} must be a whole number; got {values[name]!r}")
    return values


def expert_values(pairs: Any, *, regression: bool) -> dict[str, float]:
    """Return every expert setting: its default, or what ``pairs`` says."""
    known = {setting.name: setting for setting in EXPERT}
    values = {
        s.name: s.default if s.for_numbers is None or not regression else s.for_numbers
        for s in EXPERT
    }
    try:
        given = dict(pairs or ())
    except (TypeError, ValueError):
        raise ValueError(f"expert must be pairs of a name and a value; got {pairs!r}") from None
    for name, value in given.items():
        if name not in known:
            raise ValueError(f"expert has no setting {name!r}; it has {', '.join(known)}")
        values[name] = known[name].check(value)
    return check_whole(values)


def derive(user: Mapping[str, float], expert: Mapping[str, float]) -> np.ndarray:
    """Return the record that the six parts read (docs/learner.md has this map)."""
    values = dict(expert)
    for name in RATES:
        values[name] *= user["plasticity"]
    values["stiffening"] /= user["stability"]
    values["error_gain"] *= user["arousal_gain"]
    values["arousal_budget"] *= user["arousal_gain"]
    values["largest_share"] = max(values["largest_share"], user["budget"])
    values["active"] = float(round(values["active_share"] * user["expansion"]))
    record = np.zeros(1, DTYPE)
    for name in DTYPE.names or ():
        record[name] = user[name] if name in user else values[name]
    return record
