"""Draws of a heterogeneous population, without a database."""

from statistics import NormalDist
from typing import Any

import numpy as np
import pytest

from synapse.plasticity.distributions import parse_heterogeneity, uniforms
from synapse.plasticity.heterogeneity import build_group, split_evenly
from synapse.plasticity.normal import normal_probability, normal_quantile

VARIED: dict[str, Any] = {
    "release_probability": {"distribution": "normal", "mean": 0.25, "sd": 0.05},
    "recovery_time": {"distribution": "lognormal", "cv": 0.5},
    "baseline_ampa": {"distribution": "uniform", "cv": 0.2},
    "bap_amplitude": {"distribution": "normal", "cv": 0.1},
    "tonic_dopamine": {"distribution": "uniform", "minimum": 0.0, "maximum": 0.02},
}


def build(synapses: int = 60, neurons: int = 4, **more: Any) -> Any:
    return build_group(synapses=synapses, neurons=neurons, **{"heterogeneity": VARIED} | more)


def test_quantile_and_probability_are_those_of_the_normal_distribution() -> None:
    p = np.concatenate([np.linspace(1e-3, 0.999, 199), 10.0 ** -np.arange(4, 200, 13)])
    expected = [NormalDist().inv_cdf(one) for one in p]
    assert normal_quantile(p) == pytest.approx(expected, rel=1e-12, abs=1e-12)
    assert normal_probability(1.5) == pytest.approx(NormalDist().cdf(1.5), rel=1e-14)


def test_a_draw_depends_neither_on_the_number_nor_on_the_order() -> None:
    few, many = build(10, 2, seed=5), build(60, 4, seed=5)
    turned = build(60, 4, seed=5, heterogeneity=dict(reversed(VARIED.items())))
    alone = build(60, 4, seed=5, heterogeneity={"recovery_time": VARIED["recovery_time"]})
    for name in ("release_probability", "recovery_time", "baseline_ampa"):
        assert (few.parameters[name] == many.parameters[name][:10]).all()
        assert (turned.parameters[name] == many.parameters[name]).all()
    assert (alone.parameters["recovery_time"] == many.parameters["recovery_time"]).all()
    assert (few.neurons["bap_amplitude"] == many.neurons["bap_amplitude"][:2]).all()


def test_a_share_can_be_drawn_by_itself() -> None:
    whole = uniforms("recovery_time", 23, seed=9)
    for first in range(9):
        assert (uniforms("recovery_time", 7, seed=9, first=first) == whole[first : first + 7]).all()


def test_seeds_and_names_give_different_draws() -> None:
    draws = [uniforms(name, 4, seed=seed) for name in ("a", "b") for seed in (0, 1)]
    assert len({tuple(draw) for draw in draws}) == 4


@pytest.mark.parametrize(
    ("spec", "mean", "sd"),
    [
        ({"distribution": "normal", "mean": 500.0, "sd": 50.0}, 500.0, 50.0),
        ({"distribution": "lognormal", "mean": 500.0, "cv": 0.5}, 500.0, 250.0),
        ({"distribution": "uniform", "mean": 500.0, "cv": 0.2}, 500.0, 100.0),
        ({"distribution": "normal", "cv": 0.1}, 746.0, 74.6),
        ({"distribution": "normal", "cv": 0.0}, 746.0, 0.0),
        (700, 700.0, 0.0),
    ],
)
def test_mean_and_spread_are_as_asked(spec: Any, mean: float, sd: float) -> None:
    values = parse_heterogeneity({"recovery_time": spec})["recovery_time"].draw(20_000, seed=1)
    assert values.mean() == pytest.approx(mean, abs=4 * sd / 20_000**0.5 + 1e-9)
    assert values.std() == pytest.approx(sd, rel=0.06, abs=1e-9)


