"""Small streams for the learner's tests, and learners on either back end."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from learner.pipeline import EventDrivenClassifier

Event = tuple[dict[Any, float], Any]


def make_events(count: int, *, features: int = 5, classes: int = 3, seed: int = 1) -> list[Event]:
    """Return events of a noisy rule that turns round half-way."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(count, features))
    rule = random.normal(size=(features, classes))
    score = x @ rule + 0.3 * random.normal(size=(count, classes))
    score[count // 2 :] *= -1.0
    labels = [f"class {k}" for k in score.argmax(axis=1)]
    return [({f"f{j}": float(v) for j, v in enumerate(row)}, y)
            for row, y in zip(x, labels, strict=True)]  # fmt: skip


@pytest.fixture(scope="session")
def events() -> list[Event]:
    return make_events(600)


@pytest.fixture
def small() -> Callable[..., EventDrivenClassifier]:
    """A function that makes a small learner, which plain Python runs quickly."""

    def make(**parameters: Any) -> EventDrivenClassifier:
        return EventDrivenClassifier(**{"expansion": 20} | parameters)

    return make


def teach(model: Any, events: list[Event]) -> Any:
    for x, y in events:
        model.learn_one(x, y)
    return model


def same_state(one: Any, other: Any) -> bool:
    """Return whether two learners are equal to the last bit."""
    a, b = one.state_dict(), other.state_dict()
    return a["header"] == b["header"] and all(
        a["arrays"][name].tobytes() == b["arrays"][name].tobytes() for name in a["arrays"]
    )
