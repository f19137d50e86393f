"""Presets from their JSON files into the database."""

import json
from pathlib import Path
from typing import Any

from django.db import transaction

from synapse.models import Preset
from synapse.services.values import checked

PRESETS_DIR = Path(__file__).resolve().parent.parent / "presets"
FIELDS = ("title", "version", "description", "source", "values")


def read_presets(folder: Path = PRESETS_DIR) -> list[dict[str, Any]]:
    """Return the presets of a folder, default first, or raise ``ValueError`` naming the file."""
    presets = [_read(path) for path in sorted(folder.glob("*.json"))]
    return sorted(presets, key=lambda preset: (bool(preset["values"]), preset["name"]))


@transaction.atomic
def load_presets(folder: Path = PRESETS_DIR) -> list[tuple[str, str]]:
    """Store new presets and newer versions; return each name with what was done."""
    outcomes = []
    for preset in read_presets(folder):
        stored = Preset.objects.filter(name=preset["name"]).first()
        if stored is None:
            Preset.objects.create(**preset)
            outcome = "created"
        elif stored.version < preset["version"]:
            for field in FIELDS:
                setattr(stored, field, preset[field])
            stored.save()
            outcome = "updated"
        else:
            outcome = "unchanged"
        outcomes.append((preset["name"], outcome))
    return outcomes


def _read(path: Path) -> dict[str, Any]:
    try:
        preset = json.loads(path.read_text(encoding="utf-8"))
        missing = {"name", *FIELDS} ^ set(preset)
        if missing:
            raise ValueError(f"missing or unknown: {', '.join(sorted(missing))}")
        checked(preset["values"], fixed=True)
    except (ValueError, AttributeError, TypeError) as error:
        raise ValueError(f"{path.name}: {error}") from error
    return dict(preset)
