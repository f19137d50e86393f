"""Which tick a lane does next; the events that come before it."""

from math import inf
from typing import Any

from synapse.plasticity.cell import FINE, LEAP, TAIL
from synapse.plasticity.controller import (
    CROSSING_QUIET,
    limit_by_acetylcholine,
    limit_by_dopamine,
    limit_leap,
    longest_after,
    neuron_is_active,
    synapse_is_active,
    synapse_to_come,
    time_to_tag_loss,
)
from synapse.plasticity.engine import spike_onto
from synapse.plasticity.lanes.drive import NEURONS, SYNAPSES, wait
from synapse.plasticity.lanes.exchange import pulse
from synapse.plasticity.lanes.layout import PARAMETERS_END, lane
from synapse.plasticity.lanes.tick import prepare_one
from synapse.plasticity.processes.sliding_thresholds import note_firing, threshold_shift
from synapse.plasticity.processes.structural_plasticity import is_structural
from synapse.plasticity.records import Record
from synapse.plasticity.steps.step1_calcium_influx import post_spike
from synapse.plasticity.steps.step5_homeostasis import counted_activity, note_spike

GO, OTHER_PHASE, DONE = 0, 1, 2
"""What a lane does next: tick, wait for the other phase, or hand over to the exchange."""
CUT = 3
"""A slot of factors, beside those of a cell: a tick shorter than its step."""


def plan_lane(work: Any, scratch: Any, i: int, place: int, until: float, active: bool) -> int:
    """Plan the next tick of lane i (synapse ``place`` of the chunk) in this phase."""
    r = lane(scratch.block, i)
    if scratch.next_event[place] <= r.time:
        deliver_due(work, scratch, r, scratch.synapse[i], place)
    if r.time >= until:
        return DONE
    since = r.time - r.last_spike
    if is_active(r, since) != active:
        return OTHER_PHASE
    stop = min(until, scratch.next_event[place])
    if active:
        slot, dt = TAIL, r.tail_step
        if since < r.fine_step_duration:
            slot, dt = FINE, r.fine_step
    else:
        slot, dt = LEAP, longest_step(scratch, r, i, since)
    settle_length(scratch, r, i, slot, dt, stop)
    return GO


def is_active(r: Record, since: float) -> bool:
    """Return whether calcium or a detector can still move the weight."""
    if neuron_is_active(r, since):
        return True
    return synapse_is_active(r, r, 1.0 + threshold_shift(r))


def longest_step(scratch: Any, r: Record, i: int, since: float) -> float:
    """Return how far a lane may leap (ms); note whether it may cross a threshold."""
    dt, may_cross = longest_for(r, since)
    scratch.may_cross[i] = may_cross
    return dt


def longest_for(r: Record, since: float) -> tuple[float, bool]:
    """Return how far a synapse may leap (ms), and whether it may cross a threshold."""
    share = r.trace_step_fraction
    dt = limit_leap(longest_after(r, since), share, r, r)
    dt = limit_by_dopamine(limit_by_acetylcholine(dt, share, r, r), share, r)
    if synapse_to_come(r, r) < CROSSING_QUIET:
        return min(dt, time_to_tag_loss(r, r)), is_structural(r)
    return dt, True


def settle_length(scratch: Any, r: Record, i: int, slot: int, dt: float, stop: float) -> None:
    """Cut the tick at ``stop`` (ms) and see that the lane has its factors.

    Those of leaps are prepared later, for all lanes at once.
    """
    left = stop - r.time
    scratch.end[i] = r.time + dt
    if dt >= left:
        scratch.end[i] = stop
        if dt > left:
            dt = left
            slot = LEAP if slot == LEAP else CUT
    r.dt = dt
    if slot == CUT:
        prepare_one(scratch.block, i, dt)
    elif slot != LEAP and slot != scratch.slot[i]:
        for f in range(scratch.slots.shape[1]):
            scratch.block[PARAMETERS_END + f, i] = scratch.slots[slot, f, i]
    scratch.slot[i] = slot


