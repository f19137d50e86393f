"""A group: every synapse that shares a neuron, astrocyte, protein pool or dopamine cleft.

It is the unit of simulation. ``Group`` holds its records and the conditions (bath and
drugs) that are laid over the parameters; ``simulation.py`` moves it through time.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synapse.plasticity.bounds import LATEST
from synapse.plasticity.components import (
    ASTROCYTE_UNIT,
    COMPONENTS,
    CONSOLIDATION_PROTEIN_POOL,
    DOPAMINE_CLEFT,
    NEURON,
)
from synapse.plasticity.drugs import DRUGS
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

Places = NDArray[np.intp]

BATH = {
    "external_calcium": NEURON["external_calcium"],
    "external_magnesium": NEURON["external_magnesium"],
    "tonic_dopamine": DOPAMINE_CLEFT["tonic_dopamine"],
    "tonic_acetylcholine": DOPAMINE_CLEFT["tonic_acetylcholine"],
    "background_activity": ASTROCYTE_UNIT["background_activity"],
}
"""What a bath or a protocol may set, by name."""

SHARED_NAMES = {
    NEURON.name: "neurons",
    DOPAMINE_CLEFT.name: "clefts",
    ASTROCYTE_UNIT.name: "astrocytes",
    CONSOLIDATION_PROTEIN_POOL.name: "pools",
}
LINK_OF = {
    "neurons": "neuron_of", "clefts": "cleft_of", "astrocytes": "astrocyte_of", "pools": "pool_of",
}  # fmt: skip
"""Of each part that synapses share, where a synapse's place in it is kept."""
PART_OF = {
    q.name: SHARED_NAMES[c.name] if c.shared else "states" if q.role == "state" else "parameters"
    for c in COMPONENTS
    for q in c
    if q.role != "derived"
}
"""Which part of a group holds a quantity."""
_PARAMETERS = {
    part: tuple(q.name for c in COMPONENTS for q in c.parameters if PART_OF[q.name] == part)
    for part in (*LINK_OF, "parameters")
}


