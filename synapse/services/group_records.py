"""A group from plain data, without a database: for manifests, and for workers elsewhere."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from synapse.plasticity.group import LINK_OF, PART_OF, Group
from synapse.plasticity.layout import PARTS, Records, at_rest


def group_from(start: Mapping[str, Any], parameters: Mapping[str, Any]) -> Group:
    """Return the group of a start state and its parameters, as a run keeps them.

    Raises ``ValueError`` for quantities that do not exist or are too few; other exceptions
    where the data are of another kind.
    """
    size = len(start["synapses"])
    parts: dict[str, Any] = {}
    for part, dtype in PARTS.items():
        columns = dict(parameters.get(part, {})) | dict(start.get(part, {}))
        own = part in ("states", "parameters")
        count = size if own else len(next(iter(columns.values())))
        parts[part] = _filled(at_rest(dtype, count), columns)
    parts |= {place: np.array(start[place], dtype=np.intp) for place in LINK_OF.values()}
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
    part, where = _place_of(group, name, place)
    records = group.base[part]
    if not records.flags.writeable:
        records = group.base[part] = records.copy()
    records[name][where] = value
    group.set_conditions({})


def value_of(group: Group, name: str, *, place: int) -> float:
    """Return a parameter in force for one synapse, by name."""
    part, where = _place_of(group, name, place)
    return float(getattr(group, part)[name][where])


def _place_of(group: Group, name: str, place: int) -> tuple[str, int]:
    """Return the part of a group that holds a parameter, and a synapse's place in it."""
    part = PART_OF.get(name, "")
    if part not in group.base:
        raise ValueError(f"there is no parameter named {name}")
    return part, int(getattr(group, LINK_OF[part])[place]) if part in LINK_OF else place
