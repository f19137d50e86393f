"""The learner on a stream: whole, with a part left out, with late or fewer labels."""

from typing import Any

import numpy as np

from benchmarks.streams.streams import Stream
from learner.pipeline import EventDrivenClassifier

LATE = 100
"""Events by which labels are late."""
ABLATIONS: dict[str, dict[str, Any]] = {
    "full": {},
    "every event commits": {"budget": 1.0, "expert": (("least_threshold", 1e-9),
                                                      ("first_threshold", 1e-6))},
    "budget 10 %": {"budget": 0.1},
    "budget 5 %": {"budget": 0.05},
    "hard gate (no tag)": {"expert": (("tag", 0),)},
    "hard gate without importance": {"expert": (("tag", 0), ("largest_weight", 1))},
    "no neuromodulation": {"arousal_gain": 0.0},
    "no consolidation": {"capture_rate": 0.0},
    "no expansion": {"expansion": 0},
    "early weights only": {"capture_rate": 0.0, "expert": (
        ("tagged_rate", 0), ("late_rate", 0), ("late_rate_wide", 0))},
    "no reliability of heads": {"expert": (("hedge", 0),)},
    "two expansions": {"expert": (("expansions", 2),)},
}  # fmt: skip


def run(stream: Stream, **parameters: Any) -> tuple[np.ndarray, float]:
    """Return predictions made before learning, and the share of events that committed."""
    model = EventDrivenClassifier(**parameters)
    progress = model.progress_many(*stream)
    predicted = np.array([-1 if label is None else label for label in progress.predicted])
    fifth = len(predicted) // 5
    return predicted, float(progress.results[fifth:, 1].mean())


def random_events(stream: Stream, share: float = 0.22) -> np.ndarray:
    """Learn from a random share of events instead of from the surprising ones."""
    x, y = stream
    chosen = np.random.default_rng(5).random(len(y)) < share
    model = EventDrivenClassifier(**ABLATIONS["every event commits"])
    predicted = np.full(len(y), -1)
    for i, row in enumerate(x.tolist()):
        event = dict(enumerate(row))
        guess = model.predict_one(event)
        predicted[i] = -1 if guess is None else guess
        if chosen[i]:
            model.learn_one(event, int(y[i]))
    return predicted


def late_labels(stream: Stream) -> np.ndarray:
    """Every label comes ``LATE`` events after its event."""
    x, y = stream
    model = EventDrivenClassifier()
    predicted = np.full(len(y), -1)
    for i, row in enumerate(x.tolist()):
        guess = model.observe(i, dict(enumerate(row)))
        predicted[i] = -1 if guess is None else guess
        if i >= LATE:
            model.label(i - LATE, int(y[i - LATE]))
    return predicted


def half_the_labels(stream: Stream) -> tuple[np.ndarray, float]:
    """Ask for the label of the more novel half of the events; return the share asked for."""
    x, y = stream
    model = EventDrivenClassifier()
    predicted, asked, threshold = np.full(len(y), -1), 0, 0.5
    for i, row in enumerate(x.tolist()):
        event = dict(enumerate(row))
        novel = model.novelty_one(event) >= threshold
        guess = model.predict_one(event)
        predicted[i] = -1 if guess is None else guess
        wanted = 1.0 if asked > 0.5 * (i + 1) else 0.0
        threshold += 0.02 * (float(novel) - 0.5) + 0.001 * wanted
        if novel or i < 20:
            model.learn_one(event, int(y[i]))
            asked += 1
    return predicted, asked / len(y)
