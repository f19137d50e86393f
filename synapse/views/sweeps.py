"""Sweeps: ask for one, watch it, read it, go on from a point."""

import csv
import io
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from synapse.forms import NAME_ATTRIBUTES, PlainInteger, PlainNumber, ProtocolForm
from synapse.models import RunStatus, Sweep, Synapse
from synapse.plasticity.experiments import EXPERIMENTS
from synapse.rendering.numbers import number_text
from synapse.rendering.sweep_figure import Range, draw_sweep
from synapse.services import run_queue, sweeps
from synapse.services.access import may_read, may_write
from synapse.services.runs import Plan
from synapse.services.sweeps import PARAMETERS, Axis, SweepPlan
from synapse.views.access import readable_synapse, share_query
from synapse.views.runs import ACTIVE, left_text, note_lost

PER_PAGE = 25
HEAVY = ("results", "start_state", "protocol", "versions")
BOTH = (1, 2)
EXPERIMENT_CHOICES = [("", "none: the protocol above"), *((e.name, e.title) for e in EXPERIMENTS)]


class SweepForm(ProtocolForm):
    """One or two parameters over ranges, on a protocol or on an experiment."""

    experiment = forms.ChoiceField(choices=EXPERIMENT_CHOICES, required=False)
    title = forms.CharField(max_length=200, required=False)
    name1 = forms.CharField(max_length=60, widget=forms.TextInput(NAME_ATTRIBUTES))
    start1 = PlainNumber(name="from")
    stop1 = PlainNumber(name="to")
    count1 = PlainInteger(name="values", least=2, most=sweeps.MOST_STEPS, initial=9)
    scale1 = forms.ChoiceField(choices=[(s, s) for s in sweeps.SCALES], initial="linear")
    name2 = forms.CharField(max_length=60, required=False, widget=forms.TextInput(NAME_ATTRIBUTES))
    start2 = PlainNumber(name="from", required=False)
    stop2 = PlainNumber(name="to", required=False)
    count2 = PlainInteger(name="values", least=2, most=sweeps.MOST_STEPS, initial=9, required=False)
    scale2 = forms.ChoiceField(
        choices=[(s, s) for s in sweeps.SCALES], initial="linear", required=False
    )

    def __init__(self, *args: Any, synapse: Synapse, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, PlainNumber):
                field.error_messages["required"] = f"{field.name} is missing."
        self.synapse = synapse
        self.wanted: SweepPlan | None = None

    def clean(self) -> dict[str, Any]:
        """Make the plan, or say at which field it cannot be."""
        data = super().clean()
        axes = [axis for i in BOTH if (axis := self._axis(data, i)) is not None]
        if self.errors or not axes:
            return data
        experiment = data.get("experiment", "")
        try:
            plan = None if experiment else Plan(protocol=data["made"], duration=data["span"])
            self.wanted = SweepPlan(
                synapse=self.synapse, axes=axes, plan=plan, experiment=experiment
            )
        except ValueError as error:
            self.add_error(None, f"{str(error).rstrip('.')}.")
        return data

    def _axis(self, data: dict[str, Any], i: int) -> Axis | None:
        name = data.get(f"name{i}", "").strip()
        if i > 1 and not name:
            return None
        parts = {part: data.get(f"{part}{i}") for part in ("start", "stop", "count")}
        for part, value in parts.items():
            if value is None and f"{part}{i}" not in self.errors:
                self.add_error(f"{part}{i}", f"{self.fields[f'{part}{i}'].name} is missing.")
        if any(value is None for value in parts.values()):
            return None
        try:
            return Axis(name=name, scale=data.get(f"scale{i}") or "linear", **parts)
        except ValueError as error:
            self.add_error(f"name{i}", f"{str(error).rstrip('.')}.")
            return None


# --- ask for one -------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def sweep_new(request: HttpRequest, synapse_id: int) -> HttpResponse:
    """Show the form; an address that fills it in says the total, a POST queues the sweep."""
    synapse = readable_synapse(request, synapse_id)
    may = may_write(request.user, synapse)
    if request.method == "POST" and not may:
        return redirect_to_login(request.get_full_path())
    given = request.POST if request.method == "POST" else request.GET
    filled = "name1" in given
    form = SweepForm(given if filled else None, user=request.user, synapse=synapse)
    valid = filled and form.is_valid()
    if request.method == "POST" and valid and form.wanted is not None:
        owner = request.user if request.user.is_authenticated else None
        try:
            sweep = sweeps.enqueue(
                plan=form.wanted, owner=owner, title=form.cleaned_data["title"].strip()
            )
            messages.success(request, f"Sweep {sweep.pk} is in the queue.")
            return redirect("synapse:sweep", sweep.pk)
        except ValueError as error:
            form.add_error(None, str(error))
    context = {
        "synapse": synapse, "form": form, "may_write": may, "share_query": share_query(request),
        "wanted": form.wanted if valid else None, "known": PARAMETERS.values(),
        "most": sweeps.MOST_POINTS,
    }  # fmt: skip
    status = 422 if request.method == "POST" else 200
    return render(request, "synapse/sweep_new.html", context, status=status)


@require_safe
def sweep_list(request: HttpRequest) -> HttpResponse:
    """Show every sweep that the reader may see, the newest first."""
    rows = Sweep.objects.visible_to(request.user).select_related("synapse").defer(*HEAVY)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    note_lost(page)
    return render(request, "synapse/sweep_list.html", {"page": page})


# --- read one ----------------------------------------------------------------------------


