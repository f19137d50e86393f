"""`make` says in one sentence what a machine lacks."""

import os
import shutil
import subprocess

import pytest

SENTENCES = {
    "old": "This project needs Python 3.13 or newer; the newest found here is 3.11.",
    "none": "This project needs Python 3.13 or newer; none was found here.",
    "venv": "Python's venv module is missing for python3; "
    "on Debian, apt-get install python3-venv brings it.",
    "network": "The requirements could not be fetched: "
    "there is no network, or the package index does not answer.",
}

OLD = """#!/bin/sh
case "$2" in
  *'sys.exit'*) exit 1 ;;
  *print*) echo 3.11 ;;
esac
"""
NO_VENV = """#!/bin/sh
case "$2" in
  *ensurepip*) exit 1 ;;
  *print*) echo 3.13 ;;
esac
"""
# A Python whose pip finds no network: `-m venv` puts the same script into the venv.
NO_NETWORK = """#!/bin/sh
case "$*" in
  *'-m venv'*) mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
  *'-m pip'*) echo 'WARNING: Retrying after NewConnectionError'; exit 1 ;;
  *print*) echo 3.13 ;;
esac
"""
TOOLS = ("sh", "make", "sort", "tail", "cat", "cksum", "cut", "basename", "mkdir", "cp", "touch",
         "grep")  # fmt: skip


@pytest.fixture
def make(repository, tmp_path):
    """A function that runs `make` where the only Python is the given script."""
    if not shutil.which("make"):
        pytest.skip("there is no make on this machine")
    for name in ("Makefile", "requirements.txt", "requirements-dev.txt", "scripts"):
        (tmp_path / name).symlink_to(repository / name)
    programs = tmp_path / "programs"
    programs.mkdir()
    for tool in TOOLS:
        (programs / tool).symlink_to(shutil.which(tool))

    def run(python, target="setup"):
        if python:
            script = programs / "python3"
            script.write_text(python, encoding="utf-8")
            script.chmod(0o755)
        environment = {"PATH": str(programs), "HOME": str(tmp_path), "SHELL": os.defpath}
        return subprocess.run(
            ["make", target], cwd=tmp_path, env=environment, capture_output=True, text=True
        )

    return run


@pytest.mark.parametrize("target", ["demo", "test", "serve"])
@pytest.mark.parametrize(
    ("python", "sentence"),
    [(OLD, "old"), ("", "none"), (NO_VENV, "venv"), (NO_NETWORK, "network")],
    ids=["old", "none", "venv", "network"],
)
def test_what_is_missing_is_one_sentence(make, python, sentence, target):
    done = make(python, target)
    said = [line for line in done.stderr.splitlines() if not line.startswith("make")]
    assert done.returncode != 0
    assert said == [SENTENCES[sentence]]


def test_help_lists_every_target(make, repository):
    text = (repository / "Makefile").read_text(encoding="utf-8")
    assert {"demo", "test", "serve", "lint", "clean", "help"} <= {
        line.split(":")[0] for line in text.splitlines() if "## " in line
    }