@pytest.mark.parametrize("kind", ["normal", "lognormal"])
def test_what_lies_beyond_a_bound_is_never_drawn(kind: str) -> None:
    spec = {"release_probability": {"distribution": kind, "mean": 0.9, "sd": 0.8}}
    values = parse_heterogeneity(spec)["release_probability"].draw(5000, seed=2)
    assert values.min() >= 0.0
    assert values.max() <= 1.0
    assert len(np.unique(values)) > 4990


def test_the_population_is_at_rest_and_split_evenly() -> None:
    group = build(10, 3, shared_pools=True)
    assert group.neuron_of.tolist() == [0, 0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert len(group.pools) == len(group.astrocytes) == 1
    assert len(group.clefts) == 3
    assert (group.states["total_ampa"] == group.parameters["baseline_ampa"]).all()
    assert (group.clefts["dopamine"] == group.clefts["tonic_dopamine"]).all()
    assert sorted(np.bincount(split_evenly(1003, 10))) == [100] * 7 + [101] * 3
    apart = build(10, 3)
    assert (apart.astrocyte_of == apart.neuron_of).all()
    assert len(apart.pools) == 3


def test_values_of_a_preset_are_the_mean_where_none_is_given() -> None:
    group = build(4000, 1, values={"recovery_time": 500.0})
    assert group.parameters["recovery_time"].mean() == pytest.approx(500.0, rel=0.05)


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        ({"nonsense": 1.0}, "there is no quantity named 'nonsense'"),
        ({"psd_ampa": 1.0}, "psd_ampa is computed by the simulation and cannot be set"),
        ({"recovery_time": -5}, "recovery_time must be at least 0.001 ms; got -5 ms"),
        (
            {"recovery_time": {"distribution": "normal", "mean": -5, "sd": 1}},
            "recovery_time must be at least 0.001 ms; got -5 ms",
        ),
        (
            {"recovery_time": {"distribution": "normal", "sd": -1}},
            "recovery_time: sd must be at least 0 ms; got -1 ms",
        ),
        (
            {"release_probability": {"distribution": "uniform", "minimum": 0.5, "maximum": 2}},
            "release_probability must be at most 0.95; got 2",
        ),
        (
            {"recovery_time": {"distribution": "uniform", "minimum": 9, "maximum": 2}},
            "recovery_time: minimum must be at most maximum ms; got 9 and 2",
        ),
        (
            {"recovery_time": {"distribution": "gamma", "cv": 1}},
            "recovery_time: distribution must be normal or lognormal or uniform; got 'gamma'",
        ),
        (
            {"recovery_time": {"distribution": "normal", "sigma": 1}},
            "recovery_time: normal takes cv, mean, sd; got 'sigma'",
        ),
        ({"recovery_time": {"distribution": "normal"}}, "recovery_time: give either sd ms or cv"),
        (
            {"recovery_time": {"distribution": "normal", "cv": "much"}},
            "recovery_time: cv must be a finite number; got 'much'",
        ),
        ({"recovery_time": True}, "recovery_time must be a finite number; got True"),
        (
            {"pool_exchange_interval": {"distribution": "normal", "cv": 0.1}},
            "pool_exchange_interval must be equal for all neurons of a group; give one number",
        ),
        ([], r"heterogeneity must be an object of quantities; got \[\]"),
    ],
)
def test_mistakes_are_named(spec: Any, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        parse_heterogeneity(spec)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"synapses": 0}, "synapses must be 1 to 100000000; got 0"),
        ({"neurons": 61}, r"neurons must be 1 to the number of synapses \(60\); got 61"),
        ({"seed": -1}, "seed must be 0 to 9223372036854775807; got -1"),
        ({"values": {"weight": 1.0}}, "there is no stored quantity named 'weight'"),
        (
            {"heterogeneity": {"nmda_rise_time": 900.0}},
            "nmda_rise_time must be less than nmda_decay_time; 60 of 60 synapses break this, "
            "the first is number 1 with 900 and",
        ),
    ],
)
def test_populations_that_cannot_be_are_refused(arguments: Any, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        build(**arguments)