@dataclass
class Group:
    """Records of a group, in the order of the synapses' and components' keys.

    ``states``, ``parameters`` and the four ``…_of`` arrays have one entry a synapse; a
    place such as ``neuron_of[i]`` is an index into ``neurons``. ``base`` keeps the
    parameters without bath and drugs. Parameters that are equal for all synapses may be one
    record broadcast to their number.
    """

    neurons: Records
    clefts: Records
    astrocytes: Records
    pools: Records
    states: Records
    parameters: Records
    neuron_of: Places
    cleft_of: Places
    astrocyte_of: Places
    pool_of: Places
    drugs: list[str] = field(default_factory=list)
    base: dict[str, Records] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in (*SHARED_NAMES.values(), "parameters"):
            records = getattr(self, name)
            self.base[name] = _copy(records)
        for records, places in ((self.astrocytes, self.astrocyte_of), (self.pools, self.pool_of)):
            records["synapses"] = np.bincount(places, minlength=len(records))
            pairs = np.unique(places * len(self.neurons) + self.neuron_of)
            records["neurons"] = np.bincount(pairs // len(self.neurons), minlength=len(records))
        check_time(float(self.neurons["time"].max()))
        if len(set(self.neurons["time"])) > 1:
            raise ValueError(
                "simulated_time must be equal for all neurons of a group; got "
                + ", ".join(f"{t:g} ms" for t in self.neurons["time"])
            )
        self.set_conditions({})

    @property
    def time(self) -> float:
        """Simulated time of the group, ms."""
        return float(self.neurons["time"].max())

    def copy(self) -> "Group":
        """Return an independent copy, in the same conditions."""
        names = (*SHARED_NAMES.values(), "states", "parameters")
        parts: dict[str, Any] = {name: _copy(getattr(self, name)) for name in names}
        other = Group(
            **parts,
            neuron_of=self.neuron_of,
            cleft_of=self.cleft_of,
            astrocyte_of=self.astrocyte_of,
            pool_of=self.pool_of,
        )
        other.take(self)
        return other

    def take(self, other: "Group") -> None:
        """Take over states, conditions and parameters of a copy of this group."""
        for name in (*SHARED_NAMES.values(), "states", "parameters"):
            setattr(self, name, _copy(getattr(other, name)))
        self.base = {name: _copy(records) for name, records in other.base.items()}
        self.drugs = list(other.drugs)

    def draw_keys(self, generator: np.random.Generator, *, renew: bool = False) -> bool:
        """Give a key to each synapse that draws its vesicles and has none; say if any did.

        ``renew`` draws new keys for all of them, in the order of the synapses.
        """
        wanted = self.base["parameters"]["release_sites"] >= 1.0
        if not renew:
            wanted &= self.states["release_key"] == 0.0
        count = int(wanted.sum())
        if count:
            self.states["release_key"][wanted] = generator.integers(1, 2**53, size=count)
        return count > 0

    def set_bath(self, name: str, value: float) -> None:
        """Change the bath for good, for the whole group."""
        value = BATH[name].check(value)
        self.base[PART_OF[name]][name] = value

    def set_conditions(self, bath: Mapping[str, float]) -> None:
        """Put parameters in force: base, then ``bath``, then the drugs present."""
        for name, records in self.base.items():
            target = getattr(self, name)
            if is_one_record(target):
                target = records if not bath and not self.drugs else records.copy()
                setattr(self, name, target)
            if target is records:
                continue
            for column in parameter_names(name):
                target[column] = records[column]
        for name, value in bath.items():
            getattr(self, PART_OF[name])[name] = BATH[name].check(value)
        for drug in self.drugs:
            for name, value in DRUGS[drug].effect.items():
                getattr(self, PART_OF[name])[name] = value


def _copy(records: Records) -> Records:
    """Return a copy, unless all are one record that nobody can write to."""
    return records if is_one_record(records) else records.copy()


def is_one_record(records: Records) -> bool:
    """Return whether one record stands for all."""
    return records.strides == (0,)


def check_time(time: float) -> None:
    """Raise ``ValueError`` unless a simulated time (ms) is one that ticks can still move."""
    if not 0.0 <= time <= LATEST:
        raise ValueError(f"simulated_time must be 0 to {LATEST:g} ms; got {time:g} ms")


def parameter_names(part: str) -> tuple[str, ...]:
    """Return the names of the parameters that a part of a group holds."""
    return _PARAMETERS[part]


def make_group(
    synapses: int = 1,
    *,
    neurons: int = 1,
    neuron_of: Sequence[int] | None = None,
    shared_pools: bool = True,
    values: Mapping[str, float] | None = None,
    per_synapse: Iterable[Mapping[str, float]] = (),
) -> Group:
    """Return a group at rest, without a database.

    ``values`` sets states and parameters by name everywhere, ``per_synapse`` for one
    synapse after the other. With ``shared_pools`` all neurons share one astrocyte unit
    and one protein pool, otherwise each neuron has its own; dopamine is shared.
    """
    places = np.array(neuron_of if neuron_of is not None else [0] * synapses, dtype=np.intp)
    pools = 1 if shared_pools else neurons
    pool_of = np.zeros_like(places) if shared_pools else places
    records: dict[str, Any] = {
        "neurons": at_rest(NEURON_RECORD, neurons),
        "clefts": at_rest(CLEFT_RECORD, 1),
        "astrocytes": at_rest(ASTROCYTE_RECORD, pools),
        "pools": at_rest(POOL_RECORD, pools),
        "states": at_rest(STATE, synapses),
        "parameters": at_rest(PARAMETER, synapses),
    }
    for name, value in (values or {}).items():
        _set(records, name, value, slice(None))
    for i, own in enumerate(per_synapse):
        for name, value in own.items():
            _set(records, name, value, slice(i, i + 1))
    return Group(
        **records,
        neuron_of=places,
        cleft_of=np.zeros_like(places),
        astrocyte_of=pool_of,
        pool_of=pool_of,
    )


def _set(records: dict[str, Any], name: str, value: float, where: slice) -> None:
    found = [r for r in records.values() if name in r.dtype.names]
    if not found:
        raise ValueError(f"no quantity named {name}")
    found[0][name][where] = value
