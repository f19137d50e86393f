"""Protocols from a file: JSON or CSV of timed events, read with care.

CSV has the columns ``time_ms,kind,synapse,value,name``, of which the last three may be
empty or missing. JSON has ``{"title", "bath", "events": [...]}`` where an event has the
same names, and may be a train with ``interval_ms`` and ``count``. A mistake is reported
with its line and column.
"""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from synapse.plasticity.stimulus import KINDS, Event, Protocol

LARGEST_FILE = 10_000_000
"""Bytes."""
MOST_EVENTS = 200_000
COLUMNS = ("time_ms", "kind", "synapse", "value", "name")
TRAIN = ("interval_ms", "count")
DEFAULT_VALUE = 1.0


class ProtocolFileError(ValueError):
    """A file that is not a protocol; the message names file, line and column."""


def read_protocol_file(path: str) -> Protocol:
    """Return the protocol in a file that ends in .json or .csv."""
    file = Path(path)
    try:
        if file.stat().st_size > LARGEST_FILE:
            raise ProtocolFileError(f"{path} is larger than {LARGEST_FILE // 1_000_000} MB")
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ProtocolFileError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ProtocolFileError(
            f"{path} is not UTF-8 text (byte {error.start + 1} cannot be read)"
        ) from error
    return parse_protocol(text, name=file.name, kind=file.suffix.lower())


def parse_protocol(text: str, *, name: str, kind: str) -> Protocol:
    """Return the protocol in a text; ``kind`` is ``.json`` or ``.csv``."""
    if kind == ".csv":
        return _protocol(name, {}, _csv_events(text, name))
    if kind == ".json":
        return _from_json(text, name)
    raise ProtocolFileError(f"{name} must end in .json or .csv")


def _protocol(name: str, data: Mapping[str, Any], events: list[Event]) -> Protocol:
    if not events:
        raise ProtocolFileError(f"{name} has no events")
    ordered = tuple(sorted(events, key=lambda event: event.time))
    bath = data.get("bath", {})
    if not isinstance(bath, dict) or not all(_is_number(v) for v in bath.values()):
        raise ProtocolFileError(f"{name}: bath must be an object of numbers")
    title = data.get("title", name)
    if not isinstance(title, str):
        raise ProtocolFileError(f"{name}: title must be text")
    try:
        return Protocol(
            name="file",
            title=title[:200],
            meaning=f"Events from {name}.",
            events=ordered,
            bath=bath,
            duration=ordered[-1].time,
        )
    except ValueError as error:
        raise ProtocolFileError(f"{name}: {error}") from error


# --- CSV -------------------------------------------------------------------------------


def _csv_events(text: str, name: str) -> list[Event]:
    reader = csv.reader(io.StringIO(text))
    try:
        rows = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise ProtocolFileError(f"{name}, line {reader.line_num}: {error}") from error
    if not rows:
        return []
    _check_count(len(rows) - 1, name)
    header = [cell.strip() for cell in rows[0][1]]
    if header[:2] != list(COLUMNS[:2]) or not set(header) <= set(COLUMNS):
        raise ProtocolFileError(
            f"{name}, line {rows[0][0]}: the header must be {','.join(COLUMNS)}; "
            f"got {','.join(header)}"
        )
    return [_csv_event(row, header, f"{name}, line {line}") for line, row in rows[1:]]


def _csv_event(row: Sequence[str], header: Sequence[str], where: str) -> Event:
    if len(row) > len(header):
        raise ProtocolFileError(f"{where}, column {len(header) + 1}: more cells than columns")
    cells = dict(zip(header, (cell.strip() for cell in row), strict=False))
    event: dict[str, Any] = {}
    for place, column in enumerate(header, start=1):
        text = cells.get(column, "")
        if column in ("kind", "name"):
            event[column] = text
        elif text:
            event[column] = _csv_number(text, column, f"{where}, column {place}")
    return _event(event, where)


def _csv_number(text: str, column: str, where: str) -> float | int:
    try:
        return int(text) if column == "synapse" else float(text)
    except ValueError as error:
        kind = "a whole number" if column == "synapse" else "a number"
        raise ProtocolFileError(f"{where}: {column} must be {kind}; got {text!r}") from error


# --- JSON ------------------------------------------------------------------------------


def _from_json(text: str, name: str) -> Protocol:
    try:
        data = json.loads(text, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        raise ProtocolFileError(
            f"{name}, line {error.lineno}, column {error.colno}: {error.msg}"
        ) from error
    except (ValueError, RecursionError) as error:
        raise ProtocolFileError(f"{name}: {error}") from error
    if not isinstance(data, dict) or not isinstance(data.get("events"), list):
        raise ProtocolFileError(f'{name} must be an object with a list "events"')
    events: list[Event] = []
    for place, item in enumerate(data["events"], start=1):
        events += _json_events(item, f"{name}, event {place}")
        _check_count(len(events), name)
    return _protocol(name, data, events)


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is not a number")


def _json_events(item: Any, where: str) -> list[Event]:
    if not isinstance(item, dict):
        raise ProtocolFileError(f"{where}: must be an object")
    unknown = sorted(set(item) - {*COLUMNS, *TRAIN})
    if unknown:
        raise ProtocolFileError(f"{where}: {unknown[0]!r} is not known; use {', '.join(COLUMNS)}")
    for column in ("time_ms", "value", "interval_ms"):
        if column in item and not _is_number(item[column]):
            raise ProtocolFileError(f"{where}: {column} must be a number; got {item[column]!r}")
    for column in ("synapse", "count"):
        value = item.get(column)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
            raise ProtocolFileError(f"{where}: {column} must be a whole number; got {value!r}")
    count = item.get("count", 1)
    if not 1 <= count <= MOST_EVENTS:
        raise ProtocolFileError(f"{where}: count must be 1 to {MOST_EVENTS}; got {count}")
    one = {key: value for key, value in item.items() if key not in TRAIN}
    interval = float(item.get("interval_ms", 0.0))
    return [
        _event({**one, "time_ms": one["time_ms"] + i * interval} if i else one, where)
        for i in range(count)
    ]


# --- both ------------------------------------------------------------------------------


def _event(data: Mapping[str, Any], where: str) -> Event:
    if "time_ms" not in data:
        raise ProtocolFileError(f"{where}: time_ms is missing")
    kind = data.get("kind")
    if kind not in KINDS:
        raise ProtocolFileError(f"{where}: kind must be one of {', '.join(KINDS)}; got {kind!r}")
    name = data.get("name") or ""
    if not isinstance(name, str):
        raise ProtocolFileError(f"{where}: name must be text; got {name!r}")
    try:
        return Event(
            time=float(data["time_ms"]),
            kind=kind,
            synapse=data.get("synapse"),
            value=float(data.get("value", DEFAULT_VALUE)),
            name=name,
        )
    except (ValueError, OverflowError) as error:
        raise ProtocolFileError(f"{where}: {error}") from error


def _check_count(count: int, name: str) -> None:
    if count > MOST_EVENTS:
        raise ProtocolFileError(f"{name} has {count} events; the most is {MOST_EVENTS}")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
