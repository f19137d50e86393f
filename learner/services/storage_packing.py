"""Operations of the ledger as bytes, exact to the last bit; never a pickle."""

import json
import struct
from collections.abc import Sequence
from typing import Any

import numpy as np

from learner.pipeline.ledger import Operation
from learner.pipeline.saving import decode_name, encode_name
from learner.services.states import unpack

MAGIC = b"OPS1"
"""Before it was there, operations were npz files; those are still read."""
LENGTH = struct.Struct("<I")
WHOLE = ("version", "event", "amount")
REAL = ("surprise", "gate", "size", "target")
INTEGER, FLOAT = np.dtype("<i8"), np.dtype("<f8")


def pack_operations(operations: Sequence[Operation]) -> bytes:
    """Return operations as a JSON header and the bytes of their numbers."""
    news = {
        str(i): [[encode_name(n) for n in o.new_features], [encode_name(n) for n in o.new_labels]]
        for i, o in enumerate(operations)
        if o.new_features or o.new_labels
    }
    ids = [None if o.event_id is None else encode_name(o.event_id) for o in operations]
    header = {"kinds": [o.kind for o in operations], "ids": ids, "news": news}
    text = json.dumps(header, allow_nan=False).encode()
    widths = [-1 if o.values is None else len(o.values) for o in operations]
    numbers = [widths, *([getattr(o, name) for o in operations] for name in WHOLE)]
    reals = [[getattr(o, name) for o in operations] for name in REAL]
    values = [o.values.astype(FLOAT).tobytes() for o in operations if o.values is not None]
    whole, real = np.array(numbers, INTEGER).tobytes(), np.array(reals, FLOAT).tobytes()
    return b"".join([MAGIC, LENGTH.pack(len(text)), text, whole, real, *values])


def unpack_operations(first: int, data: bytes | memoryview) -> list[Operation]:
    """Return the operations that ``pack_operations`` was given."""
    header, numbers, values = _read(bytes(data))
    widths = numbers.pop("widths")
    found, end = [], 0
    for i, (kind, width) in enumerate(zip(header["kinds"], widths, strict=True)):
        new_features, new_labels = header["news"].get(str(i), ([], []))
        named = header["ids"][i]
        start, end = end, end + max(0, width)
        found.append(Operation(
            position=first + i,
            kind=kind,
            event_id=None if named is None else decode_name(named),
            values=None if width < 0 else values[start:end],
            new_features=tuple(decode_name(n) for n in new_features),
            new_labels=tuple(decode_name(n) for n in new_labels),
            **{name: column[i] for name, column in numbers.items()},
        ))  # fmt: skip
    return found


def _read(data: bytes) -> tuple[Any, dict[str, list[Any]], np.ndarray]:
    """Return the header, the columns of numbers by name, and the values of all events."""
    if not data.startswith(MAGIC):
        header, arrays = unpack(data)
        numbers = {name: arrays[name].tolist() for name in ("widths", *WHOLE, *REAL)}
        return header, numbers, arrays["values"]
    (length,) = LENGTH.unpack_from(data, len(MAGIC))
    start = len(MAGIC) + LENGTH.size
    header = json.loads(data[start : start + length])
    count = len(header["kinds"])
    rest = data[start + length :]
    middle = (1 + len(WHOLE)) * count
    end = middle + len(REAL) * count
    whole: list[Any] = np.frombuffer(rest, INTEGER, middle).reshape(-1, count).tolist()
    real = np.frombuffer(rest, FLOAT, end - middle, offset=8 * middle).reshape(-1, count).tolist()
    columns = dict(zip(("widths", *WHOLE, *REAL), whole + real, strict=True))
    return header, columns, np.frombuffer(rest, FLOAT, offset=8 * end)
