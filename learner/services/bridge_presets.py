"""Learners whose settings are derived from a preset of the laboratory."""

from typing import Any

from django.db import transaction

from learner.models import Learner, LearnerKind
from learner.pipeline.bridge.from_preset import Settings, derive
from learner.services.learners import Parameters, create_learner
from synapse.plasticity.parameter_sets import preset_values


def parameters_from_preset(name: str, interval: float | None = None) -> Settings:
    """Return a learner's settings from a preset; ``interval`` in ms, for forms and commands."""
    values = preset_values(name)
    return derive(values) if interval is None else derive(values, event_interval_ms=interval)


@transaction.atomic
def create_from_preset(
    *, name: str, preset: str, interval: float | None = None,
    kind: str = LearnerKind.CLASSIFIER, parameters: Parameters | None = None,
    owner: Any = None, visibility: str = "private",
) -> Learner:  # fmt: skip
    """Create a learner from a preset; what ``parameters`` names overrides the preset.

    Raises
    ------
    ValueError
        No such preset, or what ``create_learner`` refuses.
    """
    derived = parameters_from_preset(preset, interval).parameters
    learner = create_learner(
        name=name, kind=kind, parameters=laid_over(derived, parameters or {}), owner=owner,
        visibility=visibility,
    )  # fmt: skip
    learner.preset = preset
    learner.save(update_fields=["preset"])
    return learner


def laid_over(derived: Parameters, given: Parameters) -> Parameters:
    """Return derived parameters with the given ones over them, expert pairs by name too."""
    pairs = dict(derived.get("expert") or ()) | dict(given.get("expert") or ())
    expert = [[name, value] for name, value in pairs.items()]
    return derived | given | ({"expert": expert} if expert else {})
