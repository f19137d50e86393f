"""The experiments: as recorded, and run with changed parameters."""

from typing import Any

from django.http import Http404, HttpRequest
from ninja import Path, Query, Router

from synapse.api.outcomes import ExperimentDetail, ExperimentList
from synapse.api.paging import Page
from synapse.api.problems import FieldProblem, Problem, quantity_error
from synapse.api.requests import ExperimentRun
from synapse.api.throttles import EXPERIMENT
from synapse.plasticity.experiments.experiment import Condition, Experiment, Result
from synapse.services.experiment_pages import (
    Found,
    changeable,
    find_experiment,
    recorded_result,
    recorded_results,
    recorded_version,
)
from synapse.services.experiment_runs import Busy, run_changed
from synapse.services.run_records import MODEL_VERSION

router = Router(tags=["Experiments"])


@router.get("experiments", response=ExperimentList, operation_id="list_experiments", summary="List")
def list_experiments(request: HttpRequest, page: Query[Page]) -> dict[str, Any]:
    """Return every experiment with its recorded verdict; nothing is run."""
    found = recorded_results()
    part = found[page.offset : page.offset + page.limit]
    after = page.offset + page.limit
    link = f"{request.path}?limit={page.limit}&offset={after}"
    return {
        "items": [_experiment_json(one) for one in part],
        "count": len(found), "limit": page.limit, "offset": page.offset,
        "next": link if after < len(found) else None,
    }  # fmt: skip


@router.get(
    "experiments/{name}", response=ExperimentDetail, operation_id="read_experiment",
    summary="Read what was recorded",
)  # fmt: skip
def read_experiment(request: HttpRequest, name: str = Path(max_length=60)) -> dict[str, Any]:
    """Return the conditions with what was published and what was recorded."""
    return _detail(recorded_result(_find(name)), recorded_version(), {})


@router.post(
    "experiments/{name}/run", response=ExperimentDetail, operation_id="run_experiment",
    summary="Run with changed parameters", throttle=[EXPERIMENT],
)  # fmt: skip
def run_experiment(
    request: HttpRequest, payload: ExperimentRun, name: str = Path(max_length=60)
) -> dict[str, Any]:
    """Run an experiment now, with up to three parameters changed; bounded in work and time."""
    experiment = _find(name)
    values = _checked(experiment, payload.values)
    try:
        found = run_changed(experiment, tuple(sorted(values.items())))
    except Busy as error:
        raise Problem(503, str(error)) from error
    return _detail(found, MODEL_VERSION, values)


def _find(name: str) -> Experiment:
    experiment = find_experiment(name)
    if experiment is None:
        raise Http404
    return experiment


def _checked(experiment: Experiment, values: dict[str, float]) -> dict[str, float]:
    """Return the values inside their bounds, or name the one that is not."""
    known = changeable(experiment)
    for name, value in values.items():
        if name not in known:
            raise FieldProblem(f"values.{name}", "This parameter cannot be changed here.")
        quantity = known[name].quantity
        try:
            quantity.check(value)
        except ValueError as error:
            facts = quantity_error(quantity, str(error), field=f"values.{name}", value=value)
            raise Problem(422, str(error), errors=[facts]) from error
    return values


def _experiment_json(found: Found) -> dict[str, Any]:
    plain = ("name", "number", "title", "question", "preset", "control")
    return {name: getattr(found.experiment, name) for name in plain} | {
        "verdict": found.verdict,
        "held": found.held,
        "conditions": len(found.results),
    }


def _detail(found: Found, version: str, values: dict[str, float]) -> dict[str, Any]:
    e = found.experiment
    pairs = zip(e.conditions, found.results, strict=True)
    return _experiment_json(found) | {
        "model_version": version,
        "ran": found.ran,
        "values": values,
        "x_axis": f"{e.x.name} ({e.x.unit})",
        "y_axis": f"{e.y.name} ({e.y.unit})",
        "references": list(e.references),
        "rule": e.rule,
        "results": [_condition_json(e, condition, result) for condition, result in pairs],
    }


def _condition_json(
    experiment: Experiment, condition: Condition, result: Result | None
) -> dict[str, Any]:
    published = condition.published
    plain = ("rule", "error", "low", "high", "n", "grade")
    return {name: getattr(published, name) for name in plain} | {
        "label": condition.label,
        "series": condition.series,
        "x": condition.x,
        "preset": experiment.preset_of(condition),
        "origin": condition.origin,
        "published": published.value,
        "got": result.got if result else None,
        "holds": result.holds if result else None,
        "distance_sem": result.distance if result else None,
    }
