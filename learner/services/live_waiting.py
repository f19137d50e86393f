"""Events that were predicted and wait for their label; those that wait too long are given up."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from learner.models import Event, EventStatus, Learner
from learner.services.limits import most
from learner.services.live_plan import is_too_old
from learner.services.live_resident import Resident
from learner.services.named_events import DONE
from learner.services.sessions import writing

LOOK_EVERY = 1_000
"""Events kept between two looks whether too many wait."""
WAITING = (EventStatus.SEEN, EventStatus.EARLY)


def keep(
    resident: Resident, *, learner: Learner, identifier: str, features: Mapping[str, Any],
    prediction: Any,
) -> Event:  # fmt: skip
    """Keep an event until its label comes; return it, or the one of this identifier before.

    One whose time has passed is kept anew.
    """
    given_up(resident, learner)
    event = Event(
        learner=learner, identifier=identifier, features=dict(features), prediction=prediction,
        status=EventStatus.SEEN,
    )  # fmt: skip
    try:
        with writing(), transaction.atomic(durable=True):
            event.save(force_insert=True)
    except IntegrityError:
        known = Event.objects.get(learner=learner, identifier=identifier)
        return again(known, event) if known.status not in DONE and closed(known) else known
    return event


def closed(event: Event) -> bool:
    """Return whether an event was given up, or is to be."""
    return event.status == EventStatus.EXPIRED or is_too_old(event)


def again(known: Event, event: Event) -> Event:
    """Let an event that was given up wait once more, unless somebody else was quicker."""
    with writing():
        changed = Event.objects.filter(pk=known.pk, status=known.status).update(
            status=EventStatus.SEEN, features=event.features, prediction=event.prediction,
            label=None, created=timezone.now(),
        )  # fmt: skip
    return event if changed else Event.objects.get(pk=known.pk)


def given_up(resident: Resident, learner: Learner) -> None:
    """Give up what waits too long or behind too many, now and then."""
    often = max(1, min(LOOK_EVERY, most("waiting") // 100))
    due = resident.kept % often == 0
    resident.kept += 1
    if not due:
        return
    oldest = timezone.now() - timedelta(days=settings.LEARNER_LABEL_DAYS)
    rows = Event.objects.filter(learner=learner, status__in=WAITING)
    pks = rows.order_by("-pk").values_list("pk", flat=True)
    too_many = pks[most("waiting") : most("waiting") + 1].first()
    gone: dict[str, Any] = {"status": EventStatus.EXPIRED, "features": {}, "label": None}
    with writing():
        rows.filter(created__lt=oldest).update(**gone)
        if too_many is not None:
            rows.filter(pk__lte=too_many).update(**gone)
