"""Example synapses, a user, and a finished run, for the tests of the pages."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse

from synapse.models import Run, Synapse
from synapse.plasticity.bounds import MINUTE
from synapse.plasticity.protocols.pairing import single_pairing
from synapse.services.examples import load_examples
from synapse.services.presets import create_from_preset
from synapse.services.runs import execute

TEN_TICKS = {
    "mode": "ticks",
    "ticks-ticks": "10",
    "ticks-dt": "1",
    "ticks-dt_unit": "min",
    "ticks-each": "pairing",
    "ticks-seed": "",
}


@pytest.fixture(autouse=True)
def traces_dir(settings: Any, tmp_path: Any) -> None:
    settings.TRACES_DIR = tmp_path


@pytest.fixture
def examples(db: None) -> list[Synapse]:
    """The example synapses, public and without an owner."""
    return [synapse for synapse, _ in load_examples()]


@pytest.fixture
def synapse(examples: list[Synapse]) -> Synapse:
    """The first example."""
    return examples[0]


@pytest.fixture
def ada(db: None) -> User:
    return User.objects.create_user("ada", password="secret")


@pytest.fixture
def own(ada: User, examples: list[Synapse]) -> Synapse:
    """A private synapse of ada."""
    return create_from_preset(preset="hippocampus", name="Ada's synapse", owner=ada)


@pytest.fixture
def finished_run(synapse: Synapse) -> Run:
    """Ten ticks of a minute, a pairing in each."""
    return execute(
        synapse=synapse, protocol=single_pairing(), duration_ms=MINUTE, repeat=10, seed=1
    )


@pytest.fixture
def ten_ticks() -> dict[str, str]:
    """What the form for ticks sends."""
    return dict(TEN_TICKS)


@pytest.fixture
def words() -> Callable[[HttpResponse], str]:
    """A function that returns a page's text without its markup."""

    def read(response: HttpResponse) -> str:
        return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())

    return read
