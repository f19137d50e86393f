"""A population split by whole neurons, and put together again: arrays only.

Neurons that have a dopamine cleft in common stay together. Astrocyte units and protein
pools may cross shares, since what they take in are sums that are exact in any order.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synapse.plasticity.group import LINK_OF, Group, parameter_names
from synapse.plasticity.lanes.drive import Drive, Trains
from synapse.plasticity.lanes.part import uses_processes
from synapse.plasticity.lanes.surroundings import all_equal
from synapse.plasticity.recording import VARIABLES

Kept = dict[str, NDArray[Any]]
"""A checkpoint: of a share, or of the whole population."""
Places = NDArray[np.intp]

OF_SYNAPSES = ("states", "last_spike", "next_pre", "pre_count")
OF_NEURONS = ("neurons", "post_following", "post_counts")
RECORDED = ("recorded_times", "recorded_rows")


@dataclass(frozen=True, kw_only=True)
class Recording:
    """What to keep: of some synapses (by place) some variables, every so many intervals."""

    synapses: Sequence[int] = ()
    variables: Sequence[str] = ("weight",)
    every: int = 1

    @property
    def columns(self) -> list[int]:
        """Return the places of the variables."""
        return [VARIABLES.index(name) for name in self.variables]

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {**vars(self), "synapses": list(self.synapses), "variables": list(self.variables)}


@dataclass(kw_only=True)
class Share:
    """Some neurons of a population with their synapses and input, ready to be sent.

    ``places`` says which rows of the whole they are, by part and, under ``synapses``, for
    the synapses. ``records`` are those in force; parameters that are equal everywhere are
    one record.
    """

    places: dict[str, Places]
    records: dict[str, NDArray[Any]]
    drive: Drive
    recording: Recording
    processes: bool
    whole: dict[str, int]
    threads: int = 1
    signature: dict[str, str] = field(default_factory=dict)
    crossing: bool = False

    def group(self) -> Group:
        """Return the neurons of this share as a group of its own."""
        records: dict[str, Any] = {n: self.records[n].copy() for n in (*LINK_OF, "states")}
        parameters, count = self.records["parameters"].copy(), len(records["states"])
        if len(parameters) < count:
            parameters = np.broadcast_to(parameters, count)
        records |= {link: self.records[link] for link in LINK_OF.values()}
        group = Group(**records, parameters=parameters)
        group.base = {}  # conditions are in force already, and do not change
        for part in ("astrocytes", "pools"):  # of the whole population, not of this share
            for name in ("synapses", "neurons"):
                getattr(group, part)[name] = self.records[part][name]
        return group


def split(
    group: Group, drive: Drive, parts: int, *, recording: Recording | None = None
) -> list[Share]:
    """Return at most ``parts`` shares with about equally many synapses."""
    of_neuron = share_of_neurons(group, parts)
    of_synapse = of_neuron[group.neuron_of]
    processes = uses_processes(group, drive)
    equal = all_equal(group.parameters, parameter_names("parameters"))
    shares = []
    for number in np.unique(of_synapse):
        places = {"synapses": np.flatnonzero(of_synapse == number)}
        places["neurons"] = np.flatnonzero(of_neuron == number)
        for part in ("clefts", "astrocytes", "pools"):
            places[part] = np.unique(getattr(group, LINK_OF[part])[places["synapses"]])
        rows = places["synapses"]
        records = {part: getattr(group, part)[places[part]] for part in LINK_OF}
        for part, link in LINK_OF.items():
            records[link] = np.searchsorted(places[part], getattr(group, link)[rows])
        records["states"] = group.states[rows]
        records["parameters"] = group.parameters[rows[:1] if equal else rows]
        shares.append(
            Share(
                places=places,
                records=records,
                drive=pick_drive(drive, places),
                recording=_pick_recording(recording or Recording(), rows),
                processes=processes,
                whole={part: len(getattr(group, part)) for part in ("astrocytes", "pools")},
            )
        )
    crossing = _cross(shares)
    return [replace(share, crossing=crossing) for share in shares]


def share_of_neurons(group: Group, parts: int) -> Places:
    """Return the number of each neuron's share; neurons of one cleft have the same."""
    bundle = np.arange(len(group.neurons))
    while True:  # the lowest number among neurons that clefts connect
        lowest = np.full(len(group.clefts), len(bundle))
        np.minimum.at(lowest, group.cleft_of, bundle[group.neuron_of])
        found = bundle.copy()
        np.minimum.at(found, group.neuron_of, lowest[group.cleft_of])
        if (found == bundle).all():
            break
        bundle = found
    sizes = np.bincount(bundle[group.neuron_of], minlength=len(bundle))
    middle = np.cumsum(sizes) - sizes / 2.0
    share = np.floor(middle * parts / len(group.states)).astype(np.intp)
    return np.minimum(share, parts - 1)[bundle]


