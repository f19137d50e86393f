"""Checks of settings, at every command; and of what is stored, by ``manage.py check``.

A broken learner is an error, but it stops no other command: only ``check`` looks for it.
"""

import os
import sys
from collections.abc import Iterator
from math import inf, isfinite
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError

TAG = "learner"
BOUNDS: dict[str, tuple[float, float]] = {
    "LEARNER_STREAMS": (0, inf),
    "LEARNER_STATE_BYTES": (1, inf),
    "LEARNER_UPLOAD_BYTES": (1, inf),
    "LEARNER_UPLOAD_UNPACKED_BYTES": (1, inf),
    "LEARNER_EVENTS": (1, inf),
    "LEARNER_FEATURES": (1, inf),
    "LEARNER_LABELS": (1, inf),
    "LEARNER_NAME": (1, 200),
    "LEARNER_MEMORY": (1, inf),
    "LEARNER_LARGEST_STATE": (1, inf),
    "LEARNER_RESIDENT": (1, inf),
    "LEARNER_LOCK_WAIT": (0, inf),
    "LEARNER_WAITING": (1, inf),
    "LEARNER_LABEL_DAYS": (0.001, 36_500),
    "METRICS_LEARNERS": (0, 100),
    "SLOW_REQUEST_MS": (0, inf),
}
"""Least and largest value of each setting."""
SHORTEST_TOKEN = 16
"""Characters of METRICS_TOKEN."""


@register(TAG)
def check_settings(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Refuse settings out of their bounds."""
    return [*_numbers(), *_rate(), *_token()]


@register(TAG)
def check_stored(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Look at what is stored, if the command is ``check``."""
    return stored() if sys.argv[1:2] == ["check"] else []


def stored() -> list[CheckMessage]:
    """Look at the folder of states and at the learners; silent where there is no database."""
    from learner.services.soundness import unsound  # it needs the models

    found = [*_folder()]
    try:
        return [*found, *unsound()]
    except (DatabaseError, ImproperlyConfigured):
        return found


def _numbers() -> Iterator[CheckMessage]:
    for name, (least, most) in BOUNDS.items():
        value = getattr(settings, name)
        if not least <= value <= most or not isfinite(value):
            until = f"from {least:g} to {most:g}" if most < inf else f"{least:g} or more"
            yield Error(
                f"{name} must be {until}; got {value!r}.",
                hint="docs/settings.md says what it does.", id="learner.E001",
            )  # fmt: skip


def _rate() -> Iterator[CheckMessage]:
    from learner.api.throttles import parse_rate  # it needs the apps

    try:
        parse_rate(settings.LEARNER_RATE)
    except ValueError as error:
        yield Error(f"{error}.", hint="docs/settings.md says what it does.", id="learner.E002")


def _token() -> Iterator[CheckMessage]:
    length = len(settings.METRICS_TOKEN)
    if 0 < length < SHORTEST_TOKEN:
        yield Error(
            f"METRICS_TOKEN must have {SHORTEST_TOKEN} characters or more; it has {length}.",
            hint="python -c 'import secrets; print(secrets.token_urlsafe(32))' makes one.",
            id="learner.E003",
        )


def _folder() -> Iterator[CheckMessage]:
    """Refuse a folder of states that cannot be made or written."""
    from learner.services.checkpoints import folder

    place = folder()
    there = next(path for path in (place, *place.parents) if path.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        yield Error(
            f"The folder of states and locks, {place}, cannot be written.",
            hint="Set TRACES_DIR to a folder that the site's user may write.", id="learner.E004",
        )  # fmt: skip
