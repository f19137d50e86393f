"""``manage.py`` as a process of its own."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

Start = Callable[..., subprocess.Popen[str]]


def starter(repository: Path, folder: Path) -> Start:
    """Return a function that starts manage.py with database and traces in a folder."""
    environment = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{folder / 'own.sqlite3'}",
        "TRACES_DIR": str(folder / "traces"),
    }

    def start(*arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "manage.py", *arguments],
            cwd=repository, env=environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    return start
