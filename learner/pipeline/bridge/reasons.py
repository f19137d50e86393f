"""Why a synapse did not change as its connection did: computed from what happened in it."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from learner.pipeline.bridge.agreement import STILL
from learner.pipeline.bridge.biology import Biology, Step
from learner.pipeline.bridge.code import Code, Spikes, coded_error, decode
from learner.pipeline.bridge.moments import Moment

DEPLETED = 0.5
"""Vesicles before an event's first spike, as a share, below which release was depleted."""
NEAR_LIMIT = 0.05
"""Share of the early weight's range within which it is at its limit."""

SCALED, UNPAIRED, NO_DETECTOR, DEPLETION = "scaled", "unpaired", "no_detector", "depleted"
DOPAMINE, LIMIT, DEPRESSED, POTENTIATED = "dopamine", "limit", "depressed", "potentiated"
DECAY, EARLIER = "decay", "earlier"
OF_CAUSED = (
    SCALED, UNPAIRED, NO_DETECTOR, DEPLETION, DOPAMINE, LIMIT, DEPRESSED, POTENTIATED,
)  # fmt: skip
OF_MOVED = (DECAY, EARLIER)


class Why(NamedTuple):
    """An event that disagrees, and the first reason that holds of it."""

    place: int
    reason: str
    error: float
    lag: float | None
    calcium: float
    up: float
    down: float


def disagreements(
    code: Code, moments: Sequence[Moment], coded: Sequence[Spikes], biology: Biology, *,
    largest_error: float = 1.0,
) -> list[Why]:  # fmt: skip
    """Return every event in which the connection changed and the synapse was not led alike."""
    found = []
    for i, moment in enumerate(moments):
        if not moment.salient or moment.moved == 0.0 or moment.input == 0.0:
            continue
        step, spikes = biology.steps[i], coded[i]
        if abs(step.caused) > STILL and step.caused * moment.moved > 0.0:
            continue
        before = biology.steps[i - 1].early_weight if i else biology.rest["early_weight"]
        reason = reason_of(code, moment, spikes, step, before, biology.parameters)
        lag = spikes.post[0] - spikes.pre[0] if spikes.pre and spikes.post else None
        error = coded_error(moment) / largest_error
        found.append(Why(i, reason, error, lag, step.calcium, step.up, step.down))
    return found


def reason_of(code: Code, moment: Moment, spikes: Spikes, step: Step, early: float,
              parameters: dict[str, float]) -> str:  # fmt: skip
    """Return the first reason that holds; ``early`` is the early weight before the event."""
    meant = decode(code, spikes)
    by_spikes = step.up - step.down
    if meant == 0.0:
        return UNPAIRED
    if meant * moment.moved < 0.0:
        return SCALED
    if max(step.up, step.down) < STILL:
        return DEPLETION if step.vesicles < DEPLETED else NO_DETECTOR
    if by_spikes * meant > 0.0 and abs(by_spikes) > STILL:
        return DOPAMINE
    if step.vesicles < DEPLETED:
        return DEPLETION
    if near_limit(meant, early, parameters):
        return LIMIT
    return DEPRESSED if meant > 0.0 else POTENTIATED


def near_limit(meant: float, early: float, parameters: dict[str, float]) -> bool:
    """Return whether the early weight has no room in the direction that was meant."""
    low, high = parameters["early_weight_minimum"], parameters["early_weight_maximum"]
    room = (high - early) if meant > 0.0 else (early - low)
    return room < NEAR_LIMIT * (high - low)


def table(whys: Sequence[Why]) -> list[dict[str, Any]]:
    """Return the reasons with the number of events, the most frequent first."""
    rows = []
    for reason in OF_CAUSED:
        own = [why for why in whys if why.reason == reason]
        if not own:
            continue
        lags = [abs(why.lag) for why in own if why.lag is not None]
        rows.append({
            "reason": reason, "events": len(own),
            "error": float(np.median([abs(why.error) for why in own])),
            "lag": float(np.median(lags)) if lags else None,
            "calcium": float(np.median([why.calcium for why in own])),
        })  # fmt: skip
    return sorted(rows, key=lambda row: -row["events"])


def delays(moments: Sequence[Moment], biology: Biology) -> dict[str, int]:
    """Return, of events that led alike, how many moved otherwise within their interval: why.

    ``decay``: the return to rest outweighed the change; ``earlier``: traces of earlier events
    were being expressed.
    """
    found = dict.fromkeys(OF_MOVED, 0)
    for moment, step in zip(moments, biology.steps, strict=True):
        led = moment.salient and step.caused * moment.moved > 0.0 and abs(step.caused) > STILL
        if led and step.moved * moment.moved <= 0.0:
            expressed = step.moved + step.decayed
            found[DECAY if expressed * moment.moved > 0.0 else EARLIER] += 1
    return found
