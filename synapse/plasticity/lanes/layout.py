"""How a block of lanes lies in memory: field by field, and within a field lane by lane.

A block is an array of doubles, ``FIELDS`` by ``LANES``; field f of lane i is
``block[f, i]``. All names of a synapse and its surroundings are different, so one record
serves as state, parameters, factors and shared components at once.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from synapse.plasticity.layout import (
    ASTROCYTE_FACTOR,
    ASTROCYTE_RECORD,
    CLEFT_FACTOR,
    CLEFT_RECORD,
    FACTOR,
    NEURON_FACTOR,
    NEURON_RECORD,
    PARAMETER,
    POOL_FACTOR,
    POOL_RECORD,
    STATE,
)

LANES = 8
"""Doubles in the widest vector register; narrower ones take a block in parts."""


def _names(*kinds: np.dtype[np.void]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for kind in kinds for name in kind.names or ()))


SURROUNDINGS = _names(NEURON_RECORD, CLEFT_RECORD, ASTROCYTE_RECORD, POOL_RECORD)
"""What a synapse shares. Its unit and its pool call the numbers of synapses and neurons
alike; a lane needs the unit's only."""
FACTORS = _names(FACTOR, NEURON_FACTOR, CLEFT_FACTOR, ASTROCYTE_FACTOR, POOL_FACTOR)
STATES, PARAMETERS = _names(STATE), _names(PARAMETER)

FIELDS = (*STATES, *SURROUNDINGS, *PARAMETERS, *FACTORS, "dt")
FIELD = {name: place for place, name in enumerate(FIELDS)}
STATE_END = len(STATES)
SURROUNDINGS_END = STATE_END + len(SURROUNDINGS)
PARAMETERS_END = SURROUNDINGS_END + len(PARAMETERS)
LAST_SPIKE = SURROUNDINGS.index("last_spike")
"""In a row of surroundings."""

LANE = np.dtype(
    {
        "names": list(FIELDS),
        "formats": ["f8"] * len(FIELDS),
        "offsets": [8 * LANES * place for place in range(len(FIELDS))],
        "itemsize": 8 * LANES * len(FIELDS),
    }
)
"""The record of lane 0; that of lane i begins 8 i bytes later."""

Numbers = NDArray[np.float64]


def as_numbers(records: NDArray[np.void]) -> Numbers:
    """Return records as rows of numbers, without a copy where they lie together."""
    width = len(records.dtype.names or ())
    return np.ascontiguousarray(records).view(np.float64).reshape(len(records), width)


class LaneView:
    """One lane of a block for plain Python; compiled code computes the address instead."""

    __slots__ = ("_block", "_lane")
    _block: Numbers
    _lane: int

    def __init__(self, block: Numbers, lane: int) -> None:
        object.__setattr__(self, "_block", block)
        object.__setattr__(self, "_lane", lane)

    def __getattr__(self, name: str) -> float:
        return float(self._block[FIELD[name], self._lane])

    def __setattr__(self, name: str, value: float) -> None:
        self._block[FIELD[name], self._lane] = value


def lane(block: Numbers, i: int) -> Any:
    """Return lane i of a block as a record."""
    return LaneView(block, i)
