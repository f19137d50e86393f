"""Streams to test with."""

import csv
from pathlib import Path
from typing import Any

import numpy as np

Row = dict[str, Any]


def rows_of(count: int, *, seed: int = 1, labels: tuple[str, ...] = ("no", "yes")) -> list[Row]:
    """Events with two features that matter, one that does not, and text."""
    random = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        a, b, c = random.normal(size=3).round(4).tolist()
        colour = str(random.choice(["red", "green", "blue"]))
        label = labels[int(a + (1.0 if colour == "red" else -0.5) > 0)]
        found.append({"a": a, "b": b, "c": c, "colour": colour, "label": label})
    return found


def drifting(count: int) -> list[Row]:
    """Events whose labels change places halfway."""
    rows, other = rows_of(count), {"yes": "no", "no": "yes"}
    for row in rows[count // 2 :]:
        row["label"] = other[row["label"]]
    return rows


def write_csv(path: Path, rows: list[Row], *, header: bool = True) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        if header:
            writer.writeheader()
        writer.writerows(rows)
    return path
