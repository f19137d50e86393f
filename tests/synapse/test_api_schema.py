"""What Schemathesis sends, within the schema and outside it: never an error of the server."""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from django.core.cache import cache
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as with_seed
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import ignored_auth
from schemathesis.specs.openapi.checks import positive_data_acceptance

from learner.api import following
from learner.models import Learner
from learner.services import live
from learner.services.learners import create_learner
from learner.services.messages import Incoming
from synapse.models import Run, Synapse
from synapse.plasticity.bounds import SECOND
from synapse.plasticity.protocols.pairing import single_pairing
from synapse.services.experiment_pages import recorded_result
from synapse.services.presets import create_from_preset
from synapse.services.runs import execute
from synapse.services.tokens import create_token
from tests.undoing import undone

SEED = 20261125
EXAMPLES = 15
"""Requests of an operation within the schema, and as many outside it."""


@pytest.fixture
def token(users: dict[str, Any], presets: None, monkeypatch: Any) -> str:
    """A token of somebody who owns a synapse and a run; no experiment is really run."""
    own = create_from_preset(preset="hippocampus", name="own", owner=users["owner"])
    execute(synapse=own, protocol=single_pairing(), duration_ms=SECOND, owner=users["owner"])
    learner = create_learner(name="own", parameters={"expansion": 10}, owner=users["owner"])
    events = [Incoming(features={"a": float(i)}, label=str(i % 2)) for i in range(30)]
    live.learn(learner=learner, events=events)
    monkeypatch.setattr(following, "LIFE", 0.0)  # a stream tells what there is, and ends
    monkeypatch.setattr(
        "synapse.api.experiments.run_changed",
        lambda experiment, values: recorded_result(experiment),
    )
    cache.clear()
    return create_token(user=users["owner"], name="test", days=1)[1]


@pytest.fixture
def one_connection() -> Iterator[None]:
    """Keep the test's own connection open from one request to the next."""
    ends = (request_started, request_finished)
    for signal in ends:
        signal.disconnect(close_old_connections)
    yield
    for signal in ends:
        signal.connect(close_old_connections)


@pytest.mark.django_db
@pytest.mark.usefixtures("one_connection")
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_no_request_makes_the_server_fail(token: str, mode: GenerationMode) -> None:
    """Within the schema on rows that exist; outside it on whatever comes."""
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
    rows = {
        "synapse_id": Synapse.objects.get().pk,
        "run_id": Run.objects.get().pk,
        "learner_id": Learner.objects.get().pk,
        "number": 1,
        "position": 1,
    }
    counts: Counter[int] = Counter()
    for result in schema.get_all_operations():
        operation = result.ok()

        @with_seed(SEED)
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def send(case: Any) -> None:
            if mode == GenerationMode.POSITIVE:
                use_rows(case, rows)
            with undone():
                answer = case.call_and_validate(
                    headers={"Authorization": f"Bearer {token}"},
                    excluded_checks=[positive_data_acceptance, ignored_auth],
                )
            counts[answer.status_code] += 1

        with suppress(Unsatisfiable):  # an operation that takes nothing cannot be asked wrongly
            send()
    assert sum(counts.values()) > 50
    assert max(counts) < 500
    assert min(counts) < (300 if mode == GenerationMode.POSITIVE else 500)


def use_rows(case: Any, rows: dict[str, int]) -> None:
    """Name rows that exist, so that a request gets past the look for them."""
    for name in set(rows) & set(case.path_parameters or {}):
        case.path_parameters[name] = rows[name]
    if isinstance(case.body, dict) and "synapse" in case.body:
        case.body["synapse"] = rows["synapse_id"]
