"""Learners: make, list, read, change, delete; and the settings that there are."""

from datetime import time
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja import Field, Query, Router, Status

from learner.api.answers import learner_detail, learner_json
from learner.api.making import check_visibility, owner_and_visibility, parameters_of
from learner.api.records import LearnerDetail, LearnerList, SettingList
from learner.api.requests import KindName, LearnerChange, LearnerIn
from learner.api.rows import HEAVY, learner_of, learner_rows, own_learner
from learner.api.throttles import MAKE
from learner.pipeline.settings import EXPERT, USER, WHOLE, Setting
from learner.services.changes import change_learner, remove_learner
from learner.services.learners import create_learner
from synapse.api.authentication import owner_of
from synapse.api.paging import Page, PathKey, ShareKey, etag_of, paged
from synapse.api.problems import OWN_PROBLEMS, FieldProblem, clean
from synapse.api.synapses import check_match, share


class LearnerFilter(Page):
    """Which learners."""

    mine: bool = Field(False, description="Only your own.")
    kind: KindName | None = Field(None, description="Only of this kind.")
    search: str = Field("", max_length=100, description="Part of the name.")


router = Router(tags=["Learners"])
CHANGEABLE = {"budget"}
"""Settings that may change after the first event."""


@router.get("learners", response=LearnerList, operation_id="list_learners", summary="List")
def list_learners(request: HttpRequest, wanted: Query[LearnerFilter]) -> dict[str, Any]:
    """Return the learners that you may see."""
    rows = learner_rows().defer(*HEAVY).visible_to(request.user)
    if wanted.mine:
        rows = rows.filter(owner=owner_of(request.user))
    if wanted.kind:
        rows = rows.filter(kind=wanted.kind)
    if wanted.search:
        rows = rows.filter(name__icontains=clean(wanted.search, field="search"))
    return paged(request, rows, wanted, as_json=lambda row: learner_json(request.user, row))


@router.get(
    "learners/settings", response=SettingList, operation_id="list_settings",
    summary="What can be set",
)  # fmt: skip
def list_settings(request: HttpRequest) -> dict[str, Any]:
    """Return every setting with its bounds, its defaults and what it means."""
    groups = (("user", USER), ("expert", EXPERT))
    return {"items": [_setting_json(one, group) for group, found in groups for one in found]}


@router.post(
    "learners", response={201: LearnerDetail}, operation_id="create_learner", summary="Make",
    throttle=[MAKE], openapi_extra={OWN_PROBLEMS: ["429"]},
)  # fmt: skip
def create(request: HttpRequest, payload: LearnerIn) -> Status[Any]:
    """Make a learner that has learned nothing. Without a login (demo) it is public."""
    owner, visibility = owner_and_visibility(request.user, payload.visibility)
    with transaction.atomic():
        made = create_learner(
            name=clean(payload.name, field="name"), kind=payload.kind,
            parameters=parameters_of(payload), owner=owner, visibility=visibility,
        )  # fmt: skip
        made.preset, made.baselines = payload.preset or "", payload.baselines
        made.save(update_fields=["preset", "baselines", "modified"])
    return Status(201, learner_detail(request.user, made))


@router.get(
    "learners/{learner_id}", response=LearnerDetail, operation_id="read_learner", summary="Read"
)
def read_learner(
    request: HttpRequest, response: HttpResponse, learner_id: PathKey, key: ShareKey = ""
) -> dict[str, Any]:
    """Return a learner; its ETag lets a program ask often for little."""
    found = learner_detail(request.user, learner_of(request, learner_id, share_key=key))
    response["ETag"] = etag_of(found)
    return found


@router.patch(
    "learners/{learner_id}", response=LearnerDetail, operation_id="change_learner",
    summary="Rename, pause, schedule its sleep, or change who may see it",
)  # fmt: skip
def change(
    request: HttpRequest, response: HttpResponse, learner_id: PathKey, payload: LearnerChange
) -> dict[str, Any]:
    """Change what is sent; null for sleep_after and sleep_at says never."""
    learner = own_learner(request, learner_id)
    check_match(request, learner_detail(request.user, learner))
    changes = _changes(payload)
    check_visibility(learner, payload.visibility)
    # No transaction around both: a new budget waits for the learner's lock.
    learner = change_learner(learner=learner, **changes)
    share(learner, payload)
    found = learner_detail(request.user, learner)
    response["ETag"] = etag_of(found)
    return found


@router.delete(
    "learners/{learner_id}", response={204: None}, operation_id="delete_learner", summary="Delete"
)
def delete(request: HttpRequest, learner_id: PathKey) -> Status[None]:
    """Delete a learner with all that it learned, its commits and its events."""
    learner = own_learner(request, learner_id)
    check_match(request, learner_detail(request.user, learner))
    remove_learner(learner=learner)
    return Status(204, None)


def _changes(payload: LearnerChange) -> dict[str, Any]:
    """Return what was sent, as the service takes it."""
    given = payload.model_fields_set & {
        "name", "budget", "paused", "baselines", "sleep_after", "sleep_at", "sleep_replays"
    }  # fmt: skip
    changes = {name: getattr(payload, name) for name in given}
    if changes.get("name") is not None:
        changes["name"] = clean(changes["name"], field="name")
        if not changes["name"]:
            raise FieldProblem("name", "name must not be blank.", value=payload.name)
    if changes.get("sleep_at") is not None:
        changes["sleep_at"] = time.fromisoformat(changes["sleep_at"])
    return changes


def _setting_json(setting: Setting, group: str) -> dict[str, Any]:
    plain = ("name", "default", "minimum", "maximum", "meaning")
    return {name: getattr(setting, name) for name in plain} | {
        "group": group,
        "kind": "whole number" if setting.name in WHOLE else "number",
        "default_of_regressor": (
            setting.default if setting.for_numbers is None else setting.for_numbers
        ),
        "changeable": setting.name in CHANGEABLE,
    }
