"""Windows of consecutive events: sums while one is open, a row once it is full."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from learner.models import Learner, Metric
from learner.pipeline.batches import RESULTS

WINDOW = 100
"""Events of a window. An accuracy of 0.9 is known to ±0.03 from one."""
LEARNER = "learner"
BASELINES = ("no_change", "majority", "always", "frozen")
NAMES = (LEARNER, *BASELINES)
SALIENT, SURPRISE, GAIN, THRESHOLD, AROUSAL = (
    RESULTS.index(name) for name in ("salient", "surprise", "gain", "threshold", "arousal")
)
HEADS = len(RESULTS)
"""First column of reliabilities in the results of an event."""

Scores = Mapping[str, float]
"""Of one event: 1 or 0 for a class, the absolute error of a number, by who predicted."""


@dataclass(slots=True)
class Window:
    """Sums over the events of the open window, added one by one, so that cuts do not matter."""

    first: int = 1
    events: int = 0
    scores: dict[str, float | None] = field(default_factory=lambda: dict.fromkeys(NAMES, 0))
    """None from the first event on that a baseline did not predict."""
    updates: int = 0
    surprise: float = 0.0
    gate: float = 0.0
    """Sum of the gains of salient events."""
    arousal: float = 0.0
    """Largest."""

    @property
    def full(self) -> bool:
        """Return whether the next event belongs to another window."""
        return self.events == WINDOW

    def add(self, scores: Scores, row: Sequence[float]) -> None:
        """Count an event; ``row`` holds its columns of ``RESULTS``."""
        self.events += 1
        mine = self.scores
        for name, sum_ in mine.items():
            if sum_ is not None:
                score = scores.get(name)
                mine[name] = None if score is None else sum_ + score
        if row[SALIENT]:
            self.updates += 1
            self.gate += row[GAIN]
        self.surprise += row[SURPRISE]
        if row[AROUSAL] > self.arousal:
            self.arousal = row[AROUSAL]

    def close(self, learner: Learner, *, position: int, row: Sequence[float]) -> Metric:
        """Return the row of a full window, not saved, by its last event."""
        return Metric(
            learner=learner,
            first=self.first,
            last=self.first + self.events - 1,
            position=position,
            scores=self.scores,
            updates=self.updates,
            surprise=self.surprise / self.events,
            threshold=row[THRESHOLD],
            gate=self.gate / self.updates if self.updates else 1.0,
            arousal=self.arousal,
            reliability=list(row[HEADS:]),
        )

    def to_json(self) -> dict[str, Any]:
        """Return the sums as plain data."""
        return asdict(self)
