"""Learn from a stream in batches; each batch is stored whole, with the place in the stream."""

import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from time import perf_counter
from typing import Any

import numpy as np

from learner.models import Learner, LearnerKind, Stream
from learner.pipeline.batches import learn_rows
from learner.services.columns import IGNORED, TEXT, Columns, Table, class_of, number_of
from learner.services.learners import change_parameters
from learner.services.limits import Growth
from learner.services.metrics import ClassMetrics, Metrics, NumberMetrics
from learner.services.named_events import NamedEvents
from learner.services.positions import Position, find_stream, find_target, go_to
from learner.services.records import Record, Source
from learner.services.rivals import Rival
from learner.services.sessions import Session, load_model
from learner.services.waiting import KEY, Waiting, as_json, take_up
from learner.services.windows import LEARNER, SALIENT

SAMPLE = 500
"""First records of a stream, by which columns of numbers and of text are told apart."""
BATCH = 500
COMPILED = "learner.pipeline.compiled"


@dataclass(frozen=True, kw_only=True)
class Options:
    """How to learn from a stream."""

    target: str = ""
    delay: int = 0
    limit: int | None = None
    batch: int = BATCH
    skip_bad_rows: bool = False
    again: bool = False
    identifier: str = ""
    categorical: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        bounds = {"delay": (0, 100_000), "batch": (1, 100_000), "limit": (1, 10**12)}
        for name, (least, most) in bounds.items():
            value = getattr(self, name)
            if value is not None and not least <= value <= most:
                raise ValueError(f"{name} must be from {least} to {most} events; got {value}")


class BadRowError(ValueError):
    """A record that cannot be learned from."""


