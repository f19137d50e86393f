"""The lists of runs, with filters, and what a page shows of a run that is under way."""

from collections.abc import Iterable
from datetime import datetime, time
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from synapse.models import Run, RunStatus
from synapse.rendering.numbers import duration_text, number_text
from synapse.services import run_queue, runs, verify
from synapse.services.access import may_write
from synapse.services.runs import AGAIN
from synapse.views.access import readable_run, readable_synapse, share_query

PER_PAGE = 25
MOST_ASKED = 2 * PER_PAGE
HEAVY = ("trace", "protocol", "start_state", "parameters", "random_state", "result", "versions")
"""Columns that a list does not read."""
WAITS = 10.0
"""Seconds after which a page wonders whether there is a worker."""
STATES = [("", "any"), *((s.value, s.label) for s in RunStatus)]
ACTIVE = (RunStatus.QUEUED, RunStatus.RUNNING)
REPETITIONS = 5


class FilterForm(forms.Form):
    """Which runs a list shows."""

    status = forms.ChoiceField(choices=STATES, required=False)
    text = forms.CharField(max_length=100, required=False)
    synapse = forms.CharField(max_length=100, required=False)
    since = forms.DateField(required=False, widget=forms.DateInput({"type": "date"}))
    until = forms.DateField(required=False, widget=forms.DateInput({"type": "date"}))

    def narrow(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Return the rows that a valid form lets through; what is wrong in it is left out."""
        data = self.cleaned_data
        if data.get("status"):
            rows = rows.filter(status=data["status"])
        if data.get("text"):
            rows = rows.filter(title__icontains=data["text"])
        if data.get("synapse"):
            rows = rows.filter(synapse__name__icontains=data["synapse"])
        if data.get("since"):
            rows = rows.filter(created__gte=_midnight(data["since"], time.min))
        if data.get("until"):
            rows = rows.filter(created__lte=_midnight(data["until"], time.max))
        return rows


def _midnight(day: Any, at: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, at))


@require_safe
def run_list(request: HttpRequest) -> HttpResponse:
    """Show every run that the reader may see, the newest first."""
    return _list(request, Run.objects.visible_to(request.user), {})


@require_safe
def synapse_runs(request: HttpRequest, synapse_id: int) -> HttpResponse:
    """Show the runs of one synapse."""
    synapse = readable_synapse(request, synapse_id)
    rows = Run.objects.visible_to(request.user).filter(synapse=synapse)
    return _list(request, rows, {"synapse": synapse})


def _list(request: HttpRequest, rows: Any, context: dict[str, Any]) -> HttpResponse:
    form = FilterForm(request.GET)
    form.is_valid()
    rows = form.narrow(rows).select_related("synapse").defer(*HEAVY)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    note_lost(page)
    under_way = [str(run.pk) for run in page if run.status in ACTIVE]
    context |= {
        "page": page,
        "filter": form,
        "filtered": any(request.GET.get(name) for name in form.fields),
        "under_way": ",".join(under_way),
        "share_query": share_query(request),
    }
    return render(request, "synapse/run_list.html", context)


@never_cache
@require_safe
def runs_progress(request: HttpRequest) -> HttpResponse:
    """Return where the runs named by ``?runs=1,2`` are, for the list to show."""
    asked = [key for key in request.GET.get("runs", "").split(",") if key.isdigit()]
    keys = [int(key) for key in asked[:MOST_ASKED] if len(key) < 12]
    rows = list(Run.objects.visible_to(request.user).filter(pk__in=keys).defer(*HEAVY))
    note_lost(rows)
    found = {
        str(run.pk): {
            "state": render_to_string("synapse/partials/status.html", {"run": run}),
            "simulated": duration_text(run.done),
            "active": run.status in ACTIVE,
            "say": f"Run {run.pk}: {run.get_status_display().lower()}",
        }
        for run in rows
    }
    return JsonResponse(found)


@never_cache
@require_safe
def run_progress(request: HttpRequest, run_id: int) -> HttpResponse:
    """Return the part of a run's page that says how far it is."""
    run = readable_run(request, run_id)
    note_lost([run])
    answer = render(request, "synapse/run_progress.html", progress_of(run) | {"run": run})
    answer["X-Active"] = "1" if run.status in ACTIVE else "0"
    return answer


def note_lost(rows: Iterable[Any]) -> None:
    """Mark rows that are about to be shown and whose process has been silent for too long."""
    before = timezone.now() - runs.SILENT
    running = [r for r in rows if r.status == RunStatus.RUNNING and r.heartbeat]
    silent = [r for r in running if r.heartbeat < before]
    if silent and runs.mark_lost():
        for row in silent:
            row.refresh_from_db(fields=["status", "error"])


def progress_of(run: Run) -> dict[str, Any]:
    """Return how far a run is and what is left, in words."""
    now = timezone.now()
    share = run.done / run.total if run.total else 0.0
    context: dict[str, Any] = {"percent": int(100 * share)}
    if run.status == RunStatus.QUEUED:
        ahead = run_queue.position(run)
        alone = not ahead and (now - run.created).total_seconds() > WAITS
        context |= {"ahead": ahead, "alone": alone and not _somebody_works()}
    if run.status == RunStatus.RUNNING and run.started and share > 0.01:
        taken = (now - run.started).total_seconds()
        context["left"] = left_text(taken * (1 - share) / share)
    return context


def left_text(seconds: float) -> str:
    """Return a time left in words, no finer than it is known."""
    if seconds < 1:
        return "less than a second"
    return duration_text(1000.0 * float(number_text(seconds, 2).replace("\u202f", "")))


def _somebody_works() -> bool:
    return Run.objects.filter(status=RunStatus.RUNNING).exists()


def state_of(request: HttpRequest, run: Run) -> dict[str, Any]:
    """Return what the head of a run's page needs: progress, what may be done, comparisons."""
    context: dict[str, Any] = {
        "may_manage": may_write(request.user, run),
        "active": run.status in ACTIVE,
        "ended_early": run.status in (RunStatus.LOST, RunStatus.FAILED, RunStatus.CANCELLED),
        "is_repetition": AGAIN in run.protocol,
    }
    if context["active"]:
        return context | progress_of(run)
    if context["is_repetition"]:
        return context | {"comparison": verify.comparison_of(run), "first_run": run.protocol[AGAIN]}
    if run.status == RunStatus.DONE:
        rows = verify.repetitions(run).only("pk", "status", "result_hash", "created")
        seen = rows if context["may_manage"] else rows.visible_to(request.user)
        context["repetitions"] = [
            (again, again.result_hash == run.result_hash) for again in seen[:REPETITIONS]
        ]
    return context
