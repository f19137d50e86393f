"""Which tick when: events, active ticks, quiescent leaps and recording of one neuron.

A tick is *active* while calcium or a detector can still do something: its length is the
neuron's fine or tail step. Otherwise the neuron *leaps*: every linear decay is exact
whatever the length, so the length is set by the traces, the next event and the places
where a threshold is crossed. Nothing else cuts a tick: progress, checkpoints and
recording happen between ticks, and a sample is taken from a copy.

Everything here and below runs as plain Python and, compiled as it stands, on arrays.
"""

from collections.abc import Sequence
from math import log
from typing import Any, NamedTuple

from synapse.plasticity.recording import record
from synapse.plasticity.steps.step1_calcium_influx import post_spike, pre_spike
from synapse.plasticity.steps.step1_calcium_influx import prepare_constants as prepare_influx
from synapse.plasticity.steps.step2_neuromodulation import dopamine_pulse
from synapse.plasticity.steps.step2_neuromodulation import prepare_constants as prepare_receptor
from synapse.plasticity.steps.step4_ampa_trafficking import committed_weight
from synapse.plasticity.steps.step5_homeostasis import absorb_events, note_release, note_spike
from synapse.plasticity.steps.step6_consolidation import compute_tag
from synapse.plasticity.tick import advance_neuron, prepare_factors, update_gates

PRE, POST, DOPAMINE = 0, 1, 2
"""Kinds of event, in the order in which they act at one instant."""
FINE, TAIL, LEAP = 0, 1, 2
"""Slots of decay factors: two lengths of active tick are kept, a leap's are computed."""

# Tolerances of the controller (model section 4). All are design choices, justified by the
# convergence tests: together they keep the weight within 2e-3 of ticking throughout.
BAP_FAST_QUIET = 0.01
BAP_SLOW_QUIET = 0.05
EPSP_QUIET = 0.05
"""mV: below these, voltage no longer moves calcium."""
NMDA_QUIET = 1e-4
CALCIUM_QUIET = 1e-9
"""Gate (1) and calcium (uM) below which the NMDA receptor no longer matters."""
SPIKE_QUIET = 20.0
"""ms after a spike during which a neuron is always active."""
DRIVE_QUIET = 5e-8
"""1/ms: rate of weight change below which a detector no longer matters."""
TRACE_QUIET = 1e-5
"""Weight change still to come from a trace, below which it does not limit a leap."""
DOPAMINE_QUIET = 1e-4
"""uM from the tonic level."""
PKA_QUIET = 2e-3
CROSSING_QUIET = 1e-4
"""Weight change still to come, below which the fall of the weight is predictable."""
CROSSING_WIDTH = 1.0
"""ms: how closely a threshold crossing is located."""


class Cell(NamedTuple):
    """One neuron with its synapses and its copies of the shared components.

    Every field but the last three is a sequence of records (see ``layout.py``); factors
    have three slots, one after the other. The last three give each synapse's place in
    ``clefts``, ``astrocytes`` and ``pools``.
    """

    neurons: Sequence[Any]
    states: Sequence[Any]
    parameters: Sequence[Any]
    clefts: Sequence[Any]
    astrocytes: Sequence[Any]
    pools: Sequence[Any]
    factors: Sequence[Any]
    neuron_factors: Sequence[Any]
    cleft_factors: Sequence[Any]
    astrocyte_factors: Sequence[Any]
    pool_factors: Sequence[Any]
    cleft_of: Sequence[int]
    astrocyte_of: Sequence[int]
    pool_of: Sequence[int]


class Events(NamedTuple):
    """Events of one neuron, by time: ms, kind, synapse or cleft, cooperativity or uM."""

    times: Sequence[float]
    kinds: Sequence[int]
    targets: Sequence[int]
    values: Sequence[float]


def advance_cell(cell, backup, events, cursor, until, pause, budget, recorded, trace):
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


def prepare_cell(cell):
    """Fill in constants and the two kept slots of decay factors."""
    n = cell.neurons[0]
    for i in range(len(cell.states)):
        prepare_influx(cell.parameters[i], n)
        prepare_receptor(cell.parameters[i], cell.clefts[cell.cleft_of[i]])
    prepare_factors(cell, FINE, n.fine_step, True)
    prepare_factors(cell, TAIL, n.tail_step, True)


