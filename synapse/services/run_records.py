"""What a run keeps of a group: its state, parameters and clock as plain data, and a hash."""

import hashlib
import platform
import sys
from collections.abc import Iterable
from typing import Any

import django
import numpy as np

from synapse.plasticity.components import COMPONENTS
from synapse.plasticity.group import LINK_OF, SHARED_NAMES, Group, parameter_names
from synapse.plasticity.layout import Records
from synapse.services.population import Loaded

MODEL_VERSION = "3"
"""Calibration of the model; a change of an equation or a default raises it."""
CLOCK = {"neurons": ("time", "last_spike")}


def state_names(group: Group) -> dict[str, tuple[str, ...]]:
    """Return the names of the states that each part of a group holds."""
    shared = {SHARED_NAMES[c.name]: c for c in COMPONENTS if c.shared}
    names = {
        part: (*(q.name for q in component.states), *CLOCK.get(part, ()))
        for part, component in shared.items()
    }
    return {"states": group.states.dtype.names or (), **names}


def state_json(loaded: Loaded) -> dict[str, Any]:
    """Return every state of the group with clock and drugs, as plain data."""
    group = loaded.group
    return {
        "synapses": loaded.synapse_keys,
        **{
            part: columns_json(getattr(group, part), names)
            for part, names in state_names(group).items()
        },
        **{place: getattr(group, place).tolist() for place in LINK_OF.values()},
        "drugs": list(group.drugs),
    }


def parameters_json(loaded: Loaded) -> dict[str, Any]:
    """Return every parameter of the group, as set, without drugs and protocol bath."""
    return {
        part: columns_json(records, parameter_names(part))
        for part, records in loaded.group.base.items()
    }


def columns_json(records: Records, names: Iterable[str]) -> dict[str, list[float | None]]:
    """Return columns of records by name; infinity (never) becomes null."""
    return {
        name: [value if np.isfinite(value) else None for value in records[name].tolist()]
        for name in names
    }


def result_hash(group: Group) -> str:
    """Return the SHA-256 of every state of the group with its clock, to the last bit."""
    digest = hashlib.sha256()
    for part, names in state_names(group).items():
        for name in names:
            digest.update(np.ascontiguousarray(getattr(group, part)[name]).tobytes())
    return digest.hexdigest()


def versions(back_end: str) -> dict[str, str]:
    """Return what computed a result."""
    found = {
        "model": MODEL_VERSION,
        "python": platform.python_version(),
        "django": django.get_version(),
        "numpy": np.__version__,
        "platform": f"{platform.system()} {platform.machine()}",
    }
    if back_end == "compiled":
        found["numba"] = sys.modules["numba"].__version__
    return found
