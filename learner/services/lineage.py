"""Which commits are in effect: after a rollback, those that led to the state it took up."""

from learner.models import Commit, Learner

Ranges = list[tuple[int, int]]
"""First and last number of consecutive commits, the newest first."""
MOST_ROLLBACKS = 20_000
"""Rollbacks that are looked at; before the oldest of them nothing is said."""


def rollbacks_of(learner: Learner, *, since: int = 1) -> Ranges:
    """Return number and target of every rollback from a commit on, the newest first."""
    rows = Commit.objects.filter(learner=learner, kind="rollback", number__gte=since)
    return list(rows.order_by("-number").values_list("number", "amount")[:MOST_ROLLBACKS])


def in_effect(version: int, rollbacks: Ranges, *, since: int = 1) -> Ranges:
    """Return the commits that led to the state right after a commit.

    Parameters
    ----------
    version
        The commit.
    rollbacks
        What ``rollbacks_of`` returned, at least from ``since`` on.
    since
        Commits before it are left out.
    """
    found: Ranges = []
    last = version
    for number, target in rollbacks:
        if number > last:
            continue
        found.append((number, last))
        last = target
        if last < since:
            return found
    return [*found, (since, last)] if last >= since else found


def holds(ranges: Ranges, number: int) -> bool:
    """Say whether a commit is among them."""
    return any(first <= number <= last for first, last in ranges)


def count(ranges: Ranges) -> int:
    """Return how many commits these are."""
    return sum(last - first + 1 for first, last in ranges)


def without(ranges: Ranges, others: Ranges) -> Ranges:
    """Return the commits of the first that are not among the second, both the newest first."""
    left: Ranges = []
    place = 0
    for first, last in ranges:
        while place < len(others) and others[place][0] > last:
            place += 1
        while place < len(others) and others[place][1] >= first and last >= first:
            low, high = others[place]
            if high < last:
                left.append((high + 1, last))
            last = low - 1
            if low > first:
                place += 1
        if last >= first:
            left.append((first, last))
    return left
