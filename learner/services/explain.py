"""Why a prediction, and what a commit changed."""

from typing import Any

from learner.models import Commit, Learner
from learner.services import live
from learner.services.sessions import load_model
from learner.services.storage import StoredLedger

LARGEST = 20
"""Connections that are kept with a commit."""


def explain_prediction(
    *, learner: Learner, features: dict[str, Any], label: Any = None
) -> dict[str, Any]:
    """Return what each feature adds to the prediction, head by head."""
    return live.explain(learner=learner, features=features, label=label)


def explain_commit(*, learner: Learner, number: int) -> Commit:
    """Return a commit with the connections that it changed most; they are kept with it."""
    commit = Commit.objects.filter(learner=learner, number=number).first()
    if commit is None:
        raise ValueError(
            f"{learner.name} has no commit {number}; its commits are numbered 1 to "
            f"{learner.version}"
        )
    if commit.connections is None:
        model = load_model(learner)
        model.go_on(StoredLedger(learner))
        commit.connections = model.explain_change(number, LARGEST)["connections"]
        commit.save(update_fields=["connections"])
    return commit
