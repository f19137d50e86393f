"""The manifest of a run: all that is needed to do it again and to compare, as JSON."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from synapse.models import Run, RunStatus
from synapse.services.group_records import group_from
from synapse.services.population import Loaded
from synapse.services.runs import AGAIN

FORMAT = "synapse run manifest"
VERSION = 1
LARGEST = 200_000_000
"""Bytes of a file that is read."""
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
        return Loaded(
            group=group_from(data["start_state"], data["parameters"]),
            synapse_keys=[int(key) for key in data["start_state"]["synapses"]],
            shared_keys={}, versions={}, random_state=data["random_state"],
        )  # fmt: skip
    except (KeyError, TypeError, IndexError, AttributeError, StopIteration) as error:
        raise ManifestError(f"the start state cannot be read: {error!r}") from error
