"""The objective of the calibration, without running it."""

import numpy as np
import pytest

from synapse.plasticity import calibration
from synapse.plasticity.components import COMPONENTS
from synapse.plasticity.experiments import EXPERIMENTS
from synapse.plasticity.experiments.experiment import Published

QUANTITIES = {q.name: q for c in COMPONENTS for q in c.parameters}


def test_every_free_parameter_is_declared_and_its_range_inside_the_hard_bounds() -> None:
    for name, (low, high) in calibration.FREE.items():
        quantity = QUANTITIES[name.removeprefix(calibration.CORTICAL)]
        assert quantity.check(low) == low
        assert quantity.check(high) == high
        assert low < high


def test_present_values_survive_coding() -> None:
    values = calibration.start_values()
    back = calibration.decode(calibration.encode(values))
    for name, value in values.items():
        low, high = calibration.FREE[name]
        assert back[name] == pytest.approx(min(high, max(low, value)), rel=1e-9)


def test_held_in_names_are_experiments() -> None:
    assert set(calibration.HELD_IN) < {e.name for e in EXPERIMENTS}


def test_the_cortical_preset_takes_its_own_values() -> None:
    values = calibration.start_values() | {"neocortex-l5:epsp_amplitude": 7.0}
    assert calibration.values_of_preset(values, "neocortex-l5")["epsp_amplitude"] == 7.0
    own = calibration.values_of_preset(values, "hippocampus")["epsp_amplitude"]
    assert own == values["epsp_amplitude"]


@pytest.mark.parametrize(
    ("published", "got", "expected"),
    [
        (Published(value=10.0, rule="sem", error=2.0), 14.0, 2.0),
        (Published(value=1.0, rule="sign"), 20.0, 0.0),
        (Published(value=1.0, rule="sign"), 1.0, -2.0),
        (Published(value=-1.0, rule="sign"), 3.0, 3.0),
        (Published(value=0.0, rule="sign"), 3.0, 0.0),
        (Published(value=0.0, rule="sign"), -12.0, -2.0),
        (Published(value=0.0, rule="bound", error=1.0), 2.0, 1.0),
        (Published(value=1.0, rule="range", low=20.0, high=float("inf")), 14.0, -1.0),
        (Published(value=1.0, rule="range", low=20.0, high=float("inf")), 25.0, 0.0),
        (Published(value=0.0, rule="sign"), float("nan"), calibration.LARGE),
    ],
)
def test_residuals(published: Published, got: float, expected: float) -> None:
    assert calibration.residual(published, got) == pytest.approx(expected)


def test_cost_is_square_for_small_and_linear_for_large_misfits() -> None:
    assert calibration.cost(np.array([0.1])) == pytest.approx(0.01, rel=0.01)
    far = calibration.cost(np.array([200.0])) - calibration.cost(np.array([100.0]))
    assert far == pytest.approx(200.0 * calibration.SCALE, rel=0.01)
