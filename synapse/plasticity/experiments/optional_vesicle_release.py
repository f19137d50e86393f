"""Optional: vesicles released at random. Failures, variation, and what pairing makes of it."""

from collections.abc import Callable

import numpy as np

from synapse.plasticity.bounds import SECOND
from synapse.plasticity.components import SYNAPTIC_CLEFT
from synapse.plasticity.experiments.experiment import (
    Axis,
    Condition,
    Experiment,
    Outcome,
    Published,
    Setup,
    weight,
)
from synapse.plasticity.protocols.field import SLICE_BATH
from synapse.plasticity.protocols.pairing import pairing
from synapse.plasticity.stimulus import Event

SEED = 20130510
SYNAPSES = 1000
PAIRED = 40
SITES = (1, 3, 10)
PROBABILITY = SYNAPTIC_CLEFT["release_probability"].default
AFTER = 25 * 60 * SECOND
WIDTH = 3.0
"""Standard errors of a simulated share that count as equal."""


def _keys(synapses: int) -> tuple[dict[str, float], ...]:
    drawn = np.random.default_rng(SEED).integers(1, 2**53, size=synapses)
    return tuple({"release_key": float(key)} for key in drawn)


def _released(outcome: Outcome) -> np.ndarray:
    return outcome.end.states["released_fraction"]


def failures(outcome: Outcome) -> float:
    """Return the share of synapses whose last spike released nothing, per cent."""
    return 100.0 * float((_released(outcome) == 0.0).mean())


def variation(outcome: Outcome) -> float:
    """Return the coefficient of variation of the release over synapses, per cent."""
    released = _released(outcome)
    return 100.0 * float(released.std() / released.mean())


def mean_weight(outcome: Outcome) -> float:
    """Return the mean change of the weight over synapses, per cent."""
    changes = [weight(outcome.end, i) - 1.0 for i in range(len(outcome.end.states))]
    return 100.0 * float(np.mean(changes))


def _spike(sites: int) -> Setup:
    return Setup(
        events=(Event(time=1.0, kind="pre"),), bath=SLICE_BATH, end=2.0, synapses=SYNAPSES,
        values={"release_sites": sites}, per_synapse=_keys(SYNAPSES),
    )  # fmt: skip


def _closed_form(
    name: str, sites: int, setup: Setup, read: Callable[[Outcome], float], value: float, se: float
) -> Condition:
    return Condition(
        label=f"{name}, {sites} sites" if sites else f"{name}, expectation",
        x=float(sites), setup=setup, read=read, series=name, origin="by construction",
        published=Published(value=round(value, 3), rule="bound", error=WIDTH * se),
    )  # fmt: skip


def _of_one_spike(sites: int) -> tuple[Condition, Condition]:
    setup = _spike(sites)
    failed = (1.0 - PROBABILITY) ** sites if sites else 0.0
    varied = ((1.0 - PROBABILITY) / (sites * PROBABILITY)) ** 0.5 if sites else 0.0
    error = max(1e-3, 100.0 * (failed * (1.0 - failed) / SYNAPSES) ** 0.5)
    spread = max(1e-3, 100.0 * varied * ((1.0 + 2.0 * varied**2) / (2.0 * SYNAPSES)) ** 0.5)
    return (
        _closed_form("failures", sites, setup, failures, 100.0 * failed, error),
        _closed_form("variation", sites, setup, variation, 100.0 * varied, spread),
    )


def _paired(sites: int) -> Condition:
    protocol = pairing()
    return Condition(
        label=f"pairing, {sites} sites" if sites else "pairing, expectation",
        x=float(sites), series="pairing", read=mean_weight,
        setup=Setup(
            events=protocol.events, bath=protocol.bath, end=protocol.duration + AFTER,
            synapses=PAIRED, values={"release_sites": sites}, per_synapse=_keys(PAIRED),
        ),
        published=Published(value=1.0, rule="sign", grade="remembered"),
    )  # fmt: skip


_ONE_SPIKE = [_of_one_spike(sites) for sites in (0, *SITES)]

EXPERIMENT = Experiment(
    name="vesicle-release",
    number="O1",
    title="Vesicles released at random",
    question="Do failures and variation follow the binomial law, and does pairing still work?",
    references=("mcdonnell2013",),
    preset="hippocampus",
    x=Axis(name="release sites", unit="1"),
    y=Axis(name="share of spikes, variation, or change of weight", unit="%"),
    conditions=(
        *(pair[0] for pair in _ONE_SPIKE),
        *(pair[1] for pair in _ONE_SPIKE),
        *(_paired(sites) for sites in (0, *SITES)),
    ),
    rule=f"Within {WIDTH:g} standard errors of the closed form; pairing potentiates.",
    fitted="Nothing.",
    prediction="How much potentiation is left when release is drawn.",
    notes=f"An optional process, off by default; 0 sites is off. {SYNAPSES} synapses, one spike:"
    f" failures (1 - U)^N, variation sqrt((1 - U)/(N U)). Pairing: mean of {PAIRED} synapses;"
    " that it potentiates is the ordinary finding, not one about the number of sites.",
)