# --- events ----------------------------------------------------------------------------


def deliver_due(work: Any, scratch: Any, r: Record, j: int, place: int) -> None:
    """Deliver every event due by now to synapse j, in the order pre, post, modulators."""
    while work.next_pre[j] <= r.time:
        spike_onto(r, r, r, r, cooperativity_of(work, j))
        r.last_spike = r.time
        work.pre_count[j] += 1
        work.next_pre[j] = arrival(work, j, work.next_pre[j])
    m = work.surroundings_of[j]
    cursor = scratch.post_cursor[place]
    while cursor < work.post_start[m + 1] and work.post_times[cursor] <= r.time:
        post_spike(r)
        note_firing(r)
        if work.counts[j]:
            note_spike(r)
        r.last_spike = r.time
        cursor += 1
    scratch.post_cursor[place] = cursor
    cursor = scratch.pulse_cursor[place]
    while cursor < work.pulse_start[m + 1] and work.pulse_times[cursor] <= r.time:
        pulse(r, work.pulse_kinds[cursor], work.pulse_values[cursor])
        cursor += 1
    scratch.pulse_cursor[place] = cursor
    r.contribution += counted_activity(r)
    scratch.next_event[place] = next_event(work, scratch, j, place)


def next_event(work: Any, scratch: Any, j: int, place: int) -> float:
    """Return when the next event reaches synapse j, ms."""
    m = work.surroundings_of[j]
    following: float = work.next_pre[j]
    cursor = scratch.post_cursor[place]
    if cursor < work.post_start[m + 1]:
        following = min(following, work.post_times[cursor])
    cursor = scratch.pulse_cursor[place]
    if cursor < work.pulse_start[m + 1]:
        following = min(following, work.pulse_times[cursor])
    return following


def cooperativity_of(work: Any, j: int) -> float:
    """Return the co-active inputs of synapse j's present spike."""
    if work.pre_rate[j] > 0.0:
        return float(work.cooperativity)
    return float(work.pre_values[work.pre_start[j] + work.pre_count[j]])


def arrival(work: Any, j: int, time: float) -> float:
    """Return when synapse j's next presynaptic spike comes, after one at ``time`` (ms)."""
    if work.pre_rate[j] > 0.0:
        gap = wait(work.seed, SYNAPSES, work.pre_key[j], work.pre_count[j], work.pre_rate[j])
        return time + gap
    following = work.pre_start[j] + work.pre_count[j]
    if following < work.pre_start[j + 1]:
        return float(work.pre_times[following])
    return inf


def first_arrivals(work: Any, time: float) -> None:
    """Find each synapse's first presynaptic spike from ``time`` (ms) on."""
    for j in range(len(work.next_pre)):
        work.next_pre[j] = arrival(work, j, time)
        while work.next_pre[j] < time:  # a train may begin before the run
            work.pre_count[j] += 1
            work.next_pre[j] = arrival(work, j, work.next_pre[j])


def fill_posts(
    rates: Any, keys: Any, following: Any, counts: Any, seed: int, until: float, times: Any
) -> int:
    """Write the neurons' Poisson spikes up to ``until`` (ms), neuron after neuron.

    ``following`` (ms) and ``counts`` say how far each neuron is. Returns how many spikes
    there are; where ``times`` is shorter, nothing is changed.
    """
    total = 0
    for n in range(len(rates)):
        time, count = following[n], counts[n]
        while time <= until:
            total += 1
            count += 1
            time += wait(seed, NEURONS, keys[n], count, rates[n])
    if total > len(times):
        return total
    place = 0
    for n in range(len(rates)):
        while following[n] <= until:
            times[place] = following[n]
            place += 1
            counts[n] += 1
            following[n] += wait(seed, NEURONS, keys[n], counts[n], rates[n])
    return total
