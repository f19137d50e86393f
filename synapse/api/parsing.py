"""Bodies of requests: JSON, strictly, or one JSON value on each line."""

import json
from collections import Counter
from typing import Any, NoReturn

from django.http import HttpRequest
from ninja.parser import Parser

from synapse.api.problems import Problem, shown

LINES = ("application/x-ndjson", "application/jsonl")
"""Kinds of a body that has an event on each line."""


class StrictParser(Parser):
    """Refuses what JSON has no word for, and names that stand twice, in a sentence each."""

    def parse_body(self, request: HttpRequest) -> Any:
        """Return a body; one of lines becomes ``{"events": [...]}``."""
        if request.content_type in LINES:
            lines = request.body.split(b"\n")
            return {
                "events": [
                    parse(line, place=f"line {number}: ")
                    for number, line in enumerate(lines, 1)
                    if line.strip()
                ]
            }
        return parse(request.body)


def parse(text: bytes, *, place: str = "") -> Any:
    """Return a JSON text as values, or say what it may not hold."""
    try:
        return json.loads(text, parse_constant=_no_number, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        raise Problem(400, f"The body is no JSON: {place}{error}.") from None
    except RecursionError:
        raise Problem(422, f"The body cannot be read: {place}it is nested too deeply.") from None
    except ValueError as error:  # too many digits, or no UTF-8
        raise Problem(422, f"The body is no JSON: {place}{error}.") from None


def _no_number(name: str) -> NoReturn:
    raise Problem(422, f"{name} is no number of JSON; leave a missing value out, or send null.")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        twice = next(name for name, count in counts.items() if count > 1)
        raise Problem(422, f"The name {shown(twice)!r} stands twice in one object.")
    return found
