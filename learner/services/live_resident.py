"""Learners in the memory of this process: each is loaded once and caught up with."""

import os
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager

from learner.models import Learner
from learner.pipeline.memory import SPIKE
from learner.services.columns import Columns
from learner.services.limits import most
from learner.services.live_group import Group
from learner.services.locks import WriterLock
from learner.services.sessions import OpenLearner
from synapse.services.conflict import StateConflict

DOUBTFUL = 100
"""Writings for which the row is looked at first, once another machine wrote as well."""
TRIES = 10


class Resident:
    """A learner in memory, shared by the threads of this process.

    Three locks, taken in this order: ``group`` lets one thread write at a time, together
    with the writer's lock that other processes know; ``change`` is held while memory and
    database do not agree; ``arrays`` is held for each use of the estimator, which is short,
    so that predictions go on while a transaction is stored.
    """

    def __init__(self, learner: Learner) -> None:
        self.pk, self.created, self.name = learner.pk, learner.created, learner.name
        self.group = Group()
        self.change = threading.RLock()
        self.arrays = threading.Lock()
        self._lock: WriterLock | None = None
        self.opened: OpenLearner | None = None
        self.columns = Columns({})
        self.ready = -1
        """``state_version`` at which the estimator stands."""
        self.reader = 0
        """The thread that holds ``arrays`` to read."""
        self.doubt = 0
        self.kept = 0
        """Events that this process kept for their label."""

    @property
    def lock(self) -> WriterLock:
        """The lock that other processes know; its file is opened when it is first needed."""
        if self._lock is None:
            self._lock = WriterLock(self.row(), take=False)
        return self._lock

    def row(self) -> Learner:
        """Return the learner's row as it is stored.

        Raises
        ------
        StateConflict
            It was deleted meanwhile.
        """
        row: Learner | None = Learner.objects.filter(pk=self.pk, created=self.created).first()
        if row is None:
            raise StateConflict(f"The learner {self.name} was deleted.")
        return row

    @contextmanager
    def reading(self, learner: Learner) -> Iterator[OpenLearner]:
        """Give the learner, as new as ``learner`` is or newer; its state is put back after."""
        if self.is_read_here and self.opened is not None:
            yield self.opened
            return
        for _ in range(TRIES):
            if self.ready < learner.state_version:
                with self.change:
                    self.bring_up(learner.state_version)
            with self.arrays:
                if self.opened is not None:
                    self.reader = threading.get_ident()
                    try:
                        with unchanged(self.opened):
                            yield self.opened
                    finally:
                        self.reader = 0
                    return
            learner = self.row()
        raise StateConflict(f"The learner {learner.name} could not be read.", retry_after=1)

    @property
    def is_read_here(self) -> bool:
        """Whether this thread is reading it, so that it must not wait for itself."""
        return self.reader == threading.get_ident()

    def bring_up(self, version: int) -> OpenLearner:
        """Load or catch up with what is stored, unless this is at ``version`` or beyond.

        The caller holds ``change``.
        """
        if self.opened is not None and self.ready >= version:
            return self.opened
        if self.opened is not None:
            self._catch_up(self.opened)
        if self.opened is None:
            self._take(OpenLearner(self.row(), serving=True))
        assert self.opened is not None
        return self.opened

    def _catch_up(self, opened: OpenLearner) -> None:
        self.row()  # says so where it was deleted
        with self.arrays:
            self.ready = -1
            try:
                reached = opened.catch_up()
            except BaseException:
                self.opened = None
                raise
            self.opened = None
        if reached:
            self._take(opened)

    def _take(self, opened: OpenLearner) -> None:
        with self.arrays:
            self.opened = opened
            self.renew_columns()
            self.ready = opened.learner.state_version

    def renew_columns(self) -> None:
        """Take the names of features from the estimator, which may have lost some."""
        assert self.opened is not None
        names = [str(name) for name in self.opened.model._features]
        self.columns = Columns(dict(self.opened.learner.schema), names)

    def drop(self) -> None:
        """Forget what is in memory, because it is not what is stored."""
        with self.arrays:
            self.opened, self.ready = None, -1


@contextmanager
def unchanged(opened: OpenLearner) -> Iterator[None]:
    """Put back the marks that a prediction leaves, so that a state is what was learned only."""
    core = opened.model._core
    numbers, spikes = core.state_array.copy(), core.arrays["features"][SPIKE].copy()
    try:
        yield
    finally:
        core.state_array[...] = numbers
        core.arrays["features"][SPIKE] = spikes
        core.arrays["seen"][-1] = 0.0


class Residents:
    """The learners of this process; the one that was not used longest goes first."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget all; also in a child process, whose parent's threads are not its own."""
        self._lock = threading.Lock()
        self._known: OrderedDict[int, Resident] = OrderedDict()

    def of(self, learner: Learner) -> Resident:
        """Return the place of a learner in memory."""
        with self._lock:
            found = self._known.get(learner.pk)
            if found is None or found.created != learner.created:
                found = self._known[learner.pk] = Resident(learner)
                self._make_room()
            self._known.move_to_end(learner.pk)
            return found

    def _make_room(self) -> None:
        idle = [pk for pk, resident in self._known.items() if not resident.group.busy]
        for pk in idle[: max(0, len(self._known) - max(1, most("resident")))]:
            del self._known[pk]

    def forget(self, pk: int) -> None:
        """Drop a learner."""
        with self._lock:
            self._known.pop(pk, None)


residents = Residents()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=residents.clear)
