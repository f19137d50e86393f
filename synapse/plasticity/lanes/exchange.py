"""What synapses of one neuron, astrocyte unit or pool tell each other, once an interval.

Between exchanges every synapse follows what it shares in closed form from the values at
the last one. At an exchange units and pools catch up in one step and take in the sums over
their synapses. The numbers summed lie on a grid, so the sums are exact in any order.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from synapse.plasticity.cell import DOPAMINE
from synapse.plasticity.exchange import prepare_unit
from synapse.plasticity.lanes.layout import (
    PARAMETERS_END,
    STATE_END,
    SURROUNDINGS_END,
    Numbers,
    lane,
)
from synapse.plasticity.mathematics import on_grid
from synapse.plasticity.processes.acetylcholine import acetylcholine_pulse
from synapse.plasticity.processes.sliding_thresholds import note_firing
from synapse.plasticity.steps.step1_calcium_influx import post_spike, prepare_neuron
from synapse.plasticity.steps.step2_neuromodulation import (
    dopamine_pulse,
    pka_effect,
    prepare_cleft,
)
from synapse.plasticity.steps.step6_consolidation import (
    prepare_pool,
    set_gate,
    synthesis_drive,
    synthesise,
)
from synapse.plasticity.tick import advance_cleft, advance_potential, advance_unit

Places = NDArray[np.int64]


def follow_events(work: Any, block: Numbers, until: float) -> None:
    """Write what neurons and clefts are at ``until`` (ms) into ``ended``.

    Action potentials follow from the neuron's spikes alone and modulators from the pulses
    alone, so every part that shares a cleft finds the same bits.
    """
    r = lane(block, 0)
    for m in range(len(work.surroundings)):
        for f in range(SURROUNDINGS_END - STATE_END):
            block[STATE_END + f, 0] = work.surroundings[m, f]
        time = r.time
        for cursor in range(work.post_start[m], work.post_start[m + 1]):
            let_potential_decay(r, work.post_times[cursor] - time)
            post_spike(r)
            note_firing(r)
            time = work.post_times[cursor]
        let_potential_decay(r, until - time)
        time = r.time
        for cursor in range(work.pulse_start[m], work.pulse_start[m + 1]):
            let_modulators_decay(r, work.pulse_times[cursor] - time)
            pulse(r, work.pulse_kinds[cursor], work.pulse_values[cursor])
            time = work.pulse_times[cursor]
        let_modulators_decay(r, until - time)
        for f in range(SURROUNDINGS_END - STATE_END):
            work.ended[m, f] = block[STATE_END + f, 0]


def let_potential_decay(r: Any, dt: float) -> None:
    """Let the action potential and the average of firing decay over dt (ms)."""
    if dt > 0.0:
        prepare_neuron(r, r, dt)
        advance_potential(r, r, dt)


def let_modulators_decay(r: Any, dt: float) -> None:
    """Let dopamine and acetylcholine decay over dt (ms)."""
    if dt > 0.0:
        prepare_cleft(r, r, dt)
        advance_cleft(r, r, dt)


def pulse(cleft: Any, kind: int, amount: float) -> None:
    """Add a pulse of a neuromodulator, uM."""
    if kind == DOPAMINE:
        dopamine_pulse(cleft, amount)
    else:
        acetylcholine_pulse(cleft, amount)


def take_in(
    units: Numbers, pools: Numbers, activity: Numbers, drive: Numbers, effect: Numbers, dt: float,
    block: Numbers, unit_fields: Places, pool_fields: Places,
) -> None:  # fmt: skip
    """Advance units and pools by dt (ms), then add what their synapses brought.

    ``units`` and ``pools`` are rows of numbers whose columns have the places
    ``unit_fields`` and ``pool_fields`` in a block; lane 0 of ``block`` is used for them.
    """
    r = lane(block, 0)
    for a in range(len(units)):
        copy_in(block, unit_fields, units, a)
        take_activity(r, dt, activity[a])
        copy_out(block, unit_fields, units, a)
    for g in range(len(pools)):
        copy_in(block, pool_fields, pools, g)
        take_drive(r, dt, drive[g], effect[g])
        copy_out(block, pool_fields, pools, g)


def take_activity(unit: Any, dt: float, activity: float) -> None:
    """Advance an astrocyte unit and add activity (Hz)."""
    prepare_unit(unit, unit, dt)
    if dt > 0.0:
        advance_unit(unit, unit, dt)
    unit.activity += activity
    unit.contribution = 0.0


def take_drive(pool: Any, dt: float, drive: float, effect: float) -> None:
    """Advance a protein pool with its gate as it was, then set the gate for the next interval."""
    if dt > 0.0:
        prepare_pool(pool, pool, dt)
        synthesise(pool, pool, dt)
    pool.drive = drive
    pool.effect_sum = effect
    set_gate(pool)


def copy_in(block: Numbers, fields: Places, rows: Numbers, row: int) -> None:
    """Put a row on lane 0."""
    for f in range(len(fields)):
        block[fields[f], 0] = rows[row, f]


def copy_out(block: Numbers, fields: Places, rows: Numbers, row: int) -> None:
    """Take a row off lane 0."""
    for f in range(len(fields)):
        rows[row, f] = block[fields[f], 0]


def present_sums(
    states: Numbers, parameters: Numbers, row_of: Places, pools: Numbers, pool_of: Places,
    pool_fields: Places, block: Numbers, drive: Numbers, effect: Numbers,
) -> None:  # fmt: skip
    """Compute what each synapse brings to its pool now, before the first interval."""
    r = lane(block, 0)
    for j in range(len(states)):
        for f in range(STATE_END):
            block[f, 0] = states[j, f]
        for f in range(PARAMETERS_END - SURROUNDINGS_END):
            block[SURROUNDINGS_END + f, 0] = parameters[row_of[j], f]
        copy_in(block, pool_fields, pools, pool_of[j])
        drive[j], effect[j] = brought(r)


def brought(r: Any) -> tuple[float, float]:
    """Return a synapse's share of the drive of synthesis, and its PKA effect."""
    drive = on_grid(synthesis_drive(r.early_weight, r))
    return drive, on_grid(pka_effect(r.pka_activity, r))
