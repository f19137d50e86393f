"""Change a learner's row, and remove a learner with its files."""

from datetime import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from learner.models import Checkpoint, Learner, StreamJob
from learner.pipeline.settings import EXPERT
from learner.services import live, telemetry
from learner.services.checkpoints import remove_files
from learner.services.learners import change_parameters
from learner.services.locks import lock_path
from learner.services.sessions import Session

UNSET: Any = object()
"""Says that a value is not to be changed, where None means never."""
SHORTEST_SLEEP_AFTER, LONGEST_SLEEP_AFTER = 1.0, 31_536_000.0
"""Seconds."""


def change_learner(
    *, learner: Learner, name: str | None = None, budget: float | None = None,
    paused: bool | None = None, baselines: bool | None = None, sleep_after: Any = UNSET,
    sleep_at: Any = UNSET, sleep_replays: int | None = None,
) -> Learner:  # fmt: skip
    """Change what may change after a learner was made; return it.

    Raises
    ------
    ValueError
        A name that is taken or a value out of bounds; then nothing was changed.
    StateConflict
        Another process writes to the learner, so that its budget cannot change now.
    """
    given = {
        "name": None if name is None else check_name(name, learner),
        "paused": paused, "baselines": baselines, "sleep_replays": sleep_replays,
    }  # fmt: skip
    values: dict[str, Any] = {column: value for column, value in given.items() if value is not None}
    if sleep_after is not UNSET:
        values["sleep_after"] = check_sleep_after(sleep_after)
    if sleep_at is not UNSET:
        values |= new_time(learner, sleep_at)
    if sleep_replays is not None and not 1 <= sleep_replays <= 1_000_000:
        raise ValueError(f"sleep_replays must be from 1 to 1000000; got {sleep_replays}")
    check_buffer(learner, values)
    if budget is not None and budget != learner.parameters.get("budget"):
        change_budget(learner=learner, budget=budget)
    if values:
        Learner.objects.filter(pk=learner.pk).update(**values, modified=timezone.now())
        learner.refresh_from_db()
    return learner


def change_budget(*, learner: Learner, budget: float) -> None:
    """Change the share of events that may change weights; a replay stays exact."""
    with Session(learner) as session:
        change_parameters(learner, session.model, {"budget": budget})
        session.ledger.add_snapshot(session.model.state_dict())
        with session.saving():
            pass
    live.forget(learner.pk)


def check_name(name: str, learner: Learner) -> str:
    """Return a name without spaces around it, if the owner has no other learner of it."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= 100:
        raise ValueError(f"name must have 1 to 100 characters; got {len(name)}")
    if name.isdigit():
        raise ValueError(f"a name must not be a number, which is taken for an id; got {name!r}")
    renamed = Learner(pk=learner.pk, name=name, owner_id=learner.owner_id)
    renamed._state.adding = False  # so that it is not compared with itself
    try:
        renamed.validate_constraints(exclude={"share_key"})
    except ValidationError as error:
        raise ValueError("; ".join(error.messages)) from error
    return name


def check_sleep_after(value: float | None) -> float | None:
    """Return seconds without an event after which a learner sleeps; None is never."""
    if value is not None and not SHORTEST_SLEEP_AFTER <= value <= LONGEST_SLEEP_AFTER:
        raise ValueError(f"sleep_after must be from 1 to 31536000 s; got {value:g} s")
    return value


def new_time(learner: Learner, at: time | None) -> dict[str, Any]:
    """Return what a new time of day changes: it holds from its next occurrence on."""
    if at == learner.sleep_at:
        return {}
    return {"sleep_at": at} | ({"slept": timezone.now()} if at is not None else {})


def check_buffer(learner: Learner, values: dict[str, Any]) -> None:
    """Refuse a schedule for a learner that keeps no events to replay."""
    wanted = values.get("sleep_after") is not None or values.get("sleep_at") is not None
    usual = next(setting.default for setting in EXPERT if setting.name == "buffer")
    if wanted and not dict(learner.parameters.get("expert") or ()).get("buffer", usual):
        raise ValueError("a learner with a buffer of 0 keeps no events, so it cannot sleep")


def remove_learner(*, learner: Learner) -> None:
    """Delete a learner with all that it learned; its files go once that is committed."""
    key = learner.pk
    with transaction.atomic():
        paths = list(
            Checkpoint.objects.filter(learner=learner).exclude(path="")
            .values_list("path", flat=True)
        )  # fmt: skip
        paths += StreamJob.objects.filter(learner=learner).values_list("path", flat=True)
        Learner.objects.filter(pk=key).delete()
        remove_files([path for path in paths if inside(path)])
        transaction.on_commit(lambda: live.forget(key))
        transaction.on_commit(lambda: telemetry.forget(key))
        transaction.on_commit(lambda: lock_path(learner).unlink(missing_ok=True), robust=True)


def inside(path: str) -> bool:
    """Say whether a path of a row leads to a file of learners."""
    place = (Path(settings.TRACES_DIR) / path).resolve()
    return place.is_relative_to((Path(settings.TRACES_DIR) / "learners").resolve())
