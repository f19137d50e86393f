"""The manifest of a run: all that is needed to do it again and to compare, as JSON."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from synapse.models import Run, RunStatus
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
from synapse.services.population import Loaded
from synapse.services.run_records import PLACES
from synapse.services.runs import AGAIN

FORMAT = "synapse run manifest"
VERSION = 1
LARGEST = 200_000_000
"""Bytes of a file that is read."""
RECORDS = {
    "neurons": NEURON_RECORD, "clefts": CLEFT_RECORD, "astrocytes": ASTROCYTE_RECORD,
    "pools": POOL_RECORD, "states": STATE, "parameters": PARAMETER,
}  # fmt: skip
STORED = ("protocol", "start_state", "parameters", "clock", "random_state", "seed", "versions",
          "back_end", "ticks", "result", "result_hash")  # fmt: skip
"""Columns of a run that are its manifest."""

Manifest = Mapping[str, Any]


class ManifestError(ValueError):
    """A file that is not a manifest."""


def manifest_of(run: Run) -> dict[str, Any]:
    """Return the manifest of a finished run; raises ``ValueError`` for any other."""
    if run.status != RunStatus.DONE or AGAIN in run.protocol:
        raise ValueError(f"Run {run.pk} has no manifest: only a run that was finished has one.")
    data = {
        "format": FORMAT,
        "format_version": VERSION,
        "run": run.pk,
        "title": run.title,
        **{name: getattr(run, name) for name in STORED},
    }
    return data | {"manifest_hash": fingerprint(data)}


def fingerprint(data: Manifest) -> str:
    """Return the SHA-256 of a manifest, without its own hash."""
    rest = {name: value for name, value in data.items() if name != "manifest_hash"}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def read_manifest(path: str) -> dict[str, Any]:
    """Return the manifest in a file."""
    file = Path(path)
    try:
        if file.stat().st_size > LARGEST:
            raise ManifestError(f"{path} is larger than {LARGEST // 1_000_000} MB")
        data = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ManifestError(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise ManifestError(f"{path} is not JSON: {error}") from error
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise ManifestError(f"{path} is not a manifest of a run")
    if data.get("format_version") != VERSION:
        raise ManifestError(
            f"{path} has format version {data.get('format_version')}; this program reads {VERSION}"
        )
    missing = [name for name in STORED if name not in data]
    if missing:
        raise ManifestError(f"{path}: {missing[0]} is missing")
    return data


def loaded_from(data: Manifest) -> Loaded:
    """Return the group as it was at the start of a run, without the database."""
    try:
        return _loaded(data)
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        raise ManifestError(f"the start state cannot be read: {error!r}") from error


def _loaded(data: Manifest) -> Loaded:
    start, parameters = data["start_state"], data["parameters"]
    keys = [int(key) for key in start["synapses"]]
    sizes = {part: len(keys) for part in ("states", "parameters")}
    parts: dict[str, Any] = {}
    for part, dtype in RECORDS.items():
        columns = dict(parameters.get(part, {})) | dict(start.get(part, {}))
        size = sizes.get(part) or len(next(iter(columns.values())))
        parts[part] = _filled(at_rest(dtype, size), columns)
    parts |= {place: np.array(start[place], dtype=np.intp) for place in PLACES}
    group = Group(**parts, drugs=[str(name) for name in start["drugs"]])
    return Loaded(
        group=group, synapse_keys=keys, shared_keys={}, versions={},
        random_state=data["random_state"],
    )  # fmt: skip


def _filled(records: Records, columns: Mapping[str, Any]) -> Records:
    """Put columns into records; null stands for never (minus infinity)."""
    for name, values in columns.items():
        if name not in (records.dtype.names or ()):
            raise ManifestError(f"there is no quantity named {name}")
        if len(values) != len(records):
            raise ManifestError(f"{name} has {len(values)} values instead of {len(records)}")
        records[name] = [-np.inf if value is None else float(value) for value in values]
    return records
