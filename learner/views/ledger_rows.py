"""What lists and pages show of commits: cause, state, and what a rollback would take back."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from learner.models import Commit, Learner
from learner.services.lineage import Ranges, count, holds, in_effect, rollbacks_of, without

CAUSES = {
    "learn": "surprise", "consolidate": "consolidation", "event": "replay within an event",
    "sleep": "sleep", "rollback": "rollback",
}  # fmt: skip
"""What a commit comes from, by its kind."""
EVENT_CAUSES = {
    "learn": "learned, salient", "consolidate": "consolidated", "event": "traces only",
    "sleep": "sleep", "rollback": "rollback",
}  # fmt: skip
"""What an operation of the ledger did, by its kind."""
COLUMNS = ("number", "position", "kind", "event", "event_id", "surprise", "gate", "size",
           "amount", "created")  # fmt: skip


@dataclass(frozen=True, slots=True)
class CommitRow:
    """A commit as a list shows it."""

    commit: Commit
    live: bool

    @property
    def cause(self) -> str:
        """What it comes from."""
        return CAUSES.get(self.commit.kind, self.commit.kind)

    @property
    def before(self) -> int:
        """The commit right before it, to go back to."""
        return self.commit.number - 1


@dataclass(frozen=True, slots=True)
class Loss:
    """What a rollback would take out of effect, and put into effect again.

    ``commits`` leaves out rollbacks, in which nothing is learned.
    """

    version: int
    event: int
    commits: int
    events: int
    restored: int


def commit_rows(learner: Learner, commits: Iterable[Commit]) -> list[CommitRow]:
    """Return commits with their state."""
    listed = list(commits)
    if not listed:
        return []
    since = min(c.number for c in listed)
    live = in_effect(learner.version, rollbacks_of(learner, since=since), since=since)
    return [CommitRow(c, holds(live, c.number)) for c in listed]


def loss_of(learner: Learner, target: Commit, rollbacks: Ranges) -> Loss:
    """Return what going back to the state right after a commit would take back."""
    now, then = in_effect(learner.version, rollbacks), in_effect(target.number, rollbacks)
    lost, restored = without(now, then), count(without(then, now))
    gone_back = {number for number, _ in rollbacks}
    commits = count(lost) - sum(first in gone_back for first, _ in lost)
    event = event_in_common(learner, without(now, lost)) if restored else target.event
    return Loss(target.number, target.event, commits, max(0, learner.events - event), restored)


def event_in_common(learner: Learner, common: Ranges) -> int:
    """Return the events learned by the last of these commits, 0 where there is none."""
    number = common[0][1] if common else 0
    rows = Commit.objects.filter(learner=learner, number=number)
    return rows.values_list("event", flat=True).first() or 0


def commits_of(learner: Learner) -> Any:
    """Return the commits of a learner, the newest first, with what lists show of them."""
    return Commit.objects.filter(learner=learner).only("learner_id", *COLUMNS).order_by("-number")
