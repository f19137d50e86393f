"""The page of a synapse's parameters, their history, and the references behind them."""

import json
from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from synapse.models import Synapse
from synapse.rendering.parameter_history import build_history
from synapse.rendering.parameter_table import Sieve, build_parameter_table
from synapse.services import addresses, histories, parameters
from synapse.services.conflict import StateConflict
from synapse.services.neighbours import served_with
from synapse.services.parameters import PARAMETERS, Edit
from synapse.services.references import reference_entries
from synapse.services.values import InvalidValues
from synapse.views.access import can_write, readable_synapse, share_query

PER_PAGE = 20
LATEST = 3
"""Changes listed below the parameters."""
MOST_SEEN = 40_000
"""Characters of what the page remembers of the values that it showed."""
LONGEST_FILTER = 100
VERSION_DIGITS = 18


@require_http_methods(["GET", "HEAD", "POST"])
def parameter_page(request: HttpRequest, synapse_id: int) -> HttpResponse:
    """Show every parameter and state; a POST saves, or fills in the values of the preset."""
    synapse = readable_synapse(request, synapse_id)
    if request.method != "POST":
        return _page(request, synapse)
    if not can_write(request, synapse):
        return redirect_to_login(request.get_full_path())
    edit = parameters.read_edit(synapse, request.POST.dict(), _seen(request))
    if "fill" in request.POST:
        filled = _fill(synapse, edit, request.POST["fill"])
        return _page(request, synapse, edit=edit, filled=filled)
    return _save(request, synapse, edit)


def _save(request: HttpRequest, synapse: Synapse, edit: Edit) -> HttpResponse:
    """Store what was typed and come back, or show it again with what is wrong."""
    parameters.check_edit(synapse, edit)
    if edit.errors:
        return _page(request, synapse, edit=edit, status=422)
    if not edit.changes:
        messages.info(request, "Nothing was changed.")
        return HttpResponseRedirect(request.get_full_path())
    try:
        parameters.save(
            synapse=synapse, changes=edit.changes, expected_version=_version(request),
            user=request.user,
        )  # fmt: skip
    except InvalidValues as error:
        edit.errors.update(error.errors)
        return _page(request, synapse, edit=edit, status=422)
    except StateConflict as error:
        fresh = readable_synapse(request, synapse.pk)
        newer = fresh.neuron.state_version != _version(request)
        return _page(request, fresh, edit=edit, status=409, refused=str(error), newer=newer)
    except PermissionDenied as error:
        return _page(request, synapse, edit=edit, status=403, refused=str(error))
    count = len(edit.names)
    messages.success(request, f"Saved {count} change{'s' * (count != 1)}: {', '.join(edit.names)}.")
    return HttpResponseRedirect(request.get_full_path())


def _page(
    request: HttpRequest,
    synapse: Synapse,
    *,
    edit: Edit | None = None,
    status: int = 200,
    filled: int | None = None,
    refused: str = "",
    newer: bool = False,
) -> HttpResponse:
    edit = edit or Edit()
    sieve = Sieve(
        words=request.GET.get("q", "")[:LONGEST_FILTER], only_differing="only" in request.GET
    )
    serves = {name: served.words for name, served in served_with(synapse, request.user).items()}
    groups = build_parameter_table(synapse, edit=edit, sieve=sieve, serves=serves)
    rows = [row for group in groups for row in group.rows]
    context: dict[str, Any] = {
        "synapse": synapse,
        "groups": groups,
        "sieve": sieve,
        "total": len(rows),
        "visible": sum(not row.hidden for row in rows),
        "differing": sum(row.differs for row in rows),
        "errors": [row for row in rows if row.error],
        "edited": len([row for row in rows if row.changed]),
        "seen": json.dumps({r.name: r.shown for r in rows if r.typed or r.error}),
        "version": synapse.neuron.state_version,
        "filled": filled, "refused": refused, "newer": newer,
        "may_write": can_write(request, synapse),
        "share_query": share_query(request),
        "share_address": addresses.laboratory_address(synapse),
        "history": build_history(synapse, histories.changes_of(synapse)[:LATEST]),
    }  # fmt: skip
    return render(request, "synapse/parameter_page.html", context, status=status)


def _fill(synapse: Synapse, edit: Edit, what: str) -> int:
    """Put values of the preset into the form, for one field, component or all; count them."""
    preset, stored = parameters.preset_values(synapse), parameters.present_values(synapse)
    count = 0
    for name, (component, quantity) in PARAMETERS.items():
        wanted = what in ("all", name, f"component:{component.name}")
        value = parameters.typed(preset[component.name][name])
        now = edit.texts.get(name, parameters.typed(stored[component.name][name]))
        if wanted and not quantity.fixed and value != now:
            edit.texts[name] = value
            edit.errors.pop(name, None)
            count += 1
    return count


def _seen(request: HttpRequest) -> dict[str, str]:
    """Return the texts that the page showed, as the form sends them back."""
    text = request.POST.get("seen", "")
    try:
        seen = json.loads(text) if len(text) <= MOST_SEEN else {}
    except (ValueError, RecursionError):
        return {}
    if not isinstance(seen, dict):
        return {}
    return {k: v for k, v in seen.items() if k in PARAMETERS and isinstance(v, str)}


def _version(request: HttpRequest) -> int:
    text = request.POST.get("version", "")
    digits = text.isascii() and text.isdigit() and len(text) <= VERSION_DIGITS
    return int(text) if digits else -1


@require_http_methods(["GET", "HEAD", "POST"])
def parameter_history(request: HttpRequest, synapse_id: int) -> HttpResponse:
    """Show every change with its differences; a POST goes back to before one of them."""
    synapse = readable_synapse(request, synapse_id)
    refused, status = "", 200
    if request.method == "POST":
        if not can_write(request, synapse):
            return redirect_to_login(request.get_full_path())
        try:
            return _restore(request, synapse)
        except (ValueError, PermissionDenied) as error:
            status = 409 if isinstance(error, StateConflict) else 422
            refused = str(error)
            synapse = readable_synapse(request, synapse_id)
    page = Paginator(histories.changes_of(synapse), PER_PAGE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "synapse": synapse,
        "page": page,
        "history": build_history(synapse, page.object_list),
        "version": synapse.neuron.state_version,
        "refused": refused,
        "may_write": can_write(request, synapse),
        "share_query": share_query(request),
    }
    return render(request, "synapse/parameter_history.html", context, status=status)


def _restore(request: HttpRequest, synapse: Synapse) -> HttpResponse:
    text = request.POST.get("change", "")
    known = text.isascii() and text.isdigit() and len(text) <= VERSION_DIGITS
    count = parameters.restore(
        synapse=synapse, change_id=int(text) if known else 0, expected_version=_version(request),
        user=request.user,
    )  # fmt: skip
    messages.success(request, f"Brought back {count} value{'s' * (count != 1)}.")
    address = reverse("synapse:parameter_history", args=[synapse.pk])
    return HttpResponseRedirect(address + share_query(request))


@require_safe
def reference_list(request: HttpRequest) -> HttpResponse:
    """Show every source that a parameter names, with the parameters that name it."""
    return render(request, "synapse/parameter_references.html", {"entries": reference_entries()})