# --- events ----------------------------------------------------------------------------


def deliver_events(cell, events, cursor):
    """Deliver every event due by now; return the place of the next one."""
    n = cell.neurons[0]
    first = cursor
    while cursor < len(events.times) and events.times[cursor] <= n.time:
        deliver(cell, n, events.kinds[cursor], events.targets[cursor], events.values[cursor])
        cursor += 1
    if cursor > first:
        for a in range(len(cell.astrocytes)):
            absorb_events(cell.astrocytes[a])
    return cursor


def deliver(cell, n, kind, target, value):
    """Let one event act."""
    if kind == PRE:
        s, p = cell.states[target], cell.parameters[target]
        release = pre_spike(s, p, n, value, committed_weight(s, p))
        note_release(cell.astrocytes[cell.astrocyte_of[target]], release)
        n.last_spike = n.time
    elif kind == POST:
        post_spike(n)
        for a in range(len(cell.astrocytes)):
            note_spike(cell.astrocytes[a])
        n.last_spike = n.time
    else:
        dopamine_pulse(cell.clefts[target], value)


# --- which tick ------------------------------------------------------------------------


class Plan(NamedTuple):
    """The next tick: its slot of factors, its length (ms), and what it must do."""

    slot: int
    dt: float
    active: bool
    may_cross: bool


def plan_tick(cell, n):
    """Return the next tick, before it is cut by an event or the end."""
    since = n.time - n.last_spike
    if is_active(cell, n, since):
        if since < n.fine_step_duration:
            return Plan(FINE, n.fine_step, True, False)
        return Plan(TAIL, n.tail_step, True, False)
    dt = quiescent_step(cell, n, since)
    if change_to_come(cell) < CROSSING_QUIET:
        return Plan(LEAP, min(dt, time_to_falling_crossing(cell)), False, False)
    return Plan(LEAP, dt, False, True)


def carry_out(cell, backup, plan, stop):
    """Do a planned tick, which ends at ``stop`` (ms) at the latest."""
    if plan.may_cross:
        leap_over_crossing(cell, backup, plan.dt, stop)
    else:
        do_tick(cell, plan.slot, plan.dt, stop, plan.active)


def do_tick(cell, slot, dt, stop, active):
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


def is_active(cell, n, since):
    """Return whether calcium or a detector can still move a weight."""
    if since < SPIKE_QUIET or n.bap_fast > BAP_FAST_QUIET or n.bap_slow > BAP_SLOW_QUIET:
        return True
    for i in range(len(cell.states)):
        if synapse_is_active(cell.states[i], cell.parameters[i]):
            return True
    return False


def synapse_is_active(s, p):
    """Return whether EPSP, NMDA receptor or a sensor of one synapse is still at work."""
    if s.epsp_decay > EPSP_QUIET:
        return True
    if s.nmda_decay > NMDA_QUIET and s.calcium_nmda > CALCIUM_QUIET:
        return True
    fast = sensor_drive(s.potentiation_sensor, p.potentiation_threshold, p.potentiation_exponent)
    if s.release_given * fast * p.potentiation_rate > DRIVE_QUIET:
        return True
    slow = sensor_drive(s.depression_sensor, p.depression_threshold, p.depression_exponent)
    return s.release_given * s.glutamate_gate * slow * p.depression_rate > DRIVE_QUIET


def sensor_drive(sensor, threshold, exponent):
    """Return the detector's drive while it is small, (c/th)^n; 1 from the threshold on."""
    if sensor >= threshold:
        return 1.0
    return (sensor / threshold) ** exponent


