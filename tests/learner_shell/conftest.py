"""Learners and streams to test with."""

from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from learner.models import Learner
from learner.services.learners import create_learner


@pytest.fixture(autouse=True)
def traces_dir(settings: Any, tmp_path: Path) -> None:
    """Keep locks and large states out of the checkout."""
    settings.TRACES_DIR = tmp_path / "traces"
    settings.LEARNER_LOCK_WAIT = 0.2


@pytest.fixture
def learner(db: None) -> Learner:
    """A small learner of classes that has learned nothing."""
    return create_learner(name="small", parameters={"expansion": 20})


@pytest.fixture
def retrain(learner: Learner) -> Callable[..., str]:
    """A function that runs the command and returns what it prints."""

    def run(*arguments: str, name: str = "small") -> str:
        out, errors = StringIO(), StringIO()
        call_command("retrain", name, *arguments, stdout=out, stderr=errors)
        learner.refresh_from_db()
        return out.getvalue() + errors.getvalue()

    return run
