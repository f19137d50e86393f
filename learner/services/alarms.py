"""Drift alarms: when recent errors lie far above the usual ones, and what the learner did then.

Arousal is (recent error - usual error) / its noise, from ``arousal_onset`` (1 standard
deviation: 0) to 3 more (1); see ``learner/pipeline/neuromodulatory_gate.py``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import transaction

from learner.models import DriftAlarm, Learner, LearnerKind
from learner.pipeline.batches import RESULTS
from learner.pipeline.settings import USER, check_user, derive, expert_values
from learner.services import telemetry

OPENS_AT = 0.5
"""Arousal at which an alarm opens. docs/learner-measures.md has a table of others."""
CLOSES_BELOW = 0.1
"""Arousal below which it closes; far enough below that a wavering one is one alarm."""
AROUSAL, USUAL, RECENT = (RESULTS.index(n) for n in ("arousal", "usual_error", "recent_error"))

Place = Callable[[], tuple[int, int]]
"""Returns the operations in the ledger before an event, and the last commit before it."""


class AlarmWatch:
    """Opens and closes the alarms of a learner, event by event.

    ``open`` is the alarm that goes on, as plain data; None where there is none.
    """

    def __init__(self, learner: Learner, going_on: dict[str, Any] | None) -> None:
        self.learner = learner
        self.open = going_on
        self._changed: dict[int, dict[str, Any]] = {}

    def see(self, event: int, row: Sequence[float], place: Place) -> None:
        """Look at an event's results; ``place`` is asked where an alarm opens."""
        arousal = row[AROUSAL]
        alarm = self.open
        if alarm is None:
            if arousal >= OPENS_AT:
                position, version = place()
                self.open = self._changed[event] = {
                    "began": event, "ended": None, "position": position, "version": version,
                    "usual_error": row[USUAL], "recent_error": row[RECENT], "peak": arousal,
                }  # fmt: skip
            return
        alarm["peak"] = max(alarm["peak"], arousal)
        if arousal < CLOSES_BELOW:
            alarm["ended"] = event
            self._changed[alarm["began"]] = alarm
            self.open = None

    def store(self) -> None:
        """Write alarms that opened or closed since the last time."""
        for began, alarm in self._changed.items():
            values = {name: value for name, value in alarm.items() if name != "began"}
            _, opened = DriftAlarm.objects.update_or_create(
                learner=self.learner, began=began, defaults=values
            )
            if opened:
                transaction.on_commit(partial(telemetry.alarm_opened, self.learner.pk, began))
        self._changed = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """An alarm, and what the learner did at its peak."""

    began: int
    ended: int | None
    position: int
    version: int
    """Last commit before it: the way back."""
    usual_error: float
    recent_error: float
    peak: float
    share: float
    """Share of events that the threshold let through at the peak, in place of the budget."""
    gain: float
    """Factor on every change at the peak."""


def alarms(learner: Learner, *, most: int = 100) -> list[Alarm]:
    """Return the last alarms, the newest first."""
    rows = DriftAlarm.objects.filter(learner=learner).order_by("-began")[:most]
    settings = settings_of(learner)
    going_on = (learner.metrics or {}).get("alarm") or {}
    return [as_alarm(row, settings, going_on) for row in rows]


def as_alarm(row: DriftAlarm, settings: Any, going_on: dict[str, Any]) -> Alarm:
    """Return an alarm; the peak of the one that goes on stands in the learner's row."""
    peak = going_on["peak"] if going_on.get("began") == row.began else row.peak
    raised = settings["budget"] * (1.0 + settings["arousal_budget"] * peak)
    return Alarm(
        began=row.began, ended=row.ended, position=row.position, version=row.version,
        usual_error=row.usual_error, recent_error=row.recent_error, peak=peak,
        share=float(min(settings["largest_share"], raised)),
        gain=float(1.0 + settings["arousal_gain"] * peak),
    )  # fmt: skip


def settings_of(learner: Learner) -> Any:
    """Return the settings that the six parts read, by name."""
    regression = learner.kind == LearnerKind.REGRESSOR
    given = {s.name: learner.parameters.get(s.name, s.default) for s in USER}
    expert = expert_values(learner.parameters.get("expert"), regression=regression)
    return derive(check_user(given), expert)[0]
