"""What every part uses: the peers' environment, jobs, CPU time, and kept results."""

import hashlib
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.peers.problem import Problem

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
FOLDER = ROOT / "var" / "bench"
"""Results and the peers' programs; each part has one JSON file."""
PEERS = ROOT / "var" / "bench-peers"
"""The peers' environment, made by ``make bench``."""
PYTHON = PEERS / "bin" / "python"
States = dict[str, NDArray[np.float64]]


def say(text: str) -> None:
    print(text, flush=True)


def save(part: str, numbers: dict[str, Any]) -> None:
    """Keep the numbers of a part."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / f"{part}.json").write_text(json.dumps(numbers, indent=1))


def load(part: str, folder: Path = FOLDER) -> dict[str, Any]:
    """Return the numbers of a part, nothing where it was not run."""
    path = folder / f"{part}.json"
    return json.loads(path.read_text()) if path.exists() else {}


def timed(command: list[str], folder: Path, **environment: str) -> float:
    """Run a program and return the CPU seconds that it and its children took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1", **environment},
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {(done.stdout + done.stderr)[-1500:]}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def in_peers(*arguments: str, folder: Path = ROOT) -> float:
    """Run a program of the peers' environment; return its CPU seconds."""
    path = f"{PEERS / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return timed([*arguments], folder, PATH=path, NEURON_MODULE_OPTIONS="-nogui")


class Brian2:
    """The model in Brian2's C++ standalone mode: built once, run any number of times."""

    def __init__(self, problem: Problem, *, method: str, dt: float) -> None:
        self.job = FOLDER / "jobs" / f"{problem.name}-{method}-{dt}".replace(" ", "-")
        self.steps = problem.duration / dt
        problem.write(self.job, method=method, dt=dt, local=method.startswith("rk"))
        self.script = str(HERE / "brian2_model.py")
        self.build = self._build()

    def _build(self) -> float:
        """Build the program unless this very one was built; return the CPU seconds it took."""
        sources = (Path(self.script), self.job / "problem.json", self.job / "spikes.npz")
        digest = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()
        stamp = self.job / "built.json"
        kept = json.loads(stamp.read_text()) if stamp.exists() else {}
        if kept.get("digest") != digest:
            shutil.rmtree(self.job / "program", ignore_errors=True)
            spent = in_peers(str(PYTHON), self.script, "build", str(self.job))
            kept = {"digest": digest, "cpu": spent}
            stamp.write_text(json.dumps(kept))
        return float(kept["cpu"])

    def run(self) -> float:
        return timed(["./main"], self.job / "program")

    def states(self) -> States:
        in_peers(str(PYTHON), self.script, "collect", str(self.job))
        return read_states(self.job)


class Cable:
    """Steps 1 to 4 in ``neuron``, ``coreneuron`` or ``arbor``."""

    def __init__(self, problem: Problem, *, simulator: str, dt: float) -> None:
        self.simulator = simulator
        self.job = FOLDER / "jobs" / f"{problem.name}-{simulator}-{dt}".replace(" ", "-")
        self.steps = problem.duration / dt
        problem.write(self.job, dt=dt)
        self.build = build_mechanisms(simulator)

    def run(self) -> float:
        in_peers(str(PYTHON), str(HERE / "cable_peers.py"), self.simulator, str(self.job))
        return float(json.loads((self.job / "run.json").read_text())["cpu"])

    def states(self) -> States:
        return read_states(self.job)


def build_mechanisms(simulator: str) -> float:
    """Compile the mechanism where it is not; return the CPU seconds that it took."""
    folder = FOLDER / "jobs" / "mechanisms"
    folder.mkdir(parents=True, exist_ok=True)
    source, target = HERE / "mechanisms" / "sixstep.mod", folder / "sixstep.mod"
    if not target.exists() or target.read_text() != source.read_text():
        timed(["sh", "-c", "rm -rf ./*"], folder)
        target.write_text(source.read_text())
    command = ["nrnivmodl", "-coreneuron", "."]
    if simulator == "arbor":
        command = ["arbor-build-catalogue", "six", "."]
    stamp = folder / f"built-{command[0]}"
    if not stamp.exists():
        stamp.write_text(str(in_peers(*command, folder=folder)))
    return float(stamp.read_text())


def read_states(job: Path) -> States:
    with np.load(job / "result.npz") as found:
        return {name: found[name] for name in found.files}


def differences(ours: States, theirs: States) -> dict[str, float]:
    """Return the largest difference of each state that both have."""
    return {
        name: float(np.max(np.abs(ours[name] - values)))
        for name, values in theirs.items()
        if name in ours
    }


def middle(times: list[float]) -> float:
    return float(statistics.median(times))


def machine() -> dict[str, Any]:
    """Return what the machine and the programs are."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if sys.platform == "linux" else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    listed = subprocess.run(
        [str(PYTHON), "-m", "pip", "list", "--format=json"], capture_output=True, text=True
    ).stdout
    wanted = ("brian2", "neuron", "arbor")
    packages = {p["name"].lower(): p["version"] for p in json.loads(listed or "[]")}
    compiler = subprocess.run(["g++", "--version"], capture_output=True, text=True).stdout
    return {
        "cpu": names[0] if names else "unknown", "cores": os.cpu_count(),
        "python": sys.version.split()[0], "g++": compiler.splitlines()[0] if compiler else "none",
        **{name: packages[name] for name in wanted if name in packages},
    }  # fmt: skip
