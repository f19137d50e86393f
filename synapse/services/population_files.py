"""Files of a population's run: checkpoint, recording, input. Written aside and renamed."""

import os
import tempfile
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synapse.models import PopulationRun
from synapse.models.population_run_files import folder_of
from synapse.services.population_shares import Kept

CHECKPOINT, RECORDING, INPUT = "checkpoint.npz", "recording.npz", "input.npz"


def path_of(run: PopulationRun, name: str) -> Path:
    """Return where a file of a run lies."""
    folder = folder_of(run)
    if folder is None:
        raise ValueError(f"run {run.pk} has no folder")
    return folder / name


def write_arrays(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays as ``.npz``, all or nothing, also if the machine loses power."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".new-", delete=False) as file:
        try:
            np.savez(file, allow_pickle=False, **arrays)
            file.flush()
            os.fsync(file.fileno())
        except BaseException:
            Path(file.name).unlink()
            raise
    os.replace(file.name, path)


def remove_checkpoint(run: PopulationRun) -> None:
    """Delete a checkpoint that is needed no more, and the folder if nothing else is in it."""
    path = path_of(run, CHECKPOINT)
    path.unlink(missing_ok=True)
    with suppress(OSError):
        path.parent.rmdir()


def clean(run: PopulationRun) -> None:
    """Delete what a killed process had half written."""
    for rest in path_of(run, "").glob(".new-*"):
        rest.unlink(missing_ok=True)


def read_checkpoint(path: Path, like: Kept) -> Kept:
    """Return a checkpoint that has the same arrays as ``like``.

    Raises ``ValueError`` where it cannot be read or is of another population.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            kept = {name: arrays[name] for name in arrays.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"the checkpoint {path.name} cannot be read: {error}") from error
    for name in {*kept, *like}:
        if name not in kept or name not in like or not _fits(kept[name], like[name]):
            raise ValueError(f"the checkpoint {path.name} does not fit the population ({name})")
    return kept


def _fits(values: NDArray[Any], like: NDArray[Any]) -> bool:
    grows = like.size == 0
    shape = values.shape[1:] == like.shape[1:] if grows else values.shape == like.shape
    return shape and values.dtype == like.dtype


def recording_arrays(
    kept: Kept, *, variables: list[str], synapses: list[int], keys: list[int]
) -> dict[str, NDArray[Any]]:
    """Return a recording: time (ms), a (times, synapses) array a variable, and who they are."""
    rows = kept["recorded_rows"]
    return {
        "time": kept["recorded_times"],
        "synapses": np.array(synapses, dtype=np.int64),
        "keys": np.array([keys[place] for place in synapses], dtype=np.int64),
        **{name: rows[:, :, i] for i, name in enumerate(variables)},
    }


def read_recording(run: PopulationRun) -> dict[str, NDArray[Any]]:
    """Return what a run recorded, by name; nothing where nothing was recorded."""
    if not run.recording:
        return {}
    with np.load(path_of(run, RECORDING), allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}
