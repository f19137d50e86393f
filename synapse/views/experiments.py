"""The gallery of the experiments, and a page for each that runs it with changed parameters."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_safe

from synapse.forms import ChangeForm
from synapse.plasticity.experiments.experiment import Condition, Experiment
from synapse.rendering.experiment_figure import draw_figure
from synapse.rendering.experiment_gallery import build_gallery, build_rows, judge, series_key
from synapse.rendering.experiment_protocol import protocols
from synapse.rendering.experiment_words import label_text, worth
from synapse.rendering.report import Chart, build_report
from synapse.services.experiment_pages import (
    Changeable,
    Found,
    changeable,
    citation,
    find_experiment,
    is_stale,
    neighbours,
    preset_names,
    recorded_result,
    recorded_version,
    set_by_protocol,
    sources,
)
from synapse.services.experiment_runs import (
    Busy,
    Overrides,
    Remembered,
    run_changed,
    trace_condition,
)
from synapse.services.runs import MODEL_VERSION

Known = Mapping[str, Changeable]
FIELDS = ("p1", "v1", "p2", "v2", "p3", "v3")
REFUSED, BUSY = 422, 503
_charts = Remembered(32)


@require_safe
def experiment_gallery(request: HttpRequest) -> HttpResponse:
    """Show every experiment as it was recorded; nothing is run."""
    context = {"gallery": build_gallery(), "version": recorded_version(), "stale": is_stale()}
    return render(request, "synapse/experiment_gallery.html", context)


@require_safe
def experiment_detail(request: HttpRequest, name: str) -> HttpResponse:
    """Show one experiment; an address with ``set=name:value`` runs it so."""
    experiment = find_experiment(name)
    if experiment is None:
        raise Http404
    known = changeable(experiment)
    form, asked = form_of(request, known)
    if form.is_bound and form.is_valid() and not asked:
        return HttpResponseRedirect(request.path + address_of(form.overrides, traced(request)))
    context: dict[str, Any] = {"refusal": "", "may_run": may_run(request), "form": form}
    status = REFUSED if form.is_bound and not form.is_valid() else 200
    overrides = form.overrides if status == 200 else ()
    if context["may_run"]:
        try:
            context["changed"] = run_changed(experiment, overrides) if overrides else None
            context |= trace_context(experiment, request, overrides) if status == 200 else {}
        except ValueError as error:
            context["refusal"] = str(error)
            status = BUSY if isinstance(error, Busy) else REFUSED
    context |= present(experiment, known, context.get("changed"), overrides)
    return render(request, "synapse/experiment_detail.html", context, status=status)


def may_run(request: HttpRequest) -> bool:
    """Say whether the reader may spend the machine's time."""
    return bool(request.user.is_authenticated or settings.DEMO)


def form_of(request: HttpRequest, known: Known) -> tuple[ChangeForm, bool]:
    """Return the form, and whether the address says ``set=…`` itself."""
    pairs = request.GET.getlist("set")
    if pairs:
        return ChangeForm.of_address(pairs, known=known), True
    if any(field in request.GET for field in FIELDS):
        return ChangeForm(request.GET, known=known), False
    chosen = request.GET.get("change", "")
    return ChangeForm(initial={"p1": chosen} if chosen in known else None, known=known), False


def address_of(overrides: Overrides, trace: str = "") -> str:
    """Return the query that holds changed parameters, so that it can be shared."""
    parts = [("set", pair) for pair in pairs_of(overrides)]
    return "?" + urlencode([*parts, *([("trace", trace)] if trace else [])], safe=":")


def pairs_of(overrides: Overrides) -> list[str]:
    """Return changed parameters as an address holds them."""
    return [f"{name}:{value:.12g}" for name, value in overrides]


def traced(request: HttpRequest) -> str:
    """Return which trace is asked for, as its number in the address."""
    text = request.GET.get("trace", "")
    return text if text.isascii() and text.isdigit() and len(text) <= 4 else ""


def present(
    experiment: Experiment, known: Known, changed: Found | None, overrides: Overrides
) -> dict[str, Any]:
    """Return what the page says of the experiment, whoever reads it."""
    found = recorded_result(experiment)
    before, after = neighbours(experiment)
    return {
        "experiment": experiment,
        "citation": citation(experiment.references),
        "sources": sources(experiment.references),
        "judged": judge(found),
        "judged_changed": judge(changed) if changed else None,
        "drawings": draw_figure(found, changed),
        "series": series_key(experiment),
        "rules": {c.published.rule for c in experiment.conditions},
        "rows": build_rows(found, changed),
        "has_n": any(c.published.n is not None for c in experiment.conditions),
        "worth": worth(experiment),
        "presets": preset_names(experiment),
        "protocols": protocols(experiment),
        "labels": [label_text(c) for c in experiment.conditions],
        "known": known,
        "fixed_here": sorted(set_by_protocol(experiment)),
        "changes": [(known[name], value) for name, value in overrides],
        "pairs": pairs_of(overrides),
        "version": recorded_version(),
        "stale": is_stale(),
        "before": before,
        "after": after,
    }


# --- the trace of one condition ----------------------------------------------------------


def trace_context(
    experiment: Experiment, request: HttpRequest, overrides: Overrides
) -> dict[str, Any]:
    """Return the chart of the condition that is asked for, if one is."""
    number = traced(request)
    if not number or int(number) >= len(experiment.conditions):
        return {}
    condition = experiment.conditions[int(number)]
    key = (experiment.name, int(number), overrides, MODEL_VERSION)
    chart = _charts.get(key)
    if chart is None:
        chart = trace_chart(experiment, condition, overrides)
        _charts.put(key, chart)
    return {"chart": chart, "traced": int(number), "traced_label": label_text(condition)}


def trace_chart(experiment: Experiment, condition: Condition, overrides: Overrides) -> Chart:
    """Return the drawn trace of a condition; the samples themselves are not kept."""
    trace = trace_condition(experiment, condition, overrides)
    times = [event.time for event in condition.setup.events]
    stimulus = (min(times), max(times)) if times else None
    return build_report(trace.time, trace.columns, condition.setup.end, stimulus=stimulus)
