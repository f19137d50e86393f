"""What docs/learner-api.md shows, run as a reader would against a live server."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from learner.api import requests, values
from learner.models import Event, EventStatus, Learner
from synapse.services.tokens import create_token

DOCUMENT = Path("docs") / "learner-api.md"


def blocks(repository: Path, kind: str) -> str:
    """Return all the examples of a kind, one after the other."""
    text = (repository / DOCUMENT).read_text(encoding="utf-8")
    return "\n\n".join(re.findall(rf"```{kind}\n(.*?)```", text, re.DOTALL))


@pytest.fixture
def environment(live_server: Any, users: dict[str, Any]) -> dict[str, str]:
    """The address of the site, and a token of the owner."""
    token = create_token(user=users["owner"], name="docs", days=1)[1]
    return os.environ | {"SITE": live_server.url, "TOKEN": token}


def run(command: list[str], environment: dict[str, str], place: Path) -> str:
    done = subprocess.run(
        command, env=environment, cwd=place, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.django_db(transaction=True)
def test_the_python_of_the_document_runs(
    repository: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    said = run([sys.executable, "-c", blocks(repository, "python")], environment, tmp_path)
    assert "it says shut" in said
    assert "taken back, it says open" in said
    assert "learned\nduplicate\n409: " in said
    assert "slept as commit" in said
    assert Learner.objects.get().name == "doors"


@pytest.mark.skipif(not shutil.which("curl"), reason="no curl on this machine")
@pytest.mark.django_db(transaction=True)
def test_the_curl_of_the_document_runs(
    repository: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    script = "set -eu\n" + blocks(repository, "sh")
    said = run(["bash", "-c", script], environment, tmp_path)
    assert "event: commit" in said
    assert {row.name: row.events for row in Learner.objects.all()} == {
        "lights": 4, "lights again": 4,
    }  # fmt: skip
    statuses = set(Event.objects.values_list("identifier", "status"))
    assert statuses == {("e-1", EventStatus.LEARNED), ("e-2", EventStatus.LABELLED)}


def test_limits_of_the_document_are_those_of_the_code(repository: Path) -> None:
    text = " ".join((repository / DOCUMENT).read_text(encoding="utf-8").split())
    for told in (
        f"an event {values.MOST_FEATURES:,} features", f"a batch {values.MOST_EVENTS:,} events",
        f"text {values.LONGEST_NAME} characters", f"a sleep {requests.MOST_REPLAYS:,} replays",
    ):  # fmt: skip
        assert told in text
