"""Drafts as files: JSON and CSV with one item a line, read with care.

A CSV file has a header of ``item``, ``start_ms`` and any other fields of items, in any
order. A line ``protocol`` holds the name, the meaning and the length; a line ``bath``
without a start holds a condition of the whole protocol.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from synapse.services.timeline.drafts import Draft, read_draft
from synapse.services.timeline.fields import Field
from synapse.services.timeline.items import MOST_ITEMS, Fault, TimelineError
from synapse.services.timeline.kinds import KINDS

MOST_LINES = MOST_ITEMS + 20
_FIELDS: dict[str, Field] = {
    field.column: field for kind in KINDS.values() for field in kind.fields
}
COLUMNS = ("item", *_FIELDS, "text")
_FORMULA = ("=", "+", "-", "@")
Refuse = Callable[[str], Exception]


def write_json(draft: Draft) -> str:
    """Return a draft as a file that can be read back, and run by ``run_sim``."""
    return json.dumps(draft.to_json(), indent=2, ensure_ascii=False) + "\n"


def write_csv(draft: Draft) -> str:
    """Return a draft as a table, one line an item."""
    stream = io.StringIO()
    table = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
    table.writeheader()
    length = {} if draft.duration is None else {"length_ms": repr(draft.duration)}
    table.writerow(
        {"item": "protocol", "name": _safe(draft.title), "text": _safe(draft.meaning), **length}
    )
    for name, value in draft.bath.items():
        table.writerow({"item": "bath", "name": name, "value": repr(value)})
    for item in draft.items:
        row = item.to_json()
        cells = {f.column: row[f.name] for f in item.kind.fields if f.name in row}
        table.writerow({"item": item.kind.name, **cells})
    return stream.getvalue()


def write_events_csv(draft: Draft) -> str:
    """Return the events that follow, one a line; the bath comes first, as events at 0."""
    stream = io.StringIO()
    table = csv.writer(stream, lineterminator="\n")
    table.writerow(("time_ms", "kind", "synapse", "value", "name"))
    for name, value in draft.bath.items():
        table.writerow((0, "bath", "", repr(value), name))
    for event in draft.protocol().events:
        synapse = "" if event.synapse is None else event.synapse
        table.writerow((repr(event.time), event.kind, synapse, repr(event.value), event.name))
    return stream.getvalue()


def _safe(text: str) -> str:
    """Return a text that a spreadsheet does not take for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def is_items_csv(text: str) -> bool:
    """Say whether a table has one line an item, not one an event."""
    return text.lstrip("\ufeff").lstrip().startswith(("item,", '"item"'))


def read_json(data: Mapping[str, Any], text: str, refuse: Refuse) -> Draft:
    """Return the draft in parsed JSON; a mistake is reported with the line of its item."""
    try:
        return read_draft(data)
    except TimelineError as error:
        fault, lines = error.faults[0], _item_lines(text)
        place = fault.place
        line = f", line {lines[place]}" if place is not None and place < len(lines) else ""
        raise refuse(f"{line}{_where(fault)}: {fault.message}") from error


def _where(fault: Fault) -> str:
    item = "" if fault.place is None else f", item {fault.place + 1}"
    return f"{item}, field {fault.field}" if fault.field else item


def _item_lines(text: str) -> list[int]:
    """Return the line on which each item of a JSON text begins."""
    found = re.search(r'(?<!\\)"items"\s*:\s*\[', text)
    place = found.end() if found else len(text)
    decoder = json.JSONDecoder()
    lines: list[int] = []
    while place < len(text) and len(lines) <= MOST_ITEMS:
        place += len(text[place:]) - len(text[place:].lstrip(" \t\r\n,"))
        if place >= len(text) or text[place] == "]":
            break
        lines.append(text.count("\n", 0, place) + 1)
        place = decoder.raw_decode(text, place)[1]
    return lines


def read_csv(text: str, refuse: Refuse) -> Draft:
    """Return the draft in a table; a mistake is reported with its line and field."""
    reader = csv.reader(io.StringIO(text))
    rows: list[tuple[int, list[str]]] = []
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append((reader.line_num, row))
            if len(rows) > MOST_LINES:
                raise refuse(f" has more than {MOST_LINES} lines of items")
    except csv.Error as error:
        raise refuse(f", line {reader.line_num}: {error}") from error
    header = [cell.strip() for cell in rows[0][1]]
    unknown = [name for name in header if name not in COLUMNS]
    if unknown or len(set(header)) < len(header):
        raise refuse(f", line {rows[0][0]}: the header must be some of {', '.join(COLUMNS)}, each "
                     f"once; got {', '.join(header)[:200]}")  # fmt: skip
    return _draft([(line, _cells(row, header, line, refuse)) for line, row in rows[1:]], refuse)


def _cells(row: Sequence[str], header: Sequence[str], line: int, refuse: Refuse) -> dict[str, str]:
    if len(row) > len(header):
        raise refuse(f", line {line}, column {len(header) + 1}: more cells than columns")
    cells = dict(zip(header, (cell.strip() for cell in row), strict=False))
    return {name: cell for name, cell in cells.items() if cell}


def _draft(rows: Sequence[tuple[int, dict[str, str]]], refuse: Refuse) -> Draft:
    data: dict[str, Any] = {"items": [], "bath": {}}
    lines = []
    for line, cells in rows:
        kind = cells.pop("item", "")
        if kind == "protocol":
            data |= {
                "title": _plain(cells.get("name", "")),
                "meaning": _plain(cells.get("text", "")),
            }
            if "length_ms" in cells:
                data["duration_ms"] = _number(cells["length_ms"], "length_ms", line, refuse)
        elif kind == "bath" and "start_ms" not in cells:
            value = _number(cells.get("value", ""), "value", line, refuse)
            data["bath"][cells.get("name", "")] = value
        else:
            data["items"].append({"kind": kind, **_values(cells, line, refuse)})
            lines.append(line)
    try:
        return read_draft(data)
    except TimelineError as error:
        fault = error.faults[0]
        line_text = f", line {lines[fault.place]}" if fault.place is not None else ""
        field = f", field {fault.field}" if fault.field else ""
        raise refuse(f"{line_text}{field}: {fault.message}") from error


def _plain(text: str) -> str:
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA) else text


def _values(cells: Mapping[str, str], line: int, refuse: Refuse) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for column, text in cells.items():
        if column == "text":
            continue
        field = _FIELDS[column]
        values[field.name] = (
            text if field.choices is not None else _number(text, column, line, refuse)
        )
    return values


def _number(text: str, column: str, line: int, refuse: Refuse) -> float | int:
    try:
        number = float(text)
    except ValueError as error:
        sentence = f"must be a number; got {text[:40]!r}" if text else "is missing"
        raise refuse(f", line {line}, field {column}: {column} {sentence}") from error
    return int(number) if number.is_integer() and abs(number) < 2**53 else number
