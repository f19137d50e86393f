"""Parameters drawn at random around those of a preset: how robust is a verdict?"""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from synapse.plasticity.components import COMPONENTS
from synapse.plasticity.experiments.experiment import Experiment, Verdict
from synapse.plasticity.experiments.running import run_all
from synapse.plasticity.group import BATH
from synapse.plasticity.parameter_sets import preset_values
from synapse.plasticity.quantity import Quantity
from synapse.services.reproduce import RANK, Reproduction

NUMERICS = frozenset(
    (
        "fine_step", "tail_step", "fine_step_duration", "trace_step_fraction", "step_growth",
        "maximum_step", "pool_exchange_interval",
    )
)  # fmt: skip
SWITCHES = frozenset(("nmda_conductance", "exocytosis", "endocytosis", "protein_synthesis"))
"""Where drugs act; 1 without a drug."""
COUNTS = frozenset(("baseline_ampa",))
"""Whole numbers."""
LARGEST_SPREAD = 0.5
MOST_DRAWS = 10_000


def drawn_parameters() -> tuple[Quantity, ...]:
    """Return the parameters that are drawn.

    Left out are fixed ones, numerics, switches, counts, optional processes, the bath (an
    experiment sets it) and the dopamine at which the cascade rests.
    """
    kept = NUMERICS | SWITCHES | COUNTS | set(BATH)
    return tuple(
        q
        for c in COMPONENTS
        for q in c.parameters
        if not q.fixed and not q.process and q.name not in kept
    )


def draw_factors(*, draws: int, spread: float, seed: int) -> list[dict[str, float]]:
    """Return for each draw one factor a parameter, uniform within 1 ± ``spread``."""
    if not 1 <= draws <= MOST_DRAWS:
        raise ValueError(f"draws must be 1 to {MOST_DRAWS}; got {draws}")
    if not 0.0 <= spread <= LARGEST_SPREAD:
        raise ValueError(f"spread must be 0 to {LARGEST_SPREAD:g}; got {spread:g}")
    if seed < 0:
        raise ValueError(f"seed must be at least 0; got {seed}")
    generator = np.random.default_rng(seed)
    names = [q.name for q in drawn_parameters()]
    factors = generator.uniform(1.0 - spread, 1.0 + spread, size=(draws, len(names)))
    return [dict(zip(names, row, strict=True)) for row in factors.tolist()]


def drawn_values(preset: str, factors: dict[str, float]) -> dict[str, float]:
    """Return a preset's values times their factors, kept inside the hard bounds.

    A parameter has one factor for all presets.
    """
    values = dict(preset_values(preset))
    for quantity in drawn_parameters():
        value = values.get(quantity.name, quantity.default) * factors[quantity.name]
        low = -np.inf if quantity.minimum is None else quantity.minimum
        high = np.inf if quantity.maximum is None else quantity.maximum
        values[quantity.name] = float(min(high, max(low, value)))
    return values


@dataclass
class Robustness:
    """How one experiment fared over all draws."""

    experiment: Experiment
    undisturbed: Verdict
    verdicts: Counter[Verdict] = field(default_factory=Counter)
    points: list[int] = field(default_factory=list)

    @property
    def kept(self) -> int:
        """Number of draws whose verdict is at least as good as the undisturbed one."""
        lowest = RANK[self.undisturbed]
        return sum(n for verdict, n in self.verdicts.items() if RANK[verdict] >= lowest)

    def as_json(self) -> dict[str, Any]:
        """Return the counts as plain data."""
        return {
            "undisturbed": self.undisturbed,
            "as_good": self.kept,
            **{verdict: self.verdicts[verdict] for verdict in RANK},
            "held": self.points,
        }


def draw_all(
    found: Sequence[Reproduction],
    factors: Iterable[dict[str, float]],
    *,
    workers: int | None = None,
    done: Callable[[], None] | None = None,
) -> list[Robustness]:
    """Run the experiments of ``found`` once for each draw."""
    chosen = [one.experiment for one in found]
    table = [Robustness(one.experiment, one.verdict) for one in found]

    def run(factor: dict[str, float]) -> list[Reproduction]:
        results = run_all(chosen, values_of=lambda preset: drawn_values(preset, factor), workers=1)
        if done is not None:
            done()
        return [Reproduction(e, tuple(results[e.name])) for e in chosen]

    with ThreadPoolExecutor(workers or os.cpu_count()) as pool:
        for drawn in pool.map(run, factors):
            for row, one in zip(table, drawn, strict=True):
                row.verdicts[one.verdict] += 1
                row.points.append(one.held)
    return table
