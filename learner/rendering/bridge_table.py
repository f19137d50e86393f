"""Both series of a connection as tables and files."""

import csv
from collections.abc import Iterator, Mapping
from typing import Any

from synapse.rendering.numbers import number_text

SHOWN = (
    ("Operation", "learner", "position"), ("Kind", "learner", "kind"),
    ("Input", "learner", "input"), ("Error", "learner", "error"),
    ("Early", "learner", "early"), ("Late", "learner", "late"),
    ("Change", "learner", "moved"), ("Gain", "learner", "gain"),
    ("Calcium, µM", "biology", "calcium"), ("Caused in h", "biology", "caused"),
    ("Change of h", "biology", "moved"), ("h", "biology", "early_weight"),
    ("z", "biology", "late_weight"), ("w", "biology", "weight"),
)  # fmt: skip
MOST_ROWS = 300
WORDS = {"learn": "commit", "consolidate": "consolidated", "event": "no commit"}
UNITS = {"calcium": "uM", "dopamine": "uM", "psd_ampa": "count"}


def rows_of(found: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Return head and rows of the table below the charts: the last operations, newest first."""
    count = found["operations"]
    places = range(count - 1, max(-1, count - 1 - MOST_ROWS), -1)
    columns = [found[side][name] for _, side, name in SHOWN]
    rows = tuple(tuple(_text(column[i]) for column in columns) for i in places)
    return tuple(title for title, _, _ in SHOWN), rows


def _text(value: Any) -> str:
    if isinstance(value, str):
        return WORDS.get(value, value)
    return number_text(value, 12 if isinstance(value, int) else 3)


class Echo:
    """What ``csv`` writes into, to get each line back."""

    def write(self, line: str) -> str:
        """Return the line."""
        return line


def csv_lines(found: Mapping[str, Any]) -> Iterator[str]:
    """Return the lines of a CSV file: an operation each, with all that is known of it."""
    writer = csv.writer(Echo())
    sides = [(side, name) for side in ("learner", "biology") for name in found.get(side, {})]
    head = [f"{side}_{name}{_unit(name)}" for side, name in sides]
    yield writer.writerow(["start_ms", "pre_spikes", "post_spikes", "lag_ms", *head])
    for i in range(found["operations"]):
        pre, post, _ = found["spikes"][i]
        lag = post[0] - pre[0] if pre and post else ""
        values = [_plain(found[side][name][i]) for side, name in sides]
        yield writer.writerow([found["starts"][i], len(pre), len(post), lag, *values])


def _unit(name: str) -> str:
    return f"_{UNITS[name]}" if name in UNITS else ""


def _plain(value: Any) -> Any:
    return int(value) if isinstance(value, bool) else value
