"""The events of a learner, and why it predicted what it did."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from learner.models import Commit, Learner, LearnerKind
from learner.rendering.explained import explained, value_text
from learner.services.event_story import Story, story_of
from learner.services.recent import LEARNED, read_event, recent_events
from learner.views.access import can_write, readable_learner
from learner.views.commits import changes_of, number_in
from learner.views.ledger_rows import EVENT_CAUSES
from synapse.views.access import share_query

PER_PAGE = 50
MOST_FEATURES = 100
"""Features of an event that a page lists."""


@require_safe
def event_list(request: HttpRequest, learner_id: int) -> HttpResponse:
    """Show what the ledger of a learner holds, the newest first."""
    learner = readable_learner(request, learner_id)
    kind, before = request.GET.get("kind", ""), number_in(request, "before")
    kind = kind if kind in EVENT_CAUSES else ""
    context: dict[str, Any] = {
        "learner": learner, "before": before, "kind": kind, "kinds": EVENT_CAUSES.items(),
        "may_write": can_write(request, learner), "share_query": share_query(request),
    }  # fmt: skip
    try:
        found = recent_events(learner, limit=PER_PAGE + 1, before=before, kind=kind)
    except ValueError as problem:
        found, context["problem"] = [], str(problem)
    context["events"] = event_rows(found[:PER_PAGE])
    context["older"] = found[PER_PAGE - 1]["position"] if len(found) > PER_PAGE else None
    return render(request, "learner/event_list.html", context)


def event_rows(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return events of the ledger with what they did in words."""
    return [event | {"did": EVENT_CAUSES.get(event["kind"], event["kind"])} for event in events]


@require_safe
def event_detail(request: HttpRequest, learner_id: int, position: int) -> HttpResponse:
    """Show one event: what was predicted then, why, and what its commit changed."""
    learner = readable_learner(request, learner_id)
    if not position < learner.position:
        raise Http404
    context: dict[str, Any] = {
        "learner": learner, "position": position, "share_query": share_query(request),
        "is_event": True, "of_label": "label" in request.GET, "last": learner.position - 1,
    }  # fmt: skip
    try:
        event = read_event(learner, position)
        if event is None:
            raise ValueError("this event is kept no more")
        context |= {"event": event_rows([event])[0], "is_event": event["kind"] in LEARNED}
        if context["is_event"]:
            context |= _told(learner, story_of(learner, position, of_label=context["of_label"]))
    except ValueError as problem:
        context["problem"] = str(problem)
    return render(request, "learner/event_detail.html", context | _changed(learner, position))


def _told(learner: Learner, story: Story) -> dict[str, Any]:
    """Return what was predicted then, and why."""
    classifies = learner.kind == LearnerKind.CLASSIFIER
    listed = [(name, value_text(value)) for name, value in story.features.items()]
    return {
        "story": story,
        "predicted": value_text(story.predicted),
        "came": value_text(story.label),
        "right": classifies and story.predicted == story.label,
        "explained_label": value_text(story.explained) if classifies else "the number",
        "unit": "log odds" if classifies else "standard deviations",
        "explained": explained(story.heads, classifies=classifies) if story.heads else None,
        "features": listed[:MOST_FEATURES],
        "more_features": max(0, len(listed) - MOST_FEATURES),
    }


def _changed(learner: Learner, position: int) -> dict[str, Any]:
    """Return the commit that an event made, and what that changed most."""
    commit = Commit.objects.filter(learner=learner, position=position).first()
    if commit is None:
        return {"commit": None}
    changes = changes_of(learner, commit)
    return {
        "commit": commit, "connections": changes["connections"][:10],
        "change_problem": changes["problem"],
    }  # fmt: skip
