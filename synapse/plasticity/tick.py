"""One tick of one neuron and all its synapses: the six steps, in order.

The numbers name the biology, not the order: shared halves come first, and step 4 comes
last because it needs the target weight at both ends of the tick. What a synapse reads of
a shared component is its value at the start, in the middle or at the end of the tick,
kept by the shared half; so the order of the synapses does not matter.
"""

from typing import Any

from synapse.plasticity.processes.acetylcholine import diffuse_acetylcholine, muscarinic_gates
from synapse.plasticity.processes.gliotransmission import transmit
from synapse.plasticity.processes.sliding_thresholds import slide_thresholds
from synapse.plasticity.processes.structural_plasticity import remodel
from synapse.plasticity.records import Record
from synapse.plasticity.steps.step1_calcium_influx import (
    backpropagate,
    calcium_decay,
    calcium_influx,
    prepare_midpoint,
    prepare_neuron,
    release_and_gates_decay,
)
from synapse.plasticity.steps.step1_calcium_influx import prepare_decay as prepare_release
from synapse.plasticity.steps.step2_neuromodulation import diffuse, modulate, prepare_cleft
from synapse.plasticity.steps.step2_neuromodulation import prepare_decay as prepare_pka
from synapse.plasticity.steps.step3_weight_update import prepare_decay as prepare_traces
from synapse.plasticity.steps.step3_weight_update import update_weight
from synapse.plasticity.steps.step4_ampa_trafficking import prepare_decay as prepare_turnover
from synapse.plasticity.steps.step4_ampa_trafficking import target_weight, traffic
from synapse.plasticity.steps.step5_homeostasis import prepare_astrocyte, scale
from synapse.plasticity.steps.step6_consolidation import (
    add_drive,
    capture,
    clear_drive,
    compute_tag,
    prepare_pool,
    set_gate,
    synthesise,
)


def advance_neuron(cell: Any, slot: int, dt: float, active: bool) -> None:
    """Advance a neuron by dt (ms) with the decay factors of ``slot``.

    An ``active`` tick computes calcium influx and detectors; a quiescent one leaves them
    out and may be of any length.
    """
    n = cell.neurons[0]
    advance_shared(cell, n, slot, dt)
    count = len(cell.states)
    for i in range(count):
        advance_synapse(
            cell.states[i],
            cell.parameters[i],
            cell.factors[slot * count + i],
            n,
            cell.clefts[cell.cleft_of[i]],
            cell.astrocytes[cell.astrocyte_of[i]],
            cell.pools[cell.pool_of[i]],
            dt,
            active,
        )


def advance_shared(cell: Any, n: Record, slot: int, dt: float) -> None:
    """Advance what the neuron's synapses share: steps 1, 2, 5 and 6."""
    advance_potential(n, cell.neuron_factors[slot], dt)
    for c in range(len(cell.clefts)):
        advance_cleft(cell.clefts[c], cell.cleft_factors[slot * len(cell.clefts) + c], dt)
    for a in range(len(cell.astrocytes)):
        index = slot * len(cell.astrocytes) + a
        advance_unit(cell.astrocytes[a], cell.astrocyte_factors[index], dt)
    update_gates(cell)
    for g in range(len(cell.pools)):
        synthesise(cell.pools[g], cell.pool_factors[slot * len(cell.pools) + g], dt)


def advance_potential(n: Record, j: Record, dt: float) -> None:
    """Advance the action potential and the average of firing (step 1)."""
    backpropagate(n, j)
    slide_thresholds(n, dt)  # optional


def advance_cleft(cleft: Record, j: Record, dt: float) -> None:
    """Advance the neuromodulators (step 2)."""
    diffuse(cleft, j)
    diffuse_acetylcholine(cleft, dt)  # optional


def advance_unit(astrocyte: Record, j: Record, dt: float) -> None:
    """Advance an astrocyte unit (step 5)."""
    transmit(astrocyte, dt)  # optional
    scale(astrocyte, j, dt)


def advance_synapse(
    s: Record,
    p: Record,
    k: Record,
    n: Record,
    cleft: Record,
    astrocyte: Record,
    pool: Record,
    dt: float,
    active: bool,
) -> None:
    """Advance one synapse by dt: steps 1, 2, 3, 6 (capture) and 4."""
    target_start = target_weight(astrocyte.scaling, s, p)
    tag = compute_tag(s.early_weight, p)
    drives = (0.0, 0.0)

    if active:
        drives = calcium_influx(s, p, k, n, astrocyte.coagonist)  # step 1
    else:
        calcium_decay(s, k)
    release_and_gates_decay(s, k)
    pka = modulate(s, p, k, cleft)  # step 2
    gates = muscarinic_gates(p, cleft)  # optional
    expression_rate, bend = update_weight(s, p, k, drives, pka, gates, dt)  # step 3
    bend += capture(s, p, pool, tag)  # step 6
    target_end = target_weight(astrocyte.scaling_end, s, p)
    bend *= astrocyte.scaling_end
    psd_start = s.psd_ampa
    traffic(s, p, k, target_start, bend, target_end, expression_rate, dt)  # step 4
    remodel(s, p, psd_start, dt)  # optional


def update_gates(cell: Any) -> None:
    """Open or close protein synthesis from the synapses' present weights (step 6).

    The gate of a pool that crosses neurons is held between exchanges.
    """
    for g in range(len(cell.pools)):
        clear_drive(cell.pools[g])
    for i in range(len(cell.states)):
        add_drive(cell.pools[cell.pool_of[i]], cell.states[i], cell.parameters[i])
    for g in range(len(cell.pools)):
        if cell.pools[g].neurons <= 1.0:
            set_gate(cell.pools[g])


def prepare_factors(cell: Any, slot: int, dt: float, active: bool) -> None:
    """Fill one slot of decay factors for a tick of length dt."""
    prepare_neuron(cell.neuron_factors[slot], cell.neurons[0], dt)
    for c in range(len(cell.clefts)):
        prepare_cleft(cell.cleft_factors[slot * len(cell.clefts) + c], cell.clefts[c], dt)
    for a in range(len(cell.astrocytes)):
        index = slot * len(cell.astrocytes) + a
        prepare_astrocyte(cell.astrocyte_factors[index], cell.astrocytes[a], dt)
    for g in range(len(cell.pools)):
        prepare_pool(cell.pool_factors[slot * len(cell.pools) + g], cell.pools[g], dt)
    for i in range(len(cell.states)):
        prepare_synapse(cell.factors[slot * len(cell.states) + i], cell.parameters[i], dt, active)


def prepare_synapse(k: Record, p: Record, dt: float, active: bool) -> None:
    """Fill in one synapse's decay factors."""
    prepare_release(k, p, dt)
    prepare_pka(k, p, dt)
    prepare_traces(k, p, dt)
    prepare_turnover(k, p, dt)
    if active:
        prepare_midpoint(k, p, dt)
