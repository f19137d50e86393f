"""The body of a learner: its arrays, how they grow, and which back end runs them."""

import ctypes
from math import prod
from typing import Any

import numpy as np

from learner.pipeline import loop
from learner.pipeline.cache import is_kept
from learner.pipeline.chance import MODULUS_1, MODULUS_2
from learner.pipeline.memory import FAN_IN, PARTS, SPIKE, TRACE, Memory, State
from learner.pipeline.naming import loaded
from learner.pipeline.settings import DTYPE

KINDS = TRACE + 2
STATE_DTYPE = np.dtype(
    [(name, np.int64 if kind is ctypes.c_int64 else np.float64) for name, kind in State._fields_]  # type: ignore[misc]
)
SCRATCH = ("values", "rows", "counts", "x", "seen", "outputs", "delta", "errors")
"""Arrays that hold nothing beyond one event."""
FIXED = ("pathways", "hidden", "regression")
"""Numbers that come from the parameters."""
BYTES = 8
"""Of a number in the arrays."""
ROOM = 4
"""Features that a new learner has room for; doubled when it is full."""
COMPILE_AFTER = 3e6
"""Work (inner steps) after which loading compiled code pays."""
COMPILE_AFTER_COLD = 4e7
"""The same where it must be compiled first."""


class Settings(ctypes.Structure):
    """The settings' record, as seen by plain Python."""

    _fields_ = [(name, ctypes.c_double) for name in DTYPE.names or ()]


def shapes(
    pathways: int, hidden: int, *, room: int, classes: int, buffer: int
) -> dict[str, tuple[int, ...]]:
    """Return the shape of every array of a learner with room for so many features."""
    g, h, k = pathways, hidden, max(1, classes)
    r, m = 1 + h + room, PARTS * g
    return {
        "synapses": (g, KINDS, r, k), "values": (g, r), "rows": (g, r), "counts": (g,),
        "x": (room,), "seen": (room + 1,), "features": (SPIKE + 1, room),
        "bank": (g, max(1, h), FAN_IN + 1), "sources": (g, max(1, h), FAN_IN),
        "inhibition": (g,), "heads": (2, m), "outputs": (m + 1, k),
        "delta": (g, PARTS, r, k), "errors": (PARTS, k),
        "presence": (k,), "pools": (g, PARTS - 1),
        "buffer": (buffer, room + 1), "kept": (2, k),
    }  # fmt: skip


def room_for(features: int, room: int = ROOM) -> int:
    """Return the room of arrays that grew from ``room`` until the features fit."""
    while room < features:
        room *= 2
    return room


def size_of(shapes: dict[str, tuple[int, ...]]) -> int:
    """Return the bytes of arrays of these shapes."""
    return BYTES * sum(prod(shape) for shape in shapes.values())


