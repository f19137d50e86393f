"""The error of the second of two writers."""


class StateConflict(ValueError):
    """Somebody else stored a newer state; nothing of this change was saved."""