def quiescent_step(cell, n, since):
    """Return the longest leap that traces, dopamine and PKA allow, ms."""
    dt = min(n.maximum_step, max(n.tail_step, n.step_growth * since))
    share = n.trace_step_fraction
    for i in range(len(cell.states)):
        s, p = cell.states[i], cell.parameters[i]
        if potentiation_to_come(s, p) > TRACE_QUIET:
            dt = min(dt, share * p.potentiation_trace_time)
        if depression_to_come(s, p) > TRACE_QUIET:
            dt = min(dt, share * p.depression_trace_time)
        if abs(s.pka_activity - p.pka_at_tonic) > PKA_QUIET:
            dt = min(dt, 2.0 * share * p.pka_time)
    for c in range(len(cell.clefts)):
        cleft = cell.clefts[c]
        if abs(cleft.dopamine - cleft.tonic_dopamine) > DOPAMINE_QUIET:
            dt = min(dt, share * cleft.dopamine_decay_time)
    return dt


def potentiation_to_come(s, p):
    """Return the potentiation that trace and labile stage still hold."""
    return p.potentiation_rate * (
        s.potentiation_trace * p.potentiation_trace_time
        + s.labile_potentiation * p.labile_potentiation_time
    )


def depression_to_come(s, p):
    """Return the depression that the trace still holds."""
    return p.depression_rate * s.depression_trace * p.depression_trace_time


# --- threshold crossings ---------------------------------------------------------------


def change_to_come(cell):
    """Return the weight change that all traces of the neuron still hold."""
    total = 0.0
    for i in range(len(cell.states)):
        s, p = cell.states[i], cell.parameters[i]
        total += potentiation_to_come(s, p) + depression_to_come(s, p)
    return total


def time_to_falling_crossing(cell):
    """Return the time to the next loss of a tag or end of synthesis, ms.

    Without traces the early weights fall back exponentially. A pool's synapses may have
    different time constants: the longest is used, and the next leap looks again.
    """
    nearest = cell.neurons[0].maximum_step
    longest = 0.0
    for i in range(len(cell.states)):
        s, p = cell.states[i], cell.parameters[i]
        longest = max(longest, p.early_weight_decay_time)
        change = abs(s.early_weight - 1.0)
        if change > p.tag_threshold:
            fall = p.early_weight_decay_time * log(change / p.tag_threshold)
            nearest = min(nearest, fall + CROSSING_WIDTH)
    update_gates(cell)
    for g in range(len(cell.pools)):
        if cell.pools[g].drive > 1.0 and cell.pools[g].neurons <= 1.0:
            nearest = min(nearest, longest * log(cell.pools[g].drive) + CROSSING_WIDTH)
    return nearest


def leap_over_crossing(cell, backup, dt, stop):
    """Leap by dt; if a threshold was crossed, go back and end the leap at the crossing."""
    n = cell.neurons[0]
    dt = min(dt, stop - n.time)
    copy_cell(backup, cell)
    do_tick(cell, LEAP, dt, stop, False)
    if not crossed(backup, cell):
        return
    low = 0.0
    high = dt
    while high - low > CROSSING_WIDTH:
        middle = 0.5 * (low + high)
        copy_cell(cell, backup)
        do_tick(cell, LEAP, middle, stop, False)
        if crossed(backup, cell):
            high = middle
        else:
            low = middle
    copy_cell(cell, backup)
    do_tick(cell, LEAP, high, stop, False)


def crossed(before, after):
    """Return whether a tag or a pool's gate differs between the two states of a cell."""
    for i in range(len(before.states)):
        p = before.parameters[i]
        tag = compute_tag(before.states[i].early_weight, p)
        if compute_tag(after.states[i].early_weight, p) != tag:
            return True
    update_gates(before)
    update_gates(after)
    for g in range(len(before.pools)):
        open_before = before.pools[g].drive > 1.0
        if open_before != (after.pools[g].drive > 1.0) and before.pools[g].neurons <= 1.0:
            return True
    return False


def copy_cell(to, source):
    """Copy what a tick changes."""
    copy_records(to.neurons, source.neurons)
    copy_records(to.states, source.states)
    copy_records(to.clefts, source.clefts)
    copy_records(to.astrocytes, source.astrocytes)
    copy_records(to.pools, source.pools)


def copy_records(to, source):
    """Copy every attribute of plain objects; compiled code copies whole records."""
    for i in range(len(source)):
        for name in source[i].__slots__:
            setattr(to[i], name, getattr(source[i], name))
