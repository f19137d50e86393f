"""The arrays of a part, made from a group and its drive."""

from math import inf

import numpy as np
from numpy.typing import NDArray

from synapse.plasticity.group import Group, is_one_record, parameter_names
from synapse.plasticity.lanes.drive import Drive, Trains
from synapse.plasticity.lanes.layout import SURROUNDINGS, as_numbers
from synapse.plasticity.lanes.surroundings import Surroundings, all_equal
from synapse.plasticity.lanes.work import Work


def make_work(group: Group, drive: Drive, where: Surroundings) -> Work:
    """Return the arrays of a part; ``states`` is the group's own memory."""
    count = len(group.states)
    rows, row_of = _parameter_rows(group)
    kinds = where.kinds(group)
    if drive.synapse_keys is None or len(drive.pre_rates) != count:
        raise ValueError(
            f"pre_rates must have one number a synapse ({count}); got {len(drive.pre_rates)}"
        )
    trains = drive.pre_trains or Trains.of([[]] * 0)
    start = trains.start if len(trains.start) == count + 1 else np.zeros(count + 1, np.int64)
    values = drive.pre_values if drive.pre_values is not None else np.ones(len(trains.times))
    nothing = np.zeros(0)
    return Work(
        states=as_numbers(group.states),
        last_spike=group.neurons["last_spike"][group.neuron_of],
        parameters=rows,
        row_of=row_of,
        condition=row_of * (int(kinds.max()) + 1) + kinds[where.of],
        surroundings=np.zeros((0, len(SURROUNDINGS))),
        surroundings_of=where.of,
        ended=np.zeros((len(where.first), len(SURROUNDINGS))),
        leads=_first_of(where.of),
        counts=_first_of(group.astrocyte_of * len(group.neurons) + group.neuron_of),
        next_pre=np.full(count, inf),
        pre_count=np.zeros(count, dtype=np.int64),
        pre_rate=np.ascontiguousarray(drive.pre_rates),
        pre_key=drive.synapse_keys,
        pre_start=start,
        pre_times=trains.times,
        pre_values=values,
        post_start=np.zeros(0, dtype=np.int64),
        post_times=nothing,
        pulse_start=np.zeros(0, dtype=np.int64),
        pulse_times=nothing,
        pulse_kinds=np.zeros(0, dtype=np.int64),
        pulse_values=nothing,
        contribution=np.zeros(count),
        drive=np.zeros(count),
        effect=np.zeros(count),
        seed=int(drive.seed),
        cooperativity=float(drive.cooperativity),
    )


def _parameter_rows(group: Group) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the different rows of parameters and each synapse's: one row if all are equal."""
    records, count = group.parameters, len(group.parameters)
    if is_one_record(records) or all_equal(records, parameter_names("parameters")):
        return as_numbers(records[:1].copy()), np.zeros(count, dtype=np.int64)
    return as_numbers(records), np.arange(count, dtype=np.int64)


def _first_of(places: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Return whether a synapse is the first with its place."""
    first = np.zeros(len(places), dtype=np.bool_)
    first[np.unique(places, return_index=True)[1]] = True
    return first
