"""The error of the second of two writers."""


class StateConflict(ValueError):
    """Somebody else stored a newer state; nothing of this change was saved.

    Parameters
    ----------
    message
        What happened, in one sentence.
    retry_after
        Seconds after which it may work, where waiting helps.
    """

    def __init__(self, message: str, *, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
