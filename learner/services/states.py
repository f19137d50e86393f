"""A learner's state as the bytes of one npz file: a JSON header and arrays, never a pickle."""

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np
from numpy.lib import format as npy

from learner.models import Learner, LearnerKind
from learner.pipeline import EventDrivenClassifier, EventDrivenRegressor
from learner.pipeline.saving import HEADER

Model = EventDrivenClassifier | EventDrivenRegressor
UNREADABLE = (
    KeyError, TypeError, EOFError, ValueError, AttributeError, OverflowError, RuntimeError,
    NotImplementedError, RecursionError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip
"""What NumPy and zipfile raise at a file that is no npz file, or a damaged one."""
KINDS: dict[str, type[Model]] = {
    LearnerKind.CLASSIFIER: EventDrivenClassifier,
    LearnerKind.REGRESSOR: EventDrivenRegressor,
}


def new_model(learner: Learner) -> Model:
    """Return a learner that has learned nothing, with the parameters of the row."""
    return KINDS[learner.kind](**model_parameters(learner.parameters))


def model_parameters(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return stored parameters as the estimators take them."""
    parameters = dict(stored)
    if parameters.get("expert") is not None:
        parameters["expert"] = tuple((name, value) for name, value in parameters["expert"])
    return parameters


def stored_parameters(model: Model) -> dict[str, Any]:
    """Return the parameters of an estimator as plain data."""
    parameters: dict[str, Any] = model.get_params()
    if parameters.get("expert") is not None:
        parameters["expert"] = [list(pair) for pair in parameters["expert"]]
    return parameters


def pack(header: Any, arrays: Mapping[str, np.ndarray]) -> bytes:
    """Return header and arrays as the bytes of one npz file."""
    text = json.dumps(header, allow_nan=False).encode()
    file = io.BytesIO()
    named: dict[str, Any] = {HEADER: np.frombuffer(text, dtype=np.uint8), **arrays}
    np.savez(file, allow_pickle=False, **named)
    return file.getvalue()


def unpack(
    data: bytes | memoryview, *, largest: int | None = None
) -> tuple[Any, dict[str, np.ndarray]]:
    """Return the header and the arrays of an npz file; nothing in it is executed.

    ``largest`` bounds the bytes of all arrays together; they are counted, by what the file's
    directory and each array's own header say, before any of them is read.
    """
    try:
        if largest is not None:
            check_sizes(data, largest)
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files if name != HEADER}
            return json.loads(file[HEADER].tobytes()), arrays
    except UNREADABLE as problem:
        raise ValueError(f"this is no saved learner: {problem}") from None


def check_sizes(data: bytes | memoryview, largest: int) -> None:
    """Refuse an npz file whose arrays would take more bytes than ``largest``."""
    total = 0
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        for entry in file.infolist():
            with file.open(entry) as member:
                major, _ = npy.read_magic(member)
                read = npy.read_array_header_1_0 if major == 1 else npy.read_array_header_2_0
                shape, _, dtype = read(member)
            total += max(entry.file_size, abs(prod(shape)) * dtype.itemsize)
            if total > largest:
                raise ValueError(f"its arrays take more than {largest} bytes")


def pack_state(state: Mapping[str, Any]) -> bytes:
    """Return what ``state_dict`` returned as bytes; ``load`` of the estimators reads them."""
    return pack(state["header"], state["arrays"])


def unpack_state(data: bytes | memoryview, *, largest: int | None = None) -> dict[str, Any]:
    """Return what ``load_state`` takes; ``largest`` is for a file from elsewhere."""
    header, arrays = unpack(data, largest=largest)
    return {"header": header, "arrays": arrays}


def to_json(data: bytes) -> bytes:
    """Return a packed state as JSON text; a number that is none becomes null."""
    header, arrays = unpack(data)
    listed = {
        name: {
            "dtype": array.dtype.str,
            "shape": array.shape,
            "values": [None if value != value else value for value in array.ravel().tolist()],
        }
        for name, array in arrays.items()
    }
    return json.dumps({"header": header, "arrays": listed}, allow_nan=False).encode()


def from_json(text: bytes) -> dict[str, Any]:
    """Return the state that ``to_json`` was given, to the last bit."""
    try:
        saved = json.loads(text)
        arrays = {
            name: np.array(
                [np.nan if value is None else value for value in listed["values"]],
                dtype=np.dtype(listed["dtype"]),
            ).reshape(listed["shape"])
            for name, listed in saved["arrays"].items()
        }
        return {"header": saved["header"], "arrays": arrays}
    except (KeyError, TypeError, ValueError) as problem:
        raise ValueError(f"this is no saved learner: {problem}") from None


def digest_of(data: bytes | memoryview) -> str:
    """Return the SHA-256 of a state, to the last bit."""
    return hashlib.sha256(data).hexdigest()


def describe(state: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a state holds, to be read by people."""
    header = state["header"]
    return {
        "kind": header["kind"],
        "format": header["format"],
        "parameters": header["parameters"],
        "features": len(header["features"]),
        "labels": len(header["labels"]),
        "events": header["state"]["events"],
    }
