"""A learner that serves: predict, learn, label, rollback, sleep.

What ``learn`` and ``label`` answer is stored. docs/learner-service.md says how.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from learner.models import Event, EventStatus, Learner
from learner.services import live_waiting, telemetry
from learner.services.columns import Row
from learner.services.limits import check_events, check_features
from learner.services.live_drain import submit
from learner.services.live_group import Late, Request
from learner.services.live_plan import plain, plain_features
from learner.services.live_resident import Resident, residents
from learner.services.messages import Incoming, Outcome, Prediction, Status
from learner.services.named_events import check_identifier
from learner.services.sessions import OpenLearner
from learner.services.states import Model
from synapse.services.conflict import StateConflict

MOST_REPLAYS = 1_000_000


def predict(*, learner: Learner, features: Mapping[str, Any], identifier: str = "") -> Prediction:
    """Return what a learner predicts.

    With an identifier the event is kept until its label comes. If that came first, the event
    is learned now. Asked again, the answer is the one that was given first.

    Raises
    ------
    ValueError
        A feature that cannot be read, in one sentence.
    StateConflict
        The identifier is that of an event with other features.
    """
    resident = residents.of(learner)
    with resident.reading(learner) as opened:
        found = foresee(resident, opened, features)
        if not identifier:
            return found
        target = opened.learner.target
        kept = plain_features(features, resident.columns, leave_out=target)
    identifier = check_identifier(identifier)
    event = live_waiting.keep(
        resident, learner=learner, identifier=identifier, features=kept,
        prediction=plain(found.prediction),
    )  # fmt: skip
    return _of_event(learner, event, replace(found, identifier=identifier), kept)


def _of_event(
    learner: Learner, event: Event, found: Prediction, features: dict[str, Any]
) -> Prediction:
    """Return the prediction of a named event: the first that was given, or of now."""
    name = found.identifier
    if event.status == EventStatus.EARLY:
        incoming = Incoming(features=features, label=event.label, identifier=name)
        [outcome] = learn(learner=learner, events=[incoming])
        return replace(found, prediction=outcome.prediction, status=Status.LEARNED)
    if event.features and event.features != features:
        raise StateConflict(f"The event {name!r} came with other features before.")
    waits = event.status == EventStatus.SEEN
    status = Status.WAITING if waits else Status.LEARNED
    return replace(found, prediction=event.prediction, status=status)


def predict_many(*, learner: Learner, rows: Sequence[Mapping[str, Any]]) -> list[Prediction]:
    """Return what a learner predicts for several events, from one state."""
    check_events(len(rows))
    resident = residents.of(learner)
    with resident.reading(learner) as opened:
        return [foresee(resident, opened, features) for features in rows]


def learn(*, learner: Learner, events: Sequence[Incoming]) -> list[Outcome]:
    """Learn events in their order: all of them or none. They are stored when it returns.

    Raises
    ------
    ValueError
        An event that cannot be learned, in one sentence.
    StateConflict
        The learner is paused, somebody else writes to it, or an identifier is that of an
        event with another label.
    """
    refuse_paused(learner)
    check_events(len(events))
    if not events:
        return []
    return submit(residents.of(learner), Request(learner, tuple(events))).outcomes


def label(*, learner: Learner, identifier: str, value: Any) -> Outcome:
    """Learn the event of this identifier; where it has not come yet, keep its label."""
    refuse_paused(learner)
    late = Late(check_identifier(identifier), value)
    [outcome] = submit(residents.of(learner), Request(learner, (late,))).outcomes
    return outcome


def rollback(*, learner: Learner, version: int, expected: int | None = None) -> int:
    """Go back to the state right after a commit, exactly; return the new commit's number.

    ``expected`` is what the caller takes for the last commit; where it is not, nothing is done.
    """
    refuse_paused(learner)

    def go_back(opened: OpenLearner) -> int:
        last = opened.ledger.version
        if expected is not None and last != expected:
            raise StateConflict(
                f"Changed meanwhile: the last commit was {expected} and is {last} now. "
                "Nothing was done."
            )
        return opened.model.rollback(version)

    number = submit(residents.of(learner), Request(learner, task=go_back)).result
    telemetry.tell_by("rollback", learner=learner.pk, back_to=version, commit=number)
    return number


def sleep(*, learner: Learner, replays: int) -> int:
    """Replay kept events; return the number of the commit."""
    refuse_paused(learner)
    if not 1 <= replays <= MOST_REPLAYS:
        raise ValueError(f"replays must be from 1 to {MOST_REPLAYS}; got {replays}")

    def replay(opened: OpenLearner) -> int:
        opened.model.sleep(replays)
        return opened.ledger.version

    number = submit(residents.of(learner), Request(learner, task=replay)).result
    telemetry.tell_by("sleep", learner=learner.pk, replays=replays, commit=number)
    return number


@contextmanager
def read(learner: Learner) -> Iterator[Model]:
    """Give the estimator in its present state, to be looked at and not to be changed.

    Nobody else uses it meanwhile, so make it short.
    """
    with residents.of(learner).reading(learner) as opened:
        yield opened.model


def explain(*, learner: Learner, features: Mapping[str, Any], label: Any = None) -> dict[str, Any]:
    """Return what each feature adds to the prediction, head by head."""
    resident = residents.of(learner)
    with resident.reading(learner) as opened:
        return opened.model.explain_one(encode(resident, opened, features), label)


def forget(learner_pk: int) -> None:
    """Drop a learner from the memory of this process."""
    residents.forget(learner_pk)


def refuse_paused(learner: Learner) -> None:
    """Refuse a change of a learner that is paused."""
    if learner.paused:
        telemetry.refused(learner.pk)
        raise StateConflict(f"The learner {learner.name} is paused: it predicts only.")


def encode(resident: Resident, opened: OpenLearner, features: Any) -> dict[str, float]:
    """Return an event as the estimator's features; what it has not learned is left out."""
    features, columns = check_features(features), resident.columns
    reader = columns
    if any(name not in columns.kinds for name in features):
        reader = columns.copy()
    row: Row = reader.read(features, leave_out=opened.learner.target)
    return columns.event({name: value for name, value in row.items() if name in columns.kinds})


def foresee(resident: Resident, opened: OpenLearner, features: Any) -> Prediction:
    """Return what is predicted for an event. The caller holds the estimator."""
    x, model = encode(resident, opened, features), opened.model
    novelty = model.novelty_one(x)
    probabilities = getattr(model, "predict_proba_one", None)
    return Prediction(
        prediction=model.predict_one(x), novelty=novelty, version=opened.ledger.version,
        probabilities=probabilities(x) if probabilities else {},
    )  # fmt: skip
