"""One writer per learner: a lock that the system itself lets go when a process ends."""

import hashlib
import sys
from typing import IO

from learner.models import Learner
from learner.services.checkpoints import folder
from synapse.services.conflict import StateConflict


class WriterLock:
    """Held by whoever writes to a learner.

    It spares the second writer its work. What is stored is safe without it, by the
    learner's ``state_version``, also where two machines share a database.
    """

    def __init__(self, learner: Learner) -> None:
        place = folder()
        place.mkdir(parents=True, exist_ok=True)
        name = hashlib.sha256(learner.share_key.encode()).hexdigest()[:32]
        self._file: IO[bytes] | None = (place / f"{name}.lock").open("ab")
        try:
            _take(self._file)
        except OSError:
            self.release()
            raise StateConflict(
                f"Another process is writing to the learner {learner.name}. "
                "Nothing was done; wait until it has ended."
            ) from None

    def release(self) -> None:
        """Let the next writer in."""
        if self._file is not None:
            self._file.close()
            self._file = None


if sys.platform == "win32":
    import msvcrt

    def _take(file: IO[bytes]) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _take(file: IO[bytes]) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
