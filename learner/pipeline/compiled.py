"""The same loop, compiled. The only file of the learner that names numba.

Nothing is written a second time: the functions are taken as they stand, together with the
functions they call by global name. No fast-math: plain Python and compiled code agree.
"""

from types import FunctionType
from typing import Any

import numba

from learner.pipeline import loop
from learner.pipeline.cache import cache_folder

PACKAGE = "learner.pipeline"
OPTIONS: dict[str, Any] = {"error_model": "numpy", "nogil": True}


def compile_function(function: Any, done: dict[str, Any], *, cache: bool = False) -> Any:
    """Return a function compiled with all the package's functions that it names."""
    key = f"{function.__module__}.{function.__qualname__}"
    if key in done and not cache:
        return done[key]
    names = dict(function.__globals__)
    for name in function.__code__.co_names:
        value = names.get(name)
        if isinstance(value, FunctionType) and value.__module__.startswith(PACKAGE):
            names[name] = compile_function(value, done)
    twin = FunctionType(function.__code__, names, function.__name__, function.__defaults__)
    twin.__module__, twin.__qualname__ = function.__module__, function.__qualname__
    options = OPTIONS | {"cache": cache, "no_cpython_wrapper": not cache, "forceinline": not cache}
    done[key] = numba.njit(**options)(twin)
    return done[key]


class Entry:
    """A compiled function without the look at its arguments' types, which never change."""

    def __init__(self, function: Any) -> None:
        self.dispatcher = compile_function(function, {}, cache=True)
        self.direct: Any = None

    def __call__(self, *arguments: Any) -> None:
        if self.direct is None:
            self.dispatcher(*arguments)
            self.direct = next(iter(self.dispatcher.overloads.values())).entry_point
        else:
            self.direct(*arguments)


numba.config.CACHE_DIR = str(cache_folder())  # type: ignore[attr-defined]
entries = {
    function.__name__: Entry(function)
    for function in (
        loop.learn_one, loop.learn_many, loop.predict_one, loop.predict_many, loop.sleep_many
    )
}  # fmt: skip


def direct() -> dict[str, Any]:
    """Return the functions that learn and predict one event, once both were called."""
    found = {name: entries[name].direct for name in ("learn_one", "predict_one")}
    return found if all(found.values()) else {}
