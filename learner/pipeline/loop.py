"""One event through the learner: the six parts, in order, once; and many events."""

from typing import Any

from learner.pipeline.binder import bind
from learner.pipeline.consolidation import consolidate, keep, recall
from learner.pipeline.event import encode, observe, standardise_target
from learner.pipeline.homeostasis import rate_heads, regulate
from learner.pipeline.memory import PARTS, RELIABILITY
from learner.pipeline.neuromodulatory_gate import modulate
from learner.pipeline.readout import foresee, forget, predict
from learner.pipeline.watcher import watch
from learner.pipeline.weaver import mark, weave


def learn(m: Any, s: Any, p: Any) -> None:
    """Learn from the event in ``m.x`` with the label in ``s.target`` or ``s.y``.

    A salient event is committed. Any other only leaves traces, statistics and thresholds.
    """
    foresee(m, s, p)
    standardise_target(s)

    watch(m, s, p)  # 1: is it worth learning from?
    modulate(m, s, p)  # 2: how much does everything change?
    if s.salient:
        weave(m, s, p)  # 3: what changes where?
    if s.salient or p.tag != 0.0:
        mark(m, s, p, s.weight if p.tag == 0.0 else 1.0)
    if s.salient:
        bind(m, s, p)  # 4: commit
    regulate(m, s, p)  # 5: keep activity at its set point
    observe(m, s, p)
    s.events += 1
    if s.events % int(p.tick) == 0:
        consolidate(m, s, p)  # 6: lock in
    if s.salient:
        keep(m, s)
    if p.sleep_every > 0.0 and s.events % int(p.sleep_every) == 0:
        sleep(m, s, p, int(p.sleep_replays))
    forget(m)


def sleep(m: Any, s: Any, p: Any, replays: int) -> None:
    """Replay kept events through the same rule, without counting them as news.

    A sleep of ``tick`` replays or more consolidates, as often as so many events would, and
    at its end; a shorter one leaves that to the events that follow.
    """
    if s.buffered == 0:
        return
    tick = int(p.tick)
    for i in range(replays):
        recall(m, s)
        encode(m, s, p)
        predict(m, s)
        standardise_target(s)
        rate_heads(m, s, p)
        s.gain_fast, s.gain_slow, s.weight = 1.0, 1.0, 1.0
        weave(m, s, p)
        mark(m, s, p, 1.0)
        bind(m, s, p)
        s.replays += 1
        if (i + 1) % tick == 0 or (i + 1 == replays and replays > tick):
            consolidate(m, s, p)
    forget(m)


def learn_one(m: Any, states: Any, settings: Any) -> None:
    """Learn from the event in ``m.x``."""
    learn(m, states[0], settings[0])


def learn_many(m: Any, states: Any, settings: Any, inputs: Any, targets: Any, results: Any) -> None:
    """Learn from rows of raw values; note for each what ``batches.RESULTS`` says."""
    s, p = states[0], settings[0]
    heads = PARTS * s.pathways
    for i in range(len(targets)):
        for j in range(s.features):
            m.x[j] = inputs[i, j]
        s.y_raw = targets[i] if s.regression else 0.0
        s.target = 0 if s.regression else int(targets[i])
        learn(m, s, p)
        results[i, 0] = s.predicted
        results[i, 1] = s.salient
        results[i, 2] = s.surprise
        results[i, 3] = s.gain_fast
        results[i, 4] = s.size
        results[i, 5] = s.threshold
        results[i, 6] = s.arousal
        results[i, 7] = s.slow_error
        results[i, 8] = s.fast_error
        for h in range(heads):
            results[i, 9 + h] = m.heads[RELIABILITY, h]


def predict_one(m: Any, states: Any, settings: Any) -> None:
    """Fill in the outputs for the event in ``m.x``."""
    foresee(m, states[0], settings[0])


def predict_many(m: Any, states: Any, settings: Any, inputs: Any, results: Any) -> None:
    """Fill in the outputs of the learner for rows of raw values; last, what it predicts."""
    s = states[0]
    last = len(m.outputs) - 1
    for i in range(len(inputs)):
        for j in range(s.features):
            m.x[j] = inputs[i, j]
        predict_one(m, states, settings)
        for k in range(s.classes):
            results[i, k] = m.outputs[last, k]
        results[i, s.classes] = s.predicted


def sleep_many(m: Any, states: Any, settings: Any, replays: int) -> None:
    """Replay kept events."""
    sleep(m, states[0], settings[0], replays)
