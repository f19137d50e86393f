"""Streams and states to compare learners by."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from django.db import connections

from learner.models import Learner, Stretch
from learner.pipeline.ledger import Operation
from learner.services.columns import Columns
from learner.services.messages import Incoming
from learner.services.states import digest_of, new_model, pack_state
from learner.services.storage import DatabaseStorage


def events_of(count: int, *, seed: int = 1, named: str = "") -> list[Incoming]:
    """Return events with two numbers, one that is missing at times, and a text."""
    random = np.random.default_rng(seed)
    found = []
    for i in range(count):
        a, b = random.normal(size=2).round(4).tolist()
        colour = str(random.choice(["red", "green", "blue"]))
        features = {"a": a, "b": b if i % 5 else None, "colour": colour}
        label = "yes" if a + (1.0 if colour == "red" else -0.5) > 0 else "no"
        name = f"{named}{i}" if named else ""
        found.append(Incoming(features=features, label=label, identifier=name))
    return found


def undisturbed(learner: Learner, events: Sequence[Incoming]) -> str:
    """Return the digest of a learner that learned these events by itself, one by one."""
    model = new_model(learner)
    columns = Columns({})
    for event in events:
        row = columns.read(dict(event.features), leave_out="")
        for _, table in columns.tables([row]):
            model.learn_one(table.row(0), event.label)
    return digest_of(pack_state(model.state_dict()))


def replayed(learner: Learner) -> str:
    """Return the digest of a learner that did every operation of the ledger, from the first."""
    learner.refresh_from_db()
    model = new_model(learner)
    operations = list(DatabaseStorage(learner).operations(0, learner.position))
    assert [o.position for o in operations] == list(range(learner.position))
    assert all(o.kind != "rollback" for o in operations)
    for operation in operations:
        model._redo(operation)
    return digest_of(pack_state(model.state_dict()))


def ledger(learner: Learner) -> list[Operation]:
    """Return every operation that is stored."""
    learner.refresh_from_db()
    return list(DatabaseStorage(learner).operations(0, learner.position))


def rows_of_ledger(learner: Learner) -> list[tuple[int, int]]:
    """Return where the rows of the ledger begin, and how many operations each holds."""
    return list(Stretch.objects.filter(learner=learner).values_list("first", "count"))


def at_once(works: Sequence[Callable[[], Any]]) -> list[Any]:
    """Call functions in threads that start together; return what each returned or raised."""
    gate, found = threading.Barrier(len(works)), [None] * len(works)

    def run(i: int) -> None:
        try:
            gate.wait()
            found[i] = works[i]()
        except Exception as error:
            found[i] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(i,)) for i in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found
