"""What reaches a population in a run: made from options, described, kept, read again."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synapse.plasticity.bounds import LATEST
from synapse.plasticity.group import Group
from synapse.plasticity.lanes.drive import HIGHEST_RATE, Drive, Trains
from synapse.services.population_spikes import (
    KINDS,
    read_arrays,
    read_rates,
    read_spikes,
    source_of,
)

DEFAULT_RATE = 1.0
"""Hz."""
LARGEST_SEED = 2**63 - 1
ARRAYS = (
    *(f"{kind}_rates" for kind in KINDS),
    *(f"{kind}_{part}" for kind in KINDS for part in ("start", "times")),
)


@dataclass(frozen=True, kw_only=True)
class DriveOptions:
    """What was asked for: rates (Hz) for all, or files of rates and of spikes."""

    pre_rate: float | None = None
    post_rate: float | None = None
    rates: str = ""
    spikes: str = ""

    def check(self) -> None:
        """Raise ``ValueError`` for what cannot be, before anything is loaded."""
        for kind in KINDS:
            rate = self._rate(kind)
            if rate is not None and not 0.0 <= rate <= HIGHEST_RATE:
                raise ValueError(f"{kind}-rate must be 0 to {HIGHEST_RATE:g} Hz; got {rate:g} Hz")
        for file in (self.rates, self.spikes):
            if file and not Path(file).is_file():
                raise ValueError(f"there is no file {file}")

    def drive(self, group: Group, *, seed: int) -> Drive:
        """Return the input of a group from now on."""
        sources = {"pre": len(group.states), "post": len(group.neurons)}
        trains = read_spikes(self.spikes, sources=sources) if self.spikes else {}
        given = read_rates(self.rates, sources=sources) if self.rates else {}
        rates = {kind: self._rates(kind, count, given, trains) for kind, count in sources.items()}
        return Drive(
            pre_rates=rates["pre"],
            post_rates=rates["post"],
            pre_trains=_later(trains.get("pre"), group.time),
            post_trains=_later(trains.get("post"), group.time),
            seed=seed,
        )

    def _rate(self, kind: str) -> float | None:
        return self.pre_rate if kind == "pre" else self.post_rate

    def _rates(
        self, kind: str, count: int, given: Mapping[str, NDArray[np.float64]], trains: Any
    ) -> NDArray[np.float64]:
        """Return the rates of a kind: from the file or the option, never both."""
        rate = self._rate(kind)
        if kind in given and rate is not None:
            raise ValueError(f"give only one of --{kind}-rate and {kind}_rates in {self.rates}")
        if rate is None:
            rate = 0.0 if self.rates or self.spikes else DEFAULT_RATE
        rates = given.get(kind, np.full(count, rate))
        if kind in trains:
            both = np.flatnonzero((rates > 0.0) & (np.diff(trains[kind].start) > 0))
            if len(both):
                raise ValueError(
                    f"{source_of(kind)} {both[0]} has spikes in {Path(self.spikes).name}, so its "
                    f"{kind} rate must be 0; got {rates[both[0]]:g} Hz"
                )
        return rates


def _later(trains: Trains | None, start: float) -> Trains | None:
    """Return trains that were counted from the start of a run in simulated time."""
    if trains is None:
        return None
    times = start + trains.times
    wrong = times[times > LATEST]
    if len(wrong):
        raise ValueError(f"spikes must come before {LATEST:g} ms; got {wrong[0]:g} ms")
    return replace(trains, times=times)


def is_constant(drive: Drive) -> bool:
    """Return whether two rates say it all."""
    return (
        drive.pre_trains is None
        and drive.post_trains is None
        and all(len(np.unique(r)) <= 1 for r in (drive.pre_rates, drive.post_rates))
    )


def arrays_of(drive: Drive) -> dict[str, NDArray[Any]]:
    """Return rates and trains as arrays to keep."""
    arrays: dict[str, NDArray[Any]] = {
        "pre_rates": drive.pre_rates,
        "post_rates": drive.post_rates,
    }
    for kind, trains in (("pre", drive.pre_trains), ("post", drive.post_trains)):
        if trains is not None:
            arrays |= {f"{kind}_start": trains.start, f"{kind}_times": trains.times}
    return arrays


def describe(drive: Drive, options: DriveOptions) -> dict[str, Any]:
    """Return what the run's row keeps of its input."""
    if is_constant(drive):
        return {kind: float(rates[0]) for kind, rates in _rates_of(drive).items()}
    arrays = arrays_of(drive)
    files = {name: Path(getattr(options, name)).name for name in ("rates", "spikes")}
    spikes = {f"{k}_spikes": len(arrays[f"{k}_times"]) for k in KINDS if f"{k}_times" in arrays}
    return {**{k: v for k, v in files.items() if v}, **spikes, "sha256": digest(arrays)}


def restore_drive(kept: Mapping[str, Any], file: Path, group: Group, *, seed: int) -> Drive:
    """Return the input of a run again, from its row and what was kept of its files."""
    if "sha256" not in kept:
        return Drive(
            pre_rates=np.full(len(group.states), float(kept["pre_rate"])),
            post_rates=np.full(len(group.neurons), float(kept["post_rate"])),
            seed=seed,
        )
    arrays = read_arrays(file, ARRAYS)
    if digest(arrays) != kept["sha256"]:
        raise ValueError(f"{file} is not the input that the run began with")
    trains = {
        f"{kind}_trains": Trains(start=arrays[f"{kind}_start"], times=arrays[f"{kind}_times"])
        for kind in KINDS
        if f"{kind}_times" in arrays
    }
    rates = {name: arrays[name] for name in ("pre_rates", "post_rates")}
    return Drive(**rates, **trains, seed=seed)  # type: ignore[arg-type]


def digest(arrays: Mapping[str, NDArray[Any]]) -> str:
    """Return the SHA-256 of arrays by name."""
    found = hashlib.sha256()
    for name in sorted(arrays):
        found.update(f"{name} {arrays[name].dtype} {arrays[name].shape}\n".encode())
        found.update(np.ascontiguousarray(arrays[name]).tobytes())
    return found.hexdigest()


def _rates_of(drive: Drive) -> dict[str, NDArray[np.float64]]:
    return {"pre_rate": drive.pre_rates, "post_rate": drive.post_rates}
