"""Drift alarms, found and false: ``python -m benchmarks.streams.alarms [FIRST_SEED]``.

An alarm that opens within ``WITHIN`` events after a drift found it; any other is false. The
rule of ``learner/services/alarms.py`` is applied to the arousal of a learner with its
defaults, at several thresholds.
"""

import sys
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from river.datasets import synth

from benchmarks.streams.streams import Stream, concepts, from_river, recorded, sea
from learner.pipeline.batches import RESULTS, learn_rows
from learner.pipeline.classifier import EventDrivenClassifier

AROUSAL = RESULTS.index("arousal")
CLOSES_BELOW = 0.1
THRESHOLDS = (0.35, 0.5, 0.65, 0.8, 0.95)
WITHIN = 1000
"""Events after a drift in which an alarm is taken for its finding."""
ROWS = 10_000


class Case(NamedTuple):
    """Streams of one kind; drifts every so many events, 0 for none."""

    name: str
    make: Callable[[int], Stream]
    every: int
    seeds: int


def led(seed: int) -> Stream:
    """Seven of the features change places in the middle."""
    return concepts(
        lambda changed: synth.LEDDrift(
            seed=seed + changed, noise_percentage=0.1, irrelevant_features=True,
            n_drift_features=changed,
        ),
        (0, 7), ROWS,
    )  # fmt: skip


def steady_led(seed: int) -> Stream:
    """LED without drift."""
    return from_river(iter(synth.LED(seed=seed, noise_percentage=0.1)), ROWS)


def hyperplane(seed: int) -> Stream:
    """A plane that turns all the time."""
    plane = synth.Hyperplane(
        seed=seed, n_features=10, n_drift_features=5, mag_change=0.01, noise_percentage=0.05
    )
    return from_river(iter(plane), ROWS)


CASES = (
    Case("SEA 50k, recorded", lambda _: recorded("los_SEA50k"), 12_500, 1),
    Case("SEA, variants change", lambda s: sea(s, (0, 2, 0, 2), ROWS), 2500, 6),
    Case("LED, 7 features change places", led, ROWS // 2, 6),
    Case("STAGGER", lambda s: concepts(
        lambda v: synth.STAGGER(classification_function=v, seed=s), (0, 1, 2), 9000
    ), 3000, 6),
    Case("SEA without drift", lambda s: sea(s, (0,), ROWS), 0, 10),
    Case("LED without drift", steady_led, 0, 10),
    Case("hyperplane that turns all the time", hyperplane, 0, 6),
)  # fmt: skip


def arousal_of(stream: Stream) -> np.ndarray:
    """Return the arousal at each event."""
    model = EventDrivenClassifier()
    return learn_rows(model, stream[0], stream[1].tolist()).results[:, AROUSAL]


def openings(arousal: np.ndarray, threshold: float) -> Iterator[int]:
    """Return the events at which alarms open."""
    going_on = False
    for event, value in enumerate(arousal.tolist()):
        if not going_on and value >= threshold:
            going_on = True
            yield event
        elif going_on and value < CLOSES_BELOW:
            going_on = False


def judged(opened: list[int], drifts: list[int]) -> tuple[list[int], int]:
    """Return the delay of each drift that was found, and how many alarms found none."""
    delays: dict[int, int] = {}
    false = 0
    for event in opened:
        drift = max((d for d in drifts if d <= event < d + WITHIN), default=None)
        if drift is None:
            false += 1
        else:
            delays.setdefault(drift, event - drift)
    return list(delays.values()), false


def line(case: Case, threshold: float, curves: list[np.ndarray]) -> str:
    """Return a row of the table."""
    delays: list[int] = []
    false = drifts = 0
    for curve in curves:
        at = list(range(case.every, len(curve), case.every)) if case.every else []
        found, wrong = judged(list(openings(curve, threshold)), at)
        delays += found
        false, drifts = false + wrong, drifts + len(at)
    events = sum(len(curve) for curve in curves)
    wait = f"{np.median(delays):.0f} ({max(delays)})" if delays else "-"
    found_of = f"{len(delays)} of {drifts}" if drifts else "-"
    cells = (case.name, events, threshold, found_of, wait, false, f"{1e4 * false / events:.1f}")
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def main(first: int = 1) -> None:
    """Print the table."""
    for case in CASES:
        curves = [arousal_of(case.make(seed)) for seed in range(first, first + case.seeds)]
        for threshold in THRESHOLDS:
            print(line(case, threshold, curves), flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
