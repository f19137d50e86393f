"""Events whose label comes later, under an identifier; each is learned once."""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from learner.models import Event, EventStatus, Learner, LearnerKind
from learner.pipeline.batches import learn_rows
from learner.services.columns import Columns, class_of, number_of
from learner.services.named_events import check_identifier
from learner.services.sessions import Session, load_model


def observe(*, learner: Learner, identifier: str, features: dict[str, Any]) -> Event:
    """Predict an event and keep it until its label comes; the learner does not change."""
    identifier = check_identifier(identifier)
    model = load_model(learner)
    columns = Columns(dict(learner.schema), [str(name) for name in model._features])
    row = columns.read(features, leave_out=learner.target)
    try:
        with transaction.atomic():
            return Event.objects.create(
                learner=learner, identifier=identifier, features=features,
                prediction=model.predict_one(columns.event(row)), status=EventStatus.SEEN,
            )  # fmt: skip
    except IntegrityError:
        raise ValueError(f"{learner.name} knows an event {identifier!r} already") from None


def label(*, learner: Learner, identifier: str, value: Any) -> Event:
    """Learn an event that was observed before; a second label is refused."""
    identifier = check_identifier(identifier)
    with Session(learner) as session:
        event = Event.objects.filter(learner=learner, identifier=identifier).first()
        if event is None:
            raise ValueError(f"{learner.name} knows no event {identifier!r}")
        if event.status != EventStatus.SEEN:
            raise ValueError(f"the event {identifier!r} was learned already")
        read = class_of if learner.kind == LearnerKind.CLASSIFIER else number_of
        event.label = read(value)
        columns = Columns(learner.schema, [str(name) for name in session.model._features])
        row = columns.read(event.features, leave_out=learner.target)
        for _, table in columns.tables([row]):
            learn_rows(session.model, table, [event.label], [identifier])
        event.status, event.learned = EventStatus.LABELLED, timezone.now()
        with session.saving():
            event.save()
    return event
