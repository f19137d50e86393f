"""Models: list, look at, download, delete; their metrics and the time they take."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from learner.api.river.rows import changeable, model_named, model_of, names_of
from learner.models import Learner, LearnerKind
from learner.services import live, telemetry
from learner.services.changes import remove_learner
from learner.services.measures_series import summary
from learner.services.states import pack_state

FLAVORS = {LearnerKind.CLASSIFIER: "multiclass", LearnerKind.REGRESSOR: "regression"}


def list_models(request: HttpRequest) -> JsonResponse:
    """Return the names of the models that the caller sees."""
    return JsonResponse({"models": names_of(request.user)})


def read_named(request: HttpRequest) -> JsonResponse:
    """Return the model that is named as ``model``."""
    return JsonResponse(as_json(model_named(request)))


def read(request: HttpRequest, name: str) -> JsonResponse:
    """Return a model as JSON."""
    return JsonResponse(as_json(model_of(request, name)))


def as_json(learner: Learner) -> dict[str, Any]:
    """Return what a model is, without its weights."""
    plain = ("parameters", "schema", "target", "events", "version", "paused", "visibility")
    return {
        "name": learner.name,
        "id": learner.pk,
        "flavor": FLAVORS[LearnerKind(learner.kind)],
        "owner": learner.owner.get_username() if learner.owner else None,
        **{name: getattr(learner, name) for name in plain},
    }


def download_named(request: HttpRequest) -> HttpResponse:
    """Return the state of the model that is named as ``model``."""
    return state_of(model_named(request))


def download(request: HttpRequest, name: str) -> HttpResponse:
    """Return the state of a model as an npz file, never a pickle."""
    return state_of(model_of(request, name))


def state_of(learner: Learner) -> HttpResponse:
    """Return a state to be saved."""
    with live.read(learner) as model:
        data = pack_state(model.state_dict())
    answer = HttpResponse(data, content_type="application/octet-stream")
    answer["Content-Disposition"] = f'attachment; filename="learner-{learner.pk}.npz"'
    return answer


def delete(request: HttpRequest) -> JsonResponse:
    """Delete the model that is named as ``model``, with all that was learned."""
    learner = changeable(request, model_named(request))
    remove_learner(learner=learner)
    return JsonResponse({"message": f"Deleted {learner.name}."})


def stats(request: HttpRequest) -> JsonResponse:
    """Return how long predicting and learning took, as this process saw it."""
    return JsonResponse(telemetry.durations_of(model_named(request).pk))


def metrics(request: HttpRequest) -> JsonResponse:
    """Return how well the model predicted, each event before it was learned."""
    return JsonResponse(metrics_of(model_named(request)))


def metrics_of(learner: Learner) -> dict[str, Any]:
    """Return metrics by the names of River's classes, over every event it ever learned."""
    found = summary(learner)
    if learner.kind == LearnerKind.REGRESSOR:
        scores = {"MAE": found.score, "R2": found.r2}
    else:
        scores = {"Accuracy": found.score, "CohenKappa": found.kappa}
    return scores | {"n_events": found.events, "update_share": found.update_share}
