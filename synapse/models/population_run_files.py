"""The files of a population's runs: one folder each, deleted with its run."""

import shutil
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver


def folder_of(run: Any) -> Path | None:
    """Return the folder of a run's files, or None where it never had one."""
    name = Path(str(run.settings.get("folder", ""))).name
    return Path(settings.TRACES_DIR) / name if name.startswith("population-run-") else None


def remove_files(runs: Iterable[Any]) -> None:
    """Delete the files of runs once the transaction is through."""
    for run in runs:
        folder = folder_of(run)
        if folder is not None:
            transaction.on_commit(partial(shutil.rmtree, folder, ignore_errors=True))


@receiver(post_delete, sender="synapse.PopulationRun")
def _deleted(sender: Any, instance: Any, **kwargs: Any) -> None:
    remove_files([instance])
