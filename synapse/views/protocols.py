"""The protocol editor: the list of protocols, the timeline, what is kept and who may see it."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from synapse.models import SavedProtocol, Synapse, Visibility
from synapse.services import saved_protocols
from synapse.services.access import may_write
from synapse.services.conflict import StateConflict
from synapse.services.protocol_files import LARGEST_UPLOAD, ProtocolFileError, parse_draft
from synapse.services.timeline import address
from synapse.services.timeline.drafts import Draft
from synapse.services.timeline.items import TimelineError
from synapse.services.timeline.kinds import KINDS
from synapse.services.timeline.named import STARTS
from synapse.views.access import readable_protocol, share_query
from synapse.views.protocol_exports import download
from synapse.views.protocol_form import FormState, run_length
from synapse.views.protocol_page import (
    chosen_synapse,
    editor_context,
    preview_context,
    start_panels,
)

PER_PAGE = 25


@require_safe
def protocol_list(request: HttpRequest) -> HttpResponse:
    """Show the protocols that the reader may see, and the named ones to start from."""
    return _list(request)


def _list(request: HttpRequest, *, status: int = 200, error: str = "") -> HttpResponse:
    rows = SavedProtocol.objects.visible_to(request.user).select_related("owner")
    page = Paginator(rows.order_by("-modified"), PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "starts": start_panels(), "error": error}
    return render(request, "synapse/protocol_list.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def protocol_new(request: HttpRequest) -> HttpResponse:
    """Edit a protocol that is not saved: a blank one, a named one, or the one in the address."""
    if request.method == "POST":
        return _act(request, None)
    try:
        draft = _wanted(request)
    except TimelineError as error:
        return _page(request, FormState(), status=400, refused=error)
    return _page(request, FormState.of_draft(draft))


def _wanted(request: HttpRequest) -> Draft:
    if "t" in request.GET:
        return address.unpack(request.GET["t"])
    start = STARTS.get(request.GET.get("from", ""))
    return start.draft(request.GET.dict()) if start else Draft()


@require_http_methods(["GET", "HEAD", "POST"])
def protocol_edit(request: HttpRequest, protocol_id: int) -> HttpResponse:
    """Show a saved protocol; whoever may write it saves it here, others save a copy."""
    saved = readable_protocol(request, protocol_id)
    if request.method == "POST":
        return _act(request, saved)
    try:
        draft = saved_protocols.draft_of(saved)
    except TimelineError as error:  # stored by something that does not check
        return _page(request, FormState(), saved, status=422, refused=error)
    return _page(request, FormState.of_draft(draft), saved)


def _page(
    request: HttpRequest,
    state: FormState,
    saved: SavedProtocol | None = None,
    *,
    status: int = 200,
    refused: TimelineError | None = None,
    opened: str = "",
    version: str = "",
) -> HttpResponse:
    """Return the editor with a form as it was typed."""
    context = editor_context(request, state, saved, refused)
    context["opened"] = opened
    context["version"] = version or (saved_protocols.version_of(saved) if saved else "")
    return render(request, "synapse/protocol_editor.html", context, status=status)


def _act(request: HttpRequest, saved: SavedProtocol | None) -> HttpResponse:
    """Do what a button of the form says, to what was typed."""
    state = FormState.of_post(request.POST)
    version = request.POST.get("version", "")
    verb, _, what = request.POST.get("action", "preview").partition(":")
    opened = ""
    if verb == "add" and what in KINDS:
        opened = state.add(KINDS[what]).key
    elif verb == "copy":
        state.repeat(what)
    elif verb == "remove":
        state.remove(what)
    elif verb in ("save", "save-new", "run", "export"):
        try:
            draft = state.draft()
            return download(draft, what) if verb == "export" else _keep(request, saved, draft, verb)
        except TimelineError as error:
            return _page(request, state, saved, status=422, refused=error, version=version)
        except (ValueError, PermissionDenied) as error:
            messages.error(request, f"Not saved: {error}.")
            status = 409 if isinstance(error, StateConflict) else 422
            return _page(request, state, saved, status=status, version=version)
    return _page(request, state, saved, opened=opened, version=version)


def _keep(
    request: HttpRequest, saved: SavedProtocol | None, draft: Draft, verb: str
) -> HttpResponse:
    """Save a draft, and go to it or to the run form of a synapse."""
    if not saved_protocols.may_create(request.user):
        packed = address.pack(draft)
        back = reverse("synapse:protocol_new") + (f"?t={packed}" if packed else "")
        return redirect_to_login(back)
    if saved is not None and verb != "save-new" and may_write(request.user, saved):
        version = request.POST.get("version", "")
        saved = saved_protocols.update(saved=saved, draft=draft, user=request.user, version=version)
    else:
        owner = request.user if request.user.is_authenticated else None
        saved = saved_protocols.create(draft=draft, owner=owner)
    messages.success(request, f"{saved.name} is saved.")
    if verb == "run":
        return _to_run(request, saved, draft)
    return redirect("synapse:protocol_edit", saved.pk)


def _to_run(request: HttpRequest, saved: SavedProtocol, draft: Draft) -> HttpResponse:
    """Go to the run form of the chosen synapse, with the protocol filled in."""
    rows = Synapse.objects.writable_by(request.user)
    found = rows.filter(pk=chosen_synapse(request)).first()
    if found is None:
        messages.error(request, "Choose a synapse that you may run.")
        return redirect("synapse:protocol_edit", saved.pk)
    number, unit = run_length(draft)
    query = urlencode(
        {"protocol": f"{saved_protocols.PREFIX}{saved.pk}", "duration": number,
         "duration_unit": unit}
    )  # fmt: skip
    return redirect(f"{reverse('synapse:plasticity_cycle', args=[found.pk])}?{query}#run")


@require_POST
def protocol_preview(request: HttpRequest) -> JsonResponse:
    """Return the raster of what is in the form, what is wrong with it, and its address."""
    context = preview_context(FormState.of_post(request.POST), request.POST)
    html = render_to_string("synapse/partials/protocol_preview.html", context)
    faults = [{"id": fault["href"], "text": fault["message"]} for fault in context["faults"]]
    return JsonResponse({"html": html, "faults": faults, "share": context["share"]})


@require_POST
def protocol_import(request: HttpRequest) -> HttpResponse:
    """Open a file in the editor; nothing is kept until it is saved."""
    upload = request.FILES.get("file")
    if upload is None:
        return _list(request, status=422, error="Choose a file that ends in .json or .csv.")
    try:
        data = upload.read(LARGEST_UPLOAD + 1)
        draft = parse_draft(data, name=(upload.name or "file")[-80:])
    except ProtocolFileError as error:
        return _list(request, status=422, error=f"{error}.")
    return _page(request, FormState.of_draft(draft))


@require_POST
def protocol_manage(request: HttpRequest, protocol_id: int) -> HttpResponse:
    """Rename, copy, share or delete a saved protocol."""
    saved = readable_protocol(request, protocol_id)
    verb = request.POST.get("action", "")
    needed = saved_protocols.may_create if verb == "copy" else _writer_of(saved)
    if not needed(request.user):
        if request.user.is_authenticated:
            raise PermissionDenied(f"You may not change {saved.name}.")
        return redirect_to_login(saved_address(saved) + share_query(request))
    try:
        return HttpResponseRedirect(_managed(request, saved, verb))
    except ValueError as error:
        messages.error(request, f"Nothing was changed: {error}.")
        return redirect("synapse:protocol_edit", saved.pk)


def _writer_of(saved: SavedProtocol) -> Any:
    return lambda user: may_write(user, saved)


def saved_address(saved: SavedProtocol) -> str:
    """Return the address of a saved protocol."""
    return reverse("synapse:protocol_edit", args=[saved.pk])


def _managed(request: HttpRequest, saved: SavedProtocol, verb: str) -> str:
    """Do it, and return where to go."""
    user = request.user
    if verb == "delete":
        saved_protocols.delete(saved=saved, user=user)
        messages.success(request, f"{saved.name} is deleted.")
        return reverse("synapse:protocol_list")
    if verb == "copy":
        saved = saved_protocols.copy(saved=saved, user=user)
        messages.success(request, f"{saved.name} is yours.")
    elif verb == "rename":
        saved_protocols.rename(saved=saved, name=request.POST.get("name", ""), user=user)
        messages.success(request, f"It is called {saved.name} now.")
    elif verb == "share":
        saved_protocols.share(
            saved=saved, visibility=request.POST.get("visibility", ""), user=user,
            new_key=request.POST.get("new_key") == "1",
        )  # fmt: skip
        who = Visibility(saved.visibility).label
        messages.success(request, f"{saved.name} is seen by {who}.")
    else:
        raise ValueError("action must be rename, copy, share or delete")
    return saved_address(saved)


@require_safe
def protocol_file(request: HttpRequest, protocol_id: int, form: str) -> HttpResponse:
    """Return a saved protocol as a file."""
    saved = readable_protocol(request, protocol_id)
    try:
        return download(saved_protocols.draft_of(saved), form)
    except TimelineError as error:
        return _list(request, status=422, error=f"{saved.name} cannot be read: {error}.")
