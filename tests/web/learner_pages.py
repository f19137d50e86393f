"""Learners for the tests of their pages: taught ones, and rows of what a long life leaves."""

from typing import Any

import numpy as np

from learner.models import Checkpoint, DriftAlarm, Learner, Metric
from learner.services import live
from learner.services.learners import create_learner
from learner.services.messages import Incoming
from learner.services.sessions import Session


def events(count: int, seed: int = 0, *, identified: bool = False) -> list[Incoming]:
    """Return events of two classes that can be told apart; the classes change places halfway."""
    random = np.random.default_rng(seed)
    found = []
    for i, x in enumerate(random.normal(size=(count, 3)).round(3).tolist()):
        sign = 1 if i < count // 2 else -1
        found.append(Incoming(
            features={"load": x[0], "price": x[1], "hour": x[2]},
            label="up" if sign * (x[0] - x[1]) > 0 else "down",
            identifier=f"event-{seed}-{i}" if identified else "",
        ))  # fmt: skip
    return found


def numbers(count: int, seed: int = 0) -> list[Incoming]:
    """Return events whose label is a number."""
    random = np.random.default_rng(seed)
    return [
        Incoming(features={"x": x}, label=2.0 * x + 0.1 * noise)
        for x, noise in random.normal(size=(count, 2)).tolist()
    ]


def taught(count: int = 60, *, name: str = "prices", kind: str = "classifier", **more: Any) -> Any:
    """Return a learner that has learned some events."""
    learner = create_learner(name=name, kind=kind, **more)
    listed = events(count) if kind == "classifier" else numbers(count)
    for first in range(0, count, 1000):
        live.learn(learner=learner, events=listed[first : first + 1000])
    learner.refresh_from_db()
    return learner


def damage(learner: Learner) -> None:
    """Make a learner's head a file that is not what was stored."""
    with Session(learner) as session, session.saving():
        pass
    Checkpoint.objects.filter(learner=learner).update(digest="0" * 64)
    live.forget(learner.pk)


def add_windows(learner: Learner, count: int, heads: int = 6) -> None:
    """Add windows of a hundred events, as a long life leaves them."""
    first = Metric.objects.filter(learner=learner).count()
    Metric.objects.bulk_create(
        [
            Metric(
                learner=learner, first=100 * i + 1, last=100 * i + 100, position=100 * i + 100,
                scores={
                    "learner": 80 + i % 15, "no_change": 51, "majority": 50, "always": 82 + i % 11,
                    "frozen": None if i < 20 else 60,
                },
                updates=15 + i % 7, surprise=0.2 + 0.01 * (i % 9), threshold=0.8,
                gate=1.2 + 0.1 * (i % 5), arousal=0.1 * (i % 4), reliability=[1 / heads] * heads,
            )
            for i in range(first, first + count)
        ],
        batch_size=1000,
    )  # fmt: skip


def add_alarms(learner: Learner, count: int, *, version: int = 1) -> None:
    """Add drift alarms that have ended."""
    DriftAlarm.objects.bulk_create(
        [
            DriftAlarm(
                learner=learner, began=500 * i + 10, ended=500 * i + 200, position=min(i, 9),
                version=version, usual_error=0.1, recent_error=0.4, peak=0.8,
            )
            for i in range(count)
        ]
    )  # fmt: skip
