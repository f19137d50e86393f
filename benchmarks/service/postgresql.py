"""A PostgreSQL of its own that waits for the disk, as a real one does; gone afterwards."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: p.parts[-3])


def is_here() -> bool:
    """Whether there is a PostgreSQL on this machine."""
    return bool(PROGRAMS)


@contextmanager
def running() -> Iterator[str]:
    """Give its address; ``scripts/with_postgresql.sh`` is for tests and does not wait."""
    programs, folder = PROGRAMS[-1].parent, Path(tempfile.mkdtemp())
    mine = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if mine:
        shutil.chown(folder, "postgres")
    data = folder / "data"

    def run(program: str, *arguments: str) -> None:
        command = [*mine, str(programs / program), "-D", str(data), *arguments]
        subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, check=True)

    try:
        run("initdb", "-A", "trust", "-U", "benchmark", "-E", "UTF8")
        options = f"-c listen_addresses='' -c unix_socket_directories={folder}"
        run("pg_ctl", "-l", str(folder / "log"), "-s", "-w", "-o", options, "start")
        yield f"postgres://benchmark@/{folder}/postgres"
        run("pg_ctl", "-m", "fast", "-s", "stop")
    finally:
        if (data / "postmaster.pid").exists():
            run("pg_ctl", "-m", "immediate", "-s", "stop")
        shutil.rmtree(folder, ignore_errors=True)
