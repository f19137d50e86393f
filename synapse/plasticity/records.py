"""The type of a record: anything that has the names of quantities as attributes.

Compiled code passes NumPy records, plain Python objects with slots, and the tests of
dimensions namespaces of quantities with units.
"""

from typing import Protocol


class Record(Protocol):
    """Values by name, in the units of the declarations."""

    def __getattr__(self, name: str, /) -> float:
        """Return a value."""

    def __setattr__(self, name: str, value: float, /) -> None:
        """Set a value."""
