"""Who may see something, and the link by which others open it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_http_methods

from synapse.models import Run, SavedProtocol, Sweep, Synapse, Visibility
from synapse.services.access import may_write
from synapse.services.sharing import rotate_key, set_visibility, share_path, share_runs


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of thing that has an owner; ``page`` is the name of its page."""

    plural: str
    page: str
    rows: Callable[[], Any]

    def address(self, row: Any) -> str:
        """Return the address of a row's page, or nothing where it has none."""
        try:
            return reverse(self.page, args=[row.pk])
        except NoReverseMatch:
            return ""


KINDS = {
    "synapse": Kind("synapses", "synapse:plasticity_cycle", lambda: Synapse.objects.all()),
    "run": Kind(
        "runs",
        "synapse:plasticity_report",
        lambda: Run.objects.only("title", "visibility", "share_key", "owner", "status", "synapse"),
    ),
    "protocol": Kind(
        "protocols",
        "synapse:protocol_edit",
        lambda: SavedProtocol.objects.only("name", "visibility", "share_key", "owner"),
    ),
    "sweep": Kind(
        "sweeps",
        "synapse:sweep",
        lambda: Sweep.objects.only("title", "visibility", "share_key", "owner"),
    ),
}
CHOICES = (
    (Visibility.PRIVATE, "Private", "Only you."),
    (Visibility.LINK, "By link", "Everyone who has the link below; it is in no list."),
    (Visibility.PUBLIC, "Public", "Everyone who can open this site; it is in the lists."),
)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def sharing(request: HttpRequest, kind: str, row_id: int) -> HttpResponse:
    """Show and change who may see a row; there is no such page for others than its owner."""
    if kind not in KINDS:
        raise Http404
    row = KINDS[kind].rows().filter(pk=row_id).first()
    if row is None or not may_write(request.user, row):
        raise Http404
    refusal, status = "", 200
    if request.method == "POST":
        try:
            messages.success(request, _change(request, kind, row))
            return HttpResponseRedirect(request.path)
        except ValueError as error:
            refusal, status = f"Nothing was changed: {error}.", 422
    address = KINDS[kind].address(row)
    context = {
        "kind": kind, "row": row, "choices": CHOICES, "refusal": refusal, "address": address,
        "link": request.build_absolute_uri(share_path(row, address)) if address else "",
        "is_shared": row.visibility != Visibility.PRIVATE and address,
    }  # fmt: skip
    return render(request, "synapse/account_sharing.html", context, status=status)


def _change(request: HttpRequest, kind: str, row: Any) -> str:
    """Do what was asked, and say it in a sentence."""
    if request.POST.get("action") == "rotate":
        rotate_key(row=row)
        return "The link has a new key. Links that you sent before lead nowhere."
    set_visibility(row=row, visibility=request.POST.get("visibility", ""))
    sentence = f"It can now be seen by {row.get_visibility_display()}."
    if kind == "synapse" and request.POST.get("runs"):
        count = share_runs(synapse=row, user=request.user)
        sentence += f" So can {count} run{'' if count == 1 else 's'} of yours."
    return sentence
