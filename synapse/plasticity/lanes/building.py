"""The arrays of a part, made from a group and its drive."""

from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synapse.plasticity.group import Group, is_one_record, parameter_names
from synapse.plasticity.lanes.drive import Drive, Trains
from synapse.plasticity.lanes.layout import SURROUNDINGS, as_numbers
from synapse.plasticity.lanes.surroundings import Surroundings, all_equal
from synapse.plasticity.lanes.work import Work


def make_work(group: Group, drive: Drive, where: Surroundings) -> Work:
    """Return the arrays of a part; ``states`` is the group's own memory."""
    check_lengths(group, drive)
    rows, row_of = _parameter_rows(group)
    kinds = where.kinds(group)
    return Work(
        states=as_numbers(group.states),
        last_spike=group.neurons["last_spike"][group.neuron_of],
        parameters=rows,
        row_of=row_of,
        condition=row_of * (int(kinds.max()) + 1) + kinds[where.of],
        surroundings=np.zeros((0, len(SURROUNDINGS))),
        surroundings_of=where.of,
        ended=np.zeros((len(where.first), len(SURROUNDINGS))),
        counts=_first_of(group.astrocyte_of * len(group.neurons) + group.neuron_of),
        **_spikes(drive, len(group.states)),
    )


def check_lengths(group: Group, drive: Drive) -> None:
    """Raise ``ValueError`` unless a drive has rates and trains for just these sources."""
    for what, rates, trains, count in (
        ("pre", drive.pre_rates, drive.pre_trains, len(group.states)),
        ("post", drive.post_rates, drive.post_trains, len(group.neurons)),
    ):
        source = "a synapse" if what == "pre" else "a neuron"
        if len(rates) != count:
            raise ValueError(
                f"{what}_rates must have one number {source} ({count}); got {len(rates)}"
            )
        if trains is not None and len(trains.start) != count + 1:
            raise ValueError(
                f"{what}_trains must have one train {source} ({count}); got {len(trains.start) - 1}"
            )


def _spikes(drive: Drive, count: int) -> dict[str, Any]:
    """Return where presynaptic spikes come from, and room for what an interval brings."""
    trains = drive.pre_trains or Trains.of([[]] * count)
    values = drive.pre_values if drive.pre_values is not None else np.ones(len(trains.times))
    counts: dict[str, Any] = {
        name: np.zeros(0, dtype=np.int64) for name in ("post_start", "pulse_start", "pulse_kinds")
    }
    times = {name: np.zeros(0) for name in ("post_times", "pulse_times", "pulse_values")}
    brought = {name: np.zeros(count) for name in ("contribution", "drive", "effect")}
    sources = {
        "next_pre": np.full(count, inf),
        "pre_count": np.zeros(count, dtype=np.int64),
        "pre_rate": np.ascontiguousarray(drive.pre_rates, dtype=np.float64),
        "pre_key": drive.synapse_keys,
        "pre_start": trains.start,
        "pre_times": trains.times,
        "pre_values": values,
        "seed": int(drive.seed),
        "cooperativity": float(drive.cooperativity),
    }
    return {**counts, **times, **brought, **sources}


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
