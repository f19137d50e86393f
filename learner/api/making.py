"""What a learner is made from: whose it is, its settings, and a preset of the laboratory."""

from typing import Any

from learner.api.requests import LearnerIn
from learner.pipeline.bridge.from_preset import INTERVAL
from learner.pipeline.settings import EXPERT, USER, check_whole
from learner.services.bridge_presets import laid_over, parameters_from_preset
from synapse.api.authentication import owner_of
from synapse.api.problems import FieldProblem
from synapse.models import Visibility

SETTINGS = {setting.name: setting for setting in (*USER, *EXPERT)}
OF_USER = {setting.name for setting in USER}


def owner_and_visibility(user: Any, wanted: str | None) -> tuple[Any, str]:
    """Return whose something new is, and who sees it; without a login (demo) everyone."""
    owner = owner_of(user)
    visibility = wanted or (Visibility.PRIVATE if owner else Visibility.PUBLIC)
    if owner is None and visibility != Visibility.PUBLIC:
        raise FieldProblem("visibility", "Without a login a learner is public.", value=visibility)
    return owner, visibility


def check_visibility(learner: Any, wanted: str | None) -> None:
    """Refuse to hide what has no owner: nobody could find it again."""
    if wanted and wanted != Visibility.PUBLIC and learner.owner_id is None:
        raise FieldProblem(
            "visibility", "visibility must be public for what has no owner.", value=wanted
        )


def parameters_of(payload: LearnerIn) -> dict[str, Any]:
    """Return the settings that a request says: those given, over those of a preset."""
    return laid_over(derived(payload), checked_parameters(payload.parameters))


def checked_parameters(given: dict[str, float]) -> dict[str, Any]:
    """Return settings as the learner keeps them, or name the one that cannot be."""
    found: dict[str, Any] = {}
    pairs: list[list[Any]] = []
    for name, value in given.items():
        number = _checked(name, value)
        if name in OF_USER:
            found[name] = number
        else:
            pairs.append([name, number])
    return found | ({"expert": pairs} if pairs else {})


def derived(payload: LearnerIn) -> dict[str, Any]:
    """Return the settings that a preset of the laboratory says, by the documented map."""
    if payload.preset is None:
        if payload.interval_ms is not None:
            raise FieldProblem(
                "interval_ms", "interval_ms goes with a preset.", value=payload.interval_ms
            )
        return {}
    if payload.interval_ms is not None:
        bounds = {"minimum": INTERVAL.minimum, "maximum": INTERVAL.maximum}
        try:
            INTERVAL.check(payload.interval_ms)
        except ValueError as error:
            raise FieldProblem(
                "interval_ms", str(error), value=payload.interval_ms, unit="ms", **bounds
            ) from error
    try:
        return parameters_from_preset(payload.preset, payload.interval_ms).parameters
    except ValueError as error:
        raise FieldProblem("preset", str(error), value=payload.preset) from error


def _checked(name: str, value: float) -> float | int:
    field = f"parameters.{name[:40]}"
    setting = SETTINGS.get(name)
    if setting is None:
        raise FieldProblem(field, "There is no such setting; GET /api/v1/learners/settings.")
    try:
        setting.check(value)
        check_whole({name: value})
    except ValueError as error:
        raise FieldProblem(
            field, str(error), value=value, minimum=setting.minimum, maximum=setting.maximum
        ) from error
    return int(value) if value == int(value) else value
