"""A learner from a state that somebody sends: read with suspicion, never executed.

A state is an npz file or JSON. Before anything is allocated, its size, its arrays' types and
their shapes are looked at; nothing that is pickled is ever read.
"""

import ctypes
import io
import json
import math
import zipfile
import zlib
from typing import Any

import numpy as np
from django.conf import settings
from django.db import transaction
from numpy.lib import format as npy

from learner.models import CheckpointKind, Learner
from learner.pipeline.core import SCRATCH
from learner.pipeline.memory import State as Numbers
from learner.pipeline.saving import HEADER, check_header, decode_name, encode_name
from learner.pipeline.settings import USER
from learner.services.checkpoints import store_checkpoint
from learner.services.columns import check_text, class_of, text_of
from learner.services.learners import CLASSES, create_learner, guess_schema
from learner.services.limits import check_growth
from learner.services.states import Model, new_model

MOST_ARRAYS = 64
LARGEST_JSON = 10_000_000
"""Bytes of a state as JSON, which takes many times its size in memory."""
DTYPES = {np.dtype(name).str: np.dtype(name) for name in ("float64", "int64", "uint8")}
ZIPPED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
PICKLE = b"\x80"
State = dict[str, Any]


def read_state(data: bytes) -> State:
    """Return the state in a file, by its first bytes npz or JSON.

    Raises
    ------
    ValueError
        It is something else, damaged, too large, or holds anything but numbers and names.
    """
    most = largest_state()
    if len(data) > most:
        raise ValueError(f"a state may have at most {most:,} bytes; got {len(data):,}")
    if data.startswith(b"PK"):
        state = _read_npz(data, most)
    elif data.lstrip()[:1] == b"{":
        state = _read_json(data)
    elif data.startswith(PICKLE):
        raise ValueError("the state is a pickle, which could run anything: send npz or JSON")
    else:
        raise ValueError("the state must be an npz file or JSON, as it was downloaded")
    _check_header(state["header"])
    return state


def largest_state() -> int:
    """Return how many bytes an uploaded state may have, packed or unpacked."""
    most: int = settings.LEARNER_STATE_BYTES
    return most


@transaction.atomic
def create_from_state(
    *, name: str, data: bytes, owner: Any = None, visibility: str = "private"
) -> Learner:
    """Create a learner that goes on from a state; its ledger begins there."""
    state = read_state(data)
    header = state["header"]
    learner = create_learner(
        name=name, kind=CLASSES[header["kind"]], parameters=header["parameters"], owner=owner,
        visibility=visibility,
    )  # fmt: skip
    model = new_model(learner)
    try:
        _check_shapes(model, state)
        check_growth(
            model, learner.name, features=len(header["features"]), labels=len(header["labels"])
        )
        model.load_state(state)
    except (KeyError, TypeError, IndexError, OverflowError) as problem:
        raise ValueError(f"this is no saved learner: {problem!r}") from None
    learner.schema = guess_schema(header["features"])
    learner.events = header["state"]["events"]
    learner.save()
    for row in (CheckpointKind.HEAD, CheckpointKind.SNAPSHOT):
        store_checkpoint(learner, model.state_dict(), kind=row, position=0, version=0)
    return learner


# --- npz -----------------------------------------------------------------------------------


def _read_npz(data: bytes, most: int) -> State:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            _check_members(members, most)
            arrays = {m.filename.removesuffix(".npy"): _array(archive, m) for m in members}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as problem:
        raise ValueError(f"the state is a damaged npz file: {problem}") from None
    header = arrays.pop(HEADER, None)
    if header is None:
        raise ValueError(f"the npz file is no saved learner: it has no {HEADER}")
    return {"header": _json(header.tobytes()), "arrays": arrays}


def _check_members(members: list[zipfile.ZipInfo], most: int) -> None:
    """Look at what the archive says of itself; nothing has been unpacked yet."""
    if len(members) > MOST_ARRAYS or len({m.filename for m in members}) < len(members):
        raise ValueError(f"an npz file of a learner has up to {MOST_ARRAYS} arrays, each once")
    size = sum(member.file_size for member in members)
    if size > most:
        raise ValueError(f"a state may have at most {most:,} bytes unpacked; this has {size:,}")
    if any(m.compress_type not in ZIPPED or not m.filename.endswith(".npy") for m in members):
        raise ValueError("an npz file of a learner holds arrays only, stored or deflated")


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> np.ndarray:
    """Return one array, after a look at its type and its size."""
    name = member.filename
    with archive.open(member) as file:
        version = npy.read_magic(file)
        if version not in ((1, 0), (2, 0)):
            raise ValueError(f"{name} is an array of format {version}, which no learner has")
        read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, fortran, dtype = read(file)
        if dtype.hasobject:
            raise ValueError(f"{name} holds objects, which would have to be unpickled: refused")
        if dtype.str not in DTYPES:
            raise ValueError(f"{name} holds {dtype}; a learner's arrays hold numbers of 64 bits")
        if math.prod(shape) * dtype.itemsize != member.file_size - file.tell():
            raise ValueError(f"{name} has not the size that its header tells")
        flat = np.frombuffer(file.read(), dtype=dtype)
    return flat.reshape(shape, order="F" if fortran else "C")


