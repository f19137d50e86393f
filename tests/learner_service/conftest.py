"""Learners that serve, to test with."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.contrib.auth import get_user_model
from django.core.cache import cache

from learner.api.throttles import EVENTS
from learner.models import Learner
from learner.services import live, telemetry
from learner.services.learners import create_learner
from learner.services.messages import Incoming, Outcome
from synapse.services.tokens import create_token
from tests.calling import Caller


@pytest.fixture(autouse=True)
def traces_dir(settings: Any, tmp_path: Path) -> None:
    """Keep locks and large states out of the checkout."""
    settings.TRACES_DIR = tmp_path / "traces"


@pytest.fixture(autouse=True)
def fresh_counts() -> Iterator[None]:
    """Let no test be refused for what another asked."""
    cache.clear()
    EVENTS.clear()
    telemetry.clear()
    yield
    cache.clear()
    EVENTS.clear()


@pytest.fixture
def users(db: None) -> dict[str, Any]:
    """A user who owns things, another one, and an administrator."""
    make = get_user_model().objects
    return {
        "owner": make.create_user("owner"),
        "other": make.create_user("other"),
        "admin": make.create_superuser("admin"),
    }


@pytest.fixture
def owner(users: dict[str, Any]) -> Caller:
    """The owner of things, by token."""
    return Caller(create_token(user=users["owner"], name="test", days=1)[1])


@pytest.fixture
def other(users: dict[str, Any]) -> Caller:
    """Somebody else, by token."""
    return Caller(create_token(user=users["other"], name="test", days=1)[1])


@pytest.fixture
def own(users: dict[str, Any]) -> Learner:
    """A private learner of the owner that has learned nothing."""
    return create_learner(name="own", parameters={"expansion": 20}, owner=users["owner"])


@pytest.fixture
def rng() -> np.random.Generator:
    """A generator that starts alike every time."""
    return np.random.default_rng(20261125)


@pytest.fixture
def stream(rng: np.random.Generator) -> Callable[[int], list[Incoming]]:
    """A function that returns events of two features; the label follows the first."""

    def make(events: int) -> list[Incoming]:
        values = rng.normal(size=(events, 2))
        return [
            Incoming(
                features={"height": float(a), "width": float(b)}, label="up" if a > 0 else "down"
            )
            for a, b in values
        ]

    return make


@pytest.fixture
def teach(stream: Callable[[int], list[Incoming]]) -> Callable[[Learner, int], list[Outcome]]:
    """A function that lets a learner learn so many events."""

    def run(learner: Learner, events: int) -> list[Outcome]:
        outcomes = live.learn(learner=learner, events=stream(events))
        learner.refresh_from_db()
        return outcomes

    return run
