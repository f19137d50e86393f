"""What the owner of a learner may do with it."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from learner.forms import DeleteForm, SettingsForm, SleepForm, described
from learner.models import Learner
from learner.services import live, schedule
from learner.services.changes import change_learner, remove_learner
from learner.views.access import readable_learner, refusal, share_query
from synapse.models import Visibility
from synapse.services.access import may_write
from synapse.services.conflict import StateConflict
from synapse.services.sharing import rotate_key, set_visibility, share_path

SHARING = (
    (Visibility.PRIVATE, "Private", "Only you."),
    (Visibility.LINK, "By link", "Everyone who has the link below; it is in no list."),
    (Visibility.PUBLIC, "Public", "Everyone who can open this site; it is in the lists."),
)
Action = Callable[[HttpRequest, Learner], HttpResponse | None]


@require_http_methods(["GET", "HEAD", "POST"])
def learner_settings(request: HttpRequest, learner_id: int) -> HttpResponse:
    """Show what may change of a learner; a POST changes it."""
    learner = readable_learner(request, learner_id)
    if request.method != "POST":
        return _page(request, learner)
    if refused := refusal(request, learner, request.get_full_path()):
        return refused
    form = SettingsForm.of(learner, request.POST)
    if form.is_valid():
        try:
            change_learner(learner=learner, **form.changes())
        except ValueError as error:
            _put(form, str(error))
        else:
            messages.success(request, "The settings were stored.")
            return redirect(_here(request, learner))
    learner.refresh_from_db()
    return _page(request, learner, settings_form=form, status=422)


def action(view: Action) -> Callable[..., HttpResponse]:
    """Return a view that does something with a learner and goes back to its settings."""

    @require_POST
    @wraps(view)
    def wrapped(request: HttpRequest, learner_id: int) -> HttpResponse:
        learner = readable_learner(request, learner_id)
        here = _here(request, learner)
        if refused := refusal(request, learner, here):
            return refused
        try:
            answer = view(request, learner)
        except (ValueError, StateConflict, PermissionDenied) as error:
            messages.error(request, str(error))
            answer = None
        return answer or redirect(here)

    return wrapped


@action
def learner_pause(request: HttpRequest, learner: Learner) -> HttpResponse | None:
    """Let a learner predict only, or learn again."""
    paused = request.POST.get("paused", "") == "1"
    change_learner(learner=learner, paused=paused)
    said = "is paused: it predicts only." if paused else "learns again."
    messages.success(request, f"{learner.name} {said}")
    return None


@action
def learner_sleep(request: HttpRequest, learner: Learner) -> HttpResponse | None:
    """Replay kept events now."""
    form = SleepForm(request.POST)
    if not form.is_valid():
        return _page(request, learner, sleep_form=form, status=422)
    replays = form.cleaned_data["replays"]
    commit = live.sleep(learner=learner, replays=replays)
    messages.success(request, f"{learner.name} replayed {replays} events: commit {commit}.")
    return None


@action
def learner_share(request: HttpRequest, learner: Learner) -> HttpResponse | None:
    """Change who may see a learner, or the key of its link."""
    if request.POST.get("action") == "rotate":
        rotate_key(row=learner)
        messages.success(
            request, "The link has a new key. Links that you sent before lead nowhere."
        )
        return None
    set_visibility(row=learner, visibility=request.POST.get("visibility", ""))
    messages.success(request, f"It can now be seen by {learner.get_visibility_display()}.")
    return None


@action
def learner_delete(request: HttpRequest, learner: Learner) -> HttpResponse | None:
    """Delete a learner whose name was typed, with all that it learned."""
    form = DeleteForm(request.POST, learner=learner)
    if not form.is_valid():
        return _page(request, learner, delete_form=form, status=422)
    name = learner.name
    remove_learner(learner=learner)
    messages.success(request, f"{name} was deleted.")
    return redirect("learner:learner_list")


def _here(request: HttpRequest, learner: Learner) -> str:
    return reverse("learner:learner_settings", args=[learner.pk]) + share_query(request)


def _put(form: SettingsForm, sentence: str) -> None:
    """Add a refusal to the field that it names."""
    named = next((name for name in form.fields if name in sentence.split(" ", 2)[:2]), None)
    named = "name" if sentence.startswith("There is a learner of this name") else named
    form.add_error(named, f"{sentence[:1].upper()}{sentence[1:].rstrip('.')}.")


def _page(
    request: HttpRequest, learner: Learner, *, status: int = 200, **forms: Any
) -> HttpResponse:
    """Show the settings; ``forms`` are those that were refused."""
    shown = {
        "settings_form": SettingsForm.of(learner),
        "sleep_form": SleepForm(initial={"replays": learner.sleep_replays}),
        "delete_form": DeleteForm(learner=learner),
    } | forms
    for form in shown.values():
        described(form)
    now, page = timezone.now(), reverse("learner:learner_dashboard", args=[learner.pk])
    next_sleep = None if learner.paused else schedule.next_sleep(learner, now)
    context = {
        "learner": learner, "share_query": share_query(request), "sharing": SHARING,
        "may_write": may_write(request.user, learner), **shown,
        "next_sleep": next_sleep, "sleep_is_due": next_sleep is not None and next_sleep <= now,
        "has_schedule": learner.sleep_after is not None or learner.sleep_at is not None,
        "link": request.build_absolute_uri(share_path(learner, page)),
        "is_shared": learner.visibility != Visibility.PRIVATE,
        "opened": list(forms),
    }  # fmt: skip
    return render(request, "learner/learner_settings.html", context, status=status)
