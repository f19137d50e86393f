"""How a group lies in memory: one record a synapse, one record a shared component.

The records are NumPy structured arrays of doubles whose fields carry the names of the
declarations. Compiled code works on them in place; plain Python works on objects with
the same attributes, made and written back by ``to_objects`` and ``from_objects``.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synapse.plasticity.components import (
    ASTROCYTE_UNIT,
    COMPONENTS,
    CONSOLIDATION_PROTEIN_POOL,
    DOPAMINE_CLEFT,
    NEURON,
)
from synapse.plasticity.processes import acetylcholine, gliotransmission, sliding_thresholds
from synapse.plasticity.quantity import Component
from synapse.plasticity.steps import (
    step1_calcium_influx as step1,
)
from synapse.plasticity.steps import (
    step2_neuromodulation as step2,
)
from synapse.plasticity.steps import (
    step3_weight_update as step3,
)
from synapse.plasticity.steps import (
    step4_ampa_trafficking as step4,
)
from synapse.plasticity.steps import (
    step5_homeostasis as step5,
)
from synapse.plasticity.steps import (
    step6_consolidation as step6,
)

Records = NDArray[np.void]

LOCAL = tuple(c for c in COMPONENTS if not c.shared)
SHARED = tuple(c for c in COMPONENTS if c.shared)


def _record(names: Iterable[str]) -> np.dtype[np.void]:
    return np.dtype([(name, np.float64) for name in names])


def _names(components: Iterable[Component], role: str) -> list[str]:
    return [q.name for c in components for q in c if q.role == role]


def _shared(component: Component, *scratch: str) -> np.dtype[np.void]:
    parameters, states = _names([component], "parameter"), _names([component], "state")
    return _record([*parameters, *states, *scratch])


STATE = _record(_names(LOCAL, "state"))
PARAMETER = _record([*_names(LOCAL, "parameter"), *step1.CONSTANTS, *step2.CONSTANTS])
FACTOR = _record([*step1.FACTORS, *step2.FACTORS, *step3.FACTORS, *step4.FACTORS])

NEURON_RECORD = _shared(NEURON, "time", "last_spike", *step1.SCRATCH, *sliding_thresholds.SCRATCH)
CLEFT_RECORD = _shared(DOPAMINE_CLEFT, *step2.SCRATCH, *acetylcholine.SCRATCH)
ASTROCYTE_RECORD = _shared(ASTROCYTE_UNIT, *step5.SCRATCH, *gliotransmission.SCRATCH)
POOL_RECORD = _shared(CONSOLIDATION_PROTEIN_POOL, *step6.SCRATCH)

NEURON_FACTOR = _record(step1.NEURON_FACTORS)
CLEFT_FACTOR = _record(step2.CLEFT_FACTORS)
ASTROCYTE_FACTOR = _record(step5.FACTORS)
POOL_FACTOR = _record(step6.FACTORS)

SHARED_RECORDS = {
    NEURON.name: NEURON_RECORD,
    DOPAMINE_CLEFT.name: CLEFT_RECORD,
    ASTROCYTE_UNIT.name: ASTROCYTE_RECORD,
    CONSOLIDATION_PROTEIN_POOL.name: POOL_RECORD,
}

PARTS = {
    "neurons": NEURON_RECORD,
    "clefts": CLEFT_RECORD,
    "astrocytes": ASTROCYTE_RECORD,
    "pools": POOL_RECORD,
    "states": STATE,
    "parameters": PARAMETER,
}
"""What a group consists of: the record of each part."""

DEFAULTS = {q.name: q.default for c in COMPONENTS for q in c if q.role != "derived"}
"""Value at rest of every state and default of every parameter, by name."""


def at_rest(dtype: np.dtype[np.void], count: int) -> Records:
    """Return ``count`` records at their defaults; scratch fields are 0."""
    records = np.zeros(count, dtype=dtype)
    for name in dtype.names or ():
        if name in DEFAULTS:
            records[name] = DEFAULTS[name]
    if "last_spike" in (dtype.names or ()):
        records["last_spike"] = -np.inf
    return records


_CLASSES: dict[np.dtype[np.void], type] = {}


def _class_of(dtype: np.dtype[np.void]) -> type:
    """Return a class whose instances have the record's fields as slots."""
    if dtype not in _CLASSES:
        _CLASSES[dtype] = type("Record", (), {"__slots__": dtype.names})
    return _CLASSES[dtype]


def to_objects(records: Records) -> list[Any]:
    """Return one object with the same attributes for each record."""
    kind, names = _class_of(records.dtype), records.dtype.names or ()
    objects = []
    for values in records.tolist():
        item = kind()
        for name, value in zip(names, values, strict=True):
            setattr(item, name, value)
        objects.append(item)
    return objects


def from_objects(objects: list[Any], records: Records) -> None:
    """Write the objects' attributes back into their records."""
    names = records.dtype.names or ()
    for i, item in enumerate(objects):
        records[i] = tuple(getattr(item, name) for name in names)
