"""One writer per learner: a lock that the system itself lets go when a process ends."""

import hashlib
import os
import sys
import time
from pathlib import Path
from secrets import token_hex
from typing import IO

from django.conf import settings

from learner.models import Learner
from learner.services import telemetry
from learner.services.checkpoints import folder
from synapse.services.conflict import StateConflict

FIRST_PAUSE, LONGEST_PAUSE = 0.0005, 0.02
"""Seconds between two looks whether the lock is free."""
LONGEST_LINE = 200


class WriterLock:
    """Held by whoever writes to a learner, from when it is made.

    It spares the second writer its work. What is stored is safe without it, by the
    learner's ``state_version``, also where two machines share a database.

    Parameters
    ----------
    learner
        Whose.
    wait
        Seconds to wait for another writer; None: LEARNER_LOCK_WAIT.
    take
        Whether it is taken at once; otherwise ``acquire`` does it.
    """

    def __init__(self, learner: Learner, *, wait: float | None = None, take: bool = True) -> None:
        self._file: IO[bytes] | None = None
        self.name = learner.name
        place = lock_path(learner)
        place.parent.mkdir(parents=True, exist_ok=True)
        self._file = place.open("a+b", buffering=0)
        self._line = f"{os.getpid()} {doing()} {token_hex(8)}\n".encode()
        if take:
            try:
                self.acquire(wait=wait)
            except BaseException as error:
                self.release()
                if isinstance(error, StateConflict):
                    telemetry.refused(learner.pk)
                raise

    def acquire(self, *, wait: float | None = None) -> bool:
        """Take the lock; return whether nobody else on this machine had it since the last time.

        Raises
        ------
        StateConflict
            Another process still holds it after so many seconds.
        """
        assert self._file is not None
        deadline = time.monotonic() + (settings.LEARNER_LOCK_WAIT if wait is None else wait)
        pause = FIRST_PAUSE
        while not _taken(self._file):
            if time.monotonic() > deadline:
                raise self._refusal()
            time.sleep(pause)
            pause = min(1.5 * pause, LONGEST_PAUSE)
        if self._read() == self._line:
            return True
        self._file.truncate(0)
        self._file.write(self._line)
        return False

    def let_go(self) -> None:
        """Let the next writer in, and keep the file open for the next time."""
        if self._file is not None:
            _let_go(self._file)

    def release(self) -> None:
        """Let the next writer in."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def __del__(self) -> None:
        self.release()

    def _read(self) -> bytes:
        assert self._file is not None
        self._file.seek(0)
        return self._file.read(LONGEST_LINE)

    def _refusal(self) -> StateConflict:
        """Say who holds the lock, where that is known."""
        words = self._read().decode(errors="replace").split()
        known = f" (process {words[0]}, {words[1]})" if len(words) == 3 else ""
        return StateConflict(
            f"Another process is writing to the learner {self.name}{known}. "
            "Nothing was done; wait until it has ended.",
            retry_after=1,
        )


def lock_path(learner: Learner) -> Path:
    """Return the file of a learner's lock; a learner of another database has another."""
    name = f"{learner.pk} {learner.created.timestamp()}".encode()
    return folder() / f"{hashlib.sha256(name).hexdigest()[:32]}.lock"


def doing() -> str:
    """Return in a word what this process does: the command of manage.py, or the program."""
    program = Path(sys.argv[0]).name if sys.argv and sys.argv[0] else "python"
    command = sys.argv[1] if program == "manage.py" and len(sys.argv) > 1 else program
    return "".join(letter for letter in command if letter.isprintable() and letter != " ")[:50]


if sys.platform == "win32":
    import msvcrt

    BEYOND = 1 << 20
    """A byte that is never written, so that the line can be read while the lock is held."""

    def _taken(file: IO[bytes]) -> bool:
        file.seek(BEYOND)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _let_go(file: IO[bytes]) -> None:
        file.seek(BEYOND)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)
else:
    import fcntl

    def _taken(file: IO[bytes]) -> bool:
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def _let_go(file: IO[bytes]) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_UN)
