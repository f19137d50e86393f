"""A group from plain data, without a database: for manifests, and for workers elsewhere."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from synapse.plasticity.group import Group
from synapse.plasticity.layout import (
    ASTROCYTE_RECORD,
    CLEFT_RECORD,
    NEURON_RECORD,
    PARAMETER,
    POOL_RECORD,
    STATE,
    Records,
    at_rest,
)

PLACES = ("neuron_of", "cleft_of", "astrocyte_of", "pool_of")
RECORDS = {
    "neurons": NEURON_RECORD, "clefts": CLEFT_RECORD, "astrocytes": ASTROCYTE_RECORD,
    "pools": POOL_RECORD, "states": STATE, "parameters": PARAMETER,
}  # fmt: skip


def group_from(start: Mapping[str, Any], parameters: Mapping[str, Any]) -> Group:
    """Return the group of a start state and its parameters, as a run keeps them.

    Raises ``ValueError`` for quantities that do not exist or are too few; other exceptions
    where the data are of another kind.
    """
    size = len(start["synapses"])
    parts: dict[str, Any] = {}
    for part, dtype in RECORDS.items():
        columns = dict(parameters.get(part, {})) | dict(start.get(part, {}))
        own = part in ("states", "parameters")
        count = size if own else len(next(iter(columns.values())))
        parts[part] = _filled(at_rest(dtype, count), columns)
    parts |= {place: np.array(start[place], dtype=np.intp) for place in PLACES}
    return Group(**parts, drugs=[str(name) for name in start["drugs"]])


def _filled(records: Records, columns: Mapping[str, Any]) -> Records:
    """Put columns into records; null stands for never (minus infinity)."""
    for name, values in columns.items():
        if name not in (records.dtype.names or ()):
            raise ValueError(f"there is no quantity named {name}")
        if len(values) != len(records):
            raise ValueError(f"{name} has {len(values)} values instead of {len(records)}")
        records[name] = [-np.inf if value is None else float(value) for value in values]
    return records


def set_parameter(group: Group, name: str, value: float, *, place: int) -> None:
    """Set a parameter of one synapse, or of what it shares with others."""
    places = {
        "parameters": place, "neurons": int(group.neuron_of[place]),
        "clefts": int(group.cleft_of[place]), "astrocytes": int(group.astrocyte_of[place]),
        "pools": int(group.pool_of[place]),
    }  # fmt: skip
    for part, where in places.items():
        records = group.base[part]
        if name in (records.dtype.names or ()):
            if not records.flags.writeable:
                records = group.base[part] = records.copy()
            records[name][where] = value
            group.set_conditions({})
            return
    raise ValueError(f"there is no parameter named {name}")


def value_of(group: Group, name: str, *, place: int) -> float:
    """Return a parameter in force for one synapse, by name."""
    found = {
        "parameters": place, "neurons": group.neuron_of[place], "clefts": group.cleft_of[place],
        "astrocytes": group.astrocyte_of[place], "pools": group.pool_of[place],
    }  # fmt: skip
    for part, where in found.items():
        records = getattr(group, part)
        if name in (records.dtype.names or ()):
            return float(records[name][where])
    raise ValueError(f"there is no parameter named {name}")
