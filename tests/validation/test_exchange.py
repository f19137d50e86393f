"""Pools that cross neurons: what the interval of their exchange does to the weight."""

from time import perf_counter

import numpy as np
import pytest
from numpy.typing import NDArray

from synapse.plasticity.bounds import HOUR, MINUTE
from synapse.plasticity.group import make_group
from synapse.plasticity.simulation import Simulation
from synapse.plasticity.stimulus import Event, schedule, train
from tests.validation.conftest import Note
from tests.validation.truth import weights

pytestmark = pytest.mark.validation

TOLERANCE = 2e-3


def strong_then_weak() -> list[Event]:
    """Return a strong tetanus on synapse 0 and, 30 min later, a weak one on synapse 1."""
    strong = [
        event
        for i in range(3)
        for event in train(
            "field", start=1000.0 + 10 * i * MINUTE, interval=10.0, count=100, synapse=0
        )
    ]
    return [
        *strong,
        *train("field", start=1000.0 + 30 * MINUTE, interval=10.0, count=21, synapse=1),
    ]


def after(neurons: int, **values: float) -> tuple[NDArray[np.float64], float]:
    """Return the weights after 8 h, and the wall time in seconds."""
    group = make_group(2, neurons=neurons, neuron_of=(0, neurons - 1), values=values)
    plan = schedule(group, strong_then_weak(), start=0.0, named=(0, 1))
    sim = Simulation(group, plan, compiled=True)
    began = perf_counter()
    sim.advance(8 * HOUR)
    return weights(group), perf_counter() - began


@pytest.mark.parametrize("interval", [100.0, 1000.0, 10_000.0])
def test_a_pool_of_two_neurons_is_as_a_pool_of_one(interval: float, measured: Note) -> None:
    """The gate opens and closes late by one interval at most: 10 s of tau_p = 3600 s."""
    expected, _ = after(1)
    found, wall = after(2, pool_exchange_interval=interval)
    measured(
        f"dt_pool {interval:6.0f} ms, against one neuron",
        "  ".join(f"w {w:.6f} {d:+.1e}" for w, d in zip(found, found - expected, strict=True))
        + f"  {wall:.2f} s",
    )
    assert abs(found - expected).max() < TOLERANCE
