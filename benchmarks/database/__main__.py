"""Measure SQLite and, where there is one, PostgreSQL; print a table and write JSON.

Each database is measured in a process of its own, in a new database that is gone afterwards.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "with_postgresql.sh"


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.database", description=__doc__)
    parser.add_argument("--synapses", type=int, default=10_000, help="(10000)")
    parser.add_argument("--neurons", type=int, help="(one for 100 synapses)")
    parser.add_argument("--repeats", type=int, default=5, help="interleaved rounds (5)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers here")
    parser.add_argument("--only", choices=("sqlite", "postgresql"), help="measure only this one")
    parser.add_argument(
        "--postgresql", metavar="URL",
        help="an empty database; without it one is started for the purpose, if installed",
    )  # fmt: skip
    parser.add_argument(
        "--everything", action="store_true", help="every parameter varies, not only three"
    )
    options = parser.parse_args()
    results = []
    if options.only != "postgresql":
        with tempfile.TemporaryDirectory() as folder:
            results.append(run(options, url=f"sqlite:///{folder}/benchmark.sqlite3"))
    if options.only != "sqlite" and (options.postgresql or has_postgresql()):
        results.append(run(options, url=options.postgresql or ""))
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    print("\n".join(line for result in results for line in table(result)))


def run(options: argparse.Namespace, *, url: str) -> dict[str, Any]:
    """Measure one database; without an address, a PostgreSQL started for the purpose."""
    neurons = options.neurons or max(1, options.synapses // 100)
    command = [
        sys.executable, "-m", "benchmarks.database.one", "--synapses", str(options.synapses),
        "--neurons", str(neurons), "--repeats", str(options.repeats),
    ]  # fmt: skip
    command += ["--everything"] if options.everything else []
    environment = dict(os.environ)
    if url:
        environment["DATABASE_URL"] = url
    else:
        command = ["sh", str(SCRIPT), *command]
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=False)
    if done.returncode:
        raise SystemExit(done.returncode)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def has_postgresql() -> bool:
    return any(Path("/usr/lib/postgresql").glob("*/bin/initdb"))


def table(result: dict[str, Any]) -> list[str]:
    """Return the lines of a table of one database."""
    lines = [
        "",
        f"{result['database']}, {result['synapses']} synapses of {result['neurons']} neurons, "
        f"{'every parameter varies' if result['everything'] else 'three parameters vary'}, "
        f"every state differs; median of {result['repeats']} interleaved rounds",
        f"{'':40} {'CPU s':>8} {'clock s':>8}",
    ]
    lines += [
        f"{name:40} {row['cpu']:8.3f} {row['wall']:8.3f}" for name, row in result["times"].items()
    ]
    lines += [
        f"{name:40} {row['cpu']:7.2f}x {row['wall']:7.2f}x"
        for name, row in result["ratios"].items()
    ]
    return lines


if __name__ == "__main__":
    main()
