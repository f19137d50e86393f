"""A view at its address: what differs, the protocol; create the synapse, and run it."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from synapse.models import Preset, Run, Synapse, Visibility
from synapse.rendering.numbers import duration_text
from synapse.rendering.view_table import build_differences, build_protocol
from synapse.services import presets, run_queue, runs, versions
from synapse.services.addresses import AddressError, View, read_address
from synapse.services.values import set_values
from synapse.views.running import Request, check_work

NAME_LENGTH = 100


@require_http_methods(["GET", "HEAD", "POST"])
def laboratory(request: HttpRequest) -> HttpResponse:
    """Show the view of an address; a POST makes its synapse, and may run it."""
    try:
        view = read_address(request.GET)
    except AddressError as error:
        return _refused(request, error.faults)
    if request.method != "POST":
        return _page(request, view)
    if not may_create(request):
        return redirect_to_login(request.get_full_path())
    try:
        return _create(request, view)
    except ValueError as error:
        return _page(request, view, status=422, refused=str(error))


def may_create(request: HttpRequest) -> bool:
    """Say whether the reader may make a synapse."""
    return request.user.is_authenticated or bool(getattr(settings, "DEMO", False))


def _create(request: HttpRequest, view: View) -> HttpResponse:
    """Make the synapse, run it if asked, and lead to what was made."""
    synapse = make_synapse(view, name=request.POST.get("name", ""), user=request.user)
    if request.POST.get("do") != "run" or view.protocol is None:
        messages.success(request, f"{synapse.name} was made, at rest.")
        return HttpResponseRedirect(reverse("synapse:plasticity_cycle", args=[synapse.pk]))
    run = _run(synapse, view, request.user)
    messages.success(request, f"{synapse.name} was made; run {run.pk} is of it.")
    address = reverse("synapse:plasticity_report", args=[run.pk])
    if view.window:
        address += "?from={!r}&to={!r}".format(*view.window)
    return HttpResponseRedirect(address)


@transaction.atomic
def make_synapse(view: View, *, name: str, user: Any) -> Synapse:
    """Return a new synapse at rest with the values of a view."""
    owner = user if user.is_authenticated else None
    synapse = presets.create_from_preset(
        preset=view.preset.name, name=name, owner=owner,
        visibility=Visibility.PRIVATE if owner else Visibility.PUBLIC,
    )  # fmt: skip
    if view.values:
        set_values(
            synapse=synapse, values=view.values, user=user,
            expected_versions=versions.current([synapse]),
        )  # fmt: skip
    return synapse


def _run(synapse: Synapse, view: View, user: Any) -> Run:
    """Run now, or in the background where it would take too long for a page."""
    assert view.protocol is not None
    wanted = Request(protocol=view.protocol, duration=view.length, title=view.protocol.title)
    owner = user if user.is_authenticated else None
    try:
        check_work(synapse, wanted)
    except ValueError:
        check_work(synapse, wanted, background=True)
        plan = runs.Plan(protocol=wanted.protocol, duration=wanted.duration)
        return run_queue.enqueue(
            synapse=synapse, plan=plan, owner=owner, seed=view.seed, title=wanted.title
        )
    return runs.execute(
        synapse=synapse, protocol=view.protocol, duration_ms=view.length, owner=owner,
        seed=view.seed, title=wanted.title,
    )  # fmt: skip


def _page(
    request: HttpRequest, view: View, *, status: int = 200, refused: str = ""
) -> HttpResponse:
    given = request.POST.get("name", "")[: NAME_LENGTH + 1]
    window = view.window and " to ".join(duration_text(time) for time in view.window)
    context: dict[str, Any] = {
        "view": view,
        "address": request.build_absolute_uri(),
        "rows": build_differences(view),
        "protocol": build_protocol(view),
        "window": window,
        "length": duration_text(view.length) if view.protocol else "",
        "may_create": may_create(request),
        "name": given or _suggested(view),
        "refused": refused,
        "presets": Preset.objects.order_by("pk"),
    }
    return render(request, "synapse/laboratory.html", context, status=status)


def _refused(request: HttpRequest, faults: tuple[str, ...]) -> HttpResponse:
    return render(request, "synapse/laboratory.html", {"faults": faults}, status=422)


def _suggested(view: View) -> str:
    """Return a name that says what differs, as far as there is room."""
    names = list(view.differences)
    more = f", {names[0]} {view.differences[names[0]]:g}" if names else ""
    rest = f" and {len(names) - 1} more" if len(names) > 1 else ""
    return f"{view.preset.title}{more}{rest}"[:NAME_LENGTH]
