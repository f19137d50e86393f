"""Populations whose synapses differ, in memory: no database is needed."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synapse.plasticity.distributions import (
    QUANTITIES,
    Heterogeneity,
    check_seed,
    parse_heterogeneity,
)
from synapse.plasticity.group import PART_OF, Group
from synapse.plasticity.layout import PARTS, Records, at_rest
from synapse.plasticity.ordering import ORDERED

MOST_SYNAPSES = 100_000_000

Places = NDArray[np.intp]
Parts = dict[str, Records]


def build_group(
    *,
    synapses: int,
    neurons: int,
    values: Mapping[str, float] | None = None,
    heterogeneity: Heterogeneity | None = None,
    seed: int = 0,
    shared_pools: bool = False,
) -> Group:
    """Return a population at rest.

    Parameters
    ----------
    synapses, neurons
        How many; the synapses are split evenly over the neurons, in order. Each neuron
        has a dopamine cleft, an astrocyte unit and a protein pool of its own.
    values
        Quantities that differ from the defaults everywhere, such as a preset's.
    heterogeneity
        Parameters that vary, by name: ``{"distribution": "normal", "mean": …, "cv": …}``.
    seed
        Seeds what is drawn.
    shared_pools
        One astrocyte unit and one protein pool for all neurons.

    Raises
    ------
    ValueError
        A number outside its bounds, or drawn values that do not fit together.
    """
    check_counts(synapses, neurons)
    neuron_of = split_evenly(synapses, neurons)
    pools = 1 if shared_pools else neurons
    pool_of = np.zeros_like(neuron_of) if shared_pools else neuron_of
    varied = any(PART_OF.get(name) == "parameters" for name in heterogeneity or {})
    counts = {
        "neurons": neurons, "clefts": neurons, "astrocytes": pools, "pools": pools,
        "states": synapses, "parameters": synapses if varied else 1,
    }  # fmt: skip
    parts: dict[str, Any] = {part: at_rest(PARTS[part], count) for part, count in counts.items()}
    places: dict[str, Any] = {
        "neuron_of": neuron_of, "cleft_of": neuron_of, "astrocyte_of": pool_of,
        "pool_of": pool_of,
    }  # fmt: skip
    given = _checked(values or {})
    _set(parts, given)
    check_seed(seed)
    for name, distribution in parse_heterogeneity(heterogeneity or {}, given).items():
        records = parts[PART_OF[name]]
        records[name] = distribution.draw(len(records), seed=seed)
    _settle(parts)
    _set(parts, {name: value for name, value in given.items() if _is_state(name)})
    check_order(parts)
    if not varied:
        parts["parameters"] = np.broadcast_to(parts["parameters"], synapses)
    return Group(**parts, **places)


def split_evenly(synapses: int, neurons: int) -> Places:
    """Return the neuron of each synapse: blocks in order, of sizes that differ by 1 at most."""
    return np.arange(synapses, dtype=np.intp) * neurons // synapses


def check_counts(synapses: int, neurons: int) -> None:
    """Raise ``ValueError`` unless so many synapses can be split over so many neurons."""
    if not 1 <= synapses <= MOST_SYNAPSES:
        raise ValueError(f"synapses must be 1 to {MOST_SYNAPSES}; got {synapses}")
    if not 1 <= neurons <= synapses:
        raise ValueError(f"neurons must be 1 to the number of synapses ({synapses}); got {neurons}")


def check_order(parts: Mapping[str, Records]) -> None:
    """Raise ``ValueError`` where a synapse breaks an invariant between two quantities."""
    for _, smaller, _, larger in ORDERED:
        low, high = (parts[PART_OF[name]][name] for name in (smaller, larger))
        wrong = np.flatnonzero(~(low < high))
        if len(wrong):
            i, unit = int(wrong[0]), QUANTITIES[smaller].unit
            raise ValueError(
                f"{smaller} must be less than {larger}; {len(wrong)} of {len(low)} synapses "
                f"break this, the first is number {i + 1} with {low[i]:g} and {high[i]:g} {unit}"
            )


def _settle(parts: Parts) -> None:
    """Put at rest the states whose rest depends on parameters."""
    states, parameters = parts["states"], parts["parameters"]
    states["total_ampa"] = parameters["baseline_ampa"]
    states["psd_ampa"] = parameters["psd_fraction"] * parameters["baseline_ampa"]
    clefts, neurons, astrocytes = parts["clefts"], parts["neurons"], parts["astrocytes"]
    clefts["dopamine"] = clefts["tonic_dopamine"]
    clefts["acetylcholine"] = clefts["tonic_acetylcholine"]
    neurons["postsynaptic_rate"] = neurons["resting_rate"]
    astrocytes["activity"] = astrocytes["target_activity"]


def _checked(values: Mapping[str, float]) -> dict[str, float]:
    for name in values:
        if name not in PART_OF:
            raise ValueError(f"there is no stored quantity named {name!r}")
    return {name: QUANTITIES[name].check(float(value)) for name, value in values.items()}


def _set(parts: Mapping[str, Any], values: Mapping[str, float]) -> None:
    for name, value in values.items():
        parts[PART_OF[name]][name] = value


def _is_state(name: str) -> bool:
    return QUANTITIES[name].role == "state"
