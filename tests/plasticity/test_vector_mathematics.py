"""The branch-free exp, expm1 and log of compiled lanes, against the C library and decimals."""

import math
from collections.abc import Callable
from decimal import Decimal, localcontext
from math import exp, expm1, inf, isfinite, log
from typing import Any

import numba
import numpy as np
import pytest
from numpy.typing import NDArray

from synapse.plasticity import compiled, vector_mathematics
from synapse.plasticity.mathematics import answer_to_bend, decay_and_mean, hill, logistic

Numbers = NDArray[np.float64]

ULPS = 2.0
"""The stated bound. Measured against decimals: exp 0.73, expm1 1.71, log 0.66."""
TINY = Decimal("1e-12")
"""Below it three terms of the series are exact to 36 digits."""
LOWEST, HIGHEST = vector_mathematics.LOWEST, vector_mathematics.HIGHEST


def exponentials(x: Any, out: Any) -> None:
    for i in range(len(x)):
        out[i] = exp(x[i])


def small_exponentials(x: Any, out: Any) -> None:
    for i in range(len(x)):
        out[i] = expm1(x[i])


def logarithms(x: Any, out: Any) -> None:
    for i in range(len(x)):
        out[i] = log(x[i])


def hills(x: Any, out: Any) -> None:
    for i in range(len(x)):
        out[i] = hill(x[i], 0.3, 20.0)


def logistics(x: Any, out: Any) -> None:
    for i in range(len(x)):
        out[i] = logistic(x[i])


def means(x: Any, out: Any) -> None:
    for i in range(len(x)):
        factor, mean = decay_and_mean(x[i])
        out[i] = mean + answer_to_bend(x[i], factor)


def compile_loop(function: Any) -> Callable[[Numbers], Numbers]:
    """Return a function of arrays, compiled as lanes are."""
    twins = {"to_bits": compiled.to_bits, "from_bits": compiled.from_bits}
    twins |= vector_mathematics.TWINS
    compiler = compiled.Compiler(compiled.LANES_OPTIONS, twins, lambda name: True, "_test")
    # Compiled once more, since only what is kept on disk may be called from Python.
    loop = numba.njit(**compiled.LANES_OPTIONS)(compiler.compile(function).py_func)

    def run(x: Numbers) -> Numbers:
        out = np.full(len(x), np.nan)
        loop(x, out)
        return out

    return run


LOOPS = {
    function.__name__: function
    for function in (exponentials, small_exponentials, logarithms, hills, logistics, means)
}


@pytest.fixture(scope="module")
def twins() -> dict[str, Callable[[Numbers], Numbers]]:
    return {name: compile_loop(function) for name, function in LOOPS.items()}


def ulps(found: Numbers, expected: Any) -> float:
    """Return the largest difference in units of the last place of the expected values."""
    worst = 0.0
    with localcontext() as context:
        context.prec = 60
        for one, true in zip(found.tolist(), expected, strict=True):
            unit = Decimal(math.ulp(float(true)))
            worst = max(worst, float(abs(Decimal(one) - Decimal(true)) / unit))
    return worst


def exactly(function: str, x: Numbers) -> list[Decimal]:
    """Return exp, expm1 or ln to 40 digits."""
    with localcontext() as context:
        context.prec = 60
        if function == "ln":
            return [+Decimal(value).ln() for value in x.tolist()]
        values = [Decimal(value) for value in x.tolist()]
        if function == "exp":
            return [value.exp() for value in values]
        return [
            value.exp() - 1 if abs(value) > TINY else value + value**2 / 2 + value**3 / 6
            for value in values
        ]


def test_exp_is_within_two_units_in_the_last_place(twins: Any) -> None:
    rng = np.random.default_rng(1)
    x = np.concatenate([rng.uniform(-707.9, 708.9, 1500), rng.uniform(-2.0, 2.0, 500)])
    assert ulps(twins["exponentials"](x), exactly("exp", x)) <= ULPS
    many = rng.uniform(-707.9, 708.9, 50_000)
    assert ulps(twins["exponentials"](many), map(math.exp, many)) <= ULPS


def test_exp_at_its_marks(twins: Any) -> None:
    assert twins["exponentials"](np.array([0.0, -0.0, 1e-300, -1e-300])).tolist() == [1.0] * 4
    halves = (np.arange(-1000, 1000) + 0.5) * math.log(2.0)  # where the reduction changes sides
    near = np.concatenate([halves, np.nextafter(halves, inf), np.nextafter(halves, -inf)])
    assert ulps(twins["exponentials"](near), exactly("exp", near)) <= ULPS


def test_exp_is_clipped_and_never_infinite(twins: Any) -> None:
    ends = twins["exponentials"](np.array([LOWEST, HIGHEST]))
    assert ulps(ends, exactly("exp", np.array([LOWEST, HIGHEST]))) <= ULPS
    low = twins["exponentials"](np.array([-709.0, -745.0, -1e5, -1e300, -inf]))
    high = twins["exponentials"](np.array([709.1, 745.0, 1e5, 1e300, inf]))
    assert set(low) == {ends[0]}
    assert set(high) == {ends[1]}
    assert 0.0 < ends[0] < 1e-307
    assert isfinite(ends[1])


