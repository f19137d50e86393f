"""Hypothesis strategies, built from the declarations: values, groups and events."""

from dataclasses import dataclass
from math import exp, log
from typing import Any

from hypothesis import strategies as st

from synapse.plasticity.components import COMPONENTS
from synapse.plasticity.drugs import DRUGS
from synapse.plasticity.group import BATH, Group, make_group
from synapse.plasticity.quantity import Quantity
from synapse.plasticity.stimulus import KINDS, Event

PARAMETERS = {q.name: q for c in COMPONENTS for q in c.parameters}
SMALLEST = 1e-9
"""Where a bound is 0, values go down to this share of the upper bound."""


def inside(quantity: Quantity) -> st.SearchStrategy[float]:
    """Return values between the hard bounds: the bounds, the default, and log-uniform."""
    low, high = quantity.minimum, quantity.maximum
    assert low is not None
    assert high is not None
    marks = st.sampled_from([quantity.default, low, high])
    if low < 0.0:
        return st.one_of(marks, st.floats(low, high))
    bottom = low if low > 0.0 else high * SMALLEST
    spread = st.floats(log(bottom), log(high)).map(lambda x: min(high, max(bottom, exp(x))))
    return st.one_of(marks, spread)


def orderly(values: dict[str, float]) -> dict[str, float]:
    """Return the values, moved where needed so that the rules between parameters hold."""
    whole = {name: q.default for name, q in PARAMETERS.items()} | values
    for rise, decay in (
        ("nmda_rise_time", "nmda_decay_time"),
        ("epsp_rise_time", "epsp_decay_time"),
    ):
        first, last = sorted((whole[rise], whole[decay]))
        if first == last:
            first, last = max(1e-3, 0.999 * first), max(1.001e-3, last)
        values |= {rise: first, decay: last}
    potentials = ("resting_potential", "epsp_reversal_potential", "calcium_reversal_potential")
    low, middle, high = sorted(whole[name] for name in potentials)
    if low == middle:
        low, middle, high = max(-150.0, low - 1e-6), middle + 1e-6, max(high, middle + 1e-6)
        low, middle, high = low, min(150.0, middle), min(150.0, high)
    values |= dict(zip(potentials, (low, middle, high), strict=True))
    return values


def parameters(*, without: tuple[str, ...] = ()) -> st.SearchStrategy[dict[str, float]]:
    """Return parameters by name inside their hard bounds: a few changed, or all of them."""
    names = [name for name in PARAMETERS if name not in without]
    every = st.fixed_dictionaries({name: inside(PARAMETERS[name]) for name in names})
    few = st.lists(st.sampled_from(names), max_size=8, unique=True).flatmap(
        lambda chosen: st.fixed_dictionaries({n: inside(PARAMETERS[n]) for n in chosen})
    )
    return st.one_of(few, every).map(orderly)


@st.composite
def starts(draw: Any, values: dict[str, float]) -> dict[str, float]:
    """Return states inside their bounds and the rules between them, for given parameters."""
    whole = {name: q.default for name, q in PARAMETERS.items()} | values
    share = st.one_of(st.sampled_from([0.0, 1.0]), st.floats(0.0, 1.0))
    amount = st.one_of(st.just(0.0), st.floats(-20.0, 14.0).map(exp))
    part = {name: draw(share) for name in FRACTIONS}
    made = part | {name: draw(amount) for name in AMOUNTS}
    for kind in ("nmda", "epsp"):
        made[f"{kind}_rise"] = made[f"{kind}_decay"] * draw(share)
    made["psd_ampa"] = made["total_ampa"] * draw(share)
    made["spine_present"] = draw(st.sampled_from([0.0, 1.0]))
    for name in ("dopamine", "acetylcholine"):
        made[name] = min(made[name], 1e4)
    made["glutamate_gate"] *= whole["nmda_conductance"]
    made["bap_fast"] = whole["bap_amplitude"] * draw(share)
    made["bap_slow"] = whole["bap_slow_maximum"] * draw(share)
    made["plasticity_proteins"] = whole["protein_synthesis"] * draw(share)
    for name in ("early_weight", "late_weight"):
        low, high = whole[f"{name}_minimum"], whole[f"{name}_maximum"]
        made[name] = low + (high - low) * draw(share)
    low, high = log(whole["scaling_minimum"]), log(whole["scaling_maximum"])
    return made | {"log_scaling": low + (high - low) * draw(share)}


FRACTIONS = ("vesicle_fraction", "utilisation", "released_fraction", "release_memory",
             "release_given", "glutamate_gate", "nmda_decay", "pka_activity",
             "labile_potentiation", "potentiation_trace", "depression_trace",
             "ready_fraction")  # fmt: skip
AMOUNTS = ("epsp_decay", "calcium_nmda", "calcium_vgcc", "potentiation_sensor",
           "depression_sensor", "dopamine", "activity", "total_ampa", "postsynaptic_rate",
           "d_serine", "adenosine", "acetylcholine", "spine_volume", "structure_clock")  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Ingredients:
    """What a group is made of; short to print when an example fails."""

    neuron_of: tuple[int, ...]
    shared_pools: bool
    values: dict[str, float]

    @property
    def synapses(self) -> int:
        return len(self.neuron_of)

    def group(self, **values: float) -> Group:
        """Return a group at rest; ``values`` go over its own."""
        return make_group(
            self.synapses,
            neurons=max(self.neuron_of) + 1,
            neuron_of=self.neuron_of,
            shared_pools=self.shared_pools,
            values=self.values | values,
        )


@st.composite
def ingredients(draw: Any, *, without: tuple[str, ...] = ()) -> Ingredients:
    """Return 1 to 4 synapses on 1 to 3 neurons with parameters of their own."""
    neurons = draw(st.integers(1, 3))
    more = draw(st.lists(st.integers(0, neurons - 1), max_size=4 - neurons))
    return Ingredients(
        neuron_of=(*range(neurons), *more),
        shared_pools=draw(st.booleans()),
        values=draw(parameters(without=without)),
    )


@st.composite
def events(
    draw: Any, *, synapses: int, longest: float = 400.0, most: int = 12, kinds: Any = KINDS
) -> list[Event]:
    """Return a short list of events in the first ``longest`` ms; times often coincide."""
    times = st.one_of(st.floats(0.0, longest), st.sampled_from([0.0, 10.0, 20.0, longest]))
    made = []
    for _ in range(draw(st.integers(0, most))):
        kind = draw(st.sampled_from(kinds))
        value, name = 1.0, ""
        if kind == "pre":
            value = draw(st.floats(1.0, 1e3))
        elif kind in ("dopamine", "acetylcholine"):
            value = draw(st.floats(0.0, 1e4))
        elif kind == "bath":
            name = draw(st.sampled_from(sorted(BATH)))
            value = draw(inside(BATH[name]))
        elif kind == "drug":
            name = draw(st.sampled_from(sorted(DRUGS)))
            value = draw(st.sampled_from([0.0, 1.0]))
        target = draw(st.one_of(st.none(), st.integers(0, synapses - 1)))
        made.append(Event(time=draw(times), kind=kind, synapse=target, value=value, name=name))
    return made
