"""The different combinations of neuron, cleft, unit and pool that synapses have."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from synapse.plasticity.group import LINK_OF, Group, parameter_names
from synapse.plasticity.lanes.drive import Trains
from synapse.plasticity.lanes.layout import SURROUNDINGS


class Surroundings:
    """The different combinations of neuron, cleft, unit and pool that synapses have."""

    def __init__(self, group: Group) -> None:
        code = np.zeros(len(group.states), dtype=np.int64)
        for part, link in LINK_OF.items():
            code = code * len(getattr(group, part)) + getattr(group, link)
        _, self.first, self.of = np.unique(code, return_index=True, return_inverse=True)
        self.links = {part: getattr(group, link)[self.first] for part, link in LINK_OF.items()}

    def kinds(self, group: Group) -> NDArray[np.int64]:
        """Return a number for each surroundings, equal where all parameters are."""
        equal = all(all_equal(getattr(group, part), parameter_names(part)) for part in LINK_OF)
        count = len(self.first)
        return np.zeros(count, dtype=np.int64) if equal else np.arange(count, dtype=np.int64)

    def rows(self, group: Group) -> NDArray[np.float64]:
        """Return what is shared at this moment, one row a surroundings."""
        rows = np.zeros((len(self.first), len(SURROUNDINGS)))
        for part in reversed(LINK_OF):  # a unit's number of synapses after the pool's
            records = getattr(group, part)
            for name in records.dtype.names:
                rows[:, SURROUNDINGS.index(name)] = records[name][self.links[part]]
        return rows

    def give_back(self, group: Group, ended: NDArray[np.float64], until: float) -> None:
        """Take the state of neurons and clefts at the end of an interval."""
        for part in ("neurons", "clefts"):
            records, places = getattr(group, part), self.links[part]
            known = parameter_names(part)
            for name in records.dtype.names:
                if name not in known:
                    records[name][places[::-1]] = ended[::-1, SURROUNDINGS.index(name)]
        group.neurons["time"] = until

    def spread_posts(self, posts: Trains) -> dict[str, Any]:
        """Return the neurons' spikes, once for each surroundings."""
        picked = posts.pick(self.links["neurons"])
        return {"post_start": picked.start, "post_times": picked.times}

    def spread_pulses(self, pulses: list[tuple[float, int, int, float]]) -> dict[str, Any]:
        """Return the pulses that reach each surroundings."""
        own = (
            [[p for p in pulses if p[2] in (-1, c)] for c in self.links["clefts"]]
            if (pulses)
            else [[] for _ in self.links["clefts"]]
        )
        flat = [p for mine in own for p in mine]
        return {
            "pulse_start": np.concatenate([[0], np.cumsum([len(p) for p in own])]).astype(np.int64),
            "pulse_times": np.array([p[0] for p in flat], dtype=np.float64),
            "pulse_kinds": np.array([p[1] for p in flat], dtype=np.int64),
            "pulse_values": np.array([p[3] for p in flat], dtype=np.float64),
        }


def all_equal(records: NDArray[np.void], names: tuple[str, ...]) -> bool:
    """Return whether records have the same values under some names."""
    return all(bool((records[name] == records[name][0]).all()) for name in names)
