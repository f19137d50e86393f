"""A model made from a JSON specification; an upload of a pickle is refused unread."""

from secrets import token_hex
from typing import Any

from django.http import HttpRequest, JsonResponse

from learner.api.river.endpoint import is_json, read_json
from learner.api.river.refusals import Refusal
from learner.models import LearnerKind
from learner.pipeline.settings import EXPERT, USER
from learner.services.learners import create_learner
from synapse.api.authentication import owner_of
from synapse.api.problems import clean
from synapse.models import Visibility

KINDS = {
    "regression": LearnerKind.REGRESSOR,
    "binary": LearnerKind.CLASSIFIER,
    "multiclass": LearnerKind.CLASSIFIER,
}
"""What a flavour of the specification is here."""
NO_PICKLE = (
    "Create by JSON: this server loads no pickle, which would run whatever its sender put in. "
    'POST {"parameters": {"budget": 0.2}} as application/json to this address.'
)
REASON = "Unsupported Media Type: create by JSON, never by a pickle"
MOST_DISCARDED = 32_000_000
"""Bytes of a refused upload that are read and dropped, so that the answer gets through."""
PIECE = 65_536
KNOWN = {"parameters", "name"}
USERS = {setting.name for setting in USER}
EXPERTS = {setting.name for setting in EXPERT}


def create(request: HttpRequest, name: str, flavor: str | None = None) -> JsonResponse:
    """Create a learner. The address names a flavour, and after it perhaps a name."""
    flavor, wanted = (name, "") if flavor is None else (flavor, name)
    if not is_json(request):
        discard(request)
        raise Refusal(415, NO_PICKLE, reason=REASON)
    body = read_json(request)
    if flavor not in KINDS:
        raise Refusal(
            400, f"A model of flavor {flavor!r} cannot be made here; there are {', '.join(KINDS)}."
        )
    if unknown := body.keys() - KNOWN:
        raise Refusal(400, f"{sorted(unknown)[0]!r} is not known; send parameters, and name.")
    owner = owner_of(request.user)
    learner = create_learner(
        name=name_of(wanted or body.get("name"), flavor), kind=KINDS[flavor],
        parameters=parameters_of(body.get("parameters")), owner=owner,
        visibility=Visibility.PRIVATE if owner else Visibility.PUBLIC,
    )  # fmt: skip
    return JsonResponse({"name": learner.name, "id": learner.pk}, status=201)


def discard(request: HttpRequest) -> None:
    """Read a body and drop it: a client that is still sending hears no answer."""
    for _ in range(MOST_DISCARDED // PIECE):
        if not request.read(PIECE):
            return


def name_of(given: Any, flavor: str) -> str:
    """Return the name of a new learner; one is made where none is given."""
    if given is None or given == "":
        return f"{flavor}-{token_hex(4)}"
    if not isinstance(given, str):
        raise Refusal(400, "name must be a text.")
    return clean(given, field="name")


def parameters_of(given: Any) -> dict[str, Any]:
    """Return parameters as they are stored; those of the expert may stand among the others."""
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise Refusal(400, "parameters must be an object of names and numbers.")
    expert = given.get("expert") or {}
    if not isinstance(expert, dict):
        raise Refusal(400, "expert must be an object of names and numbers.")
    flat = {**{k: v for k, v in given.items() if k != "expert"}, **expert}
    for name, value in flat.items():
        if name not in USERS | EXPERTS:
            raise Refusal(400, f"There is no parameter {name!r}; there are {', '.join(USERS)}.")
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Refusal(400, f"{name} must be a number.")
    pairs = [[name, value] for name, value in flat.items() if name in EXPERTS]
    found = {name: value for name, value in flat.items() if name in USERS}
    return found | ({"expert": pairs} if pairs else {})
