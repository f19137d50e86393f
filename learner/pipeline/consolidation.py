"""Consolidation: early weights are captured by tagged ones, and these by late ones; memory.

A pool of proteins per step fills while the part that gives predicts better than the part
that takes, as in synaptic tagging and capture. Salient events are kept for sleep.
"""

from typing import Any

from learner.pipeline.chance import draw
from learner.pipeline.memory import LOSS, PARTS

POOL_KEPT = 0.9


def consolidate(m: Any, s: Any, p: Any) -> None:
    """Move each weight towards its earlier part, by the proteins there are."""
    for g in range(s.pathways):
        for part in range(PARTS - 1):
            u, v = PARTS * g + part, PARTS * g + part + 1
            better = 1.0 if m.heads[LOSS, u] < m.heads[LOSS, v] else 0.0
            m.pools[g, part] = POOL_KEPT * m.pools[g, part] + (1.0 - POOL_KEPT) * better
            capture(m, s, g, part, p.capture_rate * m.pools[g, part])


def capture(m: Any, s: Any, g: int, part: int, share: float) -> None:
    """Move one part of a pathway towards the part before it."""
    for row in range(1 + s.hidden + s.features):
        for k in range(s.classes):
            before = m.synapses[g, part, row, k]
            m.synapses[g, part + 1, row, k] += share * (before - m.synapses[g, part + 1, row, k])


def keep(m: Any, s: Any) -> None:
    """Keep a salient event for sleep, with room shared equally among the classes."""
    k = 0 if s.regression else s.target
    if len(m.buffer) == 0:
        return
    m.kept[1, k] += 1.0
    place = choose_place(m, s, k)
    if place >= 0:
        if place < s.buffered:
            old = 0 if s.regression else int(m.buffer[place, 0])
            m.kept[0, old] -= 1.0
        s.buffered = max(s.buffered, place + 1)
        m.kept[0, k] += 1.0
        m.buffer[place, 0] = s.y_raw if s.regression else float(k)
        for j in range(s.features):
            m.buffer[place, 1 + j] = m.x[j]


def choose_place(m: Any, s: Any, k: int) -> int:
    """Return the place for an event of class k, -1 for none."""
    if s.buffered < len(m.buffer):
        return int(s.buffered)
    fullest = 0
    for c in range(s.classes):
        if m.kept[0, c] > m.kept[0, fullest]:
            fullest = c
    if m.kept[0, k] >= m.kept[0, fullest]:
        if draw(s) * m.kept[1, k] >= m.kept[0, k]:
            return -1
        fullest = k
    return find_member(m, s, fullest, int(draw(s) * m.kept[0, fullest]))


def find_member(m: Any, s: Any, k: int, number: int) -> int:
    """Return the place of the given member of a class in the buffer."""
    for place in range(s.buffered):
        if s.regression or int(m.buffer[place, 0]) == k:
            if number <= 0:
                return place
            number -= 1
    return -1


def recall(m: Any, s: Any) -> None:
    """Make a kept event the present one."""
    place = int(draw(s) * s.buffered)
    if s.regression:
        s.y_raw = m.buffer[place, 0]
    else:
        s.target = int(m.buffer[place, 0])
    for j in range(s.features):
        m.x[j] = m.buffer[place, 1 + j]
