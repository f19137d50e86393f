"""Predict, learn, and label later."""

import uuid
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, JsonResponse
from pydantic_core import PydanticCustomError

from learner.api.river.endpoint import field, read_json
from learner.api.river.refusals import Refusal
from learner.api.river.rows import changeable, may_change, model_of
from learner.api.throttles import EVENTS
from learner.api.values import check_features, check_identifier, check_label
from learner.models import Event, Learner
from learner.services import live
from learner.services.messages import Incoming, Outcome, Status

WORDS = {
    Status.LEARNED: "Successful {}.",
    Status.DUPLICATE: "It was learned before; nothing changed.",
    Status.EARLY: "The label waits for its event.",
    Status.WAITING: "The event waits for its label.",
}


def predict(request: HttpRequest) -> JsonResponse:
    """Predict, and keep the event until its label comes where the caller may change the model.

    The identifier is what the label will be for; one is made where none is sent.
    """
    body = read_json(request)
    learner = named(request, body)
    features = checked(check_features, body.get("features"))
    identifier = identifier_of(body)
    if identifier:
        changeable(request, learner)
    elif may_change(request, learner) and not learner.paused:
        identifier = str(uuid.uuid4())
    made = live.predict(learner=learner, features=features, identifier=identifier)
    found = {"model": body["model"], "prediction": made.prediction}
    if made.probabilities:
        found["probabilities"] = {str(k): v for k, v in made.probabilities.items()}
    if not identifier:
        return JsonResponse(found)
    return JsonResponse(found | {"identifier": identifier}, status=201)


def learn(request: HttpRequest) -> JsonResponse:
    """Learn from features and ground truth; with an identifier, once."""
    body = read_json(request)
    learner = changeable(request, named(request, body))
    truth, identifier = label_of(body, "ground_truth"), identifier_of(body)
    if identifier and not body.get("features"):
        return told("learn", labelled(learner, identifier, truth), status=201)
    features = checked(check_features, body.get("features"))
    event = Incoming(features=features, label=truth, identifier=identifier)
    [outcome] = live.learn(learner=learner, events=[event])
    return told("learn", outcome, status=201)


def label(request: HttpRequest) -> JsonResponse:
    """Learn the event that was predicted under an identifier, now that its label is known."""
    body = read_json(request)
    learner = changeable(request, named(request, body))
    identifier = identifier_of(body)
    if not identifier:
        raise Refusal(400, "identifier is required: the one that the prediction came with.")
    return told("label", labelled(learner, identifier, label_of(body, "label")), status=200)


def labelled(learner: Learner, identifier: str, value: Any) -> Outcome:
    """Learn a label. One for an identifier that was never predicted is a mistake here."""
    if not Event.objects.filter(learner=learner, identifier=identifier).exists():
        raise Refusal(
            400, f"{learner.name} has predicted nothing under the identifier {identifier!r}."
        )
    return live.label(learner=learner, identifier=identifier, value=value)


def named(request: HttpRequest, body: dict[str, Any]) -> Learner:
    """Return the model that a body names, where the caller has not asked too often."""
    if not EVENTS.allow_request(request):
        wait = EVENTS.wait() or 1
        raise Refusal(
            429,
            f"Too many events; try again in {wait:.0f} s.",
            headers={"Retry-After": f"{wait:.0f}"},
        )
    learner = model_of(request, field(body, "model", str))
    request.learner_pk = learner.pk  # type: ignore[attr-defined]  # for monitoring
    return learner


def identifier_of(body: dict[str, Any]) -> str:
    """Return the identifier in a body, empty where there is none."""
    found = body.get("identifier")
    return "" if found is None else str(checked(check_identifier, found))


def label_of(body: dict[str, Any], name: str) -> Any:
    """Return the label in a body; it may be 0 or false."""
    if body.get(name) is None:
        raise Refusal(400, f"{name} is required: the label, or the number, of the event.")
    return checked(check_label, body[name])


def checked(check: Callable[[Any], Any], value: Any) -> Any:
    """Return a value that keeps to the same bounds as in the other interface."""
    try:
        return check(value)
    except PydanticCustomError as error:
        raise Refusal(400, error.message()) from None


def told(what: str, outcome: Outcome, *, status: int) -> JsonResponse:
    """Say what became of an event."""
    found = {
        "message": WORDS[outcome.status].format(what), "status": outcome.status,
        "identifier": outcome.identifier or None, "prediction": outcome.prediction,
        "surprise": outcome.surprise, "commit": outcome.commit, "position": outcome.position,
    }  # fmt: skip
    return JsonResponse(found, status=status)
