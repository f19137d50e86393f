"""State as plain data: numbers, names and arrays; never a pickle."""

import json
import os
from collections import OrderedDict
from pathlib import Path
from typing import Any, Self

import numpy as np

from learner.pipeline.core import SCRATCH, Core
from learner.pipeline.memory import State

FORMAT = 1
HEADER = "header.json"


def encode_name(name: Any) -> Any:
    """Return a name, label or identifier as JSON that keeps its type."""
    if isinstance(name, tuple):
        return {"tuple": [encode_name(part) for part in name]}
    if name is None or type(name) in (str, int, float, bool):
        return {type(name).__name__: name}
    if hasattr(name, "item"):
        return encode_name(name.item())
    raise ValueError(f"only text, numbers and tuples of them can be saved as names; got {name!r}")


def decode_name(coded: dict[str, Any]) -> Any:
    """Return what ``encode_name`` was given."""
    ((kind, value),) = coded.items()
    if kind == "tuple":
        return tuple(decode_name(part) for part in value)
    return float(value) if kind == "float" else value


class Saving:
    """State in and out."""

    _core: Core
    _features: dict[Any, int]
    _labels: list[Any]
    _classes: dict[Any, int]
    _regression: bool
    _ledger: Any
    _pending: OrderedDict[Any, dict[Any, Any]]

    def state_dict(self) -> dict[str, Any]:
        """Return the whole state: a header of plain data, and arrays."""
        state = self._core.state
        header = {
            "format": FORMAT,
            "kind": type(self).__name__,
            "parameters": self.get_params(),  # type: ignore[attr-defined]
            "features": [encode_name(name) for name in self._features],
            "labels": [encode_name(label) for label in self._labels],
            "state": {name: getattr(state, name) for name, _ in State._fields_},  # type: ignore[misc]
            "pending": [
                [encode_name(event), [[encode_name(n), _number(v)] for n, v in x.items()]]
                for event, x in self._pending.items()
            ],
        }
        arrays = {n: a.copy() for n, a in self._core.arrays.items() if n not in SCRATCH}
        return {"header": header, "arrays": arrays}

    def load_state(self, saved: dict[str, Any]) -> Self:
        """Take up a state; the parameters become those of the state."""
        header = saved["header"]
        check_header(header, type(self).__name__)
        for name, value in header["parameters"].items():
            setattr(self, name, _tuples(value))
        ledger = self._ledger
        self._forget()  # type: ignore[attr-defined]
        self._ledger = ledger
        self._features = {decode_name(n): j for j, n in enumerate(header["features"])}
        self._labels = [decode_name(label) for label in header["labels"]]
        self._classes = {label: k for k, label in enumerate(self._labels)}
        for event, x in header["pending"]:
            values = {decode_name(n): float("nan") if v is None else v for n, v in x}
            self._pending[decode_name(event)] = values
        counted = len(self._features), 1 if self._regression else len(self._labels)
        told = header["state"]["features"], header["state"]["classes"]
        if counted != told:
            raise ValueError(f"features and classes must be {told} in number; got {counted}")
        self._core.restore(header["state"], saved["arrays"])
        self._bind()  # type: ignore[attr-defined]
        return self

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the state into one npz file, all of it or nothing."""
        saved = self.state_dict()
        text = json.dumps(saved["header"], allow_nan=False).encode()
        target = Path(path)
        waiting = target.with_name(f"{target.name}.{os.getpid()}.part")
        with waiting.open("wb") as file:
            header = np.frombuffer(text, dtype=np.uint8)
            np.savez(file, allow_pickle=False, **{HEADER: header}, **saved["arrays"])
            file.flush()
            os.fsync(file.fileno())
        waiting.replace(target)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Return the learner that was saved; nothing in the file is executed."""
        try:
            with np.load(path, allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files if name != HEADER}
                header = json.loads(file[HEADER].tobytes())
        except (KeyError, TypeError, EOFError, json.JSONDecodeError, ValueError) as problem:
            raise ValueError(f"{path} is no saved learner: {problem}") from None
        return cls().load_state({"header": header, "arrays": arrays})


def check_header(header: Any, kind: str) -> None:
    """Refuse a state of another format or of another kind of learner."""
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        found = header.get("format") if isinstance(header, dict) else None
        raise ValueError(f"the state's format must be {FORMAT}; got {found!r}")
    if header.get("kind") != kind:
        raise ValueError(f"the state is of {header.get('kind')!r}, not of {kind}")


def _number(value: Any) -> float | None:
    number = float("nan") if value is None else float(value)
    return None if number != number or abs(number) == float("inf") else number


def _tuples(value: Any) -> Any:
    return tuple(_tuples(part) for part in value) if isinstance(value, list | tuple) else value
