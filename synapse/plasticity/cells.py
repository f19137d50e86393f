"""From a group's records to the cell of one neuron, for either back end, and back."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from synapse.plasticity import layout
from synapse.plasticity.cell import Cell
from synapse.plasticity.group import Group
from synapse.plasticity.layout import Records

Places = NDArray[np.intp]

SLOTS = 3
"""Of decay factors: fine, tail and leap."""
FACTORS = (
    layout.FACTOR,
    layout.NEURON_FACTOR,
    layout.CLEFT_FACTOR,
    layout.ASTROCYTE_FACTOR,
    layout.POOL_FACTOR,
)


def open_cell(group: Group, own: Places, *, compiled: bool) -> Cell:
    """Return the cell of the neuron whose synapses are at ``own``: all its own copies."""
    links = (group.cleft_of, group.astrocyte_of, group.pool_of)
    clefts, astrocytes, pools = (used_by(of, own) for of in links)
    held = (
        group.neurons[[int(group.neuron_of[own[0]])]],
        group.states[own],
        group.parameters[own],
        group.clefts[clefts],
        group.astrocytes[astrocytes],
        group.pools[pools],
    )
    counts = (len(own), 1, len(clefts), len(astrocytes), len(pools))
    factors = [
        np.zeros(SLOTS * count, dtype=kind) for count, kind in zip(counts, FACTORS, strict=True)
    ]
    places = [
        np.searchsorted(which, of[own]).astype(np.int64)
        for which, of in zip((clefts, astrocytes, pools), links, strict=True)
    ]
    parts: list[Any] = [*held, *factors, *places]
    return Cell(*(parts if compiled else (_as_plain(part) for part in parts)))


def close_cell(group: Group, own: Places, cell: Cell) -> None:
    """Write what a neuron's ticks changed back into the group's records."""
    neuron = int(group.neuron_of[own[0]])
    group.neurons[[neuron]] = as_records(cell.neurons, layout.NEURON_RECORD)
    group.states[own] = as_records(cell.states, layout.STATE)
    for name, of, kind in (
        ("clefts", group.cleft_of, layout.CLEFT_RECORD),
        ("astrocytes", group.astrocyte_of, layout.ASTROCYTE_RECORD),
        ("pools", group.pool_of, layout.POOL_RECORD),
    ):
        getattr(group, name)[used_by(of, own)] = as_records(getattr(cell, name), kind)


def twin_cell(cell: Cell) -> Cell:
    """Return a cell with its own copy of all that a tick changes."""
    return cell._replace(
        neurons=_twin(cell.neurons),
        states=_twin(cell.states),
        clefts=_twin(cell.clefts),
        astrocytes=_twin(cell.astrocytes),
        pools=_twin(cell.pools),
    )


def used_by(of: Places, own: Places) -> list[int]:
    """Return the places of the components that some synapses use, in order."""
    return sorted({int(place) for place in of[own]})


def as_records(held: Any, dtype: np.dtype[np.void]) -> Records:
    """Return what a cell holds as records."""
    if isinstance(held, np.ndarray):
        return held
    records = np.zeros(len(held), dtype=dtype)
    layout.from_objects(held, records)
    return records


def as_objects(cell: Cell) -> Cell:
    """Return a cell that plain Python can read; a copy where it was made for arrays."""
    parts: list[Any] = list(cell)
    return Cell(*(_as_plain(part) for part in parts))


def _as_plain(part: Any) -> Any:
    if not isinstance(part, np.ndarray):
        return part
    return layout.to_objects(part) if part.dtype.names else part.tolist()


def _twin(held: Any) -> Any:
    if isinstance(held, np.ndarray):
        return held.copy()
    twins = []
    for item in held:
        twin = type(item)()
        for name in item.__slots__:
            setattr(twin, name, getattr(item, name))
        twins.append(twin)
    return twins
