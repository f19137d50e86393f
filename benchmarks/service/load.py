"""Drive a site with ``wrk`` and read what it says."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCRIPT = Path(__file__).with_name("load.lua")
EVENTS = {"batch": 100, "session": 0, "server": 0}
"""Events in a request; one where it is not said."""


@dataclass(frozen=True)
class Drive:
    """What is asked of which learners."""

    what: str
    learners: tuple[int, ...] = ()
    connections: int = 8
    threads: int = 2


def start(site: Any, drive: Drive, *, seconds: float, prefix: str) -> subprocess.Popen[str]:
    """Start ``wrk``."""
    command = [
        "wrk", "-c", str(drive.connections), "-t", str(drive.threads), "-d", f"{seconds:g}s",
        "--timeout", "30s", "-s", str(SCRIPT), site.address, "--", site.key, drive.what, prefix,
        ",".join(map(str, drive.learners)),
    ]  # fmt: skip
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def finish(process: subprocess.Popen[str], drive: Drive) -> dict[str, Any]:
    """Wait for ``wrk`` and return what it measured."""
    text, _ = process.communicate(timeout=120)
    if process.returncode:
        raise SystemExit(f"wrk ended with {process.returncode}: {text}")
    return result(text) | {"what": drive.what}


def result(text: str) -> dict[str, Any]:
    """Return rates, latencies in ms and errors out of what the script printed."""
    line = next(line for line in text.splitlines() if line.startswith("RESULT "))
    found: dict[str, Any] = json.loads(line.removeprefix("RESULT "))
    found["errors"] = found.pop("status") + found.pop("sockets")
    found["rate"] = found["requests"] / found["seconds"]
    return found
