"""The whole state of a learner: downloaded, and taken up as a new one. Never a pickle."""

from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status

from learner.api.answers import learner_detail
from learner.api.making import owner_and_visibility
from learner.api.records import LearnerDetail
from learner.api.rows import learner_of
from learner.api.throttles import HEAVY, MAKE
from learner.services.learners import export_state
from learner.services.states import digest_of, to_json
from learner.services.uploads import create_from_state, largest_state
from synapse.api.middleware import allow_larger
from synapse.api.paging import PathKey, ShareKey
from synapse.api.problems import OWN_PROBLEMS, Problem, clean
from synapse.api.schemas import Name, VisibilityName

router = Router(tags=["States"])
NPZ, JSON = "application/octet-stream", "application/json"
BINARY = {"schema": {"type": "string", "format": "binary"}}
allow_larger("learners/import", largest_state)


@router.post(
    "learners/import", response={201: LearnerDetail}, operation_id="import_state",
    summary="Make from a state", throttle=[MAKE],
    openapi_extra={
        OWN_PROBLEMS: ["415", "429"],
        "requestBody": {
            "required": True, "content": {NPZ: BINARY, JSON: {"schema": {"type": "object"}}},
        },
    },
)  # fmt: skip
def import_state(
    request: HttpRequest, name: Query[Name], visibility: Query[VisibilityName | None] = None
) -> Status[Any]:
    """Make a learner that goes on from a state, as it was downloaded: npz or JSON.

    Nothing in it is executed: pickles and arrays of objects are refused. Its ledger begins
    at this state.
    """
    owner, visible = owner_and_visibility(request.user, visibility)
    if request.content_type not in (NPZ, JSON):
        raise Problem(415, f"Send {NPZ} for npz, or {JSON}; got {request.content_type:.60}.")
    most = largest_state()
    data = request.read(most + 1)
    if len(data) > most:
        raise Problem(413, f"A state may have at most {most:,} bytes.")
    made = create_from_state(
        name=clean(name, field="name"), data=data, owner=owner, visibility=visible
    )
    return Status(201, learner_detail(request.user, made))


@router.get(
    "learners/{learner_id}/state", operation_id="read_state", summary="Download",
    response={200: None}, throttle=[HEAVY],
    openapi_extra={
        OWN_PROBLEMS: ["429"],
        "responses": {200: {"content": {NPZ: BINARY, JSON: {"schema": {"type": "object"}}}}},
    },
)  # fmt: skip
def read_state(
    request: HttpRequest, learner_id: PathKey,
    format: Annotated[Literal["npz", "json"], Query()] = "npz", key: ShareKey = "",
) -> HttpResponse:  # fmt: skip
    """Return the present state: an npz file of a JSON header and arrays, or JSON.

    Its ETag is its digest. ``EventDrivenClassifier.load`` reads the npz file.
    """
    learner = learner_of(request, learner_id, share_key=key)
    data = export_state(learner=learner)
    if format == "json":
        answer = HttpResponse(to_json(data), content_type=JSON)
    else:
        answer = HttpResponse(data, content_type=NPZ)
    answer["Content-Disposition"] = f'attachment; filename="learner-{learner.pk}.{format}"'
    answer["ETag"] = f'"{digest_of(data)}"' if format == "npz" else f'"{digest_of(data)}-json"'
    return answer
