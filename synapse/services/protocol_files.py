"""Protocols from a file: JSON or CSV of timed events, read with care.

CSV has the columns ``time_ms,kind,synapse,value,name``, of which the last three may be
empty or missing. JSON has ``{"title", "bath", "events": [...]}`` where an event has the
same names, and may be a train with ``interval_ms`` and ``count``. Files of the protocol
editor, with items in place of events, are read too. A mistake is reported with its line and
column.
"""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from synapse.plasticity.stimulus import KINDS, Event, Protocol
from synapse.services.timeline import files as timeline_files
from synapse.services.timeline.drafts import Draft, read_draft
from synapse.services.timeline.gather import gather
from synapse.services.timeline.items import TimelineError

LARGEST_FILE = 10_000_000
"""Bytes."""
LARGEST_UPLOAD = 2_000_000
"""Bytes of a file that a page takes."""
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
    found = _parse(text, name, kind)
    if isinstance(found, Protocol):
        return found
    if not found.items:
        raise ProtocolFileError(f"{name} has no events")
    return found.protocol("file")


def parse_draft(data: bytes, *, name: str) -> Draft:
    """Return what the protocol editor shows of a file; its events are gathered into items."""
    if len(data) > LARGEST_UPLOAD:
        raise ProtocolFileError(f"{name} is larger than {LARGEST_UPLOAD // 1_000_000} MB")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ProtocolFileError(
            f"{name} is not UTF-8 text (byte {error.start + 1} cannot be read)"
        ) from error
    found = _parse(text, name, Path(name).suffix.lower())
    if isinstance(found, Draft):
        return found
    title = Path(name).stem if found.title == name else found.title
    try:
        return read_draft(
            {"title": title[:100], "items": gather(found.events), "bath": dict(found.bath)}
        )
    except ValueError as error:
        first = error.faults[0].message if isinstance(error, TimelineError) else error
        raise ProtocolFileError(f"{name}, its events gathered into items: {first}") from error


def _parse(text: str, name: str, kind: str) -> Protocol | Draft:
    if kind == ".csv":
        if timeline_files.is_items_csv(text):
            return timeline_files.read_csv(text, _refuser(name))
        return _protocol(name, {}, _csv_events(text, name))
    if kind == ".json":
        return _from_json(text, name)
    raise ProtocolFileError(f"{name} must end in .json or .csv")


def _refuser(name: str) -> timeline_files.Refuse:
    return lambda sentence: ProtocolFileError(f"{name}{sentence}")


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


def _from_json(text: str, name: str) -> Protocol | Draft:
    try:
        data = json.loads(text, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        raise ProtocolFileError(
            f"{name}, line {error.lineno}, column {error.colno}: {error.msg}"
        ) from error
    except (ValueError, RecursionError) as error:
        raise ProtocolFileError(f"{name}: {error}") from error
    if isinstance(data, dict) and "items" in data:
        return timeline_files.read_json(data, text, _refuser(name))
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