def readable_sweep(request: HttpRequest, sweep_id: int) -> Sweep:
    """Return the sweep with its synapse, or raise ``Http404``."""
    sweep: Sweep | None = Sweep.objects.select_related("synapse").filter(pk=sweep_id).first()
    key = request.GET.get("key", "")
    if sweep is None or not may_read(request.user, sweep, share_key=key):
        raise Http404
    note_lost([sweep])
    return sweep


@require_safe
def sweep_page(request: HttpRequest, sweep_id: int) -> HttpResponse:
    """Show what a sweep has found so far."""
    sweep = readable_sweep(request, sweep_id)
    readouts = sweeps.readouts_of(sweep.experiment)
    asked = request.GET.get("readout", "")
    readout = asked if asked in readouts else sweep.readout
    rows = list(sweeps.results_of(sweep))
    values = [entry.get("values", {}).get(readout) for _, entry in rows]
    context = {
        "sweep": sweep, "readout": readout, "readouts": readouts, "words": readouts[readout],
        "ranges": ranges_of(sweep), "share_query": share_query(request),
        "figure": draw_sweep(
            ranges_of(sweep), values, readout=readout, words=readouts[readout]
        ),
        "rows": [
            (number, [number_text(v, 6) for v in changes.values()], value, entry, address(changes))
            for number, ((changes, entry), value) in enumerate(zip(rows, values, strict=True))
        ],
        "may_manage": may_write(request.user, sweep), "active": sweep.status in ACTIVE,
        "ended_early": sweep.status in (RunStatus.LOST, RunStatus.FAILED, RunStatus.CANCELLED),
        **progress_of(sweep),
    }  # fmt: skip
    return render(request, "synapse/sweep_page.html", context)


def address(changes: dict[str, float]) -> str:
    """Return the query with which the page of an experiment has these values."""
    pairs = [("set", f"{name}:{value:.12g}") for name, value in changes.items()]
    return "?" + urlencode(pairs, safe=":")


def ranges_of(sweep: Sweep) -> list[Range]:
    """Return the swept parameters for a drawing."""
    return [
        Range(
            name=axis["quantity"], unit=PARAMETERS[axis["quantity"]][1].unit,
            values=axis["values"], log=axis.get("scale") == "log",
        )
        for axis in sweep.axes
    ]  # fmt: skip


def progress_of(sweep: Sweep) -> dict[str, Any]:
    """Return what is left of a sweep, in words."""
    if sweep.status != RunStatus.RUNNING or not sweep.started or sweep.done < 2:
        return {}
    taken = (timezone.now() - sweep.started).total_seconds()
    return {"left": left_text(taken * (sweep.total - sweep.done) / sweep.done)}


@never_cache
@require_safe
def sweep_progress(request: HttpRequest, sweep_id: int) -> HttpResponse:
    """Return the part of a sweep's page that says how far it is."""
    sweep = readable_sweep(request, sweep_id)
    context = {"sweep": sweep, **progress_of(sweep)}
    answer = render(request, "synapse/sweep_progress.html", context)
    answer["X-Active"] = "1" if sweep.status in ACTIVE else "0"
    return answer


@require_safe
def sweep_csv(request: HttpRequest, sweep_id: int) -> HttpResponse:
    """Return every point with every readout."""
    sweep = readable_sweep(request, sweep_id)
    answer = HttpResponse("".join(csv_lines(sweep)), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="sweep-{sweep.pk}.csv"'
    return answer


def csv_lines(sweep: Sweep) -> Iterator[str]:
    """Yield a sweep as CSV: the parameters, the readouts, and why there is no value."""
    readouts = sweeps.readouts_of(sweep.experiment)
    names = [axis["quantity"] for axis in sweep.axes]
    heads = [name if name in sweeps.READOUTS else words for name, words in readouts.items()]
    yield _line([*names, *heads, "error"])
    for changes, entry in sweeps.results_of(sweep):
        values = entry.get("values", {})
        found = ["" if values.get(name) is None else repr(values[name]) for name in readouts]
        yield _line([*map(repr, changes.values()), *found, entry.get("error", "")])


def _line(cells: list[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()


# --- do something with one ---------------------------------------------------------------


@require_POST
def sweep_action(request: HttpRequest, sweep_id: int, what: str) -> HttpResponse:
    """Cancel, go on, rename, delete, or open a point as a run; then show a page."""
    sweep = readable_sweep(request, sweep_id)
    here = reverse("synapse:sweep", args=[sweep.pk])
    if not may_write(request.user, sweep):
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(here)
    try:
        return HttpResponseRedirect(_do(request, sweep, what) or here)
    except (ValueError, PermissionDenied) as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(here)


def _do(request: HttpRequest, sweep: Sweep, what: str) -> str | None:
    user, number = request.user, sweep.pk
    if what == "cancel":
        messages.info(request, run_queue.cancel(sweep, user=user))
    elif what == "go-on":
        sweeps.go_on(sweep=sweep, user=user)
        messages.success(request, "It goes on with the points that are missing.")
    elif what == "rename":
        run_queue.rename(sweep, user=user, title=request.POST.get("title", ""))
        messages.success(request, "The title was changed.")
    elif what == "delete":
        run_queue.remove(sweep, user=user)
        messages.success(request, f"Sweep {number} was deleted.")
        return reverse("synapse:sweep_list")
    elif what == "open":
        text = request.POST.get("point", "")
        place = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else -1
        run = sweeps.open_point(sweep=sweep, number=place, user=user)
        messages.success(request, f"Run {run.pk} has the values of point {place + 1}.")
        return reverse("synapse:plasticity_report", args=[run.pk])
    else:
        raise Http404
    return None
