"""A state out and in, as an npz file."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import slugify
from django.views.decorators.http import require_http_methods, require_safe

from learner.forms import ImportForm, described
from learner.models import Learner
from learner.services import live
from learner.services.states import pack_state
from learner.services.uploads import create_from_state, largest_state
from learner.views.access import may_create, readable_learner, share_query
from learner.views.learners import owned_by
from learner.views.uploading import bounded


@require_safe
def learner_state(request: HttpRequest, learner_id: int) -> HttpResponse:
    """Return the present state as an npz file; where it cannot be read, say why."""
    learner = readable_learner(request, learner_id)
    try:
        with live.read(learner) as model:
            data = pack_state(model.state_dict())
    except ValueError as error:
        messages.error(request, f"{str(error).rstrip('.')}.")
        place = reverse("learner:learner_dashboard", args=[learner.pk])
        return redirect(f"{place}{share_query(request)}")
    answer = HttpResponse(data, content_type="application/octet-stream")
    name = f"{slugify(learner.name) or 'learner'}-{learner.version}.npz"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@bounded(largest_state)
@require_http_methods(["GET", "HEAD", "POST"])
def learner_import(request: HttpRequest, *, too_long: bool = False) -> HttpResponse:
    """Make a learner of a state that was downloaded."""
    if not may_create(request):
        return redirect_to_login(request.get_full_path())
    if too_long:
        form = ImportForm({})
        form.errors.clear()
        form.add_error("file", f"The file may have at most {largest_state():,} bytes.")
        return _page(request, form, status=413)
    form = ImportForm(request.POST, request.FILES) if request.method == "POST" else ImportForm()
    if form.is_bound and form.is_valid() and (learner := _take(request, form)):
        messages.success(
            request, f"{learner.name} goes on from the state of {learner.events} events."
        )
        return redirect("learner:learner_dashboard", learner.pk)
    return _page(request, form, status=422 if form.is_bound else 200)


def _take(request: HttpRequest, form: Any) -> Learner | None:
    """Return the learner of a state, or add to the form why there is none."""
    file = form.cleaned_data["file"]
    if file.size > largest_state():
        form.add_error("file", f"The file may have at most {largest_state():,} bytes.")
        return None
    try:
        return create_from_state(
            name=form.cleaned_data["name"], data=file.read(), **owned_by(request)
        )
    except ValueError as error:
        text = str(error).rstrip(".")
        of_name = text.startswith(("a name", "There is a learner"))
        form.add_error("name" if of_name else "file", f"{text[:1].upper()}{text[1:]}.")
        return None


def _page(request: HttpRequest, form: ImportForm, *, status: int) -> HttpResponse:
    described(form)
    context = {"form": form, "largest": largest_state()}
    return render(request, "learner/learner_import.html", context, status=status)
