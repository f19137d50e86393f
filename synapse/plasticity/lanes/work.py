"""The arrays that the engine works on: one part of a population, and a thread's scratch."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from synapse.plasticity.lanes.layout import FACTORS, FIELDS, LANES, SURROUNDINGS, Numbers

Places = NDArray[np.int64]
Flags = NDArray[np.bool_]

NOBODY = -1
"""In place of a synapse, where a lane is empty."""


class Work(NamedTuple):
    """A part of a population, synapse by synapse unless said otherwise.

    ``surroundings`` are what synapses share as it was at the last exchange, ``ended`` the
    same at the end of the interval. The first synapse of a neuron on a unit counts the
    neuron's spikes for it (``counts``).
    ``condition`` is equal for synapses with equal parameters in equal surroundings.
    ``contribution``, ``drive`` and ``effect`` are what a synapse brings to the exchange.
    """

    states: Numbers
    last_spike: Numbers
    parameters: Numbers  # rows of the next
    row_of: Places
    condition: Places
    surroundings: Numbers  # rows of the next
    surroundings_of: Places
    ended: Numbers  # as surroundings
    counts: Flags
    next_pre: Numbers
    pre_count: Places
    pre_rate: Numbers
    pre_key: Places
    pre_start: Places  # of a synapse's train in the next two
    pre_times: Numbers
    pre_values: Numbers
    post_start: Places  # of a surroundings' spikes in the next
    post_times: Numbers
    pulse_start: Places  # of a surroundings' pulses in the next three
    pulse_times: Numbers
    pulse_kinds: Places
    pulse_values: Numbers
    contribution: Numbers
    drive: Numbers
    effect: Numbers
    seed: int
    cooperativity: float


class Scratch(NamedTuple):
    """What one thread needs: a block of lanes, and private copies for a chunk of synapses."""

    lanes: int  # a number that is not known when compiling keeps loops over lanes loops
    block: Numbers
    backup: Numbers
    slots: Numbers
    synapse: Places
    condition: Places
    slot: Places
    end: Numbers
    may_cross: Places
    private: Numbers
    next_event: Numbers
    post_cursor: Places
    pulse_cursor: Places
    waiting: Places
    leaving: Places
    taken: Places  # how many of those that waited
    left: Places  # how many are leaving


def make_scratch(chunk: int) -> Scratch:
    """Return scratch for chunks of up to so many synapses."""
    fields, factors = len(FIELDS), len(FACTORS)
    return Scratch(
        lanes=LANES,
        block=np.zeros((fields, LANES)),
        backup=np.zeros((fields, LANES)),
        slots=np.zeros((2, factors, LANES)),
        synapse=np.full(LANES, NOBODY, dtype=np.int64),
        condition=np.full(LANES, NOBODY, dtype=np.int64),
        slot=np.full(LANES, NOBODY, dtype=np.int64),
        end=np.zeros(LANES),
        may_cross=np.zeros(LANES, dtype=np.int64),
        private=np.zeros((chunk, len(SURROUNDINGS))),
        next_event=np.zeros(chunk),
        post_cursor=np.zeros(chunk, dtype=np.int64),
        pulse_cursor=np.zeros(chunk, dtype=np.int64),
        waiting=np.zeros(chunk, dtype=np.int64),
        leaving=np.zeros(chunk, dtype=np.int64),
        taken=np.zeros(1, dtype=np.int64),
        left=np.zeros(1, dtype=np.int64),
    )
