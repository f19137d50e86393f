"""The floor of storing: transactions of one small row through the driver alone."""

import sqlite3
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

SECONDS = 2.0
FSYNC_FILE = 4096


def commits(raw: Any, *, mark: str, seconds: float = SECONDS) -> float:
    """Return how many transactions of one row of 500 bytes a connection does each second."""
    raw.execute("CREATE TABLE floor (id INTEGER PRIMARY KEY, value TEXT)")
    raw.commit()
    done, began = 0, perf_counter()
    while perf_counter() - began < seconds:
        raw.execute(f"INSERT INTO floor VALUES ({mark}, {mark})", (done, "x" * 500))
        raw.commit()
        done += 1
    rate = done / (perf_counter() - began)
    raw.execute("DROP TABLE floor")
    raw.commit()
    return rate


def sqlite(*, synchronous: str) -> float:
    """Return it for a new SQLite file."""
    with tempfile.TemporaryDirectory() as folder:
        raw = sqlite3.connect(Path(folder) / "floor.sqlite3")
        raw.execute("PRAGMA journal_mode=WAL")
        raw.execute(f"PRAGMA synchronous={synchronous}")
        rate = commits(raw, mark="?")
        raw.close()
    return rate


def postgresql(settings: dict[str, Any]) -> float:
    """Return it for the database of Django's settings."""
    import psycopg

    with psycopg.connect(
        host=settings["HOST"], dbname=settings["NAME"], user=settings["USER"],
        password=settings["PASSWORD"], port=settings["PORT"] or None,
    ) as raw:  # fmt: skip
        return commits(raw, mark="%s")
