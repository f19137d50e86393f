"""What River asks of an estimator; River itself is never imported.

Where River is loaded, the estimator announces itself to its abstract classes, so that
pipelines, metrics and River's own checks take it for one of theirs.
"""

import copy
import gc
import inspect
import sys
import types
import weakref
from collections.abc import Iterator
from typing import Any, Self

import numpy as np

from learner.pipeline.naming import loaded


class RiverProtocol:
    """Parameters, clones and tags, in River's words."""

    _regression: bool

    def _announce(self) -> None:
        kind = "Regressor" if self._regression else "Classifier"
        for name in (kind, f"MiniBatch{kind}"):
            base = loaded("river.base", name)
            if base is not None:
                base.register(type(self))

    def _get_params(self) -> dict[str, Any]:
        names = inspect.signature(type(self)).parameters
        return {name: getattr(self, name) for name in names}

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={value!r}" for name, value in self._get_params().items())
        return f"{type(self).__name__}({values})"

    def __str__(self) -> str:
        return type(self).__name__

    def clone(
        self, new_params: dict[str, Any] | None = None, include_attributes: bool = False
    ) -> Self:
        """Return a learner with the same parameters, without or with what was learned."""
        new = type(self)(**self._get_params() | (new_params or {}))
        if include_attributes:
            new.__dict__.update(copy.deepcopy(self).__dict__)
        return new

    def mutate(self, new_attrs: dict[str, Any]) -> None:
        """Refuse to change a parameter of a learner: its past would no longer be its own."""
        for name in new_attrs:
            raise ValueError(f"{name} cannot be changed; clone the learner with a new value")

    @property
    def _mutable_attributes(self) -> set[str]:
        return set()

    @property
    def _is_stochastic(self) -> bool:
        return False

    @property
    def _supervised(self) -> bool:
        return True

    @property
    def _multiclass(self) -> bool:
        return True

    @property
    def _tags(self) -> set[str]:
        return set()

    @classmethod
    def _unit_test_params(cls) -> Iterator[dict[str, Any]]:
        yield {}

    def _unit_test_skips(self) -> set[str]:
        return set()

    @property
    def _raw_memory_usage(self) -> int:
        """Bytes of everything that hangs on the learner, classes and modules left out."""
        left_out = (type, types.ModuleType, types.FunctionType, *weakref.ProxyTypes)
        seen: dict[int, Any] = {}
        waiting: list[Any] = [self]
        while waiting:
            thing = waiting.pop()
            if id(thing) not in seen and not issubclass(type(thing), left_out):
                seen[id(thing)] = thing
                waiting.extend(gc.get_referents(thing))
        sizes = (
            sys.getsizeof(thing) + (thing.nbytes if isinstance(thing, np.ndarray) else 0)
            for thing in seen.values()
        )
        return sum(sizes)

    @property
    def _memory_usage(self) -> str:
        return f"{self._raw_memory_usage / 1024:.1f} KiB"
