"""Which tick when: events, active ticks, quiescent leaps and recording of one neuron.

A tick is *active* while calcium or a detector can still do something: its length is the
neuron's fine or tail step. Otherwise the neuron *leaps*: every linear decay is exact
whatever the length, so the length is set by the traces, the next event and the places
where a threshold is crossed. Nothing else cuts a tick: progress, checkpoints and
recording happen between ticks, and a sample is taken from a copy.

Everything here and below runs as plain Python and, compiled as it stands, on arrays.
"""

from collections.abc import Sequence
from typing import Any

from synapse.plasticity.cell import DOPAMINE, FINE, LEAP, POST, PRE, TAIL, Cell, Events, Plan
from synapse.plasticity.controller import CROSSING_WIDTH, plan_tick
from synapse.plasticity.processes.acetylcholine import acetylcholine_pulse
from synapse.plasticity.processes.gliotransmission import effects_now
from synapse.plasticity.processes.sliding_thresholds import note_firing
from synapse.plasticity.processes.structural_plasticity import is_present, is_too_small
from synapse.plasticity.recording import record
from synapse.plasticity.records import Record
from synapse.plasticity.steps.step1_calcium_influx import post_spike, pre_spike
from synapse.plasticity.steps.step1_calcium_influx import prepare_constants as prepare_influx
from synapse.plasticity.steps.step2_neuromodulation import dopamine_pulse
from synapse.plasticity.steps.step2_neuromodulation import prepare_constants as prepare_receptor
from synapse.plasticity.steps.step4_ampa_trafficking import committed_weight
from synapse.plasticity.steps.step5_homeostasis import absorb_events, note_release, note_spike
from synapse.plasticity.steps.step5_homeostasis import prepare_constants as prepare_scaling
from synapse.plasticity.steps.step6_consolidation import compute_tag
from synapse.plasticity.tick import advance_neuron, prepare_factors, update_gates


def advance_cell(
    cell: Cell,
    backup: Cell,
    events: Events,
    cursor: int,
    until: float,
    pause: float,
    budget: int,
    recorded: Sequence[int],
    trace: Any,
) -> tuple[int, int, bool]:
    """Advance a neuron to ``until`` (ms), which cuts the last tick.

    Returns earlier when the next tick could end after ``pause`` (ms) or ``budget`` ticks
    are done; called again, it goes on exactly as if it had not returned. ``backup`` is a
    second cell of the same shape, for going back over a crossing. ``recorded`` lists
    synapses; each tick fills one row of ``trace`` (rows by columns; no rows: nothing is
    recorded). Returns the number of events delivered in all, of ticks done here, and
    whether there is more to do before ``pause``.
    """
    n = cell.neurons[0]
    prepare_cell(cell)
    ticks = 0
    limit = budget
    if len(trace) > 0:
        limit = min(budget, len(trace))
    while n.time < until and n.time <= pause:
        if cursor < len(events.times) and events.times[cursor] <= n.time:
            cursor = deliver_events(cell, events, cursor)
        stop = until
        if cursor < len(events.times):
            stop = min(until, events.times[cursor])
        plan = plan_tick(cell, n)
        if min(stop, n.time + plan.dt) > pause:
            return cursor, ticks, False
        if ticks >= limit:
            return cursor, ticks, True
        carry_out(cell, backup, plan, stop)
        if len(trace) > 0:
            record(trace, ticks, cell, recorded)
        ticks += 1
    return cursor, ticks, False


def prepare_cell(cell: Cell) -> None:
    """Fill in constants and the two kept slots of decay factors."""
    n = cell.neurons[0]
    for i in range(len(cell.states)):
        prepare_influx(cell.parameters[i], n)
        prepare_receptor(cell.parameters[i], cell.clefts[cell.cleft_of[i]])
    for a in range(len(cell.astrocytes)):
        prepare_scaling(cell.astrocytes[a])
    prepare_factors(cell, FINE, n.fine_step, True)
    prepare_factors(cell, TAIL, n.tail_step, True)


# --- events ----------------------------------------------------------------------------


def deliver_events(cell: Cell, events: Events, cursor: int) -> int:
    """Deliver every event due by now; return the place of the next one."""
    n = cell.neurons[0]
    while cursor < len(events.times) and events.times[cursor] <= n.time:
        deliver(cell, n, events.kinds[cursor], events.targets[cursor], events.values[cursor])
        cursor += 1
    for a in range(len(cell.astrocytes)):
        absorb_events(cell.astrocytes[a])
    return cursor


