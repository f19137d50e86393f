"""Exchange of astrocyte units and protein pools that serve several neurons.

Between exchanges each neuron follows such a pool in closed form from its values at the
last exchange, with background and gate held; here the true pool catches up in one step,
takes in what the neurons added, and is handed out again. The sums run in the order of
the neurons' keys, so the result does not depend on how the work is split.
"""

from copy import deepcopy
from math import floor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synapse.plasticity import layout
from synapse.plasticity.group import Group
from synapse.plasticity.layout import Records, from_objects, to_objects
from synapse.plasticity.steps.step5_homeostasis import (
    prepare_astrocyte,
    prepare_constants,
)
from synapse.plasticity.steps.step6_consolidation import (
    add_drive,
    clear_drive,
    prepare_pool,
    set_gate,
    synthesise,
)
from synapse.plasticity.tick import advance_unit


def next_multiple(time: float, step: float) -> float:
    """Return the first multiple of a step that is later than a time, both in ms."""
    count = floor(time / step) + 1
    if count * step <= time:  # a multiple may be rounded down to one that was reached
        count += 1
    return count * step


class CrossingPools:
    """The shared components of a group as they were at the last exchange."""

    def __init__(self, group: Group) -> None:
        self.astrocytes = group.astrocytes.copy()
        self.pools = group.pools.copy()

    def copy(self) -> "CrossingPools":
        """Return an independent copy."""
        return deepcopy(self)

    def exchange(self, group: Group, added: NDArray[np.float64], dt: float) -> None:
        """Bring the crossing pools over dt (ms) to now, and write them into ``group``.

        ``added`` is the activity (Hz) that neurons added to each astrocyte unit, decayed
        to now.
        """
        for a in np.flatnonzero(group.astrocytes["neurons"] > 1):
            unit = self.astrocytes[a : a + 1]
            catch_up(unit, layout.ASTROCYTE_FACTOR, prepare_unit, advance_unit, dt)
            unit["activity"] += added[a]
            group.astrocytes[a] = unit[0]
        for g in np.flatnonzero(group.pools["neurons"] > 1):
            pool = self.pools[g : g + 1]
            catch_up(pool, layout.POOL_FACTOR, prepare_pool, synthesise, dt)
            refresh_gate(pool, group, np.flatnonzero(group.pool_of == g))
            group.pools[g] = pool[0]


def refresh_gate(record: Records, group: Group, members: NDArray[np.intp]) -> None:
    """Open or close a pool's synthesis from the present weights of all its synapses."""
    (pool,) = to_objects(record)
    clear_drive(pool)
    states, parameters = to_objects(group.states[members]), to_objects(group.parameters[members])
    for s, p in zip(states, parameters, strict=True):
        add_drive(pool, s, p)
    set_gate(pool)
    from_objects([pool], record)


def prepare_unit(factors: Any, unit: Any, dt: float) -> None:
    """Fill in an astrocyte unit's constants and the factors of one step."""
    prepare_constants(unit)
    prepare_astrocyte(factors, unit, dt)


def catch_up(record: Records, factor: Any, prepare: Any, step: Any, dt: float) -> None:
    """Advance one shared record by dt with its own step, in place."""
    if dt <= 0.0:
        return
    (held,), (factors,) = to_objects(record), to_objects(np.zeros(1, dtype=factor))
    prepare(factors, held, dt)
    step(held, factors, dt)
    from_objects([held], record)
