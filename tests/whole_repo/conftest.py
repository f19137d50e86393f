"""Helpers of the tests that look at the whole repository."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def tracked(repository: Path) -> list[Path]:
    """Every file under version control that exists, as a path relative to the checkout."""
    if not (repository / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=repository, capture_output=True, text=True, check=True
    )
    names = [Path(name) for name in listed.stdout.split("\0") if name]
    return [name for name in names if (repository / name).is_file()]


@pytest.fixture
def manage(repository: Path, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """A function that runs manage.py in a process of its own, on a database of its own."""

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        known = {"PATH", "HOME", "SystemRoot", "LANG"}
        clean = {name: value for name, value in os.environ.items() if name in known}
        clean["DATABASE_URL"] = f"sqlite:///{tmp_path}/test.sqlite3"
        return subprocess.run(
            [sys.executable, str(repository / "manage.py"), *arguments],
            env=clean | environment,
            capture_output=True,
            text=True,
            timeout=120,
        )

    return run
