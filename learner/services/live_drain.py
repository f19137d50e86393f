"""One drain of the queue: check every call, learn in order, store in one transaction."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from copy import copy
from time import perf_counter
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from learner.models import Commit, Event, EventStatus, Learner
from learner.services import telemetry
from learner.services.live_group import Request, finish
from learner.services.live_plan import Answer, Item, Plan, named, plain
from learner.services.live_resident import DOUBTFUL, Resident
from learner.services.messages import Outcome, Status
from learner.services.sessions import TRIES, ChangedElsewhere, OpenLearner, writing
from learner.services.states import stored_parameters
from synapse.services.conflict import StateConflict

HEAD_EVERY = 500
"""Operations after which the whole state is written: what loading does again at most."""
NAMES_AT_ONCE = 500
FACTS = (
    "state_version", "events", "position", "version", "metrics", "schema", "parameters",
    "last_event", "modified",
)  # fmt: skip
EVENT_FIELDS = (
    "features", "prediction", "label", "status", "position", "commit", "surprise", "learned",
)  # fmt: skip


def submit(resident: Resident, request: Request) -> Request:
    """Have a request served, with those of others; raise what went wrong with it."""
    if resident.is_read_here:
        raise RuntimeError("a learner cannot change while the same thread reads it")
    resident.group.submit(request, lambda: serve(resident))
    if request.error is not None:
        if isinstance(request.error, StateConflict):
            telemetry.refused(resident.pk)
        raise request.error
    telemetry.came(outcome.status for outcome in request.outcomes)
    for name, value in request.facts.items():
        setattr(request.learner, name, value)
    return request


def serve(resident: Resident) -> None:
    """Serve the requests that wait for a learner; what goes wrong is written into them."""
    requests: list[Request] = []
    try:
        try:
            started = perf_counter()
            same = resident.lock.acquire()
            telemetry.lock_waited(perf_counter() - started)
        except BaseException:
            requests = resident.group.take_all()  # all of them have waited long enough
            raise
        try:
            requests = resident.group.take()
            with resident.change:
                serve_locked(resident, requests, look_first=not same)
        finally:
            resident.lock.let_go()
    except BaseException as error:
        for request in requests:
            request.error = request.error or error
        if not isinstance(error, Exception):
            raise
    finally:
        finish(requests)


def serve_locked(resident: Resident, requests: Sequence[Request], *, look_first: bool) -> None:
    """Try, and where another machine was quicker, once more with its row locked."""
    for attempt in range(TRIES):
        for request in requests:
            request.error, request.outcomes = None, []
        locked = attempt > 0 or resident.doubt > 0
        resident.doubt -= resident.doubt > 0
        try:
            with held(resident) if locked else nullcontext():
                opened = ready(resident, requests, look_first=look_first or locked)
                if requests[0].task is not None:
                    do_task(resident, opened, requests[0], durable=not locked)
                else:
                    learn_together(resident, opened, requests, durable=not locked)
            return
        except PausedError:
            raise
        except (ChangedElsewhere, IntegrityError):
            resident.drop()
            resident.doubt = DOUBTFUL
        except BaseException:
            resident.drop()
            raise
    raise StateConflict(
        f"The learner {requests[0].learner.name} was changed by other writers again and again. "
        "Nothing of this was learned; send it again.",
        retry_after=1,
    )


class PausedError(StateConflict):
    """The learner is paused; nothing was touched."""


@contextmanager
def held(resident: Resident) -> Iterator[None]:
    """Keep other machines from the learner's row, from before it is read until it is stored."""
    with writing(), transaction.atomic(durable=True):
        Learner.objects.select_for_update(no_key=True).filter(pk=resident.pk).first()
        yield


def ready(resident: Resident, requests: Sequence[Request], *, look_first: bool) -> OpenLearner:
    """Return the learner as it is stored."""
    version = max(request.learner.state_version for request in requests)
    if look_first or resident.opened is None:
        row = resident.row()
        if row.paused:
            raise PausedError(f"The learner {row.name} is paused: it predicts only.")
        version = max(version, row.state_version)
    opened = resident.bring_up(version)
    opened.learner.baselines = requests[-1].learner.baselines
    return opened


def do_task(resident: Resident, opened: OpenLearner, request: Request, *, durable: bool) -> None:
    """Do what is done alone: go back, or sleep."""
    assert request.task is not None
    with resident.arrays:
        request.result = request.task(opened)
    opened.learner.parameters = stored_parameters(opened.model)
    with opened.saving(("parameters",), head=True, durable=durable):
        pass
    with resident.arrays:
        resident.renew_columns()
        resident.ready = opened.learner.state_version
    request.facts = facts_of(opened)


def learn_together(
    resident: Resident, opened: OpenLearner, requests: Sequence[Request], *, durable: bool
) -> None:
    """Learn what several calls bring, and hand each its outcomes."""
    known = stored_events(opened.learner, named(requests))
    plan = Plan(opened, resident.columns, known)
    for request in requests:
        try:
            plan.add(request)
        except ValueError as problem:
            request.error = problem
    if plan.items:
        with resident.arrays:
            learn_items(resident, opened, plan)
        store_items(resident, opened, plan, durable=durable)
        telemetry.drained(len(plan.items))
    elif plan.kept:
        with writing(), transaction.atomic(durable=durable):
            store_events(plan)
    good = [request for request in requests if request.error is None]
    salient = salient_commits(opened.learner, good)
    for request in good:
        request.outcomes = [outcome(answer, opened, salient) for answer in request.answers]
        request.facts = facts_of(opened)


