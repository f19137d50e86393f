"""Sleep by schedule: after so long without an event, or at a time of day."""

import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from learner.models import Learner
from learner.services import live
from synapse.services.conflict import StateConflict

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Slept:
    """A sleep that was carried out."""

    learner: Learner
    commit: int


def due_sleeps(now: datetime | None = None) -> list[Learner]:
    """Return the learners whose sleep is due; none that is paused or has learned nothing."""
    now = now or timezone.now()
    scheduled = Q(sleep_after__isnull=False) | Q(sleep_at__isnull=False)
    rows = Learner.objects.filter(scheduled, paused=False, events__gt=0)
    return [learner for learner in rows.order_by("pk") if is_due(learner, now)]


def is_due(learner: Learner, now: datetime) -> bool:
    """Say whether a learner should have fallen asleep by now."""
    at = next_sleep(learner, now)
    return at is not None and at <= now


def next_sleep(learner: Learner, now: datetime) -> datetime | None:
    """Return when a learner sleeps next if no event comes, a time that is past if it is due."""
    times = [time for time in (_after_quiet(learner), _at_hour(learner, now)) if time]
    return min(times, default=None)


def _after_quiet(learner: Learner) -> datetime | None:
    """Return when the quiet has lasted long enough; none once it has slept since."""
    if learner.sleep_after is None or learner.last_event is None:
        return None
    if learner.slept is not None and learner.slept >= learner.last_event:
        return None
    return learner.last_event + timedelta(seconds=learner.sleep_after)


def _at_hour(learner: Learner, now: datetime) -> datetime | None:
    """Return the occurrence of the time of day that is due, else the next one, UTC."""
    if learner.sleep_at is None:
        return None
    today = datetime.combine(now.astimezone(UTC).date(), learner.sleep_at, tzinfo=UTC)
    last = today if today <= now else today - timedelta(days=1)
    begun = learner.slept or learner.created
    return last if begun < last else last + timedelta(days=1)


def run_due(now: datetime | None = None) -> list[Slept]:
    """Let every learner sleep that is due; each once, however many processes look."""
    now = now or timezone.now()
    found = [sleep_by_schedule(learner, now) for learner in due_sleeps(now)]
    return [slept for slept in found if slept is not None]


def sleep_by_schedule(learner: Learner, now: datetime) -> Slept | None:
    """Sleep, unless nothing is kept, another process does it or one is writing.

    Whoever moves ``slept`` from what both have read is the one. It is put back where the
    sleep was refused, so that it is tried again at the next look.
    """
    rows, claimed = Learner.objects.filter(pk=learner.pk), 0
    try:
        if keeps_events(learner):
            claimed = rows.filter(slept=learner.slept, paused=False).update(slept=now)
        if claimed:
            return Slept(learner, live.sleep(learner=learner, replays=learner.sleep_replays))
    except (StateConflict, ValueError) as refused:
        if claimed:
            rows.filter(slept=now).update(slept=learner.slept)
        logger.warning("learner=%s is due to sleep: %s", learner.pk, refused)
    return None


def keeps_events(learner: Learner) -> bool:
    """Say whether a learner has anything to replay."""
    with live.read(learner) as model:
        return bool(model._core.state.buffered)
