"""Test-then-train measures, kept beside the stream so that an interrupted one goes on."""

import math
from typing import Any


class Metrics:
    """Counts of a stream: events, those that updated, and the time they took."""

    usual: Any
    """What a predictor says that knows labels only: the most frequent one, or the mean."""

    def __init__(self, saved: dict[str, Any] | None = None) -> None:
        self.events = 0
        self.learned = 0
        self.updates = 0
        self.skipped = 0
        self.repeated = 0
        self.learning_seconds = 0.0
        self.compiling_seconds = 0.0
        """Spent on loading or making compiled code, once a process."""
        self.seconds = 0.0
        self.beside_seconds = 0.0
        """Spent on baselines and curves; not in ``seconds``."""
        self.last: Any = None
        """Label that arrived last: what the no-change predictor says."""
        self._begin()
        for name, value in (saved or {}).items():
            setattr(self, name, value)

    def _begin(self) -> None:
        """Set the counts of the kind."""

    def to_json(self) -> dict[str, Any]:
        """Return every count as plain data."""
        return dict(self.__dict__)

    def add(self, label: Any, predicted: Any) -> None:
        """Count a prediction whose label is now known."""
        raise NotImplementedError

    @staticmethod
    def score(label: Any, predicted: Any) -> float:
        """Return how well, or how badly, one prediction did."""
        raise NotImplementedError

    def arrived(self, label: Any) -> None:
        """Take note that a label arrived and was learned."""
        self.learned += 1
        self.last = label

    @property
    def update_share(self) -> float:
        """Share of learned events that changed weights as salient ones."""
        return self.updates / max(1, self.learned)

    def summary(self) -> dict[str, float]:
        """Return the measures by name."""
        per_event = 1e6 / max(1, self.learned)
        return {
            "events": self.events,
            **self._scores(),
            "updated": self.update_share,
            "microseconds": self.learning_seconds * per_event,
            "microseconds_in_all": self.seconds * per_event,
        }

    def _scores(self) -> dict[str, float]:
        raise NotImplementedError

    def line(self) -> str:
        """Return the measures in one line."""
        s = self.summary()
        return (
            f"{self.events:>8} events  {self._words(s)}  updated {100 * s['updated']:.1f} %  "
            f"{s['microseconds']:.1f} µs per event"
        )

    def _words(self, summary: dict[str, float]) -> str:
        raise NotImplementedError


class ClassMetrics(Metrics):
    """Accuracy, kappa, and both against saying the label before."""

    def _begin(self) -> None:
        self.usual = None
        self.correct = 0
        self.unchanged = 0
        self.labels: dict[str, int] = {}
        self.predictions: dict[str, int] = {}

    @staticmethod
    def score(label: Any, predicted: Any) -> float:
        """Return 1 for a prediction that is right, 0 for any other."""
        return 1 if predicted == label else 0

    def add(self, label: Any, predicted: Any) -> None:
        """Count a prediction; None counts as wrong."""
        self.events += 1
        self.correct += predicted == label
        self.unchanged += self.last == label
        count = self.labels[label] = self.labels.get(label, 0) + 1
        if self.usual is None or count > self.labels[self.usual]:
            self.usual = label
        if predicted is not None:
            self.predictions[predicted] = self.predictions.get(predicted, 0) + 1

    def _scores(self) -> dict[str, float]:
        n = max(1, self.events)
        accuracy, unchanged = self.correct / n, self.unchanged / n
        by_chance = sum(self.labels.get(k, 0) * v for k, v in self.predictions.items()) / n**2
        return {
            "accuracy": accuracy,
            "kappa": _above(accuracy, by_chance),
            "no_change": unchanged,
            "kappa_temporal": _above(accuracy, unchanged),
        }

    def _words(self, summary: dict[str, float]) -> str:
        return (
            f"accuracy {100 * summary['accuracy']:.2f} %  kappa {summary['kappa']:.3f}  "
            f"no-change {100 * summary['no_change']:.2f} %  "
            f"kappa-temporal {summary['kappa_temporal']:.3f}"
        )


class NumberMetrics(Metrics):
    """Mean absolute error, R², and the error of saying the number before."""

    def _begin(self) -> None:
        self.error = 0.0
        self.squared_error = 0.0
        self.unchanged_error = 0.0
        self.mean = 0.0
        self.spread = 0.0

    @property
    def usual(self) -> float:
        """Return the mean so far."""
        return self.mean

    @staticmethod
    def score(label: Any, predicted: Any) -> float:
        """Return the absolute error of one prediction; None stands for 0, as before any label."""
        return abs(float(label - (0.0 if predicted is None else predicted)))

    def add(self, label: Any, predicted: Any) -> None:
        """Count a prediction."""
        self.events += 1
        error = label - predicted
        self.error += abs(error)
        self.squared_error += error * error
        self.unchanged_error += abs(label - (self.last if self.last is not None else 0.0))
        away = label - self.mean
        self.mean += away / self.events
        self.spread += away * (label - self.mean)

    def _scores(self) -> dict[str, float]:
        n = max(1, self.events)
        return {
            "error": self.error / n,
            "r2": 1.0 - self.squared_error / self.spread if self.spread > 0.0 else 0.0,
            "no_change": self.unchanged_error / n,
        }

    def _words(self, summary: dict[str, float]) -> str:
        return (
            f"mean absolute error {summary['error']:.6g}  R² {summary['r2']:.3f}  "
            f"no-change {summary['no_change']:.6g}"
        )


def _above(score: float, base: float) -> float:
    """Return how much of what is left above a base was reached."""
    if base >= 1.0:
        return 0.0
    value = (score - base) / (1.0 - base)
    return value if math.isfinite(value) else 0.0
