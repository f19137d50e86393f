"""How long the next tick may be: the tolerances, and what they are applied to."""

from math import inf, log

from synapse.plasticity.cell import FINE, LEAP, TAIL, Cell, Plan
from synapse.plasticity.mathematics import on_grid
from synapse.plasticity.processes.acetylcholine import is_cholinergic
from synapse.plasticity.processes.sliding_thresholds import threshold_shift
from synapse.plasticity.processes.structural_plasticity import is_structural, longest_leap
from synapse.plasticity.records import Record
from synapse.plasticity.tick import update_gates

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
ACETYLCHOLINE_QUIET = 1e-4
"""uM from the tonic level, where acetylcholine acts."""
PKA_QUIET = 2e-3
CROSSING_QUIET = 1e-4
"""Weight change still to come, below which the fall of the weight is predictable."""
CROSSING_WIDTH = 1.0
"""ms: how closely a threshold crossing is located."""


def plan_tick(cell: Cell, n: Record) -> Plan:
    """Return the next tick, before it is cut by an event or the end."""
    since = n.time - n.last_spike
    if is_active(cell, n, since):
        if since < n.fine_step_duration:
            return Plan(FINE, n.fine_step, True, False)
        return Plan(TAIL, n.tail_step, True, False)
    dt = quiescent_step(cell, n, since)
    if change_to_come(cell) < CROSSING_QUIET:
        return Plan(LEAP, min(dt, time_to_falling_crossing(cell)), False, can_lose_spines(cell))
    return Plan(LEAP, dt, False, True)


def is_active(cell: Cell, n: Record, since: float) -> bool:
    """Return whether calcium or a detector can still move a weight."""
    if neuron_is_active(n, since):
        return True
    raised = 1.0 + threshold_shift(n)
    for i in range(len(cell.states)):
        if synapse_is_active(cell.states[i], cell.parameters[i], raised):
            return True
    return False


def neuron_is_active(n: Record, since: float) -> bool:
    """Return whether a spike or an action potential is too recent to leap."""
    return since < SPIKE_QUIET or n.bap_fast > BAP_FAST_QUIET or n.bap_slow > BAP_SLOW_QUIET


def synapse_is_active(s: Record, p: Record, raised: float) -> bool:
    """Return whether EPSP, NMDA receptor or a sensor of one synapse is still at work.

    ``raised`` is by how much activity has multiplied the thresholds.
    """
    if s.epsp_decay > EPSP_QUIET:
        return True
    if s.nmda_decay > NMDA_QUIET and s.calcium_nmda > CALCIUM_QUIET:
        return True
    threshold = raised * p.potentiation_threshold
    fast = sensor_drive(s.potentiation_sensor, threshold, p.potentiation_exponent)
    if s.release_given * fast * p.potentiation_rate > DRIVE_QUIET:
        return True
    threshold = raised * p.depression_threshold
    slow = sensor_drive(s.depression_sensor, threshold, p.depression_exponent)
    return s.release_given * s.glutamate_gate * slow * p.depression_rate > DRIVE_QUIET


def sensor_drive(sensor: float, threshold: float, exponent: float) -> float:
    """Return the detector's drive while it is small, (c/th)^n; 1 from the threshold on."""
    if sensor >= threshold:
        return 1.0
    drive: float = (sensor / threshold) ** exponent
    return drive


def quiescent_step(cell: Cell, n: Record, since: float) -> float:
    """Return the longest leap that traces, dopamine and PKA allow, ms."""
    dt = longest_after(n, since)
    share = n.trace_step_fraction
    for i in range(len(cell.states)):
        dt = limit_leap(dt, share, cell.states[i], cell.parameters[i])
        dt = limit_by_acetylcholine(dt, share, cell.parameters[i], cell.clefts[cell.cleft_of[i]])
    for c in range(len(cell.clefts)):
        dt = limit_by_dopamine(dt, share, cell.clefts[c])
    return dt