def learn_items(resident: Resident, opened: OpenLearner, plan: Plan) -> None:
    """Learn in order; note what came of each event."""
    columns, items = resident.columns, plan.items
    columns.kinds = plan.columns.kinds
    version, waiting = opened.ledger.version, opened.ledger.database.waiting
    for part, table in columns.tables([item.row for item in items]):
        learned = items[part]
        first = len(waiting)
        progress = opened.measures.learn(
            table, [item.label for item in learned], [event_id(item) for item in learned],
            foreseen=foreseen(learned),
        )  # fmt: skip
        for i, (item, operation) in enumerate(zip(learned, waiting[first:], strict=True)):
            version = max(version, operation.version)
            item.operation, item.version = operation, version
            if not item.served:
                item.prediction = plain(progress.predicted[i])


def event_id(item: Item) -> str | None:
    """Return the identifier for the ledger."""
    return None if item.event is None else item.event.identifier


def foreseen(items: Sequence[Item]) -> list[dict[str, Any] | None] | None:
    """Return what had been predicted for events whose label came later."""
    if not any(item.served for item in items):
        return None
    return [
        {"learner": item.prediction} if item.served and item.prediction is not None else None
        for item in items
    ]


def store_items(resident: Resident, opened: OpenLearner, plan: Plan, *, durable: bool) -> None:
    """Store what was learned, in one transaction."""
    learner, now = opened.learner, timezone.now()
    grown = learner.schema != plan.columns.kinds
    learner.schema = dict(plan.columns.kinds) if grown else learner.schema
    for item in plan.items:
        if item.event is not None:
            fill_in(item, item.event, now)
    head = opened.ledger.position - opened.head >= HEAD_EVERY
    fields = ("schema",) if grown else ()
    with opened.saving(fields, head=head, durable=durable, last_event=now):
        store_events(plan)
    resident.ready = learner.state_version


def fill_in(item: Item, event: Event, now: Any) -> None:
    """Write down what became of an event."""
    operation = item.operation
    assert operation is not None
    event.status = EventStatus.LABELLED if item.served else EventStatus.LEARNED
    event.label, event.prediction, event.learned = item.label, item.prediction, now
    event.position, event.commit = operation.position, operation.version or None
    event.surprise = operation.surprise


def store_events(plan: Plan) -> None:
    """Write the rows of named events. To be called inside a transaction."""
    learned = (item.event for item in plan.items if item.event is not None)
    rows = {event.identifier: event for event in (*plan.kept, *learned)}
    new = [event for event in rows.values() if event.pk is None]
    old = [event for event in rows.values() if event.pk is not None]
    if new:
        Event.objects.bulk_create(new)
    if len(old) == 1:
        old[0].save(update_fields=EVENT_FIELDS)
    elif old:
        Event.objects.bulk_update(old, EVENT_FIELDS, batch_size=NAMES_AT_ONCE)


def stored_events(learner: Learner, identifiers: Iterable[str]) -> dict[str, Event]:
    """Return the stored events of identifiers."""
    names, found = sorted(identifiers), {}
    for first in range(0, len(names), NAMES_AT_ONCE):
        some = names[first : first + NAMES_AT_ONCE]
        rows = Event.objects.filter(learner=learner, identifier__in=some)
        found.update({event.identifier: event for event in rows})
    return found


def facts_of(opened: OpenLearner) -> dict[str, Any]:
    """Return what a caller's row has to be given."""
    return {name: copy(getattr(opened.learner, name)) for name in FACTS}


def salient_commits(learner: Learner, requests: Sequence[Request]) -> set[int]:
    """Return which commits of events that had been learned before were by surprise."""
    numbers = {
        answer.event.commit
        for request in requests
        for answer in request.answers
        if answer.event is not None and answer.event.commit is not None
    }
    if not numbers:
        return set()
    rows = Commit.objects.filter(learner=learner, number__in=numbers, kind="learn")
    return set(rows.values_list("number", flat=True))


def outcome(answer: Answer, opened: OpenLearner, salient: set[int]) -> Outcome:
    """Return what is told about an event."""
    item, event = answer.item, answer.event
    if item is not None and item.operation is not None:
        operation = item.operation
        return Outcome(
            status=answer.status, identifier=answer.identifier, prediction=item.prediction,
            surprise=operation.surprise, salient=operation.kind == "learn",
            commit=operation.version or None, position=operation.position, version=item.version,
        )  # fmt: skip
    assert event is not None
    if answer.status == Status.EARLY:
        version = opened.ledger.version
        return Outcome(status=answer.status, identifier=answer.identifier, version=version)
    return Outcome(
        status=answer.status, identifier=answer.identifier, prediction=event.prediction,
        surprise=event.surprise, salient=event.commit in salient, commit=event.commit,
        position=event.position, version=opened.ledger.version,
    )  # fmt: skip
