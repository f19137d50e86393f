"""Learners and what becomes of events, as the API shows them."""

from typing import Any

from learner.models import Commit, DriftAlarm, Event, Learner
from learner.services.messages import Outcome, Prediction
from synapse.api.answers import owned

PLAIN = (
    "name", "kind", "parameters", "preset", "paused", "baselines", "sleep_after",
    "sleep_replays", "slept", "last_event", "events", "position", "version", "created",
    "modified",
)  # fmt: skip
COMMIT = (
    "number", "kind", "position", "event", "event_id", "surprise", "gate", "size", "amount",
    "created",
)  # fmt: skip
ALARM = (
    "began", "ended", "position", "version", "usual_error", "recent_error", "peak", "created",
)  # fmt: skip
NAMED = (
    "status", "features", "prediction", "label", "position", "commit", "surprise", "created",
    "learned",
)  # fmt: skip


def _plain(row: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def learner_json(user: Any, learner: Learner) -> dict[str, Any]:
    """Return a learner as a list shows it."""
    at = learner.sleep_at
    return (
        owned(user, learner)
        | _plain(learner, PLAIN)
        | {"sleep_at": None if at is None else f"{at:%H:%M}"}
    )


def learner_detail(user: Any, learner: Learner) -> dict[str, Any]:
    """Return a learner with its columns."""
    return learner_json(user, learner) | {"columns": learner.schema}


def prediction_json(found: Prediction) -> dict[str, Any]:
    """Return a prediction."""
    return {
        "prediction": found.prediction,
        "probabilities": {str(label): p for label, p in found.probabilities.items()},
        "novelty": found.novelty,
        "id": found.identifier or None,
        "status": found.status,
        "version": found.version,
    }


def outcome_json(found: Outcome) -> dict[str, Any]:
    """Return what became of an event."""
    return {
        "status": found.status,
        "id": found.identifier or None,
        "prediction": found.prediction,
        "surprise": found.surprise,
        "salient": found.salient,
        "commit": found.commit,
        "position": found.position,
        "version": found.version,
    }


def commit_json(row: Commit) -> dict[str, Any]:
    """Return a commit."""
    return _plain(row, COMMIT)


def alarm_json(row: DriftAlarm) -> dict[str, Any]:
    """Return a drift alarm."""
    return _plain(row, ALARM) | {"id": row.pk}


def named_json(row: Event) -> dict[str, Any]:
    """Return an event with an identifier."""
    return _plain(row, NAMED) | {"id": row.identifier}