class StreamLearning:
    """A learner on a stream: ``batches`` yields after each batch that was stored.

    Without a session nothing is stored: the learner is loaded, tried out and forgotten.
    """

    def __init__(
        self, learner: Learner, source: Source, options: Options, *,
        session: Session | None = None, rivals: tuple[Rival, ...] = (),
        changes: dict[str, float] | None = None,
    ) -> None:  # fmt: skip
        self.learner, self.source, self.options = learner, source, options
        self.session, self.rivals = session, rivals
        self.model = session.model if session else load_model(learner)
        if change_parameters(learner, self.model, changes or {}) and session:
            session.ledger.add_snapshot(self.model.state_dict())
        self.problems: list[str] = []
        """What was wrong with each record that was skipped, and its line."""
        self._read_label = class_of if learner.kind == LearnerKind.CLASSIFIER else number_of
        self._queue: deque[Waiting] = deque()
        self._open()

    def _open(self) -> None:
        """Find the stream and go to where it was left."""
        records = iter(self.source)
        sample = list(islice(records, SAMPLE))
        if not sample:
            raise ValueError(f"{self.source.name} holds no events")
        self.target = find_target(self.learner, self.source, sample, self.options.target)
        self.stream = find_stream(
            self.learner, self.source, sample[0], again=self.options.again or not self.session
        )
        self.learned_before = self.stream.position
        kind = ClassMetrics if self.learner.kind == LearnerKind.CLASSIFIER else NumberMetrics
        counts = dict(self.stream.metrics)
        foreseen = counts.pop(KEY, {})
        self.metrics: Metrics = kind(counts)
        self.columns = Columns(self.learner.schema, self._features())
        self.columns.declare(self.options.categorical, TEXT)
        self.columns.declare(self.options.ignore, IGNORED)
        if self.options.identifier:
            self.columns.declare([self.options.identifier], IGNORED)
        if self.stream.position == 0:
            good = [record.values for record in sample if not record.problem]
            self.columns.learn_kinds(good, leave_out=self.target)
        self.named = NamedEvents(self.learner, self.options.identifier)
        self._records = chain(sample, records)
        self._position = go_to(self.stream, self._records)
        self._growth = Growth(self.learner, self.model, self.columns)
        self._read_waiting(foreseen)

    def _features(self) -> list[str]:
        return [str(name) for name in self.model._features]

    def _read_waiting(self, foreseen: dict[str, list[Any]]) -> None:
        """Read again what was predicted before and waits for its label."""
        found = []
        for record in islice(self._records, self.stream.seen - self._position.records):
            try:
                found.append(self._event(record, self._position.copy()))
            except ValueError as problem:
                if str(record.line) in foreseen:  # the others were reported when first read
                    self._skip(record.line, problem)
            self._position.advance(record)
        self._queue.extend(self.named.fresh(found))
        take_up(self._queue, foreseen)

    def batches(self) -> Iterator[Metrics]:
        """Learn to the end of the stream or to the limit."""
        left = self.options.limit
        while left is None or left > 0:
            started, beside = perf_counter(), self._seconds_beside
            size = self.options.batch if left is None else min(self.options.batch, left)
            events, bad, passed = self._read(size)
            self._learn(events)
            ended = passed < size and bad is None
            waiting = ended and bool(self._queue)
            if waiting:
                self._learn_waiting(until=0)
            self._count_seconds(perf_counter() - started, self._seconds_beside - beside)
            if passed or waiting:
                self._store()
                yield self.metrics
            if bad is not None:
                raise self._refusal(bad)
            if ended:
                return
            left = None if left is None else left - size

    def _read(self, size: int) -> tuple[list[Waiting], BadRowError | None, int]:
        """Return good events of the next records, what stopped them, and how many passed."""
        events: list[Waiting] = []
        for passed in range(size):
            record = next(self._records, None)
            if record is None:
                return events, None, passed
            before = self._position.copy() if self.options.delay else None
            try:
                events.append(self._event(record, before))
            except ValueError as problem:
                try:
                    self._skip(record.line, problem)
                except BadRowError as bad:
                    return events, bad, passed
            self._position.advance(record)
        return events, None, size

    def _skip(self, line: int | str, problem: ValueError) -> None:
        """Take note of a bad row, or raise ``BadRowError`` where such rows are not skipped."""
        sentence = f"{self.source.name} line {line}: {problem}"
        if not self.options.skip_bad_rows:
            raise BadRowError(sentence)
        self.metrics.skipped += 1
        self.problems.append(sentence)

    def _event(self, record: Record, before: Position | None) -> Waiting:
        if record.problem:
            raise ValueError(record.problem)
        if self.target not in record.values:
            raise ValueError("has no label")
        label = self._read_label(record.values[self.target])
        identifier = self.named.identifier_of(record.values)
        kinds = len(self.columns.kinds)
        try:
            row = self.columns.read(record.values, leave_out=self.target)
            self._growth.add(row, label)
        except ValueError:
            self.columns.forget_kinds(kinds)
            raise
        return Waiting(before, f"{self.stream.name}#{record.line}", identifier, row, label)

    def _refusal(self, bad: BadRowError) -> BadRowError:
        kept = "were kept" if self.session else "were tried"
        return BadRowError(
            f"{bad}. The {self._position.records} records before it {kept}. Correct it and run "
            "again, or skip such rows with --skip-bad-rows."
        )

    def _learn(self, events: list[Waiting]) -> None:
        fresh = self.named.fresh(events)
        self.metrics.repeated += len(events) - len(fresh)
        self.stream.seen = self._position.records
        if self.options.delay == 0:
            self._learn_waiting(until=0)
            self._learn_at_once(fresh)
            return
        for event in fresh:
            self._predict(event)
            self._queue.append(event)
            self._learn_waiting(until=self.options.delay)

    def _learn_at_once(self, events: list[Waiting]) -> None:
        """Predict and learn each event in turn, many in one call."""
        for part, table in self.columns.tables([event.row for event in events]):
            predicted = self._learn_table(events[part], table)
            for i, event in enumerate(events[part]):
                self.metrics.add(event.label, predicted[i])
                self.metrics.arrived(event.label)
            for rival in self.rivals:
                for i, event in enumerate(events[part]):
                    values = table.row(i)
                    rival.predict(values, event.label)
                    rival.learn(values, event.label)

    def _learn_table(self, events: list[Waiting], table: Table) -> list[Any]:
        labels, ids = [e.label for e in events], [e.event_id for e in events]
        kept = [e.foreseen for e in events]
        with self._timed():
            if self.session:
                learned = self.session.measures.learn(table, labels, ids, foreseen=kept)
            else:
                learned = learn_rows(self.model, table, labels, ids)
        made = self.session.ledger.database.waiting[-len(events) :] if self.session else []
        self.named.learned(events, made)
        self.metrics.updates += int(np.count_nonzero(learned.results[:, SALIENT]))
        return learned.predicted

    def _predict(self, event: Waiting) -> None:
        """Predict an event whose label comes later."""
        values = self.columns.event(event.row)
        with self._timed():
            predicted = self.model.predict_one(values)
        if self.session is not None:
            event.foreseen = {LEARNER: predicted, **self.session.measures.foresee(values)}
        self.metrics.add(event.label, predicted)
        for rival in self.rivals:
            rival.predict(values, event.label)

    def _learn_waiting(self, *, until: int) -> None:
        """Learn the events whose label has arrived by now."""
        while len(self._queue) > until:
            event = self._queue.popleft()
            for _, table in self.columns.tables([event.row]):
                self._learn_table([event], table)
                for rival in self.rivals:
                    rival.learn(table.row(0), event.label)
            self.metrics.arrived(event.label)

    @contextmanager
    def _timed(self) -> Iterator[None]:
        """Count the time, without baselines, as learning or as compiling."""
        before, started, beside = COMPILED in sys.modules, perf_counter(), self._seconds_beside
        yield
        spent = perf_counter() - started - (self._seconds_beside - beside)
        if COMPILED in sys.modules and not before:
            self.metrics.compiling_seconds += spent
        else:
            self.metrics.learning_seconds += spent

    @property
    def _seconds_beside(self) -> float:
        return self.session.measures.seconds_beside if self.session else 0.0

    def _count_seconds(self, spent: float, beside: float) -> None:
        """Count time; what went into baselines and curves is told apart."""
        self.metrics.seconds += spent - beside
        self.metrics.beside_seconds += beside

    def _store(self) -> None:
        """Store state, commits, named events and position, together or not at all."""
        if self.session is None:
            return
        started, beside = perf_counter(), self._seconds_beside
        place = self._queue[0].before if self._queue else None
        place = place or self._position
        with self.session.saving():
            self.named.store()
            stream: Stream = self.stream
            stream.name = self.source.name[:200]
            stream.position, stream.digest = place.records, place.digest
            stream.metrics = self.metrics.to_json() | as_json(self._queue)
            stream.save()
        self._count_seconds(perf_counter() - started, self._seconds_beside - beside)
