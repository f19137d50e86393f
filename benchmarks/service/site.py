"""A site of its own under gunicorn: started, measured from outside, ended."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import suppress
from pathlib import Path
from socket import socket
from typing import Self

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "benchmark"
COUNTER = re.compile(r"edr_requests_total\{(.*)\} (\S+)")
OPERATIONS = {"api_v1:learn": 1, "api_v1:learn_batch": 100}


class Site:
    """A gunicorn with threads on a free port of this machine; use it in ``with``."""

    def __init__(self, *, key: str, processes: int, url: str, timed: bool = False) -> None:
        self.key, self.processes = key, processes
        with socket() as free:
            free.bind(("127.0.0.1", 0))
            place = "{}:{}".format(*free.getsockname())
        self.address = f"http://{place}"
        self._folder = Path(tempfile.mkdtemp())
        environment = os.environ | {
            "DATABASE_URL": url, "DEMO": "0", "LEARNER_RATE": "1000000000/s",
            "METRICS_TOKEN": TOKEN, "LOG_LEVEL": "ERROR", "TIMED": "1" if timed else "",
        }  # fmt: skip
        if processes > 1:
            environment["PROMETHEUS_MULTIPROC_DIR"] = str(self._folder / "counted")
        command = [
            sys.executable, "-m", "gunicorn", "benchmarks.service.wsgi", "--bind", place,
            "--worker-class", "gthread", "--workers", str(processes), "--threads", "8",
            "--keep-alive", "60", "--no-control-socket", "--log-level", "warning",
        ]  # fmt: skip
        self.server = subprocess.Popen(command, cwd=ROOT, env=environment)

    def __enter__(self) -> Self:
        for _ in range(600):
            if self.server.poll() is not None:
                raise SystemExit("gunicorn did not start")
            with suppress(OSError):
                self.get("/healthz")
                return self
            time.sleep(0.1)
        raise SystemExit("the site did not answer")

    def __exit__(self, *_: object) -> None:
        self.server.send_signal(signal.SIGTERM)
        self.server.wait(timeout=60)
        shutil.rmtree(self._folder, ignore_errors=True)

    def get(self, path: str, *, token: str = "") -> str:
        """Return what stands at an address."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        request = urllib.request.Request(self.address + path, headers=headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            text: str = answer.read().decode()
        return text

    def counters(self) -> dict[str, float]:
        """Return what the site itself counted."""
        text = self.get("/metrics", token=TOKEN)
        found = dict(
            line.rsplit(" ", 1) for line in text.splitlines() if line and not line.startswith("#")
        )
        names = ("edr_drained_events", "edr_lock_seconds")
        numbers = {f"{n}_{k}": float(found[f"{n}_{k}"]) for n in names for k in ("sum", "count")}
        return numbers | {"answered": answered(text)}

    def cpu(self) -> float:
        """Return the processor time of its processes so far, s."""
        return sum(cpu_of(pid) for pid in (self.server.pid, *children(self.server.pid)))


def answered(text: str) -> float:
    """Return the events that the site says it answered with success."""
    total = 0.0
    for labels, count in COUNTER.findall(text):
        told = dict(re.findall(r'(\w+)="([^"]*)"', labels))
        if told["status"] == "200":
            total += OPERATIONS.get(told["operation"], 0) * float(count)
    return total


def children(pid: int) -> list[int]:
    """Return the processes that a process started."""
    with suppress(OSError):
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
        return [int(word) for word in text.split()]
    return []


def ticks() -> int:
    """Return in how many parts the system counts a second."""
    return os.sysconf("SC_CLK_TCK")


def cpu_of(pid: int) -> float:
    """Return the processor time of a process and of those that it waited for, s."""
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        return sum(map(int, fields[11:15])) / ticks()
    return 0.0


def machine_cpu() -> float:
    """Return the processor time that all of the machine spent so far, s."""
    fields = [int(word) for word in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    return float(sum(fields) - fields[3] - fields[4]) / ticks()
