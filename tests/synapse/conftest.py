"""Synapses to test with."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model

from synapse.models import Synapse
from synapse.services.examples import SHARED
from synapse.services.preset_files import load_presets
from synapse.services.presets import create_from_preset


@pytest.fixture
def presets(db: None) -> None:
    """The presets, loaded."""
    load_presets()


@pytest.fixture
def synapse(presets: None) -> Synapse:
    """A hippocampal synapse without an owner."""
    return create_from_preset(preset="hippocampus", name="first")


@pytest.fixture
def neighbours(synapse: Synapse) -> list[Synapse]:
    """Three synapses on one neuron, with all pools in common."""
    shared: dict[str, Any] = {part: getattr(synapse, part) for part in SHARED}
    return [
        synapse,
        create_from_preset(preset="hippocampus", name="second", **shared),
        create_from_preset(preset="hippocampus", name="third", **shared),
    ]


@pytest.fixture
def users(db: None) -> dict[str, Any]:
    """A user who owns things, another one, and an administrator."""
    make = get_user_model().objects
    return {
        "owner": make.create_user("owner", password="owner"),
        "other": make.create_user("other", password="other"),
        "admin": make.create_superuser("admin", password="admin"),
    }


@pytest.fixture(autouse=True)
def traces_dir(settings: Any, tmp_path: Path) -> None:
    """Keep large traces out of the checkout."""
    settings.TRACES_DIR = tmp_path
