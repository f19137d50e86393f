"""The same steps, tick and engines, compiled. The only file that names numba.

Nothing is written a second time: the functions are taken as they stand, together with
the functions they call by global name, and compiled for arrays of records. Compiled code
is kept on disk in a folder named by a hash of the sources, because numba does not notice
a change in a function that is called.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FunctionType
from typing import Any

import numba
from numba import types
from numba.extending import intrinsic

from synapse.plasticity import engine, vector_mathematics
from synapse.plasticity.lanes import engine as lanes_engine
from synapse.plasticity.lanes import exchange, planning
from synapse.plasticity.lanes.layout import LANE
from synapse.plasticity.processes.switched_off import SWITCHED_OFF

PACKAGE = "synapse.plasticity"
OPTIONS: dict[str, Any] = {"error_model": "numpy", "nogil": True, "_nrt": False}
"""No fast-math: plain Python and compiled code must agree. No counting of references, which
costs more than a tick: nothing here makes an array, and the caller holds all of them."""
LANES_OPTIONS = OPTIONS | {"fastmath": {"contract"}}
"""Lanes may fuse a multiply and an add, which rounds once instead of twice."""

INLINED = {
    "plan_tick", "is_active", "carry_out", "do_tick",
    "advance_neuron", "advance_shared", "update_gates", "transmit",
}  # fmt: skip
"""Called once per tick, mostly with a whole cell, which is costly to hand over."""
OUTLINED = {
    "advance_active", "advance_quiescent", "prepare_quiescent", "advance_one", "prepare_one",
    "spike_onto", "prepare_influx", "synapse_is_active", "longest_for", "wait", "philox",
}  # fmt: skip
"""Of lanes everything else is inlined: a loop over lanes is vectorised only as a whole, and
a function that takes many arrays is costly to call."""


def copy_records(to: Any, source: Any) -> None:
    """Copy whole records (the compiled twin of ``engine.copy_records``)."""
    for i in range(len(source)):
        to[i] = source[i]


@intrinsic
def lane(context: Any, block: Any, i: Any) -> Any:
    """Return lane i of a block as a record (the compiled twin of ``layout.lane``)."""
    record = numba.from_dtype(LANE)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        start = builder.bitcast(array.data, context.get_value_type(types.int64).as_pointer())
        here = builder.gep(start, [arguments[1]])
        return builder.bitcast(here, context.get_value_type(record))

    return record(block, types.intp), generate


@intrinsic
def to_bits(context: Any, x: Any) -> Any:
    """Return the bits of a double as a whole number."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], context.get_value_type(types.int64))

    return types.int64(types.float64), generate


@intrinsic
def from_bits(context: Any, bits: Any) -> Any:
    """Return the double that has these bits."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], context.get_value_type(types.float64))

    return types.float64(types.int64), generate


def cache_folder() -> Path:
    """Return the folder of the compiled code of exactly these sources."""
    here = Path(__file__).parent
    parts = (".", "steps", "processes", "components", "lanes")
    sources = sorted(source for part in parts for source in (here / part).glob("*.py"))
    digest = hashlib.sha256(numba.__version__.encode())
    for source in sources:
        digest.update(source.read_bytes())
    base = os.environ.get("SYNAPSE_CACHE_DIR") or Path(tempfile.gettempdir()) / _user()
    return Path(base) / "synapse-compiled" / digest.hexdigest()[:16]


def _user() -> str:
    return f"cache-{os.getuid()}" if hasattr(os, "getuid") else "cache"


class Compiler:
    """Compiles functions with all the package's functions that they name.

    ``twins`` replace names: of functions whose compiled form is another, or of builtins.
    ``is_inlined`` tells by name; ``label`` keeps two compilers' code apart on disk.
    """

    def __init__(
        self,
        options: Mapping[str, Any],
        twins: Mapping[str, Any],
        is_inlined: Callable[[str], bool],
        label: str = "",
    ) -> None:
        self.options = options
        self.twins = twins
        self.is_inlined = is_inlined
        self.label = label
        self.done: dict[str, Any] = {}

    def compile(self, function: Any, *, cache: bool = False) -> Any:
        """Return a function compiled; ``cache`` keeps it on disk and lets Python call it."""
        key = f"{function.__module__}.{function.__qualname__}"
        if key in self.done:
            return self.done[key]
        names = dict(function.__globals__)
        for name in function.__code__.co_names:
            if name in self.twins:
                names[name] = self._twin(self.twins[name])
            elif self._is_own(names.get(name)):
                names[name] = self.compile(names[name])
        twin = FunctionType(function.__code__, names, function.__name__, function.__defaults__)
        twin.__module__, twin.__qualname__ = function.__module__, function.__qualname__ + self.label
        options: dict[str, Any] = {**self.options, "cache": cache, "no_cpython_wrapper": not cache}
        options["forceinline"] = not cache and self.is_inlined(function.__name__)
        self.done[key] = numba.njit(**options)(twin)
        return self.done[key]

    def _twin(self, twin: Any) -> Any:
        return self.compile(twin) if isinstance(twin, FunctionType) else twin

    @staticmethod
    def _is_own(value: Any) -> bool:
        return isinstance(value, FunctionType) and value.__module__.startswith(PACKAGE)


_lanes: dict[bool, "Lanes"] = {}


def lanes(*, processes: bool) -> "Lanes":
    """Return the engine of populations, with or without the optional processes."""
    if processes not in _lanes:
        _lanes[processes] = Lanes(processes=processes)
    return _lanes[processes]


class Lanes:
    """The engine of populations, compiled; ``processes`` with the optional ones."""

    def __init__(self, *, processes: bool) -> None:
        twins = {"lane": lane, "to_bits": to_bits, "from_bits": from_bits}
        twins |= vector_mathematics.TWINS
        if not processes:
            twins |= SWITCHED_OFF
        label = "_with_processes" if processes else "_plain"
        compiler = Compiler(LANES_OPTIONS, twins, lambda name: name not in OUTLINED, label)
        self.advance_synapses = compiler.compile(lanes_engine.advance_synapses, cache=True)
        self.first_arrivals = compiler.compile(planning.first_arrivals, cache=True)
        self.fill_posts = compiler.compile(planning.fill_posts, cache=True)
        self.follow_events = compiler.compile(exchange.follow_events, cache=True)
        self.take_in = compiler.compile(exchange.take_in, cache=True)
        self.present_sums = compiler.compile(exchange.present_sums, cache=True)


numba.config.CACHE_DIR = str(cache_folder())  # type: ignore[attr-defined]
_cells = Compiler(OPTIONS, {"copy_records": copy_records}, INLINED.__contains__)
advance_cell = _cells.compile(engine.advance_cell, cache=True)
