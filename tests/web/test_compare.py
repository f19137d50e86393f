"""Runs side by side: only what differs, on one time axis, for those who may see them."""

from typing import Any

import numpy as np
import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from synapse.models import Run, Synapse
from synapse.plasticity.bounds import MINUTE
from synapse.plasticity.protocols.pairing import single_pairing
from synapse.services.presets import clone
from synapse.services.runs import execute
from synapse.services.trace_comparison import between, combine
from synapse.services.trace_sources import TraceSource
from synapse.services.traces import Trace


@pytest.fixture
def pair(synapse: Synapse) -> tuple[Run, Run]:
    """The same protocol on a synapse and on a changed copy of it."""
    other = clone(synapse=synapse, owner=None, name="changed")
    Synapse.objects.filter(pk=other.pk).update(visibility=synapse.visibility)
    cleft = type(synapse.synaptic_cleft).objects.get(pk=other.pk)
    cleft.release_probability = 0.9
    cleft.save()
    other = Synapse.objects.with_components().get(pk=other.pk)
    plan = {"protocol": single_pairing(), "duration_ms": MINUTE, "seed": 1}
    return execute(synapse=synapse, **plan), execute(synapse=other, **plan)


def address(*runs: Run) -> str:
    return reverse("synapse:run_compare") + "?" + "&".join(f"run={run.pk}" for run in runs)


def test_only_what_differs_is_shown(
    client: Client, pair: tuple[Run, Run], django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(4):
        answer = client.get(address(*pair))
    assert [row.name for row, _ in answer.context["parameters"]] == ["release_probability"]
    assert answer.context["parameters"][0][1][1] == "0.9"
    assert answer.context["protocols"] == []
    assert not answer.context["timing_differs"]
    text = answer.content.decode()
    assert "1 parameter differs" in text
    assert "No start value differs." in text
    assert "set=release_probability:0.9" in text


def test_traces_and_results_of_both(client: Client, pair: tuple[Run, Run]) -> None:
    answer = client.get(address(*pair), {"var": "calcium"}, follow=True)
    answer = client.get(address(*pair) + "&var=calcium&from=0&to=500")
    assert "calcium (µM)" in answer.content.decode()
    packet = client.get(
        reverse("synapse:compare_window") + f"?run={pair[0].pk}&run={pair[1].pk}&var=calcium"
    )
    names = [f"run-{pair[0].pk}", f"run-{pair[1].pk}", f"difference-{pair[1].pk}"]
    assert all(name.encode() in packet.content for name in names)
    for kind in ("png", "svg"):
        figure = reverse(f"synapse:compare_{kind}") + f"?run={pair[0].pk}&run={pair[1].pk}"
        assert client.get(figure).status_code == 200


def test_private_and_missing_runs_look_the_same(
    client: Client, pair: tuple[Run, Run], own: Any, ada: Any
) -> None:
    secret = execute(synapse=own, protocol=single_pairing(), duration_ms=1000.0, owner=ada)
    answer = client.get(address(pair[0], secret) + "&run=999999&run=x")
    assert answer.context["missing"] == [str(secret.pk), "999999", "x"]
    assert "Ada" not in answer.content.decode()
    window = reverse("synapse:compare_window") + f"?run={pair[0].pk}&run={secret.pk}"
    assert client.get(window).status_code == 404
    client.force_login(ada)
    assert client.get(address(pair[0], secret)).context["missing"] == []


def test_the_empty_page_and_one_run(client: Client, pair: tuple[Run, Run]) -> None:
    assert "No runs are chosen yet." in client.get(reverse("synapse:run_compare")).content.decode()
    assert client.get(address(pair[0])).status_code == 200


def test_a_run_without_a_trace_is_compared_by_its_parameters(
    client: Client, pair: tuple[Run, Run]
) -> None:
    Run.objects.filter(pk=pair[1].pk).update(trace=None)
    answer = client.get(address(*pair))
    assert "Without a trace" in answer.content.decode()
    assert "chart" not in answer.context


@given(hnp.arrays(float, 6, elements=st.floats(-10, 10)), st.booleans())
def test_a_common_axis_keeps_every_sample(values: Any, stepped: bool) -> None:
    name = "tag" if stepped else "weight"
    one = Trace(np.array([0.0, 1.0, 2.5, 4.0, 8.0, 10.0]), {name: values})
    two = Trace(np.array([0.0, 2.0, 10.0]), {name: values[:3]})
    trace, exact = combine({1: TraceSource(one), 2: TraceSource(two)}, name, 0.0, 10.0)
    assert exact
    assert trace.time.tolist() == [0.0, 1.0, 2.0, 2.5, 4.0, 8.0, 10.0]
    at = np.searchsorted(trace.time, one.time)
    assert (trace.columns["run-1"][at] == values).all()
    found = between(one.time, values, np.array([3.0]), stepped=stepped)
    expected = values[2] if stepped else values[2] + (values[3] - values[2]) / 3
    assert found[0] == pytest.approx(expected)
    assert (trace.columns["difference-2"] == trace.columns["run-2"] - trace.columns["run-1"]).all()
