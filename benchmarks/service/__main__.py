"""Measure the learners' API under ``wrk`` and write docs/learner-service-performance.md.

SQLite first, then PostgreSQL where it is installed, each in a database of its own that is gone
afterwards.
"""

import argparse
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.service import postgresql, report

ROOT = Path(__file__).resolve().parents[2]
NUMBERS = ROOT / "var" / "bench" / "service.json"
DOCUMENT = ROOT / "docs" / "learner-service-performance.md"


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.service", description=__doc__)
    parser.add_argument("--seconds", type=int, default=8, help="of each measurement (8)")
    parser.add_argument("--rounds", type=int, default=2, help="of the main numbers (2)")
    parser.add_argument("--only", choices=("sqlite", "postgresql"), help="measure only this one")
    parser.add_argument("--report", action="store_true", help="write the document anew only")
    options = parser.parse_args()
    results = json.loads(NUMBERS.read_text()) if NUMBERS.exists() else {}
    if not options.report:
        if shutil.which("wrk") is None:
            raise SystemExit("wrk is missing (on Debian, apt-get install wrk).")
        results |= measured(options)
        NUMBERS.parent.mkdir(parents=True, exist_ok=True)
        NUMBERS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    text = report.document(results)
    DOCUMENT.write_text(text, encoding="utf-8")
    print(text)


def measured(options: argparse.Namespace) -> dict[str, Any]:
    """Measure the databases that are there."""
    results = {}
    if options.only != "postgresql":
        with tempfile.TemporaryDirectory() as folder:
            results["sqlite"] = run(options, f"sqlite:///{folder}/benchmark.sqlite3")
    if options.only != "sqlite" and not postgresql.is_here():
        print("There is no PostgreSQL on this machine; it was left out.", file=sys.stderr)
    elif options.only != "sqlite":
        with postgresql.running() as url:
            results["postgresql"] = run(options, url)
    return results


def run(options: argparse.Namespace, url: str) -> dict[str, Any]:
    """Measure one database in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "numbers.json"
        command = [
            sys.executable, "-m", "benchmarks.service.one", "--output", str(output),
            "--seconds", str(options.seconds), "--rounds", str(options.rounds),
        ]  # fmt: skip
        environment = os.environ | {
            "DATABASE_URL": url, "TRACES_DIR": folder, "DEMO": "0",
            "SECRET_KEY": secrets.token_urlsafe(50),
        }  # fmt: skip
        done = subprocess.run(command, cwd=ROOT, env=environment, check=False)
        if done.returncode:
            raise SystemExit(done.returncode)
        result: dict[str, Any] = json.loads(output.read_text())
    return result


if __name__ == "__main__":
    main()
