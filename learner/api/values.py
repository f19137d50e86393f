"""Features, labels and identifiers as JSON brings them: checked once, in one sentence each."""

from typing import Annotated, Any

from django.conf import settings
from ninja import Field
from pydantic import PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

LONGEST_NAME: int = settings.LEARNER_NAME
"""Characters of a feature's name, a text, a label or an identifier."""
MOST_FEATURES: int = settings.LEARNER_FEATURES
"""Of one event."""
LARGEST_NUMBER = 1e100
"""Of a feature or a number to be predicted."""
MOST_EVENTS: int = settings.LEARNER_EVENTS
"""Of one request. The schema says these bounds, so they are those at the start."""
NUMBER = {"type": "number", "minimum": -LARGEST_NUMBER, "maximum": LARGEST_NUMBER}
TEXT = {"type": "string", "minLength": 1, "maxLength": LONGEST_NAME}


def check_features(value: Any) -> dict[str, Any]:
    """Return an event's features: numbers, text, true or false, null where one is missing."""
    if type(value) is not dict:
        raise _refused("features must be an object of names and values")
    if not 1 <= len(value) <= MOST_FEATURES:
        raise _refused(
            f"an event must have 1 to {MOST_FEATURES} features; got {len(value)}",
            ge=1, le=MOST_FEATURES,
        )  # fmt: skip
    for name, one in value.items():
        _check_text("the name of a feature", name)
        if type(one) is float or type(one) is int:
            _check_number("a feature", one)
        elif type(one) is str:
            if one:
                _check_text("a feature", one)
        elif one is not None and type(one) is not bool:
            raise _refused(f"feature {name[:40]!r} must be a number, text, true, false or null")
    return value


def check_label(value: Any) -> Any:
    """Return a label: text, a number, true or false."""
    if type(value) is str:
        return _check_text("a label", value)
    if type(value) is bool:
        return value
    if type(value) not in (int, float):
        raise _refused("a label must be text, a number, true or false")
    return _check_number("a label", value)


def check_identifier(value: Any) -> str:
    """Return an identifier: text."""
    if type(value) is not str:
        raise _refused("an identifier must be text")
    return _check_text("an identifier", value)


Features = Annotated[
    dict[str, Any],
    PlainValidator(check_features),
    WithJsonSchema({
        "type": "object",
        "minProperties": 1,
        "maxProperties": MOST_FEATURES,
        "propertyNames": TEXT,
        "additionalProperties": {
            "anyOf": [NUMBER, TEXT | {"minLength": 0}, {"type": "boolean"}, {"type": "null"}]
        },
    }),
    Field(
        description="Value of each feature by its name: numbers, text, true or false; null, or "
        "left out, where it is missing.",
        examples=[{"price": 0.056, "demand": 0.44, "day": "monday"}],
    ),
]  # fmt: skip
Label = Annotated[
    Any,
    PlainValidator(check_label),
    WithJsonSchema({"anyOf": [TEXT, NUMBER, {"type": "boolean"}]}),
    Field(
        description="A class: text, a whole number, true or false, kept as text. For a learner "
        "of numbers, a number.",
        examples=["up"],
    ),
]  # fmt: skip
Identifier = Annotated[str, PlainValidator(check_identifier), WithJsonSchema(TEXT)]


def _check_text(what: str, text: str) -> str:
    if not 0 < len(text) <= LONGEST_NAME:
        raise _refused(
            f"{what} must have 1 to {LONGEST_NAME} characters; got {len(text)}",
            min_length=1, max_length=LONGEST_NAME,
        )  # fmt: skip
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise _refused(f"{what} is not UTF-8") from None
    if "\0" in text:
        raise _refused(f"{what} must not hold a null character")
    return text


def _check_number(what: str, number: Any) -> Any:
    if not abs(number) <= LARGEST_NUMBER:
        raise _refused(
            f"{what} must be from {-LARGEST_NUMBER:g} to {LARGEST_NUMBER:g}",
            ge=-LARGEST_NUMBER, le=LARGEST_NUMBER,
        )  # fmt: skip
    return number


def _refused(sentence: str, **bounds: float) -> PydanticCustomError:
    return PydanticCustomError("value", sentence, bounds or None)  # type: ignore[arg-type]
