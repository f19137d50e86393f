"""Checkpoints: states in the database, large ones in files beside it."""

import os
from pathlib import Path
from secrets import token_hex
from typing import Any

from django.conf import settings
from django.db import transaction

from learner.models import Checkpoint, CheckpointKind, Learner
from learner.services.states import describe, digest_of, pack_state, unpack_state

LARGEST_IN_ROW = 4_000_000
"""Bytes; a larger state is a file."""


def folder() -> Path:
    """Return the folder of large states and of writers' locks."""
    return Path(settings.TRACES_DIR) / "learners"


def store_checkpoint(
    learner: Learner, state: dict[str, Any], *, kind: CheckpointKind, position: int, version: int
) -> Checkpoint:
    """Store a state; the head and a snapshot at the same position are replaced."""
    data = pack_state(state)
    key: dict[str, Any] = {"position": position} if kind == CheckpointKind.SNAPSHOT else {}
    old = Checkpoint.objects.filter(learner=learner, kind=kind, **key)
    replaced = [path for path in old.values_list("path", flat=True) if path]
    large = len(data) > LARGEST_IN_ROW
    row, _ = Checkpoint.objects.update_or_create(
        learner=learner, kind=kind, **key,
        defaults={
            "position": position,
            "version": version,
            "meta": describe(state),
            "arrays": None if large else data,
            "path": write_file(data) if large else "",
            "digest": digest_of(data),
        },
    )  # fmt: skip
    remove_files(replaced)
    return row


def load_checkpoint(row: Checkpoint) -> dict[str, Any]:
    """Return the state of a checkpoint, after a look at its digest."""
    if not row.path:
        data = bytes(row.arrays or b"")
    else:
        try:
            data = (Path(settings.TRACES_DIR) / row.path).read_bytes()
        except OSError as problem:
            raise ValueError(f"{row} cannot be read: {problem}") from None
    if digest_of(data) != row.digest:
        raise ValueError(f"{row} is damaged: its digest is not the one that was stored")
    return unpack_state(data)


def delete_checkpoints(rows: Any) -> None:
    """Delete rows, and their files once the transaction has ended."""
    paths = [path for path in rows.values_list("path", flat=True) if path]
    rows.delete()
    remove_files(paths)


def write_file(data: bytes) -> str:
    """Write a large state, all of it or nothing; return its path below TRACES_DIR."""
    place = folder()
    place.mkdir(parents=True, exist_ok=True)
    target = place / f"{token_hex(16)}.npz"
    waiting = target.with_suffix(".part")
    with waiting.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    waiting.replace(target)
    _keep_names(place)
    return target.relative_to(settings.TRACES_DIR).as_posix()


def _keep_names(place: Path) -> None:
    """Write a folder's names to the disk, so that a power cut leaves the file its own."""
    if os.name == "nt":  # a folder cannot be opened there
        return
    opened = os.open(place, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def remove_files(paths: list[str]) -> None:
    """Remove files of states once the transaction that replaced them has ended."""

    def remove() -> None:
        for path in paths:
            (Path(settings.TRACES_DIR) / path).unlink(missing_ok=True)

    if paths:
        transaction.on_commit(remove)
