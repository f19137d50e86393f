"""Predict, learn, label: one event, or a batch of them."""

from collections.abc import Callable
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Query, Router

from learner.api.answers import outcome_json, prediction_json
from learner.api.records import BatchOut, OutcomeOut, PredictionOut
from learner.api.requests import BatchEvent, BatchIn, LabelIn, LearnIn, PredictIn
from learner.api.rows import learner_of, own_learner
from learner.api.throttles import EVENTS
from learner.services import live
from learner.services.messages import Incoming
from synapse.api.paging import PathKey, ShareKey
from synapse.api.parsing import LINES
from synapse.api.problems import OWN_PROBLEMS, Problem

router = Router(tags=["Learning"])
OFTEN: dict[str, Any] = {OWN_PROBLEMS: ["429"]}
BATCH = OFTEN | {
    "requestBody": {
        "content": {
            LINES[0]: {
                "schema": {"type": "string"},
                "example": '{"features": {"price": 0.05}, "label": "up"}\n'
                '{"features": {"price": 0.07}, "label": "down"}\n',
            }
        }
    }
}


@router.post(
    "learners/{learner_id}/predict", response=PredictionOut, operation_id="predict",
    summary="Predict one event", throttle=[EVENTS], openapi_extra=OFTEN,
)  # fmt: skip
def predict(
    request: HttpRequest, learner_id: PathKey, payload: PredictIn, key: ShareKey = ""
) -> dict[str, Any]:
    """Return a prediction; nothing is learned. Whoever sees a learner may ask it.

    With an id the event is kept until its label comes, which takes the right to change the
    learner. If its label came before, it is learned now.
    """
    if payload.id is None:
        learner = learner_of(request, learner_id, share_key=key)
        return prediction_json(live.predict(learner=learner, features=payload.features))
    learner = own_learner(request, learner_id)
    found = live.predict(learner=learner, features=payload.features, identifier=payload.id)
    return prediction_json(found)


@router.post(
    "learners/{learner_id}/learn", response=OutcomeOut, operation_id="learn",
    summary="Learn one event", throttle=[EVENTS], openapi_extra=OFTEN,
)  # fmt: skip
def learn(request: HttpRequest, learner_id: PathKey, payload: LearnIn) -> dict[str, Any]:
    """Learn an event with its label; it is stored when the answer comes.

    With an id it is learned once: sent again it is a duplicate, and nothing changes.
    """
    learner = own_learner(request, learner_id)
    event = Incoming(features=payload.features, label=payload.label, identifier=payload.id or "")
    return outcome_json(live.learn(learner=learner, events=[event])[0])


@router.post(
    "learners/{learner_id}/label", response=OutcomeOut, operation_id="label",
    summary="Label an event later", throttle=[EVENTS], openapi_extra=OFTEN,
)  # fmt: skip
def label(request: HttpRequest, learner_id: PathKey, payload: LabelIn) -> dict[str, Any]:
    """Learn the event of this id. Where it has not come yet, the label waits for it.

    The same label again changes nothing; another one for the same event is refused with 409.
    """
    learner = own_learner(request, learner_id)
    return outcome_json(live.label(learner=learner, identifier=payload.id, value=payload.label))


@router.post(
    "learners/{learner_id}/batch", response=BatchOut, operation_id="learn_batch",
    summary="Learn or predict many events", throttle=[EVENTS], openapi_extra=BATCH,
)  # fmt: skip
def batch(
    request: HttpRequest, learner_id: PathKey, payload: BatchIn,
    mode: Query[Literal["learn", "predict"]] = "learn", key: ShareKey = "",
) -> dict[str, Any]:  # fmt: skip
    """Learn events in their order, all of them or none; or only predict them.

    The body is JSON, or one event on each line (application/x-ndjson).
    """
    EVENTS.spend(request, len(payload.events) - 1)
    if mode == "predict":
        _check_each(payload, _only_predicted)
        learner = learner_of(request, learner_id, share_key=key)
        found = live.predict_many(learner=learner, rows=[e.features for e in payload.events])
        return {"outcomes": [], "predictions": [prediction_json(one) for one in found]}
    learner = own_learner(request, learner_id)
    _check_each(payload, _labelled)
    events = [
        Incoming(features=e.features, label=e.label, identifier=e.id or "") for e in payload.events
    ]
    outcomes = live.learn(learner=learner, events=events)
    return {"outcomes": [outcome_json(one) for one in outcomes], "predictions": []}


def _check_each(payload: BatchIn, check: Callable[[BatchEvent], tuple[str, str] | None]) -> None:
    """Refuse a batch, naming every event that is not as it must be."""
    wrong = [(i, found) for i, e in enumerate(payload.events) if (found := check(e))]
    if wrong:
        errors = [{"field": f"events.{i}.{name}", "message": text} for i, (name, text) in wrong]
        detail = f"{errors[0]['field']}: {errors[0]['message']} Nothing was learned."
        raise Problem(422, detail, errors=errors[:20])


def _labelled(event: BatchEvent) -> tuple[str, str] | None:
    if event.label is None:
        return "label", "An event that is learned needs its label; mode=predict predicts only."
    return None


def _only_predicted(event: BatchEvent) -> tuple[str, str] | None:
    if event.label is not None:
        return "label", "An event that is only predicted has no label; mode=learn learns it."
    if event.id is not None:
        return "id", "A batch that is only predicted is not kept; predict events with an id singly."
    return None
