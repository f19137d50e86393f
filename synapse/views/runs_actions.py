"""What may be done with a run: cancel, rename, copy, start again, compare, delete."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from synapse.forms import LARGEST_SEED
from synapse.models import Run
from synapse.plasticity.stimulus import schedule
from synapse.services import run_queue, run_worker, verify
from synapse.services.access import may_write
from synapse.services.manifests import manifest_of
from synapse.services.runs import Plan
from synapse.services.simulator import expected_work
from synapse.views.access import readable_run, share_query

MOST_AT_ONCE = 400_000
"""Synapse-ticks that are compared at once; more goes into the queue."""

Action = Callable[[HttpRequest, Run], str | None]


def action(view: Action) -> Callable[..., HttpResponse]:
    """Return a view that does something with a run and goes back to a page.

    The action returns an address, or nothing for the run's own page. What is refused is said
    in a sentence there.
    """

    @require_POST
    @wraps(view)
    def wrapped(request: HttpRequest, run_id: int) -> HttpResponse:
        run = readable_run(request, run_id)
        here = reverse("synapse:plasticity_report", args=[run.pk]) + share_query(request)
        if not may_write(request.user, run):
            if request.user.is_authenticated:
                raise PermissionDenied
            return redirect_to_login(here)
        try:
            there = view(request, run) or here
        except (ValueError, PermissionDenied) as error:
            messages.error(request, str(error))
            there = here
        return HttpResponseRedirect(there)

    return wrapped


@action
def run_cancel(request: HttpRequest, run: Run) -> str | None:
    """Ask a run to end."""
    messages.info(request, run_queue.cancel(run, user=request.user))
    return None


@action
def run_rename(request: HttpRequest, run: Run) -> str | None:
    """Give a run another title."""
    run_queue.rename(run, user=request.user, title=request.POST.get("title", ""))
    messages.success(request, "The title was changed.")
    return None


@action
def run_copy(request: HttpRequest, run: Run) -> str | None:
    """Queue the same protocol again, from the synapse's present state."""
    copied = run_queue.copy(
        run=run, user=request.user, title=request.POST.get("title", "")[:200].strip(),
        seed=_seed(request.POST.get("seed", "")),
    )  # fmt: skip
    messages.success(request, f"Run {copied.pk} is a copy of run {run.pk}.")
    return _page(copied)


@action
def run_again(request: HttpRequest, run: Run) -> str | None:
    """Queue a run again that was lost, failed or was cancelled."""
    again = run_queue.start_again(run=run, user=request.user)
    messages.success(request, f"Run {again.pk} does again what run {run.pk} did not finish.")
    return _page(again)


@action
def run_verify(request: HttpRequest, run: Run) -> str | None:
    """Do a run again from its start and compare; a short one at once."""
    again = verify.queue_again(run=run, user=request.user)
    if work_of(run) <= MOST_AT_ONCE:
        run_worker.run_row(again.pk)
    return _page(again)


@action
def run_delete(request: HttpRequest, run: Run) -> str | None:
    """Delete a run that has ended."""
    number = run.pk
    run_queue.remove(run, user=request.user)
    messages.success(request, f"Run {number} was deleted.")
    return reverse("synapse:run_list")


@require_safe
def run_manifest(request: HttpRequest, run_id: int) -> HttpResponse:
    """Return the manifest of a finished run, to be kept and verified anywhere."""
    run = readable_run(request, run_id)
    try:
        data = manifest_of(run)
    except ValueError as error:
        return HttpResponse(str(error), status=404, content_type="text/plain; charset=utf-8")
    answer = JsonResponse(data, json_dumps_params={"indent": 1})
    answer["Content-Disposition"] = f'attachment; filename="run-{run.pk}-manifest.json"'
    return answer


def work_of(run: Run) -> float:
    """Return the synapse-ticks that doing a run again will take, roughly."""
    plan = Plan.from_json(run.protocol)
    replay = verify.Replay(manifest_of(run), record=False)
    planned = schedule(replay.group, plan.protocol.events, start=0.0, named=replay.named)
    return plan.repeat * expected_work(replay.group, planned, plan.duration)


def _page(run: Any) -> str:
    return reverse("synapse:plasticity_report", args=[run.pk])


def _seed(text: str) -> int | None:
    text = text.strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and int(text[:12]) <= LARGEST_SEED):
        raise ValueError(f"seed must be 0 to {LARGEST_SEED}; got {text[:40]}.")
    return int(text)
