"""How well a learner predicts, window by window, beside baselines; and when its stream drifts.

Whoever learns does it through ``Measures.learn``; each event is predicted before it is
learned, so what is counted is test-then-train.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from time import perf_counter
from typing import Any

import numpy as np

from learner.models import Learner, LearnerKind, Metric
from learner.pipeline.batches import Progress, learn_rows
from learner.pipeline.ledger import Operation
from learner.services.alarms import Alarm, AlarmWatch, alarms
from learner.services.baselines import FROZEN_AFTER, Baselines
from learner.services.columns import Table
from learner.services.measures_series import Series, Summary, as_csv, series, summary
from learner.services.metrics import ClassMetrics, Metrics, NumberMetrics
from learner.services.states import Model
from learner.services.windows import BASELINES, LEARNER, SALIENT, WINDOW, Window

__all__ = ["Alarm", "Foreseen", "Measures", "Series", "Summary", "alarms", "as_csv", "series",
           "summary"]  # fmt: skip

Foreseen = dict[str, Any]
"""What was predicted when an event came, by ``learner``, ``no_change``, ``majority`` …"""


class Measures:
    """What is counted of a learner in memory; lives and is thrown away with its estimator.

    Where anything fails, throw it away together with the estimator, unstored: it is built
    again from ``learner.metrics``, which the last saving transaction wrote.

    Parameters
    ----------
    learner
        The row, with ``metrics`` as they were stored with ``learner.position``.
    model
        Its estimator, brought up to the same position.
    """

    def __init__(self, learner: Learner, model: Model) -> None:
        self.learner, self.model = learner, model
        self.seconds_beside = 0.0
        """Spent on baselines and counting so far."""
        self.baselines = Baselines(learner, model)
        self._closed: list[Metric] = []
        self._take_up(learner.metrics or {})

    def _take_up(self, saved: dict[str, Any]) -> None:
        kind = ClassMetrics if self.learner.kind == LearnerKind.CLASSIFIER else NumberMetrics
        self.totals: Metrics = kind(saved.get("totals"))
        self.beside: dict[str, list[float]] = saved.get("beside") or {}
        """By baseline: events it predicted, its score over them, the learner's over them."""
        self.window = Window(**saved["window"]) if "window" in saved else Window()
        self.alarm_watch = AlarmWatch(self.learner, saved.get("alarm"))
        self._last: list[float] = saved.get("last") or []

    def learn(
        self, table: Table, labels: Sequence[Any], event_ids: Sequence[Hashable] | None = None, *,
        foreseen: Sequence[Foreseen | None] | None = None,
    ) -> Progress:  # fmt: skip
        """Learn from the rows of a table as ``learn_rows`` does, baselines too, and count.

        Call it instead of ``learn_rows``; what is returned is the same, to the last bit.

        Parameters
        ----------
        table
            Rows by feature, from ``Columns.tables``.
        labels
            Their labels.
        event_ids
            Their identifiers, for the ledger.
        foreseen
            For each row that waited for its label, what was predicted when it came:
            ``{"learner": prediction, **foresee(values)}`` as it was kept; that counts. None
            for a row that came together with its label.
        """
        first = FROZEN_AFTER - self.totals.events
        if not 0 < first < len(labels):
            return self._learn(table, labels, event_ids, foreseen)
        parts = [
            self._learn(
                Table(table.columns, table.values[part]), labels[part],
                event_ids and event_ids[part], foreseen and foreseen[part],
            )
            for part in (slice(0, first), slice(first, None))
        ]  # fmt: skip
        predicted = [label for part in parts for label in part.predicted]
        return Progress(predicted, np.concatenate([part.results for part in parts]))

    def _learn(
        self, table: Table, labels: Sequence[Any], event_ids: Sequence[Hashable] | None,
        foreseen: Sequence[Foreseen | None] | None,
    ) -> Progress:  # fmt: skip
        started = perf_counter()
        self.baselines.prepare(self.totals.events)
        learning = perf_counter()
        progress = learn_rows(self.model, table, labels, event_ids)
        learned = perf_counter()
        beside = self.baselines.learn(table, labels)
        self._count(labels, progress, beside, foreseen)
        self.seconds_beside += perf_counter() - learned + learning - started
        return progress

    def _count(
        self, labels: Sequence[Any], progress: Progress, beside: dict[str, list[Any]],
        foreseen: Sequence[Foreseen | None] | None,
    ) -> None:  # fmt: skip
        """Count events that were just learned."""
        totals = self.totals
        rows = progress.results.tolist()
        for i, label in enumerate(labels):
            kept = foreseen[i] if foreseen else None
            guesses = {
                LEARNER: progress.predicted[i], "no_change": totals.last, "majority": totals.usual,
                **{name: predicted[i] for name, predicted in beside.items()}, **(kept or {}),
            }  # fmt: skip
            totals.last = guesses["no_change"]
            totals.add(label, guesses[LEARNER])
            totals.arrived(label)
            self._count_one(label, guesses, rows[i])
            self.alarm_watch.see(totals.events, rows[i], partial(self._place, i, progress))
            if self.window.full:
                self._close(self._place(i, progress)[0] + 1, rows[i])
        self._last = rows[-1] if rows else self._last

    def _count_one(self, label: Any, guesses: Foreseen, row: list[float]) -> None:
        """Count one event in the window, and beside the baselines."""
        score = self.totals.score
        scores = {name: score(label, guess) for name, guess in guesses.items()}
        mine = scores[LEARNER]
        for name in BASELINES:
            if name in scores:
                counted = self.beside.setdefault(name, [0, 0, 0])
                counted[0] += 1
                counted[1] += scores[name]
                counted[2] += mine
        if row[SALIENT]:
            self.totals.updates += 1
        self.window.add(scores, row)

    def _place(self, i: int, progress: Progress) -> tuple[int, int]:
        """Return operations and commits in the ledger before event ``i`` of the last call."""
        model, ledger = self.model, self.model._ledger
        if ledger is None:
            return 0, 0
        since = len(progress.predicted) - i
        first = model._core.state.events - since + 1
        commits = sum(
            bool(row[SALIENT]) or settles(model, first + j)
            for j, row in enumerate(progress.results[i:])
        )
        return ledger.position - since, ledger.version - commits

    def _close(self, position: int, row: list[float]) -> None:
        """Close the window; the next event is the first of another."""
        self._closed.append(self.window.close(self.learner, position=position, row=row))
        self.window = Window(first=self.window.first + WINDOW)

    def foresee(self, values: Mapping[str, Any]) -> Foreseen:
        """Return what the baselines predict for an event whose label comes later, to be kept.

        Plain data, for a JSON field. Nothing is learned and nothing counted.
        """
        started = perf_counter()
        simple = {"no_change": self.totals.last, "majority": self.totals.usual}
        self.baselines.prepare(self.totals.events)
        found = simple | self.baselines.foresee(values)
        self.seconds_beside += perf_counter() - started
        return found

    def store(self, *, checkpoint: bool = False) -> None:
        """Write closed windows, alarms that changed and baselines that began.

        To be called inside the saving transaction, after the learner's row was updated. It
        asks the database nothing where none of these happened. With ``checkpoint``, when the
        head is written, the states of the baselines are written as well.
        """
        started = perf_counter()
        if self._closed:
            Metric.objects.bulk_create(self._closed)
            self._closed = []
        self.alarm_watch.store()
        ledger = self.model._ledger
        if ledger is not None:
            self.baselines.store(version=ledger.version, checkpoint=checkpoint)
        self.seconds_beside += perf_counter() - started

    def to_json(self) -> dict[str, Any]:
        """Return counts and open window: the ``metrics`` of the learner's row.

        Put it into the UPDATE that the saving transaction does anyway.
        """
        alarm = self.alarm_watch.open
        return {
            "totals": {n: v for n, v in self.totals.to_json().items() if v not in (0, None)},
            "beside": {name: list(counted) for name, counted in self.beside.items()},
            "window": asdict(self.window),
            "alarm": dict(alarm) if alarm else None,
            "last": self._last,
        }

    def catch_up(self, operations: Sequence[Operation]) -> None:
        """Take up what another process learned and stored.

        Parameters
        ----------
        operations
            What it added to the ledger, from the position up to which this object knew it.
            ``learner`` has been read again from the database before, and the estimator
            brought up.
        """
        self._take_up(self.learner.metrics or {})
        self.baselines.catch_up(operations, events=self.totals.events)


def settles(model: Model, event: int) -> bool:
    """Return whether an event is a commit even where it is not salient."""
    sleeps = model._sleep_every
    return event % model._tick == 0 or bool(sleeps and event % sleeps == 0)
