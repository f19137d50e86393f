"""The six steps on a block of lanes, and on one of them.

The order is that of ``synapse.plasticity.tick``: shared halves first, then the synapse.
"""

from typing import Any

from synapse.plasticity.lanes.layout import lane
from synapse.plasticity.records import Record
from synapse.plasticity.steps.step1_calcium_influx import prepare_neuron
from synapse.plasticity.steps.step2_neuromodulation import prepare_cleft
from synapse.plasticity.steps.step5_homeostasis import prepare_astrocyte
from synapse.plasticity.steps.step6_consolidation import prepare_pool, synthesise
from synapse.plasticity.tick import (
    advance_cleft,
    advance_potential,
    advance_synapse,
    advance_unit,
    prepare_synapse,
)


def advance_active(block: Any, lanes: int) -> None:
    """Advance every lane by its own ``dt``, with calcium influx and detectors."""
    for i in range(lanes):
        r = lane(block, i)
        advance_lane(r, r.dt, True)


def advance_quiescent(block: Any, lanes: int) -> None:
    """Advance every lane by its own ``dt``, without them."""
    for i in range(lanes):
        r = lane(block, i)
        advance_lane(r, r.dt, False)


def prepare_quiescent(block: Any, lanes: int) -> None:
    """Fill in the decay factors of every lane for its own ``dt``."""
    for i in range(lanes):
        r = lane(block, i)
        prepare_lane(r, r.dt, False)


def advance_one(block: Any, i: int, dt: float) -> None:
    """Advance one lane by dt without calcium influx, with factors prepared for it."""
    r = lane(block, i)
    r.dt = dt
    prepare_lane(r, dt, False)
    advance_lane(r, dt, False)


def prepare_one(block: Any, i: int, dt: float) -> None:
    """Fill in the decay factors of one lane for an active tick of dt."""
    prepare_lane(lane(block, i), dt, True)


def advance_lane(r: Record, dt: float, active: bool) -> None:
    """Advance one synapse and its copies of what it shares."""
    advance_potential(r, r, dt)
    advance_cleft(r, r, dt)
    advance_unit(r, r, dt)
    synthesise(r, r, dt)
    advance_synapse(r, r, r, r, r, r, r, dt, active)


def prepare_lane(r: Record, dt: float, active: bool) -> None:
    """Fill in the decay factors of one lane."""
    prepare_neuron(r, r, dt)
    prepare_cleft(r, r, dt)
    prepare_astrocyte(r, r, dt)
    prepare_pool(r, r, dt)
    prepare_synapse(r, r, dt, active)
