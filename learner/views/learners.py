"""The list of learners, and a new one."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from learner.forms import NewLearnerForm, PresetForm, described
from learner.models import Learner
from learner.services.learners import create_learner
from learner.services.overview import overview_of, with_states
from learner.views.access import may_create
from synapse.models import Preset, Visibility

PER_PAGE = 25


@require_safe
def learner_list(request: HttpRequest) -> HttpResponse:
    """Show every learner that the reader may see: their own first, then the public ones."""
    rows = with_states(Learner.objects.visible_to(request.user)).order_by("-modified", "-pk")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    now = timezone.now()
    context = {
        "page": page, "entries": [overview_of(learner, now) for learner in page],
        "may_create": may_create(request),
    }  # fmt: skip
    return render(request, "learner/learner_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def learner_new(request: HttpRequest) -> HttpResponse:
    """Show the form of a new learner; a POST makes it."""
    if not may_create(request):
        return redirect_to_login(request.get_full_path())
    presets = list(Preset.objects.order_by("pk").values_list("name", "title"))
    chosen = PresetForm(request.GET or None, presets=presets)
    begun = chosen.filled_in() if chosen.is_bound and chosen.is_valid() else {}
    form = NewLearnerForm(request.POST if request.method == "POST" else None, initial=begun)
    if form.is_bound and form.is_valid() and (learner := _make(request, form)):
        messages.success(request, f"{learner.name} was made. It has learned nothing yet.")
        return redirect("learner:learner_dashboard", learner.pk)
    for one in (form, chosen):
        described(one)
    status = 422 if form.is_bound else 200
    context = {"form": form, "chosen": chosen, "presets": presets}
    return render(request, "learner/learner_new.html", context, status=status)


def _make(request: HttpRequest, form: NewLearnerForm) -> Learner | None:
    """Return a new learner, or add to the form why there is none."""
    data = form.cleaned_data
    try:
        learner = create_learner(
            name=data["name"], kind=data["kind"], parameters=form.parameters(),
            **owned_by(request),
        )  # fmt: skip
    except ValueError as error:
        text = str(error).rstrip(".")
        form.add_error("name" if "name" in text else None, f"{text}.")
        return None
    known = Preset.objects.filter(name=data["preset"]).exists()
    learner.baselines, learner.preset = data["baselines"], data["preset"] if known else ""
    learner.save(update_fields=["baselines", "preset"])
    return learner


def owned_by(request: HttpRequest) -> dict[str, Any]:
    """Return who owns what the reader makes; what has no owner is public."""
    owner = request.user if request.user.is_authenticated else None
    return {"owner": owner, "visibility": Visibility.PRIVATE if owner else Visibility.PUBLIC}
