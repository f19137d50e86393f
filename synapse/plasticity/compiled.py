"""The same steps, tick and engine, compiled. The only file that names numba.

Nothing is written a second time: the functions are taken as they stand, together with
the functions they call by global name, and compiled for arrays of records. Compiled code
is kept on disk in a folder named by a hash of the sources, because numba does not notice
a change in a function that is called.
"""

import hashlib
import os
import tempfile
from pathlib import Path
from types import FunctionType
from typing import Any

import numba

from synapse.plasticity import engine

PACKAGE = "synapse.plasticity"
OPTIONS: dict[str, Any] = {"error_model": "numpy", "nogil": True}
"""No fast-math: plain Python and compiled code must agree."""


INLINED = {
    "plan_tick", "is_active", "carry_out", "do_tick",
    "advance_neuron", "advance_shared", "update_gates", "transmit",
}  # fmt: skip
"""Called once per tick, mostly with a whole cell, which is costly to hand over."""


def copy_records(to: Any, source: Any) -> None:
    """Copy whole records (the compiled twin of ``engine.copy_records``)."""
    for i in range(len(source)):
        to[i] = source[i]


TWINS = {"copy_records": copy_records}


def cache_folder() -> Path:
    """Return the folder of the compiled code of exactly these sources."""
    here = Path(__file__).parent
    parts = (".", "steps", "processes", "components")
    sources = sorted(source for part in parts for source in (here / part).glob("*.py"))
    digest = hashlib.sha256(numba.__version__.encode())
    for source in sources:
        digest.update(source.read_bytes())
    base = os.environ.get("SYNAPSE_CACHE_DIR") or Path(tempfile.gettempdir()) / _user()
    return Path(base) / "synapse-compiled" / digest.hexdigest()[:16]


def _user() -> str:
    return f"cache-{os.getuid()}" if hasattr(os, "getuid") else "cache"


def compile_function(function: Any, done: dict[str, Any], *, cache: bool = False) -> Any:
    """Return a function compiled with all the package's functions that it names."""
    key = f"{function.__module__}.{function.__qualname__}"
    if key in done:
        return done[key]
    source = TWINS.get(function.__name__, function)
    names = dict(source.__globals__)
    for name in source.__code__.co_names:
        value = names.get(name)
        if isinstance(value, FunctionType) and value.__module__.startswith(PACKAGE):
            names[name] = compile_function(value, done)
    twin = FunctionType(source.__code__, names, source.__name__, source.__defaults__)
    twin.__module__, twin.__qualname__ = source.__module__, source.__qualname__
    options = OPTIONS | {"cache": cache, "no_cpython_wrapper": not cache}
    options["forceinline"] = source.__name__ in INLINED
    done[key] = numba.njit(**options)(twin)
    return done[key]


numba.config.CACHE_DIR = str(cache_folder())  # type: ignore[attr-defined]
_done: dict[str, Any] = {}
advance_cell = compile_function(engine.advance_cell, _done, cache=True)
