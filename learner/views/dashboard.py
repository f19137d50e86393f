"""The dashboard of a learner: how well it does, what drives it, and what it did last."""

from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from learner.models import DriftAlarm, Learner
from learner.services import connections
from learner.services.alarms import alarms, as_alarm, settings_of
from learner.services.measures_series import as_csv, series, summary
from learner.services.recent import recent_events
from learner.views import parts
from learner.views.access import can_write, readable_learner
from learner.views.commits import number_in
from learner.views.events import event_rows
from synapse.models import Visibility
from synapse.views.access import share_query

ALARMS_PER_PAGE = 50
ALARMS_SHOWN = 5


@require_safe
def learner_dashboard(request: HttpRequest, learner_id: int) -> HttpResponse:
    """Show a learner."""
    learner = readable_learner(request, learner_id)
    context = _frame(request, learner)
    context |= _content(request, learner, context) | {"visibilities": Visibility.choices}
    return render(request, "learner/learner_dashboard.html", context)


@never_cache
@require_safe
def learner_live(request: HttpRequest, learner_id: int) -> HttpResponse:
    """Return the parts of the dashboard that change; 304 where none did."""
    learner = readable_learner(request, learner_id)
    context = _frame(request, learner)
    answer = HttpResponse(status=304)
    if request.headers.get("If-None-Match") != context["version"]:
        context |= _content(request, learner, context)
        answer = render(request, "learner/live.html", context)
    answer["ETag"] = context["version"]
    return answer


def _frame(request: HttpRequest, learner: Learner) -> dict[str, Any]:
    """Return what is cheap to say of a learner."""
    api, shared = f"/api/v1/learners/{learner.pk}/", share_query(request)
    context: dict[str, Any] = {
        "learner": learner,
        "may_write": can_write(request, learner),
        "share_query": shared,
        "api": request.build_absolute_uri(api),
        "stream": f"{api}stream{shared}",
        "sleep_words": parts.sleep_words(learner),
        **parts.jobs_of(learner),
    }
    context["badge"] = parts.state_of(learner, context["jobs"], "")
    context["version"] = parts.version_of(learner, context)
    return context


def _content(request: HttpRequest, learner: Learner, frame: dict[str, Any]) -> dict[str, Any]:
    """Return the rest; what cannot be read is said, and leaves the others."""
    told = summary(learner)
    found = alarms(learner, most=parts.ALARMS)
    curves = parts.curves_of(learner, series(learner, points=parts.POINTS), told.budget)
    commits, facts = parts.latest_commits(learner), parts.facts_of(learner, told)
    connection, synapse = parts.opened_synapse(request, learner)
    score = " ".join(facts[0][1:3]) if told.score is not None else ""
    problem, events, largest = "", [], []
    try:
        events = event_rows(recent_events(learner, limit=parts.EVENTS))
        if parts.weights_of(learner) <= parts.MOST_WEIGHTS:
            largest = connections.list_connections(learner, most=parts.CONNECTIONS)
    except ValueError as error:
        problem = str(error)
    return {
        "summary": told,
        "facts": facts,
        "charts": parts.charts_of(curves, found),
        "alarms": found[:ALARMS_SHOWN],
        "rows": commits,
        "events": events,
        "largest": largest,
        "problem": problem,
        "badge": parts.state_of(learner, frame["jobs"], problem),
        "connection": connection,
        "synapse": synapse,
        "pairs": parts.pairs_of(learner, told, commits, score, synapse),
    }


@require_safe
def learner_accuracy_csv(request: HttpRequest, learner_id: int) -> StreamingHttpResponse:
    """Return the windows of a learner as CSV."""
    learner = readable_learner(request, learner_id)
    answer = StreamingHttpResponse(as_csv(learner), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="learner-{learner.pk}-windows.csv"'
    return answer


@require_safe
def alarm_list(request: HttpRequest, learner_id: int) -> HttpResponse:
    """Show the drift alarms of a learner, the newest first."""
    learner = readable_learner(request, learner_id)
    before = number_in(request, "before")
    rows = DriftAlarm.objects.filter(learner=learner).order_by("-began")
    if before is not None:
        rows = rows.filter(began__lt=before)
    found = list(rows[: ALARMS_PER_PAGE + 1])
    settings = settings_of(learner)
    going_on = (learner.metrics or {}).get("alarm") or {}
    context = {
        "learner": learner,
        "alarms": [as_alarm(row, settings, going_on) for row in found[:ALARMS_PER_PAGE]],
        "older": found[ALARMS_PER_PAGE - 1].began if len(found) > ALARMS_PER_PAGE else None,
        "before": before,
        "budget": settings["budget"],
        "may_write": can_write(request, learner),
        "share_query": share_query(request),
    }
    return render(request, "learner/alarm_list.html", context)