# --- JSON ----------------------------------------------------------------------------------


def _read_json(data: bytes) -> State:
    if len(data) > LARGEST_JSON:
        raise ValueError(f"a state as JSON may have at most {LARGEST_JSON:,} bytes; send npz")
    saved = _json(data)
    try:
        arrays = {str(name): _listed(name, one) for name, one in saved["arrays"].items()}
        return {"header": saved["header"], "arrays": arrays}
    except (KeyError, TypeError, AttributeError, OverflowError) as problem:
        raise ValueError(f"the JSON is no saved learner: {problem!r}") from None


def _listed(name: str, listed: dict[str, Any]) -> np.ndarray:
    if listed["dtype"] not in DTYPES:
        raise ValueError(f"{name[:40]} must hold one of {', '.join(DTYPES)}")
    values = [math.nan if value is None else value for value in listed["values"]]
    if not all(type(value) in (int, float) for value in values):
        raise ValueError(f"{name[:40]} must hold numbers only")
    return np.array(values, dtype=DTYPES[listed["dtype"]]).reshape(listed["shape"])


def _json(text: bytes) -> Any:
    try:
        return json.loads(text, parse_constant=_no_number)
    except RecursionError:
        raise ValueError("the state is nested too deeply to be a learner's") from None
    except ValueError as problem:
        raise ValueError(f"the state cannot be read as JSON: {problem}") from None


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number")


# --- what a state says ---------------------------------------------------------------------


def _check_header(header: Any) -> None:
    """Look at everything that is no array, and bring names into the form of the service."""
    kind = header.get("kind") if isinstance(header, dict) else None
    if not isinstance(kind, str) or kind not in CLASSES:
        known = ", ".join(CLASSES)
        raise ValueError(f"the state must be of one of {known}; it is of {kind!r:.60}")
    check_header(header, kind)
    _check_parameters(header.get("parameters"))
    _check_numbers(header.get("state"))
    try:
        features = [check_text("a feature", _name(coded)) for coded in header["features"]]
        labels = [class_of(_name(coded)) for coded in header["labels"]]
    except (KeyError, TypeError, AttributeError) as problem:
        raise ValueError(f"the state's names cannot be read: {problem!r:.80}") from None
    for what, names in (("feature", features), ("label", labels)):
        if len(set(names)) < len(names):
            raise ValueError(f"the state has a {what} twice")
    header["features"] = [encode_name(name) for name in features]
    header["labels"] = [encode_name(name) for name in labels]
    header["pending"] = []  # what waits for its label belongs to where it was predicted


def _check_parameters(parameters: Any) -> None:
    known = {setting.name for setting in USER} | {"expert"}
    if not isinstance(parameters, dict) or parameters.keys() - known:
        raise ValueError("the state's parameters must be those of a learner")
    pairs = parameters.get("expert")
    if pairs is not None and not (
        isinstance(pairs, list) and all(isinstance(p, list) and len(p) == 2 for p in pairs)
    ):
        raise ValueError(f"expert must be pairs of a name and a value; got {pairs!r:.60}")


def _check_numbers(numbers: Any) -> None:
    if not isinstance(numbers, dict):
        raise ValueError("the state's numbers are missing")
    for name, kind in Numbers._fields_:  # type: ignore[misc]
        value: Any = numbers.get(name)
        whole = kind is ctypes.c_int64
        if type(value) not in ((int,) if whole else (int, float)) or not abs(value) < 2**63:
            raise ValueError(f"{name} of the state must be a number; got {value!r:.40}")
        if whole and value < 0:
            raise ValueError(f"{name} of the state must not be negative; got {value}")


def _name(coded: Any) -> str:
    """Return a name as text: the service knows columns and classes by their text."""
    name = decode_name(coded)
    if not isinstance(name, str | int | float):
        raise ValueError(f"a name of the state must be text; got {name!r:.40}")
    return text_of(name)


def _check_shapes(model: Model, state: State) -> None:
    """Compare every array's shape with what the numbers ask for, before any is allocated."""
    core, arrays = model._core, state["arrays"]
    classes, features = int(state["header"]["state"]["classes"]), arrays["features"]
    if classes < 0 or features.ndim != 2:
        raise ValueError("the state's numbers of classes and features cannot be")
    before = int(core.state_array["classes"][0])
    core.state_array["classes"] = classes
    wanted = core._shapes(features.shape[1])
    core.state_array["classes"] = before
    for name in wanted.keys() - set(SCRATCH):
        if name not in arrays:
            raise ValueError(f"the state lacks the array {name}")
        if arrays[name].shape != wanted[name]:
            found = arrays[name].shape
            raise ValueError(f"array {name} must have shape {wanted[name]}; got {found}")
