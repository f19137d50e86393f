"""How large events and learners may be. Each bound is a setting; docs/settings.md lists them."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from learner.models import Learner, LearnerKind
from learner.pipeline.core import ROOM, shapes, size_of
from learner.pipeline.settings import check_user, expert_values
from learner.services.columns import Columns, Row, check_text
from learner.services.states import Model


def most(name: str) -> int:
    """Return a bound, such as ``most("features")`` for LEARNER_FEATURES."""
    bound: int = getattr(settings, f"LEARNER_{name.upper()}")
    return bound


def check_events(count: int) -> None:
    """Refuse a call with too many events."""
    if count > most("events"):
        raise ValueError(f"events must be at most {most('events')} in one call; got {count}")


def check_features(features: Any) -> dict[str, Any]:
    """Return an event's features: a mapping of names, none of them too long, to values."""
    if not isinstance(features, Mapping):
        raise ValueError(f"features must be names and their values; got {type(features).__name__}")
    if len(features) > most("features"):
        raise ValueError(
            f"an event must have at most {most('features')} features; got {len(features)}"
        )
    for name, value in features.items():
        check_name("a feature's name", name)
        if isinstance(value, str):
            check_length(f"{name}", value)
    return dict(features)


def check_name(thing: str, name: Any) -> None:
    """Refuse a name that is no text, empty, too long or not to be kept."""
    if not isinstance(name, str) or not name:
        raise ValueError(f"{thing} must be a text of 1 character or more; got {name!r:.60}")
    check_length(thing, name)
    if not name.isalnum():  # the slow look is for the few
        check_text(thing, name)


def check_length(thing: str, text: str) -> None:
    """Refuse a text that is too long."""
    if len(text) > most("name"):
        raise ValueError(f"{thing} must have at most {most('name')} characters; got {len(text)}")


def check_growth(model: Model, name: str, *, features: int, labels: int) -> None:
    """Refuse a learner that would have too many features or labels, or take too much memory."""
    for thing, count, bound in (
        ("features", features, most("features")), ("labels", labels, most("labels")),
    ):  # fmt: skip
        if count > bound:
            raise ValueError(f"{name} may have at most {bound} {thing}; with these it has {count}")
    check_memory(name, model._core.size(features, labels), f"{features} features, {labels} labels")


class Growth:
    """What a learner grows to by events that were read, before they are learned.

    Parameters
    ----------
    learner
        The learner.
    model
        Its estimator, in its present state.
    columns
        Its columns, not to be changed.
    """

    def __init__(self, learner: Learner, model: Model, columns: Columns) -> None:
        self._name, self._model, self._columns = learner.name, model, columns.copy()
        self._labels = set(model._labels)
        self._classifies = learner.kind == LearnerKind.CLASSIFIER

    def add(self, row: Row, label: Any) -> None:
        """Take note of an event; refuse one by which the learner would grow too much."""
        features, grows = self._columns.new_in(row), False
        if self._classifies and label not in self._labels:
            check_length("the label", label)
            grows = True
        if not features and not grows:
            return
        check_features(row)
        check_growth(
            self._model, self._name, features=self._columns.count + len(features),
            labels=len(self._labels) + grows,
        )  # fmt: skip
        self._columns.take_up(row)
        if grows:
            self._labels.add(label)


def check_parameters(parameters: Mapping[str, Any], *, regression: bool) -> None:
    """Refuse parameters of a learner that would take too much memory from the start."""
    user = check_user(parameters)
    expert = expert_values(parameters.get("expert"), regression=regression)
    pathways = 1 + (int(expert["expansions"]) if user["expansion"] else 0)
    wanted = shapes(
        pathways, int(user["expansion"]), room=ROOM, classes=1, buffer=int(expert["buffer"])
    )
    told = f"expansion {user['expansion']:g} and buffer {expert['buffer']:g}"
    check_memory("the learner", size_of(wanted), told)


def check_memory(name: str, size: int, told: str) -> None:
    """Refuse a learner that would take too much memory."""
    if size > most("memory"):
        raise ValueError(
            f"{name} would take {size / 1e6:.0f} MB with {told}; at most "
            f"{most('memory') / 1e6:.0f} MB are allowed (LEARNER_MEMORY)"
        )
