"""The commits of a learner, and the way back to any of them."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from learner.models import Commit, Learner
from learner.services import live
from learner.services.event_story import MOST_WORK, TOO_LARGE, work_of
from learner.services.explain import explain_commit
from learner.services.lineage import holds, in_effect, rollbacks_of
from learner.views.access import can_write, readable_learner, refusal
from learner.views.ledger_rows import CAUSES, commit_rows, commits_of, loss_of
from synapse.services.conflict import StateConflict
from synapse.views.access import share_query

PER_PAGE = 50


@require_safe
def commit_list(request: HttpRequest, learner_id: int) -> HttpResponse:
    """Show the commits of a learner, the newest first."""
    learner = readable_learner(request, learner_id)
    rows, kind = commits_of(learner), request.GET.get("kind", "")
    if kind in CAUSES:
        rows = rows.filter(kind=kind)
    before = number_in(request, "before")
    if before is not None:
        rows = rows.filter(number__lt=before)
    found = list(rows[: PER_PAGE + 1])
    context: dict[str, Any] = {
        "learner": learner,
        "rows": commit_rows(learner, found[:PER_PAGE]),
        "older": found[PER_PAGE - 1].number if len(found) > PER_PAGE else None,
        "before": before,
        "kind": kind if kind in CAUSES else "",
        "kinds": CAUSES.items(),
        "may_write": can_write(request, learner),
        "share_query": share_query(request),
    }
    return render(request, "learner/commit_list.html", context)


def number_in(request: HttpRequest, name: str) -> int | None:
    """Return a whole number of the query, nothing where there is none."""
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


@require_safe
def commit_detail(request: HttpRequest, learner_id: int, number: int) -> HttpResponse:
    """Show what a commit changed, and what going back to it would take back."""
    learner = readable_learner(request, learner_id)
    return _page(request, learner, number)


def _page(
    request: HttpRequest, learner: Learner, number: int, *, conflict: str = "", status: int = 200
) -> HttpResponse:
    commit, before = _with_before(learner, number)
    rollbacks = rollbacks_of(learner)
    effect = in_effect(learner.version, rollbacks)
    context: dict[str, Any] = {
        "learner": learner,
        "commit": commit,
        "cause": CAUSES.get(commit.kind, commit.kind),
        "live": holds(effect, number),
        "after": None if number == learner.version else loss_of(learner, commit, rollbacks),
        "undone": loss_of(learner, before, rollbacks) if before else None,
        "may_write": can_write(request, learner),
        "share_query": share_query(request),
        "conflict": conflict,
    }
    context |= changes_of(learner, commit)
    return render(request, "learner/commit_detail.html", context, status=status)


def _with_before(learner: Learner, number: int) -> tuple[Commit, Commit | None]:
    """Return a commit and the one before it, or raise ``Http404``."""
    if not 1 <= number <= learner.version:
        raise Http404
    rows = Commit.objects.filter(learner=learner, number__in=(number - 1, number))
    found = {row.number: row for row in rows}
    if number not in found:
        raise Http404
    return found[number], found.get(number - 1)


def changes_of(learner: Learner, commit: Commit) -> dict[str, Any]:
    """Return the connections that a commit changed most, or why there are none to show."""
    if commit.kind == "rollback":
        return {"connections": [], "problem": ""}
    try:
        if commit.connections is None and work_of(learner) > MOST_WORK:
            raise ValueError(TOO_LARGE)
        explained = explain_commit(learner=learner, number=commit.number)
    except ValueError as problem:
        return {"connections": [], "problem": str(problem)}
    listed = [
        c | {"change": c["after"] - c["before"]} for c in explained.connections or []
    ]  # fmt: skip
    return {"connections": listed, "problem": ""}


@require_POST
def commit_rollback(request: HttpRequest, learner_id: int, number: int) -> HttpResponse:
    """Go back to the state right after a commit, unless the learner has moved on meanwhile."""
    learner = readable_learner(request, learner_id)
    here = reverse("learner:commit_detail", args=[learner.pk, number])
    refused = refusal(request, learner, here)
    if refused is not None:
        return refused
    shown = number_from(request)
    if not Commit.objects.filter(learner=learner, number=number).exists():
        raise Http404
    newer = "newer" in request.POST
    moved = _moved(learner, request.POST.get("version", ""), newer=newer)
    if moved:
        return _page(request, learner, shown or number, conflict=moved, status=409)
    try:
        expected = None if newer else int(request.POST["version"])
        made = live.rollback(learner=learner, version=number, expected=expected)
    except StateConflict as conflict:
        return _page(request, learner, shown or number, conflict=str(conflict), status=409)
    except (ValueError, PermissionDenied) as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(here)
    messages.success(
        request, f"The learner is back at the state right after commit {number}. This is "
        f"commit {made}; it can be taken back in the same way.",
    )  # fmt: skip
    return HttpResponseRedirect(reverse("learner:learner_dashboard", args=[learner.pk]))


def number_from(request: HttpRequest) -> int | None:
    """Return the commit whose page sent a form."""
    text = request.POST.get("page", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _moved(learner: Learner, expected: str, *, newer: bool) -> str:
    """Return what happened since a page was shown, nothing where that does not matter."""
    if expected == str(learner.version):
        return ""
    if not (expected.isascii() and expected.isdigit() and len(expected) < 19):
        return "The page did not say which commit was the last one. Look again and decide."
    since = Commit.objects.filter(learner=learner, number__gt=int(expected))
    if since.filter(kind="rollback").exists():
        return (
            f"Changed meanwhile: the learner was rolled back since this page was shown. Its last "
            f"commit was {expected} then and is {learner.version} now. Nothing was done."
        )
    if newer:
        return ""
    return (
        f"Changed meanwhile: the learner went on learning. Its last commit was {expected} when "
        f"this page was shown and is {learner.version} now. Nothing was done; what would be lost "
        "is counted again below."
    )
