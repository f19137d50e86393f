"""Many synapses through the lanes of one block, from one exchange to the next.

A synapse alternates between two phases, active ticks and leaps, which need different
work. All synapses that wait for a phase go through the lanes together: when one leaves
its lane, the next one takes it, so that no lane stands idle before the last few.
"""

from typing import Any

from synapse.plasticity.cell import FINE, TAIL
from synapse.plasticity.controller import CROSSING_WIDTH
from synapse.plasticity.engine import synapse_crossed
from synapse.plasticity.lanes.exchange import brought
from synapse.plasticity.lanes.layout import (
    LANES,
    LAST_SPIKE,
    PARAMETERS_END,
    STATE_END,
    SURROUNDINGS_END,
    lane,
)
from synapse.plasticity.lanes.planning import DONE, GO, OTHER_PHASE, next_event, plan_lane
from synapse.plasticity.lanes.tick import (
    advance_active,
    advance_one,
    advance_quiescent,
    prepare_one,
    prepare_quiescent,
)
from synapse.plasticity.lanes.work import NOBODY
from synapse.plasticity.mathematics import on_grid
from synapse.plasticity.records import Record
from synapse.plasticity.steps.step1_calcium_influx import prepare_constants as prepare_influx
from synapse.plasticity.steps.step2_neuromodulation import prepare_constants as prepare_receptor


def advance_synapses(work: Any, scratch: Any, first: int, last: int, until: float) -> int:
    """Advance synapses ``first`` up to ``last`` to ``until`` (ms); return ticks done."""
    count = last - first
    for place in range(count):
        begin(work, scratch, first + place, place)
    for i in range(LANES):  # also a lane that stays idle holds numbers that can be computed with
        scratch.condition[i] = NOBODY
        take_lane(work, scratch, i, first, 0)
    ticks = 0
    active = False
    while count > 0:
        count, done = run_phase(work, scratch, first, count, until, active)
        for place in range(count):
            scratch.waiting[place] = scratch.leaving[place]
        ticks += done
        active = not active
    return ticks


def begin(work: Any, scratch: Any, j: int, place: int) -> None:
    """Give synapse j its private copy of its surroundings, and find its next event."""
    m = work.surroundings_of[j]
    for f in range(scratch.private.shape[1]):
        scratch.private[place, f] = work.surroundings[m, f]
    scratch.private[place, LAST_SPIKE] = work.last_spike[j]
    scratch.post_cursor[place] = work.post_start[m]
    scratch.pulse_cursor[place] = work.pulse_start[m]
    scratch.next_event[place] = next_event(work, scratch, j, place)
    scratch.waiting[place] = place


def run_phase(
    work: Any, scratch: Any, first: int, count: int, until: float, active: bool
) -> tuple[int, int]:
    """Let the waiting synapses tick until each leaves the phase.

    Returns how many are left for the other phase (listed in ``leaving``) and ticks done.
    """
    for i in range(LANES):
        scratch.synapse[i] = NOBODY
        scratch.slot[i] = NOBODY  # leaps leave their factors in idle lanes too
    scratch.taken[0] = 0
    scratch.left[0] = 0
    ticks = 0
    while True:
        busy = 0
        for i in range(LANES):
            if keep_busy(work, scratch, i, first, count, until, active):
                busy += 1
        if busy == 0:
            return scratch.left[0], ticks
        ticks += busy
        if active:
            advance_active(scratch.block, scratch.lanes)
        else:
            leap(scratch)
        for i in range(LANES):
            lane(scratch.block, i).time = scratch.end[i]