def test_exp_of_a_decay_never_rises(twins: Any) -> None:
    """Neighbouring arguments may differ by the stated error, but never by more."""
    x = np.linspace(-40.0, 0.0, 20_001)
    y = twins["exponentials"](x)
    assert (y <= 1.0).all()
    assert (np.diff(y) > 0.0).all()


def test_expm1_is_within_two_units_in_the_last_place(twins: Any) -> None:
    rng = np.random.default_rng(2)
    sizes = 10.0 ** rng.uniform(-300.0, 2.5, 1500)
    x = np.concatenate([sizes, -sizes, rng.uniform(-1.5, 1.5, 1500), rng.uniform(-700, 700, 500)])
    assert ulps(twins["small_exponentials"](x), exactly("expm1", x)) <= ULPS


def test_expm1_of_small_arguments_is_the_argument(twins: Any) -> None:
    """Where exp(x) - 1 has lost all its digits."""
    x = np.array([1e-300, -1e-300, 1e-20, -1e-17, 0.0])
    assert twins["small_exponentials"](x).tolist() == x.tolist()


def test_expm1_is_clipped(twins: Any) -> None:
    found = twins["small_exponentials"](np.array([-1e300, -inf, -800.0, -40.0, 1e300]))
    assert found[:4].tolist() == [-1.0] * 4
    assert isfinite(found[4])


def test_log_is_within_two_units_in_the_last_place(twins: Any) -> None:
    rng = np.random.default_rng(3)
    x = np.concatenate([10.0 ** rng.uniform(-300.0, 300.0, 1500), rng.uniform(0.5, 2.0, 1500)])
    assert ulps(twins["logarithms"](x), exactly("ln", x)) <= ULPS
    many = 10.0 ** rng.uniform(-300.0, 300.0, 50_000)
    assert ulps(twins["logarithms"](many), map(math.log, many)) <= ULPS


def test_log_near_one_keeps_its_digits(twins: Any) -> None:
    steps = 10.0 ** np.random.default_rng(4).uniform(-15.5, -1.0, 1000)
    x = np.concatenate([1.0 + steps, 1.0 - steps])
    assert ulps(twins["logarithms"](x), exactly("ln", x)) <= ULPS
    assert twins["logarithms"](np.array([1.0]))[0] == 0.0


def test_log_at_its_marks(twins: Any) -> None:
    powers = 2.0 ** np.arange(-1022.0, 1024.0)
    roots = powers[1:] * math.sqrt(0.5)
    for x in (powers, roots, np.nextafter(roots, inf), np.nextafter(powers[1:], 0.0)):
        assert ulps(twins["logarithms"](x), exactly("ln", x)) <= ULPS


def test_a_value_does_not_depend_on_its_place(twins: Any) -> None:
    """Eight at once or the last few one by one: the same bits."""
    rng = np.random.default_rng(5)
    x = rng.uniform(0.01, 30.0, 37)
    for name in ("exponentials", "small_exponentials", "logarithms", "hills", "means"):
        whole = twins[name](x)
        for start in range(1, 9):
            assert np.array_equal(twins[name](x[start:].copy()), whole[start:]), name
        single = [twins[name](x[i : i + 1].copy())[0] for i in range(len(x))]
        assert whole.tolist() == single, name


# --- the functions of the model that call them ---------------------------------------------


def test_hill_is_finite_from_nothing_to_anything(twins: Any) -> None:
    x = np.concatenate([[0.0, 5e-324, 1e-310, 1e-300, 1e300], 10.0 ** np.linspace(-320, 300, 2000)])
    found = twins["hills"](x)
    expected = np.array([hill(float(value), 0.3, 20.0) for value in x])
    assert ((found >= 0.0) & (found <= 1.0)).all()
    np.testing.assert_allclose(found, expected, rtol=2e-13, atol=1e-300)


def test_logistic_is_finite_everywhere(twins: Any) -> None:
    x = np.concatenate([[-1e300, -750.0, 750.0, 1e300], np.linspace(-740.0, 740.0, 2001)])
    found = twins["logistics"](x)
    expected = np.array([logistic(float(value)) for value in x])
    assert ((found >= 0.0) & (found <= 1.0)).all()
    np.testing.assert_allclose(found, expected, rtol=1e-15, atol=1e-300)


def test_decays_and_means_are_alike(twins: Any) -> None:
    x = np.concatenate([[0.0], 10.0 ** np.linspace(-300.0, 15.0, 3000)])
    found = twins["means"](x)
    expected = np.array([(m + answer_to_bend(v, f)) for v in x for f, m in [decay_and_mean(v)]])
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-300)