def longest_after(n: Record, since: float) -> float:
    """Return the longest leap so long (ms) after a spike, ms."""
    return min(n.maximum_step, max(n.tail_step, n.step_growth * since))


def limit_leap(dt: float, share: float, s: Record, p: Record) -> float:
    """Return dt, shortened to a share of the time constant of whatever moves in a synapse."""
    if potentiation_to_come(s, p) > TRACE_QUIET:
        dt = min(dt, share * p.potentiation_trace_time)
    if depression_to_come(s, p) > TRACE_QUIET:
        dt = min(dt, share * p.depression_trace_time)
    if abs(s.pka_activity - p.pka_at_tonic) > PKA_QUIET:
        dt = min(dt, 2.0 * share * p.pka_time)
    return min(dt, longest_leap(s, p, share))


def limit_by_acetylcholine(dt: float, share: float, p: Record, cleft: Record) -> float:
    """Return dt, shortened while acetylcholine acts on a synapse."""
    if is_cholinergic(p) and (
        abs(cleft.acetylcholine - cleft.tonic_acetylcholine) > ACETYLCHOLINE_QUIET
    ):
        return min(dt, share * cleft.acetylcholine_decay_time)
    return dt


def limit_by_dopamine(dt: float, share: float, cleft: Record) -> float:
    """Return dt, shortened while dopamine is away from its tonic level."""
    if abs(cleft.dopamine - cleft.tonic_dopamine) > DOPAMINE_QUIET:
        return min(dt, share * cleft.dopamine_decay_time)
    return dt


def can_lose_spines(cell: Cell) -> bool:
    """Return whether a volume may cross its bound, which nothing foresees."""
    found = False
    for i in range(len(cell.states)):
        found = found or is_structural(cell.parameters[i])
    return found


def potentiation_to_come(s: Record, p: Record) -> float:
    """Return the potentiation that trace and labile stage still hold."""
    return p.potentiation_rate * (
        s.potentiation_trace * p.potentiation_trace_time
        + s.labile_potentiation * p.labile_potentiation_time
    )


def depression_to_come(s: Record, p: Record) -> float:
    """Return the depression that the trace still holds."""
    return p.depression_rate * s.depression_trace * p.depression_trace_time


def change_to_come(cell: Cell) -> float:
    """Return the weight change that the traces of all synapses still hold, each up to 1."""
    total = 0.0
    for i in range(len(cell.states)):
        total += synapse_to_come(cell.states[i], cell.parameters[i])
    return total


def synapse_to_come(s: Record, p: Record) -> float:
    """Return the weight change that the traces of one synapse still hold, up to 1."""
    return on_grid(min(1.0, potentiation_to_come(s, p) + depression_to_come(s, p)))


def time_to_falling_crossing(cell: Cell) -> float:
    """Return the time to the next loss of a tag or end of synthesis, ms.

    Without traces the early weights fall back exponentially. A pool's synapses may have
    different time constants: the longest is used, and the next leap looks again.
    """
    nearest = cell.neurons[0].maximum_step
    longest = 0.0
    for i in range(len(cell.states)):
        s, p = cell.states[i], cell.parameters[i]
        longest = max(longest, p.early_weight_decay_time)
        nearest = min(nearest, time_to_tag_loss(s, p))
    update_gates(cell)
    for g in range(len(cell.pools)):
        if cell.pools[g].drive > 1.0 and cell.pools[g].neurons <= 1.0:
            nearest = min(nearest, longest * log(cell.pools[g].drive) + CROSSING_WIDTH)
    return nearest


def time_to_tag_loss(s: Record, p: Record) -> float:
    """Return the time until an early weight that falls back has lost its tag, ms."""
    change = abs(s.early_weight - 1.0)
    if change <= p.tag_threshold:
        return inf
    fall: float = p.early_weight_decay_time * log(change / p.tag_threshold)
    return fall + CROSSING_WIDTH