def keep_busy(
    work: Any, scratch: Any, i: int, first: int, count: int, until: float, active: bool
) -> bool:
    """Plan the next tick of lane i, of another synapse where its own has left the phase.

    Returns whether there is one.
    """
    while True:
        if scratch.synapse[i] == NOBODY:
            if scratch.taken[0] == count:
                return False
            take_lane(work, scratch, i, first, scratch.waiting[scratch.taken[0]])
            scratch.taken[0] += 1
        j = scratch.synapse[i]
        step = plan_lane(work, scratch, i, j - first, until, active)
        if step == GO:
            return True
        leave_lane(work, scratch, i, j, j - first, step)
        if step == OTHER_PHASE:
            scratch.leaving[scratch.left[0]] = j - first
            scratch.left[0] += 1


# --- in and out of a lane --------------------------------------------------------------


def take_lane(work: Any, scratch: Any, i: int, first: int, place: int) -> None:
    """Put synapse ``first + place`` on lane i."""
    j = first + place
    block = scratch.block
    scratch.synapse[i] = j
    for f in range(STATE_END):
        block[f, i] = work.states[j, f]
    for f in range(SURROUNDINGS_END - STATE_END):
        block[STATE_END + f, i] = scratch.private[place, f]
    if scratch.condition[i] == work.condition[j]:
        return
    scratch.condition[i] = work.condition[j]
    row = work.row_of[j]
    for f in range(PARAMETERS_END - SURROUNDINGS_END):
        block[SURROUNDINGS_END + f, i] = work.parameters[row, f]
    prepare_slots(scratch, lane(block, i), i)


def prepare_slots(scratch: Any, r: Record, i: int) -> None:
    """Fill in the constants of lane i and its factors for both lengths of active tick."""
    prepare_influx(r, r)
    prepare_receptor(r, r)
    for slot, dt in ((FINE, r.fine_step), (TAIL, r.tail_step)):
        prepare_one(scratch.block, i, dt)
        for f in range(scratch.slots.shape[1]):
            scratch.slots[slot, f, i] = scratch.block[PARAMETERS_END + f, i]
    scratch.slot[i] = TAIL
    r.dt = r.tail_step


def leave_lane(work: Any, scratch: Any, i: int, j: int, place: int, step: int) -> None:
    """Take synapse j off lane i, for the other phase or for the exchange."""
    block = scratch.block
    scratch.synapse[i] = NOBODY
    for f in range(STATE_END):
        work.states[j, f] = block[f, i]
    for f in range(SURROUNDINGS_END - STATE_END):
        scratch.private[place, f] = block[STATE_END + f, i]
    if step == DONE:
        hand_over(work, lane(block, i), j)


def hand_over(work: Any, r: Record, j: int) -> None:
    """Keep what the exchange needs of synapse j."""
    work.last_spike[j] = r.last_spike
    work.contribution[j] = on_grid(r.contribution * r.synapses)
    work.drive[j], work.effect[j] = brought(r)


# --- leaps -----------------------------------------------------------------------------


def leap(scratch: Any) -> None:
    """Leap on every lane; one that crossed a threshold goes back and ends at it."""
    block, backup = scratch.block, scratch.backup
    for f in range(SURROUNDINGS_END):
        for i in range(LANES):
            backup[f, i] = block[f, i]
    prepare_quiescent(block, scratch.lanes)
    advance_quiescent(block, scratch.lanes)
    for i in range(LANES):
        if scratch.synapse[i] != NOBODY and scratch.may_cross[i]:
            before, after = lane(backup, i), lane(block, i)
            if synapse_crossed(before, after, after):
                end_at_crossing(scratch, i, before, after)


def end_at_crossing(scratch: Any, i: int, before: Record, r: Record) -> None:
    """Go back on lane i and leap by just as much as it takes to cross the threshold."""
    low = 0.0
    planned = high = r.dt
    start = before.time
    while True:
        found = high - low <= CROSSING_WIDTH
        trial = high if found else 0.5 * (low + high)
        for f in range(SURROUNDINGS_END):
            scratch.block[f, i] = scratch.backup[f, i]
        advance_one(scratch.block, i, trial)
        if found:
            if trial < planned:
                scratch.end[i] = start + trial
            return
        if synapse_crossed(before, r, r):
            high = trial
        else:
            low = trial