def deliver(cell: Cell, n: Record, kind: int, target: int, value: float) -> None:
    """Let one event act."""
    if kind == PRE:
        deliver_pre_spike(cell, n, target, value)
        n.last_spike = n.time
    elif kind == POST:
        post_spike(n)
        note_firing(n)
        for a in range(len(cell.astrocytes)):
            note_spike(cell.astrocytes[a])
        n.last_spike = n.time
    elif kind == DOPAMINE:
        dopamine_pulse(cell.clefts[target], value)
    else:
        acetylcholine_pulse(cell.clefts[target], value)


def deliver_pre_spike(cell: Cell, n: Record, target: int, cooperativity: float) -> None:
    """Let a presynaptic spike act on a synapse, if there is one."""
    astrocyte = cell.astrocytes[cell.astrocyte_of[target]]
    spike_onto(cell.states[target], cell.parameters[target], n, astrocyte, cooperativity)


def spike_onto(s: Record, p: Record, n: Record, astrocyte: Record, cooperativity: float) -> None:
    """Let a presynaptic spike act, and the astrocyte take notice."""
    if is_present(s):
        weight = committed_weight(s, p)
        note_release(astrocyte, pre_spike(s, p, n, cooperativity, weight, effects_now(astrocyte)))


# --- which tick ------------------------------------------------------------------------


def carry_out(cell: Cell, backup: Cell, plan: Plan, stop: float) -> None:
    """Do a planned tick, which ends at ``stop`` (ms) at the latest.

    A leap that crossed a threshold is taken back and ends at the crossing instead.
    """
    if plan.may_cross:
        copy_cell(backup, cell)
    do_tick(cell, plan.slot, plan.dt, stop, plan.active)
    if plan.may_cross and crossed(backup, cell):
        end_at_crossing(cell, backup, cell.neurons[0].time - backup.neurons[0].time, stop)


def do_tick(cell: Cell, slot: int, dt: float, stop: float, active: bool) -> None:
    """Tick by dt, or exactly to ``stop`` if that is nearer."""
    n = cell.neurons[0]
    left = stop - n.time
    end = n.time + dt
    if dt >= left:
        end = stop
        if dt > left:
            slot = LEAP
            dt = left
    if slot == LEAP:
        prepare_factors(cell, LEAP, dt, active)
    advance_neuron(cell, slot, dt, active)
    n.time = end


# --- threshold crossings ---------------------------------------------------------------


def end_at_crossing(cell: Cell, backup: Cell, dt: float, stop: float) -> None:
    """Go back and leap by just as much of dt as it takes to cross the threshold."""
    low = 0.0
    high = dt
    while True:
        found = high - low <= CROSSING_WIDTH
        trial = high if found else 0.5 * (low + high)
        copy_cell(cell, backup)
        do_tick(cell, LEAP, trial, stop, False)
        if found:
            return
        if crossed(backup, cell):
            high = trial
        else:
            low = trial


def crossed(before: Cell, after: Cell) -> bool:
    """Return whether a tag, a pool's gate or a too small spine differs between two states."""
    for i in range(len(before.states)):
        if synapse_crossed(before.states[i], after.states[i], before.parameters[i]):
            return True
    update_gates(before)
    update_gates(after)
    for g in range(len(before.pools)):
        open_before = before.pools[g].drive > 1.0
        if open_before != (after.pools[g].drive > 1.0) and before.pools[g].neurons <= 1.0:
            return True
    return False


def synapse_crossed(before: Record, after: Record, p: Record) -> bool:
    """Return whether a tag or a too small spine differs between two states of a synapse."""
    if compute_tag(after.early_weight, p) != compute_tag(before.early_weight, p):
        return True
    return is_too_small(after, p) != is_too_small(before, p)


def copy_cell(to: Any, source: Any) -> None:
    """Copy what a tick changes."""
    copy_records(to.neurons, source.neurons)
    copy_records(to.states, source.states)
    copy_records(to.clefts, source.clefts)
    copy_records(to.astrocytes, source.astrocytes)
    copy_records(to.pools, source.pools)


def copy_records(to: Any, source: Any) -> None:
    """Copy every attribute of plain objects; compiled code copies whole records."""
    for i in range(len(source)):
        for name in source[i].__slots__:
            setattr(to[i], name, getattr(source[i], name))