def _cross(shares: Sequence[Share]) -> bool:
    """Return whether a unit or a pool is in several shares."""
    for part in ("astrocytes", "pools"):
        together = np.concatenate([share.places[part] for share in shares])
        if len(np.unique(together)) < len(together):
            return True
    return False


def pick_drive(drive: Drive, places: dict[str, Places]) -> Drive:
    """Return the input of some synapses and neurons; they keep their numbers."""
    synapses, neurons, clefts = places["synapses"], places["neurons"], places["clefts"]
    assert drive.synapse_keys is not None
    assert drive.neuron_keys is not None
    pre, values = drive.pre_trains, drive.pre_values
    if pre is not None and values is not None:
        values = Trains(start=pre.start, times=values).pick(synapses).times
    new = {int(cleft): place for place, cleft in enumerate(clefts)}
    return replace(
        drive,
        pre_rates=drive.pre_rates[synapses],
        post_rates=drive.post_rates[neurons],
        pre_trains=pre and pre.pick(synapses),
        pre_values=values,
        post_trains=drive.post_trains and drive.post_trains.pick(neurons),
        pulses=[
            (time, kind, new.get(cleft, -1), value)
            for time, kind, cleft, value in drive.pulses
            if cleft == -1 or cleft in new
        ],
        synapse_keys=drive.synapse_keys[synapses],
        neuron_keys=drive.neuron_keys[neurons],
    )


def _pick_recording(recording: Recording, rows: Places) -> Recording:
    """Return the places within a share of what is recorded."""
    own = np.flatnonzero(np.isin(rows, np.array(recording.synapses, dtype=np.intp)))
    return replace(recording, synapses=own.tolist())


# --- checkpoints ---------------------------------------------------------------------------


def cut(kept: Kept, share: Share) -> Kept:
    """Return the share's part of a checkpoint of the whole."""
    own = {name: kept[name][share.places["synapses"]] for name in OF_SYNAPSES}
    own |= {name: kept[name][share.places["neurons"]] for name in OF_NEURONS}
    own |= {part: kept[part][share.places[part]] for part in ("clefts", "astrocytes", "pools")}
    own |= {"time": kept["time"], "ticks": np.array(0), "intervals": kept["intervals"]}
    shape = (0, len(share.recording.synapses), len(share.recording.columns))
    return own | {"recorded_times": np.zeros(0), "recorded_rows": np.zeros(shape)}


def merge(shares: Sequence[Share], parts: Sequence[Kept], before: Kept) -> Kept:
    """Return the checkpoint of the whole from those of all shares.

    ``before`` is one of the whole: ticks and recording of the shares are added to its.
    """
    kept = {name: values.copy() for name, values in before.items()}
    for share, own in zip(shares, parts, strict=True):
        for name in OF_SYNAPSES:
            kept[name][share.places["synapses"]] = own[name]
        for name in OF_NEURONS:
            kept[name][share.places["neurons"]] = own[name]
        for part in ("clefts", "astrocytes", "pools"):
            kept[part][share.places[part]] = own[part]
    kept["time"], kept["intervals"] = parts[0]["time"], parts[0]["intervals"]
    kept["ticks"] = before["ticks"] + sum(int(own["ticks"]) for own in parts)
    recorded = [own for s, own in zip(shares, parts, strict=True) if s.recording.synapses]
    if recorded:
        rows = np.concatenate([own["recorded_rows"] for own in recorded], axis=1)
        times = recorded[0]["recorded_times"]
        kept["recorded_times"] = np.concatenate([before["recorded_times"], times])
        kept["recorded_rows"] = np.concatenate([before["recorded_rows"], rows])
    return kept


def start_of(group: Group, recording: Recording) -> Kept:
    """Return what a checkpoint of the whole has before anything was done."""
    synapses, neurons = len(group.states), len(group.neurons)
    kept = {name: getattr(group, name).copy() for name in ("states", *LINK_OF)}
    kept |= {name: np.zeros(synapses) for name in ("last_spike", "next_pre")}
    kept["pre_count"] = np.zeros(synapses, dtype=np.int64)
    kept["post_following"] = np.zeros(neurons)
    kept["post_counts"] = np.zeros(neurons, dtype=np.int64)
    kept |= {"time": np.array(group.time), "ticks": np.array(0), "intervals": np.array(0)}
    shape = (0, len(recording.synapses), len(recording.columns))
    return kept | {"recorded_times": np.zeros(0), "recorded_rows": np.zeros(shape)}


def put(group: Group, kept: Kept) -> None:
    """Put the states of a checkpoint of the whole into the group."""
    for name in ("states", *LINK_OF):
        getattr(group, name)[:] = kept[name]
