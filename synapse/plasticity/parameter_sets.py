"""Presets as the core reads them: the JSON files beside the models, without a database."""

import json
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "presets"


@cache
def preset_values(name: str) -> dict[str, float]:
    """Return what a preset changes from the defaults, by name of the quantity.

    Raises ``ValueError`` that lists the known presets.
    """
    files = {path.stem: path for path in sorted(FOLDER.glob("*.json"))}
    if name not in files:
        raise ValueError(f"there is no preset {name!r}; known are {', '.join(files)}")
    components = json.loads(files[name].read_text(encoding="utf-8"))["values"]
    return {field: value for values in components.values() for field, value in values.items()}