class Core:
    """Arrays of one learner and the functions that work on them.

    ``settings`` is the record of ``settings.derive``. Features and classes are numbered in
    the order in which they were added; arrays grow at their end.
    """

    def __init__(self, settings: np.ndarray, *, expansion: int, expansions: int, seed: int,
                 regression: bool) -> None:  # fmt: skip
        self.settings = settings
        self.seed = seed
        self.work = 0.0
        self.back_end = "auto"
        self.direct: dict[str, Any] = {}
        self.state_array = np.zeros(1, STATE_DTYPE)
        state = self.state_array
        state["regression"] = regression
        state["classes"] = 1 if regression else 0
        state["pathways"] = 1 + (expansions if expansion else 0)
        state["hidden"] = expansion
        state["threshold"] = settings["first_threshold"]
        state["slow_error"] = state["fast_error"] = 0.5
        first, second = np.random.default_rng(seed).integers(1, 2147483398, 2)
        state["random_1"], state["random_2"] = first, second
        self.arrays = self._allocate(room=ROOM)
        self.arrays["heads"][1] = 1.0 / len(self.arrays["heads"][1])
        self._bind()

    def _shapes(self, room: int) -> dict[str, tuple[int, ...]]:
        s = self.state_array[0]
        return shapes(
            int(s["pathways"]), int(s["hidden"]), room=room, classes=int(s["classes"]),
            buffer=int(self.settings["buffer"][0]),
        )  # fmt: skip

    def size(self, features: int, classes: int) -> int:
        """Return the bytes that the arrays would take with so many features and classes."""
        s = self.state
        room = room_for(features, self.room)
        buffer = int(self.settings["buffer"][0])
        return size_of(shapes(s.pathways, s.hidden, room=room, classes=classes, buffer=buffer))

    def _allocate(self, room: int) -> dict[str, np.ndarray]:
        whole = {"rows", "counts", "sources"}
        arrays = {
            name: np.zeros(shape, np.int64 if name in whole else np.float64)
            for name, shape in self._shapes(room).items()
        }
        arrays["buffer"].fill(np.nan)
        return arrays

    def _bind(self) -> None:
        """Make the two views of the same bytes: arrays, and plain Python's."""
        self.memory = Memory(**self.arrays)
        self.state = State.from_buffer(self.state_array.data)
        self.plain = (
            Memory(**{name: memoryview(a) for name, a in self.arrays.items()}),
            (self.state,),
            (Settings.from_buffer(self.settings.data),),
        )
        self.fast = (self.memory, self.state_array, self.settings)

    @property
    def room(self) -> int:
        """How many features the arrays have room for."""
        return len(self.arrays["x"])

    def grow(self, features: int, classes: int) -> None:
        """Make room for more features and classes; new weights are zero."""
        state = self.state
        old = state.features
        if not state.regression:
            state.classes = classes
        before, self.arrays = self.arrays, self._allocate(room_for(features, self.room))
        for name, array in before.items():
            if name not in SCRATCH:
                part = tuple(slice(n) for n in array.shape)
                self.arrays[name][part] = array
        state.features = features
        if features > old and state.hidden:
            self._wire(old, features)
        self._bind()

    def restore(self, numbers: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
        """Take up numbers and arrays that were saved, after a look at every shape."""
        for name in STATE_DTYPE.names or ():
            if name in FIXED and numbers[name] != self.state_array[name][0]:
                raise ValueError(f"{name} must be {self.state_array[name][0]}; got {numbers[name]}")
            self.state_array[name] = numbers[name]
        fresh = self._allocate(room=arrays["features"].shape[1])
        for name, array in fresh.items():
            if name in SCRATCH:
                continue
            saved = arrays[name]
            if saved.shape != array.shape or saved.dtype != array.dtype:
                raise ValueError(
                    f"array {name} must be {array.dtype} of shape {array.shape}; "
                    f"got {saved.dtype} of shape {saved.shape}"
                )
            array[...] = saved
        self._check(fresh)
        self.arrays = fresh
        self._bind()

    def _check(self, arrays: dict[str, np.ndarray]) -> None:
        """Refuse numbers that would lead outside the arrays, or that are not finite."""
        s = self.state
        stored = arrays["buffer"][: s.buffered, 0]
        limits = {
            "features": (s.features, 0, len(arrays["x"])),
            "buffered": (s.buffered, 0, len(arrays["buffer"])),
            "target": (s.target, 0, max(0, s.classes - 1)),
            "winner": (s.winner, 0, max(0, s.classes - 1)),
            "random_1": (s.random_1, 1, MODULUS_1 - 1),
            "random_2": (s.random_2, 1, MODULUS_2 - 1),
            "sources": (arrays["sources"].min(), 0, max(0, s.features - 1)),
            "sources' largest": (arrays["sources"].max(), 0, max(0, s.features - 1)),
        }
        if not s.regression and len(stored):
            limits["class in the buffer"] = (stored.min(), 0, s.classes - 1)
            limits["class in the buffer, largest"] = (stored.max(), 0, s.classes - 1)
        for name, (value, least, most) in limits.items():
            if not least <= value <= most:
                raise ValueError(f"{name} must be from {least} to {most}; got {value}")
        for name, array in arrays.items():
            if name != "buffer" and not np.isfinite(array).all():
                raise ValueError(f"array {name} must hold finite numbers only")

    def __getstate__(self) -> dict[str, Any]:
        """Return what copies need: bytes, without the views of them."""
        keep = ("settings", "seed", "work", "back_end", "state_array")
        arrays = {name: a for name, a in self.arrays.items() if name not in SCRATCH}
        return {name: getattr(self, name) for name in keep} | {"arrays": arrays}

    def __setstate__(self, values: dict[str, Any]) -> None:
        """Take up copies of the bytes: what was read may be write-protected."""
        self.__dict__.update(values)
        self.direct = {}
        self.settings, self.state_array = values["settings"].copy(), values["state_array"].copy()
        room = values["arrays"]["features"].shape[1]
        kept = {name: array.copy() for name, array in values["arrays"].items()}
        self.arrays = self._allocate(room) | kept
        self._bind()

    def _wire(self, first: int, last: int) -> None:
        """Connect new features to hidden units: each unit keeps a uniform sample of them."""
        scale = float(self.settings["input_scale"][0])
        bias = float(self.settings["bias_scale"][0])
        for g in range(1, self.state.pathways):
            bank, sources = self.arrays["bank"][g], self.arrays["sources"][g]
            units = np.arange(self.state.hidden)
            for j in range(first, last):
                random = np.random.default_rng([self.seed, g, j])
                if j == 0:
                    bank[:, FAN_IN] = bias * random.standard_normal(len(units))
                place = (
                    np.full(len(units), j) if j < FAN_IN
                    else random.integers(0, j + 1, len(units))
                )  # fmt: skip
                taken = units[place < FAN_IN]
                bank[taken, place[taken]] = random.standard_normal(len(taken))
                sources[taken, place[taken]] = j
            norm = np.sqrt((bank[:, :FAN_IN] ** 2).sum(axis=1, keepdims=True))
            bank[:, :FAN_IN] *= scale / np.maximum(norm, 1e-12)

    def cost(self) -> float:
        """Return the inner steps of one event, roughly."""
        s = self.state
        inputs = 1 + s.features + float(self.settings["active"][0])
        heads: float = PARTS * s.pathways * inputs * max(1, s.classes)
        return float(s.hidden) * FAN_IN + 4.0 * heads

    def learn_one(self) -> None:
        """Learn from the event in ``x``, on the short way once there is compiled code."""
        if self.direct:
            self.direct["learn_one"](*self.fast)
        else:
            self.call("learn_one", self.cost())

    def predict_one(self) -> None:
        """Predict the event in ``x``, on the short way once there is compiled code."""
        if self.direct:
            self.direct["predict_one"](*self.fast)
        else:
            self.call("predict_one", self.cost())

    def call(self, name: str, work: float, *rest: Any) -> None:
        """Run a function of ``loop`` on the back end that pays."""
        self.work += work
        if self.compiled(name):
            from learner.pipeline import compiled

            compiled.entries[name](*self.fast, *rest)
            self.direct = compiled.direct()
        else:
            views = (memoryview(a) if isinstance(a, np.ndarray) else a for a in rest)
            getattr(loop, name)(*self.plain, *views)

    def compiled(self, name: str) -> bool:
        """Return whether a function's compiled form is, or is now to be, used."""
        if self.back_end != "auto":
            return self.back_end == "compiled"
        entries = loaded("learner.pipeline.compiled", "entries")  # a thread may be importing it
        if entries is not None and entries[name].direct is not None:
            return True
        if self.work < COMPILE_AFTER:
            return False
        return self.work >= COMPILE_AFTER_COLD or is_kept(name)
