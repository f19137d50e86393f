"""One neuron in memory, its events, and the next tick."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from synapse.plasticity.records import Record

PRE, POST, DOPAMINE, ACETYLCHOLINE = 0, 1, 2, 3
"""Kinds of event, in the order in which they act at one instant."""
FINE, TAIL, LEAP = 0, 1, 2
"""Slots of decay factors: two lengths of active tick are kept, a leap's are computed."""


class Cell(NamedTuple):
    """One neuron with its synapses and its copies of the shared components.

    Every field but the last three is a sequence of records (see ``layout.py``); factors
    have three slots, one after the other. The last three give each synapse's place in
    ``clefts``, ``astrocytes`` and ``pools``.
    """

    neurons: Sequence[Record]
    states: Sequence[Record]
    parameters: Sequence[Record]
    clefts: Sequence[Record]
    astrocytes: Sequence[Record]
    pools: Sequence[Record]
    factors: Sequence[Record]
    neuron_factors: Sequence[Record]
    cleft_factors: Sequence[Record]
    astrocyte_factors: Sequence[Record]
    pool_factors: Sequence[Record]
    cleft_of: Sequence[int]
    astrocyte_of: Sequence[int]
    pool_of: Sequence[int]


class Events(NamedTuple):
    """Events of one neuron, by time: ms, kind, synapse or cleft, cooperativity or uM.

    Columns are lists for plain Python and arrays for compiled code.
    """

    times: Any
    kinds: Any
    targets: Any
    values: Any


class Plan(NamedTuple):
    """The next tick: its slot of factors, its length (ms), and what it must do."""

    slot: int
    dt: float
    active: bool
    may_cross: bool
